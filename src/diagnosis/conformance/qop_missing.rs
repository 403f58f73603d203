//! A challenge offers no qop, or credentials choose none although one was offered.

use super::deviation::{Deviation, DeviationKind};
use super::told;
use crate::diagnosis::case::Case;
use crate::diagnosis::finding::Finding;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::types::Severity;

pub(super) static RULE: Rule = Rule {
    code: "qop_missing",
    severities: &[Severity::Info],
    clause: Some("RFC 3261 §22.4"),
    page: Page {
        means: "A challenge offers no qop, or credentials choose none although one was offered. Without it neither a nonce count \
nor a number of the client protects against replay. Told with --lint.",
        evidence: "The challenges and credentials, counted by sender.",
        check: "Switch qop on in the server (auth is enough), or update the client.",
        limits: "That anything fails for it: the older form (RFC 2069) is still understood.",
    },
    looks: &[Look::Deviation(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Built {
        has: || super::exchange::scene(&[(2, 1, "401 OPTIONS", "offer=MD5 noqop")]),
        almost: || super::exchange::scene(&[(2, 1, "401 OPTIONS", "offer=MD5")]),
    },
};

fn run(case: &Case<'_>, d: &Deviation, out: &mut Vec<Finding>) {
    if d.group.kind == DeviationKind::QopMissing {
        let subject = d.subject();
        let title = format!(
            "{subject} {} no qop in {}",
            d.verb("carries", "carry"),
            d.group.what
        );
        out.push(told(&RULE, Severity::Info, case, d, title));
    }
}
