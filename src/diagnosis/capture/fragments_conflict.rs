//! Fragments that contradict each other.

use crate::diagnosis::case::Case;
use crate::diagnosis::finding::Finding;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::types::Severity;

pub(super) static RULE: Rule = Rule {
    code: "fragments_conflict",
    severities: &[Severity::Warning],
    clause: Some("RFC 1858 §4"),
    page: Page {
        means: "IP fragments overlap fragments that came before them, with other bytes. So one datagram can be read \
in two ways.",
        evidence: "The offsets and the bytes of the fragments. sipflow keeps the bytes that came first.",
        check: "Look at them in Wireshark (ip.fragment.overlap.conflict). The cause is a broken router, an \
identification that was used again too soon, or somebody who hides something from analyzers.",
        limits: "Which of the two readings the receiver took cannot be told: systems differ.",
    },
    looks: &[Look::Capture(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Built {
        has: tests::one_conflict,
        almost: crate::diagnosis::building::Scene::answered,
    },
};

fn run(case: &Case<'_>, out: &mut Vec<Finding>) {
    let n = case.capture.fragment_conflicts;
    if n == 0 {
        return;
    }
    let (fragments, overlap) = match n {
        1 => ("fragment", "overlaps an earlier one"),
        _ => ("fragments", "overlap earlier ones"),
    };
    let finding = RULE
        .found(
            Severity::Warning,
            format!("{n} IP {fragments} {overlap} with other bytes"),
            "the bytes that came first were kept; a receiver may have kept the others",
        )
        .advise("Look at them in Wireshark (ip.fragment.overlap.conflict): a broken router, or somebody who hides something from analyzers.");
    out.push(finding);
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::building::Scene;

    pub(super) fn one_conflict() -> Scene {
        Scene::answered().capture(|c| c.fragment_conflicts = 1)
    }

    #[test]
    fn one_is_told_in_the_singular() {
        assert_eq!(
            one_conflict().said(),
            ["warning fragments_conflict: 1 IP fragment overlaps an earlier one with other bytes"]
        );
    }
}
