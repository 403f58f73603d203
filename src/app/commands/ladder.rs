//! `sipflow ladder`.

use crate::app::analyse::analyse;
use crate::app::failure::Failure;
use crate::app::output;
use crate::app::select::select;
use crate::cli::{Format, LadderArgs};
use crate::render::json::{Layout, RecordSelection};
use crate::render::ladder::{self, Which};
use crate::render::ndjson::{self, Record};
use crate::render::{TimeColumn, json};
use crate::report::{Keep, Records};
use std::io::Write;

pub(super) fn run(args: &LadderArgs) -> Result<(), Failure> {
    let keep = Keep {
        messages: true,
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
    if report.calls.is_empty() {
        analysis.verdict(&args.input)?;
        let why = if selected.is_some() {
            "no call fits the selection"
        } else {
            "no call in the capture"
        };
        return Err(Failure::NothingMatched(why.to_owned()));
    }
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
            ladder::render(&report, Which::Calls, &style, &mut out)?;
        }
    }
    out.flush()?;
    analysis.verdict(&args.input)
}
