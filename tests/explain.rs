//! `sipflow explain`: what it says of captures, whether each special word is explained, and its formats.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]
#![allow(unreachable_pub, dead_code, reason = "shared with other tests")]

mod support;

use serde_json::Value;
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::process::Command;

fn run_in(dir: &Path, words: &[&str]) -> (Option<i32>, String) {
    let out = Command::new(env!("CARGO_BIN_EXE_sipflow"))
        .current_dir(dir)
        .args(words)
        .output()
        .unwrap();
    (out.status.code(), String::from_utf8(out.stdout).unwrap())
}

fn case(name: &str) -> PathBuf {
    support::testdata("cases").join(name)
}

fn capture_of(case: &Path) -> &'static str {
    let names = ["capture.pcap", "capture.pcapng", "capture.pcap.gz"];
    names.into_iter().find(|c| case.join(c).exists()).unwrap()
}

fn explained(case: &Path, more: &[&str]) -> Value {
    let words = [
        &["explain", "-q", "--json", "--limit", "0", capture_of(case)],
        more,
    ]
    .concat();
    let (code, text) = run_in(case, &words);
    assert!(matches!(code, Some(0 | 1)), "{}: {code:?}", case.display());
    serde_json::from_str(if text.is_empty() { "{}" } else { &text }).unwrap()
}

/// As the golden tests do: written again with UPDATE_GOLDEN=1.
fn expect(case: &Path, file: &str, words: &[&str]) {
    let (code, got) = run_in(case, &[words, &[capture_of(case)]].concat());
    assert_eq!(code, Some(0), "{}", case.display());
    let path = case.join(file);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, got).unwrap();
        return;
    }
    let want = std::fs::read_to_string(&path).unwrap_or_default();
    let place = || want.lines().zip(got.lines()).find(|(a, b)| a != b);
    assert!(want == got, "{}: {:?}", path.display(), place());
}

/// What a small proxy would have written: who called whom, when it rang, was answered and ended, or what became of it.
#[test]
fn the_log_of_calls_is_what_a_proxy_would_have_written() {
    for name in [
        "proxy_call_sip_only",
        "two_proxies",
        "busy",
        "declined",
        "cancelled",
        "no_answer",
        "unavailable",
        "timeout",
    ] {
        expect(&case(name), "calls.log", &["calls", "--log"]);
    }
}

#[test]
fn registrations_and_calls_are_explained_as_expected() {
    for name in [
        "register_no_auth",
        "register_digest",
        "register_refresh_unregister",
        "register_wrong_password",
        "register_unanswered",
        "register_interval_too_brief",
        "register_stale_loop",
        "proxy_call",
        "cancelled",
        "hold_resume",
        "prack_update",
        "subscribe_notify_presence",
        "options_unanswered",
        "b2bua",
    ] {
        expect(&case(name), "explain.txt", &["explain", "--width", "100"]);
    }
}

/// Names of the registry that are special words; those in everyday use are left out.
fn special_words() -> Vec<String> {
    const EVERYDAY: [&str; 10] = [
        "call", "session", "loop", "gateway", "upstream", "UA", "Date", "event", "tone", "hold",
    ];
    let mut names = Vec::new();
    for group in ["method", "entity", "word", "codec", "header"] {
        let (_, text) = run_in(Path::new("."), &["define", "--list", group, "--json"]);
        let list: Value = serde_json::from_str(&text).unwrap();
        for term in list["terms"].as_array().unwrap() {
            let name = term["name"].as_str().unwrap();
            // A header of one word may be an English word, and short names other things.
            let is_plain = group == "header" && !name.contains('-');
            let is_short = name.len() < 3 && name != "nc";
            if !EVERYDAY.contains(&name) && !is_plain && !is_short {
                names.push(name.to_owned());
            }
        }
    }
    names.sort_by_key(|name| std::cmp::Reverse(name.len()));
    names
}

fn contains_word(text: &str, word: &str) -> bool {
    let of_word = |c: char| c.is_alphanumeric() || "_-=@./\\".contains(c);
    let mut from = 0;
    while let Some(at) = text[from..].find(word).map(|at| at + from) {
        let end = at + word.len();
        let before = text[..at].chars().next_back();
        let rest = &text[end..];
        // The end of a sentence is no part of a word.
        let after = rest.chars().next().filter(|c| *c != '.' && *c != '/');
        if !before.is_some_and(of_word) && !after.is_some_and(of_word) {
            return true;
        }
        from = end;
    }
    false
}

fn texts(lesson: &Value) -> Vec<String> {
    let mut all: Vec<&Value> = Vec::new();
    for step in lesson["steps"].as_array().unwrap() {
        all.extend([&step["what"], &step["text"]]);
    }
    for sentence in lesson["negotiation"].as_array().unwrap() {
        all.push(&sentence["text"]);
    }
    for wrong in lesson["wrong"].as_array().unwrap() {
        all.extend([&wrong["title"], &wrong["detail"], &wrong["advice"]]);
    }
    for list in ["end", "unknown"] {
        all.extend(lesson[list].as_array().unwrap());
    }
    for term in lesson["terms"].as_array().unwrap() {
        all.push(&term["meaning"]);
    }
    let texts = all.into_iter().filter_map(Value::as_str);
    texts.map(str::to_owned).collect()
}

#[test]
fn each_special_word_in_a_student_text_is_in_its_list_of_words() {
    let words = special_words();
    assert!(words.len() > 100, "{}", words.len());
    let mut cases: Vec<PathBuf> = std::fs::read_dir(support::testdata("cases"))
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| p.is_dir())
        .collect();
    cases.sort();
    let mut missing = Vec::new();
    let mut lessons = 0;
    for case in &cases {
        let document = explained(case, &[]);
        for lesson in document["lessons"].as_array().into_iter().flatten() {
            lessons += 1;
            let terms = lesson["terms"].as_array().unwrap();
            let names: HashSet<&str> = terms.iter().map(|t| t["term"].as_str().unwrap()).collect();
            assert_eq!(names.len(), terms.len(), "{}: a word twice", case.display());
            for text in texts(lesson) {
                let mut left = text.clone();
                for word in &words {
                    if contains_word(&left, word) {
                        if !names.contains(&**word) {
                            missing.push(format!("{} {word}: {text}", case.display()));
                        }
                        // `jitter` of `jitter buffer` is told by that.
                        left = left.replace(&**word, "");
                    }
                }
            }
        }
    }
    missing.truncate(20);
    assert!(missing.is_empty(), "{}", missing.join("\n"));
    assert!(lessons > 200, "{lessons}");
}

/// Every packet a sentence names is one of the capture, and every message of a call is in a step.
#[test]
fn no_message_is_left_out_of_a_lesson() {
    for name in [
        "proxy_call",
        "forked",
        "b2bua",
        "hold_resume",
        "register_wrong_password",
    ] {
        let case = case(name);
        let (_, text) = run_in(&case, &["messages", "-q", "--json", capture_of(&case)]);
        let report: Value = serde_json::from_str(&text).unwrap();
        let messages = report["messages"].as_array().unwrap();
        let told: HashSet<u64> = explained(&case, &[])["lessons"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|l| l["steps"].as_array().unwrap().clone())
            .flat_map(|s| s["messages"].as_array().unwrap().clone())
            .map(|id| id.as_u64().unwrap())
            .collect();
        for m in messages
            .iter()
            .filter(|m| m["capture_duplicate_of"].is_null())
        {
            assert!(
                told.contains(&m["id"].as_u64().unwrap()),
                "{name} {}",
                m["frame"]
            );
        }
    }
}

#[test]
fn the_document_is_valid_against_its_schema() {
    let (_, text) = run_in(Path::new("."), &["schema", "explain"]);
    let schema: Value = serde_json::from_str(&text).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    for (name, level) in [("proxy_call", "student"), ("timeout", "engineer")] {
        let document = explained(&case(name), &["--level", level]);
        let errors: Vec<String> = schema
            .iter_errors(&document)
            .map(|e| e.to_string())
            .collect();
        assert!(errors.is_empty(), "{name}: {errors:?}");
    }
}

#[test]
fn an_engineer_is_told_only_what_is_unusual() {
    let words = ["explain", "-q", "--level", "engineer", "capture.pcap"];
    let (code, text) = run_in(&case("proxy_call"), &words);
    assert_eq!(code, Some(0));
    assert_eq!(text.matches("nothing unusual").count(), 3, "{text}");
    let (_, text) = run_in(&case("register_wrong_password"), &words);
    assert!(text.contains("registration_rejected"), "{text}");
    assert!(!text.contains("nothing unusual"), "{text}");
}

#[test]
fn a_selection_leaves_the_others_out() {
    let dir = case("proxy_call");
    let told = |more: &[&str]| -> Vec<String> {
        let document = explained(&dir, more);
        let lessons = document["lessons"].as_array().cloned().unwrap_or_default();
        let named = lessons
            .iter()
            .map(|l| format!("{} {}", l["kind"].as_str().unwrap(), l["id"]));
        named.collect()
    };
    assert_eq!(told(&[]), ["registration 1", "registration 2", "call 1"]);
    assert_eq!(told(&["--call", "1"]), ["call 1"]);
    assert_eq!(told(&["--registration", "2"]), ["registration 2"]);
    assert_eq!(told(&["--registration", "2", "--call", "1"]), ["call 1"]);
    let (code, text) = run_in(
        &dir,
        &["explain", "-q", "--registration", "9", "capture.pcap"],
    );
    assert_eq!((code, &*text), (Some(1), ""));
    let (_, text) = run_in(&dir, &["explain", "--limit", "1", "capture.pcap"]);
    assert!(text.contains("2 more are not explained here"), "{text}");
}

#[test]
fn a_selection_changes_nothing_in_what_it_leaves() {
    let dir = case("proxy_call");
    let (all, one) = (explained(&dir, &[]), explained(&dir, &["--call", "1"]));
    assert_eq!(all["lessons"][2]["steps"], one["lessons"][0]["steps"]);
}

#[test]
fn an_output_explains_a_word_once() {
    for format in ["text", "md", "html"] {
        let words = ["explain", "-q", "--format", format, "capture.pcap"];
        let (_, text) = run_in(&case("proxy_call"), &words);
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        for meaning in ["Tells a server where a user", "Asks someone into a call"] {
            assert!(text.matches(meaning).count() <= 1, "{format}: {meaning}");
        }
        assert_eq!(text.matches("How to read this").count(), 1, "{format}");
    }
}

#[test]
fn a_page_needs_nothing_from_elsewhere_and_runs_nothing() {
    let (code, page) = run_in(
        &case("proxy_call"),
        &["explain", "--format", "html", "capture.pcap"],
    );
    assert_eq!(code, Some(0));
    assert!(page.starts_with("<!DOCTYPE html>"), "{page}");
    for forbidden in ["<script", "http:", "https:", "url(", "src="] {
        assert!(!page.contains(forbidden), "{forbidden}");
    }
    for tag in ["article", "ol", "li", "dl", "p", "h2"] {
        let open =
            page.matches(&format!("<{tag}>")).count() + page.matches(&format!("<{tag} ")).count();
        assert_eq!(open, page.matches(&format!("</{tag}>")).count(), "{tag}");
    }
    let (_, page) = run_in(
        &case("hidden_marks"),
        &["explain", "--format", "html", "capture.pcap"],
    );
    assert!(!page.contains('\u{202e}'), "{page}");
}
