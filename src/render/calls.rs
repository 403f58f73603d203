//! Calls: one line each, and the classic call log.

use super::clock::{dated, start_column, time_of_day};
use super::style::{Ink, Style};
use super::table::{Cell, Table};
use crate::call::Outcome;
use crate::explain::Lookup;
use crate::explain::names::{ended_by, outcome, party};
use crate::explain::words::{clean, number};
use crate::report::model::{Call, CallParty, Report, Stream, Timestamp};
use crate::types::Party;
use std::io::{self, Write};

/// `alice`, or `alice?` where the capture does not show who called.
fn named(call: &Call, side: &CallParty) -> String {
    let mut name = party(side);
    if !call.caller_known {
        name.push('?');
    }
    name
}

/// One line a call: what decides first, more as the width allows.
///
/// Pairs are caller to callee, then callee to caller; of several streams one way, the worst counts. `auth`: whether
/// the call was challenged.
pub fn table(report: &Report, style: &Style, w: &mut dyn Write) -> io::Result<()> {
    table_of(&Lookup::new(report), style, w)?;
    unsure_note(report, style, w)
}

/// What the question marks of the table mean, where it has any.
pub(crate) fn unsure_note(report: &Report, style: &Style, w: &mut dyn Write) -> io::Result<()> {
    if report.calls.iter().all(|c| c.caller_known) {
        return Ok(());
    }
    let note = "  (?: the INVITE is not in the capture, so who called is not known)";
    writeln!(w, "{}", style.paint(Ink::Dim, note))
}

pub(crate) fn table_of(lookup: &Lookup<'_>, style: &Style, w: &mut dyn Write) -> io::Result<()> {
    let style = &dated(style, lookup.report);
    let decimals = if style.columns() < 100 { 0 } else { 3 };
    let mut table = Table::<Row<'_>>::new(2);
    table.right("#", |r| r.call.id.to_string());
    if !lookup.files.is_empty() {
        table.left("file", |r| first_file(lookup, r.call));
    }
    table.left("start", |r| {
        start_column(r.call.start_time, style, decimals)
    });
    table
        .left("from", |r| named(r.call, &r.call.caller))
        .shrink(5);
    table
        .left("to", |r| named(r.call, &r.call.callee))
        .shrink(5);
    table
        .left("outcome", |r| {
            let (words, ink) = outcome(r.call);
            Cell::new(ink, words)
        })
        .shrink(12);
    table
        .right("ring s", |r| number(r.call.ring_time_s, 1))
        .rank(2);
    table
        .left("auth", |r| match r.call.challenged {
            true => "yes",
            false => "no",
        })
        .rank(5);
    table.right("talk s", |r| number(r.call.talk_time_s, 1));
    table
        .left("ended by", |r| {
            ended_by(lookup, r.call).unwrap_or_else(|| "-".into())
        })
        .shrink(8)
        .rank(3);
    table.left("codec", |r| codec(r.call)).rank(4);
    table
        .right("loss %", |r| {
            let lost = Pair::of(r.streams, f64::max, |s| s.lost_percent);
            Cell::new(lost.ink(|v| v > 0.0), lost.text(1))
        })
        .rank(5);
    table
        .right("MOS", |r| {
            let mos = Pair::of(r.streams, f64::min, |s| s.quality.mos);
            Cell::new(mos.ink(|v| v < 3.6), mos.text(1))
        })
        .rank(1);
    table
        .right("setup s", |r| number(r.call.setup_time_s, 2))
        .rank(6);
    table
        .right("jitter ms", |r| {
            Pair::of(r.streams, f64::max, |s| s.jitter_mean_ms).text(1)
        })
        .rank(7);
    table.left("digits", |r| digits(r.call)).shrink(6).rank(8);
    table
        .right("release ms", |r| number(r.call.release_time_ms, 0))
        .rank(10);
    table
        .left("Call-ID", |r| {
            let id = r.call.call_ids.first();
            Cell::new(Ink::Dim, id.map_or("-".into(), |id| clean(id)))
        })
        .shrink(12)
        .rank(9);
    let rows = lookup.report.calls.iter().map(|call| Row {
        call,
        streams: lookup.streams_of_call(call.id),
    });
    table.write(rows, style, w)
}

/// The file of its first message.
fn first_file(lookup: &Lookup<'_>, call: &Call) -> String {
    let first = call.messages.get(..1).unwrap_or_default();
    let named = lookup.frames(first).pop().and_then(|name| name.file);
    named.map_or("-".into(), |file| file.to_string())
}

/// A call and its media.
struct Row<'a> {
    call: &'a Call,
    streams: &'a [&'a Stream],
}

fn digits(call: &Call) -> String {
    match call.dtmf.is_empty() {
        true => "-".into(),
        false => call.dtmf.iter().map(|d| clean(&d.digit)).collect(),
    }
}

fn codec(call: &Call) -> String {
    let mut codecs: Vec<String> = Vec::new();
    for codec in call.media.iter().filter_map(|m| m.codec.as_deref()) {
        let codec = clean(codec);
        if !codecs.contains(&codec) {
            codecs.push(codec);
        }
    }
    if codecs.is_empty() {
        "-".into()
    } else {
        codecs.join("+")
    }
}

/// A figure of both directions.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Pair {
    from_caller: Option<f64>,
    from_callee: Option<f64>,
}

impl Pair {
    fn of(
        streams: &[&Stream],
        worst: fn(f64, f64) -> f64,
        figure: fn(&Stream) -> Option<f64>,
    ) -> Self {
        let direction = |side: Party| {
            let mine = streams.iter().filter(|s| s.from == Some(side));
            mine.filter_map(|s| figure(s)).reduce(worst)
        };
        Pair {
            from_caller: direction(Party::Caller),
            from_callee: direction(Party::Callee),
        }
    }

    /// `0.0/0.5`, `4.4/-`, `-`.
    fn text(self, decimals: usize) -> String {
        match (self.from_caller, self.from_callee) {
            (None, None) => "-".into(),
            (a, b) => format!("{}/{}", number(a, decimals), number(b, decimals)),
        }
    }

    fn ink(self, look: fn(f64) -> bool) -> Ink {
        let either = self.from_caller.is_some_and(look) || self.from_callee.is_some_and(look);
        if either { Ink::Warning } else { Ink::Plain }
    }
}

/// The classic call log: a block a call with the times of day its fate was sealed.
///
/// ```text
/// -----
/// from: sip:444@192.0.2.14
/// to: sip:101@192.0.2.14
/// ringing: 16:07:54
/// start: 16:07:56
/// end: 16:08:00
/// ```
///
/// A call that was not answered ends in `declined:`, `request terminated:` (cancelled),
/// `busy -> ended:` or, where the log has no word of its own, the outcome's. Times of an answered
/// call that are not known leave their line out.
pub fn log(report: &Report, style: &Style, w: &mut dyn Write) -> io::Result<()> {
    for call in &report.calls {
        writeln!(w, "-----")?;
        writeln!(w, "from: {}", clean(&call.caller.uri))?;
        writeln!(w, "to: {}", clean(&call.callee.uri))?;
        let mut line =
            |name: &str, time: Timestamp| writeln!(w, "{name}: {}", time_of_day(time, style.zone));
        if let Some(ringing) = call.ringing_time {
            line("ringing", ringing)?;
        }
        match (call.answer_time, call.end_time) {
            (Some(start), end) => {
                line("start", start)?;
                if let Some(end) = end {
                    line("end", end)?;
                }
            }
            (None, Some(end)) => line(&log_word(call.outcome), end)?,
            (None, None) => writeln!(w, "{}: -", log_word(call.outcome))?,
        }
    }
    Ok(())
}

fn log_word(outcome: Outcome) -> String {
    match outcome {
        Outcome::Cancelled => "request terminated".into(),
        Outcome::Busy => "busy -> ended".into(),
        Outcome::AuthFailed => "authentication failed".into(),
        other => other.as_str().replace('_', " "),
    }
}
