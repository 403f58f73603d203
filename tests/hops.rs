//! `sipflow show --compare-hops` through the program: each change is the difference of two packets as
//! `tshark -V` shows them.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]
#![allow(unreachable_pub, dead_code, reason = "shared with other tests")]

mod support;

use serde_json::Value;
use std::io::Write as _;
use std::path::Path;

fn compared(file: &Path, frame: u32) -> Vec<Value> {
    let words = format!("show -q --json --compare-hops {} {frame}", file.display());
    let out = support::sipflow(words.split(' '));
    assert!(out.status.success(), "{words}: {out:?}");
    let report: Value = serde_json::from_slice(&out.stdout).unwrap();
    report["hop_comparisons"][0]["steps"]
        .as_array()
        .unwrap()
        .clone()
}

/// `kind part: sentence` of each change of a step.
fn changes(step: &Value) -> Vec<String> {
    let text = |c: &Value, key: &str| c[key].as_str().unwrap().to_owned();
    let all = step["changes"].as_array().unwrap().iter();
    all.map(|c| {
        format!(
            "{} {}: {}",
            text(c, "kind"),
            text(c, "part"),
            text(c, "text")
        )
    })
    .collect()
}

fn has(all: &[String], parts: &[&str]) {
    for part in parts {
        assert!(
            all.iter().any(|c| c.starts_with(part)),
            "no '{part}' in\n{}",
            all.join("\n")
        );
    }
}

// #20 -> #24 -> #26: two proxies.
#[test]
fn what_two_proxies_do_to_an_invite_is_told_step_by_step() {
    let file = support::testdata("cases/two_proxies/capture.pcap");
    let steps = compared(&file, 24);
    let ways: Vec<(&str, &str)> = steps
        .iter()
        .map(|s| (s["link"].as_str().unwrap(), s["by"].as_str().unwrap()))
        .collect();
    assert_eq!(ways, [("via", "192.0.2.10"), ("via", "192.0.2.20")]);
    let second = changes(&steps[1]);
    has(
        &second,
        &[
            "changed Request-URI: 192.0.2.20 changes the Request-URI from sip:bob@192.0.2.20;transport=udp to \
             sip:bob-0x55903b5a23f0@192.0.2.12:5060",
            "added Record-Route: 192.0.2.20 adds Record-Route: <sip:192.0.2.20;lr=on;ftag=3bd62c3ee9a62307>",
            "added Via: 192.0.2.20 adds a Via on top: SIP/2.0/UDP 192.0.2.20;branch=z9hG4bK588.c343dfe1ca9094e57de1a468072903fc.0",
            "changed Max-Forwards: 192.0.2.20 lowers Max-Forwards from 69 to 68",
        ],
    );
    // The body goes through as it is.
    assert!(
        !second.iter().any(|c| c.contains("=") && c.contains("SDP")),
        "{second:?}"
    );
    let first = changes(&steps[0]);
    has(
        &first,
        &[
            "changed Via: 192.0.2.10 writes into the Via below where its packet came from: SIP/2.0/UDP 192.0.2.11:5060;received=192.0.2.11",
            "changed Max-Forwards: 192.0.2.10 lowers Max-Forwards from 70 to 69",
        ],
    );
}

// The 200 goes #33 -> #34 -> #35.
#[test]
fn a_response_loses_a_via_at_each_hop_and_nothing_else() {
    let file = support::testdata("cases/two_proxies/capture.pcap");
    let steps = compared(&file, 35);
    assert_eq!(steps.len(), 2);
    for step in &steps {
        let all = changes(step);
        has(&all, &["removed Via: "]);
        assert_eq!(all.len(), 1, "{all:?}");
    }
}

// The callee's 100 and the proxy's: neither is the other passed on (RFC 3261 §16.7).
#[test]
fn a_100_is_each_elements_own() {
    let file = support::testdata("cases/declined/capture.pcap");
    let name = file.to_str().unwrap();
    let out = support::sipflow(["messages", "-q", "--json", "--status", "100", name]);
    let report: Value = serde_json::from_slice(&out.stdout).unwrap();
    let trying = report["messages"].as_array().unwrap();
    assert!(trying.len() > 1);
    let frame = trying[0]["frame"].to_string();
    let words = ["show", "-q", "--compare-hops", name, &frame];
    assert_eq!(support::sipflow(words).status.code(), Some(1));
}

#[test]
fn a_message_of_one_hop_has_nothing_to_be_compared_with() {
    let out = support::sipflow([
        "show".as_ref(),
        "-q".as_ref(),
        "--compare-hops".as_ref(),
        support::testdata("cases/direct_call/capture.pcap").as_os_str(),
        first_message().to_string().as_ref(),
    ]);
    assert_eq!(out.status.code(), Some(1), "{out:?}");
    let said = String::from_utf8(out.stderr).unwrap();
    assert!(said.contains("nothing to compare"), "{said}");
}

fn first_message() -> u32 {
    let file = support::testdata("cases/direct_call/capture.pcap");
    let out = support::sipflow([
        "messages".as_ref(),
        "-q".as_ref(),
        "--json".as_ref(),
        file.as_os_str(),
    ]);
    let report: Value = serde_json::from_slice(&out.stdout).unwrap();
    u32::try_from(report["messages"][0]["frame"].as_u64().unwrap()).unwrap()
}

/// A pcap of raw IP (link type 101) with UDP datagrams from port 5060 to port 5060.
fn pcap(path: &Path, packets: &[([u8; 4], [u8; 4], String)]) {
    let mut bytes = Vec::new();
    for word in [0xa1b2_c3d4_u32, 0x0004_0002, 0, 0, 65_535, 101] {
        bytes.extend(word.to_le_bytes());
    }
    for (n, (src, dst, text)) in (0u32..).zip(packets) {
        let total = u16::try_from(28 + text.len()).unwrap();
        let mut packet = vec![0x45, 0];
        packet.extend(total.to_be_bytes());
        packet.extend([0, n as u8 + 1, 0x40, 0, 64 - n as u8, 17, 0, 0]);
        packet.extend(src);
        packet.extend(dst);
        for field in [5060, 5060, total - 20, 0] {
            packet.extend(field.to_be_bytes());
        }
        packet.extend(text.as_bytes());
        let len = u32::try_from(packet.len()).unwrap();
        for word in [1_795_189_558, 1000 * n, len, len] {
            bytes.extend(word.to_le_bytes());
        }
        bytes.extend(packet);
    }
    std::fs::File::create(path)
        .unwrap()
        .write_all(&bytes)
        .unwrap();
}

fn invite(contact: &str, connection: &str, port: u16) -> String {
    let body = format!(
        "v=0\r\no=a 1 1 IN IP4 {connection}\r\ns=-\r\nc=IN IP4 {connection}\r\nt=0 0\r\nm=audio {port} RTP/AVP 0\r\n"
    );
    format!(
        "INVITE sip:bob@203.0.113.9 SIP/2.0\r\nVia: SIP/2.0/UDP 192.168.1.5:5060;branch=z9hG4bKn1;rport\r\n\
         Max-Forwards: 70\r\nFrom: <sip:a@203.0.113.9>;tag=1\r\nTo: <sip:bob@203.0.113.9>\r\nCall-ID: nat1\r\n\
         CSeq: 1 INVITE\r\nContact: <sip:a@{contact}>\r\nContent-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

// Captured on both sides of a router: the same Via, and another address of the packet, the Contact and the SDP.
#[test]
fn a_box_that_leaves_the_via_as_it_is_and_rewrites_addresses_is_no_proxy() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("nat.pcap");
    pcap(
        &file,
        &[
            (
                [192, 168, 1, 5],
                [203, 0, 113, 9],
                invite("192.168.1.5:5060", "192.168.1.5", 4000),
            ),
            (
                [203, 0, 113, 7],
                [203, 0, 113, 9],
                invite("203.0.113.7:5060", "203.0.113.7", 5000),
            ),
        ],
    );
    let steps = compared(&file, 1);
    assert_eq!(steps.len(), 1, "{steps:?}");
    assert_eq!(
        (steps[0]["link"].as_str(), &steps[0]["by"]),
        (Some("same_via"), &Value::Null)
    );
    let all = changes(&steps[0]);
    has(
        &all,
        &[
            "changed Contact: somebody between 192.168.1.5 and 203.0.113.9 changes Contact from <sip:a@192.168.1.5:5060> \
             to <sip:a@203.0.113.7:5060>",
            "changed c=: the address in c= changes from 192.168.1.5 to 203.0.113.7 between #1 and #2",
            "changed m=: the port in m= changes from 4000 to 5000 between #1 and #2",
            "changed o=: ",
        ],
    );
    assert_eq!(all.len(), 4, "{all:?}");
}
