//! Registrations, a line for each attempt: what happened, in words.

use super::clock::{dated, start_column};
use super::style::{Ink, Style};
use super::table::{Cell, Table};
use crate::explain::Lookup;
use crate::explain::names::address_of;
use crate::explain::registration::attempt;
use crate::explain::words::{counted, frames};
use crate::report::model::{Registration, RegistrationAttempt, Report};
use std::io::{self, Write};

/// The registrations as a table: of many attempts the first and the last.
pub fn table(report: &Report, style: &Style, w: &mut dyn Write) -> io::Result<()> {
    rows_of(report, shown_attempts, false, style, w)
}

/// Every attempt, with the time of day it began.
pub fn list(report: &Report, style: &Style, w: &mut dyn Write) -> io::Result<()> {
    rows_of(report, every_attempt, true, style, w)
}

fn rows_of(
    report: &Report,
    choose: for<'a> fn(&'a [RegistrationAttempt]) -> Vec<Shown<'a>>,
    with_start: bool,
    style: &Style,
    w: &mut dyn Write,
) -> io::Result<()> {
    let lookup = Lookup::new(report);
    let style = &dated(style, report);
    let mut table = Table::<Row<'_>>::new(2);
    table.right("#", |r| r.registration.id.to_string()).rank(3);
    if with_start {
        table.left("start", |r| {
            let begin = r.shown.attempts().first();
            begin.map_or("-".into(), |a| start_column(a.time, style, 0))
        });
    }
    table
        .left("user", |r| user(r.registration, style))
        .shrink(10);
    table
        .left("registrar", |r| r.registration.registrar.to_string())
        .shrink(12)
        .middle();
    table
        .left("what happened", |r| {
            let (words, ink) = r.shown.words(&lookup);
            Cell::new(ink, words)
        })
        .shrink(31);
    table
        .right("expires s", |r| {
            r.shown.expires().map_or("-".into(), |e| e.to_string())
        })
        .rank(1);
    table
        .left("frames", |r| {
            Cell::new(Ink::Dim, frames(&lookup.frames(&r.shown.messages()), 3))
        })
        .shrink(8)
        .rank(1);
    table
        .left("from", |r| r.registration.client.to_string())
        .rank(4);
    let rows = report.registrations.iter().flat_map(|registration| {
        choose(&registration.attempts)
            .into_iter()
            .map(move |shown| Row {
                registration,
                shown,
            })
    });
    table.write(rows, style, w)
}

/// A line of the table.
struct Row<'a> {
    registration: &'a Registration,
    shown: Shown<'a>,
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
#[derive(Clone)]
enum Shown<'a> {
    Nothing,
    /// One, and the one before it.
    Attempt(&'a RegistrationAttempt, Option<&'a RegistrationAttempt>),
    /// Those left out in the middle.
    More(&'a [RegistrationAttempt]),
}

impl Shown<'_> {
    fn words(&self, lookup: &Lookup<'_>) -> (String, Ink) {
        match self {
            Shown::Nothing => ("nothing seen".into(), Ink::Warning),
            Shown::Attempt(a, before) => attempt(lookup, a, *before),
            Shown::More(left) => {
                let more = counted(left.len() as u64, "attempt more", "attempts more");
                (more, Ink::Dim)
            }
        }
    }

    fn attempts(&self) -> &[RegistrationAttempt] {
        match self {
            Shown::Nothing => &[],
            Shown::Attempt(a, _) => std::slice::from_ref(a),
            Shown::More(left) => left,
        }
    }

    /// Seconds; many attempts have no common value.
    fn expires(&self) -> Option<u32> {
        match self {
            Shown::Attempt(a, _) => a.expires_s,
            Shown::Nothing | Shown::More(_) => None,
        }
    }

    fn messages(&self) -> Vec<u32> {
        let attempts = self.attempts().iter();
        attempts.flat_map(|a| a.messages.iter().copied()).collect()
    }
}

/// A line for each attempt.
fn every_attempt(attempts: &[RegistrationAttempt]) -> Vec<Shown<'_>> {
    let before = std::iter::once(None).chain(attempts.iter().map(Some));
    let each = attempts.iter().zip(before);
    match attempts.is_empty() {
        true => vec![Shown::Nothing],
        false => each.map(|(a, before)| Shown::Attempt(a, before)).collect(),
    }
}

/// A line for each attempt; of many the first and the last.
fn shown_attempts(attempts: &[RegistrationAttempt]) -> Vec<Shown<'_>> {
    const FIRST: usize = 4;
    const LAST: usize = 4;
    let middle = attempts.len().saturating_sub(LAST);
    match attempts.get(FIRST..middle) {
        Some(left) if left.len() > 1 => {
            let mut shown = every_attempt(attempts);
            shown.splice(FIRST..middle, [Shown::More(left)]);
            shown
        }
        _ => every_attempt(attempts),
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
