//! A response names in Require an extension that its request has neither in Supported nor in Require.

use super::deviation::{Deviation, DeviationKind};
use super::told;
use crate::diagnosis::case::Case;
use crate::diagnosis::finding::Finding;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::types::Severity;

pub(super) static RULE: Rule = Rule {
    code: "extension_not_offered",
    severities: &[Severity::Info],
    clause: Some("RFC 3261 §8.2.4"),
    page: Page {
        means: "A response names in Require an extension that its request has neither in Supported nor in Require. Who answers \
may use only what was offered: a reliable 180 (100rel) to a caller that does not know PRACK is sent again until \
the call fails. Told with --lint.",
        evidence: "Require of the response, and Supported and Require of the request on the same hop.",
        check: "Look whether a PRACK follows where 100rel is meant. Switch the extension off where it answers, or on where it is \
asked.",
        limits: "That the client does not know the extension.",
    },
    looks: &[Look::Deviation(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Built {
        has: || {
            super::exchange::scene(&[
                (1, 2, "INVITE", ""),
                (2, 1, "180 INVITE", "require=100rel rseq"),
            ])
        },
        almost: || {
            super::exchange::scene(&[
                (1, 2, "INVITE", "supported=100rel"),
                (2, 1, "180 INVITE", "require=100rel rseq"),
            ])
        },
    },
};

fn run(case: &Case<'_>, d: &Deviation, out: &mut Vec<Finding>) {
    if d.group.kind == DeviationKind::ExtensionNotOffered {
        let subject = d.subject();
        let title = format!(
            "{subject} {} {}, which the request does not offer",
            d.verb("needs", "need"),
            d.group.what
        );
        out.push(told(&RULE, Severity::Info, case, d, title));
    }
}
