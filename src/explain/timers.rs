//! What the timers of a transaction say of its copies: which one, which timer, which pause (RFC 3261 §17).

use super::lookup::Lookup;
use super::scene::{Arrow, Scene, Waited, What};
use super::text::{Piece, Text, text};
use super::words::counted;
use super::{FrameName, Ink};
use crate::call::{Timer, TimerVerdict};
use crate::report::model::{Timestamp, Transaction, TransactionTimer};
use crate::types::Delta;
use std::collections::BTreeSet;

impl Scene {
    /// The same with the timer of each message that was sent again, and the timers that have ended as arrows of their
    /// own. Of a report that holds transactions.
    pub fn with_timers(mut self, lookup: &Lookup<'_>) -> Scene {
        let mut seen: BTreeSet<u32> = BTreeSet::new();
        let mut ends: Vec<Arrow> = Vec::new();
        for arrow in &mut self.arrows {
            let What::Message(said) = &mut arrow.what else {
                continue;
            };
            let message = lookup.message(said.message);
            let transaction = message.and_then(|m| lookup.transaction(m.transaction?));
            let Some(transaction) = transaction else {
                continue;
            };
            if let Some(row) = row_of(transaction, said.message) {
                match row.verdict {
                    TimerVerdict::GaveUp => said.sentence.push(text!["; ", words(row)]),
                    _ => {
                        let first = message.and_then(|m| lookup.message(m.retransmission_of?));
                        let first = first.map(|m| lookup.frame_name(m.source, m.frame));
                        said.sentence = copy(row, first);
                        said.gist = gist(row).into();
                    }
                }
            }
            if seen.insert(transaction.id) {
                ends.extend(end(lookup, transaction, (arrow.from, arrow.to)));
            }
        }
        self.arrows.extend(ends);
        self.arrows.sort_by_key(|arrow| arrow.time);
        self
    }
}

/// What is known of the message's timer.
pub(crate) fn row_of(transaction: &Transaction, message: u32) -> Option<&TransactionTimer> {
    let mut rows = transaction.timers.iter();
    rows.find(|row| row.message == Some(message))
}

/// `sent again: 2nd copy of #3, Timer A 0.5 s (seen 0.501 s)`.
fn copy(row: &TransactionTimer, first: Option<FrameName>) -> Text {
    let of = first.map(|first| text![" of ", Piece::Frame(first)]);
    text!["sent again: ", nth(row), of, ", ", words(row)]
}

/// `2nd copy`.
pub(crate) fn nth(row: &TransactionTimer) -> String {
    let n = row.copy.unwrap_or(2);
    let ending = match (n % 10, n % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{n}{ending} copy")
}

/// For a narrow margin: `copy 2, A 0.5 s`.
fn gist(row: &TransactionTimer) -> String {
    let short = row.timer.map(Timer::as_str);
    match (short, row.seen_ms) {
        (Some(timer), Some(_)) => {
            let copy = row.copy.unwrap_or(2);
            format!("copy {copy}, {timer} {}", seconds(row.seen_ms, 1))
        }
        _ => nth(row),
    }
}

fn seconds(ms: Option<f64>, decimals: i32) -> String {
    let unit = 10f64.powi(decimals);
    ms.map_or_else(
        || "-".to_owned(),
        |ms| format!("{} s", (ms / 1000.0 * unit).round() / unit),
    )
}

/// The timer of a row with its pause, and what is to be said of it.
pub(crate) fn words(row: &TransactionTimer) -> String {
    let timer = row.timer.map_or("", Timer::name);
    let (due, seen) = (seconds(row.expected_ms, 3), seconds(row.seen_ms, 3));
    let missing = match row.missing {
        0 => String::new(),
        n => {
            let copies = counted(n.into(), "copy is", "copies are");
            format!(", as if {copies} missing here before it")
        }
    };
    let pauses = format!("{timer} {due} (seen {seen}){missing}");
    let passed = |what: &str| {
        format!("{pauses}, though {what} passed here before: it may not have reached the sender")
    };
    match row.verdict {
        TimerVerdict::OnTime | TimerVerdict::CopyMissing => pauses,
        TimerVerdict::Early => format!("sooner than {timer} asks: {due} (seen {seen})"),
        TimerVerdict::Late => format!("later than {timer} asks: {due} (seen {seen})"),
        TimerVerdict::OtherT1 => format!("{pauses}, with T1 = {}", seconds(row.t1_ms, 3)),
        TimerVerdict::FixedPause => {
            format!("always after {seen}; {timer} doubles its pause, here to {due}")
        }
        TimerVerdict::HeldAtT2 => {
            format!("after {seen}: the pause is held at T2 ({due}), where {timer} doubles on")
        }
        TimerVerdict::AfterProvisional => passed("a provisional response"),
        TimerVerdict::AfterFinal => passed("a final response"),
        TimerVerdict::AfterAck => passed("the ACK"),
        TimerVerdict::AnswersCopy => "because what it answers came again".to_owned(),
        TimerVerdict::Unasked => format!("after {seen}; nothing that asks for it passed here"),
        TimerVerdict::ReliableTransport => {
            format!("after {seen}; over this transport no timer sends it again")
        }
        TimerVerdict::RanOut => format!("{timer} ({due}) has ended"),
        TimerVerdict::Running => format!("{timer} ({due}) runs: {seen} so far"),
        TimerVerdict::GaveUp => format!(
            "it had waited {seen} for a final response to its own INVITE ({})",
            match row.timer {
                Some(Timer::C) if row.seen_ms < row.expected_ms =>
                    format!("less than {timer}, which lasts more than {due}"),
                Some(Timer::C) => format!("{timer}: more than {due}"),
                _ => format!("{timer}: {due}"),
            }
        ),
    }
}

/// Where the rule is written down.
pub(crate) fn clause(row: &TransactionTimer) -> &'static str {
    match (row.verdict, row.timer) {
        (TimerVerdict::ReliableTransport, _) => "RFC 3261 §17",
        (_, Some(timer)) => timer.value().clause,
        (_, None) => "RFC 3261 §17",
    }
}

/// A timer of the transaction that has ended.
fn end(
    lookup: &Lookup<'_>,
    transaction: &Transaction,
    (client, server): (usize, usize),
) -> Option<Arrow> {
    let mut rows = transaction.timers.iter();
    let row = rows.find(|row| row.verdict == TimerVerdict::RanOut)?;
    let timer = row.timer?;
    let messages = lookup.messages(&transaction.messages);
    let at_server = matches!(timer, Timer::H | Timer::AcceptedEnd);
    let since = match at_server {
        true => messages
            .iter()
            .find(|m| m.status.is_some() && m.status == transaction.final_status),
        false => messages.first(),
    };
    let lasts = Delta::from_nanos((row.expected_ms? * 1e6) as i64);
    let host = if at_server { server } else { client };
    let what = match timer {
        Timer::H | Timer::AcceptedEnd => "no ACK passed here",
        Timer::B => "no response passed here",
        _ => "no final response passed here",
    };
    let method = super::words::clean(&transaction.method);
    let since = since?;
    let frame = Piece::Frame(lookup.frame_name(since.source, since.frame));
    Some(Arrow {
        time: Timestamp(since.time.0 + lasts),
        frame: None,
        from: host,
        to: host,
        ink: Ink::Warning,
        what: What::Waited(Waited {
            label: match timer {
                Timer::AcceptedEnd => "no ACK, 32 s".to_owned(),
                timer => format!("{} ends", timer.name()),
            },
            sentence: text![words(row), " since the ", method, " ", frame, ": ", what],
        }),
    })
}
