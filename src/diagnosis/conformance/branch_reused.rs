//! Two different requests of one sender have the same branch.

use super::deviation::{Deviation, DeviationKind};
use super::told;
use crate::diagnosis::case::Case;
use crate::diagnosis::finding::Finding;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::types::Severity;

pub(super) static RULE: Rule = Rule {
    code: "branch_reused",
    severities: &[Severity::Warning],
    clause: Some("RFC 3261 §8.1.1.7"),
    page: Page {
        means: "Two different requests of one sender have the same branch. A branch names one transaction for all time, so the \
receiver may take the second for a repetition of the first and answer it with the old response. Told with --lint.",
        evidence: "The requests, told apart by Call-ID, CSeq and the tag of From; repetitions, CANCEL and ACK, which share a branch \
rightly, are left out.",
        check: "Look whether the second request was answered as it should be, and update its sender.",
        limits: "That the receiver mixed them up: its answer shows that.",
    },
    looks: &[Look::Deviation(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Built {
        has: || {
            super::exchange::scene(&[
                (1, 2, "OPTIONS", "branch=z9hG4bK1"),
                (1, 2, "OPTIONS", "branch=z9hG4bK1 cseq=2"),
            ])
        },
        almost: || {
            super::exchange::scene(&[
                (1, 2, "OPTIONS", "branch=z9hG4bK1"),
                (1, 2, "OPTIONS", "branch=z9hG4bK2 cseq=2"),
            ])
        },
    },
};

fn run(case: &Case<'_>, d: &Deviation, out: &mut Vec<Finding>) {
    if d.group.kind == DeviationKind::BranchReused {
        let subject = d.subject();
        let title = format!(
            "{subject} {} the branch of an earlier request",
            d.verb("has", "have")
        );
        out.push(told(&RULE, Severity::Warning, case, d, title));
    }
}
