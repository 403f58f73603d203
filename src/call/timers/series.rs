//! The copies of one message against the pauses of its timer.
//!
//! Times are those at the capture point, and a copy may be missing in the capture: a pause that is the sum of two is
//! told as that, never as a wrong one.

use super::TimerVerdict;
use super::values::{T1, T2, Timer};
use crate::types::{CaptureTime, Delta};

/// A pause may be off by this share of it: senders count in ticks.
const TENTH: i64 = 10;
/// A tick of 1/16 s, as a common proxy counts, and what the network adds.
const TICK: Delta = Delta::from_millis(65);
/// Copies in a row that may be missing.
const MOST_MISSING: u32 = 8;
/// A T1 beyond these is none that anyone sets.
const LEAST_T1: Delta = Delta::from_millis(20);
const MOST_T1: Delta = Delta::from_secs(60);
/// Pauses that show that they are all equal, and those that show a T1.
const EQUAL: usize = 3;
const SHOW_T1: usize = 2;

/// A copy: when, and whether a provisional response came before it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Copy {
    pub(super) time: CaptureTime,
    pub(super) slow: bool,
}

/// What a copy's pause is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Timed {
    pub(super) expected: Delta,
    pub(super) seen: Delta,
    pub(super) missing: u32,
    pub(super) verdict: TimerVerdict,
}

/// Of each copy after the first, and the T1 they show.
pub(super) fn timed(timer: Timer, first: CaptureTime, copies: &[Copy]) -> (Vec<Timed>, Delta) {
    let usual = with_t1(timer, T1, first, copies);
    if usual.iter().all(|t| t.verdict.fits()) {
        return (usual, T1);
    }
    let Some(own) = usual.first().map(|t| t.seen) else {
        return (usual, T1);
    };
    if copies.len() >= SHOW_T1 && own >= LEAST_T1 && own <= MOST_T1 {
        let mut other = with_t1(timer, own, first, copies);
        if other.iter().all(|t| t.verdict == TimerVerdict::OnTime) {
            for t in &mut other {
                t.verdict = TimerVerdict::OtherT1;
            }
            return (other, own);
        }
    }
    let mut usual = usual;
    if copies.len() >= EQUAL && usual.iter().all(|t| is_near(t.seen, own)) {
        for t in &mut usual {
            (t.verdict, t.missing) = (TimerVerdict::FixedPause, 0);
        }
    }
    (usual, T1)
}

/// Pauses with that T1, one after the other.
fn with_t1(timer: Timer, t1: Delta, first: CaptureTime, copies: &[Copy]) -> Vec<Timed> {
    let mut before = first;
    let mut nth = 0;
    let timed = copies.iter().map(|copy| {
        let seen = copy.time - before;
        before = copy.time;
        let one = one(timer, t1, &mut nth, seen, copy.slow);
        nth += 1;
        one
    });
    timed.collect()
}

/// One pause; `nth` moves on by the copies that are missing.
fn one(timer: Timer, t1: Delta, nth: &mut u32, seen: Delta, slow: bool) -> Timed {
    let pause = |nth| timer.pause(t1, nth).unwrap_or(t1);
    let told = |expected, missing, verdict| Timed {
        expected,
        seen,
        missing,
        verdict,
    };
    let due = pause(*nth);
    if is_near(seen, due) {
        return told(due, 0, TimerVerdict::OnTime);
    }
    // A provisional response lets the timer that runs end, and sets it to T2 then (RFC 3261 §17.1.2.2).
    if slow && is_near(seen, T2) {
        return told(T2, 0, TimerVerdict::OnTime);
    }
    if timer == Timer::A && due > T2 && is_near(seen, T2) {
        *nth = nth.saturating_sub(1);
        return told(T2, 0, TimerVerdict::HeldAtT2);
    }
    let mut sum = due;
    for missing in 1..=MOST_MISSING {
        sum += pause(nth.saturating_add(missing));
        if is_near(seen, sum) {
            *nth += missing;
            return told(sum, missing, TimerVerdict::CopyMissing);
        }
    }
    let verdict = match seen < due {
        true => TimerVerdict::Early,
        false => TimerVerdict::Late,
    };
    told(due, 0, verdict)
}

/// Within a tenth, or within a tick where that is not more than a quarter.
fn is_near(seen: Delta, expected: Delta) -> bool {
    let expected = expected.as_nanos();
    let tick = TICK.as_nanos().min(expected / 4);
    (seen.as_nanos() - expected).abs() <= tick.max(expected / TENTH)
}
