//! TCP connections to a SIP port that never came about.

use crate::diagnosis::finding::Finding;
use crate::diagnosis::hidden::Facts;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::pipeline::census::TcpSeen;
use crate::types::Severity;

pub(super) static RULE: Rule = Rule {
    code: "sip_connection_failed",
    severities: &[Severity::Warning],
    clause: None,
    page: Page {
        means: "TCP connections to a SIP port came to nothing: they were refused or reset, or nobody answered the \
SYN. SIP was never sent.",
        evidence: "A SYN without an answer, or with a reset, and no byte of payload after it.",
        check: "Nobody listens there, or a firewall is in between: check address, port and the program.",
        limits: "Where no answer is in the capture, it may have taken a way past the capture point.",
    },
    looks: &[Look::Hidden(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Doctor,
};

fn run(facts: &Facts<'_>, out: &mut Vec<Finding>) {
    let is_silent = |t: &TcpSeen| super::is_sip_port(t.port()) && t.opened && t.head().is_empty();
    let found = facts.connections(|t| is_silent(t) && (t.reset || t.packets[1] == 0));
    out.extend(found.map(|found| {
        let refused = found.all.iter().filter(|t| t.reset).count();
        let connections = found.counted("TCP connection", "TCP connections");
        RULE.found(
            Severity::Warning,
            format!("{connections} to a SIP port came to nothing"),
            format!(
                "{refused} refused or reset, {} without an answer: {}",
                found.all.len() - refused,
                found.flows()
            ),
        )
        .advise("Nobody listens there, or a firewall is in between: SIP was never sent.")
        .at(found.first)
    }));
}
