//! The registry as a whole: what holds for every row.

use super::building::Proof;
use super::finding::Listed;
use super::rules;
use std::collections::BTreeSet;

#[test]
fn every_rule_finds_its_case_and_leaves_the_one_that_is_almost_it_alone() {
    for rule in rules() {
        let Proof::Built { has, almost } = rule.proof else {
            assert!(
                !rule.is_of_report(),
                "{} needs a built case: only looks of the doctor are proved by captures alone",
                rule.code
            );
            continue;
        };
        assert!(has().has(rule.code), "{}: {:?}", rule.code, has().said());
        assert!(
            !almost().has(rule.code),
            "{}: {:?}",
            rule.code,
            almost().said()
        );
    }
}

#[test]
fn findings_beyond_the_most_of_a_code_are_counted() {
    let mut listed = Listed::at_most(2);
    let of = |code| {
        let rule = rules().find(|r| r.code == code).unwrap();
        rule.found(rule.severities[0], "t", "d")
    };
    for _ in 0..5 {
        listed.take(&mut vec![of("missing_bye"), of("missing_ack")]);
    }
    listed.take(&mut vec![of("no_media")]);
    let found = listed.finish();
    let codes: Vec<_> = found.iter().map(|f| f.rule.code).collect();
    let pair = ["missing_bye", "missing_ack"];
    let expected = [
        &pair[..],
        &pair,
        &["no_media", "limit_reached", "limit_reached"],
    ];
    assert_eq!(codes, expected.concat());
    let more = &found[5];
    assert!(more.title.ends_with("findings missing_ack"), "{more:?}");
    assert!(more.detail.starts_with("5 were found"), "{more:?}");
}

#[test]
fn each_code_is_one_row_in_lower_snake_case_and_its_page_is_whole() {
    let mut seen = BTreeSet::new();
    for rule in rules() {
        let code = rule.code;
        assert!(seen.insert(code), "{code} twice");
        assert!(
            code.chars().all(|c| c.is_ascii_lowercase() || c == '_'),
            "{code}"
        );
        assert!(
            !rule.severities.is_empty() && !rule.looks.is_empty(),
            "{code}"
        );
        assert!(rule.severities.is_sorted(), "{code}");
        let page = &rule.page;
        for part in [page.means, page.evidence, page.check, page.limits] {
            let is_sentence = part.ends_with('.')
                && part
                    .chars()
                    .next()
                    .is_some_and(|c| c.is_uppercase() || c == '`');
            assert!(is_sentence && !part.contains("  "), "{code}: {part}");
        }
    }
}

#[test]
fn the_codes_scripts_rely_on_are_all_there() {
    let all: Vec<_> = rules().map(|r| r.code).collect();
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
}
