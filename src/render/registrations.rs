//! Registrations, one line a user: what happened, in words.

use super::lookup::Lookup;
use super::names::address_of;
use super::style::{Ink, Style};
use super::table::{Cell, Column, Table};
use super::text::{duration, frames};
use crate::report::model::{Registration, RegistrationAttempt, Report};
use std::io::{self, Write};

/// The registrations as a table, their last attempt first in words.
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
        let (words, ink) = what_happened(&lookup, r);
        let ids: Vec<u32> = r.attempts.iter().flat_map(|a| a.messages.clone()).collect();
        let expires = r.attempts.last().and_then(|a| a.expires_s);
        table.row(vec![
            r.id.to_string().into(),
            user(r, style).into(),
            r.registrar.to_string().into(),
            Cell::new(ink, words),
            expires.map_or("-".into(), |e| e.to_string()).into(),
            Cell::new(Ink::Dim, frames(&lookup.frames(&ids), 3)),
            r.client.to_string().into(),
        ]);
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

/// `registered after 401 (21 ms)`, `rejected: 403, with credentials`.
fn what_happened(lookup: &Lookup<'_>, r: &Registration) -> (String, Ink) {
    let Some(last) = r.attempts.last() else {
        return ("nothing seen".into(), Ink::Warning);
    };
    let (mut words, ink) = attempt(lookup, last);
    let earlier = r.attempts.len() - 1;
    let refreshes = r
        .attempts
        .iter()
        .take(earlier)
        .filter(|a| a.kind == "refresh")
        .count();
    let refused = r
        .attempts
        .iter()
        .take(earlier)
        .filter(|a| a.outcome == "rejected")
        .count();
    if refused > 0 {
        words += &format!(", {} refused before", refused);
    } else if last.kind == "unregister" || refreshes > 0 {
        words += &format!(", refreshed {refreshes} times before");
    } else if earlier > 0 {
        words += &format!(", attempt {}", earlier + 1);
    }
    (words, ink)
}

fn attempt(lookup: &Lookup<'_>, a: &RegistrationAttempt) -> (String, Ink) {
    let asked = lookup.messages(&a.messages);
    let asked = asked
        .iter()
        .find_map(|m| m.status.filter(|s| matches!(s, 401 | 407)));
    let challenge = match (a.challenged, asked) {
        (false, _) => String::new(),
        (true, Some(status)) => format!(" after {status}"),
        (true, None) => " after a challenge".into(),
    };
    let took = a
        .delay_ms
        .map_or(String::new(), |ms| format!(" ({})", duration(ms / 1e3)));
    let status = a.status.map_or("-".into(), |s| s.to_string());
    match (a.outcome.as_str(), a.kind.as_str()) {
        ("registered", "refresh") => (format!("refreshed{challenge}{took}"), Ink::Plain),
        ("registered", _) => (format!("registered{challenge}{took}"), Ink::Plain),
        ("unregistered", _) => (format!("signed off{challenge}{took}"), Ink::Plain),
        ("listed", _) => (format!("bindings listed{took}"), Ink::Plain),
        ("rejected", _) if a.credentials_sent => {
            (format!("rejected: {status}, with credentials"), Ink::Error)
        }
        ("rejected", _) => (format!("rejected: {status}"), Ink::Error),
        ("challenged", _) => (format!("{status}, no credentials followed"), Ink::Warning),
        ("no_response", _) => ("no response".into(), Ink::Error),
        (other, _) => (super::text::clean(other), Ink::Plain),
    }
}
