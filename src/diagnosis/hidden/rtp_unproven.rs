//! Packets that may be RTP.

use crate::diagnosis::finding::Finding;
use crate::diagnosis::hidden::Facts;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::diagnosis::words::{first_few, packets};
use crate::pipeline::Fate;
use crate::types::{Hides, Severity};
use std::collections::BTreeSet;

pub(super) static RULE: Rule = Rule {
    code: "rtp_unproven",
    severities: &[Severity::Info, Severity::Warning],
    clause: Some("RFC 3550 §A.1"),
    page: Page {
        means: "Packets look like RTP, but nothing proves it: no SDP announces them, and there are no five packets \
of one source with numbers in order. It is a warning where the capture has no RTP.",
        evidence: "The first octets of the payload. The flows with most such packets are named.",
        check: "Capture the SIP of the call as well, from its INVITE on: then a single packet is enough.",
        limits: "Many protocols begin with octets that look like RTP: that it is media cannot be concluded.",
    },
    looks: &[Look::Hidden(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Doctor,
};

fn run(facts: &Facts<'_>, out: &mut Vec<Finding>) {
    let n = facts.of(Fate::RtpUnproven);
    if n == 0 {
        return;
    }
    let streams: BTreeSet<_> = facts.streams.iter().map(|s| s.flow).collect();
    let mut flows: Vec<_> = facts.census.unproven();
    flows.retain(|u| !streams.contains(&u.flow));
    let named: Vec<String> = flows
        .iter()
        .map(|u| format!("{} ({})", u.flow, packets(u.packets)))
        .collect();
    // Beside calls with media, stray packets that look like RTP are no news.
    let (severity, hides) = match facts.has_rtp() {
        true => (Severity::Info, None),
        false => (Severity::Warning, Some(Hides::Rtp)),
    };
    let mut detail = "no SDP announces them, and five packets of one source with numbers in order are needed to believe it".to_owned();
    if !named.is_empty() {
        detail.push_str(&format!("; {}", first_few(&named, 3)));
    }
    let finding = RULE
        .found(
            severity,
            format!("{} may be RTP, but nothing proves it", packets(n)),
            detail,
        )
        .hides(hides)
        .advise("Capture the SIP of the call as well, from its INVITE on: then a single packet is enough.")
        .packets(n)
        .at(flows.first().map(|u| u.frame));
    out.push(finding);
}
