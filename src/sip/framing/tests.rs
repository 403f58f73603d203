//! Streams as they arrive: glued, split, cut and damaged.

use super::*;
use crate::sip::parse_message;
use crate::types::{FrameNo, SourceId};
use proptest::prelude::*;

pub(super) fn request(id: &str, extra: &str, body: &str) -> String {
    format!(
        "MESSAGE sip:b@c SIP/2.0\r\nVia: SIP/2.0/TCP a;branch=z9hG4bK{id}\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:b@c>\r\nCall-ID: {id}\r\nCSeq: 1 MESSAGE\r\n{extra}\r\n{body}"
    )
}

pub(super) fn with_length(id: &str, kind: &str, length: usize, body: &str) -> String {
    request(
        id,
        &format!("Content-Type: {kind}\r\nContent-Length: {length}\r\n"),
        body,
    )
}

pub(super) fn text(id: &str, body: &str) -> String {
    with_length(id, "text/plain", body.len(), body)
}

pub(super) fn empty(id: &str) -> String {
    request(id, "l: 0\r\n", "")
}

pub(super) const SDP: &str = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n";

/// What came out: Call-ID, body, codes of the framing's flaws.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Got(
    pub(super) String,
    pub(super) String,
    pub(super) Vec<&'static str>,
);

pub(super) fn got(id: &str, body: &str, flaws: &[&'static str]) -> Got {
    Got(id.into(), body.into(), flaws.to_vec())
}

pub(super) fn frame(n: u64) -> (FrameRef, CaptureTime) {
    let frame = FrameRef {
        source: SourceId(0),
        frame: FrameNo(n),
    };
    (frame, CaptureTime::from_nanos(n as i64 * 10))
}

pub(super) fn drain(framer: &mut Framer, out: &mut Vec<Got>) {
    while let Some(framed) = framer.next() {
        let m = parse_message(framed.bytes, framed.framing).expect("a framed message parses");
        assert_eq!(m.raw, framed.bytes);
        out.push(Got(
            String::from_utf8_lossy(m.call_id().unwrap_or_default()).into(),
            String::from_utf8_lossy(m.body).into(),
            framed.flaws.iter().map(|f| f.code.as_str()).collect(),
        ));
    }
}

/// Pushes the pieces, then ends the stream.
pub(super) fn run(pieces: &[&[u8]]) -> (Vec<Got>, Framer) {
    let mut framer = Framer::new(FramerLimits::default());
    let mut out = Vec::new();
    for (n, piece) in (1..).zip(pieces) {
        let (frame, time) = frame(n);
        framer.push(piece, frame, time);
        drain(&mut framer, &mut out);
    }
    framer.finish();
    drain(&mut framer, &mut out);
    (out, framer)
}

pub(super) fn run_one(stream: &str) -> Vec<Got> {
    run(&[stream.as_bytes()]).0
}

#[test]
fn several_messages_in_one_segment_come_out_in_order() {
    let stream = text("1", "hello") + &empty("2") + &text("3", "bye");
    assert_eq!(
        run_one(&stream),
        [
            got("1", "hello", &[]),
            got("2", "", &[]),
            got("3", "bye", &[])
        ]
    );
}

#[test]
fn one_message_over_many_segments_names_them_all() {
    let stream = text("1", "hello") + &empty("2");
    let (first, rest) = stream.as_bytes().split_at(8);
    let (middle, last) = rest.split_at(100);
    let mut framer = Framer::new(FramerLimits::default());
    for (n, piece) in (1..).zip([first, middle, last]) {
        let (frame, time) = frame(n);
        framer.push(piece, frame, time);
        if n < 3 {
            assert!(framer.next().is_none());
        }
    }
    let m = framer.next().unwrap();
    assert_eq!(m.frames, [frame(1).0, frame(2).0, frame(3).0]);
    assert_eq!((m.first_time, m.time), (frame(1).1, frame(3).1));
    let m = framer.next().unwrap();
    assert_eq!((m.frames, m.time), (vec![frame(3).0], frame(3).1));
    assert!(framer.next().is_none());
    assert_eq!(framer.buffered(), 0);
}

#[test]
fn keep_alives_glued_before_a_message_are_counted_and_do_no_harm() {
    let glued = format!("\r\n\r\n{}", empty("1"));
    let (out, framer) = run(&[b"\r\n\r\n", b"\r\n", glued.as_bytes()]);
    assert_eq!(out, [got("1", "", &[])]);
    assert_eq!((framer.counters().pings, framer.counters().pongs), (2, 1));
    assert_eq!(framer.counters().skipped_bytes, 0);
}

#[test]
fn a_content_length_too_small_costs_only_the_rest_of_its_body() {
    let stream = with_length("1", "text/plain", 2, "hello") + &empty("2");
    let (out, framer) = run(&[stream.as_bytes()]);
    // "lloMESSAGE sip:b@c SIP/2.0" is a start line of the unknown method lloMESSAGE: unavoidable
    // when the body does not end its line.
    assert_eq!(out.len(), 2);
    assert_eq!(framer.counters().desyncs, 0);

    let stream = with_length("1", "text/plain", 2, "hello you\r\n") + &empty("2");
    let (out, framer) = run(&[stream.as_bytes()]);
    assert_eq!(out, [got("1", "he", &[]), got("2", "", &["stream_desync"])]);
    // "llo you\r\n"
    assert_eq!(framer.counters().skipped_bytes, 9);
    assert_eq!(framer.counters().desyncs, 1);
}

#[test]
fn a_content_length_too_large_does_not_swallow_the_next_message() {
    for excess in [5, 30, 150, 9999] {
        let stream = with_length("1", "application/sdp", SDP.len() + excess, SDP)
            + &empty("2")
            + &empty("3");
        let out = run_one(&stream);
        assert_eq!(
            out,
            [
                got("1", SDP, &["content_length_mismatch"]),
                got("2", "", &[]),
                got("3", "", &[])
            ],
            "{excess} too many"
        );
    }
    // In other bodies a start line alone proves nothing; three core headers do.
    let stream = with_length("1", "text/plain", 500, "hello\r\n") + &empty("2") + &empty("3");
    assert_eq!(
        run_one(&stream),
        [
            got("1", "hello\r\n", &["content_length_mismatch"]),
            got("2", "", &[]),
            got("3", "", &[])
        ]
    );
}

#[test]
fn a_body_that_quotes_a_start_line_is_not_cut() {
    let body = "INVITE sip:b@c SIP/2.0\r\nis what I sent\r\n\r\n";
    assert_eq!(run_one(&text("1", body)), [got("1", body, &[])]);
    let whole = empty("inner");
    let stream = with_length("1", "message/sip", whole.len(), &whole) + &empty("2");
    assert_eq!(run_one(&stream), [got("1", &whole, &[]), got("2", "", &[])]);
}

#[test]
fn messages_quoted_in_a_body_of_the_announced_length_are_text() {
    let inner: String = (0..9).map(|n| empty(&format!("inner{n}"))).collect();
    for kind in ["text/plain", "application/x-trace", "application/sdp"] {
        for body in [
            inner.clone(),
            format!("{SDP}{inner}"),
            format!("log\r\n{inner}the end"),
            format!("{}\r\n", empty("inner").repeat(3)),
            inner[..inner.len() - 9].into(),
        ] {
            let quoting = with_length("1", kind, body.len(), &body);
            let after = [
                String::new(),
                "\r\n\r\n".into(),
                empty("2"),
                format!("\r\n{}", empty("2")),
                empty("2").replace("MESSAGE", "NEWMETHOD"),
                "SIP/2.0 200 OK".to_owned() + empty("2").split_at(23).1,
            ];
            for next in after {
                let stream = quoting.clone() + &next;
                let mut want = vec![got("1", &body, &[])];
                if next.len() > 4 {
                    want.push(got("2", "", &[]));
                }
                assert_eq!(run_one(&stream), want, "{kind}: {body} {next}");
                let pieces: Vec<&[u8]> = stream.as_bytes().chunks(1).collect();
                assert_eq!(run(&pieces).0, want, "{kind}: {body} {next}");
            }
        }
    }
}

#[test]
fn a_message_that_quotes_others_is_complete_when_the_other_side_answers() {
    let body = empty("inner1") + &empty("inner2");
    let mut framer = Framer::new(FramerLimits::default());
    let mut out = Vec::new();
    let (f, t) = frame(1);
    let quoting = text("1", &body);
    let (begin, end) = quoting.split_at(quoting.len() - 50);
    for piece in [begin, end] {
        framer.push(piece.as_bytes(), f, t);
        drain(&mut framer, &mut out);
        assert!(out.is_empty(), "what follows tells");
        framer.settle();
        drain(&mut framer, &mut out);
    }
    assert_eq!(out, [got("1", &body, &[])]);
}

#[test]
fn a_wrong_content_length_is_found_out_by_what_stands_at_the_announced_end() {
    let rest = empty("2") + &empty("3") + &empty("4");
    // Wherever it ends within the messages that follow, but for their borders.
    let one = empty("2").len();
    let sdp = ("application/sdp", SDP, 2);
    for (kind, body, from) in [("text/plain", "hello\r\n", one + 1), sdp] {
        for excess in from..3 * one {
            // Line ends between messages are keep-alives.
            if excess % one == 0 || excess % one >= one - 4 {
                continue;
            }
            let stream = with_length("1", kind, body.len() + excess, body) + &rest;
            let ids: Vec<String> = run_one(&stream).into_iter().map(|g| g.0).collect();
            assert_eq!(ids, ["1", "2", "3", "4"], "{kind}: {excess} too many");
        }
    }
}

#[test]
fn an_answer_shows_messages_within_a_wrong_content_length() {
    let mut framer = Framer::new(FramerLimits::default());
    let mut out = Vec::new();
    let (f, t) = frame(1);
    let stream = with_length("1", "text/plain", 9999, "hello\r\n") + &empty("2") + &empty("3");
    framer.push(stream.as_bytes(), f, t);
    framer.settle();
    drain(&mut framer, &mut out);
    assert_eq!(
        out,
        [
            got("1", "hello\r\n", &["content_length_mismatch"]),
            got("2", "", &[]),
            got("3", "", &[])
        ]
    );
}

#[test]
fn a_hole_in_an_announced_body_that_quotes_messages_moves_nothing() {
    let inner: String = (0..9).map(|n| empty(&format!("inner{n}"))).collect();
    let stream = text("1", &inner) + &empty("2") + &empty("3");
    let begin = text("1", &inner).len() - inner.len();
    for from in (begin + 3..begin + inner.len() - 140).step_by(5) {
        for missing in [0, 1, 130] {
            let (before, rest) = stream.as_bytes().split_at(from);
            let mut framer = Framer::new(FramerLimits::default());
            let mut out = Vec::new();
            let (f, t) = frame(1);
            framer.push(before, f, t);
            drain(&mut framer, &mut out);
            framer.gap(missing);
            drain(&mut framer, &mut out);
            framer.push(&rest[missing as usize..], f, t);
            drain(&mut framer, &mut out);
            framer.finish();
            drain(&mut framer, &mut out);
            let ids: Vec<&str> = out.iter().map(|g| g.0.as_str()).collect();
            assert_eq!(ids, ["1", "2", "3"], "{missing} from {from}");
            assert_eq!(out[0].2, ["capture_truncated"]);
        }
    }
}

#[test]
fn a_content_length_beyond_the_limit_is_not_believed() {
    let stream = with_length("1", "application/sdp", 1 << 30, SDP) + &empty("2");
    assert_eq!(
        run_one(&stream),
        [
            got("1", SDP, &["content_length_mismatch"]),
            got("2", "", &[])
        ]
    );
    let stream = request("1", "Content-Type: application/sdp\r\nl: -5\r\n", SDP) + &empty("2");
    assert_eq!(run_one(&stream), [got("1", SDP, &[]), got("2", "", &[])]);
}

#[test]
fn without_content_length_the_body_ends_where_it_looks_ended() {
    let sdp = request("1", "c: application/sdp\r\n", SDP);
    let none = request("2", "", "");
    let other = request("3", "c: text/plain\r\n", "hi there\r\n");
    let stream = sdp + &none + &other + &empty("4");
    assert_eq!(
        run_one(&stream),
        [
            got("1", SDP, &[]),
            got("2", "", &[]),
            got("3", "hi there\r\n", &[]),
            got("4", "", &[])
        ]
    );
}

#[test]
fn an_answer_from_the_other_side_completes_a_message_without_content_length() {
    let mut framer = Framer::new(FramerLimits::default());
    let mut out = Vec::new();
    let (f, t) = frame(1);
    framer.push(request("1", "c: application/sdp\r\n", SDP).as_bytes(), f, t);
    drain(&mut framer, &mut out);
    assert!(out.is_empty(), "more of the body may come");
    framer.settle();
    drain(&mut framer, &mut out);
    assert_eq!(out, [got("1", SDP, &[])]);
    // But it does not cut a message whose length is known.
    framer.push(&text("2", "hello").as_bytes()[..170], f, t);
    framer.settle();
    drain(&mut framer, &mut out);
    framer.push(&text("2", "hello").as_bytes()[170..], f, t);
    drain(&mut framer, &mut out);
    assert_eq!(out[1], got("2", "hello", &[]));
}

#[test]
fn a_start_in_mid_stream_finds_the_first_whole_message() {
    let first = text("1", "hello\r\n");
    let stream = format!("{}{}", &first[61..], empty("2"));
    let (out, framer) = run(&[stream.as_bytes()]);
    assert_eq!(out, [got("2", "", &[])]);
    assert_eq!(framer.counters().skipped_bytes, first.len() as u64 - 61);
    assert_eq!(framer.verdict(), Verdict::Sip);
}

#[test]
fn after_a_gap_the_next_whole_message_is_found() {
    let (one, two, three) = (text("1", "hello"), text("2", "lost"), empty("3"));
    let mut framer = Framer::new(FramerLimits::default());
    let mut out = Vec::new();
    let (f, t) = frame(1);
    framer.push(format!("{one}{}", &two[..50]).as_bytes(), f, t);
    framer.gap(40);
    drain(&mut framer, &mut out);
    framer.push(format!("{}\r\n{three}", &two[90..]).as_bytes(), f, t);
    drain(&mut framer, &mut out);
    assert_eq!(out, [got("1", "hello", &[]), got("3", "", &[])]);
    assert_eq!(
        (framer.counters().gaps, framer.counters().lost_bytes),
        (1, 40)
    );
}

#[test]
fn a_message_whose_body_was_lost_is_given_as_far_as_it_goes() {
    let one = text("1", "hello");
    let mut framer = Framer::new(FramerLimits::default());
    let (f, t) = frame(7);
    framer.push(&one.as_bytes()[..one.len() - 3], f, t);
    assert!(framer.next().is_none());
    framer.gap(1000);
    // The hole swallowed whole messages too: what follows starts one.
    framer.push(empty("2").as_bytes(), f, t);
    let m = framer.next().unwrap();
    assert_eq!(m.framing, Framing::Truncated);
    assert_eq!(m.flaws[0].code.as_str(), "capture_truncated");
    assert!(m.bytes.ends_with(b"he"));
    assert_eq!(m.frames, [f]);
    let mut out = Vec::new();
    drain(&mut framer, &mut out);
    assert_eq!(out, [got("2", "", &[])]);
}

#[test]
fn a_message_whose_last_headers_were_lost_is_given_up_to_its_last_whole_line() {
    let whole = empty("1");
    let cut = whole.find("CSeq").expect("a header") + 4;
    // Via, From, To and Call-ID tell whose it is; half a CSeq tells nothing.
    assert_eq!(
        run_one(&whole[..cut]),
        [got("1", "", &["capture_truncated"])]
    );
    let unfinished = whole.strip_suffix("\r\n").expect("a blank line");
    assert_eq!(run_one(unfinished), [got("1", "", &["capture_truncated"])]);
    // Start line, Via and From are too little.
    let few = whole.find("To:").expect("a header");
    assert_eq!(run_one(&whole[..few]), []);
}

#[test]
fn half_a_message_before_a_whole_one_is_passed_over() {
    let half = &empty("1")[..120];
    let stream = format!("{half}\r\n{}", empty("2"));
    assert_eq!(
        run_one(&stream)
            .iter()
            .map(|g| g.0.as_str())
            .collect::<Vec<_>>(),
        ["2"]
    );
}

#[test]
fn other_protocols_are_told_apart_at_once_or_after_a_while() {
    for foreign in [
        &b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"[..],
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"OPTIONS * HTTP/1.1\r\n\r\n",
        b"DESCRIBE rtsp://a/ RTSP/1.0\r\n\r\n",
        b"MSRP a786hjs2 SEND\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01",
    ] {
        let (out, framer) = run(&[foreign]);
        assert!(out.is_empty());
        assert_eq!(framer.verdict(), Verdict::NotSip, "{foreign:?}");
    }
    let noise = [0u8, 10, 200, 13].repeat(8 << 10);
    let (_, framer) = run(&[&noise]);
    assert_eq!(framer.verdict(), Verdict::NotSip);
    let (_, framer) = run(&[b"INVITE sip:a"]);
    assert_eq!(framer.verdict(), Verdict::Undecided);
}

#[test]
fn an_endless_line_or_header_block_does_not_fill_the_memory() {
    let limits = FramerLimits {
        max_header: 1000,
        max_body: 1000,
        probe: usize::MAX,
    };
    let mut framer = Framer::new(limits);
    let (f, t) = frame(1);
    for piece in [&b"x"[..], b"INVITE sip:a SIP/2.0\r\n", b"X: y\r\n"] {
        for _ in 0..2000 {
            framer.push(piece, f, t);
            while framer.next().is_some() {}
            assert!(framer.buffered() <= 1100);
        }
    }
    framer.push(format!("\r\n\r\n{}", empty("1")).as_bytes(), f, t);
    let mut out = Vec::new();
    drain(&mut framer, &mut out);
    assert_eq!(out.len(), 1);
}

#[test]
fn lenient_start_lines_count_only_where_a_message_must_begin() {
    let lenient = empty("1").replace("MESSAGE sip", "MESSAGE  sip");
    assert_eq!(run_one(&(lenient.clone() + &empty("2"))).len(), 2);
    let lost = format!("junk\r\n{lenient}{}", empty("2"));
    assert_eq!(run_one(&lost).len(), 1);
}

/// Everything a stream may hold, damage included.
fn nasty_stream() -> String {
    let mut s = String::from("ing: half\r\n\r\nrest of a body\r\n");
    s += &text("1", "hello");
    s += "\r\n\r\n";
    s += &empty("2");
    s += &with_length("3", "application/sdp", SDP.len() + 37, SDP);
    s += &with_length("4", "text/plain", 3, "hello\r\n");
    s += &request("5", "c: application/sdp\r\n", SDP);
    s += &with_length(
        "6",
        "text/plain",
        700,
        "INVITE sip:b@c SIP/2.0\r\nCSeq: no\r\n\r\n",
    );
    s += &empty("7").replace("\r\n", "\n");
    s += "SIP/2.0 200 OK\r\nVia: SIP/2.0/TCP a\r\n";
    s += &request("8", "c: text/plain\r\n", "unannounced\r\n");
    s += &text("9", "end");
    s
}

#[test]
fn a_nasty_stream_gives_every_message_that_can_be_told() {
    let ids: Vec<String> = run_one(&nasty_stream()).into_iter().map(|g| g.0).collect();
    assert_eq!(ids, ["1", "2", "3", "4", "5", "6", "7", "8", "9"]);
}

proptest! {
    #[test]
    fn any_split_gives_the_same_messages(cuts in proptest::collection::vec(0usize..4000, 0..40)) {
        let stream = nasty_stream();
        let mut cuts: Vec<usize> = cuts.into_iter().map(|c| c.min(stream.len())).collect();
        cuts.push(0);
        cuts.push(stream.len());
        cuts.sort_unstable();
        let pieces: Vec<&[u8]> = cuts.windows(2).map(|w| &stream.as_bytes()[w[0]..w[1]]).collect();
        prop_assert_eq!(run(&pieces).0, run_one(&stream));
    }

    #[test]
    fn any_bytes_in_any_pieces_do_not_panic(
        pieces in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..40), 0..20),
    ) {
        let pieces: Vec<&[u8]> = pieces.iter().map(Vec::as_slice).collect();
        run(&pieces);
    }
}

#[test]
fn byte_by_byte_gives_the_same_messages() {
    let stream = nasty_stream();
    let pieces: Vec<&[u8]> = stream.as_bytes().chunks(1).collect();
    assert_eq!(run(&pieces).0, run_one(&stream));
}
