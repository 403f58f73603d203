//! Messages that break the grammar.

use super::{content_length_mismatch, found};
use crate::diagnosis::case::{Case, FlawSeen};
use crate::diagnosis::finding::Finding;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::types::{FlawCode, Severity};

pub(super) static RULE: Rule = Rule {
    code: "malformed_message",
    severities: &[Severity::Warning],
    clause: Some("RFC 3261 §25"),
    page: Page {
        means: "SIP messages break a rule of the grammar: a header is missing, repeated, or not written as it must \
be. They were read as far as they make sense.",
        evidence: "The header or line at fault, named in the detail with a code of its own, and the messages that have \
it. The same flaw of many messages is one finding with a count.",
        check: "Look at one of the messages (`sipflow show`), and update or configure the program that sent it. A \
strict receiver answers such a message with 400, or drops it.",
        limits: "Whether a receiver minded the flaw cannot be concluded from it: most are lenient. Look at how the \
message was answered.",
    },
    looks: &[Look::Flaw(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Built {
        has: tests::no_cseq,
        almost: tests::lines_that_end_in_lf_alone,
    },
};

/// Flaws every analyzer meets daily and no receiver minds, and what the capture or a limit did and is told of
/// that.
const LEFT_OUT: &[FlawCode] = &[
    FlawCode::BareLf,
    FlawCode::FragmentsMissing,
    FlawCode::CaptureTruncated,
    FlawCode::MessageTooLong,
];

fn run(case: &Case<'_>, flaw: &FlawSeen, out: &mut Vec<Finding>) {
    if !content_length_mismatch::is_about(flaw) && !LEFT_OUT.contains(&flaw.code) {
        out.push(found(&RULE, case, flaw));
    }
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::building::Scene;

    const HEADERS: &str = "OPTIONS sip:b@example.org SIP/2.0\r\n\
        Via: SIP/2.0/UDP 192.0.2.11;branch=z9hG4bK1\r\n\
        From: <sip:a@example.org>;tag=1\r\nTo: <sip:b@example.org>\r\n\
        Call-ID: 1@192.0.2.11\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n";

    pub(super) fn no_cseq() -> Scene {
        Scene::of_message(&format!("{HEADERS}\r\n"))
    }

    pub(super) fn lines_that_end_in_lf_alone() -> Scene {
        let whole = format!("{HEADERS}CSeq: 1 OPTIONS\r\n\r\n");
        Scene::of_message(&whole.replace("\r\n", "\n"))
    }

    #[test]
    fn the_missing_header_is_named() {
        let [only] = &no_cseq().said()[..] else {
            panic!("one finding")
        };
        assert!(only.contains("CSeq"), "{only}");
    }
}
