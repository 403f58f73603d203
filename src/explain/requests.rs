//! Requests outside calls, in words.

use super::Ink;
use super::words::{clean, counted, duration};
use crate::report::model::Requests;

/// `OPTIONS`, `SUBSCRIBE presence`.
pub(crate) fn what(r: &Requests) -> String {
    match &r.event {
        Some(event) => format!("{} {}", clean(&r.method), clean(event)),
        None => clean(&r.method),
    }
}

/// `every 60 s`, `3 in 12 s`, `once`.
pub(crate) fn how_often(r: &Requests) -> String {
    /// As even as a timer of a phone or a server.
    const EVEN: f64 = 1.25;
    let (Some(mean), Some(min), Some(max)) = (r.interval_s, r.interval_min_s, r.interval_max_s)
    else {
        return "once".to_owned();
    };
    if r.requests > 2 && max <= min * EVEN {
        return format!("every {}", duration(mean));
    }
    let span = (r.last_time.0 - r.first_time.0).as_secs_f64();
    format!(
        "{} in {}",
        counted(u64::from(r.requests), "time", "times"),
        duration(span)
    )
}

/// `all answered: 200`, `none answered, 9 repeats`, `2 of 5 answered: 200, 404`.
pub(crate) fn result(r: &Requests) -> (String, Ink) {
    let mut statuses: Vec<String> = r.statuses.keys().map(|s| clean(s)).collect();
    statuses.sort();
    let again = match r.retransmissions {
        0 => String::new(),
        n => format!(", {}", counted(n.into(), "repeat", "repeats")),
    };
    let undecided = r.requests.saturating_sub(r.answered + r.unanswered);
    let open = match undecided {
        0 => String::new(),
        n => format!(", {n} not answered yet at the end"),
    };
    let statuses = statuses.join(", ");
    let (words, ink) = match (r.answered, r.requests) {
        (0, _) if r.unanswered == 0 => ("no answer from that host".to_owned(), Ink::Plain),
        (0, _) => ("none answered".to_owned(), Ink::Warning),
        (1, 1) => (format!("answered: {statuses}"), Ink::Plain),
        (n, all) if n == all => (format!("all answered: {statuses}"), Ink::Plain),
        (n, all) => (format!("{n} of {all} answered: {statuses}"), Ink::Warning),
    };
    let open = if r.answered == 0 && r.unanswered == 0 {
        String::new()
    } else {
        open
    };
    (format!("{words}{again}{open}"), ink)
}
