//! The packet list, row by row, for captures of any length.

use super::clock::{Reference, time_column};
use super::csv_rows::{Cell, Formulas, TableWriter, figure, maybe, text};
use super::json_text;
use super::style::{Ink, Style};
use super::text::{Align, cut, fill, width};
use crate::report::listing::{LIST_SCHEMA_ID, PacketRow};
use crate::report::model::{Generator, Timestamp};
use crate::types::FileNames;
use serde::Serialize;
use std::borrow::Cow;
use std::io::{self, Write};

/// The columns before the info, as Wireshark names them, and how wide they are where nothing is wider.
const COLUMNS: [(&str, usize, Align); 6] = [
    ("No.", 6, Align::Right),
    ("Time", 10, Align::Right),
    ("Source", 12, Align::Left),
    ("Destination", 12, Align::Left),
    ("Protocol", 8, Align::Left),
    ("Length", 6, Align::Right),
];

/// Where times count from.
#[derive(Clone, Copy, Debug, Default)]
pub struct Times {
    /// The capture's first packet.
    pub first: Option<Timestamp>,
    /// The packet before, shown or not.
    pub before: Option<Timestamp>,
    /// The row before.
    pub row_before: Option<Timestamp>,
}

/// The list as text. Columns grow with what they have seen.
#[derive(Clone, Debug)]
pub struct ListTable {
    style: Style,
    files: FileNames,
    /// Rows are cut to the screen's width.
    is_cut: bool,
    widths: [usize; 6],
    is_headed: bool,
    line: String,
}

impl ListTable {
    /// A list that has seen nothing yet. `is_cut`: a row is one line of the screen.
    pub fn new(style: &Style, files: FileNames, is_cut: bool) -> Self {
        ListTable {
            style: *style,
            files,
            is_cut,
            widths: COLUMNS.map(|(_, width, _)| width),
            is_headed: false,
            line: String::new(),
        }
    }

    /// One packet; before the first one the names of the columns, as wide as that needs them.
    pub fn row(&mut self, row: &PacketRow, at: Times, w: &mut dyn Write) -> io::Result<()> {
        let reference = Reference {
            first: at.first,
            previous_message: at.before,
            previous_line: at.row_before,
        };
        let source = (row.source as usize).wrapping_sub(1);
        let number = match self.files.of_source(source) {
            None => row.frame.to_string(),
            Some(_) => self.files.frame(source, row.frame),
        };
        let cells = [
            Cow::Owned(number),
            Cow::Owned(time_column(row.time, &self.style, reference, 6)),
            Cow::Borrowed(row.src.as_deref().unwrap_or_default()),
            Cow::Borrowed(row.dst.as_deref().unwrap_or_default()),
            Cow::Borrowed(&*row.protocol),
            Cow::Owned(row.length_bytes.to_string()),
        ];
        if !std::mem::replace(&mut self.is_headed, true) {
            for (cell, room) in cells.iter().zip(&mut self.widths) {
                *room = width(cell).max(*room);
            }
            let names = COLUMNS.map(|(name, ..)| Cow::Borrowed(name));
            self.write(&names, "Info", Ink::Dim, w)?;
        }
        self.write(&cells, &row.info, Ink::Plain, w)
    }

    fn write(
        &mut self,
        cells: &[Cow<'_, str>; 6],
        info: &str,
        ink: Ink,
        w: &mut dyn Write,
    ) -> io::Result<()> {
        let mut line = std::mem::take(&mut self.line);
        line.clear();
        for ((cell, room), (.., align)) in cells.iter().zip(&mut self.widths).zip(COLUMNS) {
            let wide = width(cell);
            *room = wide.max(*room);
            if align == Align::Right {
                fill(&mut line, *room - wide);
            }
            line.push_str(cell);
            if align == Align::Left {
                fill(&mut line, *room - wide);
            }
            line.push_str("  ");
        }
        line.push_str(info);
        let shown = line.trim_end();
        let written = match (self.is_cut, self.style.color) {
            (false, false) => w
                .write_all(shown.as_bytes())
                .and_then(|()| w.write_all(b"\n")),
            (is_cut, _) => {
                let shown = match is_cut {
                    true => cut(shown, self.style.columns(), self.style.ellipsis()),
                    false => shown.to_owned(),
                };
                writeln!(w, "{}", self.style.paint(ink, &shown))
            }
        };
        self.line = line;
        written
    }
}

/// The list as one JSON document, written as it comes.
#[derive(Debug, Default)]
pub struct ListJson {
    rows: u64,
}

impl ListJson {
    /// What stands before the packets.
    pub fn begin(&mut self, w: &mut dyn Write) -> io::Result<()> {
        write!(
            w,
            "{{\n  \"schema\": \"{LIST_SCHEMA_ID}\",\n  \"generator\": "
        )?;
        json_text::write_compact(&Generator::default(), w)?;
        write!(w, ",\n  \"packets\": [")
    }

    /// One packet.
    pub fn row(&mut self, row: &PacketRow, w: &mut dyn Write) -> io::Result<()> {
        let before = if self.rows > 0 { "," } else { "" };
        self.rows += 1;
        write!(w, "{before}\n    ")?;
        json_text::write_compact(row, w)
    }

    /// What stands behind them.
    pub fn end(&self, w: &mut dyn Write) -> io::Result<()> {
        let before = if self.rows > 0 { "\n  " } else { "" };
        write!(w, "{before}]\n}}\n")
    }
}

/// A line of NDJSON.
#[derive(Serialize)]
#[serde(tag = "record", rename_all = "snake_case")]
enum Line<'a> {
    Packet(&'a PacketRow),
}

/// One packet as a line of JSON.
pub fn ndjson(row: &PacketRow, w: &mut dyn Write) -> io::Result<()> {
    json_text::write_line(&Line::Packet(row), w)
}

/// A column of the CSV.
type Field = (&'static str, for<'a> fn(&'a PacketRow) -> Cell<'a>);

/// Columns have the names of the JSON.
const FIELDS: &[Field] = &[
    ("source", |r| figure(r.source)),
    ("frame", |r| figure(r.frame)),
    ("time", |r| figure(r.time)),
    ("src", |r| text(r.src.as_deref().unwrap_or_default())),
    ("src_port", |r| maybe(r.src_port)),
    ("dst", |r| text(r.dst.as_deref().unwrap_or_default())),
    ("dst_port", |r| maybe(r.dst_port)),
    ("protocol", |r| text(&*r.protocol)),
    ("length_bytes", |r| figure(r.length_bytes)),
    ("info", |r| text(&*r.info)),
];

/// The list as CSV, written as it comes.
pub struct ListCsv<'w> {
    table: TableWriter<'w>,
}

impl<'w> ListCsv<'w> {
    /// Writes the heading.
    pub fn new(formulas: Formulas, w: &'w mut dyn Write) -> io::Result<Self> {
        let names = FIELDS.iter().map(|(name, _)| *name);
        let table = TableWriter::new(names, formulas, w)?;
        Ok(ListCsv { table })
    }

    /// One packet.
    pub fn row(&mut self, row: &PacketRow) -> io::Result<()> {
        self.table.row(FIELDS.iter().map(|(_, cell)| cell(row)))
    }

    /// Writes what waits.
    pub fn finish(self) -> io::Result<()> {
        self.table.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::fixtures::rendered;
    use crate::types::CaptureTime;

    fn row() -> PacketRow {
        PacketRow {
            source: 1,
            frame: 7,
            time: Timestamp(CaptureTime::from_secs_nanos(100, 500_000_000)),
            src: Some("192.0.2.11".into()),
            src_port: Some(5060),
            dst: Some("192.0.2.10".into()),
            dst_port: Some(5060),
            protocol: "SIP".into(),
            length_bytes: 599,
            info: "Request: OPTIONS sip:192.0.2.10".into(),
        }
    }

    #[test]
    fn the_list_has_wiresharks_columns() {
        let times = Times {
            first: Some(Timestamp(CaptureTime::from_secs_nanos(100, 0))),
            ..Times::default()
        };
        let mut table = ListTable::new(&Style::default(), FileNames::default(), false);
        let out = rendered(|w| table.row(&row(), times, w));
        assert_eq!(
            out,
            "   No.        Time  Source        Destination   Protocol  Length  Info\n     \
             7    0.500000  192.0.2.11    192.0.2.10    SIP          599  Request: OPTIONS sip:192.0.2.10\n"
        );
        // A first packet of ARP: its addresses are wider.
        let mut table = ListTable::new(&Style::default(), FileNames::default(), false);
        let wide = PacketRow {
            src: Some("02:00:c0:00:02:0b".into()),
            ..row()
        };
        let out = rendered(|w| table.row(&wide, times, w));
        let heading =
            "   No.        Time  Source             Destination   Protocol  Length  Info\n";
        assert!(out.starts_with(heading), "{out}");
    }

    #[test]
    fn the_document_is_json_with_and_without_packets() {
        for rows in 0..3 {
            let text = rendered(|w| {
                let mut json = ListJson::default();
                json.begin(w)?;
                (0..rows).try_for_each(|_| json.row(&row(), w))?;
                json.end(w)
            });
            let list: crate::report::listing::PacketList = serde_json::from_str(&text).unwrap();
            assert_eq!(list.packets, vec![row(); rows]);
            assert_eq!(list.schema, LIST_SCHEMA_ID);
        }
    }
}
