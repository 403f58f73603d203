//! `sipflow ladder`.

use crate::app::failure::Failure;
use crate::app::output;
use crate::app::selected::{Loaded, load};
use crate::cli::{LadderArgs, LadderFormat};
use crate::render::json::Layout;
use crate::render::ladder::{self, Extent, Which};
use crate::render::{TimeColumn, diagram, json, ndjson};
use crate::types::{KindSet, RecordKind};

pub(super) fn run(args: &LadderArgs) -> Result<(), Failure> {
    let loaded = load(
        &args.input,
        &args.select,
        &args.diagnostics,
        KindSet::SUMMARY.with(RecordKind::Message),
    )?;
    if loaded.report.calls.is_empty() {
        return Err(loaded.nothing(&args.input, "call"));
    }
    let Loaded {
        mut analysis,
        mut report,
        ..
    } = loaded;
    let ids: Vec<u32> = report
        .calls
        .iter()
        .flat_map(|c| c.messages.clone())
        .collect();
    report.messages = analysis.load_messages(ids.into_iter())?;
    report.messages.sort_by_key(|m| m.id);
    let mut out = output::open(&args.output)?;
    let shown = KindSet::of(&[RecordKind::Message, RecordKind::Call, RecordKind::Stream]);
    match args.format {
        LadderFormat::Json => json::write_whole(&report, shown, Layout::Pretty, &mut out)?,
        LadderFormat::Ndjson => {
            for record in report.records(shown) {
                ndjson::write_record(&record, &mut out)?;
            }
        }
        LadderFormat::Diagram(chosen) => diagram::render(&report, chosen, &mut out)?,
        LadderFormat::Text => {
            let style = output::style(&args.output, &args.time, TimeColumn::Relative);
            let extent = match args.all {
                true => Extent::ALL,
                false => Extent::READABLE,
            };
            ladder::render(&report, Which::Calls, extent, &style, &mut out)?;
        }
    }
    out.finish()?;
    analysis.verdict(&args.input)
}
