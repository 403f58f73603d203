//! The challenge offers SHA-256 or SHA-512-256 beside MD5, and the client answers with MD5.

use super::deviation::{Deviation, DeviationKind};
use super::told;
use crate::diagnosis::case::Case;
use crate::diagnosis::finding::Finding;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::types::Severity;

pub(super) static RULE: Rule = Rule {
    code: "weaker_digest_chosen",
    severities: &[Severity::Info],
    clause: Some("RFC 8760 §2.4"),
    page: Page {
        means: "The challenge offers SHA-256 or SHA-512-256 beside MD5, and the client answers with MD5: it does not know the \
stronger one, or prefers the weaker. Passwords are guessed faster from an MD5 response. Told with --lint.",
        evidence: "The challenge with its algorithms in one realm, and the credentials for that realm.",
        check: "Update the client, or take MD5 out of the challenge where all clients know better.",
        limits: "That somebody took the stronger challenge out on the way: the client is seen to have been offered it only where \
the capture shows the challenge near it.",
    },
    looks: &[Look::Deviation(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Built {
        has: || {
            super::exchange::scene(&[
                (2, 1, "401 OPTIONS", "offer=MD5,SHA-256"),
                (1, 2, "OPTIONS", "cseq=2 auth=1"),
            ])
        },
        almost: || {
            super::exchange::scene(&[
                (2, 1, "401 OPTIONS", "offer=MD5"),
                (1, 2, "OPTIONS", "cseq=2 auth=1"),
            ])
        },
    },
};

fn run(case: &Case<'_>, d: &Deviation, out: &mut Vec<Finding>) {
    if d.group.kind == DeviationKind::WeakerDigestChosen {
        let subject = d.subject();
        let title = format!(
            "{subject} {} with MD5 although a stronger hash was offered",
            d.verb("answers", "answer")
        );
        out.push(told(&RULE, Severity::Info, case, d, title));
    }
}
