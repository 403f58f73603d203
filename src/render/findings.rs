//! Findings: the answer, the evidence, what to do.

use super::style::{Ink, Style};
use super::text::{Align, cut, pad, wrap};
use crate::explain::Lookup;
use crate::explain::words::{clean, frames, listed};
use crate::report::model::{Finding, Report};
use std::cmp::Reverse;
use std::io::{self, Write};

/// Width of the severity column.
const LEFT: usize = 9;
/// Longer lines of prose are hard to read.
const LINE: usize = 110;

/// With more findings than this, only examples of each code are written out.
const MANY: usize = 20;
/// How many.
const EXAMPLES: usize = 3;

/// The findings, errors first, each with its evidence and advice; of many alike the first ones, and
/// how many more there are.
pub fn list(report: &Report, style: &Style, w: &mut dyn Write) -> io::Result<()> {
    let lookup = Lookup::new(report);
    let mut findings: Vec<&Finding> = report.findings.iter().collect();
    findings.sort_by_key(|f| (Reverse(f.severity), f.id));
    if findings.len() <= MANY {
        return findings.iter().try_for_each(|f| one(&lookup, f, style, w));
    }
    let mut seen: Vec<(&str, Vec<&Finding>)> = Vec::new();
    for f in findings {
        let at = seen.iter().position(|(code, _)| *code == f.code);
        match at.and_then(|at| seen.get_mut(at)) {
            Some((_, same)) => same.push(f),
            None => seen.push((&f.code, vec![f])),
        }
    }
    for (code, same) in &seen {
        for f in same.iter().take(EXAMPLES) {
            one(&lookup, f, style, w)?;
        }
        more(code, same.get(EXAMPLES..).unwrap_or_default(), style, w)?;
    }
    Ok(())
}

/// One line for the findings of a code that are not written out.
fn more(code: &str, rest: &[&Finding], style: &Style, w: &mut dyn Write) -> io::Result<()> {
    let Some(first) = rest.first() else {
        return Ok(());
    };
    let mut calls: Vec<u32> = rest.iter().flat_map(|f| f.calls.iter().copied()).collect();
    calls.dedup();
    let ids: Vec<String> = calls.iter().take(8).map(u32::to_string).collect();
    let mut text = format!("{} more {}", rest.len(), clean(code));
    if !ids.is_empty() {
        let left = calls.len() - ids.len();
        let tail = if left > 0 {
            format!(" and {left} more")
        } else {
            String::new()
        };
        text.push_str(&format!(", calls {}{tail}", ids.join(", ")));
    }
    let mark = pad(first.severity.as_str(), LEFT, Align::Left);
    let room = style.columns().saturating_sub(LEFT + 2);
    let line = cut(&text, room, style.ellipsis());
    writeln!(
        w,
        "  {}{line}",
        style.paint(Ink::of_severity(first.severity), &mark)
    )
}

fn one(lookup: &Lookup<'_>, f: &Finding, style: &Style, w: &mut dyn Write) -> io::Result<()> {
    let ink = Ink::of_severity(f.severity);
    let room = style.columns().saturating_sub(LEFT + 2).min(LINE);
    let blank = " ".repeat(LEFT + 2);
    let mark = pad(f.severity.as_str(), LEFT, Align::Left);
    for (n, line) in wrap(&clean(&f.title), room).iter().enumerate() {
        match n {
            0 => writeln!(w, "  {}{}", style.paint(ink, &mark), style.paint(ink, line))?,
            _ => writeln!(w, "{blank}{}", style.paint(ink, line))?,
        }
    }
    for line in wrap(&clean(&f.detail), room) {
        writeln!(w, "{blank}{line}")?;
    }
    if let Some(advice) = f.advice.as_deref().filter(|a| !a.is_empty()) {
        let advice = format!("To do: {}", clean(advice));
        for line in wrap(&advice, room) {
            writeln!(w, "{blank}{line}")?;
        }
    }
    let line = cut(&evidence(lookup, f), room, style.ellipsis());
    writeln!(w, "{blank}{}", style.paint(Ink::Dim, &line))
}

/// `one_way_audio   call 1   stream 1   #9 #12   RFC 3264 §6.1`
fn evidence(lookup: &Lookup<'_>, f: &Finding) -> String {
    let mut parts = vec![clean(&f.code)];
    let named = |one: &str, many: &str, ids: &[u32]| match ids {
        [] => None,
        [id] => Some(format!("{one} {id}")),
        ids => {
            let ids: Vec<String> = ids.iter().take(5).map(u32::to_string).collect();
            Some(format!("{many} {}", listed(&ids)))
        }
    };
    parts.extend(named("call", "calls", &f.calls));
    parts.extend(named("registration", "registrations", &f.registrations));
    parts.extend(named("stream", "streams", &f.streams));
    let seen = lookup.frames(&f.messages);
    if !seen.is_empty() {
        parts.push(frames(&seen, 5));
    }
    parts.extend(f.source.as_deref().map(clean));
    parts.join("   ")
}
