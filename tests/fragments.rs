//! IP fragments that are not all there, or too many: what is shown, and what is said.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]
#![allow(unreachable_pub, dead_code, reason = "shared with other tests")]

#[path = "doctor/edit.rs"]
mod edit;
mod support;

use edit::{Capture, Packet};
use serde_json::Value;

fn report(capture: &Capture) -> Value {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("capture.pcap");
    std::fs::write(&path, capture.bytes()).unwrap();
    support::report(&path)
}

fn finding<'a>(report: &'a Value, code: &str) -> Option<&'a Value> {
    let findings = report["findings"].as_array().unwrap();
    findings.iter().find(|f| f["code"] == code)
}

fn lines(report: &Value) -> Vec<String> {
    let messages = report["messages"].as_array().unwrap().iter();
    let line = |m: &Value| match m["status"].as_u64() {
        Some(status) => format!("{status} {}", m["method"].as_str().unwrap()),
        None => m["method"].as_str().unwrap().to_owned(),
    };
    messages.map(line).collect()
}

#[test]
fn messages_whose_later_fragments_a_filter_hid_are_shown_in_their_place_as_cut() {
    let plain = report(&Capture::of_case("fragmented_bigsdp"));
    let filtered = Capture::of_case("fragmented_bigsdp").keep(|p| !p.is_later_fragment());
    let got = report(&filtered);
    assert_eq!(lines(&got), lines(&plain));
    let cut: Vec<&Value> = got["messages"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|m| {
            m["warnings"]
                .as_array()
                .unwrap()
                .iter()
                .any(|w| w["code"] == "fragments_missing")
        })
        .collect();
    // The INVITE on both hops: 1480 octets of the first fragment are 1472 of SIP.
    assert_eq!(cut.len(), 2);
    for m in &cut {
        assert_eq!(m["method"], "INVITE");
        assert!(m["call"].is_u64() && m["frames"].as_array().unwrap().len() == 1);
        let warnings = m["warnings"].as_array().unwrap();
        let text = warnings
            .iter()
            .find(|w| w["code"] == "fragments_missing")
            .unwrap();
        let words = text["text"].as_str().unwrap();
        assert!(words.starts_with("only 1472 of its "), "{words}");
    }
    for key in ["outcome", "talk_time_s", "ended_by"] {
        assert_eq!(got["calls"][0][key], plain["calls"][0][key], "{key}");
    }
    let said = finding(&got, "fragments_missing").expect("a finding");
    let advice = said["advice"].as_str().unwrap();
    assert!(advice.contains("or (ip[6:2] & 0x1fff != 0)"), "{advice}");
    assert!(
        said["title"]
            .as_str()
            .unwrap()
            .starts_with("2 datagrams lack")
    );
}

#[test]
fn a_request_that_nobody_answers_is_shown_when_the_capture_ends() {
    let mut only = 0;
    let first = Capture::of_case("fragmented_bigsdp").keep(|p| {
        let wanted = p.protocol() == Some(17) && p.data[20] & 0x20 != 0 && !p.is_later_fragment();
        only += usize::from(wanted);
        wanted && only == 1
    });
    let got = report(&first);
    assert_eq!(lines(&got), ["INVITE"]);
    assert_eq!(got["messages"][0]["frame"], 1);
    assert_eq!(got["counters"]["other_packets"], 0);
}

#[test]
fn fragments_that_contradict_each_other_are_told() {
    // Sixteen octets of the INVITE's second fragment come before it, eight octets further to the front: they
    // contradict the first fragment's last eight, and the second's first eight contradict them.
    let mut capture = Capture::of_case("fragmented_bigsdp");
    let at = capture
        .packets
        .iter()
        .position(Packet::is_later_fragment)
        .unwrap();
    let mut other = capture.packets[at].clone();
    let offset = u16::from_be_bytes([other.data[20], other.data[21]]) & 0x1fff;
    let [high, low] = (offset - 1).to_be_bytes();
    (other.data[20], other.data[21]) = (0x20 | high, low);
    other.data.truncate(14 + 20 + 16);
    other.data[16..18].copy_from_slice(&36u16.to_be_bytes());
    other.wire_len = 50;
    capture.packets.insert(at, other);
    let got = report(&capture);
    let said = finding(&got, "fragments_conflict").expect("a finding");
    assert!(
        said["title"]
            .as_str()
            .unwrap()
            .starts_with("2 IP fragments "),
        "{said}"
    );
    assert_eq!(
        lines(&got),
        lines(&report(&Capture::of_case("fragmented_bigsdp")))
    );
}

/// `count` fragments of eight octets of datagrams that never become whole.
fn flood(count: u16, one_datagram: bool) -> Capture {
    let mut capture = Capture::of_case("encap_none").keep(Packet::is_media);
    let first = capture.packets[0].clone();
    capture.packets = vec![first; usize::from(count)];
    for (n, p) in (1u16..).zip(&mut capture.packets) {
        let (id, offset) = if one_datagram { (1, n) } else { (n, 1) };
        p.data.truncate(14 + 20 + 8);
        p.data[16..18].copy_from_slice(&28u16.to_be_bytes());
        p.data[18..20].copy_from_slice(&id.to_be_bytes());
        p.data[20..22].copy_from_slice(&(0x2000 | offset).to_be_bytes());
        p.wire_len = 42;
    }
    capture
}

#[test]
fn every_limit_of_reassembly_that_is_reached_is_a_finding() {
    // 1024 datagrams, 64 fragments each (FragmentLimits).
    for (capture, what) in [
        (flood(1025, false), "fragmented datagrams"),
        (flood(65, true), "fragments of one datagram"),
    ] {
        let got = report(&capture);
        let said = finding(&got, "limit_reached").expect("a finding");
        assert_eq!(said["title"], format!("a memory limit was reached: {what}"));
    }
    for capture in [flood(1024, false), flood(64, true)] {
        assert_eq!(finding(&report(&capture), "limit_reached"), None);
    }
}

#[test]
fn a_limit_is_told_by_every_command_whose_output_has_no_findings() {
    let dir = tempfile::tempdir().unwrap();
    let mut capture = Capture::of_case("busy");
    capture.packets.extend(flood(65, true).packets);
    let path = dir.path().join("capture.pcap");
    std::fs::write(&path, capture.bytes()).unwrap();
    let said = |args: &str| {
        let args = args.split(' ').map(std::ffi::OsStr::new);
        let out = support::sipflow(args.chain([path.as_os_str()]));
        let said = String::from_utf8(out.stderr).unwrap();
        said.contains("a limit was reached: fragments of one datagram")
    };
    for silent in [
        "calls",
        "calls --format ndjson",
        "calls --format csv",
        "ladder",
        "messages",
        "streams",
        "registrations --format ndjson",
        "report --json --records calls",
        "report --format ndjson --records calls",
        "report --call 1",
    ] {
        assert!(said(silent), "{silent}");
    }
    for telling in [
        "report",
        "report --json",
        "report --format ndjson",
        "calls --json",
        "calls -q",
    ] {
        assert!(!said(telling), "{telling}");
    }
}
