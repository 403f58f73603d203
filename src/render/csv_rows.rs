//! Rows of a table for spreadsheets: quoting and line ends by the `csv` crate, and cells that no
//! spreadsheet runs.
//!
//! A spreadsheet takes a cell that begins with `=`, `+`, `-` or `@` for a formula, and what a packet says
//! must not become one (OWASP, "CSV Injection"). Such text gets a single quote in front, which spreadsheets
//! know as "this is text"; taking one off gives back the text. Numbers of the analyzer's own are
//! [`Figure`]s and stay as they are. Every table goes through [`Rows`], so every table is safe.

use super::text::clean;
use crate::call::{EndedBy, Outcome};
use crate::media::Setup;
use crate::report::model::{EndpointRef, MessageKind, Timestamp};
use crate::types::{MediaKind, Party, Transport};
use csv::{Terminator, Writer, WriterBuilder};
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
    Setup,
    Transport,
    MessageKind
);

/// Writes rows; each ends with [`Rows::end`].
pub(super) struct Rows<'w> {
    writer: Writer<&'w mut dyn Write>,
    formulas: Formulas,
}

impl<'w> Rows<'w> {
    /// Begins a table with its heading.
    pub(super) fn begin(
        heading: &[&str],
        formulas: Formulas,
        w: &'w mut dyn Write,
    ) -> io::Result<Self> {
        let mut writer = WriterBuilder::new()
            .terminator(Terminator::CRLF)
            .from_writer(w);
        writer.write_record(heading).map_err(io_error)?;
        Ok(Rows { writer, formulas })
    }

    /// A cell of text, which may come from a packet.
    pub(super) fn text(&mut self, text: &str) -> io::Result<&mut Self> {
        let mut cell = clean(text);
        if self.formulas == Formulas::Defused && is_formula(&cell) {
            cell.insert(0, '\'');
        }
        self.cell(&cell)
    }

    /// A cell of text, empty where it is not known.
    pub(super) fn maybe_text(&mut self, text: Option<&str>) -> io::Result<&mut Self> {
        self.text(text.unwrap_or_default())
    }

    /// A cell with a value of the analyzer's own.
    pub(super) fn value(&mut self, value: impl Figure) -> io::Result<&mut Self> {
        self.cell(&value.to_string())
    }

    /// The same, empty where it is not known.
    pub(super) fn maybe<T: Figure>(&mut self, value: Option<T>) -> io::Result<&mut Self> {
        self.cell(&value.map_or(String::new(), |v| v.to_string()))
    }

    /// Ends the row.
    pub(super) fn end(&mut self) -> io::Result<()> {
        self.writer.write_record(None::<&[u8]>).map_err(io_error)
    }

    /// Ends the table.
    pub(super) fn finish(mut self) -> io::Result<()> {
        self.writer.flush()
    }

    fn cell(&mut self, text: &str) -> io::Result<&mut Self> {
        self.writer.write_field(text).map_err(io_error)?;
        Ok(self)
    }
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

    fn row(text: &str, formulas: Formulas) -> String {
        let out = rendered(|w| {
            let mut rows = Rows::begin(&["a", "b"], formulas, w)?;
            rows.text(text)?.value(-5.5)?.end()?;
            rows.finish()
        });
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
