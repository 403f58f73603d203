//! What became of calls and registrations, in the classes of RFC 6076.

use super::values::{OF_ALL, Values};
use super::{CallCounts, Rate, RegistrationCounts};
use crate::call::{CallRecord, Outcome, RegisterOutcome, RegistrationRecord};
use crate::report::model::{Timestamp, round_to};
use crate::types::{CaptureTime, Delta};
use std::collections::BTreeMap;

/// 64 x T1 with the default T1: who waits longer for an answer gives up (RFC 3261 §17.1.2.2, Timer F).
const TIMER_F: Delta = Delta::from_secs(32);

/// The calls.
#[derive(Debug)]
pub(super) struct Calls {
    pub(super) counts: CallCounts,
    pub(super) srd: Values,
    pub(super) sfd: Values,
    pub(super) sdd: Values,
    pub(super) sdt: Values,
    pub(super) setup: Values,
    pub(super) ring: Values,
    pub(super) outcomes: BTreeMap<String, u64>,
    pub(super) statuses: BTreeMap<String, u64>,
    begins: Vec<CaptureTime>,
    up: Vec<(CaptureTime, CaptureTime)>,
    open: Vec<(CaptureTime, CaptureTime)>,
}

impl Calls {
    pub(super) fn new() -> Self {
        let values = || Values::new(OF_ALL);
        Calls {
            counts: CallCounts::default(),
            srd: values(),
            sfd: values(),
            sdd: values(),
            sdt: values(),
            setup: values(),
            ring: values(),
            outcomes: BTreeMap::new(),
            statuses: BTreeMap::new(),
            begins: Vec::new(),
            up: Vec::new(),
            open: Vec::new(),
        }
    }

    /// Takes a call. `until`: the capture's end.
    pub(super) fn add(&mut self, r: &CallRecord, until: CaptureTime) {
        let n = &mut self.counts;
        n.total += 1;
        *self.outcomes.entry(r.outcome.to_string()).or_default() += 1;
        if let Some(status) = r.final_status {
            *self.statuses.entry(status.to_string()).or_default() += 1;
        }
        let is_answered = is_answered(r);
        let end = r.end.unwrap_or(r.over);
        if is_answered {
            self.up.push((r.answer.unwrap_or(r.start), end));
        }
        self.open.push((r.start, end));
        // Of a call that began before the capture its end still counts.
        let is_ended = r.outcome == Outcome::Completed;
        let refused_bye = r.evidence.bye_status.is_some_and(|s| !s.is_success());
        let ends_well = is_ended && r.release_time.is_some() && !refused_bye;
        if ends_well {
            self.sdd.add(r.release_time);
            self.sdt.add(r.talk_time);
        }
        if !r.invite_seen {
            n.without_invite += 1;
            return;
        }
        self.begins.push(r.start);
        if !is_attempt(r) {
            n.undecided += 1;
            return;
        }
        n.attempts += 1;
        self.ring.add(r.ring_time);
        if is_answered {
            n.answered += 1;
            let is_cut = r.end.is_none_or(|bye| until - bye < TIMER_F);
            if ends_well {
                n.completed += 1;
            } else if !is_ended || (r.release_time.is_none() && is_cut) {
                n.end_unknown += 1;
            }
            self.srd.add(r.post_dial_delay.or(r.setup_time));
            self.setup.add(r.setup_time);
            return;
        }
        let Some(status) = r.final_status else {
            n.unanswered += 1;
            return;
        };
        match status.get() {
            300..=399 => n.redirected += 1,
            480 | 486 | 600 | 603 => n.refused_by_user += 1,
            408 | 500 | 503 | 504 => n.ineffective += 1,
            _ => {}
        }
        let is_failure = !matches!(status.get(), 0..=399 | 401 | 402 | 407);
        if is_failure {
            // Where the caller gave up first, the end is the CANCEL and no answer.
            let failed = r.end.filter(|_| r.outcome != Outcome::Cancelled);
            self.sfd
                .add(r.post_dial_delay.or(failed.map(|at| at - r.start)));
        }
    }

    /// Most calls at once that were up and when, and most that were up or being set up.
    pub(super) fn at_once(&mut self) -> ((u64, Option<Timestamp>), u64) {
        let (most, when) = most_at_once(&mut self.up);
        let (open, _) = most_at_once(&mut self.open);
        ((most, when.map(Timestamp)), open)
    }

    /// How fast calls were tried in a capture of that length.
    pub(super) fn rate(&mut self, length: Option<Delta>) -> Rate {
        self.begins.sort_unstable();
        let mut rate = Rate::default();
        let mut last = 0;
        for (at, begin) in self.begins.iter().enumerate() {
            while self
                .begins
                .get(last)
                .is_some_and(|t| *t - *begin < Delta::from_secs(1))
            {
                last += 1;
            }
            let within = (last - at) as u64;
            if within > rate.peak {
                rate.peak = within;
                rate.peak_time = Some(Timestamp(*begin));
            }
        }
        let seconds = length.map(Delta::as_secs_f64).filter(|s| *s > 0.0);
        rate.mean = seconds.and_then(|s| round_to(self.begins.len() as f64 / s, 3));
        rate
    }
}

pub(super) fn is_answered(r: &CallRecord) -> bool {
    matches!(r.outcome, Outcome::Answered | Outcome::Completed)
}

/// The capture shows who called and what became of it.
pub(super) fn is_attempt(r: &CallRecord) -> bool {
    r.invite_seen && !matches!(r.outcome, Outcome::Ringing | Outcome::Incomplete)
}

/// The most spans that hold one moment, and the first such moment. What ends when another begins is not at once with it.
fn most_at_once(spans: &mut Vec<(CaptureTime, CaptureTime)>) -> (u64, Option<CaptureTime>) {
    let mut steps: Vec<(CaptureTime, bool)> = Vec::with_capacity(2 * spans.len());
    for (from, to) in std::mem::take(spans) {
        if from < to {
            steps.extend([(from, true), (to, false)]);
        }
    }
    steps.sort_unstable();
    let (mut now, mut most, mut when) = (0_u64, 0, None);
    for (time, begins) in steps {
        if !begins {
            now = now.saturating_sub(1);
            continue;
        }
        now += 1;
        if now > most {
            (most, when) = (now, Some(time));
        }
    }
    (most, when)
}

/// The registrations.
#[derive(Debug)]
pub(super) struct Registrations {
    pub(super) counts: RegistrationCounts,
    pub(super) rrd: Values,
}

impl Registrations {
    pub(super) fn new() -> Self {
        Registrations {
            counts: RegistrationCounts::default(),
            rrd: Values::new(OF_ALL),
        }
    }

    /// Takes a registration's attempts. `until`: the capture's end.
    pub(super) fn add(&mut self, r: &RegistrationRecord, until: CaptureTime) {
        let n = &mut self.counts;
        for attempt in &r.attempts {
            let status = attempt.status.map_or(0, |s| s.get());
            match attempt.outcome {
                RegisterOutcome::NoResponse if until - attempt.time < TIMER_F => {
                    n.undecided += 1;
                    continue;
                }
                RegisterOutcome::Registered
                | RegisterOutcome::Unregistered
                | RegisterOutcome::Listed => {
                    n.accepted += 1;
                    self.rrd.add(attempt.delay);
                }
                RegisterOutcome::Challenged => n.challenged += 1,
                RegisterOutcome::Rejected if matches!(status, 401 | 402 | 407) => n.challenged += 1,
                // Sent elsewhere: neither.
                RegisterOutcome::Rejected if matches!(status, 300..=399) => {}
                RegisterOutcome::Rejected | RegisterOutcome::NoResponse => n.failed += 1,
            }
            n.attempts += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: i64) -> CaptureTime {
        CaptureTime::from_nanos(ms * 1_000_000)
    }

    #[test]
    fn calls_are_at_once_while_both_are_up() {
        // 0-10, 5-20, 10-15 and 12-14: at 12 the second, third and fourth; the first ended when the third began.
        let spans = [(0, 10), (5, 20), (10, 15), (12, 14), (30, 30)];
        let mut spans = spans.map(|(a, b)| (at(a), at(b))).to_vec();
        assert_eq!(most_at_once(&mut spans), (3, Some(at(12))));
        assert_eq!(most_at_once(&mut Vec::new()), (0, None));
    }

    #[test]
    fn the_peak_is_the_busiest_second_wherever_it_begins() {
        let mut calls = Calls::new();
        // From 900 to 1899 there are four; from 0 to 999 two.
        calls.begins = [0, 900, 1000, 1500, 1899, 1900].map(at).to_vec();
        let rate = calls.rate(Some(Delta::from_secs(4)));
        assert_eq!((rate.peak, rate.peak_time), (4, Some(Timestamp(at(900)))));
        assert_eq!(rate.mean, Some(1.5));
        assert_eq!(calls.rate(None).mean, None);
    }
}
