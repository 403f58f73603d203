//! `sipflow streams`.

use crate::app::analyse::analyse;
use crate::app::failure::Failure;
use crate::app::output;
use crate::app::select::{needs_messages, select};
use crate::cli::{Format, StreamsArgs};
use crate::render::json::{Layout, RecordSelection};
use crate::render::ndjson::{self, Record};
use crate::render::{TimeColumn, csv, json, streams};
use crate::report::{Keep, Records};
use std::io::Write;

pub(super) fn run(args: &StreamsArgs) -> Result<(), Failure> {
    let keep = Keep {
        messages: needs_messages(&args.select),
        transactions: false,
        dialogs: false,
    };
    let mut analysis = analyse(&args.input, &args.diagnostics, keep)?;
    let selected = select(&mut analysis, &args.select)?;
    let mut report = analysis.report(Records {
        transactions: false,
        dialogs: false,
    });
    if let Some(selected) = &selected {
        selected.narrow(&mut report);
    }
    if report.streams.is_empty() && args.format.chosen() == Format::Text {
        analysis.verdict(&args.input)?;
        let why = if selected.is_some() {
            "no stream fits the selection"
        } else {
            "no RTP stream in the capture"
        };
        return Err(Failure::NothingMatched(why.to_owned()));
    }
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
        Format::Csv => csv::streams(&report, &mut out)?,
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
    out.flush()?;
    analysis.verdict(&args.input)?;
    if report.streams.is_empty() {
        Err(Failure::NothingMatched(String::new()))
    } else {
        Ok(())
    }
}
