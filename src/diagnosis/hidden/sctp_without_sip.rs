//! SCTP that gave no SIP.

use crate::diagnosis::finding::Finding;
use crate::diagnosis::hidden::Facts;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::diagnosis::words::packets;
use crate::pipeline::Fate;
use crate::types::{Hides, Severity};

pub(super) static RULE: Rule = Rule {
    code: "sctp_without_sip",
    severities: &[Severity::Info, Severity::Warning],
    clause: Some("RFC 4168"),
    page: Page {
        means: "There is SCTP in the capture, and no SIP was read in it. It is a warning where the capture has no \
other SIP.",
        evidence: "The SCTP packets, none of which holds a SIP message.",
        check: "Look at the packets in Wireshark, to see which protocol they carry.",
        limits: "SCTP carries SS7 and mobile signalling much more often than SIP: that SIP is missing cannot be \
concluded.",
    },
    looks: &[Look::Hidden(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Doctor,
};

fn run(facts: &Facts<'_>, out: &mut Vec<Finding>) {
    let n = facts.of(Fate::OtherSctp);
    // Beside SIP over SCTP these are its control chunks.
    if n == 0 || facts.of(Fate::SipSctp) > 0 {
        return;
    }
    let (severity, hides) = facts.unless_sip(Hides::Sip);
    let finding = RULE
        .found(
            severity,
            format!("{} of SCTP gave no SIP", packets(n)),
            "SCTP carries SIP (RFC 4168) as well as SS7 and mobile signalling, and its own control chunks",
        )
        .hides(hides)
        .packets(n);
    out.push(finding);
}
