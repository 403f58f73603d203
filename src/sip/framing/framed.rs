//! What goes into a framer and what comes out of it.

use crate::sip::flaw::Flaw;
use crate::sip::message::Framing;
use crate::types::{CaptureTime, FrameRef};

/// Bounds of one framer's memory and patience.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FramerLimits {
    /// Longest start line and header block; of a longer one so much is read, and the rest passed over.
    pub max_header: usize,
    /// Longest body; of a longer one so much is read, and the rest passed over.
    pub max_body: usize,
    /// Bytes without a single message after which the stream is taken as something else.
    pub probe: usize,
}

impl Default for FramerLimits {
    fn default() -> Self {
        FramerLimits {
            max_header: 64 << 10,
            max_body: 1 << 20,
            probe: 16 << 10,
        }
    }
}

/// Whether a stream is SIP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// A message was found.
    Sip,
    /// It starts like another protocol, or nothing was found in [`FramerLimits::probe`] bytes.
    NotSip,
    /// Not enough seen.
    Undecided,
}

/// What a framer passed over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FramerCounters {
    /// `CRLF CRLF` between messages, a keep-alive request (RFC 5626 §4.4.1).
    pub pings: u64,
    /// `CRLF` between messages, usually the answer to one.
    pub pongs: u64,
    /// Bytes that belong to no message.
    pub skipped_bytes: u64,
    /// How often a start line was expected and something else stood there.
    pub desyncs: u64,
    /// Messages whose headers were longer than [`FramerLimits::max_header`], or whose body than
    /// [`FramerLimits::max_body`].
    pub too_long: u64,
    /// Holes reported by [`Framer::gap`](super::Framer::gap).
    pub gaps: u64,
    /// Bytes those holes swallowed.
    pub lost_bytes: u64,
}

/// One message and what carried it. Read it with
/// [`parse_message(framed.bytes, framed.framing)`](crate::sip::parse_message) and add `flaws` to its own.
#[derive(Debug)]
pub struct Framed<'a> {
    /// From the start line to the end of the body.
    pub bytes: &'a [u8],
    /// `Stream`, or `Truncated` when the capture lost the end of the body.
    pub framing: Framing,
    /// Time of the packet with its first byte.
    pub first_time: CaptureTime,
    /// Time of the packet that completed it.
    pub time: CaptureTime,
    /// The packets that carried it, in order; the last completed it.
    pub frames: Vec<FrameRef>,
    /// How many of them carried no earlier message of this direction.
    pub new_frames: usize,
    /// What the framing found wrong: `stream_desync`, `content_length_mismatch`, and what [`Flaw::cut`] and
    /// [`Flaw::too_long`] say.
    pub flaws: Vec<Flaw>,
}
