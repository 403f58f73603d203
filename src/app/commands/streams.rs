//! `sipflow streams`.

use crate::app::failure::Failure;
use crate::app::output;
use crate::app::selected::{Loaded, load};
use crate::cli::{Format, StreamsArgs};
use crate::render::json::{Layout, RecordSelection};
use crate::render::ndjson::{self, Record};
use crate::render::{TimeColumn, csv, json, streams};
use crate::report::Keep;
use std::io::Write;

pub(super) fn run(args: &StreamsArgs) -> Result<(), Failure> {
    let keep = Keep {
        streams: true,
        // JSON has the findings, or the numbers they have in a report.
        findings: matches!(args.format.chosen(), Format::Json | Format::Ndjson),
        ..Keep::NOTHING
    };
    let loaded = load(&args.input, &args.select, &args.diagnostics, keep)?;
    if loaded.report.streams.is_empty() && args.format.chosen() == Format::Text {
        return Err(loaded.nothing(&args.input, "RTP stream"));
    }
    let Loaded {
        analysis, report, ..
    } = loaded;
    let style = output::style(&args.output, &args.time, TimeColumn::Relative);
    let mut out = output::open(&args.output)?;
    match args.format.chosen() {
        Format::Text if args.show_work => {
            streams::show_work(&report, None, &style, &mut out)?;
        }
        Format::Text => {
            streams::table(&report, &style, &mut out)?;
            writeln!(out)?;
            streams::details(&report, None, &style, &mut out)?;
        }
        Format::Csv => csv::streams(&report, output::formulas(args.csv), &mut out)?,
        Format::Json => {
            let shown = RecordSelection {
                streams: true,
                findings: true,
                ..RecordSelection::NONE
            };
            json::write_report(
                &report,
                &mut std::iter::empty(),
                &shown,
                Layout::Pretty,
                &mut out,
            )?;
        }
        Format::Ndjson => {
            for stream in &report.streams {
                ndjson::write_record(&Record::Stream(stream), &mut out)?;
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
