//! Where packets were lost: what a receiver reports against what was captured up to the same number.
//!
//! A report names the highest number its receiver had and how many it missed until then (RFC 3550 §6.4.1). What of
//! these is missing in the capture too was lost on the way here; the rest behind. The comparison is by number and not
//! by time, so reports may be under way as long as they like.

use super::measure::sequence::UpTo;
use crate::rtp::rtcp::ReportBlock;
use crate::types::{CaptureTime, ClockRate, Endpoint, FrameRef, Ssrc};

/// A count that falls by more than this began anew; by less, late packets or copies came.
const BEGAN_ANEW: i64 = 50;

/// One report beside the capture; counts of packets.
#[derive(Clone, Copy, Debug)]
struct Beside {
    range: u32,
    expected: i64,
    /// Missing at the receiver; copies, which make up for losses in a report, taken out.
    reported: i64,
    /// Missing in the capture.
    missing: i64,
}

/// One report against the one before it, up to the same numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorstInterval {
    /// Frame of the report that ends it.
    pub frame: FrameRef,
    /// When that report passed.
    pub time: CaptureTime,
    /// Packets sent in it.
    pub packets: u64,
    /// Of these the receiver misses.
    pub reported: u64,
    /// Of these the capture misses.
    pub missing: u64,
}

/// Jitter at the receiver and here, mean over its reports.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct JitterBeside {
    /// As reported, in milliseconds.
    pub reported_ms: f64,
    /// The running estimate here when each report passed, in milliseconds.
    pub here_ms: f64,
    /// Reports compared.
    pub reports: u32,
}

#[derive(Clone, Copy, Debug, Default)]
struct JitterSums {
    reported_ticks: f64,
    here_ms: f64,
    reports: u32,
    highest: u32,
}

/// The comparison so far.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct LossBySide {
    worst: Option<WorstInterval>,
    jitter: JitterSums,
    reporter: Option<(Ssrc, Endpoint)>,
    /// Where the comparison begins; `None` before the first report that can be compared.
    from: Option<Beside>,
    first: Option<Beside>,
    last: Option<Beside>,
}

/// Loss before and behind the capture point, as far as reports tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LossSides {
    /// Packets sent that the last report covers, from where the comparison begins.
    pub covered: u64,
    /// Missing both here and at the receiver.
    pub before: u64,
    /// Missing at the receiver only.
    pub after: u64,
    /// Missing here only, between the first and the last report: the receiver had them.
    pub missed_here: u64,
}

/// Who reports, and what the capture has of the stream.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reporter {
    /// Its source.
    pub ssrc: Ssrc,
    /// Where it reports from.
    pub end: Endpoint,
    /// What the capture has up to the number it reports; `None` where that is not known.
    pub seen: Option<UpTo>,
    /// The begin of the stream is in the capture.
    pub whole: bool,
    /// The jitter estimate here now, in milliseconds; `None` without a clock rate.
    pub jitter_here_ms: Option<f64>,
    /// Frame of the report.
    pub frame: FrameRef,
    /// When it passed.
    pub time: CaptureTime,
}

#[cfg(test)]
impl Reporter {
    /// A reporter beside no capture.
    pub(crate) fn nobody() -> Reporter {
        Reporter {
            ssrc: Ssrc(2),
            end: Endpoint::new(std::net::IpAddr::from([192, 0, 2, 1]).into(), 5005),
            seen: None,
            whole: false,
            jitter_here_ms: None,
            frame: FrameRef {
                source: crate::types::SourceId(0),
                frame: crate::types::FrameNo(1),
            },
            time: CaptureTime::from_nanos(0),
        }
    }
}

impl LossBySide {
    /// Takes a report.
    pub(crate) fn handle_block(&mut self, block: &ReportBlock, by: &Reporter) {
        let who = Some((by.ssrc, by.end));
        if self.reporter != who {
            *self = LossBySide {
                reporter: who,
                ..LossBySide::default()
            };
        }
        self.jitter.handle(block, by);
        let Some(seen) = by.seen else { return };
        // Counts of one capture are far below 2^63.
        let copies = seen.duplicates as i64;
        let now = Beside {
            range: seen.range,
            expected: seen.expected as i64,
            reported: i64::from(block.cumulative_lost) + copies,
            missing: seen.missing as i64,
        };
        let began_anew = self.last.is_some_and(|last| {
            last.range != now.range || now.reported < last.reported - BEGAN_ANEW
        });
        if began_anew {
            (self.from, self.first, self.last) = (None, None, None);
        }
        if self.from.is_none() {
            // A loss that is not of the first interval is older than what is compared.
            let is_whole = by.whole
                && seen.range == 0
                && !began_anew
                && now.reported <= now.expected
                && (block.cumulative_lost <= 0 || block.fraction_lost > 0);
            self.from = Some(match is_whole {
                true => Beside {
                    range: now.range,
                    expected: 0,
                    reported: 0,
                    missing: 0,
                },
                false => now,
            });
            self.first = Some(now);
        }
        if let Some(before) = self.last {
            self.judge_interval(before, now, by);
        }
        // A report that was overtaken says less than the one before.
        if self.last.is_none_or(|last| now.expected >= last.expected) {
            self.last = Some(now);
        }
    }

    /// Keeps the interval between two reports if it lost more than any before.
    fn judge_interval(&mut self, before: Beside, now: Beside, by: &Reporter) {
        let count = |n: i64| u64::try_from(n).unwrap_or(0);
        let packets = count(now.expected - before.expected);
        let reported = count(now.reported - before.reported);
        if reported > packets || reported <= self.worst.map_or(0, |w| w.reported) {
            return;
        }
        self.worst = Some(WorstInterval {
            frame: by.frame,
            time: by.time,
            packets,
            reported,
            missing: count(now.missing - before.missing),
        });
    }

    /// The interval that lost most at the receiver; `None` where none did.
    pub(crate) fn worst(&self) -> Option<WorstInterval> {
        self.worst
    }

    /// Jitter reported and measured here; `None` where no report can be compared.
    pub(crate) fn jitter(&self, clock: ClockRate) -> Option<JitterBeside> {
        let reports = f64::from(Some(self.jitter.reports).filter(|n| *n > 0)?);
        Some(JitterBeside {
            reported_ms: self.jitter.reported_ticks / reports * 1000.0 / f64::from(clock.hz()),
            here_ms: self.jitter.here_ms / reports,
            reports: self.jitter.reports,
        })
    }

    /// Where the last report came from.
    pub(crate) fn reported_by(&self) -> Option<Endpoint> {
        self.reporter.map(|(_, end)| end)
    }

    /// True where the receiver had most of what it reports on.
    pub(crate) fn says_most_arrived(&self) -> bool {
        self.sides()
            .is_some_and(|s| (s.before + s.after) * 2 < s.covered)
    }

    /// The comparison; `None` where no report can be compared.
    pub(crate) fn sides(&self) -> Option<LossSides> {
        let (from, first, last) = (self.from?, self.first?, self.last?);
        let covered = last.expected - from.expected;
        let reported = last.reported - from.reported;
        let missing = last.missing - from.missing;
        if covered <= 0 || reported > covered {
            return None;
        }
        let here_only = (last.missing - first.missing) - (last.reported - first.reported);
        let count = |n: i64| u64::try_from(n).unwrap_or(0);
        Some(LossSides {
            covered: count(covered),
            before: count(reported.min(missing)),
            after: count(reported - missing.max(0)),
            missed_here: count(here_only),
        })
    }
}

impl JitterSums {
    fn handle(&mut self, block: &ReportBlock, by: &Reporter) {
        // Nothing new came since the report before: both stand still.
        let is_new = self.reports == 0 || block.highest_seq != self.highest;
        if let Some(here) = by.jitter_here_ms.filter(|_| is_new) {
            self.reported_ticks += f64::from(block.jitter);
            self.here_ms += here;
            self.reports += 1;
            self.highest = block.highest_seq;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::SeqNo;

    fn block(highest_seq: u32, cumulative_lost: i32, fraction_lost: u8) -> ReportBlock {
        ReportBlock {
            about: Ssrc(1),
            fraction_lost,
            cumulative_lost,
            highest_seq,
            jitter: 0,
            last_sr: 0,
            delay_since_last_sr: 0,
        }
    }

    /// Reports of (expected, missing here, copies here, lost as reported), one after the other.
    fn sides(whole: bool, reports: &[(u64, u64, u64, i32)]) -> Option<(u64, u64, u64, u64)> {
        let mut loss = LossBySide::default();
        for (expected, missing, duplicates, lost) in reports {
            let by = Reporter {
                seen: Some(UpTo {
                    range: 0,
                    expected: *expected,
                    missing: *missing,
                    duplicates: *duplicates,
                }),
                whole,
                ..Reporter::nobody()
            };
            let fraction = u8::from(*lost > 0);
            loss.handle_block(&block(1, *lost, fraction), &by);
        }
        let s = loss.sides()?;
        Some((s.covered, s.before, s.after, s.missed_here))
    }

    #[test]
    fn what_only_the_receiver_misses_was_lost_behind_the_capture_point() {
        assert_eq!(sides(true, &[(100, 0, 0, 5)]), Some((100, 0, 5, 0)));
        assert_eq!(
            sides(true, &[(100, 2, 0, 2), (200, 3, 0, 8)]),
            Some((200, 3, 5, 0))
        );
    }

    #[test]
    fn what_both_miss_was_lost_before_it() {
        assert_eq!(sides(true, &[(100, 4, 0, 4)]), Some((100, 4, 0, 0)));
    }

    #[test]
    fn a_capture_that_began_later_compares_from_the_first_report_on() {
        assert_eq!(sides(false, &[(100, 0, 0, 70)]), None);
        assert_eq!(
            sides(false, &[(100, 0, 0, 70), (350, 0, 0, 73)]),
            Some((250, 0, 3, 0))
        );
    }

    #[test]
    fn a_receiver_that_started_late_and_copies_that_make_up_for_losses_are_no_loss_behind() {
        assert_eq!(sides(true, &[(100, 6, 0, 0)]), Some((100, 0, 0, 0)));
        // Two lost here, two copies: the receiver reports none.
        assert_eq!(sides(true, &[(100, 2, 2, 0)]), Some((100, 2, 0, 0)));
    }

    #[test]
    fn what_the_receiver_had_the_capture_missed() {
        assert_eq!(
            sides(true, &[(100, 0, 0, 0), (350, 40, 0, 1)]),
            Some((350, 1, 0, 39))
        );
    }

    #[test]
    fn an_impossible_count_says_nothing() {
        assert_eq!(sides(true, &[(100, 0, 0, 5000)]), None);
    }

    #[test]
    fn the_number_reported_is_found_in_the_range() {
        use crate::media::measure::sequence::Sequence;
        let mut s = Sequence::new(SeqNo(65_530));
        for n in 65_531..65_550u32 {
            if n != 65_540 {
                s.handle_seq(SeqNo(n as u16));
            }
        }
        // 65530 to 65541 are twelve numbers, one of which did not come.
        let up_to = s.up_to(SeqNo(5)).unwrap();
        assert_eq!((up_to.expected, up_to.missing), (12, 1));
        // Ahead of what was captured.
        assert_eq!(s.up_to(SeqNo(100)), None);
    }
}
