//! Messages that ran over TLS on another hop.

use crate::diagnosis::finding::Finding;
use crate::diagnosis::hidden::Facts;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::diagnosis::words::counted;
use crate::types::Severity;

pub(super) static RULE: Rule = Rule {
    code: "tls_on_another_hop",
    severities: &[Severity::Info],
    clause: Some("RFC 3261 §26.2.2"),
    page: Page {
        means: "Messages ran over TLS on another part of their path, or name a sips: address. That part is not in \
the capture in plain text.",
        evidence: "A Via header with the transport TLS or WSS, or a sips: URI in the request line or a Contact.",
        check: "Nothing is wrong. To see those hops, capture there with the TLS keys.",
        limits: "What happened on the other hop cannot be told from this capture.",
    },
    looks: &[Look::Hidden(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Doctor,
};

fn run(facts: &Facts<'_>, out: &mut Vec<Finding>) {
    let (n, first) = facts.watch.secure;
    if n == 0 {
        return;
    }
    let finding = RULE
        .found(
            Severity::Info,
            format!(
                "{} ran over TLS on another hop, or name a sips: address",
                counted(n, "message", "messages")
            ),
            "their Via says TLS or WSS; that hop is not in the capture in plain text",
        )
        .at(first);
    out.push(finding);
}
