//! `sipflow registrations`.

use crate::app::failure::Failure;
use crate::app::output;
use crate::app::selected::{Asked, Loaded, load};
use crate::cli::{RegistrationsArgs, RowsOutput};
use crate::render::json::Layout;
use crate::render::{TimeColumn, csv, json, ndjson, registrations};
use crate::types::{KindSet, QueryKind, RecordKind};

pub(super) fn run(args: &RegistrationsArgs) -> Result<(), Failure> {
    let asked = Asked::new(&args.select, &args.filter, QueryKind::Registrations)?;
    let is_text = args.shape == RowsOutput::Text(());
    let rows = KindSet::of(&[RecordKind::Registration]);
    let keep = match is_text {
        // The frames and statuses of its lines.
        true => rows.with(RecordKind::Message),
        false => rows.with(RecordKind::Finding),
    };
    let said = match args.shape {
        RowsOutput::Json => args.diagnostics.beside_findings(),
        _ => args.diagnostics.clone(),
    };
    let mut loaded = load(&asked.unheard(&args.input), &asked, &said, keep)?;
    if loaded.report.registrations.is_empty() && is_text {
        return Err(loaded.nothing(&args.input, &asked, "registration"));
    }
    let Loaded {
        analysis,
        mut report,
        ..
    } = loaded;
    let style = output::style(&args.output, &args.time, TimeColumn::Absolute);
    let mut out = output::open(&args.output)?;
    match args.shape {
        RowsOutput::Text(()) => {
            let attempts = report.registrations.iter().flat_map(|r| &r.attempts);
            let named = attempts.flat_map(|a| a.messages.iter().copied());
            let mut named: Vec<u32> = named.collect();
            named.sort_unstable();
            named.dedup();
            report.named = analysis.collected.named(named.into_iter());
            registrations::list(&report, &style, &mut out)?;
        }
        RowsOutput::Csv(csv) => {
            csv::registrations(&report, output::formulas(csv), &mut out)?;
        }
        RowsOutput::Json => {
            let shown = KindSet::of(&[RecordKind::Registration, RecordKind::Finding]);
            let none = &mut std::iter::empty();
            json::write_report(&report, none, shown, Layout::Pretty, &mut out)?;
        }
        RowsOutput::Ndjson => {
            for registration in report.records(rows) {
                ndjson::write_record(&registration, &mut out)?;
            }
        }
    }
    out.finish()?;
    analysis.verdict(&args.input)?;
    if report.registrations.is_empty() {
        Err(Failure::NothingMatched(String::new()))
    } else {
        Ok(())
    }
}
