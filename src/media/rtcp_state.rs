//! What RTCP said about one stream, and round trips seen from the middle (RFC 3550 §6.4.1).
//!
//! Capture point M stands between sender A and receiver B. A's sender report passes M at t1; B's
//! report with that LSR passes at t2: the round trip between M and B is t2 - t1 - DLSR. No clocks have
//! to agree.

use super::record::RtcpFigures;
use super::rtcp_loss::{LossBySide, Reporter};
use crate::rtp::rtcp::{ReportBlock, SenderReport, VoipMetrics};
use crate::types::{CaptureTime, ClockRate, Delta};
use std::collections::VecDeque;

/// Sender reports remembered for their answers.
const REMEMBERED: usize = 32;
/// A round trip above this is a clock gone wrong.
const PLAUSIBLE: Delta = Delta::from_secs(10);
/// Longest canonical name kept, in octets; the RFC's limit is 255.
const MAX_CNAME: usize = 255;

/// RTCP state of one stream; only streams that have RTCP hold one.
#[derive(Clone, Debug, Default)]
pub(crate) struct RtcpState {
    sent: VecDeque<(u32, CaptureTime)>,
    sender_reports: u64,
    sender_counts: Option<(u32, u32)>,
    blocks: u64,
    last_block: Option<ReportBlock>,
    loss: LossBySide,
    round_trip: Option<RoundTrip>,
    /// What the last was worked out of: both reports' arrival, and the block.
    round_trip_of: Option<(CaptureTime, CaptureTime, ReportBlock)>,
    cname: Option<String>,
    bye: Option<CaptureTime>,
    voip: Option<VoipMetrics>,
    nacked: u64,
    intra_requests: u64,
}

#[derive(Clone, Copy, Debug)]
struct RoundTrip {
    last: Delta,
    min: Delta,
    max: Delta,
    sum: Delta,
    count: u32,
}

impl RtcpState {
    /// The stream's source reported.
    pub(crate) fn handle_sender_report(&mut self, sr: &SenderReport<'_>, time: CaptureTime) {
        self.sender_reports += 1;
        self.sender_counts = Some((sr.packet_count, sr.octet_count));
        if self.sent.len() >= REMEMBERED {
            self.sent.pop_front();
        }
        self.sent.push_back((sr.ntp_middle(), time));
    }

    /// The stream's source reported, enciphered.
    pub(crate) fn handle_enciphered_report(&mut self) {
        self.sender_reports += 1;
    }

    /// A receiver reported about the stream.
    pub(crate) fn handle_block(
        &mut self,
        block: ReportBlock,
        time: CaptureTime,
        reporter: &Reporter,
    ) {
        self.blocks += 1;
        self.loss.handle_block(&block, reporter);
        self.last_block = Some(block);
        if block.last_sr == 0 {
            return;
        }
        // The newest of equal reports: a copy of one passes again when it is sent twice.
        let sent = self
            .sent
            .iter()
            .rev()
            .find(|(lsr, _)| *lsr == block.last_sr);
        let Some((_, sent)) = sent else { return };
        let trip = time - *sent - Delta::from_nanos(block.delay_nanos());
        if trip.is_negative() || trip > PLAUSIBLE {
            return;
        }
        self.round_trip_of = Some((*sent, time, block));
        match &mut self.round_trip {
            Some(r) => {
                r.last = trip;
                r.min = r.min.min(trip);
                r.max = r.max.max(trip);
                r.sum += trip;
                r.count += 1;
            }
            None => {
                self.round_trip = Some(RoundTrip {
                    last: trip,
                    min: trip,
                    max: trip,
                    sum: trip,
                    count: 1,
                });
            }
        }
    }

    /// Loss against what the stream's own point captured.
    pub(crate) fn loss(&self) -> LossBySide {
        self.loss
    }

    /// The same, of the point that was found to be nearest to the receiver.
    pub(crate) fn set_loss(&mut self, loss: LossBySide) {
        self.loss = loss;
    }

    /// The source's canonical name.
    pub(crate) fn handle_cname(&mut self, name: &[u8]) {
        if self.cname.is_none() && name.len() <= MAX_CNAME {
            self.cname = Some(String::from_utf8_lossy(name).into_owned());
        }
    }

    /// The source leaves.
    pub(crate) fn handle_bye(&mut self, time: CaptureTime) {
        self.bye.get_or_insert(time);
    }

    /// A receiver's VoIP metrics.
    pub(crate) fn handle_voip_metrics(&mut self, metrics: VoipMetrics) {
        self.voip = Some(metrics);
    }

    /// A receiver's feedback: packets asked for again, and whether a new intra frame.
    pub(crate) fn handle_feedback(&mut self, nacked: usize, intra: bool) {
        self.nacked += nacked as u64;
        self.intra_requests += u64::from(intra);
    }

    /// The figures as of now; `clock` turns reported ticks into time.
    pub(crate) fn figures(&self, clock: Option<ClockRate>) -> RtcpFigures {
        let ms = Delta::as_millis_f64;
        RtcpFigures {
            sender_reports: self.sender_reports,
            receiver_reports: self.blocks,
            reported_by: self.loss.reported_by(),
            loss: self.loss.sides(),
            reported_lost: self.last_block.map(|b| i64::from(b.cumulative_lost)),
            reported_fraction_lost_percent: self.last_block.map(|b| b.fraction_lost_percent()),
            reported_jitter_ms: self
                .last_block
                .zip(clock)
                .map(|(b, c)| f64::from(b.jitter) * 1000.0 / f64::from(c.hz())),
            reported_highest_seq: self.last_block.map(|b| b.highest_seq),
            round_trip_of: self.round_trip_of,
            round_trip_ms: self.round_trip.map(|r| ms(r.last)),
            round_trip_min_mean_max_ms: self
                .round_trip
                .map(|r| (ms(r.min), ms(r.sum) / f64::from(r.count), ms(r.max))),
            sender_packets: self.sender_counts.map(|c| c.0),
            sender_octets: self.sender_counts.map(|c| c.1),
            cname: self.cname.clone(),
            bye_time: self.bye,
            voip_metrics: self.voip,
            nacked: self.nacked,
            intra_requests: self.intra_requests,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rtp::rtcp::{RtcpPacket, packets};
    use crate::types::{Endpoint, Ssrc};

    fn at(ms: i64) -> CaptureTime {
        CaptureTime::from_nanos(ms * 1_000_000)
    }

    fn report(ntp: u64) -> Vec<u8> {
        let mut v = vec![0x80, 200, 0, 6];
        v.extend(1u32.to_be_bytes());
        v.extend(ntp.to_be_bytes());
        v.extend([0; 12]);
        v
    }

    fn reporter() -> Reporter {
        Reporter {
            ssrc: Ssrc(2),
            end: Endpoint::new(std::net::IpAddr::from([192, 0, 2, 1]).into(), 5005),
            seen: None,
            whole: false,
        }
    }

    fn block(last_sr: u32, dlsr: u32) -> ReportBlock {
        ReportBlock {
            about: Ssrc(1),
            fraction_lost: 64,
            cumulative_lost: 3,
            highest_seq: 9,
            jitter: 80,
            last_sr,
            delay_since_last_sr: dlsr,
        }
    }

    #[test]
    fn the_round_trip_is_what_remains_without_the_receivers_own_delay() {
        // SR passes at 1000 ms; B holds it 1.5 s (98304/65536); its report passes at 2530 ms: 30 ms.
        let mut s = RtcpState::default();
        let sr = report(0x0001_2345_6789_0000);
        if let Some(RtcpPacket::SenderReport(sr)) = packets(&sr).next() {
            s.handle_sender_report(&sr, at(1000));
        }
        s.handle_block(block(0x2345_6789, 98_304), at(2530), &reporter());
        let f = s.figures(ClockRate::new(8000));
        assert_eq!(f.round_trip_ms, Some(30.0));
        assert_eq!(f.reported_jitter_ms, Some(10.0));
        assert_eq!(f.reported_fraction_lost_percent, Some(25.0));
        assert_eq!(
            (f.sender_reports, f.receiver_reports, f.reported_lost),
            (1, 1, Some(3))
        );
    }

    #[test]
    fn an_unknown_a_zero_and_an_impossible_lsr_give_no_round_trip() {
        let mut s = RtcpState::default();
        let sr = report(0x0001_2345_6789_0000);
        if let Some(RtcpPacket::SenderReport(sr)) = packets(&sr).next() {
            s.handle_sender_report(&sr, at(1000));
        }
        s.handle_block(block(0, 0), at(1010), &reporter());
        s.handle_block(block(7, 0), at(1010), &reporter());
        s.handle_block(block(0x2345_6789, 98_304), at(1020), &reporter());
        assert_eq!(s.figures(None).round_trip_ms, None);
        assert_eq!(s.figures(None).reported_jitter_ms, None);
    }
}
