//! What RTCP said about a stream.

use super::{EndpointRef, Timestamp};
use crate::rtp::rtcp::{BufferKind, Concealment, Flaw};
use crate::types::Severity;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What RTCP reports said.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Rtcp {
    /// Sender reports from this stream's source.
    pub sender_reports: u64,
    /// Report blocks about this stream.
    pub receiver_reports: u64,
    /// RTCP datagrams of its source that are enciphered (SRTCP): nothing more of them can be read.
    #[serde(default)]
    pub srtcp_packets: u64,
    /// Where the last report block about this stream came from; `null` without one.
    pub reported_by: Option<EndpointRef>,
    /// Packets missing both in the capture and at the receiver, as far as reports tell: lost before the capture
    /// point. `null` where no report can be compared.
    pub loss_before_capture: Option<u64>,
    /// Packets that the receiver misses though they are in the capture: lost behind the capture point. `null` where
    /// no report can be compared.
    pub loss_after_capture: Option<u64>,
    /// Packets sent that this comparison covers.
    #[serde(default)]
    pub loss_compared: Option<u64>,
    /// The report whose interval lost most; `null` where the receiver lost nothing or none can be compared.
    #[serde(default)]
    pub worst_interval: Option<RtcpInterval>,
    /// Cumulative loss the receiver last reported (signed 24 bit).
    pub reported_lost: Option<i64>,
    /// Its last fraction lost.
    pub reported_fraction_lost_percent: Option<f64>,
    /// Its last interarrival jitter.
    pub reported_jitter_ms: Option<f64>,
    /// Mean of the jitter of all reports that can be compared.
    #[serde(default)]
    pub reported_jitter_mean_ms: Option<f64>,
    /// Mean of the jitter estimate here, taken when each of those reports passed.
    #[serde(default)]
    pub jitter_here_mean_ms: Option<f64>,
    /// Round-trip time between the capture point and the receiver, from LSR and DLSR; the last.
    pub round_trip_ms: Option<f64>,
    /// The shortest.
    #[serde(default)]
    pub round_trip_min_ms: Option<f64>,
    /// The mean.
    #[serde(default)]
    pub round_trip_mean_ms: Option<f64>,
    /// The longest.
    #[serde(default)]
    pub round_trip_max_ms: Option<f64>,
    /// The other half: between the capture point and this stream's sender, from the reports of the other direction, or
    /// where there are none from its answers to reference times (RFC 3611 §4.4, §4.5); the last.
    #[serde(default)]
    pub round_trip_sender_ms: Option<f64>,
    /// Between the capture point and this stream's sender by those answers alone; the last.
    #[serde(default)]
    pub round_trip_answered_ms: Option<f64>,
    /// How many answers told it.
    #[serde(default)]
    pub round_trips_answered: u32,
    /// Between sender and receiver: both halves, measured within 30 s; the last.
    #[serde(default)]
    pub round_trip_total_ms: Option<f64>,
    /// The shortest.
    #[serde(default)]
    pub round_trip_total_min_ms: Option<f64>,
    /// The mean.
    #[serde(default)]
    pub round_trip_total_mean_ms: Option<f64>,
    /// The longest.
    #[serde(default)]
    pub round_trip_total_max_ms: Option<f64>,
    /// Packets the sender says it has sent, in its last report.
    #[serde(default)]
    pub sender_packets: Option<u32>,
    /// Octets of payload it says it has sent.
    #[serde(default)]
    pub sender_octets: Option<u32>,
    /// Packets it sent before the first that came here, by its reports; `null` where the begin of the stream may
    /// be older than the capture.
    #[serde(default)]
    pub sent_before_first: Option<u64>,
    /// Packets it says it sent between its first and last report.
    #[serde(default)]
    pub sent_between_reports: Option<u64>,
    /// Distinct packets that arrived here between the two; fewer were lost before the capture point.
    #[serde(default)]
    pub arrived_between_reports: Option<u64>,
    /// Ticks of the stream's clock in a second of the sender's wall clock, as its reports pair them; needs 10 s.
    #[serde(default)]
    pub sender_clock_hz: Option<f64>,
    /// A stream of pictures against the sound of the same sender; `null` without both, or without their sender reports.
    #[serde(default)]
    pub sync: Option<RtcpSync>,
    /// Canonical name of the source: the same for all its streams.
    #[serde(default)]
    pub cname: Option<String>,
    /// The program that sends, as it calls itself.
    #[serde(default)]
    pub tool: Option<String>,
    /// When its source said goodbye.
    #[serde(default)]
    pub bye_time: Option<Timestamp>,
    /// Why, where it said that.
    #[serde(default)]
    pub bye_reason: Option<String>,
    /// Application-defined packets of its source.
    #[serde(default)]
    pub app_packets: u64,
    /// The receiver's own view of the call (RFC 3611 §4.7), the last; `null` where none was seen.
    #[serde(default)]
    pub xr: Option<RtcpXr>,
    /// Block types of extended reports about this stream.
    #[serde(default)]
    pub xr_blocks: Vec<XrBlockSeen>,
    /// What receivers asked of the sender at once; `null` where nothing was.
    #[serde(default)]
    pub feedback: Option<RtcpFeedback>,
    /// Rules that RTCP datagrams of its source break.
    #[serde(default)]
    pub warnings: Vec<RtcpWarning>,
}

/// How much later than the sound of the same moment pictures arrive, by the wall clock that their sender's reports name
/// for both (RFC 3550 §6.4.1). One value a sender report; a packet time of sound and the coding of both are in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RtcpSync {
    /// SSRC of the sound.
    pub sound: String,
    /// The last value; negative: the pictures arrive earlier.
    pub later_ms: f64,
    /// The smallest.
    pub later_min_ms: f64,
    /// The mean.
    pub later_mean_ms: f64,
    /// The largest.
    pub later_max_ms: f64,
    /// Sender reports at which they were compared.
    pub reports: u32,
}

/// The interval between two reports of a receiver.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RtcpInterval {
    /// Which source the frame is of.
    pub source: u32,
    /// Frame of the report that ends it.
    pub frame: u64,
    /// When that report passed.
    pub time: Timestamp,
    /// Packets sent in it, by the sequence numbers the two reports name.
    pub packets: u64,
    /// Of these the receiver misses.
    pub reported_lost: u64,
    /// Of these the capture misses.
    pub lost_here: u64,
}

/// VoIP metrics of an extended report (RFC 3611 §4.7). What the receiver marks unavailable is `null`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RtcpXr {
    /// Such blocks about this stream.
    pub reports: u64,
    /// Who sent the last one, which is told here.
    pub reported_by: Option<EndpointRef>,
    /// Which source its frame is of.
    pub source: Option<u32>,
    /// Its frame.
    pub frame: Option<u64>,
    /// Packets lost since reception began.
    pub loss_percent: Option<f64>,
    /// Packets the de-jitter buffer discarded.
    pub discard_percent: Option<f64>,
    /// Packets lost or discarded within bursts.
    pub burst_density_percent: Option<f64>,
    /// Packets lost or discarded within gaps.
    pub gap_density_percent: Option<f64>,
    /// Mean length of bursts.
    pub burst_duration_ms: u16,
    /// Mean length of gaps.
    pub gap_duration_ms: u16,
    /// Packets received in a row that end a burst.
    pub gmin: u8,
    /// Round trip between the two ends.
    pub round_trip_ms: Option<u16>,
    /// Delay within the end system.
    pub end_system_delay_ms: Option<u16>,
    /// Level of speech.
    pub signal_level_dbm0: Option<i8>,
    /// Level of the noise.
    pub noise_level_dbm0: Option<i8>,
    /// Residual echo return loss.
    pub rerl_db: Option<u8>,
    /// Transmission rating, 0 to 100.
    pub r_factor: Option<u8>,
    /// Transmission rating of another network beyond.
    pub external_r_factor: Option<u8>,
    /// Listening quality, 1 to 5.
    pub mos_lq: Option<f64>,
    /// Conversational quality, 1 to 5.
    pub mos_cq: Option<f64>,
    /// How losses are concealed.
    pub concealment: Concealment,
    /// How the de-jitter buffer works.
    pub jitter_buffer: BufferKind,
    /// How fast an adaptive one adapts, 0 to 15.
    pub jitter_buffer_rate: u8,
    /// Its delay of a packet that comes in time.
    pub jitter_buffer_nominal_ms: u16,
    /// Its delay of the earliest packet that is not discarded.
    pub jitter_buffer_max_ms: u16,
    /// The largest that can become.
    pub jitter_buffer_abs_max_ms: u16,
}

/// A block type of extended reports.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct XrBlockSeen {
    /// Its number.
    #[serde(rename = "type")]
    pub kind: u8,
    /// Its name; `null` where none is registered.
    pub name: Option<String>,
}

/// Feedback messages (RFC 4585), counted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RtcpFeedback {
    /// Messages that ask for packets again (generic NACK).
    pub nacks: u64,
    /// Packets they ask for.
    pub nacked_packets: u64,
    /// Picture loss indications (PLI).
    pub picture_loss: u64,
    /// Full intra requests (FIR).
    pub full_intra: u64,
    /// Messages that limit the sender's rate (REMB).
    pub remb: u64,
    /// The limit last told.
    pub remb_bps: Option<u64>,
    /// Transport-wide congestion control messages.
    pub transport_wide: u64,
    /// All others.
    pub other: u64,
}

/// A rule that RTCP datagrams break.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RtcpWarning {
    /// Which.
    pub code: Flaw,
    /// `info` where it is only the form (a report left out in front), `warning` where what follows could not be read.
    #[serde(default = "informative")]
    pub severity: Severity,
    /// A sentence with the clause.
    pub text: String,
    /// Datagrams that break it.
    pub count: u64,
    /// Which source the frame is of.
    pub source: u32,
    /// Frame of the first.
    pub frame: u64,
}

/// What reports of before said nothing about.
const fn informative() -> Severity {
    Severity::Info
}
