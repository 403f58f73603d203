//! A request within a dialog has a method that its receiver did not list in the last Allow it sent.

use super::deviation::{Deviation, DeviationKind};
use super::told;
use crate::diagnosis::case::Case;
use crate::diagnosis::finding::Finding;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::types::Severity;

pub(super) static RULE: Rule = Rule {
    code: "method_outside_allow",
    severities: &[Severity::Info],
    clause: Some("RFC 3261 §20.5"),
    page: Page {
        means: "A request within a dialog has a method that its receiver did not list in the last Allow it sent. It may be \
answered with 405. Told with --lint.",
        evidence: "The request, and the last Allow of the side with the tag that the request's To names: of a request or a 2xx of \
its own.",
        check: "Look at the answer. 405 or 501 says that the receiver does not know the method.",
        limits: "That it does not know the method: some lists are not kept up to date.",
    },
    looks: &[Look::Deviation(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Built {
        has: || {
            super::exchange::scene(&[
                (2, 1, "OPTIONS", "fromtag=b allow=INVITE,ACK,BYE"),
                (1, 2, "INFO", "totag cseq=2"),
            ])
        },
        almost: || {
            super::exchange::scene(&[
                (2, 1, "OPTIONS", "fromtag=b allow=INVITE,INFO"),
                (1, 2, "INFO", "totag cseq=2"),
            ])
        },
    },
};

fn run(case: &Case<'_>, d: &Deviation, out: &mut Vec<Finding>) {
    if d.group.kind == DeviationKind::MethodOutsideAllow {
        let subject = d.subject();
        let title = format!(
            "{subject} {} a method that the other side does not list in Allow",
            d.verb("uses", "use")
        );
        out.push(told(&RULE, Severity::Info, case, d, title));
    }
}
