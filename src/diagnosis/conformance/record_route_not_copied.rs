//! The 2xx to an INVITE gives back fewer Record-Route values than the INVITE had on the same hop.

use super::deviation::{Deviation, DeviationKind};
use super::told;
use crate::diagnosis::case::Case;
use crate::diagnosis::finding::Finding;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::types::Severity;

pub(super) static RULE: Rule = Rule {
    code: "record_route_not_copied",
    severities: &[Severity::Warning],
    clause: Some("RFC 3261 §12.1.1"),
    page: Page {
        means: "The 2xx to an INVITE gives back fewer Record-Route values than the INVITE had on the same hop. The caller then \
learns too few of the proxies that want to stay in the path, and sends ACK and BYE past them. Told with --lint.",
        evidence: "The INVITE and its 2xx on one hop, with the number of their Record-Route values.",
        check: "Look where ACK and BYE go. Update the callee's software, or the proxy that took the values away.",
        limits: "Who took them away, where several hosts stand behind the capture point.",
    },
    looks: &[Look::Deviation(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Built {
        has: || super::exchange::scene(&[(1, 2, "INVITE", "rr"), (2, 1, "200 INVITE", "")]),
        almost: || super::exchange::scene(&[(1, 2, "INVITE", "rr"), (2, 1, "200 INVITE", "rr")]),
    },
};

fn run(case: &Case<'_>, d: &Deviation, out: &mut Vec<Finding>) {
    if d.group.kind == DeviationKind::RecordRouteNotCopied {
        let subject = d.subject();
        let title = format!(
            "{subject} {} Record-Route values of the request",
            d.verb("lacks", "lack")
        );
        out.push(told(&RULE, Severity::Warning, case, d, title));
    }
}
