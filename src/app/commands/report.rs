//! `sipflow report`.

use crate::app::analyse::{Analysis, run as run_pipeline, say_limits, verdict};
use crate::app::failure::Failure;
use crate::app::output;
use crate::app::selected::{Asked, Loaded, load_heard};
use crate::cli::{DiagnosticsArgs, Records, ReportArgs, ReportOutput};
use crate::render::json::Layout;
use crate::render::report::{ReportOptions, drawn_calls, drawn_registrations};
use crate::render::{TimeColumn, json, ndjson, report as text};
use crate::report::model::{Message, Report};
use crate::report::{Record, StreamOut, counters, limits_of_pipeline};
use crate::types::{FileNames, KindSet, QueryKind, RecordKind, path_text};

pub(super) fn run(args: &ReportArgs) -> Result<(), Failure> {
    if args.series && args.shape == ReportOutput::Text {
        let line = "--series adds figures to JSON: add --json, or see 'sipflow streams --series'";
        return Err(Failure::Usage(line.to_owned()));
    }
    let mut args = args.clone();
    args.input.extras.series = args.series;
    let args = &args;
    match args.shape {
        ReportOutput::Ndjson(records) => run_ndjson(args, records),
        ReportOutput::Json(records) => run_json(args, records),
        ReportOutput::Text => run_text(args),
    }
}

fn run_json(args: &ReportArgs, records: Records) -> Result<(), Failure> {
    let asked = Asked::new(&args.select, &args.filter, QueryKind::Calls)?.rated(args.mos.profile);
    let keep = records.kinds.union(KindSet::SUMMARY);
    let said = said(args, records.kinds);
    let mut loaded = load_heard(&args.input, &asked, &said, keep, args.audio)?;
    refuse_nothing(&mut loaded, args, &asked)?;
    let Loaded {
        mut analysis,
        report,
        selected,
        ..
    } = loaded;
    let mut out = output::open(&args.output)?;
    let first = analysis.first_time();
    let wanted = |m: &Message| selected.as_ref().is_none_or(|s| s.has_message(m));
    {
        analysis.collected.mask_secrets = args.mask.mask_secrets;
        let (collected, texts) = analysis.parts();
        let mut messages = collected.messages(texts, first, records.raw, &wanted);
        let kinds = records.kinds;
        json::write_report(&report, &mut messages, kinds, Layout::Pretty, &mut out)?;
    }
    out.finish()?;
    analysis.verdict(&args.input)
}

/// What is said beside an output of these kinds.
fn said(args: &ReportArgs, kinds: KindSet) -> DiagnosticsArgs {
    match kinds.has(RecordKind::Finding) {
        true => args.diagnostics.beside_findings(),
        false => args.diagnostics.clone(),
    }
}

fn run_text(args: &ReportArgs) -> Result<(), Failure> {
    let asked = Asked::new(&args.select, &args.filter, QueryKind::Calls)?.rated(args.mos.profile);
    let mut loaded = load_heard(
        &args.input,
        &asked,
        &args.diagnostics.beside_findings(),
        KindSet::SUMMARY.with(RecordKind::Message),
        args.audio,
    )?;
    refuse_nothing(&mut loaded, args, &asked)?;
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
    let registrations = drawn_registrations(report, options);
    let registrations = report
        .registrations
        .iter()
        .filter(|r| registrations.contains(&r.id));
    let attempts = registrations.flat_map(|r| &r.attempts);
    let of_attempts = attempts.flat_map(|a| &a.messages);
    let shown = in_order(calls.flat_map(|c| &c.messages).chain(of_attempts));
    let attempts = report.registrations.iter().flat_map(|r| &r.attempts);
    let findings = report.findings.iter().flat_map(|f| &f.messages);
    let requests = report.requests.iter().flat_map(|r| &r.messages);
    let reports = report.calls.iter().flat_map(|c| &c.quality_reports);
    let named = attempts.flat_map(|a| &a.messages).chain(findings);
    let named = named.chain(requests).chain(reports.map(|r| &r.message));
    // Of several files each call names its own.
    let several = report.sources.len() > 1;
    let calls = report.calls.iter().filter(|_| several);
    let named = named.chain(calls.filter_map(|c| c.messages.first()));
    let named = in_order(named);
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

fn refuse_nothing(
    loaded: &mut Loaded,
    args: &ReportArgs,
    asked: &Asked<'_>,
) -> Result<(), Failure> {
    let empty = loaded.report.calls.is_empty() && loaded.report.registrations.is_empty();
    if loaded.selected.is_some() && empty {
        return Err(loaded.nothing(&args.input, asked, "call or registration"));
    }
    Ok(())
}

fn run_ndjson(args: &ReportArgs, records: Records) -> Result<(), Failure> {
    if !args.select.is_empty() || args.filter.expression.is_some() {
        return Err(Failure::Usage(
            "ndjson writes records as they become final, before a selection by call can be decided: filter its lines, or use --json".to_owned(),
        ));
    }
    if args.lint {
        return Err(Failure::Usage(
            "ndjson writes records as they become final, before all messages of a kind are counted: use --json".to_owned(),
        ));
    }
    if args.audio {
        return Err(Failure::Usage(
            "ndjson writes records as they become final, before the captures are read again for their sound: use --json".to_owned(),
        ));
    }
    let mut out = output::open(&args.output)?;
    ndjson::begin(&mut out)?;
    let mut emit = |record: Record<'_>| ndjson::write_record(&record, &mut out);
    let mut sink = StreamOut::new(records.raw, &mut emit)
        .with_kinds(records.kinds)
        .with_profile(args.mos.profile)
        .with_secrets_masked(args.mask.mask_secrets);
    let paths: Vec<String> = args.input.files.iter().map(|f| path_text(f)).collect();
    sink = sink.with_files(FileNames::of(paths.iter().map(|p| &**p)));
    let (summary, sources) = run_pipeline(&args.input, &args.diagnostics, &mut sink)?;
    sink.finish(&summary, &sources)?;
    let said = said(args, records.kinds);
    say_limits(&said, &limits_of_pipeline(&summary));
    ndjson::end(&sources, &counters(&summary), &mut out)?;
    out.finish()?;
    verdict(&args.input, args.diagnostics.quiet, &sources)
}
