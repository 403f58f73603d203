//! Packets made as they are needed, handed straight to a pipeline, and what that cost.

use sipflow::call::{CallRecord, DialogRecord, RegistrationRecord, TransactionRecord};
use sipflow::media::StreamRecord;
use sipflow::pipeline::{Options, Pipeline, SeenMessage, Sink, Summary};
use sipflow::report::model::Report;
use sipflow::report::{Collector, KeepLimits, TextStore, assemble};
use sipflow::source::Spool;
use sipflow::types::{CaptureTime, Delta, FileRange, FrameNo, KindSet, LinkType, Packet, SourceId};
use std::io;

/// Builds Ethernet frames, one after the other in one buffer.
pub struct Wire {
    bytes: Vec<u8>,
    frame: u64,
    pub now: CaptureTime,
    pub step: Delta,
}

/// Addresses and ports of a packet.
#[derive(Clone, Copy)]
pub struct Ends {
    pub src: [u8; 4],
    pub src_port: u16,
    pub dst: [u8; 4],
    pub dst_port: u16,
}

/// A host out of 2^24.
pub fn host(n: u64) -> [u8; 4] {
    let [.., a, b, c] = n.to_be_bytes();
    [10, a, b, c]
}

/// TCP flags.
pub const SYN: u8 = 2;
pub const ACK: u8 = 16;

impl Wire {
    pub fn new(step: Delta) -> Self {
        Wire {
            bytes: Vec::new(),
            frame: 0,
            now: CaptureTime::from_secs_nanos(1_800_000_000, 0),
            step,
        }
    }

    fn ip(&mut self, ends: &Ends, protocol: u8, id: u16, fragment: u16, len: usize) {
        self.bytes.clear();
        self.bytes
            .extend([2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0]);
        let total = u16::try_from(20 + len).expect("one IP packet");
        let [id0, id1] = id.to_be_bytes();
        let [f0, f1] = fragment.to_be_bytes();
        let [t0, t1] = total.to_be_bytes();
        self.bytes
            .extend([0x45, 0, t0, t1, id0, id1, f0, f1, 64, protocol, 0, 0]);
        self.bytes.extend(ends.src);
        self.bytes.extend(ends.dst);
    }

    /// A UDP datagram.
    pub fn udp(&mut self, ends: &Ends, payload: &[u8]) -> Packet<'_> {
        self.ip(ends, 17, 0, 0, 8 + payload.len());
        self.bytes.extend(ends.src_port.to_be_bytes());
        self.bytes.extend(ends.dst_port.to_be_bytes());
        let len = u16::try_from(8 + payload.len()).expect("one datagram");
        self.bytes.extend(len.to_be_bytes());
        self.bytes.extend([0, 0]);
        self.bytes.extend(payload);
        self.packet()
    }

    /// A TCP segment.
    pub fn tcp(&mut self, ends: &Ends, seq: u32, flags: u8, payload: &[u8]) -> Packet<'_> {
        self.ip(ends, 6, 1, 0, 20 + payload.len());
        self.bytes.extend(ends.src_port.to_be_bytes());
        self.bytes.extend(ends.dst_port.to_be_bytes());
        self.bytes.extend(seq.to_be_bytes());
        self.bytes
            .extend([0, 0, 0, 1, 0x50, flags, 0xff, 0xff, 0, 0, 0, 0]);
        self.bytes.extend(payload);
        self.packet()
    }

    /// A fragment of a UDP datagram; `offset` counts units of eight bytes.
    pub fn fragment(&mut self, ends: &Ends, id: u16, offset: u16, payload: &[u8]) -> Packet<'_> {
        const MORE: u16 = 0x2000;
        self.ip(ends, 17, id, MORE | offset, payload.len());
        self.bytes.extend(payload);
        self.packet()
    }

    /// The ICMP error of a datagram that reached a closed port, from the host it was sent to: the whole
    /// datagram behind it (RFC 792).
    pub fn port_unreachable(&mut self, of: &Ends, payload: &[u8]) -> Packet<'_> {
        let datagram = self.udp(of, payload).data.to_vec();
        let (_, quoted) = datagram.split_at(14);
        let back = Ends {
            src: of.dst,
            dst: of.src,
            ..*of
        };
        self.ip(&back, 1, 0, 0, 8 + quoted.len());
        self.bytes.extend([3, 3, 0, 0, 0, 0, 0, 0]);
        self.bytes.extend(quoted);
        self.packet()
    }

    fn packet(&mut self) -> Packet<'_> {
        self.frame += 1;
        self.now = self.now + self.step;
        Packet {
            source: SourceId(0),
            frame: FrameNo(self.frame),
            time: self.now,
            link: LinkType(1),
            data: &self.bytes,
            wire_len: u32::try_from(self.bytes.len()).expect("one packet"),
            file_offset: Some(24 + self.frame * 100),
        }
    }
}

/// Counts records and lets them go, as a reader of NDJSON would.
#[derive(Default)]
pub struct LetGo {
    pub messages: u64,
    pub records: u64,
}

impl Sink for LetGo {
    fn message(&mut self, _: &SeenMessage<'_>) {
        self.messages += 1;
    }
    fn transaction(&mut self, _: TransactionRecord) {
        self.records += 1;
    }
    fn dialog(&mut self, _: DialogRecord) {
        self.records += 1;
    }
    fn call(&mut self, _: CallRecord) {
        self.records += 1;
    }
    fn registration(&mut self, _: RegistrationRecord) {
        self.records += 1;
    }
    fn stream(&mut self, _: StreamRecord) {
        self.records += 1;
    }
}

/// Texts nobody asks for again.
#[derive(Default)]
struct Texts(Spool);

impl TextStore for Texts {
    fn keep(&mut self, bytes: &[u8]) -> io::Result<u64> {
        self.0.append(bytes)
    }
    fn clear(&mut self) {
        self.0.clear();
    }
    fn read_kept(&mut self, at: u64, len: u32, into: &mut Vec<u8>) -> io::Result<()> {
        self.0.read(at, len as usize, into)
    }
    fn read_file(&mut self, _: FileRange, _: &mut Vec<u8>) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

/// Runs packets through a pipeline whose records are let go.
pub fn let_go(
    options: Options,
    packets: impl FnOnce(&mut dyn FnMut(&Packet<'_>)),
) -> (Summary, LetGo) {
    let mut pipeline = Pipeline::new(options);
    let mut sink = LetGo::default();
    packets(&mut |p| pipeline.handle_packet(p, &mut sink));
    let summary = pipeline.finish(&mut sink);
    (summary, sink)
}

/// The same, with everything a report needs kept.
pub fn report(options: Options, packets: impl FnOnce(&mut dyn FnMut(&Packet<'_>))) -> Report {
    report_within(KeepLimits::of(KindSet::ALL), options, packets)
}

/// The same with other limits of what is kept.
pub fn report_within(
    limits: KeepLimits,
    options: Options,
    packets: impl FnOnce(&mut dyn FnMut(&Packet<'_>)),
) -> Report {
    let mut texts = Texts::default();
    let mut collector = Collector::with_limits(KindSet::ALL, limits, &mut texts);
    let mut pipeline = Pipeline::new(options);
    packets(&mut |p| pipeline.handle_packet(p, &mut collector));
    let summary = pipeline.finish(&mut collector);
    let mut collected = collector.finish().expect("texts are kept");
    assemble(&mut collected, &summary, Vec::new())
}

/// The same with its messages: what renderers of text get.
pub fn whole_report(options: Options, packets: impl FnOnce(&mut dyn FnMut(&Packet<'_>))) -> Report {
    let mut texts = Texts::default();
    let mut collector = Collector::new(KindSet::ALL, &mut texts);
    let mut pipeline = Pipeline::new(options);
    packets(&mut |p| {
        // No file to read it again from.
        let packet = Packet {
            file_offset: None,
            ..*p
        };
        pipeline.handle_packet(&packet, &mut collector);
    });
    let summary = pipeline.finish(&mut collector);
    let mut collected = collector.finish().expect("texts are kept");
    let mut report = assemble(&mut collected, &summary, Vec::new());
    let messages = collected.messages(&mut texts, summary.first_time, false, &|_| true);
    report.messages = messages.map(|m| m.expect("texts are kept")).collect();
    report
}

/// What `limit_reached` findings say was reached.
pub fn limits(report: &Report) -> Vec<String> {
    let reached = report.findings.iter().filter(|f| f.code == "limit_reached");
    reached
        .map(|f| f.title.rsplit(": ").next().unwrap_or_default().to_owned())
        .collect()
}
