//! A request carries no tag in From, or a response above 100 none in To.

use super::deviation::{Deviation, DeviationKind};
use super::told;
use crate::diagnosis::case::Case;
use crate::diagnosis::finding::Finding;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::types::Severity;

pub(super) static RULE: Rule = Rule {
    code: "tag_missing",
    severities: &[Severity::Info],
    clause: Some("RFC 3261 §19.3"),
    page: Page {
        means: "A request carries no tag in From, or a response above 100 none in To. With the Call-ID the two tags name the \
dialog; software of before RFC 3261 sends none. Told with --lint.",
        evidence: "The messages, counted by sender and method or status; of what several hops show the first.",
        check: "Update the sender. Look whether later requests of the dialog find the call: an answer of 481 says that they do \
not.",
        limits: "Which host left the tag out, where a proxy stands before the capture point.",
    },
    looks: &[Look::Deviation(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Built {
        has: || super::exchange::scene(&[(1, 2, "INVITE", ""), (2, 1, "180 INVITE", "-totag")]),
        almost: || super::exchange::scene(&[(1, 2, "INVITE", ""), (2, 1, "100 INVITE", "-totag")]),
    },
};

fn run(case: &Case<'_>, d: &Deviation, out: &mut Vec<Finding>) {
    if d.group.kind == DeviationKind::TagMissing {
        let subject = d.subject();
        let title = format!(
            "{subject} {} no tag in {}",
            d.verb("carries", "carry"),
            d.group.what
        );
        out.push(told(&RULE, Severity::Info, case, d, title));
    }
}
