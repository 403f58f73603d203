//! Calls through B2BUAs against what the people who made the captures know of their legs: no two calls are joined that
//! are two, and all legs of a call are.
//!
//! Needs the reference captures.

mod support;

use serde_json::Value;
use std::collections::BTreeSet;

type Pairs = BTreeSet<(String, String)>;

fn pairs<'a>(calls: impl Iterator<Item = &'a Value>) -> Pairs {
    let mut out = Pairs::new();
    for call in calls {
        let ids = call.as_array().into_iter().flatten();
        let ids: Vec<&str> = ids.filter_map(Value::as_str).collect();
        for (i, a) in ids.iter().enumerate() {
            for b in ids.iter().skip(i + 1) {
                let (first, second) = if a < b { (a, b) } else { (b, a) };
                out.insert(((*first).to_owned(), (*second).to_owned()));
            }
        }
    }
    out
}

#[test]
fn every_leg_is_joined_to_its_call_and_to_no_other() {
    let Some(dir) = support::reference("legs") else {
        return;
    };
    let truth = std::fs::read(dir.join("truth.json")).expect("truth.json");
    let truth: Value = serde_json::from_slice(&truth).expect("JSON");
    let mut wrong = Vec::new();
    for capture in truth["captures"].as_array().expect("captures") {
        let name = capture["file"].as_str().expect("file");
        let report = support::report(&dir.join(name));
        let calls = report["calls"].as_array().expect("calls");
        let got = pairs(calls.iter().map(|c| &c["call_ids"]));
        let also = capture["also_acceptable"].as_array();
        let groupings = std::iter::once(&capture["calls"]).chain(also.into_iter().flatten());
        let mut fits = groupings.map(|g| pairs(g.as_array().into_iter().flatten()) == got);
        if !fits.any(|fits| fits) {
            wrong.push(format!("{name}: {got:?}"));
        }
        let findings = report["findings"].as_array().expect("findings");
        for finding in findings.iter().filter(|f| f["severity"] != "info") {
            wrong.push(format!("{name}: {}", finding["title"]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn records_one_by_one_name_the_legs_and_the_calls_they_belong_to() {
    for (case, wanted) in [("b2bua", "possible_legs"), ("redirect_new_call", "links")] {
        let file = support::testdata(&format!("cases/{case}/capture.pcap"));
        let out = support::sipflow([
            "report",
            "--format",
            "ndjson",
            file.to_str().expect("a path"),
        ]);
        let text = String::from_utf8(out.stdout).expect("UTF-8");
        let records = text
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
        let calls: Vec<Value> = records.filter(|r| r["record"] == "call").collect();
        let others = |call: &Value| -> BTreeSet<u64> {
            let named = call[wanted].as_array().into_iter().flatten();
            named.filter_map(|other| other["call"].as_u64()).collect()
        };
        let named: BTreeSet<u64> = calls.iter().flat_map(others).collect();
        assert!(
            calls.len() > 1 && named.len() > 1,
            "{case}: {named:?} in {wanted}"
        );
    }
}
