//! The stages one after the other, on a capture made here: reading, decoding, following, collecting.
//!
//! `cargo bench` prints the time of each; the figures of whole runs are in docs/performance.md.

#![allow(
    clippy::expect_used,
    missing_docs,
    reason = "a bench: what fails ends it"
)]

use divan::Bencher;
use divan::counter::BytesCount;
use sipflow::decode::decode;
use sipflow::pipeline::{Options, Pipeline, Sink};
use sipflow::report::read_captures;
use sipflow::source::CaptureFile;
use sipflow::types::SourceId;
use std::io::{Cursor, Write};

const CALLS: u32 = 200;
/// RTP packets each way in a call.
const PACKETS: u16 = 100;

fn main() {
    divan::main();
}

/// One capture in the classic format: calls one after the other, each with sound both ways.
struct Made {
    bytes: Vec<u8>,
    micros: u64,
}

impl Made {
    fn capture() -> Vec<u8> {
        let mut made = Made {
            bytes: Vec::new(),
            micros: 1_800_000_000_000_000,
        };
        made.bytes.extend(0xa1b2_c3d4_u32.to_le_bytes());
        made.bytes.extend([2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        made.bytes.extend(65_535_u32.to_le_bytes());
        made.bytes.extend(1_u32.to_le_bytes());
        (0..CALLS).for_each(|n| made.call(n));
        made.bytes
    }

    fn call(&mut self, n: u32) {
        let (a, b) = (1, 2);
        let media = |host: u8| {
            let port = 10_000 + (n % 20_000) * 2;
            format!(
                "v=0\r\no=- {n} 1 IN IP4 192.0.2.{host}\r\ns=-\r\nc=IN IP4 192.0.2.{host}\r\nt=0 0\r\n\
                 m=audio {port} RTP/AVP 8 0 101\r\na=rtpmap:101 telephone-event/8000\r\na=ptime:20\r\n"
            )
        };
        let tag = "tag=b";
        for (from, start, cseq, to_tag, body) in [
            (
                a,
                "INVITE sip:bob@192.0.2.2 SIP/2.0",
                "1 INVITE",
                "",
                media(a),
            ),
            (b, "SIP/2.0 100 Trying", "1 INVITE", "", String::new()),
            (b, "SIP/2.0 180 Ringing", "1 INVITE", tag, String::new()),
            (b, "SIP/2.0 200 OK", "1 INVITE", tag, media(b)),
            (
                a,
                "ACK sip:bob@192.0.2.2 SIP/2.0",
                "1 ACK",
                tag,
                String::new(),
            ),
        ] {
            self.message(n, from, start, cseq, to_tag, &body);
        }
        for seq in 0..PACKETS {
            for from in [a, b] {
                let mut rtp = vec![0x80, 8];
                rtp.extend(seq.to_be_bytes());
                rtp.extend((u32::from(seq) * 160).to_be_bytes());
                rtp.extend((n * 2 + u32::from(from)).to_be_bytes());
                rtp.resize(172, 0xd5);
                let port = 10_000 + ((n % 20_000) * 2) as u16;
                self.udp(from, port, &rtp);
            }
            self.micros += 20_000;
        }
        self.message(n, a, "BYE sip:bob@192.0.2.2 SIP/2.0", "2 BYE", tag, "");
        self.message(n, b, "SIP/2.0 200 OK", "2 BYE", tag, "");
    }

    fn message(&mut self, n: u32, from: u8, start: &str, cseq: &str, to_tag: &str, body: &str) {
        self.micros += 10_000;
        let to_tag = if to_tag.is_empty() {
            String::new()
        } else {
            format!(";{to_tag}")
        };
        let branch = cseq.replace(' ', "").replace("ACK", "x");
        let content = if body.is_empty() {
            ""
        } else {
            "Content-Type: application/sdp\r\n"
        };
        let text = format!(
            "{start}\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK{n}{branch}\r\nMax-Forwards: 70\r\n\
             From: \"Alice\" <sip:alice@192.0.2.1>;tag=a{n}\r\nTo: <sip:bob@192.0.2.2>{to_tag}\r\n\
             Call-ID: {n}@192.0.2.1\r\nCSeq: {cseq}\r\nContact: <sip:192.0.2.{from}:5060>\r\n\
             User-Agent: bench\r\n{content}Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        self.udp(from, 5060, text.as_bytes());
    }

    /// From `from` to the other of the two hosts, on the same port.
    fn udp(&mut self, from: u8, port: u16, payload: &[u8]) {
        let to = 3 - from;
        let total = 28 + payload.len();
        let frame = (14 + total) as u32;
        self.bytes
            .extend(((self.micros / 1_000_000) as u32).to_le_bytes());
        self.bytes
            .extend(((self.micros % 1_000_000) as u32).to_le_bytes());
        self.bytes.extend(frame.to_le_bytes());
        self.bytes.extend(frame.to_le_bytes());
        self.bytes
            .extend([2, 0, 0, 0, 0, to, 2, 0, 0, 0, 0, from, 8, 0, 0x45, 0]);
        self.bytes.extend((total as u16).to_be_bytes());
        self.bytes.extend([0, 0, 0, 0, 64, 17, 0, 0]);
        self.bytes.extend([192, 0, 2, from, 192, 0, 2, to]);
        self.bytes.extend(port.to_be_bytes());
        self.bytes.extend(port.to_be_bytes());
        self.bytes
            .extend(((8 + payload.len()) as u16).to_be_bytes());
        self.bytes.extend([0, 0]);
        self.bytes.extend(payload);
    }
}

fn open(bytes: &[u8]) -> CaptureFile {
    let reader = Box::new(Cursor::new(bytes.to_vec()));
    CaptureFile::from_reader("made", SourceId(0), reader).expect("a capture")
}

/// Runs `stage` over the capture, and counts its bytes.
fn each(bencher: Bencher<'_, '_>, stage: impl Fn(CaptureFile) + Sync) {
    let bytes = Made::capture();
    bencher
        .counter(BytesCount::new(bytes.len()))
        .with_inputs(|| open(&bytes))
        .bench_values(stage);
}

#[divan::bench]
fn source(bencher: Bencher<'_, '_>) {
    each(bencher, |mut file| {
        while file.advance() {
            divan::black_box(file.packet().data);
        }
    });
}

#[divan::bench]
fn source_and_decode(bencher: Bencher<'_, '_>) {
    each(bencher, |mut file| {
        while file.advance() {
            divan::black_box(&decode(&file.packet()));
        }
    });
}

/// A sink that lets everything go.
struct LetGo;

impl Sink for LetGo {}

#[divan::bench]
fn whole_pipeline(bencher: Bencher<'_, '_>) {
    each(bencher, |mut file| {
        let mut pipeline = Pipeline::new(Options::default());
        while file.advance() {
            pipeline.handle_packet(&file.packet(), &mut LetGo);
        }
        divan::black_box(pipeline.finish(&mut LetGo).counters.sip_messages);
    });
}

#[divan::bench]
fn whole_report(bencher: Bencher<'_, '_>) {
    let bytes = Made::capture();
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(&bytes).expect("room for it");
    bencher
        .counter(BytesCount::new(bytes.len()))
        .bench(|| read_captures(&[file.path()]).expect("a report"));
}
