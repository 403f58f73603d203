//! What is wrong, in plain words: each rule looks at finished calls, registrations and streams and
//! returns findings with a stable code, the evidence, and advice.
//!
//! Invariant: a rule states only what the capture shows. Where the capture cannot show it (media not
//! captured, encrypted), the rule says that instead of guessing.

mod call_failed;
mod capture;
mod case;
mod messages;
mod missing;
mod no_answer_from_peer;
mod quality;
mod registrations;
mod sdp_addresses;
mod silent_media;

pub use case::{CallCase, CaptureFacts, Case, FlawSeen};

use crate::types::{Finding, FindingCode, Severity};

/// A rule that looks at one call and its streams.
struct CallRule {
    /// Codes it may give.
    codes: &'static [&'static str],
    run: fn(&CallCase<'_>, &mut Vec<Finding>),
}

/// A rule that looks at everything else.
struct CaptureRule {
    codes: &'static [&'static str],
    run: fn(&Case<'_>, &mut Vec<Finding>),
}

/// One row a rule; the order is the order of findings of equal weight within a call.
const CALL_RULES: &[CallRule] = &[
    CallRule {
        codes: call_failed::CODES,
        run: call_failed::run,
    },
    CallRule {
        codes: no_answer_from_peer::CODES,
        run: no_answer_from_peer::run,
    },
    CallRule {
        codes: silent_media::CODES,
        run: silent_media::run,
    },
    CallRule {
        codes: sdp_addresses::CODES,
        run: sdp_addresses::run,
    },
    CallRule {
        codes: missing::CODES,
        run: missing::run,
    },
];

const CAPTURE_RULES: &[CaptureRule] = &[
    CaptureRule {
        codes: registrations::CODES,
        run: registrations::run,
    },
    CaptureRule {
        codes: quality::CODES,
        run: quality::run,
    },
    CaptureRule {
        codes: messages::CODES,
        run: messages::run,
    },
    CaptureRule {
        codes: capture::CODES,
        run: capture::run,
    },
];

/// Every code a finding can have.
pub fn codes() -> impl Iterator<Item = &'static str> {
    let calls = CALL_RULES.iter().flat_map(|r| r.codes.iter().copied());
    calls.chain(CAPTURE_RULES.iter().flat_map(|r| r.codes.iter().copied()))
}

/// Runs every rule. Findings of calls come first, in order of the calls; within a call the worst first.
pub fn diagnose(case: &Case<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for call in case.call_cases() {
        let from = findings.len();
        for rule in CALL_RULES {
            (rule.run)(&call, &mut findings);
        }
        findings[from..].sort_by_key(|f| std::cmp::Reverse(f.severity));
    }
    for rule in CAPTURE_RULES {
        (rule.run)(case, &mut findings);
    }
    findings
}

/// A finding with nothing filled in but what every finding has.
fn finding(
    code: &'static str,
    severity: Severity,
    title: impl Into<String>,
    detail: impl Into<String>,
) -> Finding {
    Finding {
        code: FindingCode(code),
        severity,
        title: title.into(),
        detail: detail.into(),
        advice: "".into(),
        messages: Vec::new(),
        calls: Vec::new(),
        registrations: Vec::new(),
        streams: Vec::new(),
        source: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_codes_scripts_rely_on_are_all_there_and_lower_snake_case() {
        let all: Vec<_> = codes().collect();
        for promised in [
            "one_way_audio",
            "no_media",
            "media_to_wrong_address",
            "private_address_in_sdp",
            "loopback_address_in_sdp",
            "codec_mismatch",
            "missing_ack",
            "missing_bye",
            "authentication_failed",
            "registration_rejected",
            "no_response",
            "icmp_unreachable",
            "retransmissions",
            "packet_loss",
            "high_jitter",
            "capture_truncated",
            "fragments_missing",
            "content_length_mismatch",
            "malformed_message",
        ] {
            assert!(all.contains(&promised), "{promised}");
        }
        assert!(all.iter().all(|c| {
            c.chars()
                .all(|c| c.is_ascii_lowercase() || c == '_' || c.is_ascii_digit())
        }));
    }
}
