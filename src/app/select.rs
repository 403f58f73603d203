//! The selection options, applied to messages, calls and whole reports.

use super::analyse::Analysis;
use super::failure::Failure;
use crate::cli::{MatchArgs, SelectArgs};
use crate::report::model::{Message, PartyRef, Registration, Report, Requests};
use crate::types::QueryKind;
use regex::bytes::{Regex, RegexBuilder};
use std::collections::HashSet;

/// True where `message` has everything that was asked for.
pub(super) fn fits(select: &SelectArgs, m: &Message) -> bool {
    let calls = select.calls.is_empty() || m.call.is_some_and(|c| select.calls.contains(&c));
    calls
        && select
            .from
            .as_deref()
            .is_none_or(|t| party_has(m.from.as_ref(), t))
        && select
            .to
            .as_deref()
            .is_none_or(|t| party_has(m.to.as_ref(), t))
        && select
            .ua
            .as_deref()
            .is_none_or(|t| m.user_agent.as_deref().is_some_and(|ua| has(ua, t)))
        && select
            .call_id
            .as_deref()
            .is_none_or(|t| m.call_id.as_deref().is_some_and(|id| id.contains(t)))
        && (select.methods.is_empty()
            || m.method
                .as_deref()
                .is_some_and(|x| select.methods.iter().any(|w| w.eq_ignore_ascii_case(x))))
        && (select.statuses.is_empty()
            || m.status
                .is_some_and(|s| select.statuses.iter().any(|w| w.matches(s))))
}

/// The expression of `-m`.
pub(super) fn pattern(args: &MatchArgs) -> Result<Option<Regex>, Failure> {
    let Some(text) = &args.pattern else {
        return Ok(None);
    };
    RegexBuilder::new(text)
        .case_insensitive(args.ignore_case)
        .build()
        .map(Some)
        .map_err(|e| Failure::Usage(format!("the pattern of -m: {e}")))
}

/// What the selection leaves of a report.
#[derive(Default)]
pub(super) struct Selected {
    calls: HashSet<u32>,
    registrations: HashSet<u32>,
    /// Where streams themselves were chosen.
    streams: Option<HashSet<u32>>,
}

/// What the selection took out of a report, where it is asked for again.
#[derive(Default)]
pub(super) struct Others {
    pub(super) registrations: Vec<Registration>,
    pub(super) requests: Vec<Requests>,
}

/// Which calls and registrations have a message that fits; `None` where everything was asked for.
pub(super) fn select(
    analysis: &mut Analysis,
    select: &SelectArgs,
) -> Result<Option<Selected>, Failure> {
    if select.is_empty() {
        return Ok(None);
    }
    let mut selected = Selected::default();
    if select.asks_messages() {
        let first = analysis.first_time();
        let (collected, texts) = analysis.parts();
        let wanted = |m: &Message| fits(select, m);
        for message in collected.messages(texts, first, false, &wanted) {
            let message = message.map_err(Failure::Texts)?;
            selected.calls.extend(message.call);
            selected.registrations.extend(message.registration);
        }
    } else {
        selected.calls.extend(&select.calls);
    }
    Ok(Some(selected))
}

impl Selected {
    /// What is left of a selection, if there was one, by records of a kind that were chosen one by one.
    pub(super) fn and(
        before: Option<Selected>,
        kind: QueryKind,
        chosen: HashSet<u32>,
        report: &Report,
    ) -> Selected {
        let has = |set: fn(&Selected) -> &HashSet<u32>, id: u32| {
            before.as_ref().is_none_or(|s| set(s).contains(&id))
        };
        let mut left = Selected::default();
        match kind {
            QueryKind::Calls => {
                let fit = chosen.into_iter().filter(|id| has(|s| &s.calls, *id));
                left.calls = fit.collect();
            }
            QueryKind::Registrations => {
                let fit = chosen.into_iter();
                left.registrations = fit.filter(|id| has(|s| &s.registrations, *id)).collect();
            }
            QueryKind::Streams => {
                let mut streams = HashSet::new();
                for s in report.streams.iter().filter(|s| chosen.contains(&s.id)) {
                    if before.is_none() || s.call.is_some_and(|call| has(|s| &s.calls, call)) {
                        streams.insert(s.id);
                        left.calls.extend(s.call);
                    }
                }
                left.streams = Some(streams);
            }
            // No command lists these with what belongs to them.
            _ => {}
        }
        left
    }

    /// Leaves in the report what belongs to the selected calls and registrations; what else there was of registrations
    /// and of requests outside both is handed back.
    pub(super) fn narrow(&self, report: &mut Report) -> Others {
        report.calls.retain(|c| self.calls.contains(&c.id));
        let registrations = std::mem::take(&mut report.registrations).into_iter();
        let (own, others) = registrations.partition(|r| self.registrations.contains(&r.id));
        report.registrations = own;
        let requests = std::mem::take(&mut report.requests);
        report
            .dialogs
            .retain(|d| d.call.is_some_and(|c| self.calls.contains(&c)));
        report.streams.retain(|s| match &self.streams {
            Some(streams) => streams.contains(&s.id),
            None => s.call.is_some_and(|c| self.calls.contains(&c)),
        });
        let messages: HashSet<u32> = report
            .calls
            .iter()
            .flat_map(|c| &c.messages)
            .chain(
                report
                    .registrations
                    .iter()
                    .flat_map(|r| r.attempts.iter().flat_map(|a| &a.messages)),
            )
            .copied()
            .collect();
        report
            .transactions
            .retain(|t| t.messages.iter().any(|m| messages.contains(m)));
        report.findings.retain(|f| {
            if let Some(streams) = &self.streams {
                return f.streams.iter().any(|s| streams.contains(s));
            }
            f.calls.iter().any(|c| self.calls.contains(c))
                || f.registrations
                    .iter()
                    .any(|r| self.registrations.contains(r))
        });
        Others {
            registrations: others,
            requests,
        }
    }

    pub(super) fn has_call(&self, call: u32) -> bool {
        self.calls.contains(&call)
    }

    pub(super) fn has_message(&self, m: &Message) -> bool {
        m.call.is_some_and(|c| self.calls.contains(&c))
            || m.registration
                .is_some_and(|r| self.registrations.contains(&r))
    }
}

fn party_has(party: Option<&PartyRef>, text: &str) -> bool {
    party.is_some_and(|p| {
        has(&p.uri, text) || p.display_name.as_deref().is_some_and(|d| has(d, text))
    })
}

fn has(hay: &str, needle: &str) -> bool {
    hay.to_lowercase().contains(&needle.to_lowercase())
}
