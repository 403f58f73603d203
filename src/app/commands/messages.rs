//! `sipflow messages`.

use crate::app::analyse::{Analysis, analyse};
use crate::app::failure::Failure;
use crate::app::meant::hint;
use crate::app::output;
use crate::app::select::{fits, pattern};
use crate::app::selected::{Asked, holds_for_none};
use crate::cli::{MessagesArgs, MessagesOutput, TextLayout};
use crate::explain::info_line;
use crate::query::{Alone, Item, Lookup, Query};
use crate::render::json::Layout;
use crate::render::messages::{LongInfo, MessageRow, MessageTable, byline, single};
use crate::render::{TimeColumn, csv, json, ndjson};
use crate::report::Record;
use crate::report::model::{Message, Timestamp};
use crate::sip::secrets::mask;
use crate::types::{FileNames, KindSet, QueryKind, RecordKind};
use regex::bytes::Regex;
use std::cell::Cell;
use std::io::{self, Write};

/// Rows whose columns are measured before the first is printed.
const MEASURED_ROWS: usize = 200;

pub(super) fn run(args: &MessagesArgs) -> Result<(), Failure> {
    let pattern = pattern(&args.matching)?;
    let asked = Asked::new(&args.select, &args.filter, QueryKind::Messages)?;
    let query = asked.query();
    let only = KindSet::of(&[RecordKind::Message]);
    let keep = query.map_or(only, |q| only.union(q.needs()));
    let mut analysis = analyse(&asked.unheard(&args.input), &args.diagnostics, keep)?;
    analysis.collected.mask_secrets = args.mask.mask_secrets;
    let is_json = matches!(args.shape, MessagesOutput::Json { .. });
    // What belongs to a message is known when all is read.
    let report = (is_json || keep != only).then(|| analysis.report());
    let related = report.as_ref().zip(query);
    let related = related.map(|(report, query)| query.related(report, &|_, _| {}));
    let chosen = Chosen {
        args,
        pattern: pattern.as_ref(),
        query,
        lookup: related.as_ref().map_or(&Alone, |r| r as &dyn Lookup),
    };
    let matched = match args.shape {
        MessagesOutput::Text(layout) => write_text(&chosen, layout, &mut analysis)?,
        MessagesOutput::Json { raw } => {
            let report = report.as_ref();
            write_records(&chosen, raw, &mut analysis, |messages, out| match report {
                Some(report) => json::write_report(report, messages, only, Layout::Pretty, out),
                None => Ok(()),
            })?
        }
        MessagesOutput::Ndjson { raw } => {
            write_records(&chosen, raw, &mut analysis, |messages, out| {
                for message in messages {
                    ndjson::write_record(&Record::Message(&message?), out)?;
                }
                Ok(())
            })?
        }
        MessagesOutput::Csv(csv) => {
            write_records(&chosen, false, &mut analysis, |messages, out| {
                csv::messages(messages, output::formulas(csv), out)
            })?
        }
    };
    analysis.verdict(&args.input)?;
    if matched {
        Ok(())
    } else {
        let matching = &args.matching;
        let all = asked.is_empty();
        let words = match (&matching.pattern, all) {
            _ if analysis.summary.counters.sip_messages == 0 => "no SIP message in the capture",
            (Some(_), _) if !matching.ignore_case => {
                "no SIP message fits the selection (-m distinguishes case unless --ignore-case)"
            }
            (None, true) => "no SIP message in the capture",
            _ => "no SIP message fits the selection",
        };
        // Where nothing else was asked for, the expression is why.
        let hint = match query.is_some() && args.select.is_empty() && pattern.is_none() {
            true => holds_for_none(QueryKind::Messages, analysis.collected.message_count()),
            false => hint(&args.select, &mut analysis, 0),
        };
        Err(Failure::NothingMatched(format!("{words}{hint}")))
    }
}

/// Which messages are written.
struct Chosen<'a> {
    args: &'a MessagesArgs,
    pattern: Option<&'a Regex>,
    query: Option<&'a Query>,
    lookup: &'a dyn Lookup,
}

impl Chosen<'_> {
    fn has(&self, message: &Message, raw: &[u8]) -> bool {
        let holds = |query: &Query| query.matches(Item::Message(message), self.lookup);
        fits(&self.args.select, message)
            && self.pattern.is_none_or(|p| p.is_match(raw))
            && self.query.is_none_or(holds)
    }
}

/// The messages chosen, as `write` writes them. True where there is one.
fn write_records(
    chosen: &Chosen<'_>,
    raw: bool,
    analysis: &mut Analysis,
    write: impl FnOnce(&mut dyn Iterator<Item = io::Result<Message>>, &mut dyn Write) -> io::Result<()>,
) -> Result<bool, Failure> {
    let mut out = output::open(&chosen.args.output)?;
    let first = analysis.first_time();
    let matched = Cell::new(false);
    let (collected, texts) = analysis.parts();
    let mut messages =
        collected
            .messages_with_text(texts, first, raw)
            .filter_map(|item| match item {
                Ok((m, raw)) if chosen.has(&m, &raw) => {
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
    chosen: &Chosen<'_>,
    layout: TextLayout,
    analysis: &mut Analysis,
) -> Result<bool, Failure> {
    let args = chosen.args;
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
        if !chosen.has(&message, &raw) {
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
