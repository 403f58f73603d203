//! `report --lint` through the program.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]
#![allow(unreachable_pub, dead_code, reason = "shared with other tests")]

mod support;

use serde_json::Value;
use sipflow::diagnosis::REGISTRY;
use std::path::Path;

/// The codes that only `--lint` tells.
fn codes() -> Vec<&'static str> {
    let mut groups = REGISTRY.iter();
    let group = groups.find(|g| g.title.starts_with("Conformance")).unwrap();
    group.rules.iter().map(|rule| rule.code).collect()
}

/// The departures of a capture as `severity code: title`.
fn found(path: &Path, more: &[&str]) -> Vec<String> {
    let path = path.to_str().unwrap();
    let words = ["report", "-q", "--json", "--records", "findings", path];
    let out = support::sipflow(words.iter().chain(more));
    let report: Value = serde_json::from_slice(&out.stdout).unwrap();
    let codes = codes();
    let findings = report["findings"].as_array().unwrap().iter();
    let own = findings.filter(|f| codes.contains(&f["code"].as_str().unwrap()));
    let word = |f: &Value, name: &str| f[name].as_str().unwrap().to_owned();
    own.map(|f| {
        format!(
            "{} {}: {}",
            word(f, "severity"),
            word(f, "code"),
            word(f, "title")
        )
    })
    .collect()
}

fn case(name: &str) -> std::path::PathBuf {
    support::testdata(&format!("cases/{name}/capture.pcap"))
}

#[test]
fn departures_are_told_once_a_sender_and_only_where_asked_for() {
    // The client answers each 401, which repeats the nonce, with nc=00000001: #5 is the first, #7 to #33 are 14.
    let wrong = case("register_wrong_password");
    assert_eq!(
        found(&wrong, &["--lint"]),
        [
            "info nonce_count_repeated: 14 requests from 192.0.2.11:5060 use a nonce again with a nonce count that does \
             not go up"
        ]
    );
    assert_eq!(found(&wrong, &[]), [""; 0]);
    // The caller's Via asks with rport; 100, 180, 200 and the 200 to the BYE lack it.
    assert_eq!(
        found(&case("g729_linphone"), &["--lint"]),
        ["info via_not_stamped: 4 responses from 192.0.2.12:5060 lack rport in the topmost Via"]
    );
}

#[test]
fn a_call_through_proxies_keeps_the_rules() {
    for name in ["proxy_call", "two_proxies", "register_digest"] {
        assert_eq!(found(&case(name), &["--lint"]), [""; 0], "{name}");
    }
}

#[test]
fn no_capture_of_the_lab_has_more_than_information() {
    let Some(lab) = support::reference("lab") else {
        return;
    };
    for file in std::fs::read_dir(lab).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        // The large ones take long without optimization.
        if !name.contains(".pcap") || name.ends_with(".zst") {
            continue;
        }
        let found = found(&path, &["--lint"]);
        assert!(
            found.iter().all(|f| f.starts_with("info ")),
            "{name}: {found:?}"
        );
    }
}

#[test]
fn records_that_become_final_one_by_one_cannot_be_counted_together() {
    let path = case("proxy_call");
    let words = [
        "report",
        "--format",
        "ndjson",
        "--lint",
        path.to_str().unwrap(),
    ];
    assert_eq!(support::sipflow(words).status.code(), Some(2));
}
