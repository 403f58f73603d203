//! Expressions as they are typed: read or refused with a place, and asked of the records of a call.

use super::parsers::SHORTEST;
use super::whole::Kept;
use sipflow::pipeline::{Options, Pipeline};
use sipflow::query::{Item, Query};
use sipflow::report::model::{Message, Report};
use sipflow::report::{Collector, assemble};
use sipflow::types::{CaptureTime, FrameNo, KindSet, LinkType, Packet, QueryKind, SourceId};
use std::hint::black_box;
use std::sync::LazyLock;

/// A call that is refused.
const MESSAGES: [&str; 2] = [
    "INVITE sip:bob@b SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\nFrom: <sip:a@a>;tag=1\r\n\
     To: <sip:bob@b>\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\nUser-Agent: x\r\nContent-Length: 0\r\n\r\n",
    "SIP/2.0 486 Busy Here\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\nFrom: <sip:a@a>;tag=1\r\n\
     To: <sip:bob@b>;tag=2\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n",
];

static REPORT: LazyLock<Report> = LazyLock::new(|| {
    let mut texts = Kept::default();
    let mut pipeline = Pipeline::new(Options::default());
    let mut collector = Collector::new(KindSet::ALL, &mut texts);
    for (text, n) in MESSAGES.iter().zip(1u8..) {
        assert!(text.len() > SHORTEST);
        let (from, to) = if n == 1 { (1, 2) } else { (2, 1) };
        let udp = u16::try_from(8 + text.len()).expect("small");
        let mut data = vec![0x45, 0];
        data.extend((udp + 20).to_be_bytes());
        data.extend([0, 0, 0, 0, 64, 17, 0, 0, 192, 0, 2, from, 192, 0, 2, to]);
        for word in [5060, 5060, udp, 0] {
            data.extend(word.to_be_bytes());
        }
        data.extend(text.bytes());
        let packet = Packet {
            source: SourceId(0),
            frame: FrameNo(n.into()),
            time: CaptureTime::from_nanos(i64::from(n) * 1_000_000_000),
            link: LinkType(101),
            data: &data,
            wire_len: u32::try_from(data.len()).expect("small"),
            file_offset: None,
        };
        pipeline.handle_packet(&packet, &mut collector);
    }
    let summary = pipeline.finish(&mut collector);
    let mut collected = collector.finish().expect("texts are kept");
    let mut report = assemble(&mut collected, &summary, Vec::new());
    let messages = collected.messages(&mut texts, summary.first_time, false, &|_| true);
    report.messages = messages.collect::<Result<_, _>>().expect("texts are kept");
    assert_eq!((report.calls.len(), report.messages.len()), (1, 2));
    report
});

/// Which records, then the expression.
pub fn run(data: &[u8]) {
    let Some((first, text)) = data.split_first() else {
        return;
    };
    let kinds = QueryKind::ALL;
    let kind = kinds[usize::from(*first) % kinds.len()];
    let text = String::from_utf8_lossy(text);
    let query = match Query::parse(&text, kind) {
        Ok(query) => query,
        Err(error) => {
            assert!(error.at.start <= error.at.end && error.at.end <= text.len());
            assert!(error.near.len() <= 3 && !error.what.is_empty());
            black_box(error.to_string());
            return;
        }
    };
    let report = &*REPORT;
    let read = |id: u32, seen: &mut dyn FnMut(&Message)| {
        report.messages.iter().filter(|m| m.id == id).for_each(seen);
    };
    let related = query.related(report, &read);
    for record in report.records(KindSet::of(&[kind.record()])) {
        let item = Item::from(record);
        let holds = query.matches(item, &related);
        assert_eq!(holds, query.matches(item, &related), "asked twice");
        // Its contrary holds where it does not.
        if let Ok(contrary) = Query::parse(&format!("not ({text})"), kind) {
            assert_ne!(holds, contrary.matches(item, &related), "not ({text})");
        }
    }
}
