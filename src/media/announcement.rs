//! What SDP said about media, as the tracker needs it: who receives what, where.

use crate::rtp::FormatMap;
use crate::types::{
    CallNo, CaptureTime, Carried, Direction, Endpoint, FrameRef, HostAddr, MediaKind, MessageId,
    Party, Scope, Ssrc,
};
use std::sync::Arc;

/// A session description announced that media for `party` is to be sent to `endpoint`.
#[derive(Clone, Debug, PartialEq)]
pub struct Announcement {
    /// The call.
    pub call: CallNo,
    /// Whose description this is: who receives there.
    pub party: Party,
    /// Which hop of the call it was seen on. A relay announces other addresses on each.
    pub hop: u32,
    /// What kind of media.
    pub kind: MediaKind,
    /// Index of the `m=` line.
    pub media_index: u16,
    /// Where RTP is to be sent.
    pub endpoint: Endpoint,
    /// Where RTCP is to be sent if `a=rtcp` says so; else it is the next port, or the same when muxed.
    pub rtcp: Option<Endpoint>,
    /// RTP and RTCP share the port (RFC 5761).
    pub rtcp_mux: bool,
    /// VLAN or tunnel the description was seen in.
    pub scope: Scope,
    /// The payload types as this party expects them.
    pub formats: Arc<FormatMap>,
    /// `a=ptime`.
    pub ptime_ms: Option<f64>,
    /// SRTP by profile, `a=crypto` or `a=fingerprint`.
    pub encrypted: bool,
    /// Direction attribute.
    pub direction: Direction,
    /// The two hosts of the hop, as the packets showed them.
    pub signalling_hosts: [HostAddr; 2],
    /// The message.
    pub message: MessageId,
    /// Its frame.
    pub frame: FrameRef,
    /// Its time.
    pub time: CaptureTime,
    /// ICE candidates: further endpoints media may come to.
    pub candidates: Vec<Endpoint>,
    /// What the protocol field agrees on.
    pub carried: Carried,
    /// ICE user fragment, by which its checks are known (RFC 8839 §5.4); of 256 octets at most.
    pub ufrag: Option<Box<str>>,
    /// `a=ssrc`: sources this party says it sends.
    pub ssrcs: Vec<Ssrc>,
}
