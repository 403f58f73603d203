//! TLS that may hide SIP.

use crate::diagnosis::finding::Finding;
use crate::diagnosis::hidden::Facts;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::diagnosis::words::packets;
use crate::pipeline::Fate;
use crate::types::{Hides, Severity};

pub(super) static RULE: Rule = Rule {
    code: "tls_elsewhere",
    severities: &[Severity::Info, Severity::Warning],
    clause: Some("RFC 7118"),
    page: Page {
        means: "There is TLS on ports that are not those of SIP over TLS. Browsers and some phones speak SIP in a \
WebSocket over TLS, which looks like any other TLS. It is a warning where the capture has no SIP at \
all.",
        evidence: "TLS records on a TCP connection.",
        check: "If a client of yours uses that port, capture behind the TLS proxy, or with its keys logged.",
        limits: "Most TLS is web traffic: that there is SIP in it cannot be concluded.",
    },
    looks: &[Look::Hidden(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Doctor,
};

fn run(facts: &Facts<'_>, out: &mut Vec<Finding>) {
    let n = facts.of(Fate::Tls);
    if n == 0 {
        return;
    }
    let (ports, first) = facts.tcp_ports(Fate::Tls);
    // Where there is no SIP at all, it may be in there: WebSocket over TLS is on 443 as a rule.
    let (severity, hides) = match facts.of(Fate::SipTls) {
        0 => facts.unless_sip(Hides::Sip),
        _ => (Severity::Info, None),
    };
    let finding = RULE
        .found(
            severity,
            format!("{} of TLS (port {ports}) may hide SIP", packets(n)),
            "browsers and some phones speak SIP in a WebSocket over TLS, which looks as any other TLS",
        )
        .hides(hides)
        .partial()
        .advise("If a client of yours uses that port, capture behind the TLS proxy, or with its keys logged.")
        .packets(n)
        .at(first);
    out.push(finding);
}
