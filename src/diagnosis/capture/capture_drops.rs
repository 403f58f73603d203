//! Packets that were lost while capturing.

use crate::diagnosis::case::Case;
use crate::diagnosis::finding::Finding;
use crate::diagnosis::hidden::Facts;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::diagnosis::words::counted;
use crate::types::{Hides, Severity};

pub(super) static RULE: Rule = Rule {
    code: "capture_drops",
    severities: &[Severity::Warning],
    clause: None,
    page: Page {
        means: "The capturing host lost packets before they reached the file.",
        evidence: "What the host itself counted: the statistics that a pcapng file holds, or that the capturing \
interface gives. A classic pcap file has none, so there nothing is said.",
        check: "Capture with a larger buffer (sipflow capture -B 64, tcpdump -B 65536), with a filter, or on a less \
busy machine.",
        limits: "Which packets were lost is not known. Messages that seem missing, and RTP that seems lost, may have \
been on the wire.",
    },
    looks: &[Look::Capture(of_report), Look::Hidden(of_doctor)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Built {
        has: tests::twelve_packets_lost,
        almost: crate::diagnosis::building::Scene::answered,
    },
};

fn of_report(case: &Case<'_>, out: &mut Vec<Finding>) {
    let lost = case.capture.dropped_packets;
    if lost == 0 {
        return;
    }
    let finding = RULE
        .found(
            Severity::Warning,
            format!(
                "{} were lost while capturing",
                counted(lost, "packet", "packets")
            ),
            "messages that seem missing and RTP that seems lost may have been there",
        )
        .advise("Capture with a larger buffer (sipflow capture -B 64, tcpdump -B 65536), a filter, or on a less busy machine.");
    out.push(finding);
}

fn of_doctor(facts: &Facts<'_>, out: &mut Vec<Finding>) {
    for info in facts.infos {
        let d = info.interface_drops;
        let (interface, system) = (d.by_interface.unwrap_or(0), d.by_system.unwrap_or(0));
        let lost = interface.saturating_add(system);
        if lost == 0 {
            continue;
        }
        let finding = RULE
            .found(
                Severity::Warning,
                format!(
                    "{} lost while capturing {}",
                    counted(lost, "packet was", "packets were"),
                    info.path
                ),
                format!(
                    "dropped by the interface: {interface}, by the system for want of buffer: {system}; losses of RTP may be the capture's own"
                ),
            )
            .hides(Hides::Both)
            .advise("Capture with a larger buffer (tcpdump -B 65536), a filter, or on a less busy machine.")
            .packets(lost);
        out.push(finding);
    }
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::building::Scene;

    pub(super) fn twelve_packets_lost() -> Scene {
        Scene::answered().capture(|c| c.dropped_packets = 12)
    }

    #[test]
    fn how_many_were_lost_is_said() {
        assert_eq!(
            twelve_packets_lost().said(),
            ["warning capture_drops: 12 packets were lost while capturing"]
        );
    }
}
