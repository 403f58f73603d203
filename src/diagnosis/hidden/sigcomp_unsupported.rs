//! Compressed SIP.

use crate::diagnosis::finding::Finding;
use crate::diagnosis::hidden::Facts;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::pipeline::census::Guess;
use crate::types::Severity;

pub(super) static RULE: Rule = Rule {
    code: "sigcomp_unsupported",
    severities: &[Severity::Warning],
    clause: Some("RFC 3320"),
    page: Page {
        means: "Datagrams look like SigComp, the compression of SIP that some mobile networks use. sipflow cannot \
decompress it.",
        evidence: "The first bits of the payload on a SIP port.",
        check: "Switch compression off at the client or the first proxy.",
        limits: "It is a guess by the first octets: other protocols can begin so. What the messages say cannot be \
told.",
    },
    looks: &[Look::Hidden(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Doctor,
};

fn run(facts: &Facts<'_>, out: &mut Vec<Finding>) {
    out.extend(facts.unreadable(
        &RULE,
        Guess::SigComp,
        "of compressed SIP (SigComp, RFC 3320), as it seems, cannot be read",
        "Switch compression off at the client or the first proxy.",
    ));
}
