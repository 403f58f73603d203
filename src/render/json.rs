//! The one JSON document of the contract, written as it is produced.

use super::json_text;
use crate::report::model::{Message, Report};
use crate::types::{KindSet, RecordKind, record_kinds};
use serde::ser::{Error as _, SerializeSeq, Serializer};
use serde::{Serialize, ser::SerializeMap};
use std::cell::RefCell;
use std::io::{self, Write};

/// How the document is laid out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Layout {
    /// Two blanks an indent.
    #[default]
    Pretty,
    /// One line.
    Compact,
}

/// Writes the arrays of `kinds` of `head`, with `messages` in place of its own, one after the other as the iterator brings
/// them, so that no more than one is in memory. Ends in a newline.
///
/// An error of the iterator ends the document where it stands and is returned.
pub fn write_report(
    head: &Report,
    messages: &mut dyn Iterator<Item = io::Result<Message>>,
    kinds: KindSet,
    layout: Layout,
    w: &mut dyn Write,
) -> io::Result<()> {
    let messages = Streamed {
        messages: RefCell::new(messages),
        failed: RefCell::new(None),
    };
    let written = document(head, &messages, kinds, layout, w);
    match messages.failed.into_inner() {
        Some(error) => Err(error),
        None => written,
    }
}

/// Writes a report that holds its messages. What is no array (`schema`, `counters`, …) is always there.
pub fn write_whole(
    report: &Report,
    kinds: KindSet,
    layout: Layout,
    w: &mut dyn Write,
) -> io::Result<()> {
    document(report, &report.messages, kinds, layout, w)
}

fn document(
    head: &Report,
    messages: &impl Serialize,
    kinds: KindSet,
    layout: Layout,
    w: &mut dyn Write,
) -> io::Result<()> {
    let document = Document {
        head,
        messages,
        kinds,
    };
    let written = match layout {
        Layout::Pretty => json_text::write_pretty(&document, w),
        Layout::Compact => json_text::write_compact(&document, w),
    };
    if written.is_ok() {
        w.write_all(b"\n")?;
    }
    w.flush()?;
    written
}

struct Document<'a, M> {
    head: &'a Report,
    messages: &'a M,
    kinds: KindSet,
}

macro_rules! document {
    ($($kind:ident $one:literal $many:ident,)+) => {
        impl<M: Serialize> Serialize for Document<'_, M> {
            fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                // Taken apart field by field, so that a field added to the model cannot be forgotten here.
                let Report {
                    schema,
                    generator,
                    sources,
                    counters,
                    capture,
                    packets,
                    hop_comparisons,
                    named: _,
                    $($many: _,)+
                } = self.head;
                let mut map = s.serialize_map(None)?;
                map.serialize_entry("schema", schema)?;
                map.serialize_entry("generator", generator)?;
                map.serialize_entry("sources", sources)?;
                map.serialize_entry("counters", counters)?;
                map.serialize_entry("capture", capture)?;
                $(if self.kinds.has(RecordKind::$kind) {
                    let array = stringify!($many);
                    match RecordKind::$kind {
                        RecordKind::Message => map.serialize_entry(array, self.messages)?,
                        _ => map.serialize_entry(array, &self.head.$many)?,
                    }
                })+
                if !packets.is_empty() {
                    map.serialize_entry("packets", packets)?;
                }
                if !hop_comparisons.is_empty() {
                    map.serialize_entry("hop_comparisons", hop_comparisons)?;
                }
                map.end()
            }
        }
    };
}

record_kinds!(document);

/// Messages that exist one at a time. Serialising consumes them; an input error is kept aside, since
/// serde's error cannot carry it.
struct Streamed<'a> {
    messages: RefCell<&'a mut dyn Iterator<Item = io::Result<Message>>>,
    failed: RefCell<Option<io::Error>>,
}

impl Serialize for Streamed<'_> {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let mut seq = s.serialize_seq(None)?;
        for message in &mut **self.messages.borrow_mut() {
            match message {
                Ok(message) => seq.serialize_element(&message)?,
                Err(error) => {
                    let text = error.to_string();
                    *self.failed.borrow_mut() = Some(error);
                    return Err(S::Error::custom(text));
                }
            }
        }
        seq.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::fixtures::{self, rendered};
    use crate::render::schema::schema;
    use serde_json::Value;

    fn keys(text: &str) -> Vec<String> {
        let value: Value = serde_json::from_str(text).unwrap();
        value.as_object().unwrap().keys().cloned().collect()
    }

    fn assert_valid(text: &str) {
        let value: Value = serde_json::from_str(text).unwrap();
        let validator = jsonschema::validator_for(&schema()).unwrap();
        let errors: Vec<String> = validator
            .iter_errors(&value)
            .map(|e| e.to_string())
            .collect();
        assert!(errors.is_empty(), "{errors:#?}");
    }

    #[test]
    fn a_streamed_document_is_the_whole_one_and_reads_back_as_the_report() {
        for report in [fixtures::proxied(), fixtures::troubles()] {
            let whole = rendered(|w| write_whole(&report, KindSet::ALL, Layout::Pretty, w));
            let mut head = report.clone();
            let messages = std::mem::take(&mut head.messages);
            let mut messages = messages.into_iter().map(Ok);
            let streamed =
                rendered(|w| write_report(&head, &mut messages, KindSet::ALL, Layout::Pretty, w));
            assert_eq!(streamed, whole);
            let mut plain = Vec::new();
            json_text::write_pretty(&report, &mut plain).unwrap();
            assert_eq!(whole, String::from_utf8(plain).unwrap() + "\n");
            assert_eq!(serde_json::from_str::<Report>(&whole).unwrap(), report);
            assert_valid(&whole);
        }
    }

    #[test]
    fn the_schema_rejects_what_the_contract_does_not_know() {
        let validator = jsonschema::validator_for(&schema()).unwrap();
        let whole = |change: fn(&mut Value)| {
            let mut value = serde_json::to_value(fixtures::proxied()).unwrap();
            change(&mut value);
            validator.is_valid(&value)
        };
        assert!(whole(|_| ()));
        assert!(!whole(|v| v["calls"][0]["outcome"] = Value::Null));
        assert!(!whole(|v| v["schema"] = "sipflow/report/2".into()));
        assert!(!whole(|v| v["messages"][0]["time"] = "2026-11-20".into()));
        assert!(!whole(|v| {
            v["streams"][0].as_object_mut().unwrap().remove("lost");
        }));
    }

    #[test]
    fn selected_records_alone_are_written_in_document_order() {
        let select = KindSet::of(&[RecordKind::Stream, RecordKind::Call]);
        let report = fixtures::proxied();
        let text = rendered(|w| write_whole(&report, select, Layout::Compact, w));
        assert_eq!(
            keys(&text),
            [
                "schema",
                "generator",
                "sources",
                "counters",
                "capture",
                "calls",
                "streams"
            ]
        );
        assert_valid(&text);
        assert_eq!(text.lines().count(), 1);
    }

    #[test]
    fn an_input_error_amid_the_messages_is_the_error_returned() {
        let mut head = fixtures::proxied();
        let first = head.messages.remove(0);
        let mut messages = vec![
            Ok(first),
            Err(io::Error::new(io::ErrorKind::UnexpectedEof, "gone")),
        ]
        .into_iter();
        let mut out = Vec::new();
        let result = write_report(
            &head,
            &mut messages,
            KindSet::ALL,
            Layout::Compact,
            &mut out,
        );
        assert_eq!(result.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }

    #[test]
    fn a_closed_pipe_stays_one() {
        struct Closed;
        impl Write for Closed {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let report = fixtures::proxied();
        let result = write_whole(&report, KindSet::ALL, Layout::Compact, &mut Closed);
        assert_eq!(result.unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    }
}
