//! What goes into the tracker a datagram at a time, and what it made of it.

use super::measure::bandwidth::Lengths;
use crate::decode::Stack;
use crate::types::{CaptureTime, Flow, FrameRef};

/// A UDP datagram as the decoder lends it.
#[derive(Clone, Copy, Debug)]
pub struct MediaPacket<'a> {
    /// From whom to whom.
    pub flow: Flow,
    /// Arrival.
    pub time: CaptureTime,
    /// Frame.
    pub frame: FrameRef,
    /// The UDP payload as far as captured.
    pub payload: &'a [u8],
    /// Its length on the wire.
    pub wire_payload_len: u32,
    /// Length of the IP packet on the wire, headers included.
    pub ip_bytes: u32,
    /// Link header: 14 for Ethernet, 4 more a VLAN tag. Give 14 where the link has no Ethernet header.
    pub link_bytes: u16,
    /// The layers that were taken off.
    pub stack: Stack,
    /// Time to live, or hop limit, of the IP packet.
    pub ttl: u8,
}

impl MediaPacket<'_> {
    pub(super) fn lengths(&self, payload: u32) -> Lengths {
        Lengths {
            payload,
            rtp: self.wire_payload_len,
            ip: self.ip_bytes,
            link: self.link_bytes,
        }
    }
}

/// What the tracker made of a datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// RTP of a stream.
    Rtp,
    /// RTCP.
    Rtcp,
    /// STUN or TURN.
    Stun,
    /// DTLS.
    Dtls,
    /// ZRTP.
    Zrtp,
    /// Fax (T.38).
    T38,
    /// Conference control (BFCP).
    Bfcp,
    /// Could be RTP: in probation. Counted in its stream if it passes.
    Candidate,
    /// Not media.
    Other,
}
