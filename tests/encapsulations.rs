//! One call in every link layer and tunnel: what sipflow says of it must not change, but for the layers it names.
//! The captures are those of `testdata/synthetic/make-encapsulations.py`.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

mod support;

use serde_json::Value;
use sipflow::decode::{Decoded, decode};
use sipflow::pipeline::{Options, Pipeline, Sink};
use sipflow::types::{CaptureTime, FrameNo, LinkType, Packet, SourceId};
use std::collections::BTreeSet;

/// Case, and the layers of its messages; those with `*` differ between the directions in the number there.
const CASES: &[(&str, &str)] = &[
    ("none", "eth/ip/udp"),
    ("none_ipv6", "eth/ipv6/udp"),
    ("qinq", "eth/vlan(10)/vlan(20)/ip/udp"),
    ("vlan_stacked", "eth/vlan(10)/vlan(20)/vlan/ip/udp"),
    ("vlan_9100", "eth/vlan(10)/vlan(20)/ip/udp"),
    ("sll_vlan", "sll/vlan(110)/ip/udp"),
    ("sll2", "sll2/ip/udp"),
    ("mpls", "eth/mpls(*)/ip/udp"),
    ("mpls_3_labels", "eth/mpls(*)/ip/udp"),
    ("mpls_ethernet", "eth/mpls(*)/eth/ip/udp"),
    ("mpls_ethernet_control_word", "eth/mpls(*)/eth/ip/udp"),
    ("pppoe", "eth/pppoe(42)/ppp/ip/udp"),
    ("pppoe_link", "pppoe(42)/ppp/ip/udp"),
    ("ppp", "ppp/ip/udp"),
    ("4in4", "eth/ip/ip/udp"),
    ("6in4", "eth/ip/ipv6/udp"),
    ("4in6", "eth/ipv6/ip/udp"),
    ("gre", "eth/ip/gre/ip/udp"),
    ("gre_options", "eth/ip/gre/ip/udp"),
    ("gre_ethernet", "eth/ip/gre/eth/ip/udp"),
    ("nvgre", "eth/ip/gre/eth/ip/udp"),
    ("erspan_1", "eth/ip/gre/erspan(0)/eth/ip/udp"),
    ("erspan_2", "eth/ip/gre/erspan(100)/eth/ip/udp"),
    ("erspan_3", "eth/ip/gre/erspan(101)/eth/ip/udp"),
    ("vxlan", "eth/ip/udp/vxlan(42)/eth/ip/udp"),
    ("geneve", "eth/ip/udp/geneve(43)/eth/ip/udp"),
    ("gtp_u", "eth/ip/udp/gtp(*)/ip/udp"),
    ("l2tp", "eth/ip/udp/l2tp(*)/ppp/ip/udp"),
    ("l2tpv3", "eth/ip/l2tp(*)/eth/ip/udp"),
    ("tzsp", "eth/ip/udp/tzsp/eth/ip/udp"),
    ("teredo", "eth/ip/udp/teredo/ipv6/udp"),
    ("esp_null", "eth/ip/esp/ip/udp"),
    ("ah", "eth/ip/ah/ip/udp"),
    ("etherip", "eth/ip/eth/ip/udp"),
    ("wifi", "wlan/llc/ip/udp"),
    ("wifi_radiotap", "wlan/llc/ip/udp"),
    ("nflog", "nflog/ip/udp"),
    ("exported_pdu", "exported_pdu"),
    ("raw_ip", "raw/ip/udp"),
    ("null", "null/ip/udp"),
    ("null_ipv6", "null/ipv6/udp"),
    ("loop", "null/ip/udp"),
    (
        "nested_backbone",
        "eth/vlan(7)/mpls(*)/ip/gre/ip/udp/vxlan/eth/ip/…",
    ),
    (
        "nested_mobile",
        "eth/vlan(10)/vlan(20)/pppoe/ppp/ip/udp/gtp/ip/ip/…",
    ),
    (
        "fragments_in_gre",
        "eth/ip/gre/ip/udp eth/ip/gre/ip/fragments/udp",
    ),
    (
        "gre_in_fragments",
        "eth/ip/gre/ip/udp eth/ip/fragments/gre/ip/udp",
    ),
    (
        "fragments_in_fragments",
        "eth/ip/gre/ip/udp eth/ip/fragments/gre/ip/udp eth/ip/fragments/gre/ip/fragments/udp",
    ),
];

fn report(case: &str) -> Value {
    let path = support::testdata("cases").join(format!("encap_{case}/capture.pcap"));
    support::report(&path)
}

fn bare(case: &str) -> &'static str {
    match case {
        "none_ipv6" | "6in4" | "teredo" | "null_ipv6" => "none_ipv6",
        _ => "none",
    }
}

/// The report without what the wrapping may change: frames where packets were cut, the layers, sizes below UDP.
fn comparable(mut report: Value, case: &str) -> Value {
    let cut = case.contains("fragments");
    fn prune(value: &mut Value, cut: bool) {
        match value {
            Value::Object(map) => {
                for key in ["encapsulation", "ethernet_kbps", "ip_kbps"] {
                    map.remove(key);
                }
                if cut {
                    map.retain(|key, _| !key.contains("frame") && key != "detail");
                }
                map.values_mut().for_each(|v| prune(v, cut));
            }
            Value::Array(items) => items.iter_mut().for_each(|v| prune(v, cut)),
            _ => {}
        }
    }
    prune(&mut report, cut);
    let counters = report["counters"].take();
    let mut kept = serde_json::Map::new();
    for part in [
        "messages",
        "transactions",
        "dialogs",
        "calls",
        "registrations",
        "streams",
        "findings",
    ] {
        kept.insert(part.to_owned(), report[part].take());
    }
    for count in [
        "sip_messages",
        "sip_requests",
        "sip_responses",
        "retransmissions",
        "capture_duplicates",
        "rtp_packets",
        "rtcp_packets",
        "undecoded_packets",
    ] {
        kept.insert(count.to_owned(), counters[count].clone());
    }
    Value::Object(kept)
}

#[test]
fn a_call_is_the_same_in_every_encapsulation() {
    let plain = |case| comparable(report(bare(case)), case);
    for (case, _) in CASES {
        let (got, want) = (comparable(report(case), case), plain(case));
        for (part, want) in want.as_object().unwrap() {
            assert_eq!(&got[part], want, "{case}: {part}");
        }
        assert_eq!(got["messages"].as_array().unwrap().len(), 6, "{case}");
        let streams = got["streams"].as_array().unwrap();
        assert_eq!(streams.len(), 2, "{case}");
        assert!(streams.iter().all(|s| s["setup"] == "sdp"), "{case}");
    }
}

/// The number in the place of `*` left out of `layers`.
fn without_varying(layers: &str, pattern: &str) -> String {
    let Some((before, _)) = pattern.split_once('*') else {
        return layers.to_owned();
    };
    let number = layers.strip_prefix(before).unwrap_or(layers);
    let after = number.trim_start_matches(|c: char| c.is_ascii_digit());
    format!("{before}*{after}")
}

#[test]
fn messages_streams_and_counters_name_the_layers() {
    for (case, pattern) in CASES {
        let report = report(case);
        let plain = matches!(*case, "none" | "none_ipv6");
        let wanted: BTreeSet<&str> = pattern.split(' ').collect();
        let mut seen = BTreeSet::new();
        for part in ["messages", "streams"] {
            for record in report[part].as_array().unwrap() {
                let layers = &record["encapsulation"];
                assert_eq!(layers.is_null(), plain, "{case}: {layers}");
                seen.extend(layers.as_str().map(|l| without_varying(l, pattern)));
            }
        }
        if !plain {
            let seen: BTreeSet<&str> = seen.iter().map(String::as_str).collect();
            assert_eq!(seen, wanted, "{case}");
        }
        // Six messages and forty packets of RTP.
        let counts = report["counters"]["encapsulations"].as_object().unwrap();
        let total: u64 = counts.values().map(|n| n.as_u64().unwrap()).sum();
        assert_eq!(total, 46, "{case}");
        assert!(counts.keys().all(|layers| !layers.contains('(')), "{case}");
    }
}

#[test]
fn every_encapsulation_has_its_case_and_every_case_its_row() {
    let folder = std::fs::read_dir(support::testdata("cases")).unwrap();
    let cases: BTreeSet<String> = folder
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .filter_map(|name| Some(name.strip_prefix("encap_")?.to_owned()))
        .collect();
    let rows: BTreeSet<String> = CASES.iter().map(|(case, _)| (*case).to_owned()).collect();
    assert_eq!(cases, rows);
}

#[derive(Default)]
struct Nothing;
impl Sink for Nothing {}

/// An IPv6 packet (RFC 8200) of one fragment; `offset` in octets.
fn fragment(id: u32, next: u8, offset: u16, more: bool, payload: &[u8]) -> Vec<u8> {
    let mut packet = vec![0x60, 0, 0, 0];
    packet.extend(u16::try_from(payload.len() + 8).unwrap().to_be_bytes());
    packet.extend([44, 64]);
    packet.extend([0xfd; 16]);
    packet.extend([0xfe; 16]);
    packet.extend(fragment_header(id, next, offset, more));
    packet.extend(payload);
    packet
}

fn fragment_header(id: u32, next: u8, offset: u16, more: bool) -> Vec<u8> {
    let mut header = vec![next, 0];
    header.extend((offset | u16::from(more)).to_be_bytes());
    header.extend(id.to_be_bytes());
    header
}

#[test]
fn fragments_inside_fragments_are_followed_eight_deep_and_no_deeper() {
    // Each datagram begins with the header of a fragment of the next one, so that the last packet would
    // complete all of them.
    let levels = 1000;
    let mut packets: Vec<Vec<u8>> = (1..=levels)
        .map(|id| fragment(id, 44, 0, true, &fragment_header(id + 1, 44, 8, false)))
        .collect();
    packets.push(fragment(1, 44, 8, false, &[0; 8]));
    let mut pipeline = Pipeline::new(Options::default());
    for (frame, data) in (1..).zip(&packets) {
        let packet = Packet {
            source: SourceId(0),
            frame: FrameNo(frame),
            time: CaptureTime::from_nanos(i64::try_from(frame).unwrap()),
            link: LinkType(101),
            data,
            wire_len: u32::try_from(data.len()).unwrap(),
            file_offset: None,
        };
        assert!(matches!(decode(&packet), Decoded::Fragment(_)));
        pipeline.handle_packet(&packet, &mut Nothing);
    }
    let summary = pipeline.finish(&mut Nothing);
    assert_eq!(summary.fragments.reassembled, 9);
    // The nine first fragments, and the packet that completed them.
    assert_eq!(summary.counters.undecoded.get("too_deep"), Some(&10));
    assert_eq!(summary.counters.fates.total(), u64::from(levels) + 1);
}
