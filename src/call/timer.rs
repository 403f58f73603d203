//! The session timer of a call (RFC 4028): how long the session lives unless somebody refreshes it.

use super::facts::{Arrival, Facts};
use super::requests::dialog_of;
use crate::types::{CaptureTime, Delta, MessageId, Method, Party};

/// What the last 2xx to an INVITE or UPDATE says. A 2xx without Session-Expires ends the timer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionTimer {
    /// The session interval.
    pub interval: Delta,
    /// Who is to refresh, where the 2xx says so.
    pub refresher: Option<Party>,
    /// Time of that 2xx: the interval begins with it.
    pub since: CaptureTime,
    /// The 2xx.
    pub message: MessageId,
    /// Stands for the dialog, as in [`super::InDialogRequest`].
    pub dialog: u32,
}

impl SessionTimer {
    /// Of a 2xx to an INVITE or UPDATE of `asked`.
    pub(super) fn of(
        asked: Party,
        facts: &Facts<'_>,
        arrival: &Arrival<'_>,
    ) -> Option<SessionTimer> {
        let header = arrival.message.session_expires()?;
        let is = |word: &str| {
            let refresher = header.refresher;
            refresher.is_some_and(|r| r.eq_ignore_ascii_case(word.as_bytes()))
        };
        let refresher = match (is("uac"), is("uas")) {
            (true, _) => Some(asked),
            (_, true) => Some(asked.other()),
            _ => None,
        };
        Some(SessionTimer {
            interval: Delta::from_secs(header.seconds.into()),
            refresher,
            since: arrival.time,
            message: arrival.id,
            dialog: dialog_of(facts),
        })
    }

    /// True for a 2xx that begins the interval anew, or ends the timer.
    pub(super) fn is_set_by(facts: &Facts<'_>) -> bool {
        matches!(facts.method, Method::Invite | Method::Update)
            && facts.status.is_some_and(|s| s.is_success())
    }

    /// How long after the 2xx a side that was not refreshed hangs up: the smaller of 32 s and a third of the interval
    /// before its end (RFC 4028 §10).
    pub fn hangs_up_after(&self) -> Delta {
        let third = Delta::from_nanos(self.interval.as_nanos() / 3);
        self.interval - third.min(Delta::from_secs(32))
    }
}
