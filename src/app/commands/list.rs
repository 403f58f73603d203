//! `sipflow list`.

use crate::app::analyse::{read_until, verdict};
use crate::app::failure::Failure;
use crate::app::frames::WantedFrames;
use crate::app::output;
use crate::cli::{ListArgs, RowsOutput};
use crate::explain::Listing;
use crate::render::TimeColumn;
use crate::render::list::{ListCsv, ListJson, ListTable, Times, ndjson};
use crate::report::listing::PacketRow;
use crate::report::source_of;
use crate::types::FileNames;
use std::cell::Cell;
use std::io::{self, Write};
use std::sync::Arc;

/// How the rows are written.
enum Shape<'w> {
    Text(ListTable, &'w mut dyn Write),
    Json(ListJson, &'w mut dyn Write),
    Ndjson(&'w mut dyn Write),
    Csv(Box<ListCsv<'w>>),
}

pub(super) fn run(args: &ListArgs) -> Result<(), Failure> {
    let wanted = WantedFrames::new(&args.frames, &args.input)?;
    let mut out = output::open(&args.output)?;
    let mut rows = Rows::new(args, &wanted, &mut out)?;
    let is_enough = Cell::new(false);
    // Each packet is a row: none is folded into another.
    let mut input = args.input.unheard();
    input.keep_duplicates = true;
    let mut failed = None;
    let mut print = |row: &PacketRow| {
        if failed.is_none()
            && let Err(error) = rows.row(row)
        {
            failed = Some(error);
        }
        is_enough.set(failed.is_some() || rows.is_full());
    };
    let mut listing = Listing::new(&mut print);
    let said = &args.diagnostics;
    let (_, infos) = read_until((&input, &Arc::default()), said, true, &mut listing, || {
        is_enough.get()
    })?;
    listing.finish();
    if let Some(error) = failed {
        return Err(error.into());
    }
    let shown = rows.shown;
    rows.finish()?;
    out.finish()?;
    let sources: Vec<_> = infos.iter().map(source_of).collect();
    verdict(&args.input, said.quiet, &sources)?;
    match (shown, args.frames.is_empty()) {
        (0, true) => Err(Failure::NothingMatched("no packet in the capture".into())),
        (0, false) => {
            let packets = sources.iter().map(|s| s.packets).max().unwrap_or(0);
            let words = format!("no such frame: the capture has {packets} packets");
            Err(Failure::NothingMatched(words))
        }
        _ => Ok(()),
    }
}

/// Writes the rows that are wanted.
struct Rows<'a> {
    args: &'a ListArgs,
    wanted: &'a WantedFrames<'a>,
    shape: Shape<'a>,
    times: Times,
    shown: u64,
    is_past: bool,
}

impl<'a> Rows<'a> {
    fn new(
        args: &'a ListArgs,
        wanted: &'a WantedFrames<'a>,
        out: &'a mut dyn Write,
    ) -> io::Result<Self> {
        let shape = match args.shape {
            RowsOutput::Text(()) => {
                let style = output::style(&args.output, &args.time, TimeColumn::Relative);
                let files = FileNames::of(wanted.paths().iter().map(|p| &**p));
                let is_cut = output::on_terminal(&args.output) || args.output.width.is_some();
                Shape::Text(ListTable::new(&style, files, is_cut), out)
            }
            RowsOutput::Json => {
                let mut json = ListJson::default();
                json.begin(out)?;
                Shape::Json(json, out)
            }
            RowsOutput::Ndjson => Shape::Ndjson(out),
            RowsOutput::Csv(csv) => {
                let csv = ListCsv::new(output::formulas(csv), out)?;
                Shape::Csv(Box::new(csv))
            }
        };
        Ok(Rows {
            args,
            wanted,
            shape,
            times: Times::default(),
            shown: 0,
            is_past: false,
        })
    }

    /// True where no further row is wanted.
    fn is_full(&self) -> bool {
        self.is_past || self.args.count.is_some_and(|most| self.shown >= most)
    }

    fn row(&mut self, row: &PacketRow) -> io::Result<()> {
        self.times.first.get_or_insert(row.time);
        let before = self.times;
        self.times.before = Some(row.time);
        let frames = &self.args.frames;
        if self.is_full() {
            return Ok(());
        }
        if !frames.is_empty() && !self.wanted.has(row.source, row.frame) {
            // Of one capture, what is behind the last of them need not be read.
            let last = frames.iter().map(|f| f.last).max().unwrap_or(u64::MAX);
            self.is_past = self.wanted.paths().len() == 1 && row.frame > last;
            return Ok(());
        }
        self.shown += 1;
        self.times.row_before = Some(row.time);
        match &mut self.shape {
            Shape::Text(table, out) => table.row(row, before, *out),
            Shape::Json(json, out) => json.row(row, *out),
            Shape::Ndjson(out) => ndjson(row, *out),
            Shape::Csv(csv) => csv.row(row),
        }
    }

    fn finish(self) -> io::Result<()> {
        match self.shape {
            Shape::Json(json, out) => json.end(out),
            Shape::Csv(csv) => csv.finish(),
            Shape::Text(..) | Shape::Ndjson(_) => Ok(()),
        }
    }
}
