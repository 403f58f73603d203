//! Packets that could not be decoded.

use crate::decode::UndecodedReason;
use crate::diagnosis::finding::Finding;
use crate::diagnosis::hidden::Facts;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::diagnosis::words::counted;
use crate::types::{Hides, Severity};

pub(super) static RULE: Rule = Rule {
    code: "undecoded_packets",
    severities: &[Severity::Info, Severity::Warning],
    clause: None,
    page: Page {
        means: "Packets could not be decoded: a header is missing, damaged or contradicts itself. It is a warning \
where that is more than one packet in a hundred.",
        evidence: "The reason for each packet, counted. Link types without a decoder and packets cut by the snap length \
have findings of their own.",
        check: "Look at one of them in Wireshark; if it is shown there, please report it.",
        limits: "What such a packet carried cannot be told. A damaged packet in the capture does not prove damage on \
the wire.",
    },
    looks: &[Look::Hidden(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Doctor,
};

fn run(facts: &Facts<'_>, out: &mut Vec<Finding>) {
    let said = [
        UndecodedReason::UnsupportedLinkType.as_str(),
        UndecodedReason::CutBySnaplen.as_str(),
    ];
    let reasons = facts.summary.counters.undecoded.iter();
    let rest = reasons.filter(|(reason, _)| !said.contains(reason));
    let total: u64 = rest.clone().map(|(_, n)| n).sum();
    if total == 0 {
        return;
    }
    let reasons: Vec<String> = rest
        .map(|(reason, n)| format!("{} {n}", reason.replace('_', " ")))
        .collect();
    // One in a hundred damaged packets hides little.
    let (severity, hides) = match total * 100 > facts.packets() {
        true => (Severity::Warning, Some(Hides::Both)),
        false => (Severity::Info, None),
    };
    let finding = RULE
        .found(
            severity,
            format!(
                "{} not be decoded",
                counted(total, "packet could", "packets could")
            ),
            reasons.join(", "),
        )
        .hides(hides)
        .partial()
        .advise("Look at one of them in Wireshark; if it is shown there, please report it.")
        .packets(total);
    out.push(finding);
}
