//! Messages longer than is read: listed as far as they go, and the next one is found.

use super::tests::*;
use super::*;
use crate::sip::parse_message;
use proptest::prelude::*;

const LIMITS: FramerLimits = FramerLimits {
    max_header: 1000,
    max_body: 1000,
    probe: 1000,
};

/// A step of a stream.
#[derive(Clone, Copy, Debug)]
enum Step<'a> {
    Bytes(&'a [u8]),
    /// So many bytes nobody saw.
    Hole(usize),
    /// The other side speaks.
    Answer,
}

fn steps(limits: FramerLimits, steps: &[Step<'_>]) -> (Vec<Got>, Framer) {
    let mut framer = Framer::new(limits);
    let mut out = Vec::new();
    for (n, step) in (1..).zip(steps) {
        let (frame, time) = frame(n);
        match step {
            Step::Bytes(bytes) => framer.push(bytes, frame, time),
            Step::Hole(missing) => framer.gap(*missing as u64),
            Step::Answer => framer.settle(),
        }
        drain(&mut framer, &mut out);
        let most = 2 * (limits.max_body + limits.max_header) + (8 << 10) + 4000;
        assert!(framer.buffered() <= most, "{} held", framer.buffered());
    }
    framer.finish();
    drain(&mut framer, &mut out);
    assert_eq!(framer.buffered(), 0);
    (out, framer)
}

/// The same messages whole, octet by octet and in threes.
fn all_ways(stream: &str) -> Vec<Got> {
    let whole = steps(LIMITS, &[Step::Bytes(stream.as_bytes())]).0;
    for len in [1, 3, 64, 999] {
        let pieces: Vec<_> = stream.as_bytes().chunks(len).map(Step::Bytes).collect();
        assert_eq!(steps(LIMITS, &pieces).0, whole, "in pieces of {len}");
    }
    whole
}

fn ids(all: &[Got]) -> Vec<&str> {
    all.iter().map(|g| g.0.as_str()).collect()
}

fn codes(all: &[Got]) -> Vec<Vec<&'static str>> {
    all.iter().map(|g| g.2.clone()).collect()
}

const LONG: &[&str] = &["message_too_long"];

/// Headers of about `n` octets more than usual.
fn many_headers(n: usize) -> String {
    "X-Filler: 0123456789012345678901234567890123456789\r\n".repeat(n / 52 + 1)
}

fn whole_invite(id: &str) -> String {
    request(id, "l: 0\r\n", "").replace("MESSAGE", "INVITE")
}

/// A body of `len` octets with `inner` in it, line-anchored.
fn body_around(inner: &str, before: usize, len: usize) -> String {
    let mut body = "x".repeat(before) + "\r\n" + inner;
    body += &"y".repeat(len.saturating_sub(body.len()));
    body
}

#[test]
fn a_first_message_with_too_many_headers_is_listed_and_the_next_ones_are_found() {
    for body in ["", "five!", "five!\r\n"] {
        let length = format!("{}Content-Length: {}\r\n", many_headers(5000), body.len());
        let stream = request("1", &length, body) + &empty("2") + &text("3", "hi") + &empty("4");
        let all = all_ways(&stream);
        assert_eq!(ids(&all), ["1", "2", "3", "4"]);
        assert_eq!(codes(&all), [LONG, &[], &[], &[]]);
        assert_eq!(all[0].1, "");
    }
    let length = format!("l: 3\r\n{}", many_headers(5000));
    let folded = format!("{}Content-Length:\r\n\t3\r\n", many_headers(5000));
    for extra in [length, folded] {
        let stream = empty("0") + &request("1", &extra, "abc") + &empty("2");
        assert_eq!(ids(&all_ways(&stream)), ["0", "1", "2"]);
    }
}

#[test]
fn a_message_cut_in_its_headers_ends_with_a_whole_header() {
    let extra = format!("{}l: 0\r\n", many_headers(5000));
    let stream = request("1", &extra, "");
    let mut framer = Framer::new(LIMITS);
    let (f, t) = frame(1);
    framer.push(stream.as_bytes(), f, t);
    let m = framer.next().unwrap();
    assert!(m.bytes.len() <= 1000 && m.bytes.ends_with(b"56789\r\n"));
    assert_eq!(m.framing, Framing::Truncated);
    assert!(m.flaws[0].text.contains("1000 octets"));
    assert!(parse_message(m.bytes, m.framing).unwrap().flaws.is_empty());
    assert_eq!(framer.counters().too_long, 1);
    // A folded header is whole with its last line only.
    let folds = format!("X: a\r\n{}l: 0\r\n", " folded\r\n".repeat(300));
    let stream = request("1", &folds, "") + &empty("2");
    assert_eq!(ids(&all_ways(&stream)), ["1", "2"]);
}

#[test]
fn a_header_or_start_line_longer_than_all_headers_may_be_does_not_hide_what_follows() {
    let long = format!("X: {}\r\nContent-Length: 4\r\n", "a".repeat(5000));
    let stream = request("1", &long, "body") + &empty("2");
    assert_eq!(ids(&all_ways(&stream)), ["1", "2"]);
    let stream =
        text("1", "body").replace("sip:b@c SIP", &format!("sip:{}@c SIP", "b".repeat(9000)));
    let stream = stream + &empty("2") + &empty("3");
    assert_eq!(ids(&all_ways(&stream)), ["2", "3"]);
    assert_eq!(
        steps(LIMITS, &[Step::Bytes(stream.as_bytes())])
            .1
            .counters()
            .too_long,
        1
    );
}

#[test]
fn a_body_that_is_too_long_is_passed_over_to_its_end() {
    for end in ["", "\r\n", "\n"] {
        let body = "0123456789\r\n".repeat(300) + "the end" + end;
        for before in [String::new(), empty("0")] {
            let stream =
                before.clone() + &text("1", &body) + &empty("2") + &text("3", "x") + &empty("4");
            let all = all_ways(&stream);
            let all = &all[usize::from(!before.is_empty())..];
            assert_eq!(ids(all), ["1", "2", "3", "4"]);
            assert_eq!(codes(all), [LONG, &[], &[], &[]]);
            assert_eq!(all[0].1, body[..1000]);
        }
    }
    let one_line = "x".repeat(9000);
    assert_eq!(
        ids(&all_ways(&(text("1", &one_line) + &empty("2")))),
        ["1", "2"]
    );
}

#[test]
fn a_body_is_read_in_full_up_to_the_limit() {
    for (len, flaws) in [(999, &[][..]), (1000, &[]), (1001, LONG)] {
        let stream = text("1", &"x".repeat(len)) + &empty("2");
        let all = all_ways(&stream);
        assert_eq!(codes(&all), [flaws, &[]], "{len}");
        assert_eq!(all[0].1.len(), len.min(1000));
    }
}

#[test]
fn a_message_quoted_in_a_long_body_is_none() {
    let inner = whole_invite("inner");
    for before in [0, 10, 600, 980, 995, 1500, 3500, 4000] {
        for len in [4000, 8000] {
            let body = body_around(&inner, before, len);
            let stream = text("1", &body) + &empty("2") + &empty("3");
            let all = all_ways(&stream);
            assert_eq!(ids(&all), ["1", "2", "3"], "{before} {len}");
            assert_eq!(all[0].1, body[..1000]);
        }
    }
    // From its first octet to its last, over and over.
    let body = inner.repeat(30);
    assert_eq!(
        ids(&all_ways(&(text("1", &body) + &empty("2")))),
        ["1", "2"]
    );
    // Different ones, as far as the end can be waited for.
    let body = "x".repeat(2000) + "\r\n" + &inner + &empty("other") + &empty("third");
    assert_eq!(
        ids(&all_ways(&(text("1", &body) + &empty("2")))),
        ["1", "2"]
    );
    // Text between them makes them none, however far the end is.
    for between in ["yyyy", "\r\n-- sent\r\n"] {
        let body = (inner.clone() + between).repeat(30);
        assert_eq!(
            ids(&all_ways(&(text("1", &body) + &empty("2")))),
            ["1", "2"]
        );
    }
    // Bodies of these kinds are never cut.
    for kind in ["message/sip", "multipart/mixed;boundary=b"] {
        let many: String = (0..30).map(|n| empty(&format!("inner{n}"))).collect();
        let stream = with_length("1", kind, many.len(), &many) + &empty("2");
        assert_eq!(ids(&all_ways(&stream)), ["1", "2"]);
    }
}

#[test]
fn a_long_length_that_is_wrong_hides_nothing() {
    // The announced octets never come.
    let stream = with_length("1", "text/plain", 50_000, "hello\r\n") + &empty("2") + &empty("3");
    let all = all_ways(&stream);
    assert_eq!(ids(&all), ["1", "2", "3"]);
    assert_eq!(codes(&all)[0], ["content_length_mismatch"]);
    // Other messages follow for longer than is waited.
    let many: String = (2..40).map(|n| empty(&n.to_string())).collect();
    let stream = with_length("1", "text/plain", 50_000, "hello\r\n") + &many;
    assert_eq!(all_ways(&stream).len(), 39);
    // The announced end lies within a later message.
    let stream = with_length("1", "text/plain", 1100, &body_around("", 900, 0)) + &many;
    assert_eq!(all_ways(&stream).len(), 39);
    // After the part that is listed.
    let stream = with_length("1", "text/plain", 50_000, &body_around("", 2000, 0)) + &many;
    let all = all_ways(&stream);
    assert_eq!(all.len(), 39);
    assert_eq!(codes(&all)[..2], [LONG, &["stream_desync"]]);
    // A session description holds no start line.
    let stream = with_length("1", "application/sdp", 50_000, SDP) + &empty("2");
    assert_eq!(
        all_ways(&stream),
        [
            got("1", SDP, &["content_length_mismatch"]),
            got("2", "", &[])
        ]
    );
}

#[test]
fn a_long_chain_of_quoted_messages_is_read_once() {
    // They are found to be no stream only where they end. Read once it takes 0.1 s, from each of them on 20 s.
    let limits = FramerLimits {
        max_body: 800_000,
        ..FramerLimits::default()
    };
    let chain: String = (0..4000).map(|n| empty(&format!("inner{n}"))).collect();
    let body = (chain + "\r\nno message\r\n\r\n").repeat(2);
    let stream = text("1", &body) + &empty("2");
    let begun = std::time::Instant::now();
    let mut framer = Framer::new(limits);
    let mut out = Vec::new();
    for (n, piece) in (1..).zip(stream.as_bytes().chunks(1400)) {
        let (f, t) = frame(n);
        framer.push(piece, f, t);
        drain(&mut framer, &mut out);
        framer.settle();
        drain(&mut framer, &mut out);
    }
    framer.finish();
    drain(&mut framer, &mut out);
    assert!(ids(&out) == ["1", "2"], "{} came out", out.len());
    assert!(begun.elapsed() < std::time::Duration::from_secs(5));
}

#[test]
fn an_answer_where_a_message_in_a_long_body_ends_proves_it_one() {
    let one = with_length("1", "text/plain", 50_000, "hello\r\n");
    let two = empty("2");
    let (all, _) = steps(
        LIMITS,
        &[
            Step::Bytes(one.as_bytes()),
            Step::Answer,
            Step::Bytes(two.as_bytes()),
            Step::Answer,
        ],
    );
    assert_eq!(ids(&all), ["1", "2"]);
}

#[test]
fn a_hole_in_what_is_passed_over_moves_nothing() {
    let inner = body_around(&whole_invite("inner"), 3500, 8000);
    let long_body = text("1", &inner) + &empty("2") + &empty("3");
    let head = long_body.len() - inner.len() - 2 * empty("2").len();
    for from in [head + 10, head + 990, head + 1500, head + 3600, head + 7000] {
        for missing in [0, 1, 100, 700] {
            let (before, rest) = long_body.as_bytes().split_at(from);
            let pieces = [
                Step::Bytes(before),
                Step::Hole(missing),
                Step::Bytes(&rest[missing..]),
            ];
            let all = steps(LIMITS, &pieces).0;
            assert_eq!(ids(&all), ["1", "2", "3"], "{missing} from {from}");
        }
    }
    let extra = format!("{}l: 5\r\n", many_headers(6000));
    let long_headers = request("1", &extra, "five!") + &empty("2") + &empty("3");
    for from in [1500, 2000, 4000] {
        for missing in [1, 60, 700] {
            let (before, rest) = long_headers.as_bytes().split_at(from);
            let pieces = [
                Step::Bytes(before),
                Step::Hole(missing),
                Step::Bytes(&rest[missing..]),
            ];
            let all = steps(LIMITS, &pieces).0;
            assert_eq!(ids(&all), ["1", "2", "3"], "{missing} from {from}");
        }
    }
    // The hole takes the end along.
    let (before, rest) = long_body.as_bytes().split_at(head + 2000);
    let missing = inner.len() - 2000 + 20;
    let pieces = [
        Step::Bytes(before),
        Step::Hole(missing),
        Step::Bytes(&rest[missing..]),
    ];
    assert_eq!(ids(&steps(LIMITS, &pieces).0), ["1", "3"]);
}

#[test]
fn a_hole_in_a_message_of_any_length_does_not_move_the_next() {
    // The bodies end without a line break, and the next message stands right behind.
    let short = text("1", "Hello") + &empty("2") + &empty("3");
    let extra = format!("{}l: 5\r\n", many_headers(6000));
    let long = request("1", &extra, "five!") + &empty("2") + &empty("3");
    for stream in [short, long] {
        let end = stream.find(&empty("2")).unwrap();
        for from in (30..end - 4).step_by(7) {
            for missing in [1, 3, 4] {
                let (before, rest) = stream.as_bytes().split_at(from);
                let pieces = [
                    Step::Bytes(before),
                    Step::Hole(missing),
                    Step::Bytes(&rest[missing..]),
                ];
                let all = steps(LIMITS, &pieces).0;
                let found = ids(&all);
                // A hole that takes the blank line or Content-Length leaves nothing to go by.
                let in_last_lines = (end.saturating_sub(40)..end).contains(&from);
                assert!(found.ends_with(&["3"]), "{missing} from {from}: {found:?}");
                if !in_last_lines {
                    assert!(
                        found.ends_with(&["2", "3"]),
                        "{missing} from {from}: {found:?}"
                    );
                }
            }
        }
    }
}

#[test]
fn a_capture_that_begins_in_the_middle_of_a_long_message_finds_the_next_one() {
    let extra = format!("{}l: 5\r\n", many_headers(1800));
    let in_headers = request("1", &extra, "five!") + &empty("2") + &empty("3");
    let in_body = text("1", &("0123456789\r\n".repeat(150))) + &empty("2") + &empty("3");
    for (stream, begin) in [(&in_headers, 300), (&in_headers, 25), (&in_body, 300)] {
        for len in [1, 100, 9000] {
            let mut framer = Framer::in_mid_stream(LIMITS);
            let mut out = Vec::new();
            for (n, piece) in (1..).zip(stream.as_bytes()[begin..].chunks(len)) {
                let (f, t) = frame(n);
                framer.push(piece, f, t);
                drain(&mut framer, &mut out);
            }
            assert_eq!(ids(&out), ["2", "3"], "from {begin}");
        }
    }
    // But neither binary nor endless text is looked at for long.
    for (other, most) in [(&b"\0\r\n"[..], 1100), (b"text\r\n", 2100)] {
        let mut framer = Framer::in_mid_stream(LIMITS);
        let (f, t) = frame(1);
        let mut pushed = 0;
        while framer.verdict() == Verdict::Undecided {
            framer.push(other, f, t);
            assert!(framer.next().is_none());
            pushed += other.len();
            assert!(pushed < most);
        }
        assert_eq!(framer.verdict(), Verdict::NotSip);
    }
}

/// All that is too long, and lies about it.
fn long_stream() -> String {
    let mut s = request("1", &format!("{}l: 5\r\n", many_headers(3000)), "five!");
    s += &text("2", &body_around(&whole_invite("inner"), 1700, 3600));
    s += &empty("3");
    s += "\r\n\r\n";
    s += &with_length("4", "text/plain", 5000, "short\r\n");
    s += &(5..15).map(|n| empty(&n.to_string())).collect::<String>();
    s += &request(
        "15",
        &format!("c: text/plain\r\n{}l: 3000\r\n", many_headers(2000)),
        &"z".repeat(3000),
    );
    s += &with_length("16", "application/sdp", 4000, SDP);
    s += &empty("17");
    s
}

#[test]
fn a_stream_of_long_messages_gives_every_one() {
    let all = all_ways(&long_stream());
    let want: Vec<String> = (1..=17).map(|n| n.to_string()).collect();
    assert_eq!(ids(&all), want);
}

proptest! {
    #[test]
    fn any_split_of_long_messages_gives_the_same(cuts in proptest::collection::vec(0usize..25_000, 0..60)) {
        let stream = long_stream();
        let mut cuts: Vec<usize> = cuts.into_iter().map(|c| c.min(stream.len())).collect();
        cuts.extend([0, stream.len()]);
        cuts.sort_unstable();
        let pieces: Vec<_> = cuts.windows(2).map(|w| Step::Bytes(&stream.as_bytes()[w[0]..w[1]])).collect();
        prop_assert_eq!(steps(LIMITS, &pieces).0, steps(LIMITS, &[Step::Bytes(stream.as_bytes())]).0);
    }

    /// Bytes, holes and answers in any order: nothing panics, nothing is kept beyond the limits.
    #[test]
    fn any_operations_keep_the_bounds(ops in proptest::collection::vec((0usize..3000, 0usize..12), 0..60)) {
        let stream = long_stream();
        let mut rest = stream.as_bytes();
        let mut all = Vec::new();
        for (len, what) in ops {
            let (now, then) = rest.split_at(len.min(rest.len()));
            rest = then;
            all.push(match what {
                0 => Step::Hole(len),
                1 => Step::Hole(len * 1000),
                2 => Step::Answer,
                _ => Step::Bytes(now),
            });
        }
        steps(LIMITS, &all);
    }
}

#[test]
fn the_bytes_of_a_long_message_are_not_kept() {
    let mut framer = Framer::new(FramerLimits::default());
    let (f, t) = frame(1);
    framer.push(b"MESSAGE sip:b@c SIP/2.0\r\nCall-ID: 1\r\n", f, t);
    let line = format!("X: {}\r\n", "x".repeat(1000));
    for _ in 0..2000 {
        framer.push(line.as_bytes(), f, t);
        while framer.next().is_some() {}
        assert!(framer.held() < 300 << 10, "{}", framer.held());
    }
    framer.push(b"l: 9000000\r\n\r\n", f, t);
    for _ in 0..9000 {
        framer.push(&[b'x'; 1000], f, t);
        while framer.next().is_some() {}
        assert!(framer.held() < 300 << 10, "{}", framer.held());
    }
    framer.push(empty("2").as_bytes(), f, t);
    assert!(framer.next().is_some());
}

#[test]
fn every_packet_of_a_long_message_is_counted_once() {
    let stream = text("1", &"x".repeat(5000)) + &empty("2");
    for len in [1, 100, 700] {
        let mut framer = Framer::new(LIMITS);
        let mut carried = 0;
        let mut packets = 0;
        for piece in stream.as_bytes().chunks(len) {
            packets += 1;
            let (f, t) = frame(packets);
            framer.push(piece, f, t);
            while let Some(m) = framer.next() {
                carried += m.new_frames;
            }
            carried += framer.take_passed_packets();
        }
        assert_eq!(carried as u64, packets, "in pieces of {len}");
    }
}
