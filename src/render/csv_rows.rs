//! Rows of a table for spreadsheets: quoting and line ends by the `csv` crate, and cells that no
//! spreadsheet runs.
//!
//! A spreadsheet takes a cell that begins with `=`, `+`, `-` or `@` for a formula, and what a packet says
//! must not become one (OWASP, "CSV Injection"). Such text gets a single quote in front, which spreadsheets
//! know as "this is text"; taking one off gives back the text. Numbers of the analyzer's own are
//! [`Figure`]s and stay as they are. Every table goes through [`table`], so every table is safe.

use crate::call::{EndedBy, Outcome, RegisterKind, RegisterOutcome};
use crate::explain::words::clean;
use crate::media::{Phase, Setup};
use crate::report::model::{EndpointRef, MessageKind, Timestamp};
use crate::types::{MediaKind, Party, QualityScale, Transport};
use csv::{Terminator, WriterBuilder};
use std::borrow::{Borrow, Cow};
use std::fmt::Display;
use std::io::{self, Write};

/// What becomes of text that a spreadsheet would run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Formulas {
    /// It gets a single quote in front.
    #[default]
    Defused,
    /// It stays as it is, for programs that do not run cells.
    Kept,
}

/// A value the analyzer made: its text comes from no packet.
pub(super) trait Figure: Display {}

macro_rules! figures {
    ($($kind:ty),*) => { $(impl Figure for $kind {})* };
}

figures!(
    bool,
    u8,
    u16,
    u32,
    u64,
    i64,
    f64,
    Timestamp,
    &EndpointRef,
    Outcome,
    EndedBy,
    MediaKind,
    Party,
    Phase,
    Setup,
    Transport,
    MessageKind,
    RegisterKind,
    RegisterOutcome,
    QualityScale
);

/// What a cell holds.
pub(super) enum Cell<'a> {
    /// Text, which may come from a packet.
    Text(Cow<'a, str>),
    /// A value of the analyzer's own; empty where it is not known.
    Figure(String),
}

/// A cell of text, empty where there is none.
pub(super) fn text<'a>(text: impl Into<Cow<'a, str>>) -> Cell<'a> {
    Cell::Text(text.into())
}

/// A cell with a value of the analyzer's own.
pub(super) fn figure<'a>(value: impl Figure) -> Cell<'a> {
    Cell::Figure(value.to_string())
}

/// The same, empty where it is not known.
pub(super) fn maybe<'a>(value: Option<impl Figure>) -> Cell<'a> {
    Cell::Figure(value.map_or(String::new(), |v| v.to_string()))
}

/// A column: its heading, and its cell in the row of a record, which may need more than the record.
pub(super) type Column<T, C> = (&'static str, for<'a> fn(&'a T, &C) -> Cell<'a>);

/// Writes a table, a row for each record.
pub(super) fn table<T, C>(
    columns: &[Column<T, C>],
    records: impl Iterator<Item = io::Result<impl Borrow<T>>>,
    context: &C,
    formulas: Formulas,
    w: &mut dyn Write,
) -> io::Result<()> {
    let headings = columns.iter().map(|(name, _)| *name);
    let mut table = TableWriter::new(headings, formulas, w)?;
    for record in records {
        let record = record?;
        table.row(
            columns
                .iter()
                .map(|(_, cell)| cell(record.borrow(), context)),
        )?;
    }
    table.finish()
}

/// Writes a table whose rows come one by one.
pub(super) struct TableWriter<'w> {
    writer: csv::Writer<&'w mut dyn Write>,
    formulas: Formulas,
}

impl<'w> TableWriter<'w> {
    /// Writes the headings.
    pub(super) fn new<'h>(
        headings: impl Iterator<Item = &'h str>,
        formulas: Formulas,
        w: &'w mut dyn Write,
    ) -> io::Result<Self> {
        let mut writer = WriterBuilder::new()
            .terminator(Terminator::CRLF)
            .from_writer(w);
        writer.write_record(headings).map_err(io_error)?;
        Ok(TableWriter { writer, formulas })
    }

    /// Writes a row.
    pub(super) fn row<'c>(&mut self, cells: impl Iterator<Item = Cell<'c>>) -> io::Result<()> {
        for cell in cells {
            let shown = match cell {
                Cell::Text(text) => shown(&text, self.formulas),
                Cell::Figure(figure) => figure,
            };
            self.writer.write_field(shown).map_err(io_error)?;
        }
        self.writer.write_record(None::<&[u8]>).map_err(io_error)
    }

    /// Writes what waits.
    pub(super) fn finish(mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

/// Text as a spreadsheet may see it.
fn shown(text: &str, formulas: Formulas) -> String {
    let mut cell = clean(text);
    if formulas == Formulas::Defused && is_formula(&cell) {
        cell.insert(0, '\'');
    }
    cell
}

/// A broken pipe must stay one.
fn io_error(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

/// True for text that a spreadsheet would run, also behind blanks and quotes, which some take off first;
/// the wide forms are those of Japanese and Chinese keyboards.
fn is_formula(text: &str) -> bool {
    text.starts_with(['\t', '\r', '\n'])
        || text
            .trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\''))
            .starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::fixtures::rendered;

    fn row(of: &str, formulas: Formulas) -> String {
        let columns: &[Column<String, ()>] = &[("a", |t, ()| text(t)), ("b", |_, ()| figure(-5.5))];
        let records = std::iter::once(Ok(of.to_owned()));
        let out = rendered(|w| table(columns, records, &(), formulas, w));
        out.strip_prefix("a,b\r\n").unwrap().to_owned()
    }

    #[test]
    fn text_that_a_spreadsheet_would_run_gets_a_quote_and_our_numbers_do_not() {
        for (text, cell) in [
            ("=1+1", "'=1+1"),
            ("+420", "'+420"),
            ("-5", "'-5"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("  =1", "'  =1"),
            ("\"=1\"", "\"'\"\"=1\"\"\""),
            ("'=1", "''=1"),
            ("＝1", "'＝1"),
            ("＠x", "'＠x"),
            // Shown escaped, they begin with a backslash.
            ("\u{3000}-1", "\\u{3000}-1"),
            ("\t=1", "\\t=1"),
            ("\r=1", "\\r=1"),
            ("\u{200b}=1", "\\u{200b}=1"),
            ("sip:a@b", "sip:a@b"),
            ("a=1", "a=1"),
            ("", ""),
        ] {
            assert_eq!(row(text, Formulas::Defused), format!("{cell},-5.5\r\n"));
        }
        assert_eq!(row("=1+1", Formulas::Kept), "=1+1,-5.5\r\n");
        assert_eq!(row("\u{1b}=1", Formulas::Kept), "\\x1b=1,-5.5\r\n");
    }
}
