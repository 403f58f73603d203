//! A registration with a failed attempt, and when the same account was let in.

use super::{Case, short_name};
use crate::call::{Attempt, Failure, RegisterKind, RegisterOutcome, RegistrationRecord};
use crate::diagnosis::finding::Finding;
use crate::diagnosis::rule::Rule;
use crate::sip::status;
use crate::types::{CaptureTime, HostAddr, MessageId, Severity};
use std::collections::HashMap;

/// A registration with a failed attempt.
pub struct RegistrationCase<'a> {
    /// The registration.
    pub registration: &'a RegistrationRecord,
    /// The last attempt that failed.
    pub last: &'a Attempt,
    /// How many failed. Repetitions fail for the same reason: one finding for all.
    pub failed: usize,
    /// What the registrar did with the same account from the same host before that, under any Call-ID.
    pub before: Option<Accepted>,
    /// And after it.
    pub after: Option<Accepted>,
    /// The rest.
    pub case: &'a Case<'a>,
}

/// A REGISTER that was accepted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Accepted {
    /// When.
    pub time: CaptureTime,
    /// Until when the contact is bound; `None` after it was signed off.
    pub bound_until: Option<CaptureTime>,
    /// The 2xx.
    pub message: MessageId,
}

/// What became of one account at one host.
type Account<'a> = (&'a str, HostAddr);

impl<'a> Case<'a> {
    pub(in crate::diagnosis) fn registration_cases(
        &'a self,
    ) -> impl Iterator<Item = RegistrationCase<'a>> {
        let histories = self.histories();
        self.registrations.iter().filter_map(move |registration| {
            let mut failed = registration
                .attempts
                .iter()
                .filter(|a| a.failure().is_some());
            let count = failed.clone().count();
            let last = failed.next_back()?;
            let account = (&*registration.aor, registration.client.addr);
            let history = histories.get(&account).map_or(&[][..], Vec::as_slice);
            let at = history.partition_point(|accepted| accepted.time <= last.time);
            Some(RegistrationCase {
                registration,
                failed: count,
                last,
                before: at.checked_sub(1).and_then(|at| history.get(at)).copied(),
                after: history.get(at).copied(),
                case: self,
            })
        })
    }

    /// What was accepted, in order of time.
    fn histories(&self) -> HashMap<Account<'a>, Vec<Accepted>> {
        let mut histories: HashMap<Account<'a>, Vec<Accepted>> = HashMap::new();
        for registration in self.registrations {
            for attempt in &registration.attempts {
                let is_change = matches!(
                    attempt.outcome,
                    RegisterOutcome::Registered | RegisterOutcome::Unregistered
                );
                let Some((time, message)) = attempt.answered.filter(|_| is_change) else {
                    continue;
                };
                let account = (&*registration.aor, registration.client.addr);
                histories.entry(account).or_default().push(Accepted {
                    time,
                    bound_until: attempt.bound_until(),
                    message,
                });
            }
        }
        for history in histories.values_mut() {
            history.sort_by_key(|accepted| accepted.time);
        }
        histories
    }
}

impl RegistrationCase<'_> {
    /// Whose registration it is: `alice`, or the whole address where it has no user part.
    pub(in crate::diagnosis) fn user(&self) -> String {
        let aor = &self.registration.aor;
        short_name(aor).unwrap_or_else(|| aor.clone())
    }

    /// `403 Forbidden`, as the server says it; with what its Reason or Warning header adds.
    pub(in crate::diagnosis) fn answer_text(&self) -> String {
        let Some(status) = self.last.status else {
            return "no final response".to_owned();
        };
        let sent = self.last.reason.as_deref().map(str::trim);
        let reason = sent.or(status::phrase(status)).unwrap_or("");
        let text = format!("{status} {reason}").trim_end().to_owned();
        match &self.last.said {
            Some(said) => format!("{text} ({said})"),
            None => text,
        }
    }

    /// Why the last attempt that failed did.
    pub(in crate::diagnosis) fn failure(&self) -> Failure {
        self.last.failure().unwrap_or(Failure::Status)
    }

    /// The registrar refused what would have kept the binding of an earlier success: that one, and until when it
    /// lasts. `None` where a later success renews it in time.
    pub(in crate::diagnosis) fn lost(&self) -> Option<(Accepted, CaptureTime)> {
        let keeps = matches!(
            self.last.kind,
            RegisterKind::Register | RegisterKind::Refresh
        );
        let is_refusal = !matches!(self.failure(), Failure::Unheard | Failure::Silence);
        let before = self.before.filter(|_| keeps && is_refusal)?;
        // A client that is refused tries again, also after the binding ran out.
        let attempts = self.registration.attempts.iter();
        let mut refusals = attempts.filter(|a| a.failure().is_some() && a.time > before.time);
        let first = refusals.next().map_or(self.last.time, |a| a.time);
        let until = before.bound_until.filter(|until| *until >= first)?;
        let renewed = self.after.is_some_and(|after| after.time <= until);
        (!renewed).then_some((before, until))
    }

    /// A finding about this registration.
    pub(in crate::diagnosis) fn found(
        &self,
        rule: &'static Rule,
        severity: Severity,
        title: impl Into<String>,
        detail: impl Into<String>,
    ) -> Finding {
        let mut finding = rule
            .found(severity, title, detail)
            .messages(self.last.messages.iter().copied().take(8));
        if self.failed > 1 {
            let failed = self.failed;
            finding
                .detail
                .push_str(&format!("; {failed} attempts failed"));
        }
        finding.registrations.push(self.registration.no);
        finding
    }
}
