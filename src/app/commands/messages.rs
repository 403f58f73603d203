//! `sipflow messages`.

use crate::app::analyse::{Analysis, analyse};
use crate::app::failure::Failure;
use crate::app::output;
use crate::app::select::fits;
use crate::cli::{Format, MessagesArgs, TextLayout};
use crate::render::json::RecordSelection;
use crate::render::messages::{self as text, MessageRow};
use crate::render::{TimeColumn, csv, json, ndjson};
use crate::report::model::Message;
use crate::report::{Keep, Records};
use regex::bytes::{Regex, RegexBuilder};
use std::cell::Cell;
use std::io::Write;

pub(super) fn run(args: &MessagesArgs) -> Result<(), Failure> {
    let pattern = pattern(args)?;
    let keep = Keep { messages: true, transactions: false, dialogs: false };
    let mut analysis = analyse(&args.input, &args.diagnostics, keep)?;
    let matched = match args.format.chosen() {
        Format::Json => write_json(args, &mut analysis, pattern.as_ref())?,
        _ => write_rows(args, &mut analysis, pattern.as_ref())?,
    };
    analysis.verdict(&args.input)?;
    if matched { Ok(()) } else { Err(Failure::NothingMatched(String::new())) }
}

fn pattern(args: &MessagesArgs) -> Result<Option<Regex>, Failure> {
    let Some(text) = &args.pattern else { return Ok(None) };
    let regex = RegexBuilder::new(text).case_insensitive(args.ignore_case).build();
    regex.map(Some).map_err(|e| Failure::Usage(format!("the pattern of -m: {e}")))
}

fn write_json(args: &MessagesArgs, analysis: &mut Analysis, pattern: Option<&Regex>) -> Result<bool, Failure> {
    let report = analysis.report(Records { transactions: false, dialogs: false });
    let mut out = output::open(&args.output)?;
    let first = analysis.first_time();
    let matched = Cell::new(false);
    let wanted = |m: &Message, raw: &[u8]| {
        let fits = fits(&args.select, m) && pattern.is_none_or(|p| p.is_match(raw));
        matched.set(matched.get() | fits);
        fits
    };
    let shown = RecordSelection { messages: true, ..RecordSelection::NONE };
    let (collected, texts) = analysis.parts();
    let mut messages = collected
        .messages_with_text(texts, first, args.raw)
        .filter(|item| item.as_ref().map_or(true, |(m, raw)| wanted(m, raw)))
        .map(|item| item.map(|(m, _)| m));
    json::write_report(&report, &mut messages, &shown, &mut out)?;
    out.flush()?;
    Ok(matched.get())
}

fn write_rows(args: &MessagesArgs, analysis: &mut Analysis, pattern: Option<&Regex>) -> Result<bool, Failure> {
    let style = output::style(&args.output, &args.time, TimeColumn::Relative);
    let mut out = output::open(&args.output)?;
    let first = analysis.first_time();
    let (collected, texts) = analysis.parts();
    let mut list = text::List::new(&style, collected.widest_frame());
    let mut matched = false;
    if args.format.chosen() == Format::Csv {
        csv::messages_head(&mut out)?;
    }
    for item in collected.messages_with_text(texts, first, args.raw) {
        let (message, raw) = item.map_err(Failure::Texts)?;
        list.pass(&message);
        if !fits(&args.select, &message) || pattern.is_some_and(|p| !p.is_match(&raw)) {
            continue;
        }
        matched = true;
        let info = crate::report::info_line(&raw);
        let row = MessageRow { message: &message, info };
        match (args.format.chosen(), args.layout) {
            (Format::Csv, _) => csv::message(&row, &mut out)?,
            (Format::Ndjson, _) => ndjson::write("message", &message, &mut out)?,
            (_, TextLayout::Line) => list.line(&row, &mut out)?,
            (_, TextLayout::Byline) => list.byline(&message, &raw, &mut out)?,
            (_, TextLayout::None) => list.single(&message, &raw, &mut out)?,
        }
    }
    out.flush()?;
    Ok(matched)
}
