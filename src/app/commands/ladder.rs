//! `sipflow ladder`.

use crate::app::failure::Failure;
use crate::app::output;
use crate::app::selected::{Loaded, load};
use crate::cli::{Format, LadderArgs};
use crate::render::json::{Layout, RecordSelection};
use crate::render::ladder::{self, Extent, Which};
use crate::render::ndjson::{self, Record};
use crate::render::{TimeColumn, json};
use crate::report::Keep;

pub(super) fn run(args: &LadderArgs) -> Result<(), Failure> {
    let loaded = load(
        &args.input,
        &args.select,
        &args.diagnostics,
        Keep::WITH_MESSAGES,
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
    match args.format.chosen() {
        Format::Json => {
            let shown = RecordSelection {
                calls: true,
                messages: true,
                streams: true,
                ..RecordSelection::NONE
            };
            json::write_whole(&report, &shown, Layout::Pretty, &mut out)?;
        }
        Format::Ndjson => {
            for m in &report.messages {
                ndjson::write_record(&Record::Message(m), &mut out)?;
            }
            for c in &report.calls {
                ndjson::write_record(&Record::Call(c), &mut out)?;
            }
            for s in &report.streams {
                ndjson::write_record(&Record::Stream(s), &mut out)?;
            }
        }
        Format::Text | Format::Csv => {
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
