//! `sipflow explain`.

use crate::app::analyse::Analysis;
use crate::app::failure::Failure;
use crate::app::output;
use crate::app::selected::{Asked, Loaded, load};
use crate::cli::{ExplainArgs, ExplainFormat};
use crate::explain::Lookup;
use crate::explain::walkthrough::{
    Carried, EXPLAIN_SCHEMA_ID, Explanation, LessonId, Material, lesson, lesson_ids, messages_of,
    rows_with, told_with,
};
use crate::explain::words::counted;
use crate::render::{TimeColumn, explain as shown, json_text};
use crate::report::model::{Generator, Report};
use crate::types::{KindSet, LessonKind, RecordKind};
use std::collections::{BTreeSet, HashMap};
use std::io::Write;

pub(super) fn run(args: &ExplainArgs) -> Result<(), Failure> {
    let keep = KindSet::SUMMARY
        .with(RecordKind::Message)
        .with(RecordKind::Transaction);
    let mut loaded = load(
        &args.input,
        &Asked::by(&args.select),
        &args.diagnostics.beside_findings(),
        keep,
    )?;
    let registrations = loaded.report.registrations.len();
    // Rows of requests are named by their numbers: beside a selection they add to it.
    loaded.report.requests.append(&mut loaded.others.requests);
    let requests = loaded.report.requests.len();
    loaded.report.messages = loaded
        .analysis
        .load_messages(told_with(&loaded.report).into_iter())?;
    let ids = wanted(args, &loaded.report);
    if ids.is_empty() {
        let numbered = !args.registrations.is_empty() || !args.requests.is_empty();
        if !numbered || !args.select.is_empty() {
            let what = "call, registration or request";
            return Err(loaded.nothing(&args.input, &Asked::by(&args.select), what));
        }
        loaded.analysis.verdict(&args.input)?;
        return Err(Failure::NothingMatched(format!(
            "no such number: the capture has {} and {}",
            counted(registrations as u64, "registration", "registrations"),
            counted(requests as u64, "row of requests", "rows of requests")
        )));
    }
    let Loaded {
        mut analysis,
        mut report,
        others,
        ..
    } = loaded;
    // A selection changes what is told, not what is known: who registered an address.
    report.registrations.extend(others.registrations);
    report.registrations.sort_by_key(|r| r.id);
    let limit = match args.limit {
        0 => ids.len(),
        limit => limit,
    };
    let (ids, left) = ids.split_at(limit.min(ids.len()));
    let carried = read_messages(&mut analysis, &mut report, ids)?;
    let lookup = Lookup::new(&report);
    let material = Material {
        lookup: &lookup,
        carried: &carried,
        level: args.level,
    };
    let explanation = Explanation {
        schema: EXPLAIN_SCHEMA_ID.to_owned(),
        generator: Generator::default(),
        sources: report.sources.clone(),
        level: args.level,
        lessons: ids.iter().filter_map(|id| lesson(&material, *id)).collect(),
        left_out: left.len() as u64,
    };
    let mut out = output::open(&args.output)?;
    let style = output::style(&args.output, &args.time, TimeColumn::Relative);
    match args.format {
        ExplainFormat::Text => shown::text(&explanation, &style, &mut out)?,
        ExplainFormat::Md => shown::md(&explanation, &style, &mut out)?,
        ExplainFormat::Html => shown::html(&explanation, &style, &mut out)?,
        ExplainFormat::Json => {
            json_text::write_pretty(&explanation, &mut out)?;
            writeln!(out)?;
        }
    }
    out.finish()?;
    analysis.verdict(&args.input)
}

/// The lessons asked for, in order of time.
fn wanted(args: &ExplainArgs, report: &Report) -> Vec<LessonId> {
    let numbered = !args.registrations.is_empty() || !args.requests.is_empty();
    // Numbers alone leave out what they are not of; beside a selection they add to it.
    let others = !numbered || !args.select.is_empty();
    let mut ids = lesson_ids(&Lookup::new(report));
    ids.retain(|(kind, id)| match kind {
        LessonKind::Call => others,
        LessonKind::Registration if args.registrations.is_empty() => others,
        LessonKind::Registration => args.registrations.contains(id),
        // A selection is one of calls and registrations.
        LessonKind::Requests if args.requests.is_empty() => !numbered && args.select.is_empty(),
        LessonKind::Requests => {
            let rows = rows_with(report, *id);
            args.requests.iter().any(|n| rows.contains(n))
        }
    });
    ids
}

/// Puts the messages of the lessons into the report, and reads what they carry.
fn read_messages(
    analysis: &mut Analysis,
    report: &mut Report,
    ids: &[LessonId],
) -> Result<HashMap<u32, Carried>, Failure> {
    let lookup = Lookup::new(report);
    let messages = ids.iter().flat_map(|id| messages_of(&lookup, *id));
    let mut wanted: BTreeSet<u32> = messages.collect();
    let findings = report.findings.iter().flat_map(|f| &f.messages);
    let named: BTreeSet<u32> = findings.chain(&wanted).copied().collect();
    // The rows of requests are told apart by them.
    wanted.extend(told_with(report));
    let read = analysis.load_texts(wanted.into_iter())?;
    report.named = analysis.collected.named(named.into_iter());
    let mut carried = HashMap::new();
    report.messages.clear();
    for (message, text) in read {
        carried.insert(message.id, Carried::read(&text));
        report.messages.push(message);
    }
    Ok(carried)
}
