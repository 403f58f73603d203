//! `sipflow calls`.

use crate::app::failure::Failure;
use crate::app::output;
use crate::app::selected::{Asked, Loaded, load};
use crate::cli::{CallsArgs, CallsText, RowsOutput};
use crate::render::json::Layout;
use crate::render::{TimeColumn, calls, csv, json, ndjson};
use crate::types::{KindSet, QueryKind, RecordKind};
use std::collections::BTreeSet;

pub(super) fn run(args: &CallsArgs) -> Result<(), Failure> {
    let asked = Asked::new(&args.select, &args.filter, QueryKind::Calls)?.rated(args.mos.profile);
    let is_text = matches!(args.shape, RowsOutput::Text(_));
    let rows = KindSet::of(&[RecordKind::Call, RecordKind::Stream]);
    let keep = match is_text {
        // Of several files each call names its own.
        true if args.input.files.len() > 1 => rows.with(RecordKind::Message),
        true => rows,
        // Each call's codes, or the numbers they have in a report.
        false => rows.with(RecordKind::Finding),
    };
    let input = match args.shape {
        RowsOutput::Json | RowsOutput::Ndjson => args.input.clone(),
        RowsOutput::Text(_) | RowsOutput::Csv(_) => asked.unheard(&args.input),
    };
    let said = match args.shape {
        RowsOutput::Json => args.diagnostics.beside_findings(),
        _ => args.diagnostics.clone(),
    };
    let mut loaded = load(&input, &asked, &said, keep)?;
    if loaded.report.calls.is_empty() && is_text {
        return Err(loaded.nothing(&args.input, &asked, "call"));
    }
    let Loaded {
        analysis,
        mut report,
        ..
    } = loaded;
    if is_text {
        let first = report.calls.iter().filter_map(|c| c.messages.first());
        let first: BTreeSet<u32> = first.copied().collect();
        report.named = analysis.collected.named(first.into_iter());
    }
    let style = output::style(&args.output, &args.time, TimeColumn::Absolute);
    let mut out = output::open(&args.output)?;
    match args.shape {
        RowsOutput::Text(CallsText::Log) => calls::log(&report, &style, &mut out)?,
        RowsOutput::Text(CallsText::Table) => calls::table(&report, &style, &mut out)?,
        RowsOutput::Csv(csv) => csv::calls(&report, output::formulas(csv), &mut out)?,
        RowsOutput::Json => {
            let shown = KindSet::of(&[RecordKind::Call, RecordKind::Finding]);
            let none = &mut std::iter::empty();
            json::write_report(&report, none, shown, Layout::Pretty, &mut out)?;
        }
        RowsOutput::Ndjson => {
            for call in report.records(KindSet::of(&[RecordKind::Call])) {
                ndjson::write_record(&call, &mut out)?;
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
