//! The statistics: ratios with their counts, times with their spread, then the tables.

mod csv;

pub use csv::csv;

use super::clock::{Reference, dated_by, start_column, time_column};
use super::report::{heading, source_lines};
use super::style::{Ink, Style, TimeColumn};
use super::table::{Cell, Table};
use super::text::wrap;
use crate::explain::words::{clean, counted, in_digits, number};
use crate::report::model::Timestamp;
use crate::report::stats::{AgentStats, Distribution, HopStats, MethodStats, Stats};
use crate::sip::status::phrase;
use crate::types::StatusCode;
use std::collections::BTreeMap;
use std::io::{self, Write};

/// Rows of the tables of software and hops.
const SHOWN: usize = 20;

/// Writes all of it.
pub fn render(s: &Stats, style: &Style, w: &mut dyn Write) -> io::Result<()> {
    for source in &s.sources {
        source_lines(source, s.sources.len() > 1, style, w)?;
    }
    paragraph(&counts(s), style, w)?;
    heading("RATIOS (RFC 6076)", style, w)?;
    ratios(s, style, w)?;
    heading("TIMES", style, w)?;
    times(s, style, w)?;
    heading("LOAD", style, w)?;
    load(s, style, w)?;
    if s.calls.total > 0 {
        heading("CALLS BY OUTCOME", style, w)?;
        histogram(&s.outcomes, style, w)?;
        heading("CALLS BY FINAL STATUS", style, w)?;
        histogram(&s.call_statuses, style, w)?;
    }
    heading("RESPONSES (messages, on every hop)", style, w)?;
    histogram(&s.statuses, style, w)?;
    heading("REQUESTS (on every hop)", style, w)?;
    methods(&s.methods, style, w)?;
    if !s.user_agents.is_empty() {
        heading("SOFTWARE", style, w)?;
        agents(&s.user_agents, style, w)?;
    }
    if !s.hops.is_empty() {
        heading("HOPS", style, w)?;
        hops(s, style, w)?;
    }
    for limit in &s.limits {
        let text = format!("a limit was reached: {}", clean(limit));
        writeln!(w, "{}", style.paint(Ink::Warning, &text))?;
    }
    Ok(())
}

fn paragraph(text: &str, style: &Style, w: &mut dyn Write) -> io::Result<()> {
    for line in wrap(text, style.columns()) {
        writeln!(w, "{line}")?;
    }
    Ok(())
}

fn counts(s: &Stats) -> String {
    let (calls, reg) = (&s.calls, &s.registrations);
    let mut text = format!(
        "{}, {} sent again; {}: {}",
        counted(s.messages, "SIP message", "SIP messages"),
        in_digits(s.retransmissions),
        counted(calls.total, "call", "calls"),
        counted(calls.attempts, "attempt", "attempts"),
    );
    for (n, what) in [
        (calls.undecided, "undecided when the capture ends"),
        (calls.without_invite, "without the INVITE"),
    ] {
        if n > 0 {
            text += &format!(", {} {what}", in_digits(n));
        }
    }
    text += &format!(
        "; {}",
        counted(
            reg.attempts,
            "registration attempt",
            "registration attempts"
        )
    );
    if reg.undecided > 0 {
        text += &format!(
            ", {} undecided when the capture ends",
            in_digits(reg.undecided)
        );
    }
    text
}

/// A share: what RFC 6076 calls it, its value, and what it is of what.
struct Ratio {
    short: &'static str,
    name: &'static str,
    percent: Option<f64>,
    sum: String,
}

fn ratios(s: &Stats, style: &Style, w: &mut dyn Write) -> io::Result<()> {
    let (n, reg) = (&s.calls, &s.registrations);
    let redirected = match n.redirected {
        0 => String::new(),
        some => format!(" - {some} redirected"),
    };
    let not_seen = match n.end_unknown {
        0 => String::new(),
        some => format!(" - {some} whose end is not in the capture"),
    };
    let all = counted(n.attempts, "attempt", "attempts");
    let rows = [
        Ratio {
            short: "SER",
            name: "session establishment ratio",
            percent: s.ser_percent,
            sum: format!("{} answered / ({all}{redirected})", n.answered),
        },
        Ratio {
            short: "SEER",
            name: "session establishment effectiveness ratio",
            percent: s.seer_percent,
            sum: format!(
                "({} answered + {} refused by users) / ({all}{redirected})",
                n.answered, n.refused_by_user
            ),
        },
        Ratio {
            short: "ISA",
            name: "ineffective session attempts",
            percent: s.isa_percent,
            sum: format!("{} with 408, 500, 503 or 504 / {all}", n.ineffective),
        },
        Ratio {
            short: "SCR",
            name: "session completion ratio",
            percent: s.scr_percent,
            sum: format!("{} with BYE and its 2xx / ({all}{not_seen})", n.completed),
        },
        Ratio {
            short: "IRA",
            name: "ineffective registration attempts",
            percent: s.ira_percent,
            sum: format!(
                "{} failed / {}",
                reg.failed,
                counted(reg.attempts, "attempt", "attempts")
            ),
        },
    ];
    let mut table = Table::<Ratio>::new(2);
    table.left("", |r| r.short);
    table.right("%", |r| number(r.percent, 2));
    table.left("of what", |r| r.sum.clone()).shrink(20);
    table.left("", |r| Cell::new(Ink::Dim, r.name)).rank(1);
    table.write(rows.iter(), style, w)
}

/// A spread, with what it is called and what it is from and to.
struct Spread<'a> {
    short: &'static str,
    about: &'static str,
    of: &'a Distribution,
    decimals: usize,
}

fn times(s: &Stats, style: &Style, w: &mut dyn Write) -> io::Result<()> {
    let row = |short, about, of, decimals| Spread {
        short,
        about,
        of,
        decimals,
    };
    let rows = [
        row(
            "RRD ms",
            "REGISTER to 2xx, challenge included",
            &s.rrd_ms,
            1,
        ),
        row(
            "SRD ms",
            "INVITE to ringing, of answered calls",
            &s.srd_ms,
            1,
        ),
        row(
            "SRD, failed ms",
            "INVITE to ringing or the failure, of failed calls",
            &s.sfd_ms,
            1,
        ),
        row("SDD ms", "BYE to its 2xx", &s.sdd_ms, 1),
        row(
            "SDT s",
            "2xx to BYE, of calls whose BYE a 2xx answered",
            &s.sdt_s,
            1,
        ),
        row("set-up ms", "INVITE to 2xx", &s.setup_ms, 1),
        row(
            "ring s",
            "180 to the answer, failure or CANCEL",
            &s.ring_s,
            2,
        ),
    ];
    let mut table = Table::<Spread<'_>>::new(2);
    table.left("", |r| r.short);
    spread(&mut table, |r| (r.of, r.decimals));
    table
        .left("from and to", |r| Cell::new(Ink::Dim, r.about))
        .rank(1);
    table.write(rows.iter(), style, w)?;
    let all = rows.iter().map(|r| r.of);
    if all.clone().any(|d| d.approximate) {
        writeln!(
            w,
            "  quantiles of more than 10 000 values are at most 0.8 % off"
        )?;
    }
    Ok(())
}

/// Columns for a spread.
fn spread<'a, T>(table: &mut Table<'a, T>, of: impl Fn(&T) -> (&Distribution, usize) + Copy + 'a) {
    table.right("count", move |r| in_digits(of(r).0.count));
    let figure = |pick: fn(&Distribution) -> Option<f64>| {
        move |r: &T| {
            let (d, decimals) = of(r);
            number(pick(d), decimals)
        }
    };
    table.right("min", figure(|d| d.min));
    table.right("median", figure(|d| d.p50));
    table.right("p90", figure(|d| d.p90)).rank(3);
    table.right("p95", figure(|d| d.p95));
    table.right("p99", figure(|d| d.p99)).rank(3);
    table.right("max", figure(|d| d.max));
    table.right("mean", figure(|d| d.mean)).rank(2);
}

/// Columns for the middle and the upper end of a spread in milliseconds, the second of the next rank.
fn median_and_p95<'a, T>(
    table: &mut Table<'a, T>,
    title: &'static str,
    rank: u8,
    of: impl Fn(&T) -> &Distribution + Copy + 'a,
) {
    table.right(title, move |r| number(of(r).p50, 1)).rank(rank);
    table
        .right("p95", move |r| number(of(r).p95, 1))
        .rank(rank + 1)
        .with_previous();
}

fn load(s: &Stats, style: &Style, w: &mut dyn Write) -> io::Result<()> {
    let first = s.sources.iter().filter_map(|s| s.first_time).min();
    let style = dated_by(style, &s.sources);
    let shown = |t: Timestamp| match style.times {
        TimeColumn::Relative => {
            let first = Reference {
                first,
                ..Reference::default()
            };
            time_column(t, &style, first, 3)
        }
        _ => start_column(t, &style, 3),
    };
    let at = |t: Option<Timestamp>| t.map_or(String::new(), |t| format!(" at {}", shown(t)));
    let rate = &s.attempts_per_second;
    writeln!(w, "  new calls a second: mean {}", number(rate.mean, 3))?;
    for (what, most, when) in [
        ("new calls in one second", rate.peak, rate.peak_time),
        (
            "calls up at once",
            s.concurrent_calls_max,
            s.concurrent_calls_time,
        ),
        ("calls up or being set up", s.concurrent_attempts_max, None),
    ] {
        writeln!(w, "  most {what}: {}{}", in_digits(most), at(when))?;
    }
    Ok(())
}

/// One line a word, its count, its share; status codes with their phrase.
fn histogram(of: &BTreeMap<String, u64>, style: &Style, w: &mut dyn Write) -> io::Result<()> {
    let all: u64 = of.values().sum();
    let name = |key: &str| {
        let status = key.parse().ok().and_then(StatusCode::new);
        match status.and_then(phrase) {
            Some(words) => format!("{key} {words}"),
            None => clean(key),
        }
    };
    let mut table = Table::<(&String, &u64)>::new(2);
    table.left("", move |(key, _)| name(key));
    table.right("count", |(_, n)| in_digits(**n));
    table.right("%", move |(_, n)| {
        number(Some(100.0 * **n as f64 / all as f64), 1)
    });
    match of.is_empty() {
        true => writeln!(w, "  none"),
        false => table.write(of.iter(), style, w),
    }
}

fn methods(rows: &[MethodStats], style: &Style, w: &mut dyn Write) -> io::Result<()> {
    let mut table = Table::<MethodStats>::new(2);
    table.left("", |m| clean(&m.method)).shrink(8);
    table.right("messages", |m| in_digits(m.messages));
    table.right("transactions", |m| in_digits(m.transactions));
    table.right("sent again", |m| in_digits(m.retransmissions));
    table.right("no final", |m| in_digits(m.unanswered));
    median_and_p95(&mut table, "first ms: median", 1, |m| &m.first_response_ms);
    median_and_p95(&mut table, "final ms: median", 2, |m| &m.final_response_ms);
    table.write(rows.iter(), style, w)
}

fn agents(rows: &[AgentStats], style: &Style, w: &mut dyn Write) -> io::Result<()> {
    let mut table = Table::<AgentStats>::new(2);
    let name = |a: &AgentStats| a.software.as_deref().map_or("(does not say)".into(), clean);
    table.left("", name).shrink(20);
    table.right("hosts", |a| in_digits(a.hosts_total));
    table.right("calls made", |a| in_digits(a.calls_made));
    table.right("answered", |a| in_digits(a.calls_answered));
    table
        .right("received", |a| in_digits(a.calls_received))
        .rank(1);
    table
        .right("registers", |a| in_digits(a.registrations))
        .rank(2);
    table.right("requests", |a| in_digits(a.requests)).rank(3);
    median_and_p95(&mut table, "response ms: median", 4, |a| &a.response_ms);
    table.write(rows.iter().take(SHOWN), style, w)?;
    more(rows.len().saturating_sub(SHOWN) as u64, "row", "rows", w)
}

fn hops(s: &Stats, style: &Style, w: &mut dyn Write) -> io::Result<()> {
    let mut table = Table::<HopStats>::new(2);
    table.left("from", |h| clean(&h.from)).shrink(12);
    table.left("to", |h| clean(&h.to)).shrink(12);
    table.right("requests", |h| in_digits(h.requests));
    table.right("sent again", |h| in_digits(h.retransmissions));
    table.right("no final", |h| in_digits(h.unanswered));
    median_and_p95(&mut table, "response ms: median", 1, |h| &h.response_ms);
    table.write(s.hops.iter().take(SHOWN), style, w)?;
    more(s.hops.len().saturating_sub(SHOWN) as u64, "hop", "hops", w)?;
    more(
        s.hops_more,
        "request of further hops",
        "requests of further hops",
        w,
    )
}

fn more(n: u64, one: &str, many: &str, w: &mut dyn Write) -> io::Result<()> {
    match n {
        0 => Ok(()),
        n => writeln!(w, "  and {}", counted(n, one, many)),
    }
}
