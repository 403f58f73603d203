//! Packets that name an interface the file does not describe.

use crate::diagnosis::finding::Finding;
use crate::diagnosis::hidden::Facts;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::diagnosis::words::packets;
use crate::types::{Hides, Severity};

pub(super) static RULE: Rule = Rule {
    code: "unreadable_records",
    severities: &[Severity::Warning],
    clause: None,
    page: Page {
        means: "Packets of a pcapng file name an interface that the file does not describe, so their link type is \
not known and they could not be read.",
        evidence: "The interface number in the packet's block, and the interface blocks of the file. Frame numbers \
count these packets, as Wireshark does.",
        check: "Write the file again with the program that captured it: a tool that cut or merged it lost a part.",
        limits: "What is in those packets cannot be told.",
    },
    looks: &[Look::Hidden(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Doctor,
};

fn run(facts: &Facts<'_>, out: &mut Vec<Finding>) {
    for info in facts.infos.iter().filter(|i| i.skipped_packets > 0) {
        let finding = RULE
            .found(
                Severity::Warning,
                format!(
                    "{} of {} could not be handed on",
                    packets(info.skipped_packets),
                    info.path
                ),
                "they name an interface that the file does not describe; frame numbers count them",
            )
            .hides(Hides::Both)
            .advise("Write the file again with the program that captured it: a tool that cut or merged it lost a part.")
            .packets(info.skipped_packets);
        out.push(finding);
    }
}
