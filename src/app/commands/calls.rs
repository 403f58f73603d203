//! `sipflow calls`.

use crate::app::analyse::analyse;
use crate::app::failure::Failure;
use crate::app::output;
use crate::app::select::{needs_messages, select};
use crate::cli::{CallsArgs, Format};
use crate::render::json::{Layout, RecordSelection};
use crate::render::ndjson::{self, Record};
use crate::render::{TimeColumn, calls, csv, json};
use crate::report::{Keep, Records};
use std::io::Write;

pub(super) fn run(args: &CallsArgs) -> Result<(), Failure> {
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
    if report.calls.is_empty() && args.format.chosen() == Format::Text {
        analysis.verdict(&args.input)?;
        let why = if selected.is_some() {
            "no call fits the selection"
        } else {
            "no call in the capture"
        };
        return Err(Failure::NothingMatched(why.to_owned()));
    }
    let style = output::style(&args.output, &args.time, TimeColumn::Absolute);
    let mut out = output::open(&args.output)?;
    match args.format.chosen() {
        Format::Text if args.log => calls::log(&report, &style, &mut out)?,
        Format::Text => calls::table(&report, &style, &mut out)?,
        Format::Csv => csv::calls(&report, &mut out)?,
        Format::Json => {
            let shown = RecordSelection {
                calls: true,
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
            for call in &report.calls {
                ndjson::write_record(&Record::Call(call), &mut out)?;
            }
        }
    }
    out.flush()?;
    analysis.verdict(&args.input)?;
    if report.calls.is_empty() {
        Err(Failure::NothingMatched(String::new()))
    } else {
        Ok(())
    }
}
