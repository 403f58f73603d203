//! Media that is encrypted.

use crate::diagnosis::finding::Finding;
use crate::diagnosis::hidden::Facts;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::diagnosis::words::{counted, packets};
use crate::pipeline::Fate;
use crate::types::Severity;

pub(super) static RULE: Rule = Rule {
    code: "media_encrypted",
    severities: &[Severity::Info],
    clause: Some("RFC 3711"),
    page: Page {
        means: "Streams are encrypted (SRTP), or keys for it are agreed on (DTLS, ZRTP).",
        evidence: "The SDP that asks for SRTP, and packets of DTLS or ZRTP.",
        check: "Nothing is wrong: encryption is wanted. To hear the audio, capture where it is plain, for example at \
a media server.",
        limits: "What was said, and keys that were pressed, cannot be read; RTCP may not be readable either. Loss, \
jitter and rates come from headers and stay right.",
    },
    looks: &[Look::Hidden(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Doctor,
};

fn run(facts: &Facts<'_>, out: &mut Vec<Finding>) {
    let streams = facts.streams.iter().filter(|s| s.encrypted);
    let n = streams.clone().count() as u64;
    let dtls = facts.of(Fate::Dtls) + facts.of(Fate::Zrtp);
    if n == 0 && dtls == 0 {
        return;
    }
    let finding = RULE
        .found(
            Severity::Info,
            format!(
                "{} encrypted (SRTP)",
                counted(n, "stream is", "streams are")
            ),
            format!(
                "{} of DTLS or ZRTP agree on keys; loss, jitter and rates come from headers and stay right, key presses and RTCP may not be readable",
                packets(dtls)
            ),
        )
        .at(streams.map(|s| s.first_frame).min());
    out.push(finding);
}
