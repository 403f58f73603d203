//! A proxy counts Max-Forwards down by one when it passes a request on.

use super::deviation::{Deviation, DeviationKind};
use super::told;
use crate::diagnosis::case::Case;
use crate::diagnosis::finding::Finding;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::types::Severity;

pub(super) static RULE: Rule = Rule {
    code: "max_forwards_not_decreased",
    severities: &[Severity::Info],
    clause: Some("RFC 3261 §16.6"),
    page: Page {
        means: "A proxy counts Max-Forwards down by one when it passes a request on. One that does not lets a request go round \
in a loop for ever. Told with --lint.",
        evidence: "The same request on two hops: the later one has more Via values and no lower Max-Forwards.",
        check: "Look at the configuration of the host that sent the later one.",
        limits: "A server that makes a call of its own (B2BUA) may begin anew; it is told by a Via stack of its own and left out \
here.",
    },
    looks: &[Look::Deviation(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Built {
        has: || super::exchange::scene(&[(1, 2, "INVITE", ""), (2, 3, "INVITE", "vias=2")]),
        almost: || {
            super::exchange::scene(&[(1, 2, "INVITE", ""), (2, 3, "INVITE", "vias=2 mf=69")])
        },
    },
};

fn run(case: &Case<'_>, d: &Deviation, out: &mut Vec<Finding>) {
    if d.group.kind == DeviationKind::MaxForwardsNotDecreased {
        let subject = d.subject();
        let title = format!(
            "{subject} {} passed on with a Max-Forwards as high as before",
            d.verb("is", "are")
        );
        out.push(told(&RULE, Severity::Info, case, d, title));
    }
}
