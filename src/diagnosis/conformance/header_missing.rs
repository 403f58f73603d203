//! A message lacks a header that its method or status has to have.

use super::deviation::{Deviation, DeviationKind};
use super::told;
use crate::diagnosis::case::Case;
use crate::diagnosis::finding::Finding;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::types::Severity;

pub(super) static RULE: Rule = Rule {
    code: "header_missing",
    severities: &[Severity::Info, Severity::Warning],
    clause: Some("RFC 3261 §20"),
    page: Page {
        means: "A message lacks a header that its method or status has to have: Contact in an INVITE and in its 2xx, \
Max-Forwards in every request, Event and Subscription-State in a NOTIFY, Refer-To in a REFER, RAck in a PRACK, \
the challenge in a 401 or 407, Allow in a 405, and the like. Told with --lint.",
        evidence: "The messages, counted by sender, method or status, and header; Max-Forwards and SIP-ETag are information, the \
others a warning. Requests are looked at on their first hop (one Via), responses on the first hop that shows \
them.",
        check: "Look at one of the messages, and at the software of its sender. Without Contact the other side does not know \
where to send ACK and BYE; without Max-Forwards a loop ends late.",
        limits: "That anybody minded: most receivers are lenient. A proxy or an ALG before the capture point may have taken the \
header out.",
    },
    looks: &[Look::Deviation(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Built {
        has: || super::exchange::scene(&[(1, 2, "INVITE", "-contact")]),
        almost: || super::exchange::scene(&[(1, 2, "INVITE", "")]),
    },
};

fn run(case: &Case<'_>, d: &Deviation, out: &mut Vec<Finding>) {
    if d.group.kind == DeviationKind::HeaderMissing {
        // Nothing waits for these.
        let is_small = matches!(&*d.group.what, "Max-Forwards" | "SIP-ETag");
        let severity = if is_small {
            Severity::Info
        } else {
            Severity::Warning
        };
        let subject = d.subject();
        let title = format!("{subject} {} {}", d.verb("lacks", "lack"), d.group.what);
        out.push(told(&RULE, severity, case, d, title));
    }
}
