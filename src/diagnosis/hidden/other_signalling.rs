//! Calls that may be there in another language.

use crate::diagnosis::finding::Finding;
use crate::diagnosis::hidden::Facts;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::diagnosis::words::{first_few, packets};
use crate::pipeline::Fate;
use crate::pipeline::census::Guess;
use crate::types::{Hides, Severity};

pub(super) static RULE: Rule = Rule {
    code: "other_signalling",
    severities: &[Severity::Info, Severity::Warning],
    clause: None,
    page: Page {
        means: "Telephony that is not SIP is in the capture: MGCP, Megaco, IAX2, H.323 or Skinny. sipflow reads SIP \
only as signalling. It is a warning where the capture has no SIP.",
        evidence: "The port and the first octets of the packets, or the TCP ports of H.323 and Skinny.",
        check: "Use Wireshark for these protocols. RTP beside them is measured as streams without a call.",
        limits: "It is a guess by port and first octets. The calls made with those protocols are not in the report.",
    },
    looks: &[Look::Hidden(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Doctor,
};

fn run(facts: &Facts<'_>, out: &mut Vec<Finding>) {
    let is_signalling = |g: Guess| {
        matches!(
            g,
            Guess::Mgcp | Guess::Iax2 | Guess::H225Ras | Guess::Megaco
        )
    };
    let unknown = facts.census.unknown_udp();
    let seen: Vec<_> = unknown.iter().filter(|u| is_signalling(u.guess)).collect();
    let mut kinds: Vec<String> = seen
        .iter()
        .map(|u| format!("{} ({})", u.guess.words(), packets(u.packets)))
        .collect();
    let mut first = seen.iter().map(|u| u.frame).min();
    // TCP ports of H.323 call signalling and of Skinny phones.
    for (port, name) in [(1720, "H.323"), (2000, "Skinny")] {
        let tcp = facts.census.tcp();
        let of_port: Vec<_> = tcp
            .iter()
            .filter(|t| t.port() == port && t.fate == Fate::OtherTcp && !t.head().is_empty())
            .collect();
        let n: u64 = of_port.iter().flat_map(|t| t.packets).sum();
        if n > 0 {
            kinds.push(format!("{name} ({})", packets(n)));
            first = first.or(of_port.first().map(|t| t.frame));
        }
    }
    if kinds.is_empty() {
        return;
    }
    let (severity, hides) = facts.unless_sip(Hides::Sip);
    let finding = RULE
        .found(
            severity,
            format!(
                "telephony other than SIP is in the capture: {}",
                first_few(&kinds, 4)
            ),
            "only SIP is read as signalling; RTP beside it is measured as streams without a call",
        )
        .hides(hides)
        .at(first);
    out.push(finding);
}
