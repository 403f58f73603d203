//! Within a dialog each side numbers its requests upwards.

use super::deviation::{Deviation, DeviationKind};
use super::told;
use crate::diagnosis::case::Case;
use crate::diagnosis::finding::Finding;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::types::Severity;

pub(super) static RULE: Rule = Rule {
    code: "cseq_out_of_order",
    severities: &[Severity::Info],
    clause: Some("RFC 3261 §12.2.1.1"),
    page: Page {
        means: "Within a dialog each side numbers its requests upwards. A request with the number of an earlier one, or a lower \
one, is refused by a strict receiver with 500. Told with --lint.",
        evidence: "The request and the highest number its sender had used before in the dialog, on the sender's own hop. Requests \
within half a second of one another may have changed places on the way and are left out; ACK and CANCEL have the \
number of their INVITE.",
        check: "Look at the answer: 500 says that the receiver minded.",
        limits: "Where the capture lacks requests in between, how many numbers were left out is not known; it does not matter \
either.",
    },
    looks: &[Look::Deviation(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Built {
        has: || {
            super::exchange::scene(&[
                (1, 2, "BYE", "totag cseq=5"),
                (1, 2, "INFO", "totag cseq=4 branch=z9hG4bK2"),
            ])
        },
        almost: || {
            super::exchange::scene(&[
                (1, 2, "INFO", "totag cseq=5"),
                (1, 2, "BYE", "totag cseq=6 branch=z9hG4bK2"),
            ])
        },
    },
};

fn run(case: &Case<'_>, d: &Deviation, out: &mut Vec<Finding>) {
    if d.group.kind == DeviationKind::CseqOutOfOrder {
        let subject = d.subject();
        let title = format!(
            "{subject} {} a CSeq number not above that of an earlier request",
            d.verb("has", "have")
        );
        out.push(told(&RULE, Severity::Info, case, d, title));
    }
}
