//! What became of an attempt to register, in words.

use super::words::duration;
use super::{Ink, Lookup};
use crate::call::{RegisterKind, RegisterOutcome};
use crate::report::model::RegistrationAttempt;

/// `registered after 401 (21 ms)`, `rejected: 403, with credentials`.
pub(crate) fn attempt(lookup: &Lookup<'_>, a: &RegistrationAttempt) -> (String, Ink) {
    let statuses = a.messages.iter().filter_map(|&id| lookup.status(id));
    let asked = statuses.into_iter().find(|s| matches!(s, 401 | 407));
    let challenge = match (a.challenged, asked) {
        (false, _) => String::new(),
        (true, Some(status)) => format!(" after {status}"),
        (true, None) => " after a challenge".into(),
    };
    let took = a
        .delay_ms
        .map_or(String::new(), |ms| format!(" ({})", duration(ms / 1e3)));
    let status = a.status.map_or("-".into(), |s| s.to_string());
    match (a.outcome, a.kind) {
        (RegisterOutcome::Registered, RegisterKind::Refresh) => {
            (format!("refreshed{challenge}{took}"), Ink::Plain)
        }
        (RegisterOutcome::Registered, _) => (format!("registered{challenge}{took}"), Ink::Plain),
        (RegisterOutcome::Unregistered, _) => (format!("signed off{challenge}{took}"), Ink::Plain),
        (RegisterOutcome::Listed, _) => (format!("bindings listed{took}"), Ink::Plain),
        (RegisterOutcome::Rejected, _) if a.credentials_sent => {
            (format!("rejected: {status}, with credentials"), Ink::Error)
        }
        (RegisterOutcome::Rejected, _) => (format!("rejected: {status}"), Ink::Error),
        (RegisterOutcome::Challenged, _) => {
            (format!("{status}, no credentials followed"), Ink::Warning)
        }
        (RegisterOutcome::NoResponse, _) => ("no response".into(), Ink::Error),
    }
}
