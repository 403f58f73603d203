//! NDJSON: the report's records one a line, as they become final.

use super::json::RecordSelection;
use super::json_text;
use crate::report::model::{
    Call, Counters, Dialog, Finding, Generator, Message, Registration, Report, Source, Stream,
    Transaction,
};
use serde::Serialize;
use std::io::{self, BufWriter, Write};

/// One line of NDJSON.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(tag = "record", rename_all = "snake_case")]
pub enum Record<'a> {
    /// The first line: schema and program.
    Report(Head<'a>),
    /// A source, when its reading ended.
    Source(&'a Source),
    /// A message.
    Message(&'a Message),
    /// A transaction.
    Transaction(&'a Transaction),
    /// A dialog.
    Dialog(&'a Dialog),
    /// A call.
    Call(&'a Call),
    /// A registration.
    Registration(&'a Registration),
    /// A stream.
    Stream(&'a Stream),
    /// A finding.
    Finding(&'a Finding),
    /// The counts, at the end.
    Counters(&'a Counters),
}

/// What stands above the records.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Head<'a> {
    /// `sipflow/report/1`.
    pub schema: &'a str,
    /// The program.
    pub generator: &'a Generator,
}

impl<'a> Head<'a> {
    /// The head of `report`.
    pub fn of(report: &'a Report) -> Self {
        Head {
            schema: &report.schema,
            generator: &report.generator,
        }
    }
}

/// Writes one record as one line with `"record"` as its first key.
pub fn write_record(record: &Record<'_>, w: &mut dyn Write) -> io::Result<()> {
    // serde_json writes every quote and comma by itself: not each of them through `dyn Write`.
    let mut line = BufWriter::with_capacity(LINE, w);
    json_text::write_compact(record, &mut line)?;
    line.write_all(b"\n")?;
    line.flush()
}

/// Octets gathered for one write.
const LINE: usize = 960;

/// Writes a whole report as NDJSON: the head, every record selected, the counters.
pub fn write_report(
    report: &Report,
    select: &RecordSelection,
    w: &mut dyn Write,
) -> io::Result<()> {
    write_record(&Record::Report(Head::of(report)), w)?;
    for source in &report.sources {
        write_record(&Record::Source(source), w)?;
    }
    for m in report.messages.iter().filter(|_| select.messages) {
        write_record(&Record::Message(m), w)?;
    }
    for t in report.transactions.iter().filter(|_| select.transactions) {
        write_record(&Record::Transaction(t), w)?;
    }
    for d in report.dialogs.iter().filter(|_| select.dialogs) {
        write_record(&Record::Dialog(d), w)?;
    }
    for c in report.calls.iter().filter(|_| select.calls) {
        write_record(&Record::Call(c), w)?;
    }
    for r in report.registrations.iter().filter(|_| select.registrations) {
        write_record(&Record::Registration(r), w)?;
    }
    for s in report.streams.iter().filter(|_| select.streams) {
        write_record(&Record::Stream(s), w)?;
    }
    for f in report.findings.iter().filter(|_| select.findings) {
        write_record(&Record::Finding(f), w)?;
    }
    write_record(&Record::Counters(&report.counters), w)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::fixtures::{self, rendered};
    use serde_json::Value;

    #[test]
    fn every_ndjson_line_is_an_object_that_says_first_what_it_is() {
        let report = fixtures::proxied();
        let select = RecordSelection::parse("messages,streams").unwrap();
        let text = rendered(|w| write_report(&report, &select, w));
        let kinds: Vec<String> = text
            .lines()
            .map(|line| {
                assert!(line.starts_with("{\"record\":\""), "{line}");
                let value: Value = serde_json::from_str(line).unwrap();
                value["record"].as_str().unwrap().to_owned()
            })
            .collect();
        let count = |kind: &str| kinds.iter().filter(|k| *k == kind).count();
        assert_eq!(kinds.first().map(String::as_str), Some("report"));
        assert_eq!(kinds.last().map(String::as_str), Some("counters"));
        assert_eq!(
            (count("message"), count("stream"), count("call")),
            (24, 2, 0)
        );
    }
}
