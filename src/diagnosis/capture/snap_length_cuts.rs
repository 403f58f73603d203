//! Packets cut by the snap length, as the doctor says it.

use crate::decode::UndecodedReason;
use crate::diagnosis::finding::Finding;
use crate::diagnosis::hidden::Facts;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::diagnosis::words::{counted, packets};
use crate::types::{Hides, Severity};

pub(super) static RULE: Rule = Rule {
    code: "snap_length_cuts",
    severities: &[Severity::Info, Severity::Warning],
    clause: None,
    page: Page {
        means: "The capture kept only the first bytes of some packets (the snap length). It is a warning where SIP \
messages lack their end, or packets are cut inside a header; else information. In a report the same \
is `capture_truncated`.",
        evidence: "The captured length of a packet against its length on the wire.",
        check: "Capture whole packets: tcpdump -s 0, dumpcap without -s.",
        limits: "What stood beyond the cut is not known: bodies of SIP messages, audio. Loss, jitter and rates come \
from headers and lengths, and stay right.",
    },
    looks: &[Look::Hidden(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Doctor,
};

fn run(facts: &Facts<'_>, out: &mut Vec<Finding>) {
    let cut: u64 = facts.infos.iter().map(|i| i.truncated_packets).sum();
    if cut == 0 {
        return;
    }
    let (messages, first) = facts.watch.cut;
    let headers = facts.undecoded(UndecodedReason::CutBySnaplen);
    let (severity, hides) = match (messages, headers) {
        (_, 1..) => (Severity::Warning, Some(Hides::Both)),
        (1.., _) => (Severity::Warning, Some(Hides::Sip)),
        _ => (Severity::Info, None),
    };
    let in_header = || counted(headers, "packet is", "packets are");
    let mut detail = match (messages, headers) {
        (0, 0) => {
            "no SIP message among them; loss, jitter and rates come from headers and stay right"
                .to_owned()
        }
        (0, _) => format!("{} cut inside a header", in_header()),
        (m, _) => format!(
            "{} lack their end, {} cut inside a header",
            counted(m, "SIP message", "SIP messages"),
            in_header()
        ),
    };
    let limit = facts.infos.iter().filter_map(|i| i.snap_len).min();
    if let Some(limit) = limit.filter(|l| *l < 65_535) {
        detail.push_str(&format!("; the snap length is {limit} bytes"));
    }
    let finding = RULE
        .found(
            severity,
            format!(
                "{cut} of {} {} cut short by the capture",
                packets(facts.packets()),
                if cut == 1 { "was" } else { "were" }
            ),
            detail,
        )
        .hides(hides)
        .advise("Capture whole packets: tcpdump -s 0, dumpcap without -s.")
        .packets(cut)
        .at(first);
    out.push(finding);
}
