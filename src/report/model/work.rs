//! What worked arithmetic begins with; no part of the document.

use crate::media::{PacketRow, Sampled};
use crate::types::CaptureTime;

/// Numbers of one stream that its figures were worked out of.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StreamWork {
    /// Lowest and highest extended sequence number of the last range of numbers.
    pub range: Option<(u64, u64)>,
    /// Octets of RTP payload.
    pub payload_bytes: u64,
    /// Octets of IP packets.
    pub ip_bytes: u64,
    /// Octets of Ethernet frames with padding and check sequence.
    pub ethernet_bytes: u64,
    /// Packets asked for.
    pub packets: Vec<PacketRow>,
    /// How the last round trip came about.
    pub round_trip: Option<RoundTripWork>,
    /// How the last comparison of pictures and sound came about: the pictures, and the sound.
    pub sync: Option<[Sampled; 2]>,
}

/// A receiver's report that answers a sender's, both captured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoundTripWork {
    /// When the sender report passed.
    pub sent: CaptureTime,
    /// When the receiver's report passed.
    pub answered: CaptureTime,
    /// Middle 32 bits of the sender report's NTP time.
    pub last_sr: u32,
    /// Delay since it, in units of 1/65536 s.
    pub delay_since_last_sr: u32,
}
