//! The client counts in nc how often it has used the server's nonce.

use super::deviation::{Deviation, DeviationKind};
use super::told;
use crate::diagnosis::case::Case;
use crate::diagnosis::finding::Finding;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::types::Severity;

pub(super) static RULE: Rule = Rule {
    code: "nonce_count_repeated",
    severities: &[Severity::Info],
    clause: Some("RFC 7616 §3.4"),
    page: Page {
        means: "The client counts in nc how often it has used the server's nonce. A count that was there before is how the \
server knows a replay: somebody sends heard credentials again. Most often the client itself does not count. Told with --lint.",
        evidence: "The nonce, the realm, the user and the count of two different requests from one address; ACK and CANCEL, which \
repeat what their INVITE carries, are left out.",
        check: "Look at the answer: a server that counts refuses with a new nonce, mostly stale=true. Update the client.",
        limits: "That somebody attacks: a client that always sends 00000001 looks the same.",
    },
    looks: &[Look::Deviation(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Built {
        has: || {
            super::exchange::scene(&[
                (1, 2, "OPTIONS", "auth=1"),
                (1, 2, "OPTIONS", "cseq=2 branch=z9hG4bK2 auth=1"),
            ])
        },
        almost: || {
            super::exchange::scene(&[
                (1, 2, "OPTIONS", "auth=1"),
                (1, 2, "OPTIONS", "cseq=2 branch=z9hG4bK2 auth=2"),
            ])
        },
    },
};

fn run(case: &Case<'_>, d: &Deviation, out: &mut Vec<Finding>) {
    if d.group.kind == DeviationKind::NonceCountRepeated {
        let subject = d.subject();
        let title = format!(
            "{subject} {} a nonce again with a nonce count that does not go up",
            d.verb("uses", "use")
        );
        out.push(told(&RULE, Severity::Info, case, d, title));
    }
}
