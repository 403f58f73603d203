//! What RTCP said about one stream, as it leaves the tracker.

use super::rtcp_loss::{JitterBeside, LossSides, WorstInterval};
use super::rtcp_sender::SentAndArrived;
use super::rtcp_sync::Sync;
use super::rtcp_trips::Spread;
use crate::rtp::rtcp::{Asks, Feedback, Flaw, ReportBlock, VoipMetrics, XrBlock, XrContent};
use crate::types::{CaptureTime, Endpoint, FrameRef};

/// What RTCP said about a stream.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RtcpFigures {
    /// Sender reports of the stream's source.
    pub sender_reports: u64,
    /// Report blocks about the stream.
    pub receiver_reports: u64,
    /// Datagrams of the stream's source that are enciphered (SRTCP): nothing else of them is known.
    pub enciphered: u64,
    /// Where the last report block came from.
    pub reported_by: Option<Endpoint>,
    /// Loss before and behind the capture point; `None` where no report can be compared with the capture.
    pub loss: Option<LossSides>,
    /// The report whose interval lost most; `None` where none lost anything or none can be compared.
    pub worst: Option<WorstInterval>,
    /// Cumulative loss last reported (signed 24 bit).
    pub reported_lost: Option<i64>,
    /// Fraction lost last reported, 0 to 100.
    pub reported_fraction_lost_percent: Option<f64>,
    /// Interarrival jitter last reported; `None` without a clock rate.
    pub reported_jitter_ms: Option<f64>,
    /// Jitter reported and measured here at the same moments.
    pub jitter: Option<JitterBeside>,
    /// Highest extended sequence number last reported.
    pub reported_highest_seq: Option<u32>,
    /// Round trip between the capture point and the receiver (LSR and DLSR).
    pub round_trip: Option<Spread>,
    /// What the last was worked out of: when the sender's and the receiver's report passed, and the block.
    pub round_trip_of: Option<(CaptureTime, CaptureTime, ReportBlock)>,
    /// The other half: round trip between the capture point and the sender, last measured, by the reports of the other
    /// direction, or where there are none by answers to reference times.
    pub round_trip_to_sender_ms: Option<f64>,
    /// Round trip between sender and receiver: both halves.
    pub round_trip_total: Option<Spread>,
    /// Round trip between the capture point and the sender by its answers to reference times (RFC 3611 §4.4, §4.5).
    pub round_trip_answered: Option<Spread>,
    /// Pictures against the sound of the same sender; of a stream of pictures.
    pub sync: Option<Box<Sync>>,
    /// Packets the sender says it has sent, in its last report.
    pub sender_packets: Option<u32>,
    /// Payload octets the sender says it has sent.
    pub sender_octets: Option<u32>,
    /// Packets it sent before the first that came here, by its reports; `None` where the begin of the stream is
    /// not in the capture.
    pub sent_before_first: Option<u64>,
    /// What it says it sent between its first and last report, and what of it arrived here.
    pub sent_and_arrived: Option<SentAndArrived>,
    /// Ticks of the stream's clock in a second of the sender's wall clock.
    pub sender_clock_hz: Option<f64>,
    /// Canonical name of the source.
    pub cname: Option<String>,
    /// The program that sends.
    pub tool: Option<String>,
    /// The source said goodbye.
    pub bye_time: Option<CaptureTime>,
    /// Why, where it said that.
    pub bye_reason: Option<String>,
    /// Application-defined packets of the source.
    pub app_packets: u64,
    /// Extended reports about the stream.
    pub extended: Option<Box<ExtendedFigures>>,
    /// What receivers asked of the source at once.
    pub feedback: Option<FeedbackCounts>,
    /// Rules that the source's datagrams break.
    pub flaws: Vec<FlawSeen>,
}

impl RtcpFigures {
    /// Round trip between the capture point and the receiver, last measured, in milliseconds.
    pub fn round_trip_ms(&self) -> Option<f64> {
        self.round_trip.map(|r| r.last)
    }

    /// Round trip between sender and receiver, last measured, in milliseconds.
    pub fn round_trip_total_ms(&self) -> Option<f64> {
        self.round_trip_total.map(|r| r.last)
    }

    /// Mean of the round trip between sender and receiver, in milliseconds.
    pub fn round_trip_total_mean_ms(&self) -> Option<f64> {
        self.round_trip_total.map(|r| r.mean)
    }

    /// About how many bytes it takes, itself and what it owns.
    pub(crate) fn weight(&self) -> usize {
        size_of::<Self>()
            + size_of_val(&*self.flaws)
            + self.sync.as_ref().map_or(0, |_| size_of::<Sync>())
            + self
                .extended
                .as_ref()
                .map_or(0, |_| size_of::<ExtendedFigures>())
            + self.cname.as_ref().map_or(0, String::len)
            + self.tool.as_ref().map_or(0, String::len)
            + self.bye_reason.as_ref().map_or(0, String::len)
    }
}

/// A rule that RTCP datagrams break.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlawSeen {
    /// The rule.
    pub flaw: Flaw,
    /// Datagrams that break it.
    pub count: u64,
    /// Frame of the first.
    pub frame: FrameRef,
}

/// Extended reports about a stream (RFC 3611).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ExtendedFigures {
    /// Block types seen below 64, a bit each.
    kinds: u64,
    /// VoIP metrics blocks.
    pub voip_blocks: u64,
    /// The last of them.
    pub voip: Option<VoipMetrics>,
    /// Its frame.
    pub frame: Option<FrameRef>,
    /// Who sent it.
    pub reported_by: Option<Endpoint>,
}

impl ExtendedFigures {
    /// Takes a block.
    pub(crate) fn handle(&mut self, block: &XrBlock<'_>, frame: FrameRef, by: Endpoint) {
        self.kinds |= 1u64.checked_shl(u32::from(block.kind)).unwrap_or(0);
        if let XrContent::Voip(metrics) = block.content {
            self.voip_blocks += 1;
            self.voip = Some(metrics);
            self.frame = Some(frame);
            self.reported_by = Some(by);
        }
    }

    /// The block types seen.
    pub fn kinds(&self) -> impl Iterator<Item = u8> + '_ {
        (0..64u8).filter(|kind| self.kinds >> kind & 1 == 1)
    }
}

/// Feedback messages about a stream, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FeedbackCounts {
    /// Generic NACK messages (RFC 4585 §6.2.1).
    pub nacks: u64,
    /// Packets they ask for again.
    pub nacked: u64,
    /// Picture loss indications.
    pub picture_loss: u64,
    /// Full intra requests.
    pub full_intra: u64,
    /// Messages that limit the rate (REMB).
    pub max_rates: u64,
    /// The limit last told, in bits per second.
    pub max_rate_bps: Option<u64>,
    /// Transport-wide congestion control messages.
    pub transport_wide: u64,
    /// Any other.
    pub other: u64,
}

impl FeedbackCounts {
    /// Takes a message.
    pub(crate) fn handle(&mut self, f: &Feedback<'_>) {
        match f.asks() {
            Asks::Packets => {
                self.nacks += 1;
                self.nacked += f.nacked().count() as u64;
            }
            Asks::TransportWide => self.transport_wide += 1,
            Asks::PictureLoss => self.picture_loss += 1,
            Asks::FullIntra => self.full_intra += 1,
            Asks::MaxRate { bps } => {
                self.max_rates += 1;
                self.max_rate_bps = Some(bps);
            }
            Asks::Other => self.other += 1,
        }
    }
}
