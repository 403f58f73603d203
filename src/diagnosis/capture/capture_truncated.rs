//! What the capture cut off, as a report says it.

use crate::diagnosis::case::Case;
use crate::diagnosis::finding::Finding;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::types::Severity;

pub(super) static RULE: Rule = Rule {
    code: "capture_truncated",
    severities: &[Severity::Warning],
    clause: None,
    page: Page {
        means: "A part of what was sent is not in the capture: a file could not be read to its end, or packets were \
cut short by the snap length (the largest number of bytes kept of a packet).",
        evidence: "The damage that stopped the reading, or the packets whose captured length is less than their length \
on the wire. `sipflow doctor` tells the two apart as `damaged_capture` and `snap_length_cuts`.",
        check: "Capture whole packets (tcpdump -s 0), stop the capture cleanly, and copy the file again.",
        limits: "SIP bodies and audio beyond a cut are not there, and what stood behind the damage is not known. \
Loss, jitter, sizes and rates come from headers and stay right for packets that were only cut.",
    },
    looks: &[Look::Capture(damaged), Look::Capture(cut_short)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Built {
        has: tests::three_packets_cut,
        almost: crate::diagnosis::building::Scene::answered,
    },
};

fn damaged(case: &Case<'_>, out: &mut Vec<Finding>) {
    for (path, reason) in &case.capture.damaged {
        let finding = RULE
            .found(
                Severity::Warning,
                format!("{path} could not be read to its end"),
                reason.clone(),
            )
            .advise("What was read before is in the report; copy the file again or stop the capture cleanly.");
        out.push(finding);
    }
}

fn cut_short(case: &Case<'_>, out: &mut Vec<Finding>) {
    let facts = &case.capture;
    if facts.truncated_packets == 0 {
        return;
    }
    let finding = RULE
        .found(
            Severity::Warning,
            format!(
                "{} of {} packets were cut short by the capture (snap length)",
                facts.truncated_packets, facts.packets
            ),
            "SIP bodies and audio beyond the cut are not there; sizes and rates are taken from the headers and stay right",
        )
        .advise("Capture whole packets: tcpdump -s 0.");
    out.push(finding);
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::building::Scene;

    pub(super) fn three_packets_cut() -> Scene {
        Scene::answered().capture(|c| {
            c.truncated_packets = 3;
            c.packets = 2000;
        })
    }

    #[test]
    fn a_damaged_file_and_cut_packets_are_told_apart() {
        let both = three_packets_cut().capture(|c| {
            c.damaged = vec![(
                "a.pcap".to_owned(),
                "the file ends inside a packet".to_owned(),
            )];
        });
        assert_eq!(
            both.said(),
            [
                "warning capture_truncated: a.pcap could not be read to its end",
                "warning capture_truncated: 3 of 2000 packets were cut short by the capture (snap length)",
            ]
        );
    }
}
