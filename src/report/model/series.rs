//! Figures step by step.

use super::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One step of a stream. Steps are counted from the first packet of the capture and follow each other without a hole,
/// from the stream's first to its last packet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SeriesStep {
    /// When the step begins.
    pub time: Timestamp,
    /// The same, from the first packet of the capture.
    pub relative_time_s: f64,
    /// How long it is: 1; 10, 60, 600 or more where the stream has more than 3600 of the shorter ones, or where many
    /// streams have filled the room for all.
    pub step_s: u32,
    /// Packets received in it, duplicates included.
    pub packets: u64,
    /// Packets missing before one that came in this step; those that came late are taken off again. All steps together
    /// have the stream's `lost`.
    pub lost: u64,
    /// Second and further copies.
    pub duplicates: u64,
    /// The running interarrival jitter (RFC 3550 A.8) at the end of the step; `null` where nothing came, where the
    /// stream has none, and while its clock rate is still being measured.
    pub jitter_ms: Option<f64>,
    /// Its largest value in the step.
    pub jitter_max_ms: Option<f64>,
    /// Longest time since the packet before, of the packets that came in this step.
    pub delta_max_ms: Option<f64>,
    /// Codec payload alone: the octets that came in the step, over the whole step.
    pub payload_kbps: f64,
    /// With the RTP header.
    pub rtp_kbps: f64,
    /// With UDP and IP headers.
    pub ip_kbps: f64,
    /// With Ethernet header and frame check sequence.
    pub ethernet_kbps: f64,
}

/// One step of the capture: its calls, and the RTP of all its streams. Media that was captured on several hops counts
/// on each.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CaptureStep {
    /// When the step begins.
    pub time: Timestamp,
    /// The same, from the first packet of the capture.
    pub relative_time_s: f64,
    /// How long it is: 1; 10, 60, 600 or more where the capture has more than 3600 of the shorter ones.
    pub step_s: u32,
    /// Most calls at once, from their INVITE to their end; one whose end is not in the capture lasts to the end of it.
    pub calls: u32,
    /// Most of them at once that were answered.
    pub answered_calls: u32,
    /// Streams with a packet in the step.
    pub streams: u32,
    /// Packets of streams, duplicates included.
    pub packets: u64,
    /// Codec payload alone: the octets that came in the step, over the whole step.
    pub payload_kbps: f64,
    /// With the RTP header.
    pub rtp_kbps: f64,
    /// With UDP and IP headers.
    pub ip_kbps: f64,
    /// With Ethernet header and frame check sequence.
    pub ethernet_kbps: f64,
}
