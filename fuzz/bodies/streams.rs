//! Byte streams: how they are cut must not matter.

use super::choices::Choices;
use sipflow::reassembly::{PROBE_LEN, Wanted, WebSocket, WebSocketLimits, WebSocketMessage};
use sipflow::sip::{self, Framer, FramerLimits, Verdict};
use sipflow::types::{CaptureTime, FrameNo, FrameRef, SourceId};

const LIMITS: FramerLimits = FramerLimits {
    max_header: 2048,
    max_body: 4096,
    probe: 1024,
};

/// A message as framed: bytes, framing, codes of its flaws.
type Cut = (Vec<u8>, String, Vec<&'static str>);

/// The bytes pushed at once and in pieces give the same messages, within the limits.
pub fn sip_stream(data: &[u8]) {
    let mut c = Choices::new(data);
    let (step, swing) = (1 + c.below(64), 1 + c.below(16));
    let bytes = c.rest();
    let whole = frame(bytes, |_| usize::MAX);
    let pieces = frame(bytes, |n| step + n % swing);
    assert_eq!(whole.0, pieces.0, "other messages when pushed in pieces");
    assert_eq!(whole.1, pieces.1, "another verdict when pushed in pieces");
    for (message, ..) in &whole.0 {
        assert!(message.len() <= LIMITS.max_header + LIMITS.max_body + 4);
        let seen = message.trim_ascii_start();
        let short = seen.len() < super::parsers::SHORTEST;
        assert!(short || sip::starts_like_sip(seen));
    }
    let cut: usize = whole.0.iter().map(|m| m.0.len()).sum();
    assert!(cut <= bytes.len(), "more bytes than the stream had");
    with_gaps(bytes, step);
}

fn frame(bytes: &[u8], step: impl Fn(usize) -> usize) -> (Vec<Cut>, Verdict) {
    let mut framer = Framer::new(LIMITS);
    let mut out = Vec::new();
    let mut at = 0;
    let mut n = 0;
    while at < bytes.len() {
        let end = at.saturating_add(step(n)).min(bytes.len());
        n += 1;
        push(&mut framer, &bytes[at..end], n, &mut out);
        at = end;
    }
    framer.finish();
    drain(&mut framer, &mut out);
    assert_eq!(framer.buffered(), 0, "kept after the end");
    (out, framer.verdict())
}

/// Holes and pauses anywhere: nothing panics, nothing is kept beyond the limits.
fn with_gaps(bytes: &[u8], step: usize) {
    let mut framer = Framer::new(LIMITS);
    let mut out = Vec::new();
    for (n, piece) in bytes.chunks(step).enumerate() {
        push(&mut framer, piece, n, &mut out);
        match piece[0] % 8 {
            0 => framer.gap(u64::from(piece[0]) << 24),
            1 => framer.settle(),
            _ => {}
        }
        drain(&mut framer, &mut out);
        // What looks like a message in a body that is too long is held as long as a body may be.
        let most = 2 * (LIMITS.max_header + LIMITS.max_body) + (8 << 10) + step + 4;
        assert!(framer.buffered() <= most, "{} buffered", framer.buffered());
    }
    framer.finish();
    drain(&mut framer, &mut out);
}

fn push(framer: &mut Framer, piece: &[u8], n: usize, out: &mut Vec<Cut>) {
    let (frame, time) = moment(n);
    framer.push(piece, frame, time);
    drain(framer, out);
}

fn drain(framer: &mut Framer, out: &mut Vec<Cut>) {
    while let Some(f) = framer.next() {
        assert!(!f.frames.is_empty(), "a message no packet carried");
        assert!(f.first_time <= f.time);
        sip::parse_message(f.bytes, f.framing);
        out.push((
            f.bytes.to_vec(),
            format!("{:?}", f.framing),
            f.flaws.iter().map(|f| f.code.as_str()).collect(),
        ));
    }
}

const SOCKET_LIMITS: WebSocketLimits = WebSocketLimits {
    max_message: 4096,
    max_head: 2048,
    probe: 2048,
};

const SIP: Wanted = Wanted {
    subprotocol: "sip",
    begins: sip::starts_like_sip,
};

/// One direction of a WebSocket: pushed at once and in pieces the same messages, none beyond the limit.
pub fn websocket(data: &[u8]) {
    let mut c = Choices::new(data);
    let (step, mid_stream) = (1 + c.below(64), c.byte() % 2 == 1);
    let bytes = c.rest();
    let whole = messages(bytes, usize::MAX, mid_stream);
    let pieces = messages(bytes, step, mid_stream);
    let texts = |all: &[WebSocketMessage]| -> Vec<(Vec<u8>, bool)> {
        all.iter().map(|m| (m.bytes.clone(), m.truncated)).collect()
    };
    // A stream begun in its middle is searched in what has come so far.
    if !mid_stream {
        assert_eq!(
            texts(&whole),
            texts(&pieces),
            "others when pushed in pieces"
        );
    }
    socket_with_gaps(bytes, step, mid_stream);
}

fn messages(bytes: &[u8], step: usize, mid_stream: bool) -> Vec<WebSocketMessage> {
    let mut socket = WebSocket::new(SOCKET_LIMITS, SIP, mid_stream);
    let mut out = Vec::new();
    for (n, piece) in bytes.chunks(step).enumerate() {
        let (frame, time) = moment(n);
        socket.push(piece, frame, time);
        take(&mut socket, &mut out);
    }
    socket.finish();
    take(&mut socket, &mut out);
    assert_eq!(socket.buffered(), 0, "kept after the end");
    out
}

fn socket_with_gaps(bytes: &[u8], step: usize, mid_stream: bool) {
    let mut socket = WebSocket::new(SOCKET_LIMITS, SIP, mid_stream);
    let mut out = Vec::new();
    for (n, piece) in bytes.chunks(step).enumerate() {
        let (frame, time) = moment(n);
        socket.push(piece, frame, time);
        if piece[0] % 8 == 0 {
            socket.gap(u64::from(piece[0]) << (piece.len() % 40));
        }
        take(&mut socket, &mut out);
        // An unfinished frame, its header, a message of several, what is searched.
        let most = 2 * SOCKET_LIMITS.max_message + SOCKET_LIMITS.max_head + PROBE_LEN + step + 15;
        assert!(socket.buffered() <= most, "{} held", socket.buffered());
    }
    socket.finish();
    take(&mut socket, &mut out);
}

fn take(socket: &mut WebSocket, out: &mut Vec<WebSocketMessage>) {
    while let Some(m) = socket.next() {
        assert!(!m.frames.is_empty(), "a message no packet carried");
        assert!(m.first_time <= m.time);
        assert!(m.bytes.len() <= SOCKET_LIMITS.max_message);
        out.push(m);
    }
}

fn moment(n: usize) -> (FrameRef, CaptureTime) {
    let frame = FrameRef {
        source: SourceId(0),
        frame: FrameNo(n as u64),
    };
    (frame, CaptureTime::from_nanos(n as i64))
}
