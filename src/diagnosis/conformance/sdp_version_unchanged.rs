//! An offer within a call differs from what its sender described before, and the version in its o= line is the same.

use super::deviation::{Deviation, DeviationKind};
use super::told;
use crate::diagnosis::case::Case;
use crate::diagnosis::finding::Finding;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::types::Severity;

pub(super) static RULE: Rule = Rule {
    code: "sdp_version_unchanged",
    severities: &[Severity::Info],
    clause: Some("RFC 3264 §8"),
    page: Page {
        means: "An offer within a call differs from what its sender described before, and the version in its o= line is the \
same. The receiver may take it for a repetition and change nothing: hold, or a new address, is then not seen. Told with --lint.",
        evidence: "Both descriptions of the sender on one hop: user name, session id and version of o= are equal, other lines are \
not.",
        check: "Look whether the other side does as the offer says. Update the sender.",
        limits: "That the receiver passed over the change: many compare the whole text.",
    },
    looks: &[Look::Deviation(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Built {
        has: || {
            super::exchange::scene(&[
                (1, 2, "INVITE", "sdp=1:sendrecv"),
                (
                    1,
                    2,
                    "INVITE",
                    "totag cseq=2 branch=z9hG4bK2 sdp=1:sendonly",
                ),
            ])
        },
        almost: || {
            super::exchange::scene(&[
                (1, 2, "INVITE", "sdp=1:sendrecv"),
                (
                    1,
                    2,
                    "INVITE",
                    "totag cseq=2 branch=z9hG4bK2 sdp=2:sendonly",
                ),
            ])
        },
    },
};

fn run(case: &Case<'_>, d: &Deviation, out: &mut Vec<Finding>) {
    if d.group.kind == DeviationKind::SdpVersionUnchanged {
        let subject = d.subject();
        let title = format!(
            "{subject} {} the session description and not its version",
            d.verb("changes", "change")
        );
        out.push(told(&RULE, Severity::Info, case, d, title));
    }
}
