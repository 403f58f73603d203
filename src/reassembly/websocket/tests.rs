//! Connections as they arrive: whole, split, cut, compressed, hostile. The frames are written by [`frame`], the
//! compressed ones by zlib's own encoder.

use super::*;
use crate::types::{FrameNo, SourceId};
use flate2::{Compress, Compression, FlushCompress};
use proptest::prelude::*;

const WANTED: Wanted = Wanted {
    subprotocol: "sip",
    begins: |text| text.starts_with(b"SIP/2.0 ") || text.starts_with(b"OPTIONS sip:"),
};

const REQUEST: &[u8] =
    b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nSec-WebSocket-Protocol: sip\r\n\r\n";

fn answer(extensions: &str) -> Vec<u8> {
    format!("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nSec-WebSocket-Protocol: sip\r\n{extensions}\r\n").into_bytes()
}

const TEXT: u8 = 0x81;
const FIRST: u8 = 0x01;
const MORE: u8 = 0x00;
const LAST: u8 = 0x80;
const PING: u8 = 0x89;
const DEFLATED: u8 = 0xc1;
const KEY: [u8; 4] = [0xa1, 0x0a, 0x00, 0x7e];

/// A frame whose first byte is `first`.
fn frame(first: u8, mask: Option<[u8; 4]>, payload: &[u8]) -> Vec<u8> {
    let bit = if mask.is_some() { 0x80 } else { 0 };
    let mut out = vec![first];
    match payload.len() {
        n @ 0..126 => out.push(bit | n as u8),
        n @ 126..0x1_0000 => {
            out.push(bit | 126);
            out.extend((n as u16).to_be_bytes());
        }
        n => {
            out.push(bit | 127);
            out.extend((n as u64).to_be_bytes());
        }
    }
    match mask {
        None => out.extend(payload),
        Some(key) => {
            out.extend(key);
            out.extend((0..).zip(payload).map(|(at, b)| b ^ key[at % 4]));
        }
    }
    out
}

fn options(n: u32) -> Vec<u8> {
    format!("OPTIONS sip:{n}@example.net SIP/2.0\r\nCall-ID: call-{n}\r\n\r\n").into_bytes()
}

fn long(n: u32, len: usize) -> Vec<u8> {
    let mut text = format!("SIP/2.0 200 OK\r\nCall-ID: call-{n}\r\n\r\n").into_bytes();
    text.resize(len.max(text.len()), b'x');
    text
}

fn place(n: u64) -> (FrameRef, CaptureTime) {
    let frame = FrameRef {
        source: SourceId(0),
        frame: FrameNo(n),
    };
    (frame, CaptureTime::from_nanos(n as i64 * 10))
}

fn push(socket: &mut WebSocket, n: u64, bytes: &[u8]) -> Vec<WebSocketMessage> {
    let (frame, time) = place(n);
    socket.push(bytes, frame, time);
    std::iter::from_fn(|| socket.next()).collect()
}

fn whole() -> WebSocket {
    WebSocket::new(WebSocketLimits::default(), WANTED, false)
}

fn middle() -> WebSocket {
    WebSocket::new(WebSocketLimits::default(), WANTED, true)
}

fn texts(messages: &[WebSocketMessage]) -> Vec<&[u8]> {
    messages.iter().map(|m| &m.bytes[..]).collect()
}

/// Every byte pushed in pieces of the given lengths, then the end.
fn run(mut socket: WebSocket, stream: &[u8], pieces: &[usize]) -> (Vec<Vec<u8>>, WebSocket) {
    let mut out = vec![];
    let mut rest = stream;
    let mut lengths = pieces.iter().copied().chain(std::iter::repeat(usize::MAX));
    let mut n = 0;
    while !rest.is_empty() {
        let (now, then) = rest.split_at(lengths.next().unwrap().clamp(1, rest.len()));
        n += 1;
        out.extend(push(&mut socket, n, now).into_iter().map(|m| m.bytes));
        assert!(socket.buffered() <= 3 << 20);
        rest = then;
    }
    socket.finish();
    out.extend(std::iter::from_fn(|| socket.next()).map(|m| m.bytes));
    (out, socket)
}

#[test]
fn a_client_and_a_server_are_read_from_their_handshake_on() {
    let mut client = whole();
    assert!(push(&mut client, 1, REQUEST).is_empty());
    assert_eq!(client.standing(), Standing::Certain);
    let got = push(&mut client, 3, &frame(TEXT, Some(KEY), &options(1)));
    assert_eq!(texts(&got), [options(1)]);
    assert_eq!(
        (&got[0].frames[..], got[0].time),
        (&[place(3).0][..], place(3).1)
    );
    let mut server = whole();
    let glued = [
        answer(""),
        frame(TEXT, None, &long(1, 300)),
        frame(0x82, None, &long(2, 70_000)),
    ];
    let got = push(&mut server, 2, &glued.concat());
    assert_eq!(texts(&got), [long(1, 300), long(2, 70_000)]);
    assert!(!server.agreement().unwrap().deflate);
}

#[test]
fn a_fragmented_message_with_a_ping_between_names_all_its_packets() {
    let text = options(7);
    let mut socket = middle();
    let parts = [
        frame(FIRST, Some(KEY), &text[..20]),
        frame(PING, Some(KEY), b"hi"),
        frame(MORE, Some([1, 2, 3, 4]), &text[20..30]),
        frame(LAST, Some([9, 9, 9, 9]), &text[30..]),
    ];
    let mut got = vec![];
    for (n, part) in (1..).zip(&parts) {
        got.extend(push(&mut socket, n, part));
    }
    assert_eq!(texts(&got), [text]);
    let frames = [place(1).0, place(3).0, place(4).0];
    assert_eq!(
        (&got[0].frames[..], got[0].first_time, got[0].time),
        (&frames[..], place(1).1, place(4).1)
    );
    assert_eq!(socket.counters().control_frames, 1);
}

#[test]
fn a_start_in_mid_stream_is_found_masked_or_not() {
    for mask in [None, Some(KEY)] {
        let mut stream = options(1)[9..].to_vec(); // the end of an earlier frame
        stream.extend(frame(PING, mask, b""));
        stream.extend(frame(TEXT, mask, &options(2)));
        stream.extend(frame(TEXT, mask, b"\r\n\r\n")); // a keep-alive (RFC 7118 §6)
        stream.extend(frame(TEXT, mask, &options(3)));
        let (got, socket) = run(middle(), &stream, &[]);
        assert_eq!(got, [options(2), b"\r\n\r\n".to_vec(), options(3)]);
        assert_eq!(socket.standing(), Standing::Certain);
    }
}

#[test]
fn a_hole_inside_a_payload_costs_that_message_only() {
    let mut socket = whole();
    push(&mut socket, 1, &answer(""));
    let cut = frame(TEXT, None, &long(1, 1000));
    push(&mut socket, 2, &cut[..500]);
    socket.gap(200);
    let truncated = socket.next().unwrap();
    assert!(truncated.truncated);
    assert_eq!(truncated.bytes, &cut[4..500]);
    let got = push(
        &mut socket,
        3,
        &[
            &cut[700..],
            &frame(TEXT, None, b"short"),
            &frame(TEXT, None, &long(2, 100)),
        ]
        .concat(),
    );
    assert_eq!(texts(&got), [b"short".to_vec(), long(2, 100)]);
    assert_eq!(socket.counters().desyncs, 0);
}

#[test]
fn a_hole_over_the_end_of_a_frame_leads_to_the_next_plausible_one() {
    let mut socket = whole();
    push(&mut socket, 1, &answer(""));
    let frames = [
        frame(TEXT, None, &long(1, 400)),
        frame(TEXT, None, &long(2, 400)),
        frame(TEXT, None, &long(3, 400)),
    ]
    .concat();
    push(&mut socket, 2, &frames[..100]);
    socket.gap(500);
    assert!(socket.next().unwrap().truncated);
    let got = push(&mut socket, 3, &frames[600..]);
    assert_eq!(texts(&got), [long(3, 400)]);
}

fn deflate(compress: &mut Compress, text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + 64);
    compress
        .compress_vec(text, &mut out, FlushCompress::Sync)
        .unwrap();
    out.truncate(out.len() - 4);
    out
}

const DEFLATE: &str =
    "Sec-WebSocket-Extensions: permessage-deflate; client_no_context_takeover\r\n";

#[test]
fn compressed_messages_refer_to_earlier_ones_or_stand_alone_as_agreed() {
    let mut server = whole();
    push(&mut server, 2, &answer(DEFLATE));
    let mut compress = Compress::new(Compression::best(), false);
    for n in 0..5 {
        let packed = deflate(&mut compress, &options(n));
        assert!(n == 0 || packed.len() < 30, "it refers back");
        let got = push(&mut server, 3, &frame(DEFLATED, None, &packed));
        assert_eq!(texts(&got), [options(n)]);
    }
    let mut client = whole();
    push(&mut client, 1, REQUEST);
    client.agree(server.agreement().unwrap());
    for n in 0..3 {
        let packed = deflate(&mut Compress::new(Compression::best(), false), &options(n));
        let parts = [
            frame(0x41, Some(KEY), &packed[..9]),
            frame(LAST, Some(KEY), &packed[9..]),
        ];
        let got = push(&mut client, 4, &parts.concat());
        assert_eq!(texts(&got), [options(n)]);
        // Block type 3 does not exist; it spoils no other message.
        assert!(push(&mut client, 5, &frame(DEFLATED, Some(KEY), &[0xff; 9])).is_empty());
    }
    assert_eq!(client.counters().not_inflated, 3);
}

#[test]
fn a_capture_that_begins_between_compressed_messages_reads_what_it_can() {
    let mut compress = Compress::new(Compression::best(), false);
    let before = deflate(&mut compress, &options(1));
    let refers = deflate(&mut compress, &options(1));
    let mut alone = Compress::new(Compression::best(), false);
    let (third, fourth) = (
        deflate(&mut alone, &options(3)),
        deflate(&mut alone, &options(4)),
    );
    let stream = [before, refers, third, fourth]
        .map(|m| frame(DEFLATED, None, &m))
        .concat();
    let second_at = frame(
        DEFLATED,
        None,
        &deflate(&mut Compress::new(Compression::best(), false), &options(1)),
    )
    .len();
    let (got, socket) = run(middle(), &stream[second_at..], &[]);
    assert_eq!(got, [options(3), options(4)]);
    assert!(socket.counters().skipped_bytes > 0);
}

#[test]
fn compression_nobody_agreed_on_is_no_frame() {
    let packed = deflate(&mut Compress::new(Compression::best(), false), &options(1));
    let stream = [
        answer(""),
        frame(DEFLATED, None, &packed),
        frame(TEXT, None, &options(2)),
    ]
    .concat();
    let (got, socket) = run(whole(), &stream, &[]);
    assert_eq!(got, [options(2)]);
    assert_eq!(socket.counters().desyncs, 1);
}

#[test]
fn other_protocols_are_given_up() {
    let other = String::from_utf8(REQUEST.to_vec())
        .unwrap()
        .replace(": sip", ": mqtt");
    for stream in [
        &b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"[..],
        other.as_bytes(),
        b"\x16\x03\x01",
        b"POST /",
    ] {
        assert_eq!(run(whole(), stream, &[]).1.standing(), Standing::Hopeless);
    }
    let noise: Vec<u8> = (0..40_000u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect();
    assert_eq!(
        run(middle(), &noise, &[1460; 10]).1.standing(),
        Standing::Hopeless
    );
    let chat = [
        frame(TEXT, None, &[b'x'; 9000]),
        frame(TEXT, None, &[b'x'; 9000]),
    ]
    .concat();
    let unnamed = String::from_utf8(answer(""))
        .unwrap()
        .replace("Sec-WebSocket-Protocol: sip\r\n", "");
    let (_, socket) = run(whole(), &[unnamed.as_bytes(), &chat].concat(), &[]);
    assert_eq!(socket.standing(), Standing::Hopeless);
}

#[test]
fn a_refused_client_may_ask_again() {
    let refused = b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 5\r\n\r\nsorry";
    let server = [refused, &answer("")[..], &frame(TEXT, None, &long(1, 90))].concat();
    assert_eq!(run(whole(), &server, &[]).0, [long(1, 90)]);
    let client = [REQUEST, REQUEST, &frame(TEXT, Some(KEY), &options(1))].concat();
    assert_eq!(run(whole(), &client, &[]).0, [options(1)]);
}

#[test]
fn what_is_too_long_is_counted_and_never_held() {
    let huge = [0x81, 0x7f, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
    let stream = [
        answer("").as_slice(),
        &huge,
        &[b'y'; 5000],
        &frame(TEXT, None, &options(1)),
    ]
    .concat();
    let (got, socket) = run(whole(), &stream, &[]);
    assert_eq!(got, [options(1)]);
    assert_eq!(socket.counters().too_long, 1);
    // Fragments without an end.
    let mut socket = whole();
    push(&mut socket, 1, &answer(""));
    push(&mut socket, 2, &frame(FIRST, None, &long(1, 60_000)));
    for n in 0..100 {
        push(&mut socket, n, &frame(MORE, None, &[b'z'; 60_000]));
        assert!(socket.buffered() <= 1 << 20);
    }
    assert_eq!(socket.counters().too_long, 1);
    let mut socket = whole();
    push(&mut socket, 1, &answer(""));
    push(&mut socket, 2, &frame(FIRST, None, &long(1, 60)));
    for n in 0..10_000 {
        push(&mut socket, n, &frame(MORE, None, b""));
    }
    assert_eq!((socket.counters().too_long, socket.buffered()), (1, 0));
}

#[test]
fn a_message_interrupted_by_another_is_counted() {
    let stream = [
        answer(""),
        frame(FIRST, None, &long(1, 60)),
        frame(TEXT, None, &long(2, 60)),
        frame(LAST, None, b"?"),
    ]
    .concat();
    let (got, socket) = run(whole(), &stream, &[]);
    assert_eq!(got, [long(2, 60)]);
    assert_eq!(socket.counters().broken, 2);
}

/// Everything at once: noise, messages of all kinds, an oversized frame.
fn mixed() -> Vec<u8> {
    let mut compress = Compress::new(Compression::best(), false);
    [
        answer(DEFLATE),
        frame(TEXT, None, &long(1, 40)),
        frame(DEFLATED, None, &deflate(&mut compress, &options(2))),
        frame(PING, None, b"are you there"),
        frame(FIRST, None, &long(3, 200)),
        frame(PING, None, b""),
        frame(LAST, None, b"the end"),
        vec![0x83, 0x81, 0x82, 0x01, 0xc1, 0x7e, 0x81, 0x7f],
        frame(DEFLATED, None, &deflate(&mut compress, &options(2))),
        frame(TEXT, None, &long(4, 1000)),
        b"HTTP/1.1 garbage".to_vec(),
        frame(TEXT, None, &long(5, 126)),
    ]
    .concat()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_split_gives_the_same_messages(pieces in prop::collection::vec(1usize..90, 0..60), begin in 0usize..400) {
        for (socket, stream) in [(whole as fn() -> WebSocket, mixed()), (middle, mixed().split_off(begin))] {
            let (once, one) = run(socket(), &stream, &[]);
            let (split, other) = run(socket(), &stream, &pieces);
            prop_assert_eq!(once, split);
            prop_assert_eq!(one.counters(), other.counters());
        }
    }

    #[test]
    fn damage_never_panics_and_never_holds_much(
        mut stream in prop::collection::vec(any::<u8>(), 0..600),
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..20),
        gaps in prop::collection::vec((any::<prop::sample::Index>(), 0u64..2000), 0..4),
    ) {
        stream.extend(mixed());
        for (at, value) in flips {
            let at = at.index(stream.len());
            stream[at] = value;
        }
        let mut socket = middle();
        let mut gaps: Vec<_> = gaps.into_iter().map(|(at, missing)| (at.index(stream.len()), missing)).collect();
        gaps.sort_unstable();
        let mut from = 0;
        for (at, missing) in gaps {
            push(&mut socket, 1, &stream[from..at]);
            socket.gap(missing);
            from = at;
        }
        push(&mut socket, 2, &stream[from..]);
        socket.finish();
        while socket.next().is_some() {}
        prop_assert_eq!(socket.buffered(), 0);
    }
}

#[test]
fn one_byte_at_a_time_gives_the_same_messages_and_every_prefix_is_safe() {
    let stream = mixed();
    let (once, _) = run(whole(), &stream, &[]);
    assert_eq!(once.len(), 5, "{once:?}");
    assert_eq!(run(whole(), &stream, &vec![1; stream.len()]).0, once);
    for end in 0..stream.len() {
        run(whole(), &stream[..end], &[]);
        run(middle(), &stream[..end], &[]);
    }
}

fn got_long(stream: &[u8], pieces: &[usize], socket: WebSocket) -> Vec<(usize, bool)> {
    let (mut socket, mut rest, mut out) = (socket, stream, vec![]);
    let mut lengths = pieces.iter().copied().cycle();
    let mut n = 0;
    while !rest.is_empty() {
        let (now, then) = rest.split_at(lengths.next().unwrap().clamp(1, rest.len()));
        n += 1;
        out.extend(push(&mut socket, n, now));
        assert!(socket.buffered() <= (2 << 20) + (64 << 10) + now.len());
        rest = then;
    }
    socket.finish();
    out.extend(std::iter::from_fn(|| socket.next()));
    out.iter().map(|m| (m.bytes.len(), m.too_long)).collect()
}

#[test]
fn a_message_that_is_too_long_is_given_as_far_as_it_goes_and_the_next_is_found() {
    let limit = 1 << 20;
    let next = options(2);
    let quoted = frame(TEXT, Some(KEY), &options(9));
    for mask in [None, Some(KEY)] {
        let mut text = long(1, 3 << 20);
        // What looks like a frame in the part that is passed over is none.
        text[(2 << 20)..(2 << 20) + quoted.len()].copy_from_slice(&quoted);
        let one = frame(TEXT, mask, &text);
        let mut parts = frame(FIRST, mask, &text[..900_000]);
        parts.extend(frame(PING, mask, b"hi"));
        parts.extend(frame(MORE, mask, &text[900_000..1_200_000]));
        parts.extend(frame(MORE, mask, &text[1_200_000..2_900_000]));
        parts.extend(frame(LAST, mask, &text[2_900_000..]));
        for message in [&one, &parts] {
            let mut stream = answer("");
            stream.extend(message);
            stream.extend(frame(TEXT, mask, &next));
            stream.extend(message);
            stream.extend(frame(TEXT, mask, &next));
            let want = [
                (limit, true),
                (next.len(), false),
                (limit, true),
                (next.len(), false),
            ];
            for pieces in [&[usize::MAX][..], &[1460], &[1, 65_000]] {
                assert_eq!(got_long(&stream, pieces, whole()), want);
            }
            // Begun in its middle.
            let at = answer("").len();
            assert_eq!(got_long(&stream[at..], &[1460], middle()), want);
        }
    }
    let exact = frame(TEXT, None, &long(1, limit));
    assert_eq!(
        got_long(&[answer(""), exact].concat(), &[9999], whole()),
        [(limit, false)]
    );
}

#[test]
fn a_hole_in_a_message_that_is_too_long_moves_nothing() {
    let message = frame(TEXT, Some(KEY), &long(1, 3 << 20));
    for (from, missing) in [
        (100, 50),
        (500_000, 1460),
        ((1 << 20) + 14, 1),
        (2_000_000, 900_000),
    ] {
        let mut socket = whole();
        push(&mut socket, 1, REQUEST);
        let mut got = push(&mut socket, 2, &message[..from]);
        socket.gap(missing as u64);
        got.extend(std::iter::from_fn(|| socket.next()));
        got.extend(push(&mut socket, 3, &message[from + missing..]));
        got.extend(push(&mut socket, 4, &frame(TEXT, Some(KEY), &options(2))));
        assert_eq!(got.len(), 2, "{from}");
        assert!(got[0].truncated || got[0].too_long);
        assert_eq!(got[1].bytes, options(2));
    }
}

#[test]
fn a_compressed_message_that_is_too_long_does_not_spoil_the_next() {
    let mut compress = Compress::new(Compression::best(), false);
    let mut deflate = |text: &[u8]| {
        let mut out = Vec::with_capacity(text.len() + 64);
        compress
            .compress_vec(text, &mut out, FlushCompress::Sync)
            .unwrap();
        out.truncate(out.len() - 4);
        out
    };
    let mut stream = answer("Sec-WebSocket-Extensions: permessage-deflate\r\n");
    for text in [long(1, 2 << 20), options(2), options(3)] {
        stream.extend(frame(DEFLATED, None, &deflate(&text)));
    }
    let want = [
        (1 << 20, true),
        (options(2).len(), false),
        (options(3).len(), false),
    ];
    assert_eq!(got_long(&stream, &[700], whole()), want);
}
