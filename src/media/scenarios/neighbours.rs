//! What runs beside RTP, and what it says of the media.

use super::*;
use crate::media::other::{About, OtherRecord};
use crate::types::OtherProtocol;

/// Not announced: behind a NAT that changed address and port.
const A_OUTSIDE: &str = "203.0.113.9:61000";

fn stun(kind: u16, transaction: u8, attributes: &[(u16, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (number, value) in attributes {
        body.extend(number.to_be_bytes());
        body.extend((value.len() as u16).to_be_bytes());
        body.extend(*value);
        body.resize(body.len().next_multiple_of(4), 0);
    }
    let mut v = kind.to_be_bytes().to_vec();
    v.extend((body.len() as u16).to_be_bytes());
    v.extend(0x2112_a442u32.to_be_bytes());
    v.extend([transaction; 12]);
    v.extend(body);
    v
}

fn dtls(kind: u8) -> Vec<u8> {
    vec![kind, 254, 253, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 1]
}

fn others(mut s: Scenario) -> Vec<OtherRecord> {
    s.tracker.finish();
    std::iter::from_fn(|| s.tracker.poll_other()).collect()
}

fn with_fragments(s: &mut Scenario) {
    s.announce_with(1, Party::Caller, A, 0, |a| a.ufrag = Some("aaaa".into()));
    s.announce_with(1, Party::Callee, B, 1, |a| a.ufrag = Some("bbbb".into()));
}

#[test]
fn a_check_that_names_both_user_fragments_binds_media_from_an_address_nobody_announced() {
    let mut s = Scenario::new();
    with_fragments(&mut s);
    // alice asks bob: his fragment comes first. bob's port is another than announced too.
    let (outside, inside) = (A_OUTSIDE, "192.0.2.99:7777");
    let check = stun(0x0001, 7, &[(6, b"bbbb:aaaa"), (0x25, b"")]);
    s.datagram(flow(outside, inside), 10, &check);
    s.datagram(flow(inside, outside), 12, &stun(0x0101, 7, &[]));
    s.rtp(flow(inside, outside), 0x22, 1, 8, 20);
    let streams = {
        let mut s = s;
        s.tracker.finish();
        let stream = s.tracker.poll_stream().unwrap();
        let stun = s.tracker.poll_other().unwrap();
        let About::Ice(ice) = &stun.about else {
            panic!("{stun:?}");
        };
        assert_eq!((stun.call, stun.from), (call(1), Some(Party::Caller)));
        assert_eq!((stun.there.packets, stun.back.packets), (1, 1));
        assert!(ice.nominated.is_some());
        stream
    };
    assert_eq!(
        bound(&streams),
        (Some(1), Some(Party::Callee), Some(BindMethod::Ice))
    );
}

#[test]
fn a_check_with_another_answer_to_it_chooses_no_pair() {
    let mut s = Scenario::new();
    with_fragments(&mut s);
    s.datagram(
        flow(A, B),
        10,
        &stun(1, 7, &[(6, b"bbbb:aaaa"), (0x25, b"")]),
    );
    s.datagram(flow(B, A), 12, &stun(0x0101, 8, &[]));
    s.datagram(flow(B, A), 13, &stun(0x0111, 7, &[]));
    let all = others(s);
    let About::Ice(ice) = &all[0].about else {
        panic!("{all:?}");
    };
    assert_eq!((ice.nominated, ice.errors), (None, 1));
}

#[test]
fn a_check_of_other_user_fragments_is_of_no_call() {
    let mut s = Scenario::new();
    with_fragments(&mut s);
    let check = stun(0x0001, 7, &[(6, b"xxxx:yyyy")]);
    s.datagram(flow(A_OUTSIDE, "192.0.2.99:7777"), 10, &check);
    assert_eq!(others(s), []);
}

#[test]
fn dtls_counts_for_the_call_whose_ports_it_uses_and_elsewhere_for_none() {
    let mut s = Scenario::new();
    s.announce(1, Party::Callee, B, 0);
    assert_eq!(s.datagram(flow(A, B), 10, &dtls(20)), Class::Dtls);
    assert_eq!(s.datagram(flow(B, A), 11, &dtls(20)), Class::Dtls);
    // A VPN between the same hosts.
    let vpn = flow("192.0.2.11:443", "192.0.2.12:443");
    assert_eq!(s.datagram(vpn, 12, &dtls(20)), Class::Dtls);
    let all = others(s);
    assert_eq!(all.len(), 1);
    assert_eq!(all[0].protocol, OtherProtocol::Dtls);
    assert!(matches!(all[0].about, About::Keys(keys) if keys.complete));
}

#[test]
fn what_came_before_its_call_was_announced_is_the_calls_too() {
    let mut s = Scenario::new();
    s.datagram(flow(A, "198.51.100.1:3478"), 0, &stun(1, 1, &[]));
    s.announce(1, Party::Caller, A, 100);
    let all = others(s);
    assert_eq!((all[0].call, all[0].from), (call(1), Some(Party::Caller)));
}

#[test]
fn ports_that_the_next_call_takes_over_are_counted_apart() {
    let mut s = Scenario::new();
    s.announce(1, Party::Callee, B, 0);
    s.datagram(flow(A, B), 10, &dtls(22));
    s.tracker.end_call(call(1), at(1_000));
    s.announce(2, Party::Callee, B, 5_000);
    s.datagram(flow(A, B), 5_010, &dtls(22));
    s.datagram(flow(A, B), 5_020, &dtls(22));
    let calls: Vec<_> = others(s)
        .iter()
        .map(|o| (o.call, o.there.packets))
        .collect();
    assert_eq!(calls, [(call(1), 1), (call(2), 2)]);
}

#[test]
fn a_take_over_is_seen_however_often_it_was_looked_for_before() {
    let mut s = Scenario::new();
    s.announce(1, Party::Callee, B, 0);
    s.datagram(flow(A, B), 10, &dtls(22));
    s.announce(3, Party::Caller, "192.0.2.77:9000", 500);
    s.datagram(flow(A, B), 510, &dtls(22));
    s.tracker.end_call(call(1), at(1_000));
    s.datagram(flow(A, B), 1_010, &dtls(22));
    s.datagram(flow(A, B), 1_020, &dtls(22));
    s.announce(2, Party::Callee, B, 5_000);
    s.datagram(flow(A, B), 5_010, &dtls(22));
    let calls: Vec<_> = others(s)
        .iter()
        .map(|o| (o.call, o.there.packets))
        .collect();
    assert_eq!(calls, [(call(1), 4), (call(2), 1)]);
}

#[test]
fn a_flood_of_flows_fills_no_more_than_the_table() {
    let mut s = Scenario::new();
    s.announce(1, Party::Callee, B, 0);
    for port in 0..5_000u16 {
        let from = format!("198.51.100.7:{}", 1024 + port);
        s.datagram(flow(&from, B), 10, &dtls(22));
    }
    assert_eq!(
        s.tracker.limits_reached().other_packets_refused,
        5_000 - 4_096
    );
    assert_eq!(others(s).len(), 4_096);
}

/// No signal, in packet `sequence`, which repeats nothing.
fn udptl(sequence: u16) -> Vec<u8> {
    let mut v = sequence.to_be_bytes().to_vec();
    v.extend([1, 0, 0, 0]);
    v
}

fn to_fax(s: &mut Scenario, ms: i64) {
    for (party, end) in [(Party::Caller, A), (Party::Callee, B)] {
        s.announce_with(1, party, end, ms, |a| {
            a.kind = MediaKind::Image;
            a.carried = Carried::Udptl;
        });
    }
}

#[test]
fn sound_and_fax_on_the_same_ports_are_told_apart_packet_by_packet() {
    let mut s = Scenario::new();
    s.announce(1, Party::Caller, A, 0);
    s.announce(1, Party::Callee, B, 0);
    s.rtp(flow(A, B), 1, 0, 5, 10);
    to_fax(&mut s, 100);
    // The last of the sound crosses the first of the fax.
    let last = rtp(0, 5, 800, 1);
    assert_eq!(s.datagram(flow(A, B), 110, &last), Class::Rtp);
    for n in [0, 1, 1, 4] {
        let class = s.datagram(flow(A, B), 120 + i64::from(n) * 20, &udptl(n));
        assert_eq!(class, Class::T38);
    }
    s.tracker.finish();
    let stream = s.tracker.poll_stream().unwrap();
    assert_eq!((stream.figures.packets, stream.figures.lost), (6, 0));
    let fax = s.tracker.poll_other().unwrap();
    let About::Fax(figures) = &fax.about else {
        panic!("{fax:?}");
    };
    let way = &figures.ways[0];
    assert_eq!((fax.there.packets, way.lost, way.duplicates), (4, 2, 1));
}

#[test]
fn a_fax_offered_and_refused_makes_no_fax_of_the_sound_that_goes_on() {
    let mut s = Scenario::new();
    s.announce(1, Party::Caller, A, 0);
    s.announce(1, Party::Callee, B, 0);
    to_fax(&mut s, 5);
    // A source nobody has seen, with sequence and marker of every kind: G.711 silence parses as nothing else.
    s.rtp(flow(A, B), 9, 0, 20, 10);
    s.tracker.finish();
    assert_eq!(s.tracker.poll_other(), None);
    assert_eq!(s.tracker.poll_stream().unwrap().figures.packets, 20);
}

#[test]
fn nothing_is_a_fax_that_no_description_agrees_on() {
    let mut s = Scenario::new();
    s.announce(1, Party::Callee, B, 0);
    for n in 0..10 {
        assert_eq!(s.datagram(flow(A, B), 10, &udptl(n)), Class::Other);
    }
    to_fax(&mut s, 100);
    // Checks and keys on a fax port are what they are.
    assert_eq!(s.datagram(flow(A, B), 110, &stun(1, 1, &[])), Class::Stun);
    assert_eq!(s.datagram(flow(A, B), 111, &dtls(22)), Class::Dtls);
}

#[test]
fn a_fax_whose_sdp_was_not_captured_takes_over_where_rtp_stopped() {
    let mut s = Scenario::new();
    s.announce(1, Party::Caller, A, 0);
    s.announce(1, Party::Callee, B, 0);
    s.rtp(flow(A, B), 1, 0, 5, 10);
    let classes: Vec<Class> = (0..5)
        .map(|n| s.datagram(flow(A, B), 300 + i64::from(n) * 20, &udptl(n)))
        .collect();
    assert_eq!(classes[..2], [Class::Other; 2]);
    assert_eq!(classes[2..], [Class::T38; 3]);
}

#[test]
fn numbers_that_do_not_follow_each_other_are_no_fax_and_nothing_is_while_rtp_comes() {
    let mut s = Scenario::new();
    s.announce(1, Party::Callee, B, 0);
    s.rtp(flow(A, B), 1, 0, 5, 10);
    for n in [7, 9, 8, 40] {
        let ms = 500 + i64::from(n);
        assert_eq!(s.datagram(flow(A, B), ms, &udptl(n)), Class::Other, "{n}");
    }
    let mut s = Scenario::new();
    s.announce(1, Party::Callee, B, 0);
    for n in 0..10u16 {
        let ms = i64::from(n) * 20;
        s.datagram(flow(A, B), ms, &rtp(0, n, u32::from(n) * 160, 1));
        assert_eq!(s.datagram(flow(A, B), ms + 5, &udptl(n)), Class::Other);
    }
}
