//! Session descriptions: which media, where, in which formats, which way (RFC 8866, RFC 3264).
//!
//! Invariant: [`parse`] never fails. Lines that cannot be read are passed over and noted as
//! [`SdpFlaw`]s; an unreadable m-line keeps its place, disabled, because offer and answer are
//! matched by index.

pub(crate) mod candidate;
mod codec;
mod description;
pub(crate) mod meaning;
mod media;
mod parse;
#[cfg(test)]
mod tests;

pub use candidate::{Candidate, CandidateKind};
pub use codec::{Codec, CodecSource};
pub use description::{
    Attribute, Bandwidth, Connection, Group, Origin, SdpFlaw, SessionDescription,
};
pub use meaning::line_meaning;
pub use media::{Crypto, Fingerprint, Fmtp, Media, MediaPort, RtcpPort, RtpMap, SsrcAttribute};
pub use parse::{MAX_LINES, MAX_MEDIA, parse};
