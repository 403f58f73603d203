//! `--where` and `sipflow fields`: every example of the documentation is asked of a capture, and the answers
//! that can be told by hand are compared.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test may panic"
)]

mod support;

use serde_json::Value;
use sipflow::query::{Item, Query};
use sipflow::report::model::{Message, Report};
use sipflow::report::read_captures;
use sipflow::types::{KindSet, QueryKind};
use std::path::Path;
use support::{sipflow, testdata};

/// Exit code, standard output, standard error.
fn run(words: &[&str]) -> (i32, String, String) {
    let out = sipflow(words);
    (
        out.status.code().unwrap(),
        String::from_utf8(out.stdout).unwrap(),
        String::from_utf8(out.stderr).unwrap(),
    )
}

fn capture(case: &str) -> String {
    testdata("cases")
        .join(case)
        .join("capture.pcap")
        .display()
        .to_string()
}

fn report(case: &str) -> Report {
    read_captures(&[capture(case)]).unwrap()
}

/// The records an expression holds for.
fn ids(report: &Report, kind: QueryKind, text: &str) -> Vec<u32> {
    let query = Query::parse(text, kind).unwrap_or_else(|e| panic!("{e}"));
    let read = |id: u32, seen: &mut dyn FnMut(&Message)| {
        report.messages.iter().filter(|m| m.id == id).for_each(seen);
    };
    let related = query.related(report, &read);
    let records = report.records(KindSet::of(&[kind.record()]));
    let fit = records.filter(|r| query.matches(Item::from(*r), &related));
    fit.map(|r| r.id()).collect()
}

/// The expressions in the tables of docs/where.md, each with the records it is about.
fn examples() -> Vec<(QueryKind, String)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/where.md");
    let text = std::fs::read_to_string(path).unwrap();
    let mut kind = None;
    let mut found = Vec::new();
    for line in text.lines() {
        if line.starts_with('#') {
            let name = line.trim_start_matches(['#', ' ']).trim_matches('`');
            kind = QueryKind::from_word(name);
        }
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").collect();
        if let (Some(kind), [_, expression]) = (kind, &cells[..])
            && let Some(expression) = expression.trim().strip_prefix('`')
        {
            found.push((kind, expression.trim_end_matches('`').to_owned()));
        }
    }
    found
}

#[test]
fn every_example_of_the_guide_can_be_asked_of_every_capture_of_its_kind() {
    let examples = examples();
    assert!(examples.len() > 50, "{}", examples.len());
    let reports = ["busy", "proxy_call", "burstloss_pcb", "dtmf_rfc4733"].map(report);
    for (kind, text) in &examples {
        for report in &reports {
            ids(report, *kind, text);
        }
    }
}

#[test]
fn examples_hold_for_the_records_they_are_to_hold_for() {
    // By the outcomes, statuses and figures these captures are known to have.
    let rows: &[(&str, QueryKind, &str, &[u32])] = &[
        (
            "busy",
            QueryKind::Calls,
            "outcome in ['busy', 'declined']",
            &[2],
        ),
        (
            "busy",
            QueryKind::Calls,
            "outcome not in ['completed', 'answered', 'cancelled', 'ringing', 'incomplete']",
            &[2],
        ),
        ("busy", QueryKind::Calls, "answer_time != null", &[1]),
        ("busy", QueryKind::Calls, "talk_time_s < 10s", &[1]),
        (
            "busy",
            QueryKind::Calls,
            "final_status == 4xx and final_status not in [401, 407, 487]",
            &[2],
        ),
        // A 487 tells of a CANCEL, not of a refusal.
        (
            "cancelled",
            QueryKind::Calls,
            "final_status == 4xx and final_status not in [401, 407, 487]",
            &[],
        ),
        ("busy", QueryKind::Calls, "messages.status == 5xx", &[]),
        ("busy", QueryKind::Calls, "caller.uri ~ '(?i)alice'", &[2]),
        ("busy", QueryKind::Streams, "lost_percent > 0%", &[]),
        (
            "busy",
            QueryKind::Streams,
            "call.callee.uri ~ 'bob'",
            &[1, 2],
        ),
        (
            "busy",
            QueryKind::Registrations,
            "not attempts.outcome in ['registered', 'unregistered', 'listed']",
            &[],
        ),
        // A binding that was taken back is no failure.
        (
            "declined",
            QueryKind::Registrations,
            "not attempts.outcome in ['registered', 'unregistered', 'listed']",
            &[],
        ),
        (
            "register_wrong_password",
            QueryKind::Registrations,
            "attempts.outcome in ['rejected', 'no_response']",
            &[1],
        ),
        ("busy", QueryKind::Registrations, "aor ~ 'bob@'", &[3]),
        (
            "oneway_firewall_pca",
            QueryKind::Calls,
            "findings.code == 'one_way_audio'",
            &[1],
        ),
        (
            "oneway_firewall_pca",
            QueryKind::Streams,
            "from == 'caller'",
            &[1],
        ),
        (
            "proxy_call",
            QueryKind::Calls,
            "findings.code == 'one_way_audio'",
            &[],
        ),
        (
            "proxy_call",
            QueryKind::Calls,
            "start_time == '2026-11-20T15:29'",
            &[1],
        ),
        (
            "proxy_call",
            QueryKind::Calls,
            "challenged and outcome == 'auth_failed'",
            &[],
        ),
        (
            "proxy_call",
            QueryKind::Calls,
            "messages.user_agent ~ '(?i)baresip'",
            &[1],
        ),
        (
            "proxy_call",
            QueryKind::Registrations,
            "attempts.challenged",
            &[1, 2],
        ),
        (
            "proxy_call",
            QueryKind::Registrations,
            "attempts.delay_ms > 100ms",
            &[],
        ),
        (
            "proxy_call",
            QueryKind::Streams,
            "payloads.codec == 'PCMA'",
            &[1, 2],
        ),
        (
            "call_wrong_password",
            QueryKind::Calls,
            "challenged and outcome == 'auth_failed'",
            &[1],
        ),
        (
            "register_wrong_password",
            QueryKind::Registrations,
            "not attempts.outcome in ['registered', 'unregistered', 'listed']",
            &[1],
        ),
        (
            "burstloss_pcb",
            QueryKind::Calls,
            "streams.lost_percent > 2%",
            &[1],
        ),
        (
            "burstloss_pcb",
            QueryKind::Streams,
            "lost > 0 and max_lost_burst >= 3",
            &[2],
        ),
        (
            "burstloss_pcb",
            QueryKind::Calls,
            "findings.severity in ['warning', 'error']",
            &[1],
        ),
        (
            "dtmf_rfc4733",
            QueryKind::Calls,
            "digits.digits ~ '1234'",
            &[1],
        ),
        ("dtmf_rfc4733", QueryKind::Calls, "count(dtmf) > 0", &[1]),
        (
            "hold_resume",
            QueryKind::Calls,
            "events.kind == 'hold'",
            &[1],
        ),
        (
            "two_proxies",
            QueryKind::Calls,
            "count(messages) > 20",
            &[1],
        ),
        (
            "two_proxies",
            QueryKind::Calls,
            "post_dial_delay_s > 3s",
            &[],
        ),
        (
            "options_unanswered",
            QueryKind::Requests,
            "unanswered > 2 and method == 'OPTIONS'",
            &[1],
        ),
    ];
    for (case, kind, text, held) in rows {
        assert_eq!(ids(&report(case), *kind, text), *held, "{case}: {text}");
    }
}

/// What stands behind `--where` or `-Y` in quotes, with the command.
fn commands(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for line in text.lines() {
        let line = line.trim();
        let Some((command, rest)) = line
            .split_once(" --where ")
            .or_else(|| line.split_once(" -Y "))
        else {
            continue;
        };
        let rest = rest.trim();
        let Some(quote) = rest.chars().next().filter(|c| matches!(c, '\'' | '"')) else {
            continue;
        };
        let Some((expression, _)) = rest[1..].split_once(quote) else {
            continue;
        };
        let words: Vec<&str> = command.split_whitespace().collect();
        let at = words.iter().rposition(|w| *w == "sipflow");
        if let Some(name) = at.and_then(|at| words.get(at + 1)) {
            found.push(((*name).to_owned(), expression.to_owned()));
        }
    }
    found
}

#[test]
fn every_example_of_readme_guide_and_help_runs() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for file in ["README.md", "docs/where.md"] {
        found.extend(commands(&std::fs::read_to_string(root.join(file)).unwrap()));
    }
    let from_pages = found.len();
    assert!(from_pages >= 5, "{found:?}");
    for command in [
        "",
        "calls",
        "registrations",
        "messages",
        "streams",
        "report",
        "ladder",
        "fields",
    ] {
        let words: Vec<&str> = [command, "--help"]
            .into_iter()
            .filter(|w| !w.is_empty())
            .collect();
        let (code, help, _) = run(&words);
        assert_eq!(code, 0);
        found.extend(commands(&help));
    }
    assert!(found.len() >= from_pages + 5, "{found:?}");
    for (command, expression) in found {
        let (code, _, err) = run(&[&command, &capture("proxy_call"), "--where", &expression]);
        assert!(code < 2, "{command} {expression}: {err}");
    }
}

#[test]
fn every_prefix_of_every_example_is_read_or_refused() {
    for (kind, text) in examples() {
        for end in (0..text.len()).filter(|at| text.is_char_boundary(*at)) {
            if let Err(error) = Query::parse(&text[..end], kind) {
                assert!(error.at.end <= end, "{error}");
            }
        }
    }
}

fn json(words: &[&str]) -> Value {
    let (code, out, err) = run(words);
    assert_eq!(code, 0, "{words:?}: {err}");
    serde_json::from_str(&out).unwrap()
}

#[test]
fn every_command_that_lists_keeps_the_records_that_fit_in_every_format() {
    let busy = capture("busy");
    let held = "outcome == 'busy'";
    for format in ["text", "json", "ndjson", "csv"] {
        let (code, out, _) = run(&["calls", &busy, "--format", format, "-Y", held]);
        assert!(
            code == 0 && out.contains("busy") && !out.contains("completed"),
            "{format}: {out}"
        );
    }
    let report = json(&["report", "--json", &busy, "--where", held]);
    let numbers = |array: &str| report[array].as_array().unwrap().len();
    // Call 2 has nine messages, no stream, and no registration belongs to it.
    assert_eq!(numbers("calls"), 1);
    assert_eq!(numbers("messages"), 9);
    assert_eq!((numbers("streams"), numbers("registrations")), (0, 0));
    // Requests outside calls belong to no call.
    let options = capture("options_message");
    let both = [&*options, &busy];
    let whole = json(&[&["report", "--json"], &both[..]].concat());
    assert!(!whole["requests"].as_array().unwrap().is_empty());
    for selection in [["--where", "id == 1"], ["--call", "1"]] {
        let part = json(&[&["report", "--json"], &both[..], &selection].concat());
        assert!(!part["calls"].as_array().unwrap().is_empty());
        assert_eq!(part["requests"].as_array().unwrap().len(), 0);
    }
    let (code, out, _) = run(&["ladder", &busy, "--where", held]);
    assert!(code == 0 && out.contains("CALL 2") && !out.contains("CALL 1"));
    let messages = json(&["messages", "--json", &busy, "--where", "status == 486"]);
    assert_eq!(messages["messages"].as_array().unwrap().len(), 2);
    let messages = json(&[
        "messages",
        "--json",
        &busy,
        "--where",
        "call.outcome == 'busy'",
    ]);
    assert_eq!(messages["messages"].as_array().unwrap().len(), 9);
    let registrations = json(&["registrations", "--json", &busy, "--where", "aor ~ 'carol'"]);
    assert_eq!(registrations["registrations"][0]["id"], 2);
    let streams = json(&["streams", "--json", &busy, "--where", "from == 'caller'"]);
    assert_eq!(streams["streams"][0]["id"], 2);
    assert_eq!(streams["streams"].as_array().unwrap().len(), 1);
}

#[test]
fn expression_and_shorthands_must_both_fit() {
    let busy = capture("busy");
    let fits = |words: &[&str]| run(&[&["calls", &busy], words].concat()).0;
    assert_eq!(
        fits(&["--from", "alice", "--where", "outcome == 'busy'"]),
        0
    );
    assert_eq!(
        fits(&["--from", "carol", "--where", "outcome == 'busy'"]),
        1
    );
    let streams = |words: &[&str]| run(&[&["streams", &busy], words].concat()).0;
    assert_eq!(streams(&["--call", "1", "--where", "from == 'caller'"]), 0);
    assert_eq!(streams(&["--call", "2", "--where", "from == 'caller'"]), 1);
}

#[test]
fn nothing_that_fits_is_exit_code_1_and_a_wrong_expression_2_with_a_caret() {
    let busy = capture("busy");
    let (code, out, err) = run(&["calls", &busy, "--where", "talk_time_s > 1h"]);
    assert_eq!((code, out.as_str()), (1, ""));
    assert!(err.contains("--where holds for none of 2 calls"), "{err}");
    // 13 and 9 messages of the calls, 6 of the registrations.
    let (code, _, err) = run(&["messages", &busy, "--where", "status == 599"]);
    assert!(
        code == 1 && err.contains("--where holds for none of 28 messages"),
        "{err}"
    );
    assert_eq!(
        run(&["calls", "--json", &busy, "--where", "talk_time_s > 1h"]).0,
        1
    );
    // Said before a file is opened.
    let (code, _, err) = run(&["calls", "not-there.pcap", "--where", "lost_percent > 2%"]);
    assert_eq!(code, 2);
    assert_eq!(
        err,
        "sipflow: --where: calls have no field lost_percent (was streams.lost_percent meant?)\n  \
         lost_percent > 2%\n  ^^^^^^^^^^^^\n"
    );
    let (code, _, err) = run(&["calls", &busy, "--where", "aor ~ 'alice'"]);
    assert_eq!(code, 2);
    assert!(
        err.contains("it is a field of registrations, attempts"),
        "{err}"
    );
    let (_, _, err) = run(&["calls", &busy, "--where", "id == 1 aor == 'x'"]);
    assert!(!err.contains("it is a field of"), "{err}");
    let (code, _, err) = run(&["report", "--format", "ndjson", &busy, "--where", "id == 1"]);
    assert!(code == 2 && err.contains("ndjson"), "{err}");
}

#[test]
fn fields_are_listed_with_type_unit_and_meaning_in_every_format() {
    let (code, out, _) = run(&["fields", "streams", "jitter"]);
    assert_eq!(code, 0);
    assert!(out.contains("jitter_max_ms"), "{out}");
    assert!(out.contains("number in ms, may be null"), "{out}");
    assert!(out.lines().all(|l| l.chars().count() <= 100), "{out}");
    let all = json(&["fields", "calls", "--json"]);
    let validator = jsonschema::validator_for(&json(&["schema", "fields"])).unwrap();
    assert!(validator.is_valid(&all) && validator.is_valid(&json(&["fields", "--json"])));
    assert_eq!(all["schema"], "sipflow/fields/1");
    let outcome = all["fields"]
        .as_array()
        .unwrap()
        .iter()
        .find(|f| f["field"] == "outcome")
        .unwrap();
    assert_eq!(outcome["type"], "word");
    assert!(
        outcome["words"]
            .as_array()
            .unwrap()
            .contains(&"busy".into())
    );
    let (_, csv, _) = run(&["fields", "--format", "csv"]);
    let rows: Vec<&str> = csv.lines().collect();
    assert!(rows[0].starts_with("record,field,type,list,nullable,unit,words,records,meaning"));
    assert!(
        rows.iter()
            .any(|r| r.starts_with("streams,lost_percent,number,false,true,%,")),
        "{csv}"
    );
    let (_, md, _) = run(&["fields", "findings", "--format", "md"]);
    assert!(
        md.starts_with("| field | type | meaning |\n|---|---|---|\n"),
        "{md}"
    );
    let (_, records, _) = run(&["fields"]);
    for kind in QueryKind::ALL {
        assert!(records.contains(kind.as_str()), "{records}");
    }
    let (code, out, err) = run(&["fields", "zzz"]);
    assert_eq!((code, out.as_str()), (1, ""));
    assert!(err.contains("sipflow fields"), "{err}");
}
