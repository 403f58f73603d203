//! NDJSON: the report's records one a line, as they become final.

use super::json_text;
use crate::report::Record;
use crate::report::model::{Counters, Generator, SCHEMA_ID, Source};
use serde::Serialize;
use std::io::{self, Write};

/// A line that is no record: what stands before and behind them.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(tag = "record", rename_all = "snake_case")]
enum Around<'a> {
    Report {
        schema: &'a str,
        generator: &'a Generator,
    },
    Source(&'a Source),
    Counters(&'a Counters),
}

/// Writes the first line: schema and program.
pub fn begin(w: &mut dyn Write) -> io::Result<()> {
    let head = Around::Report {
        schema: SCHEMA_ID,
        generator: &Generator::default(),
    };
    json_text::write_line(&head, w)
}

/// Writes one record as one line with `"record"` as its first key.
pub fn write_record(record: &Record<'_>, w: &mut dyn Write) -> io::Result<()> {
    json_text::write_line(record, w)
}

/// Writes the last lines: the sources, when their reading ended, and the counts.
pub fn end(sources: &[Source], counters: &Counters, w: &mut dyn Write) -> io::Result<()> {
    for source in sources {
        json_text::write_line(&Around::Source(source), w)?;
    }
    json_text::write_line(&Around::Counters(counters), w)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::fixtures::{self, rendered};
    use crate::types::{KindSet, RecordKind};
    use serde_json::Value;

    #[test]
    fn every_ndjson_line_is_an_object_that_says_first_what_it_is() {
        let report = fixtures::proxied();
        let kinds = KindSet::of(&[RecordKind::Message, RecordKind::Stream]);
        let text = rendered(|w| {
            begin(w)?;
            report
                .records(kinds)
                .try_for_each(|record| write_record(&record, w))?;
            end(&report.sources, &report.counters, w)
        });
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
