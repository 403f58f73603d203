//! `sipflow stats` through the program: each figure by hand from the times of the packets, as tshark prints them.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]
#![allow(unreachable_pub, dead_code, reason = "shared with other tests")]

mod support;

use serde_json::{Value, json};

fn capture(case: &str) -> String {
    format!("testdata/cases/{case}/capture.pcap")
}

fn run(words: &str) -> (Option<i32>, String) {
    let out = support::sipflow(words.split(' '));
    (out.status.code(), String::from_utf8(out.stdout).unwrap())
}

/// The document of one case or several.
fn stats(cases: &[&str]) -> Value {
    let files: Vec<String> = cases.iter().map(|c| capture(c)).collect();
    let (code, text) = run(&format!("stats -q --json {}", files.join(" ")));
    assert_eq!(code, Some(0), "{cases:?}");
    serde_json::from_str(&text).unwrap()
}

/// Of one value all but the count is the value.
fn single(value: f64) -> Value {
    spread(1, [value; 7])
}

/// min, mean, p50, p90, p95, p99, max.
fn spread(count: u64, of: [f64; 7]) -> Value {
    let [min, mean, p50, p90, p95, p99, max] = of;
    json!({
        "count": count, "min": min, "mean": mean, "p50": p50, "p90": p90, "p95": p95, "p99": p99,
        "max": max, "approximate": false
    })
}

// Registrations #3 0.000047, #6 0.002113: 2.066 ms; #9 0.154908, #12 0.156174: 1.266 ms, each with a 401 in between.
// Of two values the median is the lower (rank 1 of 2), p90 and above the higher; the mean is 3.332 / 2.
// INVITE #17 20.331210, 407 #18, INVITE again #20; the caller's 180 #24 20.334061, 200 #29 21.355746; BYE #841 29.371618,
// its 200 #844 29.372336. The hop to the callee holds the same INVITE, 180, 200 and BYE and adds nothing.
#[test]
fn times_run_on_the_callers_hop_from_the_first_request_whatever_was_challenged() {
    let s = stats(&["proxy_call"]);
    let rrd = spread(2, [1.266, 1.666, 1.266, 2.066, 2.066, 2.066, 2.066]);
    assert_eq!(s["rrd_ms"], rrd);
    assert_eq!(s["srd_ms"], single(2.851));
    assert_eq!(s["setup_ms"], single(1024.536));
    assert_eq!(s["sdd_ms"], single(0.718));
    assert_eq!(s["sdt_s"], single(8.015872));
    assert_eq!(s["sfd_ms"]["count"], 0);
    assert_eq!(s["sfd_ms"]["p95"], Value::Null);
    assert_eq!(s["calls"]["attempts"], 1);
    assert_eq!(s["registrations"]["attempts"], 2);
    // One of one each, and none of one, of two.
    let shares = ["ser", "seer", "scr", "isa", "ira"].map(|p| s[format!("{p}_percent")].clone());
    assert_eq!(json!(shares), json!([100.0, 100.0, 100.0, 0.0, 0.0]));
}

// Call 1: INVITE #19 30.493537, 180 #23 30.495333, 200 #28 30.526584, BYE #641 36.414818, 200 #644 36.415415.
// Call 2 meanwhile: INVITE #237 32.574321, 180 #241 32.575558, 486 #326 33.394745.
#[test]
fn a_busy_callee_lowers_the_establishment_ratio_and_not_the_effectiveness() {
    let s = stats(&["busy"]);
    let counts = &s["calls"];
    assert_eq!(counts["answered"], 1);
    assert_eq!(counts["refused_by_user"], 1);
    assert_eq!(s["ser_percent"], 50.0);
    assert_eq!(s["seer_percent"], 100.0);
    assert_eq!(s["scr_percent"], 50.0);
    assert_eq!(s["isa_percent"], 0.0);
    assert_eq!(s["srd_ms"], single(1.796));
    assert_eq!(s["sfd_ms"], single(1.237));
    assert_eq!(s["sdt_s"], single(5.888234));
    assert_eq!(s["call_statuses"], json!({ "200": 1, "486": 1 }));
    assert_eq!(s["outcomes"], json!({ "busy": 1, "completed": 1 }));
    // The second was never up; no two INVITEs are within a second.
    assert_eq!(s["concurrent_calls_max"], 1);
    assert_eq!(s["concurrent_attempts_max"], 2);
    assert_eq!(s["attempts_per_second"]["peak"], 1);
    // From the proxy to the callee: INVITE #21 to 180 #22 0.392 ms, #239 to #240 0.339 ms, BYE #642 to #643 0.169 ms.
    let hop = &s["hops"][0];
    assert_eq!(
        (&hop["from"], &hop["to"]),
        (&json!("192.0.2.10"), &json!("192.0.2.12"))
    );
    assert_eq!(hop["methods"], json!({ "INVITE": 2, "BYE": 1 }));
    assert_eq!(hop["statuses"], json!({ "200": 2, "486": 1 }));
    let response = spread(3, [0.169, 0.3, 0.339, 0.392, 0.392, 0.392, 0.392]);
    assert_eq!(hop["response_ms"], response);
    // Two phones call a third one, through kamailio.
    let agent = &s["user_agents"][0];
    assert_eq!(agent["software"], "baresip v1.0.0 (x86_64/linux)");
    let did = [
        "calls_made",
        "calls_answered",
        "calls_received",
        "registrations",
    ];
    assert_eq!(json!(did.map(|d| agent[d].clone())), json!([2, 1, 2, 3]));
}

// tshark -q -z sip,stat says of proxy_call: 24 messages, 0 resent; 407 1, 200 6, 180 2, 100 1, 401 2; INVITE 3, ACK 3,
// REGISTER 4, BYE 2. Its set-up time of 1029 ms runs from an INVITE to its ACK: #20 20.332153 to #32 21.362074.
#[test]
fn messages_are_counted_as_tshark_counts_them() {
    let s = stats(&["proxy_call"]);
    assert_eq!(
        (&s["messages"], &s["retransmissions"]),
        (&json!(24), &json!(0))
    );
    let statuses = json!({ "100": 1, "180": 2, "200": 6, "401": 2, "407": 1 });
    assert_eq!(s["statuses"], statuses);
    let methods = s["methods"].as_array().unwrap().iter();
    let methods: Vec<_> = methods
        .map(|m| {
            (
                m["method"].as_str().unwrap(),
                m["messages"].as_u64().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        methods,
        [("REGISTER", 4), ("ACK", 3), ("INVITE", 3), ("BYE", 2)]
    );
}

// Of 500 calls made by SIPp through a proxy tshark -q -z sip,stat says 119 messages resent (the 487 of 40 cancelled calls,
// which came without a Via and was never acknowledged), and these counts; set up for 400 answered, 40 busy, 40
// cancelled, 20 to nobody.
#[test]
fn a_busy_proxy_is_counted_as_tshark_and_the_calls_as_they_were_made() {
    let Some(lab) = support::reference("lab") else {
        return;
    };
    let file = lab.join("s13_busy_mix.pcap.zst");
    let (code, text) = run(&format!("stats -q --json {}", file.display()));
    assert_eq!(code, Some(0));
    let s: Value = serde_json::from_str(&text).unwrap();
    let statuses = json!({ "100": 480, "180": 960, "200": 1683, "404": 20, "486": 80, "487": 199 });
    assert_eq!(s["statuses"], statuses);
    assert_eq!(
        (&s["messages"], &s["retransmissions"]),
        (&json!(6265), &json!(119))
    );
    assert_eq!(s["calls"]["attempts"], 500);
    // 400 / 500, (400 + 40) / 500.
    assert_eq!(
        (&s["ser_percent"], &s["seer_percent"]),
        (&json!(80.0), &json!(88.0))
    );
    assert_eq!(s["methods"][1]["method"], "INVITE");
    // 500 from the caller, 480 passed on; a response without a Via answers none of them.
    assert_eq!(s["methods"][1]["transactions"], 980);
    assert_eq!(s["methods"][1]["unanswered"], 40);
}

#[test]
fn a_capture_read_twice_is_one_set_of_calls() {
    let (once, twice) = (stats(&["busy"]), stats(&["busy", "busy"]));
    assert_eq!(
        twice["messages"],
        json!(2 * once["messages"].as_u64().unwrap())
    );
    for field in [
        "calls",
        "registrations",
        "rrd_ms",
        "srd_ms",
        "sfd_ms",
        "sdd_ms",
        "sdt_s",
        "setup_ms",
        "ring_s",
        "ser_percent",
        "scr_percent",
        "concurrent_calls_max",
        "attempts_per_second",
        "user_agents",
        "hops",
        "retransmissions",
    ] {
        assert_eq!(once[field], twice[field], "{field}");
    }
}

// One call between two phones, captured at each of them: two requests on one hop, INVITE and BYE.
#[test]
fn a_hop_captured_at_both_ends_is_one_hop() {
    let s = stats(&["loss1_pca", "loss1_pcb"]);
    assert_eq!(s["sources"].as_array().unwrap().len(), 2);
    assert_eq!(
        (&s["calls"]["attempts"], &s["calls"]["completed"]),
        (&json!(1), &json!(1))
    );
    let hops = s["hops"].as_array().unwrap();
    assert_eq!((hops.len(), &hops[0]["requests"]), (1, &json!(2)));
    assert_eq!(s["retransmissions"], 0);
}

// (case, attempts, answered, refused by users, ineffective, redirected, completed, end unknown, [SER, SEER, ISA, SCR]).
#[test]
fn what_became_of_a_call_counts_once_whatever_way_it_took() {
    let none = || Value::Null;
    for (case, counts, shares) in [
        // A proxy tries one phone after the other; a server calls on with a Call-ID of its own.
        (
            "serial_fork",
            [1, 1, 0, 0, 0, 1, 0],
            [json!(100.0), json!(100.0), json!(0.0), json!(100.0)],
        ),
        (
            "b2bua",
            [1, 1, 0, 0, 0, 1, 0],
            [json!(100.0), json!(100.0), json!(0.0), json!(100.0)],
        ),
        (
            "forked",
            [1, 1, 0, 0, 0, 1, 0],
            [json!(100.0), json!(100.0), json!(0.0), json!(100.0)],
        ),
        // The 3xx is no failure: 1 of 2 - 1; of both one was completed.
        (
            "redirect_new_call",
            [2, 1, 0, 0, 1, 1, 0],
            [json!(100.0), json!(100.0), json!(0.0), json!(50.0)],
        ),
        (
            "redirect_followed",
            [1, 1, 0, 0, 0, 1, 0],
            [json!(100.0), json!(100.0), json!(0.0), json!(100.0)],
        ),
        // 480, 408; a CANCEL and its 487 are neither.
        (
            "unavailable",
            [1, 0, 1, 0, 0, 0, 0],
            [json!(0.0), json!(100.0), json!(0.0), json!(0.0)],
        ),
        (
            "timeout",
            [1, 0, 0, 1, 0, 0, 0],
            [json!(0.0), json!(0.0), json!(100.0), json!(0.0)],
        ),
        (
            "cancelled",
            [1, 0, 0, 0, 0, 0, 0],
            [json!(0.0), json!(0.0), json!(0.0), json!(0.0)],
        ),
        (
            "call_wrong_password",
            [1, 0, 0, 0, 0, 0, 0],
            [json!(0.0), json!(0.0), json!(0.0), json!(0.0)],
        ),
        // Whether the call ends well is not in the capture; a 481 to the BYE is no good end.
        (
            "no_bye",
            [1, 1, 0, 0, 0, 0, 1],
            [json!(100.0), json!(100.0), json!(0.0), none()],
        ),
        (
            "bye_repeated_481",
            [1, 1, 0, 0, 0, 0, 0],
            [json!(100.0), json!(100.0), json!(0.0), json!(0.0)],
        ),
        // Its INVITE is not in the capture: no attempt, and nothing to have a share of.
        (
            "starts_mid_call",
            [0, 0, 0, 0, 0, 0, 0],
            [none(), none(), none(), none()],
        ),
    ] {
        let s = stats(&[case]);
        let names = [
            "attempts",
            "answered",
            "refused_by_user",
            "ineffective",
            "redirected",
            "completed",
            "end_unknown",
        ];
        let got = names.map(|n| s["calls"][n].as_u64().unwrap());
        assert_eq!(got, counts, "{case}");
        let got = ["ser", "seer", "isa", "scr"].map(|p| s[format!("{p}_percent")].clone());
        assert_eq!(got, shares, "{case}");
    }
}

// (case, attempts, accepted, failed, challenged, undecided).
#[test]
fn a_registration_asked_for_a_password_has_not_failed() {
    for (case, counts) in [
        ("register_digest", [1, 1, 0, 0, 0]),
        // RFC 6076 leaves 401 out, also where it refuses a password.
        ("register_wrong_password", [1, 0, 0, 1, 0]),
        // Less than 32 s until the capture ends: an answer may come yet.
        ("register_unanswered", [1, 1, 0, 0, 1]),
        // It ends with a 401, after a 423 that was heeded.
        ("register_interval_too_brief", [1, 0, 0, 1, 0]),
        ("register_refresh_unregister", [4, 4, 0, 0, 0]),
        // 483.
        ("register_loop", [1, 0, 1, 0, 0]),
    ] {
        let s = stats(&[case]);
        let names = ["attempts", "accepted", "failed", "challenged", "undecided"];
        let got = names.map(|n| s["registrations"][n].as_u64().unwrap());
        assert_eq!(got, counts, "{case}");
    }
}

#[test]
fn the_document_is_as_its_schema_says_and_csv_has_its_figures() {
    let (_, schema) = run("schema stats");
    let schema: Value = serde_json::from_str(&schema).unwrap();
    assert!(jsonschema::meta::is_valid(&schema));
    for case in ["busy", "starts_mid_call", "register_digest", "proxy_call"] {
        let document = stats(&[case]);
        assert!(jsonschema::is_valid(&schema, &document), "{case}");
    }
    let file = capture("busy");
    let (code, csv) = run(&format!("stats --csv {file}"));
    assert_eq!(code, Some(0));
    assert_eq!(csv, run(&format!("stats --format csv {file}")).1);
    for line in [
        "group,name,figure,value,time",
        "ratios,,ser_percent,50,",
        "times,,sfd_ms.p95,1.237,",
        "load,,concurrent_calls_max,1,2026-11-20T15:30:08.",
        "statuses,486,count,2,",
        "methods,BYE,transactions,2,",
        "hops,192.0.2.10 > 192.0.2.12,requests,3,",
    ] {
        assert!(
            csv.lines().any(|l| l.starts_with(line)),
            "{line} is not in {csv}"
        );
    }
}

#[test]
fn text_says_of_what_a_share_is_and_fits_the_width() {
    let (code, text) = run(&format!("stats --width 80 {}", capture("busy")));
    assert_eq!(code, Some(0));
    for line in [
        "28 SIP messages, 0 sent again; 2 calls: 2 attempts; 3 registration attempts",
        "  SER    50.00  1 answered / (2 attempts)",
        "  SEER  100.00  (1 answered + 1 refused by users) / (2 attempts)",
        "  486 Busy Here      1  50.0",
    ] {
        assert!(text.lines().any(|l| l == line), "{line} is not in\n{text}");
    }
    assert!(text.lines().all(|l| l.chars().count() <= 80), "{text}");
    // The first call's 200 is #28, 30.526584 s after the first packet.
    for (time, shown) in [
        ("a", "15:30:08."),
        ("r", "30.526\n"),
        ("ud", "2026-11-20 15:30:08."),
    ] {
        let (_, text) = run(&format!("stats -t {time} {}", capture("busy")));
        let up = format!("  most calls up at once: 1 at {shown}");
        assert!(text.contains(&up), "{up} is not in\n{text}");
    }
}

#[test]
fn a_capture_without_sip_is_nothing_to_measure() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("empty.pcap");
    let whole = std::fs::read(capture("busy")).unwrap();
    std::fs::write(&path, &whole[..24]).unwrap();
    let file = path.display();
    let (code, text) = run(&format!("stats -q {file}"));
    assert_eq!((code, &*text), (Some(1), ""));
    let (code, text) = run(&format!("stats -q --json {file}"));
    let s: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((code, &s["ser_percent"]), (Some(1), &Value::Null));
}

/// The first `packets` of a capture, and one of nothing that anybody knows `later` seconds after them.
fn cut(case: &str, packets: usize, later: Option<u32>) -> Value {
    let bytes = std::fs::read(capture(case)).unwrap();
    let word = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
    assert_eq!(
        word(0),
        0xa1b2_c3d4,
        "{case} is little-endian, with microseconds"
    );
    let (mut at, mut time) = (24, 0);
    for _ in 0..packets {
        time = word(at);
        at += 16 + word(at + 8) as usize;
    }
    let mut part = bytes[..at].to_vec();
    if let Some(later) = later {
        for word in [time + later, 0, 60, 60] {
            part.extend(word.to_le_bytes());
        }
        part.extend([0; 60]);
    }
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("cut.pcap");
    std::fs::write(&path, part).unwrap();
    let (_, text) = run(&format!("stats -q --json {}", path.display()));
    serde_json::from_str(&text).unwrap()
}

// Of busy the first 642 packets end with the BYE of call 1, before its 200; the first 3 with a REGISTER.
#[test]
fn an_answer_is_missing_once_the_capture_has_gone_on_for_32_seconds() {
    let ended = |s: &Value| ["completed", "end_unknown"].map(|n| s["calls"][n].as_u64().unwrap());
    for (later, counts, share) in [
        (None, [0, 1], json!(0.0)),
        (Some(30), [0, 1], json!(0.0)),
        (Some(40), [0, 0], json!(0.0)),
    ] {
        let s = cut("busy", 642, later);
        assert_eq!(ended(&s), counts, "{later:?}");
        // Of call 2 alone, or of both.
        assert_eq!(s["scr_percent"], share);
        assert_eq!(s["sdd_ms"]["count"], 0);
        assert_eq!(s["sdt_s"]["count"], 0);
    }
    assert_eq!(ended(&cut("busy", 644, None)), [1, 0]);
    let asked = |s: &Value| {
        ["attempts", "failed", "undecided"].map(|n| s["registrations"][n].as_u64().unwrap())
    };
    assert_eq!(asked(&cut("busy", 3, None)), [0, 0, 1]);
    let failed = cut("busy", 3, Some(40));
    assert_eq!(asked(&failed), [1, 1, 0]);
    assert_eq!(failed["ira_percent"], 100.0);
    // An INVITE and its 100 when the capture ends.
    let s = cut("busy", 20, None);
    assert_eq!(
        (&s["calls"]["undecided"], &s["ser_percent"]),
        (&json!(1), &Value::Null)
    );
}
