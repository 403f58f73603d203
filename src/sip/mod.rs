//! SIP messages: is it one, where does it end, what does it say (RFC 3261 and its extensions).
//!
//! Pure functions over borrowed bytes: [`starts_like_sip`] looks once, [`parse_message`] cuts the
//! lines and notes what is wrong, every typed value is read when asked for. Byte streams go through
//! a [`Framer`] first, one for each direction. What a header, method or status code is, and means, stands in a
//! registry each (`header_name`, `method`, `status`).
//!
//! Invariant: nothing here fails. Whatever is recognisably SIP gives a [`Message`] with its
//! [`Flaw`]s; bytes that are not SIP give `None`.

mod accessors;
pub(crate) mod body;
mod check;
mod flaw;
pub(crate) mod framing;
pub(crate) mod header;
pub(crate) mod header_name;
pub(crate) mod headers;
mod info;
mod keys;
pub(crate) mod lex;
mod media_type;
mod message;
pub(crate) mod method;
pub(crate) mod params;
pub(crate) mod q850;
pub(crate) mod secrets;
mod sipfrag;
mod start_line;
pub(crate) mod status;
pub(crate) mod uri;
mod vq_report;

pub use body::BodyPart;
pub use flaw::Flaw;

pub use framing::{Framed, Framer, FramerCounters, FramerLimits, Verdict};
pub use header::{
    CSeq, Challenge, Contact, Credentials, Event, NameAddr, RAck, Reason, Replaces, Rport,
    SessionExpires, SubscriptionState, Via, Warning,
};
pub use header_name::{Cardinality, HeaderEntry, HeaderName};
pub use headers::{Header, Headers};
pub(crate) use lex::unfold;
pub use media_type::MediaType;
pub use message::{Framing, Message, parse_flawless, parse_message};
pub use params::{Param, Params};
pub use sipfrag::Sipfrag;
pub use start_line::{StartLine, starts_like_sip};
pub use uri::Uri;
pub(crate) use uri::unescape;
pub use vq_report::{VqMetrics, VqReport};
