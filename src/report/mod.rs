//! The report: plain owned data, and how the pipeline's records become it.
//!
//! Invariant: a report can be built without any renderer and rendered without any capture.

mod assemble;
mod collector;
mod digest;
mod digits;
pub mod doctor;
#[cfg(test)]
pub(crate) mod fixtures;
mod joined;
pub mod listing;
mod message;
pub mod model;
mod negotiations;
mod neighbours;
mod other;
mod quality;
mod read;
mod record;
mod requests;
mod rtcp;
mod series;
mod signalling;
mod software;
mod sound;
pub mod stats;
mod store;
mod stream_out;
mod streams;
mod watch;

pub use assemble::{assemble, counters, limits_of, limits_of_pipeline};
pub use collector::{Collected, Collector, KeepLimits, TextStore};
pub use message::{assemble_message, assemble_sdp};
pub use read::{ReadError, read_captures, source_of};
pub use record::Record;
pub use store::Store;
pub use stream_out::{StreamOut, message_now};
pub use watch::{CallWatch, Change, WatchedCall};
