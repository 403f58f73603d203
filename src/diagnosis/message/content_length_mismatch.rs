//! Messages that lie about the length of their body.

use super::found;
use crate::diagnosis::case::{Case, FlawSeen};
use crate::diagnosis::finding::Finding;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::types::{FlawCode, Severity};

pub(super) static RULE: Rule = Rule {
    code: "content_length_mismatch",
    severities: &[Severity::Warning],
    clause: Some("RFC 3261 §18.3"),
    page: Page {
        means: "The body of SIP messages is not as long as Content-Length says, or a message on a connection (TCP) \
lacks that header. On TCP the length tells where the next message begins, so a wrong one can make \
the receiver lose that message too.",
        evidence: "The header, and the bytes that follow the message's headers. The messages concerned are listed, and \
the detail names the flaw: `body_truncated`, `extra_octets`, `content_length_mismatch`, \
`missing_content_length`, `stream_desync`.",
        check: "Look for a program on the way that changes the body without the header (SIP ALG in routers does), or \
for a sender that counts characters instead of octets.",
        limits: "Where the snap length cut the packet or fragments are missing, the body may have been whole on the \
wire: see `capture_truncated` and `fragments_missing`. Which host made the mistake cannot be told \
behind the first hop.",
    },
    looks: &[Look::Flaw(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Built {
        has: tests::a_body_shorter_than_its_length,
        almost: tests::a_body_cut_off_by_lost_fragments,
    },
};

/// Flaws about the body's length.
const LENGTH_FLAWS: &[FlawCode] = &[
    FlawCode::BodyTruncated,
    FlawCode::ExtraOctets,
    FlawCode::ContentLengthMismatch,
    FlawCode::MissingContentLength,
    FlawCode::StreamDesync,
];

/// True for a flaw that is about the body's length.
pub(super) fn is_about(flaw: &FlawSeen) -> bool {
    LENGTH_FLAWS.contains(&flaw.code)
}

fn run(case: &Case<'_>, flaw: &FlawSeen, out: &mut Vec<Finding>) {
    if is_about(flaw) {
        out.push(found(&RULE, case, flaw));
    }
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::building::Scene;

    const SHORT: &str = "OPTIONS sip:b@example.org SIP/2.0\r\n\
        Via: SIP/2.0/UDP 192.0.2.11;branch=z9hG4bK1\r\n\
        From: <sip:a@example.org>;tag=1\r\nTo: <sip:b@example.org>\r\n\
        Call-ID: 1@192.0.2.11\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\n\
        Content-Type: text/plain\r\nContent-Length: 5\r\n\r\n";

    pub(super) fn a_body_shorter_than_its_length() -> Scene {
        Scene::of_message(&format!("{SHORT}four"))
    }

    pub(super) fn a_body_cut_off_by_lost_fragments() -> Scene {
        // That is the capture's doing, and said as such.
        Scene::of_flaw(crate::types::FlawCode::FragmentsMissing)
    }

    #[test]
    fn a_body_of_the_right_length_is_no_finding() {
        assert_eq!(Scene::of_message(&format!("{SHORT}fives")).said(), [""; 0]);
        let [only] = &a_body_shorter_than_its_length().said()[..] else {
            panic!("one finding")
        };
        assert!(
            only.starts_with("warning content_length_mismatch: 1 message: "),
            "{only}"
        );
    }
}
