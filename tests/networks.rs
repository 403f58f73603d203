//! VLANs and tunnels with equal addresses stay apart, and the two directions of one conversation stay together
//! whatever ids they have.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]
#![allow(unreachable_pub, dead_code, reason = "shared with other tests")]

#[path = "doctor/edit.rs"]
mod edit;
mod support;

use edit::{Capture, Packet};
use serde_json::Value;

const ALICE: [u8; 4] = [192, 0, 2, 11];

fn report(capture: &Capture) -> Value {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("capture.pcap");
    std::fs::write(&path, capture.bytes()).unwrap();
    support::report(&path)
}

/// Each packet of the call in a VLAN, that of its direction; 0 stands for none.
fn tagged(capture: Capture, to_bob: u16, to_alice: u16) -> Capture {
    capture.each(|p| {
        let vlan = if p.source() == Some(ALICE) {
            to_bob
        } else {
            to_alice
        };
        if vlan != 0 {
            let tag = [0x81, 0, (vlan >> 8) as u8, vlan as u8];
            p.data.splice(12..12, tag);
            p.wire_len += 4;
        }
    })
}

/// The same in what `outer` makes of a direction's number: a tunnel over IPv4 between two routers.
fn tunnelled(capture: Capture, protocol: u8, outer: fn(u8) -> Vec<u8>, ids: [u8; 2]) -> Capture {
    capture.each(|p| {
        if p.protocol().is_none() {
            return; // ARP
        }
        let id = if p.source() == Some(ALICE) {
            ids[0]
        } else {
            ids[1]
        };
        let between = outer(id);
        let len = u16::try_from(20 + between.len() + p.data.len()).unwrap();
        let mut data = p.data[..14].to_vec();
        data.extend([0x45, 0]);
        data.extend(len.to_be_bytes());
        data.extend([
            0, 0, 0, 0, 64, protocol, 0, 0, 198, 51, 100, id, 203, 0, 113, id,
        ]);
        data.extend(between);
        data.extend(&p.data);
        p.wire_len = u32::try_from(data.len()).unwrap();
        p.data = data;
        if protocol == 17 {
            // Length of UDP.
            let len = (len - 20).to_be_bytes();
            p.data[38..40].copy_from_slice(&len);
        }
    })
}

/// Bridged Ethernet in GRE with a key.
fn gre(key: u8) -> Vec<u8> {
    vec![0x20, 0, 0x65, 0x58, 0, 0, 0, key]
}

/// UDP without checksum, its length filled in later, and VXLAN.
fn vxlan(vni: u8) -> Vec<u8> {
    let udp = [0xc0, 0, 0x12, 0xb5, 0, 0, 0, 0];
    [&udp[..], &[8, 0, 0, 0, 0, 0, vni, 0]].concat()
}

fn calls_and_streams(report: &Value) -> Value {
    let mut kept = serde_json::json!({
        "messages": report["messages"], "calls": report["calls"], "streams": report["streams"],
        "findings": report["findings"], "sip": report["counters"]["sip_messages"],
        "rtcp": report["counters"]["rtcp_packets"],
    });
    fn prune(value: &mut Value) {
        match value {
            Value::Object(map) => {
                map.remove("encapsulation");
                map.remove("ethernet_kbps");
                map.values_mut().for_each(prune);
            }
            Value::Array(items) => items.iter_mut().for_each(prune),
            _ => {}
        }
    }
    prune(&mut kept);
    kept
}

#[test]
fn a_call_is_one_call_where_each_direction_has_an_id_of_its_own() {
    for case in ["encap_none", "proxy_call", "tcp", "sctp"] {
        let call = || Capture::of_case(case);
        let plain = calls_and_streams(&report(&call()));
        let ways = [
            ("one VLAN", tagged(call(), 10, 10)),
            ("a VLAN each way", tagged(call(), 11, 12)),
            ("one way tagged", tagged(call(), 0, 12)),
            ("the other way tagged", tagged(call(), 11, 0)),
            ("GRE keys", tunnelled(call(), 47, gre, [1, 2])),
            ("VNIs", tunnelled(call(), 17, vxlan, [1, 2])),
        ];
        for (way, capture) in ways {
            let got = calls_and_streams(&report(&capture));
            for part in plain.as_object().unwrap().keys() {
                assert_eq!(got[part], plain[part], "{case}, {way}: {part}");
            }
        }
    }
}

/// Another call between the same addresses and ports: other names, sources and IP identifications.
fn second(call: Capture) -> Capture {
    call.each(|p| {
        if p.protocol() == Some(17) {
            p.data[18] ^= 0x55; // identification
        }
        if p.is_media() {
            p.data[50] ^= 0x55; // SSRC; of RTCP the NTP time or another source
        }
    })
    .replace(
        b"branch=z9hG4bK",
        b"branch=z9hG4bKX".split_last().unwrap().1,
    )
    .each(rename)
}

/// Changes the last octet of Call-ID and branch.
fn rename(p: &mut Packet) {
    for name in [&b"Call-ID: "[..], b";branch="] {
        let mut from = 0;
        while let Some(at) = p.data[from..].windows(name.len()).position(|w| w == name) {
            let value = from + at + name.len();
            let end = p.data[value..]
                .iter()
                .position(|b| b";\r".contains(b))
                .unwrap();
            p.data[value + end - 1] = b'X';
            from = value;
        }
    }
}

#[test]
fn two_calls_with_equal_addresses_in_two_vlans_stay_apart() {
    let plain = report(&Capture::of_case("encap_none"));
    // One id a network, an id for each direction, and one network that is not tagged.
    for ids in [[10, 10, 20, 20], [11, 12, 21, 22], [0, 0, 20, 21]] {
        let mut both = tagged(Capture::of_case("encap_none"), ids[0], ids[1]);
        let other = tagged(second(Capture::of_case("encap_none")), ids[2], ids[3]);
        both.packets.extend(other.packets);
        let got = report(&both.sorted());
        let calls = got["calls"].as_array().unwrap();
        assert_eq!(calls.len(), 2, "{ids:?}");
        assert_eq!(got["counters"]["retransmissions"], 0);
        assert_eq!(got["counters"]["capture_duplicates"], 0);
        let streams = got["streams"].as_array().unwrap();
        assert_eq!(streams.len(), 4, "{ids:?}");
        for call in calls {
            let of_call: Vec<&Value> = streams.iter().filter(|s| s["call"] == call["id"]).collect();
            assert_eq!(of_call.len(), 2, "{ids:?}");
            for (stream, from) in of_call.iter().zip(["callee", "caller"]) {
                assert_eq!(stream["from"], from, "{ids:?}");
                assert_eq!(stream["packets"], 20, "{ids:?}");
                assert_eq!(stream["setup"], "sdp", "{ids:?}");
                assert_eq!(
                    (&stream["lost"], &stream["duplicates"]),
                    (&0.into(), &0.into())
                );
                // The announcement that came in its own network.
                let setup = stream["setup_frame"].as_u64().unwrap();
                let message = got["messages"].as_array().unwrap().iter();
                let announced = message.clone().find(|m| m["frame"] == setup).unwrap();
                assert_eq!(announced["call"], call["id"], "{ids:?}");
            }
        }
        assert_eq!(got["counters"]["rtp_packets"], 80);
        let single = plain["calls"][0]["outcome"].clone();
        assert!(calls.iter().all(|c| c["outcome"] == single), "{ids:?}");
    }
}
