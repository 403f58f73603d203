//! What a rule is: one code, what it may say, its page of the guide, and how it looks.

use super::case::{CallCase, Case, FlawSeen, RegistrationCase};
use super::conformance::Deviation;
use super::finding::Finding;
use super::hidden::Facts;
use crate::media::StreamRecord;
use crate::types::Severity;
use std::fmt;

/// One rule. Its file declares it, the list of its folder names it; nothing else knows its code.
pub struct Rule {
    /// Stable code in lower snake case. Scripts rely on it, so a code is never re-meant.
    pub code: &'static str,
    /// The severities its findings may have.
    pub severities: &'static [Severity],
    /// Where the protocol's rule is written down, as `RFC 3264 §6.1`; a finding may name a nearer one.
    pub clause: Option<&'static str>,
    /// Its page of `docs/findings.md`.
    pub page: Page,
    pub(super) looks: &'static [Look],
    #[cfg(test)]
    pub(super) proof: super::building::Proof,
}

/// A page of the guide, in plain words.
pub struct Page {
    /// What the finding means.
    pub means: &'static str,
    /// What in the capture it rests on.
    pub evidence: &'static str,
    /// What to check, and what to do.
    pub check: &'static str,
    /// What cannot be concluded from it.
    pub limits: &'static str,
}

/// What a rule looks at, and how.
pub(super) enum Look {
    /// One call and its streams.
    Call(fn(&CallCase<'_>, &mut Vec<Finding>)),
    /// One registration that has a failed attempt.
    Registration(fn(&RegistrationCase<'_>, &mut Vec<Finding>)),
    /// One stream.
    Stream(fn(&Case<'_>, &StreamRecord, &mut Vec<Finding>)),
    /// One flaw of messages, counted over the capture.
    Flaw(fn(&Case<'_>, &FlawSeen, &mut Vec<Finding>)),
    /// One kind of departure from the rules, of one sender.
    Deviation(fn(&Case<'_>, &Deviation, &mut Vec<Finding>)),
    /// The capture as a whole.
    Capture(fn(&Case<'_>, &mut Vec<Finding>)),
    /// What hides or cuts something: the looks of `sipflow doctor`.
    Hidden(fn(&Facts<'_>, &mut Vec<Finding>)),
}

impl Rule {
    /// True where a report may hold its findings.
    pub fn is_of_report(&self) -> bool {
        self.looks.iter().any(|l| !matches!(l, Look::Hidden(_)))
    }

    /// True where `sipflow doctor` may give it as advice.
    pub fn is_of_doctor(&self) -> bool {
        self.looks.iter().any(|l| matches!(l, Look::Hidden(_)))
    }
}

impl PartialEq for Rule {
    fn eq(&self, other: &Rule) -> bool {
        self.code == other.code
    }
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code)
    }
}
