//! Streams of which none belongs to a call.

use crate::diagnosis::finding::Finding;
use crate::diagnosis::hidden::Facts;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::diagnosis::words::counted;
use crate::types::{Hides, Severity};

pub(super) static RULE: Rule = Rule {
    code: "rtp_outside_calls",
    severities: &[Severity::Warning],
    clause: None,
    page: Page {
        means: "Calls were answered and there is RTP, but no stream belongs to a call.",
        evidence: "The addresses of the streams, which the SDP of no call that was going on at that time names.",
        check: "The SIP of those streams is not in the capture (another server, or TLS), or a gateway rewrites \
addresses: capture SIP and RTP at the same point.",
        limits: "Whether the streams are the media of these calls cannot be told.",
    },
    looks: &[Look::Hidden(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Doctor,
};

fn run(facts: &Facts<'_>, out: &mut Vec<Finding>) {
    let answered = facts.answered().len() as u64;
    if answered == 0 || facts.has_media_of_calls() {
        return;
    }
    let Some(first) = facts.streams.first() else {
        return;
    };
    let finding = RULE
        .found(
            Severity::Warning,
            format!(
                "{} answered, but none of the {} belongs to a call",
                counted(answered, "call was", "calls were"),
                counted(facts.streams.len() as u64, "RTP stream", "RTP streams")
            ),
            format!(
                "no call that was going on announced their addresses; the first: {}",
                first.flow
            ),
        )
        .hides(Hides::Rtp)
        .advise("The SIP of those streams is not in the capture (another server, or TLS), or a gateway rewrites addresses: capture SIP and RTP at the same point.")
        .at(first.first_frame);
    out.push(finding);
}
