//! What RTCP said about one stream so far.

use super::rtcp_figures::{ExtendedFigures, FeedbackCounts, FlawSeen, RtcpFigures};
use super::rtcp_loss::{LossBySide, Reporter};
use super::rtcp_sender::SenderReports;
use super::rtcp_sync::Sync;
use super::rtcp_trips::RoundTrips;
use crate::rtp::rtcp::{Feedback, Flaw, ReportBlock, SdesItem, SenderReport, XrBlock};
use crate::types::{CaptureTime, ClockRate, Endpoint, FrameRef, RtpTicks, SourceId};

/// Longest name or reason kept, in octets; the RFC's limit is 255.
const MAX_TEXT: usize = 255;

/// RTCP state of one stream; only streams that have RTCP hold one. Bounded: 32 sender reports, a count a flaw.
#[derive(Clone, Debug, Default)]
pub(crate) struct RtcpState {
    /// Its round trips.
    pub(crate) trips: RoundTrips,
    sender: SenderReports,
    sender_reports: u64,
    enciphered: u64,
    blocks: u64,
    last_block: Option<ReportBlock>,
    loss: LossBySide,
    cname: Option<String>,
    tool: Option<String>,
    bye: Option<CaptureTime>,
    bye_reason: Option<String>,
    app_packets: u64,
    extended: Option<Box<ExtendedFigures>>,
    feedback: Option<FeedbackCounts>,
    flaws: Vec<FlawSeen>,
    /// Its pictures against the sound of the same sender.
    pub(super) sync: Option<Box<Sync>>,
}

impl RtcpState {
    /// The stream's source reported. `arrived`: distinct packets here so far, where one point captured; `expected`:
    /// what the sequence numbers promise so far, where the begin of the stream is in the capture.
    pub(crate) fn handle_sender_report(
        &mut self,
        sr: &SenderReport<'_>,
        arrived: Option<u64>,
        expected: Option<u64>,
    ) {
        self.sender_reports += 1;
        self.sender.handle(sr, arrived, expected);
    }

    /// Canonical name of the source.
    pub(super) fn cname(&self) -> Option<&str> {
        self.cname.as_deref()
    }

    /// The pair of clocks of its last sender report: NTP time, and the stream's own.
    pub(super) fn clocks(&self) -> Option<(u64, RtpTicks)> {
        self.sender.clocks()
    }

    /// The stream's source sent an enciphered datagram.
    pub(crate) fn handle_enciphered(&mut self, is_sender_report: bool) {
        self.enciphered += 1;
        self.sender_reports += u64::from(is_sender_report);
    }

    /// The stream's source reported, and the capture cut it.
    pub(crate) fn handle_cut_report(&mut self) {
        self.sender_reports += 1;
    }

    /// A datagram of the stream's source breaks a rule.
    pub(crate) fn handle_flaw(&mut self, flaw: Flaw, frame: FrameRef) {
        match self.flaws.iter_mut().find(|f| f.flaw == flaw) {
            Some(seen) => seen.count += 1,
            None => self.flaws.push(FlawSeen {
                flaw,
                count: 1,
                frame,
            }),
        }
    }

    /// A receiver reported about the stream. `is_copy`: the same report passed another point before.
    pub(crate) fn handle_block(&mut self, block: ReportBlock, reporter: &Reporter, is_copy: bool) {
        self.blocks += u64::from(!is_copy);
        self.loss.handle_block(&block, reporter);
        self.last_block = Some(block);
    }

    /// Loss and jitter against what the stream's own point captured.
    pub(crate) fn loss(&self) -> LossBySide {
        self.loss
    }

    /// The same, of the point that was found to be nearest to the receiver.
    pub(crate) fn set_loss(&mut self, loss: LossBySide) {
        self.loss = loss;
    }

    /// The source describes itself.
    pub(crate) fn handle_name(&mut self, item: &SdesItem<'_>) {
        let place = match item.kind {
            1 => &mut self.cname,
            6 => &mut self.tool,
            _ => return,
        };
        if place.is_none() {
            *place = text(item.text);
        }
    }

    /// The source leaves.
    pub(crate) fn handle_bye(&mut self, time: CaptureTime, reason: Option<&[u8]>) {
        if self.bye.is_none() {
            self.bye = Some(time);
            self.bye_reason = reason.and_then(text);
        }
    }

    /// The source sent an application-defined packet.
    pub(crate) fn handle_app(&mut self) {
        self.app_packets += 1;
    }

    /// A block of an extended report about the stream.
    pub(crate) fn handle_extended(&mut self, block: &XrBlock<'_>, frame: FrameRef, by: Endpoint) {
        let extended = self.extended.get_or_insert_default();
        extended.handle(block, frame, by);
    }

    /// A receiver's feedback.
    pub(crate) fn handle_feedback(&mut self, f: &Feedback<'_>) {
        self.feedback.get_or_insert_default().handle(f);
    }

    /// The figures as of now; `clock` turns reported ticks into time. `point`: where several points captured, the one
    /// whose figures the stream has.
    pub(crate) fn figures(&self, clock: Option<ClockRate>, point: Option<SourceId>) -> RtcpFigures {
        let told = self.sender.told();
        RtcpFigures {
            sender_reports: self.sender_reports,
            receiver_reports: self.blocks,
            enciphered: self.enciphered,
            reported_by: self.loss.reported_by(),
            loss: self.loss.sides(),
            worst: self.loss.worst(),
            reported_lost: self.last_block.map(|b| i64::from(b.cumulative_lost)),
            reported_fraction_lost_percent: self.last_block.map(|b| b.fraction_lost_percent()),
            reported_jitter_ms: self
                .last_block
                .zip(clock)
                .map(|(b, c)| f64::from(b.jitter) * 1000.0 / f64::from(c.hz())),
            jitter: clock.and_then(|c| self.loss.jitter(c)),
            reported_highest_seq: self.last_block.map(|b| b.highest_seq),
            round_trip: self.trips.to_receiver(point),
            round_trip_of: self.trips.worked(point),
            round_trip_to_sender_ms: self.trips.to_sender_ms(),
            round_trip_total: self.trips.total(),
            round_trip_answered: self.trips.answered(),
            sync: self.sync.clone(),
            sender_packets: told.map(|t| t.0),
            sender_octets: told.map(|t| t.1),
            sent_before_first: self.sender.before_first(),
            sent_and_arrived: self.sender.sent_and_arrived(),
            sender_clock_hz: self.sender.clock_hz(),
            cname: self.cname.clone(),
            tool: self.tool.clone(),
            bye_time: self.bye,
            bye_reason: self.bye_reason.clone(),
            app_packets: self.app_packets,
            extended: self.extended.clone(),
            feedback: self.feedback,
            flaws: self.flaws.clone(),
        }
    }
}

fn text(bytes: &[u8]) -> Option<String> {
    let fits = !bytes.is_empty() && bytes.len() <= MAX_TEXT;
    fits.then(|| String::from_utf8_lossy(bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{FrameNo, Ssrc};

    #[test]
    fn a_blocks_ticks_and_shares_become_time_and_percent() {
        let mut s = RtcpState::default();
        let block = ReportBlock {
            about: Ssrc(1),
            fraction_lost: 64,
            cumulative_lost: 3,
            highest_seq: 9,
            jitter: 80,
            last_sr: 0,
            delay_since_last_sr: 0,
        };
        s.handle_block(block, &Reporter::nobody(), false);
        let f = s.figures(ClockRate::new(8000), None);
        // 80 ticks of 1/8000 s; 64 of 256.
        assert_eq!(f.reported_jitter_ms, Some(10.0));
        assert_eq!(f.reported_fraction_lost_percent, Some(25.0));
        assert_eq!((f.receiver_reports, f.reported_lost), (1, Some(3)));
        assert_eq!(s.figures(None, None).reported_jitter_ms, None);
    }

    #[test]
    fn a_flaw_is_counted_under_its_first_frame() {
        let frame = |n| FrameRef {
            source: SourceId(0),
            frame: FrameNo(n),
        };
        let mut s = RtcpState::default();
        s.handle_flaw(Flaw::Padding, frame(3));
        s.handle_flaw(Flaw::Padding, frame(9));
        let flaws = s.figures(None, None).flaws;
        assert_eq!((flaws.len(), flaws[0].count), (1, 2));
        assert_eq!(flaws[0].frame, frame(3));
    }
}
