//! A server notes in the topmost Via where a request came from.

use super::deviation::{Deviation, DeviationKind};
use super::told;
use crate::diagnosis::case::Case;
use crate::diagnosis::finding::Finding;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::types::Severity;

pub(super) static RULE: Rule = Rule {
    code: "via_not_stamped",
    severities: &[Severity::Info],
    clause: Some("RFC 3261 §18.2.1"),
    page: Page {
        means: "A server notes in the topmost Via where a request came from: received, where the address differs from the one in \
Via, and rport, where the client asks for it. A response without them may go to an address behind a NAT that \
cannot be reached. Told with --lint.",
        evidence: "The request on the hop, its topmost Via and the address it came from, and the topmost Via of the response.",
        check: "Where answers do not arrive, switch on symmetric answering (rport, RFC 3581) in the server.",
        limits: "That the response does not arrive: where no NAT stands between it goes the right way. A server need not know RFC \
3581.",
    },
    looks: &[Look::Deviation(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Built {
        has: || super::exchange::scene(&[(1, 2, "INVITE", "rport"), (2, 1, "180 INVITE", "")]),
        almost: || {
            super::exchange::scene(&[
                (1, 2, "INVITE", "rport"),
                (2, 1, "180 INVITE", "rport=5060"),
            ])
        },
    },
};

fn run(case: &Case<'_>, d: &Deviation, out: &mut Vec<Finding>) {
    if d.group.kind == DeviationKind::ViaNotStamped {
        let subject = d.subject();
        let title = format!(
            "{subject} {} {} in the topmost Via",
            d.verb("lacks", "lack"),
            d.group.what
        );
        out.push(told(&RULE, Severity::Info, case, d, title));
    }
}
