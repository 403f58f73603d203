//! The whole way: captures through the pipeline to every renderer.

use super::choices::Choices;
use sipflow::call::{Beside, CallRecord, DialogRecord, RegistrationRecord, TransactionRecord};
use sipflow::explain::{Lookup, describe, info_line};
use sipflow::media::StreamRecord;
use sipflow::pipeline::{Options, Pipeline, SeenMessage, Sink};
use sipflow::render::json::Layout;
use sipflow::render::messages::{LongInfo, MessageRow};
use sipflow::render::report::ReportOptions;
use sipflow::render::{Style, calls, csv, json, ladder, messages, ndjson, report, show, streams};
use sipflow::report::model::{self, Report};
use sipflow::report::{Collector, Record, StreamOut, TextStore, assemble, source_of};
use sipflow::source::{CaptureFile, Merged, Spool};
use sipflow::types::{CaptureTime, FileRange, FrameNo, KindSet, LinkType, Packet, SourceId};
use std::io;

/// Texts of captures that are not files: all are kept.
#[derive(Default)]
pub struct Kept(Spool);

impl TextStore for Kept {
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

/// What came of an analysis, and what it took.
pub struct Analysed {
    pub report: Report,
    /// As JSON, then as CSV.
    pub json: Vec<u8>,
    /// As every text renderer prints it.
    pub text: Vec<u8>,
    /// Packets handled.
    pub packets: u64,
    /// Records and messages handed to the sink.
    pub events: u64,
}

/// Counts what goes through.
pub struct Counted<'s> {
    pub inner: &'s mut dyn Sink,
    pub events: u64,
}

impl Sink for Counted<'_> {
    fn message(&mut self, m: &SeenMessage<'_>) {
        self.events += 1;
        self.inner.message(m);
    }
    fn transaction(&mut self, r: TransactionRecord) {
        self.events += 1;
        self.inner.transaction(r);
    }
    fn dialog(&mut self, r: DialogRecord) {
        self.events += 1;
        self.inner.dialog(r);
    }
    fn call(&mut self, r: CallRecord) {
        self.events += 1;
        self.inner.call(r);
    }
    fn registration(&mut self, r: RegistrationRecord) {
        self.events += 1;
        self.inner.registration(r);
    }
    fn beside(&mut self, seen: Beside) {
        self.inner.beside(seen);
    }
    fn stream(&mut self, r: StreamRecord) {
        self.events += 1;
        self.inner.stream(r);
    }
    fn time(&mut self, now: CaptureTime) {
        self.inner.time(now);
    }
}

/// Captures as one input; `None` where one of them is no capture.
pub fn open(files: &[&[u8]]) -> Option<Merged> {
    let open = |(i, bytes): (usize, &&[u8])| {
        let reader = Box::new(io::Cursor::new(bytes.to_vec()));
        let source = SourceId(u16::try_from(i).expect("few files"));
        CaptureFile::from_reader("capture", source, reader).ok()
    };
    let files: Option<Vec<_>> = files.iter().enumerate().map(open).collect();
    Some(Merged::from_files(files?))
}

/// Everything that can be shown of the captures; `None` where one of them is no capture.
pub fn analyse(files: &[&[u8]], options: Options) -> Option<Analysed> {
    let mut input = open(files)?;
    let mut texts = Kept::default();
    let mut pipeline = Pipeline::new(options);
    let mut collector = Collector::new(KindSet::ALL, &mut texts);
    let mut sink = Counted {
        inner: &mut collector,
        events: 0,
    };
    let mut packets = 0;
    while input.advance() {
        packets += 1;
        pipeline.handle_packet(&input.packet(), &mut sink);
    }
    let summary = pipeline.finish(&mut sink);
    let events = sink.events;
    let mut collected = collector.finish().expect("texts are kept");
    let sources = input.infos().map(source_of).collect();
    let mut report = assemble(&mut collected, &summary, sources);
    let mut shown = Vec::new();
    for read in collected.messages_with_text(&mut texts, summary.first_time, true) {
        shown.push(read.expect("texts are read again"));
    }
    report.messages = shown.iter().map(|(m, _)| m.clone()).collect();
    let mut out = Vec::new();
    json::write_whole(&report, KindSet::ALL, Layout::Compact, &mut out).expect("memory takes it");
    tables_of(&report, &mut out).expect("memory takes it");
    let text = texts_of(&report, &shown).expect("memory takes it");
    assert_eq!(report.messages.len(), collected.message_count());
    Some(Analysed {
        report,
        json: out,
        text,
        packets,
        events,
    })
}

/// The records as NDJSON, one by one as they become final.
pub fn stream_out(files: &[&[u8]], options: Options) -> Option<Vec<u8>> {
    let mut input = open(files)?;
    let mut out = Vec::new();
    let mut emit =
        |record: Record<'_>| -> io::Result<()> { ndjson::write_record(&record, &mut out) };
    let mut sink = StreamOut::new(false, &mut emit);
    let mut pipeline = Pipeline::new(options);
    while input.advance() {
        pipeline.handle_packet(&input.packet(), &mut sink);
    }
    let summary = pipeline.finish(&mut sink);
    let sources: Vec<_> = input.infos().map(source_of).collect();
    sink.finish(&summary, &sources).expect("memory takes it");
    Some(out)
}

/// The three CSV tables; lines end in CR LF there.
fn tables_of(report: &Report, out: &mut Vec<u8>) -> io::Result<()> {
    csv::calls(report, csv::Formulas::Defused, out)?;
    csv::streams(report, csv::Formulas::Defused, out)?;
    csv::messages(
        &mut report.messages.iter().map(|m| Ok(m.clone())),
        csv::Formulas::Defused,
        out,
    )
}

/// Every text renderer once.
fn texts_of(report: &Report, shown: &[(model::Message, Vec<u8>)]) -> io::Result<Vec<u8>> {
    /// What one report is drawn of in full; damage repeats itself.
    const DRAWN: usize = 100;
    let style = Style::default();
    let mut out = Vec::new();
    report::render(report, &ReportOptions::default(), &style, &mut out)?;
    calls::table(report, &style, &mut out)?;
    calls::log(report, &style, &mut out)?;
    streams::table(report, &style, &mut out)?;
    streams::details(report, None, &style, &mut out)?;
    if report.calls.len() + report.registrations.len() <= DRAWN {
        ladder::render(
            report,
            ladder::Which::Everything,
            ladder::Extent::READABLE,
            &style,
            &mut out,
        )?;
    }
    let infos: Vec<String> = shown.iter().map(|(_, text)| info_line(text)).collect();
    let rows: Vec<MessageRow<'_>> = shown
        .iter()
        .zip(infos)
        .map(|((message, _), info)| MessageRow {
            message,
            info,
            previous_message: None,
        })
        .collect();
    messages::table(&rows, LongInfo::Keep, &style, &mut out)?;
    let lookup = Lookup::new(report);
    for (message, text) in shown.iter().take(DRAWN) {
        messages::byline(message, text, &style, &mut out)?;
        messages::single(message, text, &style, &mut out)?;
        let description = describe(&lookup, message, text);
        show::render(message, &description, None, &style, &mut out)?;
    }
    Ok(out)
}
/// The bytes as a capture file: whatever they are, they give the same report twice, as text no
/// terminal can be harmed by.
pub fn pipeline(data: &[u8]) {
    let options = small_limits();
    let Some(once) = analyse(&[data], options.clone()) else {
        return;
    };
    let again = analyse(&[data], options.clone()).expect("it opened before");
    assert!(once.json == again.json, "the same bytes, another report");
    assert!(once.text == again.text, "the same bytes, another text");
    let streamed = stream_out(&[data], options.clone());
    assert!(streamed == stream_out(&[data], options), "another NDJSON");
    check(&once);
}

/// What holds for every report.
pub fn check(a: &Analysed) {
    let text = std::str::from_utf8(&a.text).expect("text is UTF-8");
    if let Some(c) = text.chars().find(|c| c.is_control() && *c != '\n') {
        panic!("{c:?} reaches a terminal");
    }
    let c = &a.report.counters;
    assert_eq!(c.packets, a.packets);
    assert_eq!(c.sip_messages, a.report.messages.len() as u64);
    let counted: u64 = c
        .sip_requests
        .values()
        .chain(c.sip_responses.values())
        .sum();
    assert!(counted <= c.sip_messages);
    for s in &a.report.streams {
        assert!(s.lost <= s.expected, "lost of what was never sent");
        assert!(s.lost_percent.is_none_or(|p| (0.0..=100.0).contains(&p)));
        assert!(s.packets > 0);
    }
}

/// Limits a few kilobytes of input can reach.
pub fn small_limits() -> Options {
    let mut options = Options::default();
    let l = &mut options.limits;
    l.call.open_call_ids = 8;
    l.call.transactions_per_call_id = 8;
    l.call.dialogs_per_call_id = 4;
    l.media.streams = 8;
    l.media.candidates = 8;
    l.media.announcements = 16;
    l.media.endpoints_per_announcement = 4;
    l.media.sources_per_announcement = 4;
    l.media.streams_per_flow = 4;
    l.fragments.datagrams = 8;
    l.fragments.fragments = 8;
    l.tcp.flows = 8;
    l.tcp.queued_per_direction = 4096;
    l.tcp.queued_total = 16_384;
    options
}

/// What a capture agent sends its collector, one datagram or several: `data` is lengths and payloads.
pub fn hep(data: &[u8]) {
    let mut c = Choices::new(data);
    let mut pipeline = Pipeline::new(Options::default());
    let mut texts = Kept::default();
    let mut collector = Collector::new(KindSet::ALL, &mut texts);
    let mut frame = 0;
    while !c.is_done() && frame < 64 {
        frame += 1;
        let len = usize::from(c.word() % 2048);
        let packet = hep_packet(c.take(len));
        pipeline.handle_packet(
            &Packet {
                source: SourceId(0),
                frame: FrameNo(frame),
                time: CaptureTime::from_nanos(i64::try_from(frame).expect("few") * 1_000_000),
                link: LinkType(101),
                data: &packet,
                wire_len: u32::try_from(packet.len()).expect("small"),
                file_offset: None,
            },
            &mut collector,
        );
    }
    let summary = pipeline.finish(&mut collector);
    assert_eq!(summary.counters.packets, frame, "a packet is lost");
}

/// An IPv4/UDP packet (RFC 791, 768; no link layer) to HEP's port 9060.
fn hep_packet(payload: &[u8]) -> Vec<u8> {
    let udp = u16::try_from(8 + payload.len()).expect("small");
    let mut packet = vec![0x45, 0];
    packet.extend_from_slice(&(udp + 20).to_be_bytes());
    packet.extend_from_slice(&[0, 0, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2]);
    for word in [9060, 9060, udp, 0] {
        packet.extend_from_slice(&u16::to_be_bytes(word));
    }
    packet.extend_from_slice(payload);
    packet
}
