//! The branch of the topmost Via does not begin with the characters z9hG4bK, by which software of RFC 3261 is known.

use super::deviation::{Deviation, DeviationKind};
use super::told;
use crate::diagnosis::case::Case;
use crate::diagnosis::finding::Finding;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::types::Severity;

pub(super) static RULE: Rule = Rule {
    code: "branch_without_cookie",
    severities: &[Severity::Info],
    clause: Some("RFC 3261 §8.1.1.7"),
    page: Page {
        means: "The branch of the topmost Via does not begin with the characters z9hG4bK, by which software of RFC 3261 is \
known. Transactions are then told apart by the rules of RFC 2543: by Request-URI, tags, Call-ID, CSeq and Via \
together. Told with --lint.",
        evidence: "The requests with one Via, counted by sender and method.",
        check: "Update the sender where calls are mixed up or answers go astray.",
        limits: "That anything goes wrong for it: proxies know both rules.",
    },
    looks: &[Look::Deviation(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Built {
        has: || super::exchange::scene(&[(1, 2, "INVITE", "branch=1")]),
        almost: || super::exchange::scene(&[(1, 2, "INVITE", "branch=z9hG4bK1")]),
    },
};

fn run(case: &Case<'_>, d: &Deviation, out: &mut Vec<Finding>) {
    if d.group.kind == DeviationKind::BranchWithoutCookie {
        let subject = d.subject();
        let title = format!(
            "{subject} {} a branch that does not begin with z9hG4bK",
            d.verb("has", "have")
        );
        out.push(told(&RULE, Severity::Info, case, d, title));
    }
}
