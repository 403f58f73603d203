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
use std::collections::BTreeMap;

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
    diagnose_at_most(case, MOST_OF_A_CODE)
}

/// Findings of one code that are listed; further ones are counted.
const MOST_OF_A_CODE: u64 = 50_000;

fn diagnose_at_most(case: &Case<'_>, most: u64) -> Vec<Finding> {
    let mut listed = Listed {
        most,
        ..Listed::default()
    };
    let mut found = Vec::new();
    for call in case.call_cases() {
        for rule in CALL_RULES {
            (rule.run)(&call, &mut found);
        }
        found.sort_by_key(|f| std::cmp::Reverse(f.severity));
        listed.take(&mut found);
    }
    for rule in CAPTURE_RULES {
        (rule.run)(case, &mut found);
        listed.take(&mut found);
    }
    listed.finish()
}

/// Findings up to a number of each code.
#[derive(Default)]
struct Listed {
    most: u64,
    findings: Vec<Finding>,
    counts: BTreeMap<&'static str, u64>,
}

impl Listed {
    fn take(&mut self, found: &mut Vec<Finding>) {
        for finding in found.drain(..) {
            let count = self.counts.entry(finding.code.0).or_default();
            *count += 1;
            if *count <= self.most {
                self.findings.push(finding);
            }
        }
    }

    fn finish(mut self) -> Vec<Finding> {
        for (code, count) in self.counts.iter().filter(|(_, n)| **n > self.most) {
            self.findings.push(finding(
                "limit_reached",
                Severity::Warning,
                format!("a memory limit was reached: findings {code}"),
                format!(
                    "{count} were found; the first {} are listed, the others are counted only",
                    self.most
                ),
            ));
        }
        self.findings
    }
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
    fn findings_beyond_the_most_of_a_code_are_counted() {
        let mut listed = Listed {
            most: 2,
            ..Listed::default()
        };
        let of = |code| finding(code, Severity::Info, "t", "d");
        for _ in 0..5 {
            listed.take(&mut vec![of("missing_bye"), of("missing_ack")]);
        }
        listed.take(&mut vec![of("no_media")]);
        let found: Vec<_> = listed.finish();
        let codes: Vec<_> = found.iter().map(|f| f.code.0).collect();
        let pair = ["missing_bye", "missing_ack"];
        let expected = [
            &pair[..],
            &pair,
            &["no_media", "limit_reached", "limit_reached"],
        ];
        assert_eq!(codes, expected.concat());
        assert!(
            found[5].title.ends_with("findings missing_ack"),
            "{found:?}"
        );
        assert!(found[5].detail.starts_with("5 were found"), "{found:?}");
    }

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
