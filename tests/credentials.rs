//! Passwords, credentials and their masks through the program.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]
#![allow(unreachable_pub, dead_code, reason = "shared with other tests")]

mod support;

use serde_json::Value;
use std::path::PathBuf;
use tempfile::TempDir;

/// A file of passwords, and the folder that keeps it.
fn file(text: &str) -> (TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().join("passwords");
    std::fs::write(&path, text).unwrap();
    let path = path.to_str().unwrap().to_owned();
    (folder, path)
}

/// Exit code, and both outputs together.
fn run(words: &str, passwords: &str) -> (Option<i32>, String) {
    let mut words: Vec<&str> = words.split(' ').collect();
    if !passwords.is_empty() {
        words.extend(["--password-file", passwords]);
    }
    let out = support::sipflow(words);
    let text = [out.stdout, out.stderr].concat();
    (out.status.code(), String::from_utf8(text).unwrap())
}

const REGISTER: &str = "testdata/cases/register_digest/capture.pcap";
const CALL: &str = "testdata/cases/proxy_call/capture.pcap";
const WRONG: &str = "testdata/cases/register_wrong_password/capture.pcap";
/// Those of the lab, testdata/lab/README.md.
const LAB: &str = "# lab\nalice:secret-alice\nbob@192.0.2.10:secret-bob\n";

fn verdicts(capture: &str, passwords: &str) -> Vec<Value> {
    let (_folder, path) = file(passwords);
    let (_, json) = run(&format!("messages -q --json {capture}"), &path);
    let report: Value = serde_json::from_str(&json).unwrap();
    let messages = report["messages"].as_array().unwrap().iter();
    let digests = messages.filter(|m| !m["digest"].is_null());
    digests.map(|m| m["digest"]["verified"].clone()).collect()
}

#[test]
fn the_credentials_of_the_lab_fit_its_passwords_and_no_others() {
    // INVITE, ACK and BYE of alice, the last two on both hops; two REGISTERs.
    assert_eq!(verdicts(CALL, LAB), vec![Value::Bool(true); 7]);
    assert_eq!(verdicts(REGISTER, "alice:secret"), [Value::Bool(false)]);
    assert_eq!(verdicts(REGISTER, "carol:secret-carol"), [Value::Null]);
    assert_eq!(
        verdicts(REGISTER, "alice@elsewhere:secret-alice"),
        [Value::Null]
    );
    assert_eq!(verdicts(WRONG, LAB), vec![Value::Bool(false); 15]);
}

#[test]
fn a_refused_login_says_whether_the_response_fits() {
    let (_folder, path) = file(LAB);
    let (_, text) = run(&format!("report --width 200 {WRONG}"), &path);
    assert!(
        text.contains("the response does not fit the password of the file"),
        "{text}"
    );
    assert!(!text.contains("wrong password or user"), "{text}");
}

#[test]
fn the_list_of_messages_says_whose_credentials_fit() {
    let (_folder, path) = file("alice:secret-alice\nbob:wrong\n");
    let (_, list) = run(&format!("messages {CALL}"), &path);
    let rows = |mark: &str| list.lines().filter(|l| l.ends_with(mark)).count();
    assert_eq!(
        (rows(" [password fits]"), rows(" [password does not fit]")),
        (6, 1),
        "{list}"
    );
    let (_, list) = run(&format!("messages {CALL}"), "");
    assert!(!list.contains("[password"), "{list}");
}

#[test]
fn the_lesson_says_whether_the_response_fits() {
    let words = format!("explain {WRONG} --format md");
    let (_folder, path) = file(LAB);
    let (_, told) = run(&words, &path);
    assert!(told.contains("it does not fit that password"), "{told}");
    let (_, told) = run(&words, "");
    assert!(!told.contains("of the file"), "{told}");
}

#[test]
fn no_password_is_ever_printed() {
    let (_folder, path) = file(LAB);
    for words in [
        format!("report {CALL}"),
        format!("report --json --raw {CALL}"),
        format!("report --format ndjson {CALL}"),
        format!("messages -W byline {CALL}"),
        format!("explain {CALL}"),
        format!("report --lint {CALL}"),
        format!("show {REGISTER} 5 --show-work --show-secrets"),
        format!("show {REGISTER} 5 --json"),
    ] {
        let (code, text) = run(&words, &path);
        assert_eq!(code, Some(0), "{words}: {text}");
        assert!(!text.contains("secret-"), "{words}");
    }
}

#[test]
fn a_file_that_cannot_be_used_is_told_by_line_without_its_text() {
    let (_folder, path) = file("alice:secret-alice\n\nsecret-bob\n");
    let (code, text) = run(&format!("report {REGISTER}"), &path);
    assert_eq!(code, Some(2), "{text}");
    assert!(
        text.ends_with(": line 3 has no colon between user and password\n"),
        "{text}"
    );
    let (code, text) = run(&format!("report {REGISTER}"), "/nonexistent/passwords");
    assert_eq!(code, Some(3), "{text}");
}

#[test]
fn secrets_are_hidden_but_where_the_bytes_are_asked_for() {
    // The response in frame 5, as tshark prints it.
    const RESPONSE: &str = "79752e323f9b3d0ef7d520bd28e75f90";
    for (words, is_shown) in [
        (format!("show {REGISTER} 5 --width 200"), false),
        (
            format!("show {REGISTER} 5 --width 200 --show-secrets"),
            true,
        ),
        (format!("show {REGISTER} 5 --raw"), true),
        (format!("show {REGISTER} 5 --raw --mask-secrets"), false),
        (format!("messages {REGISTER} -W byline"), true),
        (
            format!("messages {REGISTER} -W byline --mask-secrets"),
            false,
        ),
        (format!("messages {REGISTER} -W none --mask-secrets"), false),
        (format!("messages {REGISTER} --json"), false),
    ] {
        let (code, text) = run(&words, "");
        assert_eq!(code, Some(0), "{words}: {text}");
        assert_eq!(text.contains(RESPONSE), is_shown, "{words}");
    }
    let raw = |more: &str| {
        let (_, json) = run(&format!("report -q --json --raw{more} {REGISTER}"), "");
        let report: Value = serde_json::from_str(&json).unwrap();
        report["messages"][2]["raw_base64"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    // As long as before: stars stand in the place of what they hide.
    assert_ne!(raw(""), raw(" --mask-secrets"));
    assert_eq!(raw("").len(), raw(" --mask-secrets").len());
}

#[test]
fn the_arithmetic_leads_from_the_password_to_the_response() {
    let (_folder, path) = file(LAB);
    let words = format!("show {REGISTER} 5 --width 200 --show-work --show-secrets");
    let (_, text) = run(&words, &path);
    // By Python's hashlib: MD5 of alice:192.0.2.10:secret-alice, and of A2.
    for line in [
        "MD5(A1) = 34ac83aad2fa5b10aede9a05d4eff408",
        "REGISTER:sip:192.0.2.10;transport=udp",
        "MD5(A2) = 22490335ce1e4b4b09d54acb4c5bc48d",
        "MD5(joined) = 79752e323f9b3d0ef7d520bd28e75f90",
        "they are equal",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
    let (_, masked) = run(&format!("show {REGISTER} 5 --width 200 --show-work"), &path);
    assert!(
        masked.contains("MD5(A1) = ***") && !masked.contains("34ac83aad2fa5b10aede9a05d4eff408"),
        "{masked}"
    );
}
