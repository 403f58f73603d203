//! Timers through the program: captures of real programs whose packets were lost. Times by tshark.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]
#![allow(unreachable_pub, dead_code, reason = "shared with other tests")]

mod support;

use serde_json::Value;

fn run(words: &str) -> String {
    let out = support::sipflow(words.split(' '));
    assert_eq!(out.status.code(), Some(0), "{words}");
    String::from_utf8(out.stdout).unwrap()
}

/// `E 500/499.9 on_time` for each message that was sent again.
fn rows(case: &str) -> Vec<Value> {
    let document = run(&format!(
        "report -q --json testdata/cases/{case}/capture.pcap"
    ));
    let report: Value = serde_json::from_str(&document).unwrap();
    let transactions = report["transactions"].as_array().unwrap();
    let rows = transactions
        .iter()
        .flat_map(|t| t["timers"].as_array().unwrap());
    rows.filter(|r| r["copy"].is_u64()).cloned().collect()
}

#[test]
fn each_message_that_was_sent_again_after_a_loss_is_explained_by_its_timer() {
    for (case, copies) in [
        ("retransmissions", 7),
        ("timeout", 9),
        ("register_unanswered", 7),
    ] {
        let rows = rows(case);
        assert_eq!(rows.len(), copies, "{case}");
        for row in rows {
            let verdict = row["verdict"].as_str().unwrap();
            assert!(
                !["early", "late", "unasked", "fixed_pause"].contains(&verdict),
                "{row}"
            );
            let (Some(due), Some(seen)) = (row["expected_ms"].as_f64(), row["seen_ms"].as_f64())
            else {
                assert_eq!(verdict, "answers_copy", "{row}");
                continue;
            };
            // A tenth; of 500 ms one tick of 1/16 s, as Kamailio counts.
            let off = (seen - due).abs();
            assert!(off <= due / 10.0 || (due == 500.0 && off <= 62.5), "{row}");
        }
    }
}

#[test]
fn the_ladder_names_the_timer_of_each_copy() {
    let ladder = run("ladder -q --timers --call 1 --width 220 testdata/cases/timeout/capture.pcap");
    for line in [
        "sent again: 2nd copy of #15, Timer A 0.5 s (seen 0.499 s)",
        "sent again: 6th copy of #15, after 4 s: the pause is held at T2 (4 s), where Timer A doubles on",
        "it had waited 29.999 s for a final response to its own INVITE (Timer B: 32 s)",
    ] {
        assert!(ladder.contains(line), "{line}\n{ladder}");
    }
    let narrow = run("ladder -q --timers --call 1 --width 80 testdata/cases/timeout/capture.pcap");
    assert!(narrow.contains("copy 10,A 4 s"), "{narrow}");
    let plain = run("ladder -q --call 1 --width 160 testdata/cases/timeout/capture.pcap");
    assert!(!plain.contains("Timer"), "{plain}");
}

#[test]
fn a_timer_that_has_ended_is_a_row_of_the_ladder() {
    let capture = "testdata/cases/session_refresh_unanswered/capture.pcap";
    let ladder = run(&format!("ladder -q --timers --width 160 {capture}"));
    let told = "Timer B (32 s) has ended since the INVITE #172: no response passed here";
    assert!(
        ladder.contains("Timer B ends") && ladder.contains(told),
        "{ladder}"
    );
    let records = run(&format!("ladder -q --timers --format ndjson {capture}"));
    assert!(records.contains("\"verdict\":\"ran_out\""), "{records}");
}

#[test]
fn show_says_timer_copy_and_pause() {
    let shown = run("show -q 16 testdata/cases/timeout/capture.pcap");
    assert!(
        shown.contains("2nd copy, Timer A 0.5 s (seen 0.499 s)"),
        "{shown}"
    );
    assert!(shown.contains("RFC 3261 §17.1.1.2"), "{shown}");
}
