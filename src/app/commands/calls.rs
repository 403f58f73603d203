//! `sipflow calls`.

use crate::app::failure::Failure;
use crate::app::output;
use crate::app::selected::{Loaded, load};
use crate::cli::{CallsArgs, Format};
use crate::render::json::{Layout, RecordSelection};
use crate::render::ndjson::{self, Record};
use crate::render::{TimeColumn, calls, csv, json};
use crate::report::Keep;

pub(super) fn run(args: &CallsArgs) -> Result<(), Failure> {
    let keep = Keep {
        calls: true,
        streams: true,
        // Each call's codes, or the numbers they have in a report.
        findings: args.format.chosen() != Format::Text,
        ..Keep::NOTHING
    };
    let loaded = load(&args.input, &args.select, &args.diagnostics, keep)?;
    if loaded.report.calls.is_empty() && args.format.chosen() == Format::Text {
        return Err(loaded.nothing(&args.input, "call"));
    }
    let Loaded {
        analysis, report, ..
    } = loaded;
    let style = output::style(&args.output, &args.time, TimeColumn::Absolute);
    let mut out = output::open(&args.output)?;
    match args.format.chosen() {
        Format::Text if args.log => calls::log(&report, &style, &mut out)?,
        Format::Text => calls::table(&report, &style, &mut out)?,
        Format::Csv => csv::calls(&report, output::formulas(args.csv), &mut out)?,
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
    out.finish()?;
    analysis.verdict(&args.input)?;
    if report.calls.is_empty() {
        Err(Failure::NothingMatched(String::new()))
    } else {
        Ok(())
    }
}
