//! `sipflow define`: what is typed, what is printed, and what the exit code says.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use serde_json::Value;
use std::process::{Command, Stdio};

/// Exit code, standard output, standard error.
fn run(words: &[&str]) -> (i32, String, String) {
    let out = Command::new(env!("CARGO_BIN_EXE_sipflow"))
        .arg("define")
        .args(words)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    (
        out.status.code().unwrap(),
        String::from_utf8(out.stdout).unwrap(),
        String::from_utf8(out.stderr).unwrap(),
    )
}

fn json(words: &[&str]) -> Value {
    let (code, out, err) = run(&[words, &["--json"]].concat());
    assert_eq!(code, 0, "{words:?}: {err}");
    serde_json::from_str(&out).unwrap()
}

#[test]
fn a_status_code_is_explained_with_its_section() {
    let (code, out, _) = run(&["486"]);
    assert_eq!(code, 0);
    assert!(out.starts_with("486 Busy Here (status)\n"), "{out}");
    assert!(out.contains("  see      RFC 3261 §21.4.24\n"), "{out}");
    let term = &json(&["486"])["terms"][0];
    assert_eq!(
        (&term["group"], &term["name"]),
        (&"status".into(), &"486".into())
    );
    assert_eq!(term["example"], "SIP/2.0 486 Busy Here");
}

#[test]
fn words_are_one_term_with_and_without_quotes_or_several_terms() {
    assert_eq!(run(&["timer", "B"]), run(&["timer B"]));
    assert_eq!(run(&["PT", "8"]).1, run(&["PT 8"]).1);
    let both = json(&["INVITE", "486"]);
    let names: Vec<&Value> = both["terms"]
        .as_array()
        .unwrap()
        .iter()
        .map(|t| &t["name"])
        .collect();
    assert_eq!(names, ["INVITE", "486"]);
}

#[test]
fn an_unknown_term_names_near_ones_and_is_exit_code_1() {
    let (code, out, err) = run(&["Recrod-Route"]);
    assert_eq!((code, out.as_str()), (1, ""));
    assert!(err.contains("(was Record-Route meant?)"), "{err}");
    let (code, _, err) = run(&["\u{1b}[31mzzz"]);
    assert_eq!(code, 1);
    assert!(!err.contains('\u{1b}'), "{err:?}");
    assert_eq!(err.lines().count(), 1);
}

#[test]
fn without_a_term_or_with_an_unknown_group_the_usage_is_wrong() {
    assert_eq!(run(&[]).0, 2);
    let (code, _, err) = run(&["--list", "timerz"]);
    assert_eq!(code, 2);
    assert!(err.contains("timer"), "{err}");
    assert_eq!(run(&["486", "--list", "status"]).0, 2);
}

#[test]
fn every_group_can_be_listed_in_every_format_and_fits_the_width() {
    let groups = json(&["--list"]);
    let groups = groups["groups"].as_array().unwrap();
    assert_eq!(groups.len(), 16);
    for group in groups {
        let name = group["group"].as_str().unwrap();
        let listed = json(&["--list", name]);
        let terms = listed["terms"].as_array().unwrap();
        assert_eq!(terms.len(), group["terms"].as_array().unwrap().len());
        let (code, text, _) = run(&["--list", name, "--width", "80"]);
        assert_eq!(code, 0);
        for line in text.lines() {
            assert!(line.chars().count() <= 80, "{name}: {line}");
        }
        let (_, md, _) = run(&["--list", name, "--format", "md"]);
        assert_eq!(md.lines().count(), terms.len() + 2, "{name}");
    }
    assert_eq!(run(&["--list", "headers"]), run(&["--list", "header"]));
}

#[test]
fn the_sheets_are_tables_of_markdown_too() {
    let (_, md, _) = run(&["minimum headers", "--format", "md"]);
    assert!(
        md.contains("\n| header | compact | request | response | meaning |\n"),
        "{md}"
    );
    assert!(md.contains("\n| Max-Forwards |  | must | - | "), "{md}");
    for sheet in [
        "compact forms",
        "From, To and Contact",
        "identifiers",
        "timers",
    ] {
        let term = &json(&[sheet])["terms"][0];
        assert_eq!(term["group"], "sheet", "{sheet}");
        assert!(term["table"]["rows"].as_array().unwrap().len() > 5);
    }
}

#[test]
fn every_code_of_the_findings_is_explained() {
    for rule in sipflow::diagnosis::rules() {
        let terms = json(&[rule.code]);
        let is = |t: &Value| t["group"] == "finding" && t["meaning"] == rule.page.means;
        assert!(
            terms["terms"].as_array().unwrap().iter().any(is),
            "{}",
            rule.code
        );
    }
}

#[test]
fn every_document_fits_its_schema() {
    let schema = Command::new(env!("CARGO_BIN_EXE_sipflow"))
        .args(["schema", "define"])
        .output()
        .unwrap();
    let schema: Value = serde_json::from_slice(&schema.stdout).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for words in [
        &["486"][..],
        &["minimum headers"],
        &["INVITE", "Via"],
        &["--list"],
        &["--list", "header"],
    ] {
        let document = json(words);
        assert_eq!(document["schema"], "sipflow/define/1");
        let errors: Vec<String> = validator
            .iter_errors(&document)
            .map(|e| e.to_string())
            .collect();
        assert_eq!(errors, [""; 0], "{words:?}");
    }
}

#[test]
fn what_may_be_meant_is_named_as_it_is_called() {
    let (_, _, err) = run(&["from to contac"]);
    assert!(err.contains("(was From, To and Contact meant?)"), "{err}");
}
