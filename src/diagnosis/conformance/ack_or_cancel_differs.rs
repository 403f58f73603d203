//! An ACK to a refusal, or a CANCEL, has the branch of an INVITE, and not its CSeq number, Call-ID or tag of From.

use super::deviation::{Deviation, DeviationKind};
use super::told;
use crate::diagnosis::case::Case;
use crate::diagnosis::finding::Finding;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::types::Severity;

pub(super) static RULE: Rule = Rule {
    code: "ack_or_cancel_differs",
    severities: &[Severity::Warning],
    clause: Some("RFC 3261 §17.1.1.3"),
    page: Page {
        means: "An ACK to a refusal, or a CANCEL, has the branch of an INVITE, and not its CSeq number, Call-ID or tag of From. \
The server cannot tell what is acknowledged or cancelled: it goes on repeating its answer, or the phone goes on \
ringing. Told with --lint.",
        evidence: "The INVITE and the ACK or CANCEL with the same topmost Via. The ACK to a 2xx has a branch of its own and is not \
looked at.",
        check: "Look whether the answer was repeated, or the CANCEL answered with 481. Update the sender.",
        limits: "That the server did not understand it: some look at the branch alone.",
    },
    looks: &[Look::Deviation(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Built {
        has: || super::exchange::scene(&[(1, 2, "INVITE", ""), (1, 2, "CANCEL", "cseq=2")]),
        almost: || super::exchange::scene(&[(1, 2, "INVITE", ""), (1, 2, "CANCEL", "")]),
    },
};

fn run(case: &Case<'_>, d: &Deviation, out: &mut Vec<Finding>) {
    if d.group.kind == DeviationKind::AckOrCancelDiffers {
        let subject = d.subject();
        let title = format!(
            "{subject} {} the branch of an INVITE and another CSeq number, Call-ID or tag of From",
            d.verb("has", "have")
        );
        out.push(told(&RULE, Severity::Warning, case, d, title));
    }
}
