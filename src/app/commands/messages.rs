//! `sipflow messages`.

use crate::app::analyse::{Analysis, analyse};
use crate::app::failure::Failure;
use crate::app::meant::hint;
use crate::app::output;
use crate::app::select::{fits, pattern};
use crate::cli::{MessagesArgs, MessagesOutput, TextLayout};
use crate::explain::info_line;
use crate::render::json::Layout;
use crate::render::messages::{LongInfo, MessageRow, MessageTable, byline, single};
use crate::render::{TimeColumn, csv, json, ndjson};
use crate::report::Record;
use crate::report::model::{Message, Timestamp};
use crate::sip::secrets::mask;
use crate::types::{FileNames, KindSet, RecordKind};
use regex::bytes::Regex;
use std::cell::Cell;
use std::io::{self, Write};

/// Rows whose columns are measured before the first is printed.
const MEASURED_ROWS: usize = 200;

pub(super) fn run(args: &MessagesArgs) -> Result<(), Failure> {
    let pattern = pattern(&args.matching)?;
    let only = KindSet::of(&[RecordKind::Message]);
    let mut analysis = analyse(&args.input.unheard(), &args.diagnostics, only)?;
    analysis.collected.mask_secrets = args.mask.mask_secrets;
    let pattern = pattern.as_ref();
    let matched = match args.shape {
        MessagesOutput::Text(layout) => write_text(args, layout, &mut analysis, pattern)?,
        MessagesOutput::Json { raw } => {
            let report = analysis.report();
            write_records(args, raw, &mut analysis, pattern, |messages, out| {
                json::write_report(&report, messages, only, Layout::Pretty, out)
            })?
        }
        MessagesOutput::Ndjson { raw } => {
            write_records(args, raw, &mut analysis, pattern, |messages, out| {
                for message in messages {
                    ndjson::write_record(&Record::Message(&message?), out)?;
                }
                Ok(())
            })?
        }
        MessagesOutput::Csv(csv) => {
            write_records(args, false, &mut analysis, pattern, |messages, out| {
                csv::messages(messages, output::formulas(csv), out)
            })?
        }
    };
    analysis.verdict(&args.input)?;
    if matched {
        Ok(())
    } else {
        let matching = &args.matching;
        let words = match (&matching.pattern, args.select.is_empty()) {
            _ if analysis.summary.counters.sip_messages == 0 => "no SIP message in the capture",
            (Some(_), _) if !matching.ignore_case => {
                "no SIP message fits the selection (-m distinguishes case unless --ignore-case)"
            }
            (None, true) => "no SIP message in the capture",
            _ => "no SIP message fits the selection",
        };
        let hint = hint(&args.select, &mut analysis, 0);
        Err(Failure::NothingMatched(format!("{words}{hint}")))
    }
}

fn chosen(args: &MessagesArgs, pattern: Option<&Regex>, message: &Message, raw: &[u8]) -> bool {
    fits(&args.select, message) && pattern.is_none_or(|p| p.is_match(raw))
}

/// The messages chosen, as `write` writes them. True where there is one.
fn write_records(
    args: &MessagesArgs,
    raw: bool,
    analysis: &mut Analysis,
    pattern: Option<&Regex>,
    write: impl FnOnce(&mut dyn Iterator<Item = io::Result<Message>>, &mut dyn Write) -> io::Result<()>,
) -> Result<bool, Failure> {
    let mut out = output::open(&args.output)?;
    let first = analysis.first_time();
    let matched = Cell::new(false);
    let (collected, texts) = analysis.parts();
    let mut messages =
        collected
            .messages_with_text(texts, first, raw)
            .filter_map(|item| match item {
                Ok((m, raw)) if chosen(args, pattern, &m, &raw) => {
                    matched.set(true);
                    Some(Ok(m))
                }
                Ok(_) => None,
                Err(error) => Some(Err(error)),
            });
    write(&mut messages, &mut out)?;
    out.finish()?;
    Ok(matched.get())
}

/// A row that waits until the widths of the first rows are known.
struct Waiting {
    message: Message,
    info: String,
    previous: Option<Timestamp>,
}

fn write_text(
    args: &MessagesArgs,
    layout: TextLayout,
    analysis: &mut Analysis,
    pattern: Option<&Regex>,
) -> Result<bool, Failure> {
    let style = output::style(&args.output, &args.time, TimeColumn::Relative);
    let mut out = output::open(&args.output)?;
    let first = analysis.first_time();
    let files = FileNames::of(analysis.sources.iter().map(|s| &*s.path));
    let (collected, texts) = analysis.parts();
    // A pipe gets whole lines: grep must find what stands at their end.
    let long = if output::on_terminal(&args.output) {
        LongInfo::Wrapped
    } else {
        LongInfo::Keep
    };
    let mut table = MessageTable::new(&style, long).with_files(files);
    let mut waiting: Vec<Waiting> = Vec::new();
    let mut started = false;
    let mut matched = false;
    let mut previous = None;
    for item in collected.messages_with_text(texts, first, false) {
        let (message, mut raw) = item.map_err(Failure::Texts)?;
        let before = previous.replace(message.time);
        if !chosen(args, pattern, &message, &raw) {
            continue;
        }
        matched = true;
        if args.mask.mask_secrets {
            mask(&mut raw);
        }
        match layout {
            TextLayout::Byline => byline(&message, &raw, &style, &mut out)?,
            TextLayout::None => single(&message, &raw, &style, &mut out)?,
            TextLayout::Line => {
                let row = Waiting {
                    info: info_line(&raw),
                    message,
                    previous: before,
                };
                if started {
                    print(&mut table, &row, &mut out)?;
                } else {
                    table.make_room(&row.message);
                    waiting.push(row);
                    if waiting.len() >= MEASURED_ROWS {
                        start(&mut table, &mut waiting, &mut out)?;
                        started = true;
                    }
                }
            }
        }
    }
    if !waiting.is_empty() {
        start(&mut table, &mut waiting, &mut out)?;
    }
    table.finish(&mut out)?;
    out.finish()?;
    Ok(matched)
}

fn start(
    table: &mut MessageTable,
    waiting: &mut Vec<Waiting>,
    out: &mut dyn Write,
) -> io::Result<()> {
    table.heading(out)?;
    waiting
        .drain(..)
        .try_for_each(|row| print(table, &row, out))
}

fn print(table: &mut MessageTable, row: &Waiting, out: &mut dyn Write) -> io::Result<()> {
    table.row(
        &MessageRow {
            message: &row.message,
            info: row.info.clone(),
            previous_message: row.previous,
        },
        out,
    )
}
