//! A capture without a packet.

use crate::diagnosis::finding::Finding;
use crate::diagnosis::hidden::Facts;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::types::{Hides, Severity};

pub(super) static RULE: Rule = Rule {
    code: "no_packets",
    severities: &[Severity::Error],
    clause: None,
    page: Page {
        means: "The file is a capture, but no packet was written into it.",
        evidence: "The number of packets read from all files, which is 0.",
        check: "Capture on the right interface ('-i any' on Linux takes all), without a filter first. Stop with \
Ctrl-C, so that what is buffered is written.",
        limits: "Nothing can be said of the network or the calls: whether there was no traffic, the filter fitted \
none, or the capturing program was stopped before it wrote cannot be told.",
    },
    looks: &[Look::Hidden(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Doctor,
};

fn run(facts: &Facts<'_>, out: &mut Vec<Finding>) {
    if facts.packets() > 0 {
        return;
    }
    let finding = RULE
        .found(
            Severity::Error,
            "there is no packet in the capture",
            "the file is a capture, but nothing was written into it",
        )
        .hides(Hides::Both)
        .advise("Capture on the right interface ('-i any' on Linux takes all), without a filter first, and stop with Ctrl-C so that what is buffered is written.");
    out.push(finding);
}
