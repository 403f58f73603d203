//! Timers that end without what they wait for.

use super::values::{T1, Timer};
use super::wire::GaveUp;
use super::{TimerRow, TimerVerdict};
use crate::types::{Delta, Method, StatusCode};

/// How a transaction stood when it was let go.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(in crate::call) struct Ended {
    /// A response passed.
    pub(in crate::call) answered: bool,
    /// The first final one.
    pub(in crate::call) final_status: Option<StatusCode>,
    /// Request to final response.
    pub(in crate::call) final_after: Option<Delta>,
    /// An ACK passed after it.
    pub(in crate::call) acked: bool,
    /// How long after the request it was still looked for more; `None` where the request did not pass.
    pub(in crate::call) seen_for: Option<Delta>,
}

impl Ended {
    /// The timer that waits, if one does; `accepted_again`: its 2xx was sent again.
    pub(super) fn row(&self, method: &Method, t1: Delta, accepted_again: bool) -> Option<TimerRow> {
        let seen_for = self.seen_for?;
        let since_final = seen_for - self.final_after.unwrap_or_default();
        let (timer, t1, waited) = match (method, self.final_status) {
            (Method::Ack, _) => return None,
            (Method::Invite, None) if !self.answered => (Timer::B, t1, seen_for),
            (Method::Invite, None) => return None,
            (_, None) => (Timer::F, t1, seen_for),
            _ if self.acked => return None,
            // What the server's T1 is, its copies do not always show.
            (Method::Invite, Some(status)) if !status.is_success() => (Timer::H, T1, since_final),
            (Method::Invite, Some(_)) if accepted_again => (Timer::AcceptedEnd, T1, since_final),
            _ => return None,
        };
        let lasts = timer.lasts(t1)?;
        let (verdict, seen) = match waited >= lasts {
            true => (TimerVerdict::RanOut, None),
            // Less is no wait: the answer is on its way.
            false if waited < t1 => return None,
            false => (TimerVerdict::Running, Some(waited)),
        };
        Some(TimerRow {
            timer: Some(timer),
            message: None,
            copy: None,
            expected: Some(lasts),
            seen,
            missing: 0,
            t1: Some(t1).filter(|t1| *t1 != T1),
            verdict,
        })
    }
}

/// A 408 of a server that had waited for an answer itself.
pub(super) fn gave_up(gave_up: GaveUp) -> TimerRow {
    TimerRow {
        timer: Some(gave_up.timer),
        message: Some(gave_up.message),
        copy: None,
        expected: gave_up.timer.lasts(T1),
        seen: Some(gave_up.waited),
        missing: 0,
        t1: None,
        verdict: TimerVerdict::GaveUp,
    }
}
