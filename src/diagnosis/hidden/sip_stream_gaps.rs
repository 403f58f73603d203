//! Holes in SIP over TCP.

use crate::diagnosis::finding::Finding;
use crate::diagnosis::hidden::Facts;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::diagnosis::words::counted;
use crate::types::{Hides, Severity};

pub(super) static RULE: Rule = Rule {
    code: "sip_stream_gaps",
    severities: &[Severity::Warning],
    clause: None,
    page: Page {
        means: "Bytes of SIP over TCP are not in the capture: a segment was lost while capturing, or cut.",
        evidence: "The TCP sequence numbers: the other side acknowledged bytes, or the stream goes on behind them, and \
the capture does not hold them.",
        check: "The capture lost packets or cut them: use a larger buffer (tcpdump -B 65536), whole packets (-s 0), \
and capture both directions.",
        limits: "The messages in a hole are not known. The receiver most likely got them: TCP sends again what is \
lost in the network.",
    },
    looks: &[Look::Hidden(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Doctor,
};

fn run(facts: &Facts<'_>, out: &mut Vec<Finding>) {
    let c = &facts.summary.counters;
    let t = &facts.summary.tcp;
    if c.sip_gaps == 0 {
        return;
    }
    let finding = RULE
        .found(
            Severity::Warning,
            format!(
                "SIP over TCP has {} that the capture does not hold",
                counted(c.sip_gaps, "hole", "holes")
            ),
            format!(
                "{} missing; over all TCP: {} out of order, {} sent again",
                counted(c.sip_gap_bytes, "byte is", "bytes are"),
                counted(t.out_of_order, "segment", "segments"),
                counted(t.retransmissions, "segment", "segments"),
            ),
        )
        .hides(Hides::Sip)
        .advise("The capture lost packets or cut them: a larger buffer (tcpdump -B 65536), whole packets (-s 0), both directions.");
    out.push(finding);
}
