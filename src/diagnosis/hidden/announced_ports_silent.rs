//! Ports that were announced for media and that no packet went to.

use crate::diagnosis::finding::Finding;
use crate::diagnosis::hidden::Facts;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::diagnosis::words::{counted, first_few};
use crate::types::{CallNo, Endpoint, Hides, Severity};
use std::collections::{BTreeMap, BTreeSet};

pub(super) static RULE: Rule = Rule {
    code: "announced_ports_silent",
    severities: &[Severity::Info, Severity::Warning],
    clause: Some("RFC 3264 §5.1"),
    page: Page {
        means: "Answered calls announced addresses and ports for media, and no packet to some of them was captured. \
It is a warning where a call has no media at all; else information.",
        evidence: "The c= and m= lines of the SDP, and the UDP destinations of the capture. Ports with ICE candidates \
beside them are left out.",
        check: "Media to an address behind a NAT or a relay goes elsewhere, which is in order. Else a firewall drops \
it, or it does not pass the capture point.",
        limits: "That no packet was captured does not prove that none was sent.",
    },
    looks: &[Look::Hidden(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Doctor,
};

fn run(facts: &Facts<'_>, out: &mut Vec<Finding>) {
    out.extend(silent_ports(facts));
}

fn silent_ports(facts: &Facts<'_>) -> Option<Finding> {
    // Without any media of a call the reason is another one; beyond the limit absence proves nothing.
    let to = &facts.census.udp_to;
    if !facts.has_media_of_calls() || to.beyond() > 0 {
        return None;
    }
    let answered = facts.answered();
    let mut announced: BTreeMap<Endpoint, CallNo> = BTreeMap::new();
    let mut first = None;
    for call in facts.calls.iter().filter(|c| answered.contains(&c.no)) {
        for a in call.addresses.iter().filter(|a| a.port != 0) {
            // With ICE the address of c= is one of several.
            let Some(address) = a.address.filter(|h| !h.is_unspecified() && !a.has_ice) else {
                continue;
            };
            let end = Endpoint::new(address, a.port);
            announced.entry(end).or_insert(call.no);
            if first.is_none() && to.of(&end) == 0 {
                first = (facts.frame_of)(a.message);
            }
        }
    }
    let silent: Vec<String> = announced
        .iter()
        .filter(|(end, _)| to.of(end) == 0)
        .map(|(end, call)| format!("{end} (call {})", call.get()))
        .collect();
    if silent.is_empty() {
        return None;
    }
    let with_media: BTreeSet<CallNo> = facts.streams.iter().filter_map(|s| s.call).collect();
    let mute: Vec<String> = answered
        .difference(&with_media)
        .map(|c| c.get().to_string())
        .collect();
    let (severity, hides) = match mute.is_empty() {
        true => (Severity::Info, None),
        false => (Severity::Warning, Some(Hides::Rtp)),
    };
    let mut detail = first_few(&silent, 5);
    if !mute.is_empty() {
        detail.push_str(&format!(
            "; without any media: call {}",
            first_few(&mute, 5)
        ));
    }
    let finding = RULE
        .found(
            severity,
            format!(
                "to {} of {} announced for media no packet was captured",
                silent.len(),
                counted(announced.len() as u64, "port", "ports")
            ),
            detail,
        )
        .hides(hides)
        .advise("Media to an address behind a NAT or a relay goes elsewhere, which is in order; else a firewall drops it, or it does not pass the capture point.")
        .at(first);
    Some(finding)
}
