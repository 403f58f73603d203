//! UDP checksums that do not fit.

use crate::diagnosis::finding::Finding;
use crate::diagnosis::hidden::Facts;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::types::Severity;

pub(super) static RULE: Rule = Rule {
    code: "wrong_checksums",
    severities: &[Severity::Info],
    clause: Some("RFC 768"),
    page: Page {
        means: "UDP checksums of packets do not fit their contents. sipflow reads such packets all the same.",
        evidence: "The checksum in the UDP header against the sum over the datagram. Packets that were cut are not \
judged.",
        check: "Nothing is to be done, as a rule: a network card that computes checksums (offloading) leaves them \
wrong in captures made at the sender. Other programs may hide such packets while they validate \
checksums.",
        limits: "Whether the packets were right on the wire cannot be told from a capture made at the sender. In a \
capture made elsewhere they most likely were wrong on the wire, and a receiver drops such packets.",
    },
    looks: &[Look::Hidden(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Doctor,
};

fn run(facts: &Facts<'_>, out: &mut Vec<Finding>) {
    let c = facts.census.checksums;
    if c.wrong == 0 {
        return;
    }
    let finding = RULE
        .found(
            Severity::Info,
            format!(
                "{} of {} UDP checksums do not fit",
                c.wrong,
                c.wrong + c.right
            ),
            "packets were read all the same: checksums are not judged, because a network card that computes them (offloading) leaves them wrong in captures made at the sender",
        )
        .advise("Nothing to do here; other programs may hide such packets while they validate checksums.")
        .packets(c.wrong);
    out.push(finding);
}
