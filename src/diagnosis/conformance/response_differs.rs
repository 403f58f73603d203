//! A response has to give back Via, From, Call-ID and CSeq of its request as they are, and To with its tag.

use super::deviation::{Deviation, DeviationKind};
use super::told;
use crate::diagnosis::case::Case;
use crate::diagnosis::finding::Finding;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::types::Severity;

pub(super) static RULE: Rule = Rule {
    code: "response_differs",
    severities: &[Severity::Info],
    clause: Some("RFC 3261 §8.2.6.2"),
    page: Page {
        means: "A response has to give back Via, From, Call-ID and CSeq of its request as they are, and To with its tag. One \
that changes them reaches its client or finds its transaction by luck alone. Told with --lint.",
        evidence: "The request and the response on one hop: the tags of From and To, and how many Via values there are.",
        check: "Look at the host that answers, and at what stands between: an ALG that rewrites Via in one direction does this.",
        limits: "That the client did not take the response: what it sends next shows that.",
    },
    looks: &[Look::Deviation(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Built {
        has: || super::exchange::scene(&[(1, 2, "INVITE", ""), (2, 1, "180 INVITE", "fromtag=x")]),
        almost: || super::exchange::scene(&[(1, 2, "INVITE", ""), (2, 1, "180 INVITE", "")]),
    },
};

fn run(case: &Case<'_>, d: &Deviation, out: &mut Vec<Finding>) {
    if d.group.kind == DeviationKind::ResponseDiffers {
        let subject = d.subject();
        let title = format!(
            "{subject} {} not give back {} of the request",
            d.verb("does", "do"),
            d.group.what
        );
        out.push(told(&RULE, Severity::Info, case, d, title));
    }
}
