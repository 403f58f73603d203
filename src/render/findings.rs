//! Findings: the answer, the evidence, what to do.

use super::lookup::Lookup;
use super::style::{Ink, Style};
use super::text::{Align, clean, cut, frames, listed, pad, wrap};
use crate::report::model::{Finding, Report};
use std::io::{self, Write};

/// Width of the severity column.
const LEFT: usize = 9;
/// Longer lines of prose are hard to read.
const LINE: usize = 110;

/// Every finding, errors first, each with its evidence and advice.
pub fn list(report: &Report, style: &Style, w: &mut dyn Write) -> io::Result<()> {
    let lookup = Lookup::new(report);
    let mut findings: Vec<&Finding> = report.findings.iter().collect();
    findings.sort_by_key(|f| (severity_rank(&f.severity), f.id));
    for finding in findings {
        one(&lookup, finding, style, w)?;
    }
    Ok(())
}

/// 0 for errors, 1 for warnings, 2 for the rest.
pub(crate) fn severity_rank(severity: &str) -> u8 {
    match severity {
        "error" => 0,
        "warning" => 1,
        _ => 2,
    }
}

fn one(lookup: &Lookup<'_>, f: &Finding, style: &Style, w: &mut dyn Write) -> io::Result<()> {
    let ink = Ink::of_severity(&f.severity);
    let room = style.columns().saturating_sub(LEFT + 2).min(LINE);
    let blank = " ".repeat(LEFT + 2);
    let mark = pad(&clean(&f.severity), LEFT, Align::Left);
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
