//! TCP connections to a SIP port that never came about.

use crate::diagnosis::finding::Finding;
use crate::diagnosis::hidden::Facts;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::diagnosis::words::{counted, first_few};
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
    let tcp = facts.census.tcp().into_iter();
    let found: Vec<&TcpSeen> = tcp
        .filter(|t| super::is_sip_port(t.port()) && t.opened && t.head().is_empty())
        .filter(|t| t.reset || t.packets[1] == 0)
        .collect();
    let flows: Vec<String> = found.iter().map(|t| t.flow.to_string()).collect();
    let Some(first) = found.first() else { return };
    let refused = found.iter().filter(|t| t.reset).count();
    let finding = RULE
        .found(
            Severity::Warning,
            format!(
                "{} to a SIP port came to nothing",
                counted(found.len() as u64, "TCP connection", "TCP connections")
            ),
            format!(
                "{refused} refused or reset, {} without an answer: {}",
                found.len() - refused,
                first_few(&flows, 3)
            ),
        )
        .advise("Nobody listens there, or a firewall is in between: SIP was never sent.")
        .at(first.frame);
    out.push(finding);
}
