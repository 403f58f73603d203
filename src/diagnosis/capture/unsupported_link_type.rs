//! A link type without a decoder.

use crate::decode::UndecodedReason;
use crate::diagnosis::finding::Finding;
use crate::diagnosis::hidden::Facts;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::diagnosis::words::{first_few, packets};
use crate::source::link_type_name;
use crate::types::{Hides, Severity};

pub(super) static RULE: Rule = Rule {
    code: "unsupported_link_type",
    severities: &[Severity::Warning, Severity::Error],
    clause: None,
    page: Page {
        means: "Packets have a link type that sipflow cannot decode, so nothing in them is seen. It is an error \
where that is true of all packets.",
        evidence: "The link type that the file declares for its packets, by tcpdump's name and number.",
        check: "Capture on an Ethernet, Wi-Fi or 'any' interface instead. If Wireshark decodes the file, please \
report the link type.",
        limits: "Whether there is SIP or RTP in those packets cannot be told.",
    },
    looks: &[Look::Hidden(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Doctor,
};

fn run(facts: &Facts<'_>, out: &mut Vec<Finding>) {
    let reason = UndecodedReason::UnsupportedLinkType.as_str();
    let mut links = facts.census.undecoded.ranked();
    links.retain(|((_, why), _)| *why == reason);
    let total: u64 = links.iter().map(|(_, n)| n).sum();
    if total == 0 {
        return;
    }
    let names: Vec<String> = links
        .iter()
        .map(|((link, _), n)| format!("{} ({}), {}", link_type_name(*link), link.0, packets(*n)))
        .collect();
    let severity = if total == facts.packets() {
        Severity::Error
    } else {
        Severity::Warning
    };
    let finding = RULE
        .found(
            severity,
            format!(
                "{total} of {} {} a link type without a decoder",
                packets(facts.packets()),
                if total == 1 { "has" } else { "have" }
            ),
            format!("link type {}", first_few(&names, 5)),
        )
        .hides(Hides::Both)
        .advise("Capture on an Ethernet, Wi-Fi or 'any' interface instead.")
        .packets(total);
    out.push(finding);
}
