//! Chunks as they arrive: repeated, out of order, missing, too many.

use super::*;
use crate::decode::testing::{ipv4, join, packet};
use crate::decode::{Decoded, decode};
use crate::types::{FrameNo, SourceId};
use proptest::prelude::*;

const BEGIN: u8 = 2;
const END: u8 = 1;
const WHOLE: u8 = BEGIN | END;

fn data(flags: u8, tsn: u32, stream: u16, text: &[u8]) -> Vec<u8> {
    chunk(
        0,
        flags,
        tsn,
        &[&stream.to_be_bytes()[..], &[0, 9, 0, 0, 0, 0]].concat(),
        text,
    )
}

/// `number` is the protocol of a first piece, the fragment number of any other.
fn i_data(flags: u8, tsn: u32, message: u32, number: u32, text: &[u8]) -> Vec<u8> {
    let words = [
        &[0, 1, 0, 0][..],
        &message.to_be_bytes(),
        &number.to_be_bytes(),
    ];
    chunk(64, flags, tsn, &words.concat(), text)
}

fn chunk(kind: u8, flags: u8, tsn: u32, header: &[u8], text: &[u8]) -> Vec<u8> {
    let len = (8 + header.len() + text.len()) as u16;
    let mut out = join(&[
        &[kind, flags],
        &len.to_be_bytes(),
        &tsn.to_be_bytes(),
        header,
        text,
    ]);
    out.resize(out.len().next_multiple_of(4), 0);
    out
}

fn messages() -> SctpMessages {
    SctpMessages::new(SctpLimits::default(), |text| text.starts_with(b"SIP"))
}

fn push_at(into: &mut SctpMessages, n: u64, secs: i64, chunks: &[&[u8]]) -> Vec<String> {
    let tag = [&[0x13, 0xc4, 0x13, 0xc6, 0, 0, 0, 7, 0, 0, 0, 0][..]];
    let ip = ipv4(132, &join(&[&tag, chunks].concat()));
    let Decoded::Sctp(decoded) = decode(&packet(101, &ip)) else {
        panic!("no SCTP")
    };
    let frame = FrameRef {
        source: SourceId(0),
        frame: FrameNo(n),
    };
    let mut out = vec![];
    into.handle_packet(
        &decoded,
        frame,
        CaptureTime::from_secs_nanos(secs, 0),
        &mut |m| {
            let frames: Vec<u64> = m.frames.iter().map(|f| f.frame.0).collect();
            let cut = match (m.truncated, m.too_long) {
                (true, _) => " cut",
                (_, true) => " too long",
                _ => "",
            };
            out.push(format!(
                "{} {frames:?}{cut}",
                String::from_utf8_lossy(m.bytes)
            ));
        },
    );
    out
}

fn push(into: &mut SctpMessages, n: u64, chunks: &[&[u8]]) -> Vec<String> {
    push_at(into, n, 0, chunks)
}

#[test]
fn whole_messages_of_interest_are_handed_on_once() {
    let mut m = messages();
    let (one, two) = (data(WHOLE, 1, 0, b"SIP one"), data(WHOLE, 2, 0, b"SIP two"));
    let other = data(WHOLE, 3, 0, b"diameter");
    assert_eq!(
        push(&mut m, 1, &[&one, &other, &two]),
        ["SIP one [1]", "SIP two [1]"]
    );
    assert!(push(&mut m, 2, &[&two]).is_empty());
    assert_eq!(
        (m.counters().retransmissions, m.counters().messages),
        (1, 2)
    );
    // The same number with other content is another message.
    assert_eq!(
        push(&mut m, 3, &[&data(WHOLE, 2, 0, b"SIP new")]),
        ["SIP new [3]"]
    );
}

#[test]
fn fragments_are_joined_in_any_order_and_over_the_end_of_the_numbers() {
    let parts = [
        data(BEGIN, u32::MAX, 5, b"SIP a"),
        data(0, 0, 5, b"b"),
        data(END, 1, 5, b"c"),
    ];
    for order in [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
    ] {
        let mut m = messages();
        let mut got = vec![];
        for (n, at) in (1..).zip(order) {
            got.extend(push(&mut m, n, &[&parts[at]]));
        }
        assert_eq!(got, ["SIP abc [1, 2, 3]"], "{order:?}");
        assert_eq!(m.held().1, 0);
    }
}

#[test]
fn fragments_of_two_messages_are_kept_apart() {
    let mut m = messages();
    let mixed = [
        i_data(BEGIN, 10, 1, 0, b"SIP x"),
        i_data(BEGIN, 11, 2, 0, b"SIP y"),
        i_data(END, 12, 1, 1, b"1"),
        i_data(END, 13, 2, 1, b"2"),
    ];
    let chunks: Vec<&[u8]> = mixed.iter().map(|c| &c[..]).collect();
    assert_eq!(push(&mut m, 4, &chunks), ["SIP x1 [4]", "SIP y2 [4]"]);
    // The end of one message is no end for the next.
    let end = data(END, 20, 0, b"-");
    let begin = data(BEGIN, 19, 1, b"SIP z");
    assert!(push(&mut m, 5, &[&end, &begin]).is_empty());
}

#[test]
fn a_missing_fragment_is_given_up_in_time() {
    let mut m = messages();
    push_at(&mut m, 1, 0, &[&data(BEGIN, 1, 0, b"SIP a")]);
    m.expire(CaptureTime::from_secs_nanos(20, 0));
    assert_eq!(m.held().1, 5);
    m.expire(CaptureTime::from_secs_nanos(31, 0));
    assert_eq!((m.held().1, m.counters().incomplete), (0, 1));
}

#[test]
fn endless_fragments_are_bounded() {
    let mut m = messages();
    push(&mut m, 1, &[&data(BEGIN, 0, 0, b"SIP a")]);
    for tsn in 1..5000 {
        push(&mut m, 2, &[&data(0, tsn, 0, &[b'x'; 1000])]);
        assert!(m.held().1 <= 2 << 20);
    }
    // Listed once, as far as it goes; what follows is passed over.
    assert_eq!((m.counters().too_long, m.counters().messages), (1, 1));
}

#[test]
fn a_cut_fragment_ends_the_message_and_says_so() {
    let mut m = messages();
    push(&mut m, 1, &[&data(BEGIN, 1, 0, b"SIP a")]);
    let last = data(END, 2, 0, b"0123456789");
    assert_eq!(push(&mut m, 2, &[&last[..20]]), ["SIP a0123 [1, 2] cut"]);
}

proptest! {
    #[test]
    fn no_bytes_panic(chunks in prop::collection::vec(any::<u8>(), 0..400)) {
        let mut m = messages();
        push(&mut m, 1, &[&data(BEGIN, 1, 0, b"SIP a"), &chunks]);
        prop_assert!(m.held().1 < 2000);
    }
}

/// A message of `len` octets in fragments of 1400, with numbers from `tsn` on.
fn fragments(tsn: u32, stream: u16, len: usize) -> Vec<Vec<u8>> {
    let mut text = b"SIP long ".to_vec();
    text.resize(len, b'x');
    let count = len.div_ceil(1400);
    (0..)
        .zip(text.chunks(1400))
        .map(|(n, part): (u32, _)| {
            let begin = if n == 0 { BEGIN } else { 0 };
            let end = if n as usize + 1 == count { END } else { 0 };
            data(begin | end, tsn.wrapping_add(n), stream, part)
        })
        .collect()
}

fn lengths(got: &[String]) -> Vec<(usize, bool)> {
    let text = |m: &String| m.split(" [").next().unwrap_or_default().len();
    got.iter()
        .map(|m| (text(m), m.ends_with("too long")))
        .collect()
}

#[test]
fn a_message_that_is_too_long_is_given_as_far_as_it_goes_and_the_next_ones_follow() {
    // Held whole, held in part, with many more fragments than are held.
    for len in [1_300_000, 2_500_000, 6_000_000] {
        let mut parts = fragments(u32::MAX - 300, 3, len);
        let next = parts.len() as u32;
        parts.push(data(WHOLE, next.wrapping_sub(301), 3, b"SIP two"));
        parts.extend(fragments(next.wrapping_sub(300), 3, 3000));
        let mut orders = vec![parts.clone(), parts.clone()];
        // Neighbours change places.
        for pair in orders[1].chunks_mut(2) {
            pair.reverse();
        }
        for order in orders {
            let mut m = messages();
            let mut got = vec![];
            for (n, part) in (1..).zip(&order) {
                got.extend(push(&mut m, n, &[part]));
                assert!(m.held().1 <= (2 << 20) + 3000);
            }
            let mut lengths = lengths(&got);
            lengths.sort_unstable();
            assert_eq!(
                lengths,
                [(7, false), (3000, false), (1 << 20, true)],
                "{len}"
            );
            assert_eq!(m.counters().too_long, 1);
        }
    }
}

#[test]
fn a_hole_in_what_is_too_long_costs_no_other_message() {
    for missing in [2, 400, 800, 1500, 1785] {
        let mut parts = fragments(1, 3, 2_500_000);
        let next = parts.len() as u32 + 1;
        parts.remove(missing);
        parts.extend(fragments(next, 3, 3000));
        parts.extend(fragments(next + 3, 3, 4000));
        let mut m = messages();
        let mut got = vec![];
        for (n, part) in (1..).zip(&parts) {
            got.extend(push(&mut m, n, &[part]));
        }
        let lengths = lengths(&got);
        assert_eq!(lengths[1..], [(3000, false), (4000, false)], "{missing}");
        assert!(lengths[0].1);
    }
}

proptest! {
    /// Packets of any make-up in any order: nothing panics, what is held is bounded, and messages of other streams,
    /// whose chunks all come, are all there.
    #[test]
    fn any_damage_to_one_stream_leaves_the_others(
        damage in prop::collection::vec((0usize..6, any::<usize>(), any::<u16>()), 0..40),
    ) {
        let mut hurt = fragments(1000, 1, 40_000);
        for (what, at, value) in damage {
            let at = at % hurt.len().max(1);
            match what {
                0 if !hurt.is_empty() => { hurt.remove(at); }
                1 if !hurt.is_empty() => hurt[at][2..4].copy_from_slice(&value.to_be_bytes()),
                2 if !hurt.is_empty() => hurt[at][6..8].copy_from_slice(&value.to_be_bytes()),
                3 if !hurt.is_empty() => hurt[at][1] = value as u8,
                4 if !hurt.is_empty() => { let copy = hurt[at].clone(); hurt.push(copy); }
                5 if hurt.len() > 1 => {
                    let other = usize::from(value) % hurt.len();
                    hurt.swap(at, other);
                }
                _ => {}
            }
        }
        let sound = fragments(900_000, 7, 20_000);
        let mut m = messages();
        let mut got = vec![];
        let (mut hurt, mut sound) = (hurt.into_iter(), sound.into_iter());
        for n in 1.. {
            let (one, other) = (sound.next(), hurt.next());
            if one.is_none() && other.is_none() {
                break;
            }
            // Bundled; what is damaged comes last, for nothing after it can be found.
            let chunks: Vec<Vec<u8>> = one.into_iter().chain(other).collect();
            let chunks: Vec<&[u8]> = chunks.iter().map(Vec::as_slice).collect();
            got.extend(push(&mut m, n, &chunks));
        }
        let whole = got.iter().filter(|m| m.split(" [").next().is_some_and(|t| t.len() == 20_000));
        prop_assert!(whole.count() >= 1);
        prop_assert!(m.held().1 <= 70_000);
    }

    #[test]
    fn any_order_of_the_chunks_of_many_streams_gives_the_same_messages(seed in any::<u64>()) {
        let mut all: Vec<Vec<u8>> = (0..20u16)
            .flat_map(|stream| fragments((u32::MAX - 40).wrapping_add(u32::from(stream) * 5), stream, 5 * 1400))
            .collect();
        let mut state = seed | 1;
        for n in (1..all.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            all.swap(n, (state >> 33) as usize % (n + 1));
        }
        let mut m = messages();
        let mut got = 0;
        for (n, chunks) in (1..).zip(all.chunks(3)) {
            let chunks: Vec<&[u8]> = chunks.iter().map(Vec::as_slice).collect();
            got += push(&mut m, n, &chunks).iter().filter(|t| t.starts_with("SIP long")).count();
        }
        prop_assert_eq!((got, m.held().1), (20, 0));
    }
}
