//! What leaves the tracker: finished streams.

use super::early::Early;
use super::extra::StreamExtra;
use super::figures::StreamFigures;
use super::measure::dtmf::DtmfEvent;
use super::meter::Expect;
use super::relay::Relay;
use super::rtcp_figures::RtcpFigures;
use super::sound::StreamSound;
use super::tones::ToneKey;
use crate::decode::Stack;
use crate::types::{
    CallNo, CaptureTime, ClockRate, Flow, FrameRef, MediaKind, Party, PayloadType, QualityScale,
    SourceId, Ssrc, StreamNo,
};
use std::sync::Arc;

/// Names a stream while it runs, before its number is settled. Never reused, never reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamHandle(pub(super) u64);

impl StreamHandle {
    /// Any handle, for tests.
    #[cfg(test)]
    pub(crate) const fn sample() -> StreamHandle {
        StreamHandle(0)
    }
}

crate::types::vocabulary! {
    /// How a stream came to be taken for media.
    pub enum Setup {
        /// SDP announced where it goes.
        Sdp = "sdp",
        /// Learnt from SDP by another rule: its source, a NAT's port, the other direction, its SSRC.
        Symmetric = "symmetric",
        /// Nobody announced it: it looks like RTP.
        Heuristic = "heuristic",
    }
}

crate::types::vocabulary! {
    /// The rule that bound a stream to its call; best last.
    pub enum BindMethod {
        /// It started while exactly one call of one of its hosts was open.
        Timing = "timing",
        /// The other direction of the same flow is bound.
        ReverseFlow = "reverse_flow",
        /// Its SSRC is announced or bound already.
        Ssrc = "ssrc",
        /// The announced port, at a host of the signalling.
        NatPort = "nat_port",
        /// A connectivity check on the same flow names user fragments of the SDP (RFC 8445 §7.2.2).
        Ice = "ice",
        /// Its source is announced; its destination is not (symmetric RTP, rewritten address).
        Source = "source",
        /// Its destination is announced.
        Destination = "destination",
        /// Both its ends are announced by the two parties of one call.
        BothEnds = "both_ends",
    }
}

impl BindMethod {
    /// What the report says of the setup.
    pub const fn setup(self) -> Setup {
        match self {
            BindMethod::BothEnds | BindMethod::Destination => Setup::Sdp,
            _ => Setup::Symmetric,
        }
    }
    /// True where the packets' addresses are not the announced ones.
    pub const fn nat_rewritten(self) -> bool {
        matches!(
            self,
            BindMethod::Ice
                | BindMethod::NatPort
                | BindMethod::Ssrc
                | BindMethod::ReverseFlow
                | BindMethod::Timing
        )
    }
}

/// A payload type of a finished stream.
#[derive(Clone, Debug, PartialEq)]
pub struct PayloadSeen {
    /// 0 to 127.
    pub payload_type: PayloadType,
    /// Encoding name; `None` for an unannounced dynamic type.
    pub codec: Option<Arc<str>>,
    /// RTP clock.
    pub clock: Option<ClockRate>,
    /// Audio channels; `None` where no SDP and no static number says.
    pub channels: Option<u8>,
    /// The clock was measured (or, for a telephone event, taken from the audio), not announced.
    pub estimated: bool,
    /// Packets of it.
    pub packets: u64,
    /// Octets of payload they carry.
    pub payload_bytes: u64,
    /// The first of them.
    pub first_time: CaptureTime,
    /// The last of them.
    pub last_time: CaptureTime,
    /// The codec by which the stream is rated: that of most packets.
    pub is_main: bool,
    /// One of several codecs that are rated by themselves, for the stream is not rated as a whole.
    pub is_rated_apart: bool,
    /// Its own score, where the stream carried several codecs and is not rated as a whole.
    pub rating: Option<PayloadRating>,
}

/// The score of one payload type of several.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PayloadRating {
    /// Mean opinion score, 1 to 4.5.
    pub mos: f64,
    /// R, held to its range.
    pub r_factor: f64,
    /// The scale of both.
    pub scale: QualityScale,
}

/// A stream as one capture point of several saw it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PointFigures {
    /// The file; the first of those that are parts of one capture.
    pub source: SourceId,
    /// Packets seen there, duplicates included.
    pub packets: u64,
    /// Packets not seen there; those before the first and after the last one that other points saw while the capture
    /// ran there too are among them.
    pub lost: u64,
    /// Second and further copies there.
    pub duplicates: u64,
    /// First packet; `None` where none was seen.
    pub first_time: Option<CaptureTime>,
}

/// A finished stream; every figure is final.
#[derive(Clone, Debug, PartialEq)]
pub struct StreamRecord {
    /// From 1 in order of first packet.
    pub no: StreamNo,
    /// What events called it.
    pub handle: StreamHandle,
    /// From whom to whom.
    pub flow: Flow,
    /// The layers its first packet came in.
    pub stack: Stack,
    /// Synchronization source.
    pub ssrc: Ssrc,
    /// The TURN relay its packets came out of.
    pub relay: Option<Relay>,
    /// Its call.
    pub call: Option<CallNo>,
    /// Whose media it is: who sends. `None` where only the time binds it.
    pub from: Option<Party>,
    /// `None` where no SDP says.
    pub kind: Option<MediaKind>,
    /// Hop of the call; `None` where only the time binds it.
    pub hop: Option<u32>,
    /// Index of the `m=` line.
    pub media_index: Option<u16>,
    /// Payload types in order of first packet.
    pub payloads: Vec<PayloadSeen>,
    /// How it came to be taken for media.
    pub setup: Setup,
    /// The rule that bound it.
    pub bind_method: Option<BindMethod>,
    /// Its addresses are not the announced ones.
    pub nat_rewritten: bool,
    /// Frame of the SDP that announced it.
    pub setup_frame: Option<FrameRef>,
    /// SDP says SRTP.
    pub encrypted: bool,
    /// First packet.
    pub first_time: CaptureTime,
    /// Last packet.
    pub last_time: CaptureTime,
    /// Its frame.
    pub first_frame: FrameRef,
    /// Its frame.
    pub last_frame: FrameRef,
    /// Payload octets of the last packet.
    pub last_payload: u32,
    /// Every figure, at the point nearest to the receiver.
    pub figures: StreamFigures,
    /// The points that saw it, from the sender to the receiver as far as can be told; empty where there is one.
    pub points: Vec<PointFigures>,
    /// Packets, those seen at several points once.
    pub counted: u64,
    /// What RTCP said; `None` where none was seen.
    pub rtcp: Option<Box<RtcpFigures>>,
    /// What of it came before its call was answered; `None` where it had not begun, or was not known to be the
    /// call's.
    pub early: Option<Early>,
    /// ICMP port unreachable answers to its packets.
    pub icmp_unreachable: u32,
    /// The stream of another SSRC on the same flow that stopped when this one began.
    pub continues: Option<StreamNo>,
    /// Keys pressed.
    pub dtmf: Vec<DtmfEvent>,
    /// Keys heard in its sound.
    pub heard: Vec<ToneKey>,
    /// Telephone events that are tones of fax, modem or line and no keys (RFC 4734).
    pub tones: u32,
    /// What it sounds like; `None` where nobody asked for that.
    pub sound: Option<Box<StreamSound>>,
    /// Packets whose numbers alone do not tell what is lost before them, for who measures it again.
    pub(crate) breaks: Box<[(FrameRef, Expect)]>,
    /// What was asked for beside the figures.
    pub extra: Option<Box<StreamExtra>>,
}

impl StreamRecord {
    /// About how many bytes it takes.
    pub fn weight(&self) -> usize {
        size_of::<Self>()
            + size_of_val(&*self.payloads)
            + size_of_val(&*self.dtmf)
            + size_of_val(&*self.heard)
            + size_of_val(&*self.breaks)
            + size_of_val(&*self.points)
            + self.rtcp.as_ref().map_or(0, |r| r.weight())
            + size_of_val(&*self.figures.playout)
            + self.extra.as_ref().map_or(0, |extra| extra.weight())
            + 64
    }
}
