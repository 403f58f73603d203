//! `docs/findings.md` is the registry of rules, page by page.
//!
//! `UPDATE_DOCS=1 cargo test --test findings` (or `make docs`) writes it again.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

#[allow(dead_code, reason = "the doctor's tests change captures in more ways")]
#[path = "doctor/edit.rs"]
mod edit;
mod support;

use sipflow::diagnosis::{REGISTRY, Rule, rules};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

const BEGIN: &str = "\
<!-- written by `make docs` from the rules in src/diagnosis: change them there -->

# Findings

`sipflow report` says what is wrong as *findings*, `sipflow doctor` says what hides SIP or media as
*advice*. Both have a stable code. This page says of each code what it means, what it rests on, what to
check, and what cannot be concluded from it.

- **error**: a fault a user would notice; for advice: nothing can be seen for this.
- **warning**: look here; for advice: something is missing for this.
- **info**: worth knowing; nothing is wrong for it.

A finding says only what the capture shows. What was sent and did not pass the capture point looks the
same as what was never sent.

";

/// Where its findings are met.
fn shown_in(rule: &Rule) -> &'static str {
    match (rule.is_of_report(), rule.is_of_doctor()) {
        (true, true) => "`report`, `doctor`",
        (true, false) => "`report`",
        (false, _) => "`doctor`",
    }
}

fn severities(rule: &Rule) -> String {
    let words: Vec<&str> = rule.severities.iter().map(|s| s.as_str()).collect();
    words.join(", ")
}

fn guide() -> String {
    let mut out = BEGIN.to_owned();
    for group in REGISTRY {
        writeln!(out, "## {}\n", group.title).unwrap();
        writeln!(out, "| code | severity | shown by |\n|---|---|---|").unwrap();
        for rule in group.rules {
            let (code, by) = (rule.code, shown_in(rule));
            writeln!(out, "| [`{code}`](#{code}) | {} | {by} |", severities(rule)).unwrap();
        }
        out.push('\n');
        for rule in group.rules {
            page(rule, &mut out);
        }
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

fn page(rule: &Rule, out: &mut String) {
    let page = &rule.page;
    writeln!(out, "### {}\n", rule.code).unwrap();
    let clause = rule.clause.map(|c| format!(" · {c}")).unwrap_or_default();
    writeln!(out, "{} · {}{clause}\n", severities(rule), shown_in(rule)).unwrap();
    writeln!(out, "{}\n", page.means).unwrap();
    for (title, text) in [
        ("Evidence", page.evidence),
        ("Check", page.check),
        ("What cannot be concluded", page.limits),
    ] {
        writeln!(out, "**{title}:** {text}\n").unwrap();
    }
}

#[test]
fn the_guide_has_a_page_for_every_code_and_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/findings.md");
    let fresh = guide();
    if env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, fresh).unwrap();
        return;
    }
    let guide = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        fresh == guide,
        "docs/findings.md is behind the rules in src/diagnosis: run `make docs`"
    );
}

#[test]
fn a_page_names_only_codes_and_commands_that_exist() {
    let codes: BTreeSet<&str> = rules().map(|r| r.code).collect();
    // Flaws of messages, which a page may name too.
    let flaws = [
        "body_truncated",
        "extra_octets",
        "missing_content_length",
        "stream_desync",
    ];
    for rule in rules() {
        let page = &rule.page;
        for text in [page.means, page.evidence, page.check, page.limits] {
            for named in text.split('`').skip(1).step_by(2) {
                let is_command = named.starts_with("sipflow ");
                let is_known = codes.contains(named) || flaws.contains(&named);
                assert!(is_command || is_known, "{}: `{named}`", rule.code);
            }
        }
    }
}

#[test]
fn the_codes_of_every_expected_report_are_in_the_registry() {
    let codes: BTreeSet<&str> = rules()
        .filter(|r| r.is_of_report())
        .map(|r| r.code)
        .collect();
    let mut seen = BTreeSet::new();
    for case in fs::read_dir(support::testdata("cases")).unwrap() {
        let path = case.unwrap().path().join("expected.json");
        let report: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        for finding in report["findings"].as_array().unwrap() {
            let code = finding["code"].as_str().unwrap();
            let severity = finding["severity"].as_str().unwrap();
            let rule = rules().find(|r| r.code == code).expect(code);
            assert!(codes.contains(code), "{code}");
            assert!(
                rule.severities.iter().any(|s| s.as_str() == severity),
                "{code} {severity}"
            );
            seen.insert(code.to_owned());
        }
    }
    assert!(seen.len() > 10, "{seen:?}");
}

/// The call of the lab, and later the same signalling with another Call-ID and without its media.
fn a_call_with_media_and_one_without() -> Vec<u8> {
    let call = edit::Capture::of_case("direct_call");
    let mut both = call.clone();
    let later = call.keep(edit::Packet::is_sip).each(|p| p.secs += 200);
    let later = later.replace(b"11b45c58bfb6ffb3", b"11b45c58bfb6ffb4");
    both.packets.extend(later.packets);
    both.bytes()
}

#[test]
fn a_call_without_media_is_found_in_a_report_and_in_records_one_by_one() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("capture.pcap");
    fs::write(&path, a_call_with_media_and_one_without()).unwrap();
    let out = support::sipflow(["report", "--format", "ndjson", path.to_str().unwrap()]);
    let records: Vec<serde_json::Value> = String::from_utf8(out.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let report = support::report(&path);
    let findings = report["findings"].as_array().unwrap();
    for (from, all) in [("report", findings), ("ndjson", &records)] {
        let silent: Vec<_> = all.iter().filter(|f| f["code"] == "no_media").collect();
        assert_eq!(silent.len(), 1, "{from}");
        assert_eq!(silent[0]["calls"], serde_json::json!([2]), "{from}");
    }
}
