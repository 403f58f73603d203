//! The messages of RFC 4475 as captures: none is dropped on its way through the whole program, by
//! UDP one a datagram, by TCP one a connection, or all in a row.
//!
//! What each message must be found to violate is in `tests/torture.rs`; here it is that a violation
//! costs nothing but a warning.

#![allow(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::print_stderr,
    missing_docs,
    unreachable_pub,
    reason = "a test, and modules of its own"
)]

#[path = "../fuzz/bodies/mod.rs"]
mod bodies;

use bodies::whole::{Analysed, analyse, check};
use sipflow::pipeline::Options;
use sipflow::report::model::{Message, Report};
use std::collections::BTreeSet;

/// Names and texts, in order of their names.
fn messages() -> Vec<(String, Vec<u8>)> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/torture");
    let mut messages = Vec::new();
    for entry in std::fs::read_dir(folder).expect("testdata/torture") {
        let path = entry.expect("entry").path();
        if path.extension().is_some_and(|e| e == "dat") {
            let name = path.file_stem().expect("a name").to_string_lossy();
            messages.push((name.into_owned(), std::fs::read(&path).expect("a message")));
        }
    }
    messages.sort();
    assert_eq!(messages.len(), 49, "RFC 4475 has 49 messages");
    messages
}

/// A capture of IP packets (link type 101), 10 ms apart.
struct Capture(Vec<u8>, u32);

impl Capture {
    fn new() -> Self {
        let header = [0xa1b2_c3d4u32, 0x0004_0002, 0, 0, 262_144, 101];
        Capture(header.iter().flat_map(|w| w.to_le_bytes()).collect(), 0)
    }

    /// An IPv4 packet from 192.0.2.`from` to 192.0.2.200.
    fn packet(&mut self, protocol: u8, from: u8, transport: &[u8]) {
        let len = u16::try_from(20 + transport.len()).expect("one packet");
        let [l0, l1] = len.to_be_bytes();
        let mut ip = vec![0x45, 0, l0, l1, 0, 0, 0x40, 0, 64, protocol, 0, 0];
        ip.extend([192, 0, 2, from, 192, 0, 2, 200]);
        ip.extend(transport);
        self.1 += 1;
        let time = 1_800_000_000 + self.1 / 100;
        let bytes = u32::try_from(ip.len()).expect("one packet");
        for word in [time, self.1 % 100 * 10_000, bytes, bytes] {
            self.0.extend(word.to_le_bytes());
        }
        self.0.extend(ip);
    }

    fn udp(&mut self, from: u8, payload: &[u8]) {
        let len = u16::try_from(8 + payload.len()).expect("one datagram");
        let mut udp = [5060u16, 5060, len, 0].map(u16::to_be_bytes).concat();
        udp.extend(payload);
        self.packet(17, from, &udp);
    }

    fn tcp(&mut self, from: u8, seq: u32, flags: u8, payload: &[u8]) {
        let mut tcp = [5060u16, 5060].map(u16::to_be_bytes).concat();
        tcp.extend(seq.to_be_bytes());
        tcp.extend([0, 0, 0, 1, 0x50, flags, 0xff, 0xff, 0, 0, 0, 0]);
        tcp.extend(payload);
        self.packet(6, from, &tcp);
    }

    /// A connection that carries `bytes` in segments of at most `step`, and ends.
    fn connection(&mut self, from: u8, bytes: &[u8], step: usize) {
        const SYN: u8 = 2;
        const ACK: u8 = 16;
        const FIN: u8 = 1;
        self.tcp(from, 0, SYN, b"");
        let mut seq = 1;
        for piece in bytes.chunks(step) {
            self.tcp(from, seq, ACK, piece);
            seq += u32::try_from(piece.len()).expect("a segment");
        }
        self.tcp(from, seq, ACK | FIN, b"");
    }

    fn analysed(&self) -> Analysed {
        let analysed = analyse(&[&self.0], Options::default()).expect("a capture");
        check(&analysed);
        analysed
    }
}

/// One host for each message.
fn host(n: usize) -> u8 {
    u8::try_from(n + 1).expect("49 hosts")
}

fn datagrams(messages: &[(String, Vec<u8>)]) -> Report {
    let mut capture = Capture::new();
    for (n, (_, text)) in messages.iter().enumerate() {
        capture.udp(host(n), text);
    }
    capture.analysed().report
}

/// Names of the messages whose record is as asked, by the frame they came in.
fn named<'m>(
    report: &Report,
    messages: &'m [(String, Vec<u8>)],
    wanted: impl Fn(&Message) -> bool,
) -> Vec<&'m str> {
    let chosen = report.messages.iter().filter(|m| wanted(m));
    let name = |m: &Message| {
        let frame = usize::try_from(m.frame).expect("a frame");
        messages[frame - 1].0.as_str()
    };
    chosen.map(name).collect()
}

#[test]
fn every_message_in_a_datagram_is_in_the_report_with_what_is_wrong_with_it() {
    let messages = messages();
    let report = datagrams(&messages);
    let frames: Vec<u64> = report.messages.iter().map(|m| m.frame).collect();
    assert_eq!(frames, (1..=49).collect::<Vec<_>>());
    assert!(report.counters.undecoded_packets.is_empty());
    assert_eq!(report.counters.other_packets, 0);
    let warned: BTreeSet<&str> = report
        .messages
        .iter()
        .flat_map(|m| m.warnings.iter().map(|w| w.code.as_str()))
        .collect();
    assert!(warned.len() > 20, "{warned:?}");
    for code in warned {
        let told = report.findings.iter().any(|f| f.detail.starts_with(code));
        assert!(told || code == "bare_lf", "{code} is in no finding");
    }
}

/// By the CSeq column of `tshark -r torture-udp.pcap -T fields -e sip.Method -e sip.CSeq.method`, and
/// by hand for the five messages tshark does not take for SIP: all with method INVITE, or answers to
/// one, but insuf, which has no Call-ID; mismatch01 and mismatch02 are no INVITEs.
#[test]
fn calls_are_made_of_invites_and_registrations_of_registers() {
    let messages = messages();
    let report = datagrams(&messages);
    assert_eq!(
        named(&report, &messages, |m| m.call.is_some()),
        [
            "baddate", "badinv01", "bcast", "clerr", "esc01", "escruri", "inv2543", "invut",
            "longreq", "ltgtruri", "lwsruri", "lwsstart", "multi01", "ncl", "noreason", "quotbal",
            "sdp01", "unreason", "wsinv"
        ]
    );
    // esc02's method is RE%47IST%45R, another one (RFC 4475 §3.1.1.5).
    assert_eq!(
        named(&report, &messages, |m| m.registration.is_some()),
        [
            "cparam01", "cparam02", "dblreq", "escnull", "regaut01", "regbadct", "regescrt",
            "scalar02", "unksm2"
        ]
    );
}

#[test]
fn every_message_on_a_connection_of_its_own_is_in_the_report() {
    let messages = messages();
    for step in [60_000, 100, 1] {
        let mut capture = Capture::new();
        for (n, (_, text)) in messages.iter().enumerate() {
            capture.connection(host(n), text, step);
        }
        let report = capture.analysed().report;
        for (n, (name, _)) in messages.iter().enumerate() {
            let from = format!("192.0.2.{}", host(n));
            let came = report.messages.iter().filter(|m| m.src.address == from);
            // What follows the first request of dblreq is ignored in a datagram; on a stream it is
            // the next message.
            let expected = if name == "dblreq" { 2 } else { 1 };
            assert_eq!(came.count(), expected, "{name} in steps of {step}");
        }
    }
}

#[test]
fn all_messages_on_one_connection_are_told_apart() {
    let messages = messages();
    let row: Vec<u8> = messages.iter().flat_map(|(_, text)| text.clone()).collect();
    let apart = datagrams(&messages);
    for step in [1400, 7] {
        let mut capture = Capture::new();
        capture.connection(1, &row, step);
        let report = capture.analysed().report;
        let ids = |r: &Report| -> BTreeSet<String> {
            r.messages
                .iter()
                .filter_map(|m| m.call_id.clone())
                .collect()
        };
        let lost: Vec<String> = ids(&apart).difference(&ids(&report)).cloned().collect();
        // baddn lacks its blank line, so the start line of the next message stands in its headers.
        assert_eq!(lost, ["baddn.31415@c.example.com"], "in steps of {step}");
        assert_eq!(report.messages.len(), 49);
    }
}
