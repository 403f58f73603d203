//! A live capture looks at the clock between packets, a file is read without: the records are the same.

mod support;

use sipflow::pipeline::{Options, Pipeline};
use sipflow::render::ndjson::write_record;
use sipflow::report::{Record, StreamOut};
use sipflow::source::CaptureFile;
use sipflow::types::{Delta, SourceId};
use std::path::Path;

/// The records of a capture as JSON, sorted; the clock is looked at every `step` of silence. Silence of a second
/// or more is made `longer`.
fn records(path: &Path, step: Option<Delta>, longer: Delta) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut emit = |record: Record<'_>| {
        let mut text = Vec::new();
        write_record(&record, &mut text)?;
        lines.push(without_numbers_of_findings(&text));
        Ok(())
    };
    let mut out = StreamOut::new(false, &mut emit);
    let mut pipeline = Pipeline::new(Options::default());
    let mut file = CaptureFile::open(path, SourceId(0)).expect("a capture");
    let mut last = None;
    let mut later = Delta::from_secs(0);
    let mut before = None;
    while file.advance() {
        let mut packet = file.packet();
        if before.is_some_and(|before| packet.time - before >= Delta::from_secs(1)) {
            later += longer;
        }
        before = Some(packet.time);
        packet.time = packet.time + later;
        if let (Some(step), Some(last)) = (step, last) {
            let mut now = last;
            while now + step < packet.time {
                now = now + step;
                pipeline.advance(now, &mut out);
            }
        }
        last = Some(packet.time);
        pipeline.handle_packet(&packet, &mut out);
    }
    let summary = pipeline.finish(&mut out);
    out.finish(&summary, &[]).expect("records");
    lines.sort();
    lines
}

/// Findings are numbered as they are told, and which of two calls that end close to each other is told first depends
/// on when the clock is looked at.
fn without_numbers_of_findings(record: &[u8]) -> String {
    let mut record: serde_json::Value = serde_json::from_slice(record).expect("JSON");
    if record["record"] == "finding" {
        record["id"] = serde_json::Value::Null;
    }
    if let Some(findings) = record.get_mut("findings") {
        *findings = findings.as_array().map_or(0, Vec::len).into();
    }
    record.to_string()
}

#[test]
fn looking_at_the_clock_between_packets_changes_no_record() {
    let cases = std::fs::read_dir(support::testdata("cases")).expect("cases");
    let mut seen = 0;
    for case in cases {
        let path = case.expect("a case").path().join("capture.pcap");
        if !path.exists() {
            continue;
        }
        seen += 1;
        // As captured; and with streams and transactions that time out meanwhile. (Where nothing at all is
        // captured until a ringing call times out, 600 s, and half a minute longer, a file closes that call later.)
        for longer in [0, 40, 100, 400].map(Delta::from_secs) {
            let expected = records(&path, None, longer);
            for ms in [200, 1370] {
                let found = records(&path, Some(Delta::from_millis(ms)), longer);
                let of = format!("{} every {ms} ms, {longer:?} longer", path.display());
                for (found, expected) in found.iter().zip(&expected) {
                    assert_eq!(found, expected, "{of}");
                }
                assert_eq!(found.len(), expected.len(), "{of}");
            }
        }
    }
    assert!(seen > 20, "{seen} cases");
}
