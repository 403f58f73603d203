//! Estimated quality as the commands show it: its terms, its scale, its profile.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

mod support;

use serde_json::Value;
use std::path::{Path, PathBuf};

fn capture(case: &str, name: &str) -> PathBuf {
    support::testdata("cases").join(case).join(name)
}

fn text(words: &[&str], capture: &Path) -> String {
    let words = words.iter().map(std::ffi::OsStr::new);
    let out = support::sipflow(words.chain([capture.as_os_str()]));
    assert!(out.status.success(), "{out:?}");
    String::from_utf8(out.stdout).unwrap()
}

fn qualities(words: &[&str], capture: &Path) -> Vec<Value> {
    let json: Value = serde_json::from_str(&text(words, capture)).unwrap();
    let streams = json["streams"].as_array().unwrap();
    streams.iter().map(|s| s["quality"].clone()).collect()
}

const CLASSROOM: [&str; 2] = ["--mos-profile", "classroom"];

#[test]
fn the_terms_in_json_add_up_to_the_rating() {
    let proxied = capture("proxy_call", "capture.pcap");
    for q in qualities(&["streams", "--json"], &proxied) {
        let term = |name: &str| q["terms"][name].as_f64().unwrap();
        let sum = term("ro") - term("is") - term("id") - term("ie_eff") + term("a");
        assert!((sum - q["r_factor"].as_f64().unwrap()).abs() < 0.015, "{q}");
        assert_eq!(
            (&q["scale"], &q["model"]),
            (&"narrowband".into(), &"g107".into())
        );
    }
}

#[test]
fn the_classroom_profile_holds_in_every_form() {
    let proxied = capture("proxy_call", "capture.pcap");
    let mut json = CLASSROOM.to_vec();
    json.splice(0..0, ["streams", "--json"]);
    let report = [&["report", "--json"], &CLASSROOM[..]].concat();
    for q in qualities(&json, &proxied)
        .into_iter()
        .chain(qualities(&report, &proxied))
    {
        assert_eq!(
            (&q["mos_ceiling"], &q["model"]),
            (&4.4.into(), &"classroom".into())
        );
    }
    let lines = text(
        &[&["report", "--format", "ndjson"], &CLASSROOM[..]].concat(),
        &proxied,
    );
    let streams = lines
        .lines()
        .filter(|l| l.contains("\"record\":\"stream\""));
    assert!(streams.clone().count() > 0);
    assert!(
        streams
            .clone()
            .all(|l| l.contains("\"model\":\"classroom\"")),
        "{lines}"
    );
    let calls = text(&[&["calls"], &CLASSROOM[..]].concat(), &proxied);
    assert!(
        calls.contains("4.40/4.40") && calls.contains("classroom"),
        "{calls}"
    );
}

#[test]
fn wideband_scores_are_marked_wherever_they_stand() {
    let g722 = capture("g722", "capture.pcap");
    for words in [&["calls"][..], &["streams"], &["report"]] {
        let shown = text(words, &g722);
        assert!(shown.contains("4.3wb"), "{shown}");
        assert!(shown.contains("G.107.1, not comparable"), "{shown}");
    }
    let csv = text(&["streams", "--format", "csv"], &g722);
    assert!(
        csv.contains("mos_scale") && csv.contains("wideband"),
        "{csv}"
    );
    let work = text(&["streams", "--show-work"], &g722);
    assert!(work.contains("with R / 1.29 = 89.92 for R"), "{work}");
}
