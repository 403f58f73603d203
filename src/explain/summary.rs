//! The answer in a line: how many calls ended how, registrations that failed, the worst findings.

use super::Ink;
use super::names::outcome_words;
use super::words::{counted, in_digits};
use crate::call::RegisterOutcome;
use crate::report::model::{Registration, Report, Requests};
use crate::types::Severity;
use std::collections::HashMap;

/// What a report comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Summary {
    /// `2 calls: 1 completed, 1 busy`, `3 registrations, 1 without success`; empty where there is neither.
    pub(crate) seen: Vec<String>,
    /// `1 error, 2 warnings`, with the worst of them; `None` where there is neither.
    pub(crate) found: Option<(String, Ink)>,
}

/// Of the whole report.
pub(crate) fn summary(report: &Report) -> Summary {
    let parts = [calls(report), registrations(report), requests(report)];
    Summary {
        seen: parts.into_iter().flatten().collect(),
        found: findings(report),
    }
}

fn calls(report: &Report) -> Option<String> {
    let mut kinds: Vec<(&str, u64)> = Vec::new();
    for call in &report.calls {
        let words = outcome_words(call.outcome).0;
        match kinds.iter_mut().find(|(k, _)| *k == words) {
            Some((_, n)) => *n += 1,
            None => kinds.push((words, 1)),
        }
    }
    let kinds = kinds.iter().map(|(k, n)| format!("{} {k}", in_digits(*n)));
    let kinds: Vec<String> = kinds.collect();
    let n = counted(report.calls.len() as u64, "call", "calls");
    (!kinds.is_empty()).then(|| format!("{n}: {}", kinds.join(", ")))
}

fn registrations(report: &Report) -> Option<String> {
    let all = &report.registrations;
    let n = counted(all.len() as u64, "registration", "registrations");
    let failed = |r: &&Registration| {
        let last = r.attempts.last().map(|a| a.outcome);
        matches!(
            last,
            Some(
                RegisterOutcome::Rejected
                    | RegisterOutcome::NoResponse
                    | RegisterOutcome::Challenged
            )
        )
    };
    match all.iter().filter(failed).count() as u64 {
        _ if all.is_empty() => None,
        0 => Some(n),
        bad => Some(format!("{n}, {} without success", in_digits(bad))),
    }
}

/// `12 requests outside calls, none answered`. What proxies pass on counts once, where it was captured first.
fn requests(report: &Report) -> Option<String> {
    fn kind(r: &Requests) -> (&str, &str, &str) {
        (&r.method, &r.from, &r.to)
    }
    let mut nearest: HashMap<_, u16> = HashMap::new();
    for r in &report.requests {
        let vias = nearest.entry(kind(r)).or_insert(r.vias);
        *vias = r.vias.min(*vias);
    }
    let own = |r: &&Requests| nearest.get(&kind(r)) == Some(&r.vias);
    let sum = |of: fn(&Requests) -> u32| {
        let own = report.requests.iter().filter(own);
        own.map(|r| u64::from(of(r))).sum::<u64>()
    };
    let (count, answered) = (sum(|r| r.requests), sum(|r| r.answered));
    let unanswered = sum(|r| r.unanswered);
    let n = counted(count, "request outside calls", "requests outside calls");
    match answered {
        _ if count == 0 => None,
        _ if answered == count => Some(n),
        0 if unanswered == count => Some(format!("{n}, none answered")),
        0 => Some(n),
        _ => Some(format!("{n}, {} answered", in_digits(answered))),
    }
}

fn findings(report: &Report) -> Option<(String, Ink)> {
    let of = |severity: Severity| {
        let findings = report.findings.iter();
        findings.filter(|f| f.severity == severity).count() as u64
    };
    let (errors, warnings) = (of(Severity::Error), of(Severity::Warning));
    let mut found = Vec::new();
    if errors > 0 {
        found.push(counted(errors, "error", "errors"));
    }
    if warnings > 0 {
        found.push(counted(warnings, "warning", "warnings"));
    }
    let ink = if errors > 0 { Ink::Error } else { Ink::Warning };
    (!found.is_empty()).then(|| (found.join(", "), ink))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixtures;

    #[test]
    fn calls_are_counted_by_how_they_ended_and_nothing_is_said_of_nothing() {
        let mut report = fixtures::troubles();
        report.registrations.clear();
        report.findings.clear();
        let told = summary(&report);
        // completed, cancelled, busy, no response (a timeout), not found: one of each.
        assert_eq!(
            told.seen,
            ["5 calls: 1 completed, 1 cancelled, 1 busy, 1 no response, 1 not found"]
        );
        assert_eq!(told.found, None);
        report.calls.clear();
        assert_eq!(summary(&report).seen, [""; 0]);
    }
}
