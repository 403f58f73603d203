//! Fragments as packets, in and out of order.

use super::*;
use crate::decode::testing as packet;
use crate::decode::{Decoded, decode, decode_ip_payload};
use crate::types::{FrameNo, SourceId};
use proptest::prelude::*;

const SIP: &[u8] = b"INVITE sip:someone@example.com SIP/2.0\r\n";

fn feed(fragments: &mut Fragments, data: &[u8], frame: u64, ms: i64) -> FragmentOutcome {
    feed_cut(fragments, data, data.len(), frame, ms)
}

fn feed_cut(
    fragments: &mut Fragments,
    data: &[u8],
    kept: usize,
    frame: u64,
    ms: i64,
) -> FragmentOutcome {
    let captured = packet::cut_packet(101, &data[..kept], data.len());
    let Decoded::Fragment(fragment) = decode(&captured) else {
        panic!("no fragment")
    };
    let frame = FrameRef {
        source: SourceId(0),
        frame: FrameNo(frame),
    };
    fragments.handle_fragment(&fragment, &[frame], CaptureTime::from_nanos(ms * 1_000_000))
}

/// One IPv4 fragment of `whole`; `more` where it does not reach its end.
fn v4(whole: &[u8], from: usize, to: usize) -> Vec<u8> {
    let more = if to < whole.len() { 0x2000 } else { 0 };
    let flags = u16::try_from(from / 8).unwrap() | more;
    packet::ipv4_with(packet::A, packet::B, 77, flags, 17, &whole[from..to])
}

fn v6(whole: &[u8], from: usize, to: usize) -> Vec<u8> {
    let offset = u16::try_from(from).unwrap();
    let more = to < whole.len();
    packet::ipv6(
        44,
        &packet::ipv6_fragment(17, 5, offset, more, &whole[from..to]),
    )
}

fn fragments() -> Fragments {
    Fragments::new(FragmentLimits::default())
}

fn payload(outcome: FragmentOutcome) -> Vec<u8> {
    let FragmentOutcome::Complete(joined) = outcome else {
        panic!("{outcome:?}")
    };
    match decode_ip_payload(
        &joined.ip,
        joined.protocol,
        &joined.payload,
        joined.wire_len,
    ) {
        Decoded::Udp(datagram) => datagram.payload.to_vec(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn fragments_in_any_order_make_one_datagram() {
    let whole = packet::udp(5060, 5062, SIP);
    // The 40 bytes of SIP and 8 of UDP end at 48: the fragment that came first was the last.
    let mut table = fragments();
    let _ = feed(&mut table, &v4(&whole, 40, 48), 1, 0);
    let _ = feed(&mut table, &v4(&whole, 0, 16), 2, 1);
    let outcome = feed(&mut table, &v4(&whole, 16, 40), 3, 2);
    let FragmentOutcome::Complete(joined) = &outcome else {
        panic!("{outcome:?}")
    };
    let frames: Vec<u64> = joined.frames.iter().map(|frame| frame.frame.0).collect();
    assert_eq!(frames, [1, 2, 3]);
    // Three IP headers of 20 and 48 bytes; three nominal link headers of 14.
    assert_eq!((joined.ip.ip_bytes, joined.ip.link_bytes), (108, 42));
    assert_eq!(joined.ip.stack.to_string(), "raw/ip/fragments");
    assert_eq!(payload(outcome), SIP);
}

#[test]
fn ipv6_fragments_are_joined_and_overlapping_ones_discarded() {
    let whole = packet::udp(5060, 5062, SIP);
    let mut table = fragments();
    let _ = feed(&mut table, &v6(&whole, 0, 16), 1, 0);
    let _ = feed(&mut table, &v6(&whole, 0, 16), 2, 0); // an exact copy is harmless
    assert_eq!(payload(feed(&mut table, &v6(&whole, 16, 48), 3, 1)), SIP);
    let mut table = fragments();
    let _ = feed(&mut table, &v6(&whole, 0, 16), 1, 0);
    let outcome = feed(&mut table, &v6(&whole, 8, 48), 2, 0);
    assert!(matches!(
        outcome,
        FragmentOutcome::Dropped(DropReason::Overlap)
    ));
    let _ = feed(&mut table, &v6(&whole, 16, 48), 3, 0);
    table.finish();
    assert_eq!(table.counters().reassembled, 0);
}

#[test]
fn the_first_copy_of_overlapping_ipv4_bytes_wins() {
    let whole = packet::udp(5060, 5062, SIP);
    let mut forged = whole.clone();
    forged[16..24].fill(b'X');
    let mut table = fragments();
    let _ = feed(&mut table, &v4(&whole, 0, 24), 1, 0);
    assert_eq!(payload(feed(&mut table, &v4(&forged, 16, 48), 2, 0)), SIP);
    assert_eq!(
        (table.counters().overlaps, table.counters().conflicts),
        (1, 1)
    );
}

#[test]
fn first_fragments_without_the_rest_are_reported() {
    let whole = packet::udp(5060, 5062, SIP);
    let mut table = fragments();
    let _ = feed(&mut table, &v4(&whole, 0, 24), 7, 0);
    table.expire(CaptureTime::from_nanos(29_000_000_000));
    assert_eq!(table.missing().without_rest, 0);
    table.expire(CaptureTime::from_nanos(31_000_000_000));
    let missing = table.missing();
    assert_eq!((missing.without_rest, missing.only_first), (1, 1));
    assert_eq!(missing.frame.map(|frame| frame.frame.0), Some(7));
    let flow = missing.flow.map(|flow| flow.to_string());
    assert_eq!(flow.as_deref(), Some("192.0.2.1:5060 -> 192.0.2.2:5062"));
    // What it said can still be shown, as a datagram that was cut.
    let part = table.poll_incomplete().unwrap().part;
    match decode_ip_payload(&part.ip, part.protocol, &part.payload, part.wire_len) {
        Decoded::Udp(datagram) => {
            assert_eq!(datagram.payload, &SIP[..16]);
            assert_eq!(datagram.wire_payload_len as usize, SIP.len());
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_another_message_answers_is_given_up_at_once() {
    let whole = packet::udp(5060, 5062, SIP);
    let mut table = fragments();
    let _ = feed(&mut table, &v4(&whole, 0, 24), 1, 0);
    let hosts = |a: [u8; 4], b: [u8; 4]| (HostAddr::v4(a), HostAddr::v4(b));
    let said = |_: &FragmentKey, bytes: &[u8]| bytes[8..].starts_with(b"INVITE");
    let now = CaptureTime::from_nanos(1_000_000);
    table.give_up_between(hosts(packet::A, [192, 0, 2, 9]), now, said);
    table.give_up_between(hosts(packet::A, packet::B), now, |_, _| false);
    assert!(table.poll_incomplete().is_none());
    table.give_up_between(hosts(packet::A, packet::B), now, said);
    assert_eq!(table.poll_incomplete().unwrap().part.payload, whole[..24]);
    // The rest is late, not without its beginning.
    let _ = feed(&mut table, &v4(&whole, 24, 48), 2, 2);
    table.finish();
    let missing = table.missing();
    assert_eq!((missing.without_rest, missing.without_first), (1, 0));
}

#[test]
fn copies_of_fragments_do_not_look_like_missing_ones() {
    let whole = packet::udp(5060, 5062, SIP);
    let mut table = fragments();
    let _ = feed(&mut table, &v4(&whole, 0, 24), 1, 0);
    let _ = feed(&mut table, &v4(&whole, 0, 24), 2, 0);
    assert_eq!(payload(feed(&mut table, &v4(&whole, 24, 48), 3, 0)), SIP);
    let outcome = feed(&mut table, &v4(&whole, 24, 48), 4, 1);
    assert!(matches!(outcome, FragmentOutcome::Copy));
    // Much later the same identification may be another datagram.
    let _ = feed(&mut table, &v4(&whole, 0, 24), 5, 500);
    table.finish();
    assert_eq!(table.missing(), MissingFragments::default());
    assert_eq!(table.counters().duplicates, 2);
}

#[test]
fn cut_fragments_join_to_a_cut_datagram() {
    let whole = packet::udp(5060, 5062, SIP);
    let mut table = fragments();
    let _ = feed_cut(&mut table, &v4(&whole, 0, 24), 20 + 20, 1, 0);
    let outcome = feed(&mut table, &v4(&whole, 24, 48), 2, 0);
    let FragmentOutcome::Complete(joined) = outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!((joined.payload.len(), joined.wire_len), (20, 48));
}

#[test]
fn lengths_no_sender_makes_are_dropped() {
    let whole = packet::udp(5060, 5062, SIP);
    let mut table = fragments();
    // Not a multiple of eight, with more to follow.
    let outcome = feed(&mut table, &v4(&whole, 0, 13), 1, 0);
    assert!(matches!(
        outcome,
        FragmentOutcome::Dropped(DropReason::BadLength)
    ));
    // Beyond 65535: offset 65528 and 16 bytes.
    let data = packet::ipv4_with(packet::A, packet::B, 1, 8191, 17, &[0; 16]);
    let outcome = feed(&mut table, &data, 2, 0);
    assert!(matches!(
        outcome,
        FragmentOutcome::Dropped(DropReason::BadLength)
    ));
    table.finish();
    assert_eq!(table.missing(), MissingFragments::default());
}

#[test]
fn a_flood_of_fragments_stays_within_the_limits() {
    let limits = FragmentLimits {
        datagrams: 16,
        bytes: 4096,
        fragments: 4,
        ..FragmentLimits::default()
    };
    let mut table = Fragments::new(limits);
    for id in 0..1000 {
        let data = packet::ipv4_with(packet::A, packet::B, id, 0x2000, 17, &[0; 512]);
        let _ = feed(&mut table, &data, u64::from(id), 0);
        assert!(table.open.len() <= 16 && table.bytes <= 4096 + 512);
    }
    let mut table = Fragments::new(limits);
    for at in 0..6u16 {
        let data = packet::ipv4_with(packet::A, packet::B, 1, 0x2000 | at, 17, &[0; 8]);
        let outcome = feed(&mut table, &data, 1, 0);
        let dropped = matches!(outcome, FragmentOutcome::Dropped(DropReason::TooMany));
        assert_eq!(dropped, at >= 4);
    }
}

proptest! {
    #[test]
    fn any_fragmentation_in_any_order_gives_the_datagram(
        body in prop::collection::vec(any::<u8>(), 500..900),
        lengths in prop::collection::vec(1usize..8, 1..8),
        order in any::<u64>(),
        six in any::<bool>(),
    ) {
        let whole = packet::udp(5060, 5062, &body);
        let mut cuts = Vec::new();
        let mut at = 0;
        let mut lengths = lengths.iter().cycle();
        while at < whole.len() {
            let to = (at + lengths.next().unwrap() * 64).min(whole.len());
            cuts.push(if six { v6(&whole, at, to) } else { v4(&whole, at, to) });
            at = to;
        }
        let mut state = order;
        for at in (1..cuts.len()).rev() {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1);
            cuts.swap(at, usize::try_from(state >> 33).unwrap() % (at + 1));
        }
        let mut table = fragments();
        let last = cuts.pop().unwrap();
        for data in &cuts {
            let outcome = feed(&mut table, data, 1, 0);
            prop_assert!(matches!(outcome, FragmentOutcome::Pending));
        }
        prop_assert_eq!(payload(feed(&mut table, &last, 1, 0)), body);
        prop_assert_eq!(table.bytes, 0);
    }
}
