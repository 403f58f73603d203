//! A generated capture against what its generator knows to be true: every call, every stream, every
//! figure, and nothing invented.
//!
//! Set `SIPFLOW_GENERATED` to one or more captures (`:` between them) that have a `.truth.json` beside
//! them. The jitter of the truth takes duplicates in; RFC 3550 A.8 as we read it leaves them out, so where
//! a stream has duplicates the expected value is computed here, from the packets, both ways: with
//! duplicates it must be the truth's, without them the report's.

mod support;

use serde_json::Value;
use sipflow::source::CaptureFile;
use sipflow::types::SourceId;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::net::{Ipv4Addr, Ipv6Addr};
use std::path::Path;

/// Sender, receiver, SSRC.
type StreamKey = (String, String, String);

fn nanos(time: &Value) -> i64 {
    let text = time.as_str().expect("a time");
    chrono::DateTime::parse_from_rfc3339(text)
        .expect("RFC 3339")
        .timestamp_nanos_opt()
        .expect("within range")
}

fn micros(v: &Value) -> i64 {
    v.as_i64().expect("microseconds") * 1000
}

fn text(v: &Value) -> String {
    v.as_str().expect("a string").to_owned()
}

fn array(v: &Value) -> &[Value] {
    v.as_array().expect("an array")
}

fn end(e: &Value) -> String {
    let (address, port) = (e["address"].as_str().expect("address"), &e["port"]);
    if address.contains(':') {
        format!("[{address}]:{port}")
    } else {
        format!("{address}:{port}")
    }
}

/// RFC 3550 A.8 at 8 kHz, largest and last value in milliseconds.
#[derive(Clone, Copy, Default)]
struct Jitter {
    last: Option<(i64, u32)>,
    now: f64,
    max: f64,
}

impl Jitter {
    fn handle(&mut self, arrival_us: i64, timestamp: u32) {
        if let Some((then, before)) = self.last {
            let ticks = f64::from(timestamp.wrapping_sub(before) as i32);
            let d = (arrival_us - then) as f64 * 0.008 - ticks;
            self.now += (d.abs() - self.now) / 16.0;
            self.max = self.max.max(self.now);
        }
        self.last = Some((arrival_us, timestamp));
    }
}

/// Jitter with and without duplicates of every stream of the truth, straight from the packets: Ethernet,
/// IP without options, UDP, RTP without CSRCs is all the generator writes.
fn jitters(path: &Path, wanted: &HashSet<StreamKey>) -> HashMap<StreamKey, (Jitter, Jitter)> {
    let mut seen: HashMap<StreamKey, HashSet<u32>> = HashMap::new();
    let mut found: HashMap<StreamKey, (Jitter, Jitter)> = HashMap::new();
    let mut capture =
        CaptureFile::open(path.to_str().expect("a path"), SourceId(0)).expect("opens");
    while capture.advance() {
        let packet = capture.packet();
        let d = packet.data;
        let word = |at: usize| u32::from_be_bytes([d[at], d[at + 1], d[at + 2], d[at + 3]]);
        let (src, dst, udp) = match d {
            [_, _, _, _, _, _, _, _, _, _, _, _, 8, 0, 0x45, ..] if d.len() > 54 && d[23] == 17 => {
                let ip = |at| Ipv4Addr::from(word(at)).to_string();
                (ip(26), ip(30), 34)
            }
            [_, _, _, _, _, _, _, _, _, _, _, _, 0x86, 0xdd, ..] if d.len() > 74 && d[20] == 17 => {
                let ip = |at: usize| {
                    let mut b = [0; 16];
                    b.copy_from_slice(&d[at..at + 16]);
                    format!("[{}]", Ipv6Addr::from(b))
                };
                (ip(22), ip(38), 54)
            }
            _ => continue,
        };
        let port = |at: usize| u16::from_be_bytes([d[at], d[at + 1]]);
        let rtp = udp + 8;
        if d[rtp] != 0x80 {
            continue;
        }
        let key = (
            format!("{src}:{}", port(udp)),
            format!("{dst}:{}", port(udp + 2)),
            format!("0x{:08x}", word(rtp + 8)),
        );
        if !wanted.contains(&key) {
            continue;
        }
        let (arrival, timestamp) = (packet.time.as_nanos() / 1000, word(rtp + 4));
        let first_copy = seen.entry(key.clone()).or_default().insert(timestamp);
        let (all, unique) = found.entry(key).or_default();
        all.handle(arrival, timestamp);
        if first_copy {
            unique.handle(arrival, timestamp);
        }
    }
    found
}

fn truth_streams(truth: &Value) -> BTreeMap<StreamKey, (&Value, String)> {
    array(&truth["calls"])
        .iter()
        .flat_map(|c| {
            array(&c["streams"])
                .iter()
                .map(|s| (s, text(&c["call_id"])))
        })
        .map(|(s, id)| {
            (
                (text(&s["src"]), text(&s["dst"]), text(&s["ssrc"])),
                (s, id),
            )
        })
        .collect()
}

/// The truth prints three decimals, the report rounds to no fewer.
fn close(a: f64, b: f64) -> bool {
    (a - b).abs() < 0.00101
}

fn check_streams(path: &Path, truth: &Value, report: &Value, wrong: &mut Vec<String>) -> usize {
    let want = truth_streams(truth);
    let jitter = jitters(path, &want.keys().cloned().collect());
    let call_ids: HashMap<&Value, &Value> = array(&report["calls"])
        .iter()
        .map(|c| (&c["id"], &c["call_ids"][0]))
        .collect();
    let mut exact = 0;
    let mut left: HashSet<&StreamKey> = want.keys().collect();
    for s in array(&report["streams"]) {
        let key = (
            end(&s["src"]),
            end(&s["dst"]),
            text(&s["ssrc"]).to_lowercase(),
        );
        let Some((t, call_id)) = want.get(&key) else {
            wrong.push(format!(
                "stream {key:?} with {} packets is invented",
                s["packets"]
            ));
            continue;
        };
        if !left.remove(&key) {
            wrong.push(format!("stream {key:?} comes twice"));
        }
        let before = wrong.len();
        for (ours, theirs) in [
            ("packets", "packets"),
            ("expected", "expected"),
            ("lost", "lost"),
            ("duplicates", "duplicates"),
            ("out_of_order", "reordered"),
        ] {
            if s[ours] != t[theirs] {
                wrong.push(format!(
                    "stream {key:?}: {ours} is {}, truth {}",
                    s[ours], t[theirs]
                ));
            }
        }
        for (ours, theirs) in [("first_time", "first_us"), ("last_time", "last_us")] {
            if nanos(&s[ours]) != micros(&t[theirs]) {
                wrong.push(format!(
                    "stream {key:?}: {ours} is {}, truth {}",
                    s[ours], t[theirs]
                ));
            }
        }
        if s["payloads"][0]["payload_type"] != t["pt"] {
            wrong.push(format!(
                "stream {key:?}: payload type {}, truth {}",
                s["payloads"], t["pt"]
            ));
        }
        let reports = s["rtcp"]["sender_reports"].as_u64().unwrap_or(0);
        if Some(reports) != t["rtcp"].as_u64() {
            wrong.push(format!(
                "stream {key:?}: {reports} sender reports, truth {}",
                t["rtcp"]
            ));
        }
        if s["call"].is_null() || call_ids.get(&s["call"]).and_then(|v| v.as_str()) != Some(call_id)
        {
            wrong.push(format!(
                "stream {key:?} is bound to call {}, truth {call_id}",
                s["call"]
            ));
        }
        let (all, unique) = jitter[&key];
        for (name, theirs, with, without) in [
            ("jitter_max_ms", "jitter_max_ms", all.max, unique.max),
            ("jitter_last_ms", "jitter_final_ms", all.now, unique.now),
        ] {
            let (with, without) = (with / 8.0, without / 8.0);
            let (said, true_one) = (s[name].as_f64(), t[theirs].as_f64().expect("a number"));
            assert!(
                close(with, true_one),
                "this test reads the packets as the generator wrote them"
            );
            // A stream of one packet has no jitter; the generator says 0.
            if !said.map_or(t["packets"] == 1, |said| close(said, without)) {
                wrong.push(format!(
                    "stream {key:?}: {name} is {said:?}, truth {without:.3}"
                ));
            }
        }
        exact += usize::from(wrong.len() == before);
    }
    for key in left {
        wrong.push(format!("stream {key:?} was not found"));
    }
    exact
}

/// The times the report must show of a call that is complete, read off its own messages.
fn check_times(
    id: &str,
    truth: &Value,
    call: &Value,
    messages: &[&Value],
    wrong: &mut Vec<String>,
) {
    let invite = messages[0];
    let caller = &invite["src"]["address"];
    let on_caller_hop =
        |m: &&&Value| m["src"]["address"] == *caller || m["dst"]["address"] == *caller;
    let hop: Vec<&&Value> = messages.iter().filter(on_caller_hop).collect();
    let first = |kind: &str, method: &str, status: Option<u64>| {
        hop.iter()
            .find(|m| m["kind"] == kind && m["method"] == method && m["status"].as_u64() == status)
            .map(|m| nanos(&m["time"]))
    };
    let answer = first("response", "INVITE", Some(200));
    let ended = match truth["outcome"].as_str() {
        Some("answered") => first("request", "BYE", None),
        Some("busy") => first("response", "INVITE", Some(486)),
        Some("notfound") => first("response", "INVITE", Some(404)),
        Some("cancelled") => first("request", "CANCEL", None),
        other => panic!("the truth knows an outcome this test does not: {other:?}"),
    };
    let said = |v: &Value| (!v.is_null()).then(|| nanos(v));
    if said(&call["answer_time"]) != answer {
        wrong.push(format!(
            "call {id}: answer_time {}, messages say {answer:?}",
            call["answer_time"]
        ));
    }
    if said(&call["end_time"]) != ended {
        wrong.push(format!(
            "call {id}: end_time {}, messages say {ended:?}",
            call["end_time"]
        ));
    }
    // The truth's answer is the caller's ACK of the 200, its end the last message.
    let acked = micros(&truth["answer_us"]);
    let has_ack = |m: &&&Value| m["method"] == "ACK" && nanos(&m["time"]) == acked;
    if acked != 0 && !hop.iter().any(has_ack) {
        wrong.push(format!("call {id}: no ACK at {acked}"));
    }
    if messages.last().map(|m| nanos(&m["time"])) != Some(micros(&truth["end_us"])) {
        wrong.push(format!(
            "call {id}: the last message is not at {}",
            truth["end_us"]
        ));
    }
}

fn check_calls(truth: &Value, report: &Value, wrong: &mut Vec<String>) -> usize {
    let messages = array(&report["messages"]);
    let of = |ids: &Value| -> Vec<&Value> {
        let at = |id: &Value| &messages[id.as_u64().expect("id") as usize - 1];
        array(ids).iter().map(at).collect()
    };
    let mut ours: HashMap<String, &Value> = HashMap::new();
    for c in array(&report["calls"]) {
        if array(&c["call_ids"]).len() != 1 {
            wrong.push(format!("call {} joins {}", c["id"], c["call_ids"]));
        }
        if ours.insert(text(&c["call_ids"][0]), c).is_some() {
            wrong.push(format!("call {} comes twice", c["call_ids"][0]));
        }
    }
    let mut exact = 0;
    for t in array(&truth["calls"]) {
        let id = text(&t["call_id"]);
        let Some(call) = ours.remove(&id) else {
            wrong.push(format!("call {id} was not found"));
            continue;
        };
        let before = wrong.len();
        let messages = of(&call["messages"]);
        if Some(messages.len() as u64) != t["sip_messages"].as_u64() {
            wrong.push(format!(
                "call {id}: {} messages, truth {}",
                messages.len(),
                t["sip_messages"]
            ));
        }
        if nanos(&call["start_time"]) != micros(&t["start_us"]) {
            wrong.push(format!(
                "call {id}: starts {}, truth {}",
                call["start_time"], t["start_us"]
            ));
        }
        for (party, key) in [("caller", "from"), ("callee", "to")] {
            let (uri, user) = (text(&call[party]["uri"]), text(&t[key]));
            if uri != format!("sip:{user}@sip.example.com") {
                wrong.push(format!("call {id}: {party} is {uri}, truth {user}"));
            }
        }
        let outcome = call["outcome"].as_str().unwrap_or("?");
        if t["complete"] == true {
            let want = match t["outcome"].as_str() {
                Some("answered") => "completed",
                Some("notfound") => "not_found",
                Some(other) => other,
                None => "?",
            };
            if outcome != want {
                wrong.push(format!("call {id}: outcome {outcome}, truth {want}"));
            }
            check_times(&id, t, call, &messages, wrong);
        } else {
            // The capture stops inside it: what was meant to become of it may not have happened.
            let sent = |method: &str| {
                let of_method = |m: &&&Value| m["kind"] == "request" && m["method"] == method;
                messages.iter().any(|m| of_method(&m))
            };
            let possible: &[&str] = match (t["answer_us"].as_u64(), t["outcome"].as_str()) {
                (Some(1..), _) if sent("BYE") => &["completed"],
                (Some(1..), _) => &["answered"],
                // Challenged, and the capture ends before the retry: by the table of outcomes a failure.
                _ if messages
                    .last()
                    .is_some_and(|m| m["status"] == 407 || m["method"] == "ACK") =>
                {
                    &["auth_failed", "answered", "ringing", "busy", "not_found"]
                }
                (_, Some("answered")) => &["answered", "ringing", "incomplete"],
                (_, Some("cancelled")) if sent("CANCEL") => &["cancelled"],
                (_, Some("busy")) => &["busy", "ringing", "incomplete"],
                (_, Some("notfound")) => &["not_found", "ringing", "incomplete"],
                _ => &["ringing", "incomplete"],
            };
            if !possible.contains(&outcome) {
                wrong.push(format!(
                    "call {id}, cut off: outcome {outcome}, not of {possible:?}"
                ));
            }
        }
        exact += usize::from(wrong.len() == before);
    }
    for id in ours.keys() {
        wrong.push(format!("call {id} is invented"));
    }
    exact
}

fn check_totals(truth: &Value, report: &Value, wrong: &mut Vec<String>) {
    let (t, c) = (&truth["totals"], &report["counters"]);
    let n = |v: &Value| v.as_u64().expect("a count");
    let rows = [
        ("packets", n(&c["packets"]), n(&t["packets"])),
        (
            "SIP messages",
            n(&c["sip_messages"]),
            n(&t["sip_udp_messages"]) + n(&t["sip_tcp_messages"]),
        ),
        ("RTP packets", n(&c["rtp_packets"]), n(&t["rtp"])),
        ("capture duplicates", n(&c["capture_duplicates"]), 0),
        (
            "registrations",
            array(&report["registrations"]).len() as u64,
            n(&t["register_dialogs"]),
        ),
    ];
    for (what, said, true_one) in rows {
        if said != true_one {
            wrong.push(format!("{what}: {said}, truth {true_one}"));
        }
    }
}

fn check(path: &Path) -> Vec<String> {
    let truth = std::fs::read(format!("{}.truth.json", path.display())).expect("a truth beside it");
    let truth: Value = serde_json::from_slice(&truth).expect("JSON");
    let report = support::report(path);
    let mut wrong = Vec::new();
    check_totals(&truth, &report, &mut wrong);
    let calls = check_calls(&truth, &report, &mut wrong);
    let streams = check_streams(path, &truth, &report, &mut wrong);
    eprintln!(
        "{}: {calls} of {} calls and {streams} of {} streams exact, {} streams reported",
        path.display(),
        array(&truth["calls"]).len(),
        truth_streams(&truth).len(),
        array(&report["streams"]).len()
    );
    wrong
}

#[test]
fn every_call_and_stream_of_a_generated_capture_is_exact_and_none_is_invented() {
    let Some(paths) = std::env::var_os("SIPFLOW_GENERATED") else {
        eprintln!("skipped: SIPFLOW_GENERATED names no generated capture");
        return;
    };
    for path in std::env::split_paths(&paths) {
        let wrong = check(&path);
        let shown = &wrong[..wrong.len().min(40)];
        assert!(
            wrong.is_empty(),
            "{}: {} differences:\n{}",
            path.display(),
            wrong.len(),
            shown.join("\n")
        );
    }
}
