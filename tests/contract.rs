//! Every report validates against the schema `sipflow schema` prints, and what the contract promises
//! beyond types holds: no key is missing, ids count from 1, references lead somewhere.

mod support;

use serde_json::Value;
use std::collections::HashSet;

fn schema() -> jsonschema::Validator {
    let out = support::sipflow(["schema"]);
    assert!(out.status.success());
    let schema: Value = serde_json::from_slice(&out.stdout).expect("the schema is JSON");
    jsonschema::validator_for(&schema).expect("the schema is a schema")
}

fn captures() -> Vec<std::path::PathBuf> {
    let dirs = std::fs::read_dir(support::testdata("cases")).expect("testdata/cases");
    let mut files: Vec<_> = dirs
        .flat_map(|d| {
            ["capture.pcap", "capture.pcapng", "capture.pcap.gz"]
                .map(|c| d.as_ref().expect("entry").path().join(c))
        })
        .filter(|p| p.exists())
        .collect();
    files.sort();
    files
}

fn ids(report: &Value, array: &str) -> HashSet<u64> {
    let records = report[array].as_array().expect("array");
    let ids: Vec<u64> = records
        .iter()
        .map(|r| r["id"].as_u64().expect("id"))
        .collect();
    assert_eq!(
        ids,
        (1..=ids.len() as u64).collect::<Vec<_>>(),
        "{array} count from 1 in order"
    );
    ids.into_iter().collect()
}

fn refer(report: &Value, from: &str, field: &str, to: &HashSet<u64>) {
    for record in report[from].as_array().expect("array") {
        let refs = match &record[field] {
            Value::Array(list) => list.clone(),
            Value::Null => vec![],
            one => vec![one.clone()],
        };
        for r in refs {
            assert!(
                to.contains(&r.as_u64().expect("a number")),
                "{from}.{field} {r} leads nowhere"
            );
        }
    }
}

#[test]
fn every_report_is_as_the_schema_says_and_its_references_lead_somewhere() {
    let schema = schema();
    for path in captures() {
        let report = support::report(&path);
        let errors: Vec<String> = schema
            .iter_errors(&report)
            .take(3)
            .map(|e| format!("{e} at {}", e.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{}: {errors:?}", path.display());
        let [
            messages,
            transactions,
            dialogs,
            calls,
            registrations,
            streams,
            findings,
        ] = [
            "messages",
            "transactions",
            "dialogs",
            "calls",
            "registrations",
            "streams",
            "findings",
        ]
        .map(|a| ids(&report, a));
        for (from, field, to) in [
            ("messages", "transaction", &transactions),
            ("messages", "dialog", &dialogs),
            ("messages", "call", &calls),
            ("messages", "registration", &registrations),
            ("messages", "retransmission_of", &messages),
            ("transactions", "messages", &messages),
            ("dialogs", "messages", &messages),
            ("dialogs", "call", &calls),
            ("calls", "messages", &messages),
            ("calls", "findings", &findings),
            ("streams", "call", &calls),
            ("streams", "findings", &findings),
            ("findings", "messages", &messages),
            ("findings", "calls", &calls),
            ("findings", "streams", &streams),
            ("findings", "registrations", &registrations),
        ] {
            refer(&report, from, field, to);
        }
    }
}

#[test]
fn records_leaves_out_every_other_array() {
    let path = support::testdata("cases/proxy_call/capture.pcap");
    let out = support::sipflow([
        "report",
        "--json",
        "--records",
        "calls,streams",
        path.to_str().expect("UTF-8"),
    ]);
    let report: Value = serde_json::from_slice(&out.stdout).expect("JSON");
    let keys: Vec<&str> = report
        .as_object()
        .expect("object")
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(
        keys,
        [
            "schema",
            "generator",
            "sources",
            "counters",
            "capture",
            "calls",
            "streams"
        ]
    );
}

#[test]
fn ndjson_holds_the_same_records_one_a_line() {
    let path = support::testdata("cases/proxy_call/capture.pcap");
    let report = support::report(&path);
    let out = support::sipflow([
        "report",
        "--format",
        "ndjson",
        path.to_str().expect("UTF-8"),
    ]);
    let lines: Vec<Value> = String::from_utf8(out.stdout)
        .expect("UTF-8")
        .lines()
        .map(|l| serde_json::from_str(l).expect("each line is JSON"))
        .collect();
    for (kind, array) in [
        ("message", "messages"),
        ("transaction", "transactions"),
        ("dialog", "dialogs"),
        ("stream", "streams"),
        ("registration", "registrations"),
    ] {
        let mut ours: Vec<Value> = lines
            .iter()
            .filter(|l| l["record"] == kind)
            .cloned()
            .collect();
        ours.sort_by_key(|r| r["id"].as_u64());
        for r in &mut ours {
            r.as_object_mut().expect("object").remove("record");
        }
        assert_eq!(Value::Array(ours), report[array], "{kind}");
    }
    assert_eq!(
        lines.iter().filter(|l| l["record"] == "call").count(),
        report["calls"].as_array().expect("calls").len()
    );
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let path = support::testdata("cases/forked/capture.pcap");
    let run = || support::sipflow(["report", "--json", path.to_str().expect("UTF-8")]).stdout;
    assert_eq!(run(), run());
}
