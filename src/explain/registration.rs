//! What became of an attempt to register, in words.

use super::names::address_of;
use super::words::{clean, counted, duration};
use super::{Ink, Lookup};
use crate::call::{RegisterKind, RegisterOutcome};
use crate::report::model::{Binding, RegistrationAttempt};

/// Bindings named in one line.
const NAMED: usize = 3;

/// `registered after 401 (21 ms)`, `rejected: 403, credentials were sent and refused`. `before`: the attempt before
/// it, which a refresh counts from.
pub(crate) fn attempt(
    lookup: &Lookup<'_>,
    a: &RegistrationAttempt,
    before: Option<&RegistrationAttempt>,
) -> (String, Ink) {
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
    let why = a.outcome_reason.as_deref().map(clean);
    let others = match a.bindings.len() {
        0 | 1 => String::new(),
        n => format!(", {n} bindings"),
    };
    let failed = |what: String, ink| match &why {
        Some(why) => (format!("{what}, {why}"), ink),
        None => (what, ink),
    };
    match (a.outcome, a.kind) {
        (RegisterOutcome::Registered, RegisterKind::Refresh) => {
            let later = before.map(|b| {
                let since = (a.time.0 - b.time.0).as_secs_f64();
                format!(", {} later", duration(since))
            });
            let later = later.unwrap_or_default();
            (
                format!("refreshed{challenge}{took}{later}{others}"),
                Ink::Plain,
            )
        }
        (RegisterOutcome::Registered, _) => {
            (format!("registered{challenge}{took}{others}"), Ink::Plain)
        }
        (RegisterOutcome::Unregistered, _) => {
            let all = if a.wildcard { " (Contact: *)" } else { "" };
            let left = match a.bindings.len() as u64 {
                0 => String::new(),
                n => format!(", {} left", counted(n, "binding", "bindings")),
            };
            (
                format!("signed off{all}{challenge}{took}{left}"),
                Ink::Plain,
            )
        }
        (RegisterOutcome::Listed, _) => {
            let listed = bindings(&a.bindings);
            (format!("{listed}{challenge}{took}"), Ink::Plain)
        }
        (RegisterOutcome::Rejected, _) => {
            let with = match a.credentials_sent && why.is_none() {
                true => ", with credentials",
                false => "",
            };
            failed(format!("rejected: {status}{with}"), Ink::Error)
        }
        (RegisterOutcome::Challenged, _) => failed(status, Ink::Warning),
        (RegisterOutcome::NoResponse, _) => ("no response".into(), Ink::Error),
    }
}

/// `2 bindings: alice@192.0.2.11:5060 (3571 s), alice@192.0.2.14 (12 s)`.
pub(crate) fn bindings(bound: &[Binding]) -> String {
    let count = match bound.len() as u64 {
        0 => return "no binding".to_owned(),
        n => counted(n, "binding", "bindings"),
    };
    let named = bound.iter().take(NAMED).map(|b| {
        let contact = address_of(&b.contact);
        match b.expires_s {
            Some(s) => format!("{contact} ({s} s)"),
            None => contact,
        }
    });
    let named: Vec<String> = named.collect();
    let more = match bound.len().saturating_sub(NAMED) {
        0 => String::new(),
        n => format!(" and {n} more"),
    };
    format!("{count}: {}{more}", named.join(", "))
}
