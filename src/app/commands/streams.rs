//! `sipflow streams`.

use crate::app::failure::Failure;
use crate::app::output;
use crate::app::selected::{Asked, Loaded, load_heard};
use crate::cli::{RowsOutput, StreamsArgs, StreamsText};
use crate::render::json::Layout;
use crate::render::{TimeColumn, csv, json, ndjson, streams};
use crate::types::{KindSet, QueryKind, RecordKind, StreamExtras};
use std::io::Write;

pub(super) fn run(args: &StreamsArgs) -> Result<(), Failure> {
    let asked = Asked::new(&args.select, &args.filter, QueryKind::Streams)?.rated(args.mos.profile);
    let rows = KindSet::of(&[RecordKind::Stream]);
    let (is_text, keep) = match args.shape {
        RowsOutput::Text(_) => (true, rows),
        RowsOutput::Csv(_) => (false, rows),
        // JSON has the findings, or the numbers they have in a report.
        RowsOutput::Json | RowsOutput::Ndjson => (false, rows.with(RecordKind::Finding)),
    };
    let mut input = match is_text {
        true => asked.unheard(&args.input),
        false => args.input.clone(),
    };
    input.extras = StreamExtras {
        series: args.series,
        work: args.shape == RowsOutput::Text(StreamsText::Work),
        packets: args.range,
    };
    let said = match args.shape {
        RowsOutput::Json => args.diagnostics.beside_findings(),
        _ => args.diagnostics.clone(),
    };
    let mut loaded = load_heard(&input, &asked, &said, keep, args.audio)?;
    if loaded.report.streams.is_empty() && is_text {
        return Err(loaded.nothing(&args.input, &asked, "RTP stream"));
    }
    let Loaded {
        analysis, report, ..
    } = loaded;
    let style = output::style(&args.output, &args.time, TimeColumn::Relative);
    let mut out = output::open(&args.output)?;
    match args.shape {
        RowsOutput::Text(StreamsText::Work) => {
            streams::show_work(&report, None, &style, &mut out)?;
        }
        RowsOutput::Text(StreamsText::Table) if args.series => {
            streams::series(&report, &style, &mut out)?
        }
        RowsOutput::Text(StreamsText::Table) => {
            streams::table(&report, &style, &mut out)?;
            writeln!(out)?;
            streams::details(&report, None, &style, &mut out)?;
        }
        RowsOutput::Csv(csv) if args.series => {
            csv::series(&report, output::formulas(csv), &mut out)?;
        }
        RowsOutput::Csv(csv) => csv::streams(&report, output::formulas(csv), &mut out)?,
        RowsOutput::Json => {
            let shown = rows.with(RecordKind::Finding);
            let none = &mut std::iter::empty();
            json::write_report(&report, none, shown, Layout::Pretty, &mut out)?;
        }
        RowsOutput::Ndjson => {
            for stream in report.records(rows) {
                ndjson::write_record(&stream, &mut out)?;
            }
        }
    }
    out.finish()?;
    analysis.verdict(&args.input)?;
    if report.streams.is_empty() {
        Err(Failure::NothingMatched(String::new()))
    } else {
        Ok(())
    }
}
