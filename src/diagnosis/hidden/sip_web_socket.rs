//! WebSockets that gave no SIP.

use crate::diagnosis::finding::Finding;
use crate::diagnosis::hidden::Facts;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::diagnosis::words::packets;
use crate::pipeline::Fate;
use crate::types::{Hides, Severity};

pub(super) static RULE: Rule = Rule {
    code: "sip_web_socket",
    severities: &[Severity::Info, Severity::Warning],
    clause: Some("RFC 7118"),
    page: Page {
        means: "There are WebSocket connections in which no SIP was read. It is a warning where the capture has no \
other SIP.",
        evidence: "The WebSocket handshake on a TCP connection.",
        check: "Look at the connection in Wireshark. If it shows SIP there, capture the connection from its \
beginning.",
        limits: "Web pages use WebSockets for many things: that there is SIP in it cannot be concluded.",
    },
    looks: &[Look::Hidden(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Doctor,
};

fn run(facts: &Facts<'_>, out: &mut Vec<Finding>) {
    let n = facts.of(Fate::WebSocket);
    if n == 0 {
        return;
    }
    let (ports, first) = facts.tcp_ports(Fate::WebSocket);
    let (severity, hides) = facts.unless_sip(Hides::Sip);
    let finding = RULE
        .found(
            severity,
            format!("{} of WebSocket (port {ports}) gave no SIP", packets(n)),
            "the handshake was seen; SIP in it would name the subprotocol 'sip' (RFC 7118)",
        )
        .hides(hides)
        .advise("Look at the frame in Wireshark: if it shows SIP there, capture the connection from its beginning.")
        .packets(n)
        .at(first);
    out.push(finding);
}
