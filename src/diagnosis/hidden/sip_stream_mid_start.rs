//! TCP connections of SIP that were open before the capture began.

use crate::diagnosis::finding::Finding;
use crate::diagnosis::hidden::Facts;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::pipeline::Fate;
use crate::types::Severity;

pub(super) static RULE: Rule = Rule {
    code: "sip_stream_mid_start",
    severities: &[Severity::Info],
    clause: None,
    page: Page {
        means: "TCP connections of SIP were open before the capture began, so their first bytes may be the end of a \
message.",
        evidence: "No SYN of the connection is in the capture.",
        check: "Nothing is wrong. Start the capture before the phones connect, or restart them, to see the whole.",
        limits: "What was said before the capture began is not known.",
    },
    looks: &[Look::Hidden(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Doctor,
};

fn run(facts: &Facts<'_>, out: &mut Vec<Finding>) {
    let found = facts.connections(|t| t.fate == Fate::SipTcp && !t.opened);
    out.extend(found.map(|found| {
        let were = found.counted("TCP connection of SIP was", "TCP connections of SIP were");
        RULE.found(
            Severity::Info,
            format!("{were} open before the capture began"),
            "the first bytes may be the end of a message; reading begins at the next start line",
        )
        .at(found.first)
    }));
}
