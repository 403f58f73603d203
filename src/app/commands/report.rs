//! `sipflow report`.

use crate::app::analyse::{Analysis, run as run_pipeline, verdict};
use crate::app::failure::Failure;
use crate::app::output;
use crate::app::selected::{Loaded, load};
use crate::cli::{Format, RecordKind, ReportArgs};
use crate::render::json::{Layout, RecordSelection};
use crate::render::ndjson::{self, Head, Record as Line};
use crate::render::report::{ReportOptions, drawn_calls};
use crate::render::{TimeColumn, json, report as text};
use crate::report::model::{Generator, Message, Report, SCHEMA_ID};
use crate::report::{Keep, Record, StreamOut, counters};

pub(super) fn run(args: &ReportArgs) -> Result<(), Failure> {
    match args.format.chosen() {
        Format::Ndjson => run_ndjson(args),
        Format::Json => run_json(args),
        Format::Text | Format::Csv => run_text(args),
    }
}

fn wants(args: &ReportArgs, kind: RecordKind) -> bool {
    args.records.is_empty() || args.records.contains(&kind)
}

fn selection(args: &ReportArgs) -> RecordSelection {
    RecordSelection {
        messages: wants(args, RecordKind::Messages),
        transactions: wants(args, RecordKind::Transactions),
        dialogs: wants(args, RecordKind::Dialogs),
        calls: wants(args, RecordKind::Calls),
        registrations: wants(args, RecordKind::Registrations),
        streams: wants(args, RecordKind::Streams),
        findings: wants(args, RecordKind::Findings),
    }
}

fn run_json(args: &ReportArgs) -> Result<(), Failure> {
    let shown = selection(args);
    let keep = Keep {
        messages: shown.messages,
        transactions: shown.transactions,
        dialogs: shown.dialogs,
        ..Keep::SUMMARY
    };
    let loaded = load(&args.input, &args.select, &args.diagnostics, keep)?;
    refuse_nothing(&loaded, args)?;
    let Loaded {
        mut analysis,
        report,
        selected,
    } = loaded;
    let mut out = output::open(&args.output)?;
    let first = analysis.first_time();
    let wanted = |m: &Message| selected.as_ref().is_none_or(|s| s.has_message(m));
    {
        let (collected, texts) = analysis.parts();
        let mut messages = collected.messages(texts, first, args.raw, &wanted);
        json::write_report(&report, &mut messages, &shown, Layout::Pretty, &mut out)?;
    }
    out.finish()?;
    analysis.verdict(&args.input)
}

fn run_text(args: &ReportArgs) -> Result<(), Failure> {
    let loaded = load(
        &args.input,
        &args.select,
        &args.diagnostics,
        Keep::WITH_MESSAGES,
    )?;
    refuse_nothing(&loaded, args)?;
    let Loaded {
        mut analysis,
        mut report,
        ..
    } = loaded;
    let options = ReportOptions::default();
    load_shown(&mut analysis, &mut report, &options)?;
    let mut out = output::open(&args.output)?;
    text::render(
        &report,
        &options,
        &output::style(&args.output, &args.time, TimeColumn::Relative),
        &mut out,
    )?;
    out.finish()?;
    analysis.verdict(&args.input)
}

/// Puts into the report the messages of what its text draws, and where those are that its findings
/// and registrations name.
pub(in crate::app) fn load_shown(
    analysis: &mut Analysis,
    report: &mut Report,
    options: &ReportOptions,
) -> Result<(), Failure> {
    let drawn = drawn_calls(report, options);
    let calls = report.calls.iter().filter(|c| drawn.contains(&c.id));
    let shown = in_order(calls.flat_map(|c| &c.messages));
    let attempts = report.registrations.iter().flat_map(|r| &r.attempts);
    let findings = report.findings.iter().flat_map(|f| &f.messages);
    let named = in_order(attempts.flat_map(|a| &a.messages).chain(findings));
    report.named = analysis.collected.named(named.into_iter());
    report.messages = analysis.load_messages(shown.into_iter())?;
    Ok(())
}

fn in_order<'a>(ids: impl Iterator<Item = &'a u32>) -> Vec<u32> {
    let mut ids: Vec<u32> = ids.copied().collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

fn refuse_nothing(loaded: &Loaded, args: &ReportArgs) -> Result<(), Failure> {
    let empty = loaded.report.calls.is_empty() && loaded.report.registrations.is_empty();
    if loaded.selected.is_some() && empty {
        return Err(loaded.nothing(&args.input, "call or registration"));
    }
    Ok(())
}

fn run_ndjson(args: &ReportArgs) -> Result<(), Failure> {
    if !args.select.is_empty() {
        return Err(Failure::Usage(
            "ndjson writes records as they become final, before a selection by call can be decided: filter its lines, or use --json".to_owned(),
        ));
    }
    let shown = selection(args);
    let mut out = output::open(&args.output)?;
    let generator = Generator::default();
    ndjson::write_record(
        &Line::Report(Head {
            schema: SCHEMA_ID,
            generator: &generator,
        }),
        &mut out,
    )?;
    let mut emit = |record: Record| -> std::io::Result<()> {
        let wanted = match &record {
            Record::Message(_) => shown.messages,
            Record::Transaction(_) => shown.transactions,
            Record::Dialog(_) => shown.dialogs,
            Record::Call(_) => shown.calls,
            Record::Registration(_) => shown.registrations,
            Record::Stream(_) => shown.streams,
            Record::Finding(_) => shown.findings,
        };
        if !wanted {
            return Ok(());
        }
        ndjson::write_record(
            &match &record {
                Record::Message(r) => Line::Message(r),
                Record::Transaction(r) => Line::Transaction(r),
                Record::Dialog(r) => Line::Dialog(r),
                Record::Call(r) => Line::Call(r),
                Record::Registration(r) => Line::Registration(r),
                Record::Stream(r) => Line::Stream(r),
                Record::Finding(r) => Line::Finding(r),
            },
            &mut out,
        )
    };
    let mut sink = StreamOut::new(args.raw, &mut emit).with_messages(shown.messages);
    let (summary, sources) = run_pipeline(&args.input, &args.diagnostics, &mut sink)?;
    sink.finish(&summary, &sources)?;
    for source in &sources {
        ndjson::write_record(&Line::Source(source), &mut out)?;
    }
    ndjson::write_record(&Line::Counters(&counters(&summary)), &mut out)?;
    out.finish()?;
    verdict(&args.input, args.diagnostics.quiet, &sources)
}
