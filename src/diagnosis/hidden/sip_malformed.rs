//! Datagrams that look like SIP and are no message.

use crate::diagnosis::finding::Finding;
use crate::diagnosis::hidden::Facts;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::pipeline::census::Guess;
use crate::types::Severity;

pub(super) static RULE: Rule = Rule {
    code: "sip_malformed",
    severities: &[Severity::Warning],
    clause: Some("RFC 3261 §7"),
    page: Page {
        means: "UDP datagrams begin like a SIP message or hold the text SIP/2.0, but could not be read as one.",
        evidence: "The first line of the payload. The first flows and the first packet are named.",
        check: "Look at the packet in Wireshark. The start line or the headers of the sender are broken, or the \
payload is cut, wrapped or compressed.",
        limits: "It may be no SIP at all: a log line or a help text that quotes SIP looks the same.",
    },
    looks: &[Look::Hidden(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Doctor,
};

fn run(facts: &Facts<'_>, out: &mut Vec<Finding>) {
    out.extend(facts.unreadable(
        &RULE,
        Guess::SipMalformed,
        "with SIP/2.0 in the text could not be read as a message",
        "The sender's start line or headers are broken, or the payload is cut; look at the frame in Wireshark.",
    ));
}
