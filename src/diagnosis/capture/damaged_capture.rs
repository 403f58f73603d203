//! A file that could not be read to its end, as the doctor says it.

use crate::diagnosis::finding::Finding;
use crate::diagnosis::hidden::Facts;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::diagnosis::words::packets;
use crate::types::{Hides, Severity};

pub(super) static RULE: Rule = Rule {
    code: "damaged_capture",
    severities: &[Severity::Warning],
    clause: None,
    page: Page {
        means: "A capture file could not be read to its end: it is damaged or was cut, or the system could not read \
on. All packets before that place were read. In a report the same is `capture_truncated`.",
        evidence: "The packet number and the byte offset at which reading stopped, and what is wrong there.",
        check: "Copy the file again (in binary mode, where FTP is used), or stop the capture cleanly before copying \
it. For a compressed file, test it with gzip -t or zstd -t.",
        limits: "What stood behind the damage is not known: calls may seem unfinished, and messages missing, that are \
whole in the original.",
    },
    looks: &[Look::Hidden(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Doctor,
};

fn run(facts: &Facts<'_>, out: &mut Vec<Finding>) {
    for info in facts.infos {
        let Some(d) = &info.damage else { continue };
        let finding = RULE
            .found(
                Severity::Warning,
                format!("{} could not be read to its end", info.path),
                format!(
                    "{} (packet {}, byte {}); the {} before it were read",
                    d.reason,
                    d.frame,
                    d.offset,
                    packets(info.packets)
                ),
            )
            .hides(Hides::Both)
            .advise(match d.perhaps_whole {
                true => "Check the disk or the connection; decompress a compressed file first.",
                false => "Copy the file again in binary mode, or stop the capture cleanly before copying it.",
            });
        out.push(finding);
    }
}
