//! Relayed packets of a capture agent that cannot be read.

use crate::diagnosis::finding::Finding;
use crate::diagnosis::hidden::Facts;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::pipeline::census::Guess;
use crate::types::Severity;

pub(super) static RULE: Rule = Rule {
    code: "hep_unreadable",
    severities: &[Severity::Warning],
    clause: None,
    page: Page {
        means: "A capture agent relays packets in HEP (as Homer uses it), but these could not be read.",
        evidence: "The first octets of the payload.",
        check: "Have the agent send HEP version 3, uncompressed and unencrypted, or capture where the agent \
captures.",
        limits: "It is a guess by the first octets. What the agent relayed cannot be told.",
    },
    looks: &[Look::Hidden(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Doctor,
};

fn run(facts: &Facts<'_>, out: &mut Vec<Finding>) {
    out.extend(facts.unreadable(
        &RULE,
        Guess::Hep,
        "of a capture agent's relay (HEP), as it seems, could not be read",
        "Have the agent send HEP 3 uncompressed and unencrypted, or capture where it captures.",
    ));
}
