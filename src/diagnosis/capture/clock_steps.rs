//! Time that goes backwards.

use crate::diagnosis::finding::Finding;
use crate::diagnosis::hidden::Facts;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::diagnosis::words::counted;
use crate::types::{Delta, Severity};

pub(super) static RULE: Rule = Rule {
    code: "clock_steps",
    severities: &[Severity::Info, Severity::Warning],
    clause: None,
    page: Page {
        means: "The times of packets go backwards within a file. By more than a second it is a warning: the clock \
was set while capturing, or files were joined without sorting. Less is information: several receive \
queues wrote into one file.",
        evidence: "The time stamps of packets that follow each other in the file.",
        check: "Capture with a running NTP client, or sort the file with reordercap.",
        limits: "Times between packets on both sides of a step are not to be trusted: set-up times, jitter, and which \
of two messages was first. How far the clock was off before the step cannot be known.",
    },
    looks: &[Look::Hidden(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Doctor,
};

fn run(facts: &Facts<'_>, out: &mut Vec<Finding>) {
    for info in facts.infos.iter().filter(|i| i.backward_steps > 0) {
        let is_far = info.largest_backward_step > Delta::from_secs(1);
        let (severity, advice) = match is_far {
            true => (
                Severity::Warning,
                "The clock was set while capturing, or files were joined without sorting: capture with a running NTP client, or sort with reordercap.",
            ),
            false => (
                Severity::Info,
                "Several receive queues wrote into one file; sort it with reordercap if the figures matter.",
            ),
        };
        let finding = RULE
            .found(
                severity,
                format!(
                    "time goes backwards {} in {}",
                    counted(info.backward_steps, "time", "times"),
                    info.path
                ),
                format!(
                    "by at most {:.6} s; times between such packets are not to be trusted",
                    info.largest_backward_step.as_secs_f64()
                ),
            )
            .advise(advice)
            .packets(info.backward_steps);
        out.push(finding);
    }
}
