//! Every public reference capture against tshark's figures: SIP messages by method and status, the
//! set of Call-IDs, and per RTP stream packets and lost. A difference must have its reason in
//! `docs/differences.md`.

mod support;

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Method or status counts and Call-IDs of tshark's field list (tab separated, commas inside a
/// field where one frame holds several messages).
fn tshark_sip(text: &str) -> (BTreeMap<String, u64>, BTreeSet<String>) {
    let mut counts = BTreeMap::new();
    let mut ids = BTreeSet::new();
    for line in text.lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let field = |at: usize| fields.get(at).copied().unwrap_or("");
        for name in field(10)
            .split(',')
            .chain(field(11).split(','))
            .filter(|n| !n.is_empty())
        {
            *counts.entry(name.to_owned()).or_insert(0) += 1;
        }
        ids.extend(
            field(13)
                .split(',')
                .filter(|id| !id.is_empty())
                .map(str::to_owned),
        );
    }
    (counts, ids)
}

fn differences(dir: &Path, capture: &Value, report: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    let refs: Vec<&str> = capture["ref"]
        .as_array()
        .expect("ref")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    let read = |suffix: &str| {
        let name = refs
            .iter()
            .find(|r| r.ends_with(suffix))
            .expect("reference");
        String::from_utf8_lossy(&std::fs::read(dir.join(name)).expect("reference")).into_owned()
    };
    let (want, ids) = tshark_sip(&read(".sip.tsv"));
    let got = support::sip_counts(report);
    if want != got {
        wrong.push(format!("SIP counts: tshark {want:?}, ours {got:?}"));
    }
    let ours = support::call_ids(report);
    if ids != ours {
        let only = |a: &BTreeSet<String>, b: &BTreeSet<String>| {
            a.difference(b).take(3).cloned().collect::<Vec<_>>()
        };
        wrong.push(format!(
            "Call-IDs: only tshark {:?}, only ours {:?}",
            only(&ids, &ours),
            only(&ours, &ids)
        ));
    }
    let rtp = read(".rtp.txt");
    let (by_sdp, by_guess) = rtp
        .split_once("# with --enable-heuristic")
        .unwrap_or((&rtp, ""));
    let sure = support::tshark_streams(by_sdp);
    let guessed = support::tshark_streams(by_guess);
    let ours = support::our_streams(report);
    let same = |a: &support::TsharkStream, b: &support::TsharkStream| {
        a.src == b.src && a.dst == b.dst && a.ssrc == b.ssrc
    };
    for s in &guessed {
        if !ours.contains(s) {
            let near: Vec<_> = ours.iter().filter(|o| same(o, s)).collect();
            wrong.push(format!("stream: tshark {s:?}, ours {near:?}"));
        }
    }
    for s in &sure {
        if !ours.iter().any(|o| same(o, s)) {
            wrong.push(format!("stream announced by SDP is missing: {s:?}"));
        }
    }
    for s in &ours {
        if !guessed.iter().chain(&sure).any(|t| same(t, s)) {
            wrong.push(format!("stream only ours: {s:?}"));
        }
    }
    wrong
}

#[test]
fn every_public_capture_agrees_with_tshark_or_says_why_not() {
    let Some(dir) = support::reference("public") else {
        return;
    };
    let manifest: Value =
        serde_json::from_slice(&std::fs::read(dir.join("manifest.json")).expect("manifest"))
            .expect("JSON");
    let mut failures = Vec::new();
    let (mut agreed, mut explained) = (0, 0);
    for capture in manifest["captures"].as_array().expect("captures") {
        let name = capture["file"].as_str().expect("file");
        let report = support::report(&dir.join(name));
        let wrong = differences(&dir, capture, &report);
        if wrong.is_empty() {
            agreed += 1;
        } else if support::explained(name) {
            explained += 1;
        } else {
            failures.push(format!(
                "{name}:\n    {}",
                wrong[..wrong.len().min(5)].join("\n    ")
            ));
        }
    }
    eprintln!("{agreed} captures agree, {explained} differ with a reason in docs/differences.md");
    assert!(
        failures.is_empty(),
        "{} captures differ:\n{}",
        failures.len(),
        failures.join("\n")
    );
}
