//! Registrations, a line for each attempt: what happened, in words.

use super::lookup::Lookup;
use super::names::address_of;
use super::style::{Ink, Style};
use super::table::{Cell, Column, Table};
use super::text::{counted, duration, frames};
use crate::call::{RegisterKind, RegisterOutcome};
use crate::report::model::{Registration, RegistrationAttempt, Report};
use std::io::{self, Write};

/// The registrations as a table, a line for each attempt.
pub fn table(report: &Report, style: &Style, w: &mut dyn Write) -> io::Result<()> {
    let lookup = Lookup::new(report);
    let mut table = Table::new(
        2,
        vec![
            Column::right("#").rank(3),
            Column::left("user").shrink(10),
            Column::left("registrar").shrink(12).middle(),
            Column::left("what happened").shrink(31),
            Column::right("expires s").rank(1),
            Column::left("frames").shrink(8).rank(1),
            Column::left("from").rank(4),
        ],
    );
    for r in &report.registrations {
        for shown in shown_attempts(&r.attempts) {
            let (words, ink, expires, messages) = match shown {
                Shown::Nothing => ("nothing seen".into(), Ink::Warning, None, Vec::new()),
                Shown::Attempt(a) => {
                    let (words, ink) = attempt(&lookup, a);
                    (words, ink, a.expires_s, a.messages.clone())
                }
                Shown::More(left) => {
                    let more = counted(left.len() as u64, "attempt more", "attempts more");
                    let ids = left.iter().flat_map(|a| a.messages.clone()).collect();
                    (more, Ink::Dim, None, ids)
                }
            };
            table.row(vec![
                r.id.to_string().into(),
                user(r, style).into(),
                r.registrar.to_string().into(),
                Cell::new(ink, words),
                expires.map_or("-".into(), |e| e.to_string()).into(),
                Cell::new(Ink::Dim, frames(&lookup.frames(&messages), 3)),
                r.client.to_string().into(),
            ]);
        }
    }
    table.write(style, w)
}

/// The address-of-record; on a narrow terminal without a host that the registrar's column repeats.
fn user(r: &Registration, style: &Style) -> String {
    let aor = address_of(&r.aor);
    match aor.rsplit_once('@') {
        Some((user, host)) if style.columns() < 100 && host == r.registrar.address => user.into(),
        _ => aor,
    }
}

/// What one line of the table is about.
enum Shown<'a> {
    Nothing,
    Attempt(&'a RegistrationAttempt),
    /// Those left out in the middle.
    More(&'a [RegistrationAttempt]),
}

/// A line for each attempt; of many the first and the last.
fn shown_attempts(attempts: &[RegistrationAttempt]) -> Vec<Shown<'_>> {
    const FIRST: usize = 4;
    const LAST: usize = 4;
    let middle = attempts.len().saturating_sub(LAST);
    match (
        attempts.get(..FIRST),
        attempts.get(FIRST..middle),
        attempts.get(middle..),
    ) {
        (Some(first), Some(left), Some(last)) if left.len() > 1 => {
            let mut shown: Vec<Shown<'_>> = first.iter().map(Shown::Attempt).collect();
            shown.push(Shown::More(left));
            shown.extend(last.iter().map(Shown::Attempt));
            shown
        }
        _ if attempts.is_empty() => vec![Shown::Nothing],
        _ => attempts.iter().map(Shown::Attempt).collect(),
    }
}

/// `registered after 401 (21 ms)`, `rejected: 403, with credentials`.
fn attempt(lookup: &Lookup<'_>, a: &RegistrationAttempt) -> (String, Ink) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::fixtures;

    #[test]
    fn of_many_attempts_the_first_and_the_last_have_lines_of_their_own() {
        let report = fixtures::proxied();
        let one = &report.registrations[0].attempts[0];
        let lines = |n: usize| shown_attempts(&vec![one.clone(); n]).len();
        // 4 + 4 stay; a single one more is not worth a line that says so.
        assert_eq!((lines(0), lines(1), lines(9)), (1, 1, 9));
        assert_eq!((lines(10), lines(500)), (9, 9));
    }
}
