//! Byte streams: how they are cut must not matter.

use super::choices::Choices;
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
        let short = message.len() < super::parsers::SHORTEST;
        assert!(short || sip::starts_like_sip(message));
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
        let most = LIMITS.max_header + LIMITS.max_body + step + 4;
        assert!(framer.buffered() <= most, "{} buffered", framer.buffered());
    }
    framer.finish();
    drain(&mut framer, &mut out);
}

fn push(framer: &mut Framer, piece: &[u8], n: usize, out: &mut Vec<Cut>) {
    let frame = FrameRef {
        source: SourceId(0),
        frame: FrameNo(n as u64),
    };
    framer.push(piece, frame, CaptureTime::from_nanos(n as i64));
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
            f.flaws.iter().map(|f| f.code).collect(),
        ));
    }
}
