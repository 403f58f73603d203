//! What sender reports say the source sent, and the pair of clocks in them (RFC 3550 §6.4.1).

use crate::rtp::rtcp::SenderReport;
use crate::types::RtpTicks;

/// The clocks are compared over this time at least, in seconds: a millisecond of scatter is then 100 ppm.
const MIN_SPAN_S: f64 = 10.0;

#[derive(Clone, Copy, Debug)]
struct Report {
    packets: u32,
    octets: u32,
    ntp: u64,
    rtp: u32,
    /// Distinct packets that had arrived here when it passed.
    arrived: Option<u64>,
}

/// The sender reports of one stream.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SenderReports {
    last: Option<Report>,
    sent: u64,
    arrived: Option<u64>,
    /// Packets sent before the first that came here, by the report that counts fewest.
    before_first: Option<u64>,
    /// Reports behind the first that could be compared with it.
    compared: u32,
    ticks: i64,
    ntp: u64,
}

/// Between the first and the last sender report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SentAndArrived {
    /// Packets the sender says it sent.
    pub sent: u64,
    /// Distinct packets that arrived here.
    pub arrived: u64,
}

impl SenderReports {
    /// Takes a report. `arrived`: distinct packets here so far, where one point captured; `expected`: what the
    /// sequence numbers promise so far, where the begin of the stream is in the capture.
    pub(crate) fn handle(
        &mut self,
        sr: &SenderReport<'_>,
        arrived: Option<u64>,
        expected: Option<u64>,
    ) {
        let now = Report {
            packets: sr.packet_count,
            octets: sr.octet_count,
            ntp: sr.ntp,
            rtp: sr.rtp_timestamp.0,
            arrived,
        };
        let last = self.last.replace(now);
        let Some(last) = last else {
            self.arrived = arrived.map(|_| 0);
            // It counts from its first packet on (RFC 3550 §6.4.1).
            self.before_first = expected.and_then(|n| u64::from(now.packets).checked_sub(n));
            return;
        };
        // A count or a clock that goes back began anew.
        let sent = now.packets.wrapping_sub(last.packets);
        if sent > u32::MAX / 2 {
            *self = SenderReports {
                last: self.last,
                arrived: arrived.map(|_| 0),
                before_first: self.before_first,
                ..SenderReports::default()
            };
            return;
        }
        self.compared += 1;
        self.sent += u64::from(sent);
        // What was lost just before a report looks the same in it, and not in the others.
        let before = expected.and_then(|n| u64::from(now.packets).checked_sub(n));
        self.before_first = match (self.before_first, before) {
            (Some(known), Some(before)) => Some(known.min(before)),
            (known, before) => known.or(before),
        };
        self.arrived = match (self.arrived, last.arrived, arrived) {
            (Some(sum), Some(before), Some(now)) => Some(sum + now.saturating_sub(before)),
            _ => None,
        };
        // The difference of timestamps as the RFC counts them, either way (32 bits).
        let ticks = now.rtp.wrapping_sub(last.rtp) as i32;
        // 0 says that there is no wall clock (RFC 3550 §6.4.1).
        if last.ntp == 0 || now.ntp <= last.ntp || ticks <= 0 {
            (self.ticks, self.ntp) = (0, 0);
        } else {
            self.ticks += i64::from(ticks);
            self.ntp += now.ntp - last.ntp;
        }
    }

    /// NTP time and timestamp of the last report: one moment on two clocks. `None` where the sender has no wall clock.
    pub(crate) fn clocks(&self) -> Option<(u64, RtpTicks)> {
        let timed = self.last.filter(|r| r.ntp != 0);
        timed.map(|r| (r.ntp, RtpTicks(r.rtp)))
    }

    /// Packets and payload octets sent, as last told.
    pub(crate) fn told(&self) -> Option<(u32, u32)> {
        self.last.map(|r| (r.packets, r.octets))
    }

    /// Packets sent before the first that came here; `None` where that is not known.
    pub(crate) fn before_first(&self) -> Option<u64> {
        self.before_first
    }

    /// Sent and arrived between the first and the last report.
    pub(crate) fn sent_and_arrived(&self) -> Option<SentAndArrived> {
        let arrived = self.arrived.filter(|_| self.compared > 0)?;
        Some(SentAndArrived {
            sent: self.sent,
            arrived,
        })
    }

    /// Ticks of the stream's clock in a second of the sender's wall clock; `None` before 10 s.
    pub(crate) fn clock_hz(&self) -> Option<f64> {
        // 32 bits of fraction.
        let seconds = self.ntp as f64 / 4_294_967_296.0;
        (seconds >= MIN_SPAN_S).then(|| self.ticks as f64 / seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rtp::rtcp::{RtcpPacket, packets};

    /// Feeds a sender report: seconds, timestamp, packets sent, packets here.
    fn feed(reports: &mut SenderReports, row: (u32, u32, u32, u64)) {
        let mut v = vec![0x80, 200, 0, 6, 0, 0, 0, 1];
        for word in [row.0, 0, row.1, row.2, row.2 * 160] {
            v.extend(word.to_be_bytes());
        }
        let Some(RtcpPacket::SenderReport(sr)) = packets(&v).next() else {
            panic!("no report");
        };
        reports.handle(&sr, Some(row.3), Some(row.3));
    }

    #[test]
    fn what_was_sent_between_reports_is_set_beside_what_arrived() {
        let mut r = SenderReports::default();
        feed(&mut r, (100, 0xffff_ff00, 250, 240));
        assert_eq!(r.sent_and_arrived(), None);
        // 250 sent, 240 promised by the numbers from the first on.
        assert_eq!(r.before_first(), Some(10));
        feed(&mut r, (105, 0xffff_ff00u32.wrapping_add(40_020), 500, 488));
        feed(&mut r, (112, 0xffff_ff00u32.wrapping_add(96_048), 850, 830));
        // 850 - 250 sent, 830 - 240 arrived; 96048 ticks in 12 s.
        let both = r.sent_and_arrived().unwrap();
        assert_eq!((both.sent, both.arrived), (600, 590));
        // 500 - 488 and 850 - 830 are more: those were lost later.
        assert_eq!(r.before_first(), Some(10));
        assert_eq!(r.clock_hz(), Some(8004.0));
    }

    #[test]
    fn a_sender_without_a_wall_clock_tells_no_time() {
        let mut r = SenderReports::default();
        feed(&mut r, (0, 0, 250, 250));
        assert_eq!(r.clocks(), None);
        feed(&mut r, (3_900_000_000, 40_000, 500, 500));
        assert!(r.clocks().is_some());
        assert_eq!(r.clock_hz(), None, "one time alone");
    }

    #[test]
    fn counts_that_begin_anew_are_compared_from_there() {
        let mut r = SenderReports::default();
        feed(&mut r, (100, 0, 5000, 240));
        feed(&mut r, (105, 40_000, 10, 490));
        assert_eq!(r.sent_and_arrived(), None);
        feed(&mut r, (110, 80_000, 260, 740));
        let both = r.sent_and_arrived().unwrap();
        assert_eq!((both.sent, both.arrived), (250, 250));
        assert_eq!(r.clock_hz(), None);
    }
}
