//! Captures from outside and back: files, plain or compressed, regular or piped, one or several; interfaces
//! (`live`, with libpcap); and packets written as a capture again ([`save`]).
//!
//! A [`CaptureFile`] walks one input and lends each packet from its read buffer; [`Merged`] walks
//! several as one capture in time order. Both end quietly at damage and say so in [`SourceInfo`]:
//! what was readable before it has been delivered. [`Rereader`] reads bytes of a plain file again
//! and [`Spool`] keeps bytes of an input that cannot be read twice.
//!
//! Invariant: a lent packet costs no copy and no allocation, and memory does not grow with the
//! length of the file.

mod buffer;
mod classic;
mod clock;
mod error;
mod file;
mod gzip;
mod info;
mod input;
mod link;
#[cfg(feature = "live")]
pub mod live;
mod merge;
mod pcapng;
mod record;
mod reread;
pub mod save;
mod sniff;
mod spool;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

pub use error::{SourceError, is_out_of_descriptors};
pub use file::CaptureFile;
pub use info::{CaptureFormat, Compression, Damage, DropCounts, Secrets, SourceInfo};
pub use link::link_type_name;
pub use merge::Merged;
pub use reread::Rereader;
pub use spool::Spool;
