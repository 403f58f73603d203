//! RTP and what shares its ports: header, payload types, RTCP, telephone-event, STUN recognition.
//!
//! Invariant: pure functions over the bytes of one datagram. No state, no clock; a datagram cut by
//! the snap length is read as far as it goes.

pub(crate) mod classify;
pub(crate) mod dtls;
pub(crate) mod format;
pub mod framed;
pub(crate) mod header;
pub mod msrp;
pub(crate) mod payload_type;
pub(crate) mod red;
pub mod rtcp;
pub(crate) mod stun;
pub mod t30;
pub mod t38;
pub(crate) mod telephone_event;
pub(crate) mod turn;
pub mod udptl;
pub(crate) mod zrtp;

pub use classify::{MediaClass, classify};
pub use format::{Format, FormatMap};
pub use header::RtpHeader;
pub use telephone_event::TelephoneEvent;
