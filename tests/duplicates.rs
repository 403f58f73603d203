//! Packets the capture holds twice are one packet, unless asked for otherwise; what the network doubled stays so.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]
#![allow(unreachable_pub, dead_code, reason = "shared with other tests")]

#[path = "doctor/edit.rs"]
mod edit;
mod support;

use edit::{Capture, Packet};
use serde_json::Value;

fn run(capture: &Capture, args: &[&str]) -> std::process::Output {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("capture.pcap");
    std::fs::write(&path, capture.bytes()).unwrap();
    let path = path.to_str().unwrap();
    support::sipflow(args.iter().copied().chain([path, "-q"]))
}

fn report(capture: &Capture, args: &[&str]) -> Value {
    let out = run(capture, &[&["report", "--json"], args].concat());
    serde_json::from_slice(&out.stdout).unwrap()
}

/// Every packet that `which` chooses, and its copy after it. `change` makes the copy another one.
fn doubled(mut capture: Capture, which: fn(&Packet) -> bool, change: fn(&mut Packet)) -> Capture {
    let packets = std::mem::take(&mut capture.packets);
    for p in packets {
        let copy = which(&p).then(|| {
            let mut copy = p.clone();
            change(&mut copy);
            copy
        });
        capture.packets.push(p);
        capture.packets.extend(copy);
    }
    capture
}

fn as_it_is(_: &mut Packet) {}

fn in_another_vlan(p: &mut Packet) {
    p.data.splice(12..12, [0x81, 0, 0, 42]);
    p.wire_len += 4;
}

fn a_hop_further(p: &mut Packet) {
    if p.protocol().is_some() {
        p.data[22] -= 1;
        p.data[0] ^= 4;
    }
}

/// What must not change: the first copies of messages by their text, calls, streams and what was found.
fn essence(report: &Value) -> Vec<Value> {
    let messages = report["messages"].as_array().unwrap().iter();
    let first = messages.filter(|m| m["capture_duplicate_of"].is_null());
    let lines = first.map(|m| {
        serde_json::json!([
            m["method"],
            m["status"],
            m["cseq"],
            m["retransmission_of"].is_null()
        ])
    });
    let streams = report["streams"].as_array().unwrap().iter();
    let figures = streams.map(|s| {
        serde_json::json!([
            s["ssrc"],
            s["call"],
            s["packets"],
            s["lost"],
            s["duplicates"],
            s["out_of_order"],
            s["jitter_max_ms"],
            s["bandwidth"]["ip_kbps"]
        ])
    });
    let calls = report["calls"].as_array().unwrap().iter();
    let calls =
        calls.map(|c| serde_json::json!([c["outcome"], c["talk_time_s"], c["ring_time_s"]]));
    let codes = report["findings"].as_array().unwrap().iter();
    let codes = codes.map(|f| serde_json::json!([f["code"], f["title"]]));
    lines.chain(figures).chain(calls).chain(codes).collect()
}

#[test]
fn a_capture_that_holds_every_packet_twice_says_what_it_says_of_one() {
    let all = |_: &Packet| true;
    for case in [
        "encap_none",
        "encap_none_ipv6",
        "proxy_call",
        "fragmented_bigsdp",
        "tcp",
        "sctp",
    ] {
        let plain = report(&Capture::of_case(case), &[]);
        for (how, change) in [
            ("a mirror port", as_it_is as fn(&mut Packet)),
            ("two VLANs", in_another_vlan),
            ("both sides of a router", a_hop_further),
        ] {
            if case == "encap_none_ipv6" && how == "two VLANs" {
                continue; // without identification two networks may well hold equal packets
            }
            let twice = report(&doubled(Capture::of_case(case), all, change), &[]);
            assert_eq!(essence(&twice), essence(&plain), "{case}: {how}");
            let c = &twice["counters"];
            assert_eq!(c["retransmissions"], plain["counters"]["retransmissions"]);
            assert_eq!(
                c["undecoded_packets"],
                serde_json::json!({}),
                "{case}: {how}"
            );
        }
    }
}

#[test]
fn a_mirror_of_one_direction_doubles_that_direction_only() {
    let from_alice = |p: &Packet| p.source() == Some([192, 0, 2, 11]);
    let plain = report(&Capture::of_case("encap_none"), &[]);
    let twice = report(
        &doubled(Capture::of_case("encap_none"), from_alice, as_it_is),
        &[],
    );
    assert_eq!(essence(&twice), essence(&plain));
    // Of alice: INVITE, ACK, BYE, 20 packets of RTP, 3 of RTCP. Counted with tshark, ip.src and udp.
    assert_eq!(twice["counters"]["capture_duplicates"], 26);
}

#[test]
fn copies_of_fragments_in_any_order_make_one_message() {
    let call = || Capture::of_case("fragmented_bigsdp");
    let plain = report(&call(), &[]);
    // All fragments of a datagram, then all of them again.
    let mut behind = call();
    let packets = std::mem::take(&mut behind.packets);
    let mut group: Vec<Packet> = Vec::new();
    let is_more = |p: &Packet| p.protocol().is_some() && p.data[20] & 0x20 != 0;
    for p in packets {
        let more = is_more(&p);
        group.push(p);
        if !more {
            behind.packets.extend(group.clone());
            behind.packets.append(&mut group);
        }
    }
    assert_eq!(essence(&report(&behind, &[])), essence(&plain));
}

#[test]
fn kept_duplicates_count_as_sent_twice() {
    let all = |_: &Packet| true;
    let twice = doubled(Capture::of_case("encap_none"), all, as_it_is);
    let folded = report(&twice, &[]);
    let kept = report(&twice, &["--keep-duplicates"]);
    // 6 messages, 40 packets of RTP and 6 of RTCP, once more.
    assert_eq!(folded["counters"]["capture_duplicates"], 52);
    assert_eq!(kept["counters"]["capture_duplicates"], 0);
    assert_eq!(kept["counters"]["retransmissions"], 6);
    for (report, packets, duplicates) in [(&folded, 20, 0), (&kept, 40, 20)] {
        for s in report["streams"].as_array().unwrap() {
            assert_eq!(
                (&s["packets"], &s["duplicates"]),
                (&packets.into(), &duplicates.into())
            );
        }
    }
}

#[test]
fn every_command_that_reads_a_capture_can_keep_duplicates() {
    let twice = doubled(Capture::of_case("encap_none"), |_| true, as_it_is);
    for command in [
        &["report"][..],
        &["calls"],
        &["ladder"],
        &["messages"],
        &["show", "--frame", "1"],
        &["streams"],
        &["doctor"],
    ] {
        let out = |more: &[&str]| {
            let out = run(&twice, &[command, more].concat());
            assert!(out.status.success(), "{command:?}");
            String::from_utf8(out.stdout).unwrap()
        };
        let (folded, kept) = (out(&[]), out(&["--keep-duplicates"]));
        assert!(!kept.contains("captured again") && !kept.contains("[capture duplicate]"));
        let same = ["show", "calls", "ladder"].contains(&command[0]);
        assert!(same || folded != kept, "{command:?}");
    }
}
