//! TCP connections of SIP of which one direction is in the capture.

use crate::diagnosis::finding::Finding;
use crate::diagnosis::hidden::Facts;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::pipeline::Fate;
use crate::pipeline::census::TcpSeen;
use crate::types::{Hides, Severity};

pub(super) static RULE: Rule = Rule {
    code: "tcp_one_direction",
    severities: &[Severity::Warning],
    clause: None,
    page: Page {
        means: "Of TCP connections of SIP only one direction is in the capture.",
        evidence: "Three or more packets one way, among them bytes of payload, and none the other way. A TCP connection \
with payload always has both ways.",
        check: "Mirror both directions of the port (rx and tx), or capture at one of the hosts.",
        limits: "What the other side said is not known: requests seem unanswered, or answers have no request.",
    },
    looks: &[Look::Hidden(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Doctor,
};

/// Packets of one direction from which on the silence of the other is no chance.
const MANY: u64 = 3;

fn run(facts: &Facts<'_>, out: &mut Vec<Finding>) {
    let is_one_way = |t: &TcpSeen| matches!(t.packets, [n, 0] | [0, n] if n >= MANY);
    // Half a connection of something else is nobody's loss here.
    let is_sip = |t: &TcpSeen| t.fate == Fate::SipTcp || super::is_sip_port(t.port());
    let found = facts.connections(|t| is_sip(t) && is_one_way(t) && !t.head().is_empty());
    out.extend(found.map(|found| {
        let of = found.counted("TCP connection of SIP", "TCP connections of SIP");
        RULE.found(
            Severity::Warning,
            format!("of {of} only one direction is in the capture"),
            found.flows(),
        )
        .hides(Hides::Sip)
        .advise("Mirror both directions of the port (rx and tx), or capture at one of the hosts.")
        .at(found.first)
    }));
}
