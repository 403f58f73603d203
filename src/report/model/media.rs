//! RTP streams.

use super::{EndpointRef, Quality, SeriesStep, StreamWork, Timestamp};
use crate::media::{BindMethod, Phase, PlayoutBuffer, Setup};
use crate::types::{MediaKind, Party, QualityScale};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One RTP stream: one source address, destination address and SSRC.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Stream {
    /// From 1, in order of first packet.
    pub id: u32,
    /// Synchronization source, as `0x900d2e92`.
    pub ssrc: String,
    /// Sender.
    pub src: EndpointRef,
    /// Receiver.
    pub dst: EndpointRef,
    /// Call id.
    pub call: Option<u32>,
    /// `audio`, `video`, or `null` where no SDP says.
    pub kind: Option<MediaKind>,
    /// `caller` or `callee`: whose media this is.
    pub from: Option<Party>,
    /// The layers its first packet came in, as a message's; `null` for Ethernet, IP and UDP alone.
    pub encapsulation: Option<String>,
    /// The TURN relay its packets came out of; `src` and `dst` are those of the packets.
    #[serde(default)]
    pub relay: Option<super::StreamRelay>,
    /// Payload types seen, in order of first packet.
    pub payloads: Vec<Payload>,
    /// `sdp` (announced address), `symmetric` (learnt from the other direction or a NAT rule) or
    /// `heuristic` (no SDP).
    pub setup: Setup,
    /// The rule that tied it to its call: `both_ends` (each party's SDP announced its end), `destination`, `source`,
    /// `ice` (a connectivity check on the flow names the user fragments of the SDP),
    /// `nat_port` (the announced port, at a host of the signalling), `ssrc` (announced, or bound already),
    /// `reverse_flow` (the other direction is bound), `timing` (the only open call of its hosts; no SDP); `null`
    /// without a call.
    #[serde(default)]
    pub setup_rule: Option<BindMethod>,
    /// Frame of the SDP that announced it.
    pub setup_frame: Option<u64>,
    /// Which source that frame is of.
    #[serde(default)]
    pub setup_source: Option<u32>,
    /// True when SDP says the media is encrypted (SRTP): payload figures are then of the ciphertext.
    pub encrypted: bool,
    /// First packet.
    pub first_time: Timestamp,
    /// Last packet.
    pub last_time: Timestamp,
    /// Last minus first.
    pub duration_s: f64,
    /// Which source these frames are of.
    pub source: u32,
    /// Frame of the first packet.
    pub first_frame: u64,
    /// Frame of the last packet.
    pub last_frame: u64,
    /// On which side of its call's answer it ran; `null` without a call, or where its answer is not in the capture.
    #[serde(default)]
    pub phase: Option<Phase>,
    /// How long after the answer of its call it began; `null` where it began before, or that is not known.
    #[serde(default)]
    pub start_after_answer_s: Option<f64>,
    /// Packets received, duplicates included.
    pub packets: u64,
    /// Those of them that came before the call was answered; `null` where that is not known.
    #[serde(default)]
    pub early_packets: Option<u64>,
    /// Digits in its telephone events, flash as `!`; `null` where there are none.
    #[serde(default)]
    pub digits: Option<String>,
    /// Digits heard as tones in its sound; `null` where none were heard, or nobody listened (see `--audio`).
    #[serde(default)]
    pub digits_in_sound: Option<String>,
    /// RTP bytes received: RTP headers and payloads, duplicates included.
    pub bytes: u64,
    /// Packets the sequence numbers promise (RFC 3550 A.3), summed over restarts.
    pub expected: u64,
    /// Expected minus distinct received, never negative.
    pub lost: u64,
    /// `lost` of `expected`.
    pub lost_percent: Option<f64>,
    /// Longest run of consecutive lost packets.
    pub max_lost_burst: u64,
    /// Packets that arrived after one with a higher sequence number.
    pub out_of_order: u64,
    /// Second and further copies.
    pub duplicates: u64,
    /// Packets that missed a fixed 60 ms play-out deadline; `null` without a clock rate.
    pub late: Option<u64>,
    /// What play-out (de-jitter) buffers would have discarded, apart from loss; empty without a clock rate.
    #[serde(default)]
    pub playout: Vec<Playout>,
    /// Bursts and gaps of what was lost or late (RFC 3611 §4.7.2, Gmin 16).
    #[serde(default)]
    pub bursts: Bursts,
    /// Silence that was not sent, which is no loss.
    #[serde(default)]
    pub pauses: Pauses,
    /// Times the sequence number jumped to a new range.
    pub sequence_restarts: u64,
    /// RFC 3550 A.3 cumulative loss: expected minus all received; negative with duplicates.
    pub rtcp_style_lost: i64,
    /// Mean of the running interarrival jitter (RFC 3550 A.8).
    pub jitter_mean_ms: Option<f64>,
    /// Largest value of the running jitter.
    pub jitter_max_ms: Option<f64>,
    /// Its value at the last packet.
    pub jitter_last_ms: Option<f64>,
    /// Why jitter is `null`.
    pub jitter_reason: Option<String>,
    /// Mean time between packets, all received.
    pub delta_mean_ms: Option<f64>,
    /// Shortest time between packets.
    pub delta_min_ms: Option<f64>,
    /// Longest time between packets.
    pub delta_max_ms: Option<f64>,
    /// Frame at the end of that longest gap.
    pub delta_max_frame: Option<u64>,
    /// Largest distance, either way, between arrival and the sender's clock, from the first packet.
    pub skew_max_ms: Option<f64>,
    /// Sender's clock against the capture's; needs 10 s.
    pub clock_drift_ppm: Option<f64>,
    /// Packet time seen (median).
    pub ptime_ms: Option<f64>,
    /// Mean rates.
    pub bandwidth: Bandwidth,
    /// Estimated listening quality.
    pub quality: Quality,
    /// What it sounds like; `null` where `--audio` did not ask for it, or it is no sound.
    #[serde(default)]
    pub sound: Option<StreamSound>,
    /// What RTCP said about this stream; `null` where none was seen.
    pub rtcp: Option<super::Rtcp>,
    /// The capture points that saw the stream, where several files did: from the sender to the receiver, as far as TTL,
    /// loss and jitter tell. The stream's own figures are those of the last. Empty where one point saw it.
    pub points: Vec<Point>,
    /// Its figures second by second; with `--series` alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub series: Vec<SeriesStep>,
    /// What `--show-work` begins with. No part of the document.
    #[serde(skip)]
    pub work: Option<Box<StreamWork>>,
    /// Finding ids.
    pub findings: Vec<u32>,
}

/// A stream as one capture point of several saw it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Point {
    /// Which source; the first of those that are parts of one capture.
    pub source: u32,
    /// Packets seen there, duplicates included.
    pub packets: u64,
    /// Packets not seen there, among them those that other points saw before its first and after its last one while
    /// the capture ran there too.
    pub lost: u64,
    /// Second and further copies there.
    pub duplicates: u64,
    /// First packet by the clock of that capture; `null` where none was seen.
    pub first_time: Option<Timestamp>,
}

/// What a play-out (de-jitter) buffer would have done with a stream.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Playout {
    /// `fixed_40`, `fixed_60`, `fixed_200` (ms) or `adaptive` (20 to 200 ms).
    pub buffer: PlayoutBuffer,
    /// Packets that came after their turn; lost ones are not among them.
    pub discarded: u64,
    /// `discarded` of `expected`.
    pub discarded_percent: Option<f64>,
    /// What the buffer adds to the shortest way: its depth; of the adaptive one the mean over time.
    pub delay_ms: f64,
}

/// Bursts and gaps of packets that were lost, or late by the buffer `fixed_60`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Bursts {
    /// Bursts: two or more missed packets with fewer than 16 good ones between one and the next.
    pub count: u64,
    /// Packets in bursts, from the first to the last missed one.
    pub packets: u64,
    /// Missed packets in bursts.
    pub missed: u64,
    /// `missed` of `packets`; `null` without a burst.
    pub density_percent: Option<f64>,
    /// Mean length of a burst; `null` without a burst or a packet time.
    pub mean_duration_ms: Option<f64>,
    /// Packets outside bursts.
    pub gap_packets: u64,
    /// Missed packets outside bursts: single ones.
    pub gap_missed: u64,
    /// `gap_missed` of `gap_packets`.
    pub gap_density_percent: Option<f64>,
    /// Mean length of a gap, those at the begin and end included; `null` without a packet time.
    pub gap_mean_duration_ms: Option<f64>,
    /// Mean run of missed packets against that of random loss of the same share, at least 1 (BurstR of ITU-T G.107).
    pub ratio: f64,
}

/// Silence that the sender did not send: silence suppression, comfort noise.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Pauses {
    /// Times of 200 ms or more without a packet in which the timestamp went on and no number is missing.
    pub count: u64,
    /// How long they are together.
    pub total_s: f64,
    /// Packets of comfort noise.
    pub comfort_noise_packets: u64,
}

/// What a stream sounds like, in pieces of 20 ms. Levels are in dBov: 0 is a square wave at full scale.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StreamSound {
    /// Seconds of sound decoded.
    pub heard_s: f64,
    /// Level of all of it.
    pub level_dbov: Option<f64>,
    /// Level of what is no silence; `null` where all is.
    pub active_level_dbov: Option<f64>,
    /// Largest sample, against full scale.
    pub peak_dbov: Option<f64>,
    /// Level of its first 20 ms: where someone speaks at once, the begin of it is missing.
    pub first_dbov: Option<f64>,
    /// Share of the pieces below -50 dBov, digital silence among them.
    pub silent_percent: Option<f64>,
    /// Share of the pieces in which every sample is the same.
    pub digital_silence_percent: Option<f64>,
    /// Longest silence without a piece of which nothing is known.
    pub longest_silence_s: Option<f64>,
    /// Why figures are `null`, or what was not decoded.
    pub reason: Option<String>,
}

/// One payload type of a stream.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Payload {
    /// 0 to 127.
    pub payload_type: u8,
    /// Encoding name; `null` for an unannounced dynamic type.
    pub codec: Option<String>,
    /// RTP clock rate in Hz.
    pub clock_rate: Option<u32>,
    /// True where the clock rate was measured, not announced.
    pub clock_estimated: bool,
    /// Packets of this type.
    pub packets: u64,
    /// True where they carry nothing, under a number that no SDP lists: they keep the way through a NAT open
    /// (RFC 6263).
    #[serde(default)]
    pub keepalive: bool,
    /// Its own mean opinion score, where the stream carried several codecs and so has none as a whole.
    pub mos: Option<f64>,
    /// Its own transmission rating, where it has a score of its own.
    #[serde(default)]
    pub r_factor: Option<f64>,
    /// The scale of its own score.
    #[serde(default)]
    pub scale: Option<QualityScale>,
    /// The codec by which the stream is rated. No part of the document.
    #[serde(skip)]
    pub is_main: bool,
    /// One of several codecs that are rated by themselves. No part of the document.
    #[serde(skip)]
    pub is_rated_apart: bool,
}

/// Mean rate per layer over the stream's active time (last minus first plus one packet time).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Bandwidth {
    /// Codec payload alone.
    pub payload_kbps: Option<f64>,
    /// With the RTP header.
    pub rtp_kbps: Option<f64>,
    /// With UDP and IP headers.
    pub ip_kbps: Option<f64>,
    /// With Ethernet header and frame check sequence.
    pub ethernet_kbps: Option<f64>,
}
