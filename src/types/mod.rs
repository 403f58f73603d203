//! The vocabulary every layer shares: time, addresses, packets, identifiers, closed words.
//!
//! Invariant: nothing here reads a file, a clock or a socket, and nothing here imports another
//! module of this crate.

pub mod codec;
mod extras;
mod few;
mod files;
pub mod finding;
mod flaw_code;
mod frame;
pub mod ids;
mod kinds;
mod lesson;
pub mod media;
mod mix;
pub(crate) mod near;
pub mod net;
mod other_media;
pub mod packet;
mod party;
mod quality;
mod query_kind;
pub mod rtp;
pub mod sip;
mod slab;
mod term;
pub mod text;
pub mod time;
mod vocabulary;

pub use extras::{Hearing, PacketRange, StreamExtras};
pub use few::Few;
pub use files::FileNames;
pub use finding::{Hides, Severity};
pub use flaw_code::FlawCode;
pub use frame::PackedFrame;
pub use ids::{CallNo, DialogNo, MessageId, RegistrationNo, RequestsNo, StreamNo, TransactionNo};
pub(crate) use kinds::record_kinds;
pub use kinds::{KindSet, RecordKind};
pub use lesson::{ExplainLevel, LessonKind};
pub use media::{Direction, MediaKind};
pub use mix::mix;
pub use net::{Endpoint, Flow, FlowKey, HostAddr, Scope, Transport};
pub use other_media::{Carried, OtherProtocol};
pub use packet::{FileRange, FrameNo, FrameRef, LinkType, Packet, SourceId};
pub use party::Party;
pub use quality::{MosProfile, QualityScale};
pub use query_kind::QueryKind;
pub use rtp::{ClockRate, ExtendedSeq, PayloadType, RtpTicks, SeqNo, Ssrc};
pub use sip::{CallId, Method, StatusClass, StatusCode, Tag};
pub use slab::Slab;
pub use term::TermGroup;
pub use text::{Escaped, path_text, shown_path, text_of};
pub use time::{CaptureTime, Delta};
pub(crate) use vocabulary::vocabulary;
