//! RTP whose signalling was not captured.

use crate::diagnosis::finding::Finding;
use crate::diagnosis::hidden::Facts;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::pipeline::Fate;
use crate::types::{Hides, Severity};

pub(super) static RULE: Rule = Rule {
    code: "rtp_without_sip",
    severities: &[Severity::Warning],
    clause: None,
    page: Page {
        means: "There is RTP in the capture, and no SIP.",
        evidence: "The RTP streams, and that no SIP message is in the capture. Where there is SIP over TLS, that \
explains it and this is not said.",
        check: "Capture from before the call begins, where SIP passes as well: often another server than the \
media's.",
        limits: "Who speaks, what dynamic payload types mean, and which addresses were announced cannot be known. The \
media may also belong to another protocol, such as H.323.",
    },
    looks: &[Look::Hidden(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Doctor,
};

fn run(facts: &Facts<'_>, out: &mut Vec<Finding>) {
    // TLS explains it better.
    let is_explained = facts.of(Fate::SipTls) > 0;
    if !facts.has_rtp() || facts.has_sip() || is_explained {
        return;
    }
    let finding = RULE
        .found(
            Severity::Warning,
            "there is RTP, but its signalling was not captured",
            "streams are measured without a call: who speaks, the meaning of dynamic payload types and the announced addresses are not known",
        )
        .hides(Hides::Sip)
        .advise("Capture from before the call begins, where SIP passes as well: often another server than the media's.");
    out.push(finding);
}
