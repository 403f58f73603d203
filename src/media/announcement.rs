//! What SDP said about media, as the tracker needs it: who receives what, where.

use crate::rtp::FormatMap;
use crate::types::{CallNo, CaptureTime, Endpoint, FrameRef, HostAddr, MessageId, Scope, Ssrc};
use std::sync::Arc;

/// One of the two who talk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Party {
    /// Who sent the first INVITE.
    Caller,
    /// Who was asked.
    Callee,
}

impl Party {
    /// The other one.
    pub const fn other(self) -> Party {
        match self {
            Party::Caller => Party::Callee,
            Party::Callee => Party::Caller,
        }
    }
    /// The token of the report.
    pub const fn as_str(self) -> &'static str {
        match self {
            Party::Caller => "caller",
            Party::Callee => "callee",
        }
    }
}

/// The media field of an `m=` line (RFC 8866 §5.14).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum MediaKind {
    Audio,
    Video,
    Image,
    Application,
    Text,
    Other,
}

impl MediaKind {
    /// The token of the report.
    pub const fn as_str(self) -> &'static str {
        match self {
            MediaKind::Audio => "audio",
            MediaKind::Video => "video",
            MediaKind::Image => "image",
            MediaKind::Application => "application",
            MediaKind::Text => "text",
            MediaKind::Other => "other",
        }
    }
}

/// The direction attribute (RFC 8866 §6.7), as the announcing party means it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum MediaDirection {
    #[default]
    SendRecv,
    SendOnly,
    RecvOnly,
    Inactive,
}

impl MediaDirection {
    /// The attribute's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            MediaDirection::SendRecv => "sendrecv",
            MediaDirection::SendOnly => "sendonly",
            MediaDirection::RecvOnly => "recvonly",
            MediaDirection::Inactive => "inactive",
        }
    }
}

/// A session description announced that media for `party` is to be sent to `endpoint`.
#[derive(Clone, Debug, PartialEq)]
pub struct Announcement {
    /// The call.
    pub call: CallNo,
    /// Whose description this is: who receives there.
    pub party: Party,
    /// Which hop of the call it was seen on. A relay announces other addresses on each.
    pub leg: u32,
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
    pub direction: MediaDirection,
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
    /// `a=ssrc`: sources this party says it sends.
    pub ssrcs: Vec<Ssrc>,
}
