//! What a stream measured: plain numbers, `None` where a figure cannot be known.

use super::measure::bandwidth::BandwidthFigures;
pub use super::measure::burst::BurstFigures;
pub use super::measure::pauses::PauseFigures;
pub use super::measure::playout::{PlayoutBuffer, PlayoutFigures};
use super::measure::quality::QualityFigures;
pub use super::measure::timebase::TimestampJumps;
use crate::types::codec::Role;
use crate::types::{CaptureTime, ClockRate, FrameRef, PayloadType};

/// Every figure of one stream.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StreamFigures {
    /// Packets received, duplicates included.
    pub packets: u64,
    /// Packets the sequence numbers promise, summed over restarts.
    pub expected: u64,
    /// Distinct packets received.
    pub unique: u64,
    /// Expected minus distinct received, never negative.
    pub lost: u64,
    /// `lost` of `expected`, 0 to 100.
    pub lost_percent: Option<f64>,
    /// Longest run of consecutive lost packets.
    pub max_lost_burst: u64,
    /// Packets that arrived after one with a higher number.
    pub out_of_order: u64,
    /// Second and further copies.
    pub duplicates: u64,
    /// Packets that missed a fixed 60 ms play-out; `None` without a clock rate.
    pub late: Option<u64>,
    /// What play-out buffers would have done; empty without a clock rate.
    pub playout: Vec<PlayoutFigures>,
    /// Pauses of the sender, which are no loss.
    pub pauses: PauseFigures,
    /// Times the sequence number jumped to a new range.
    pub sequence_restarts: u32,
    /// Single packets far off the range.
    pub strays: u32,
    /// RFC 3550 A.3: expected minus all received; negative with duplicates.
    pub rtcp_style_lost: i64,
    /// Bursts of lost or late packets (RFC 3611).
    pub bursts: BurstFigures,
    /// Mean of the running interarrival jitter.
    pub jitter_mean_ms: Option<f64>,
    /// Its largest value.
    pub jitter_max_ms: Option<f64>,
    /// Its value at the last packet.
    pub jitter_last_ms: Option<f64>,
    /// Why jitter is unknown.
    pub jitter_reason: Option<String>,
    /// Times the sender's clock jumped (and jitter began anew).
    pub timestamp_discontinuities: u32,
    /// Of these, those within the sequence that are the sender's doing.
    pub timestamp_jumps: TimestampJumps,
    /// Mean time between arrivals.
    pub delta_mean_ms: Option<f64>,
    /// Shortest.
    pub delta_min_ms: Option<f64>,
    /// Longest.
    pub delta_max_ms: Option<f64>,
    /// The packet that ended the longest.
    pub delta_max_frame: Option<FrameRef>,
    /// Arrivals before the packet they follow: the capture's clock ran backwards.
    pub negative_deltas: u32,
    /// Largest distance, either way, between arrival and the sender's clock.
    pub skew_max_ms: Option<f64>,
    /// Sender's clock against the capture's; positive is fast. Needs 10 s.
    pub clock_drift_ppm: Option<f64>,
    /// Packet time (median of what was sent); `None` for video and unknown clocks.
    pub ptime_ms: Option<f64>,
    /// Milliseconds from one packet to the next by their timestamps, and how often each was seen: the commonest
    /// few; empty where there is one only.
    pub packet_times: Vec<(f64, u32)>,
    /// Last minus first arrival, in seconds.
    pub duration_s: f64,
    /// Duration plus one packet time: what rates are taken over.
    pub active_s: Option<f64>,
    /// Octets and rates per layer.
    pub bandwidth: BandwidthFigures,
    /// Estimated listening quality.
    pub quality: QualityFigures,
}

impl StreamFigures {
    /// Of a point that none of `sent` packets reached.
    pub(super) fn of_none(sent: u64, duration_s: f64) -> StreamFigures {
        let why = "no packet came to the point nearest to the receiver";
        StreamFigures {
            expected: sent,
            lost: sent,
            lost_percent: Some(100.0),
            max_lost_burst: sent,
            // Counts of one capture are far below 2^63.
            rtcp_style_lost: sent as i64,
            jitter_reason: Some(why.to_owned()),
            duration_s,
            quality: QualityFigures::unrated(why.to_owned()),
            ..StreamFigures::default()
        }
    }
}

/// One payload type of a stream, as measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct PayloadFigures {
    /// 0 to 127.
    pub payload_type: PayloadType,
    /// RTP clock.
    pub clock: Option<ClockRate>,
    /// The clock was measured, not announced.
    pub clock_estimated: bool,
    /// What the packets carry.
    pub role: Role,
    /// Packets.
    pub packets: u64,
    /// Octets of payload.
    pub payload_bytes: u64,
    /// The first of them.
    pub first_time: CaptureTime,
    /// The last of them.
    pub last_time: CaptureTime,
}

/// What a payload type means to the measures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct PayloadFacts {
    /// What it carries.
    pub role: Role,
    /// Its RTP clock; `None` for a dynamic type nobody announced.
    pub clock: Option<ClockRate>,
}
