//! Packets that were captured more than once.

use crate::diagnosis::finding::Finding;
use crate::diagnosis::hidden::Facts;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::diagnosis::words::counted;
use crate::pipeline::Fate;
use crate::source::link_type_name;
use crate::types::Severity;

pub(super) static RULE: Rule = Rule {
    code: "capture_duplicates",
    severities: &[Severity::Info],
    clause: None,
    page: Page {
        means: "The capture holds second copies of packets: from the device 'any', from both ports of a bridge or \
router, from a mirror port that sends packets twice, or from files of several points of one path.",
        evidence: "Packets whose headers and payload are equal and that follow each other so fast, or are so many, that \
the network cannot have made them.",
        check: "Nothing is to be done: copies are counted apart, and are not told as retransmissions or as RTP that \
came twice. Use --keep-duplicates to see them all.",
        limits: "A packet that the network itself doubled can look the same as a copy of the capture.",
    },
    looks: &[Look::Hidden(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Doctor,
};

fn run(facts: &Facts<'_>, out: &mut Vec<Finding>) {
    let sip = facts.of(Fate::SipUdpCopy);
    let other = facts.of(Fate::UdpCopy) + facts.of(Fate::FragmentCopy);
    let total = sip + other;
    if total == 0 {
        return;
    }
    let links = facts.census.links.ranked();
    let is_any = links
        .iter()
        .any(|(link, _)| link_type_name(*link).starts_with("LINUX_SLL"));
    let why = match (is_any, facts.infos.len()) {
        (true, _) => "the device 'any' sees a packet on each interface it passes",
        (false, 2..) => "the files were captured at several points of one path",
        (false, _) => {
            "both ports of a bridge or router were captured, or a mirror port sends packets twice"
        }
    };
    let finding = RULE
        .found(
            Severity::Info,
            format!(
                "{} captured more than once",
                counted(total, "packet was", "packets were")
            ),
            format!(
                "{sip} SIP, {other} others; {why}. Copies are counted apart, not as retransmissions or lost and doubled RTP"
            ),
        )
        .packets(total);
    out.push(finding);
}
