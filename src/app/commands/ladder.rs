//! `sipflow ladder`.

use crate::app::failure::Failure;
use crate::app::output;
use crate::app::selected::{Asked, Loaded, load};
use crate::cli::{LadderArgs, LadderFormat};
use crate::explain::words::counted;
use crate::render::json::Layout;
use crate::render::ladder::{self, Extent, Which};
use crate::render::{TimeColumn, diagram, json, ndjson};
use crate::types::{KindSet, QueryKind, RecordKind};

pub(super) fn run(args: &LadderArgs) -> Result<(), Failure> {
    let asked = Asked::new(&args.select, &args.filter, QueryKind::Calls)?;
    let mut kept = KindSet::SUMMARY.with(RecordKind::Message);
    if args.timers {
        kept = kept.with(RecordKind::Transaction);
    }
    let mut loaded = load(&args.input, &asked, &args.diagnostics, kept)?;
    let report = &mut loaded.report;
    let registrations = report.registrations.len();
    report
        .registrations
        .retain(|r| args.registrations.contains(&r.id));
    if !args.registrations.is_empty() && asked.is_empty() {
        report.calls.clear();
        report.streams.clear();
    }
    if report.calls.is_empty() && report.registrations.is_empty() {
        if args.registrations.is_empty() || !asked.is_empty() {
            return Err(loaded.nothing(&args.input, &asked, "call"));
        }
        loaded.analysis.verdict(&args.input)?;
        let has = counted(registrations as u64, "registration", "registrations");
        let numbers: Vec<String> = args.registrations.iter().map(u32::to_string).collect();
        return Err(Failure::NothingMatched(format!(
            "--registration {}: the capture has {has}",
            numbers.join(",")
        )));
    }
    let Loaded {
        mut analysis,
        mut report,
        ..
    } = loaded;
    let calls = report.calls.iter().flat_map(|c| &c.messages);
    let attempts = report.registrations.iter().flat_map(|r| &r.attempts);
    let mut ids: Vec<u32> = calls
        .chain(attempts.flat_map(|a| &a.messages))
        .copied()
        .collect();
    ids.sort_unstable();
    ids.dedup();
    report.messages = analysis.load_messages(ids.into_iter())?;
    let which = match report.registrations.is_empty() {
        true => Which::Calls,
        false => Which::Everything,
    };
    let mut out = output::open(&args.output)?;
    let mut shown = KindSet::of(&[RecordKind::Message, RecordKind::Call, RecordKind::Stream]);
    if which == Which::Everything {
        shown = shown.with(RecordKind::Registration);
    }
    if args.timers {
        shown = shown.with(RecordKind::Transaction);
    }
    match args.format {
        LadderFormat::Json => json::write_whole(&report, shown, Layout::Pretty, &mut out)?,
        LadderFormat::Ndjson => {
            for record in report.records(shown) {
                ndjson::write_record(&record, &mut out)?;
            }
        }
        LadderFormat::Diagram(chosen) => {
            diagram::render(&report, which, (chosen, args.timers), &mut out)?;
        }
        LadderFormat::Text => {
            let style = output::style(&args.output, &args.time, TimeColumn::Relative);
            let extent = match args.all {
                true => Extent::ALL,
                false => Extent::READABLE,
            };
            let extent = Extent {
                timers: args.timers,
                ..extent
            };
            ladder::render(&report, which, extent, &style, &mut out)?;
        }
    }
    out.finish()?;
    analysis.verdict(&args.input)
}
