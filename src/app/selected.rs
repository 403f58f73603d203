//! A capture analysed and narrowed to what the selection options ask for.

use super::analyse::{Analysis, analyse};
use super::failure::Failure;
use super::filter::{chosen, query};
use super::meant::hint;
use super::select::{Others, Selected, select};
use super::sound::{measure, readable_twice};
use crate::cli::{DiagnosticsArgs, InputArgs, SelectArgs, WhereArgs};
use crate::explain::words::counted;
use crate::query::Query;
use crate::report::model::Report;
use crate::types::{CallNo, KindSet, MosProfile, QueryKind, RecordKind, path_text};
use tempfile::TempDir;

/// Which records are asked for, and how they are rated before they are asked.
pub(super) struct Asked<'a> {
    select: &'a SelectArgs,
    query: Option<Query>,
    profile: MosProfile,
}

impl<'a> Asked<'a> {
    /// By the options, and by an expression about records of a kind.
    pub(super) fn new(
        select: &'a SelectArgs,
        filter: &WhereArgs,
        kind: QueryKind,
    ) -> Result<Asked<'a>, Failure> {
        let query = query(filter, kind)?;
        Ok(Asked {
            query,
            ..Asked::by(select)
        })
    }

    /// By the options alone.
    pub(super) fn by(select: &'a SelectArgs) -> Asked<'a> {
        Asked {
            select,
            query: None,
            profile: MosProfile::G107,
        }
    }

    /// The same, of streams rated by a profile.
    pub(super) fn rated(self, profile: MosProfile) -> Asked<'a> {
        Asked { profile, ..self }
    }

    pub(super) fn query(&self) -> Option<&Query> {
        self.query.as_ref()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.select.is_empty() && self.query.is_none()
    }

    /// For an output that shows nothing of decoded sound: no sound is listened to, unless the expression asks for it.
    pub(super) fn unheard(&self, input: &InputArgs) -> InputArgs {
        match self.query.as_ref().is_some_and(Query::needs_sound) {
            true => input.clone(),
            false => input.unheard(),
        }
    }
}

/// An analysis, its report without messages, and the selection (`None` where all was asked for).
pub(super) struct Loaded {
    pub(super) analysis: Analysis,
    pub(super) report: Report,
    pub(super) selected: Option<Selected>,
    /// What was not selected.
    pub(super) others: Others,
    /// How many calls there were to select from.
    pub(super) calls: usize,
    /// Where the expression holds for nothing: of how many records.
    unfit: Option<String>,
    /// Copies of inputs that could be read only once: there until the output is written.
    #[expect(dead_code, reason = "it removes them when it is dropped")]
    copies: Option<TempDir>,
}

/// The same with the sound of the streams measured where `audio` asks for it: the captures are read twice.
pub(super) fn load_heard(
    input: &InputArgs,
    asked: &Asked<'_>,
    said: &DiagnosticsArgs,
    keep: KindSet,
    audio: bool,
) -> Result<Loaded, Failure> {
    if !audio {
        return load(input, asked, said, keep);
    }
    let (copied, copies) = readable_twice(input)?;
    let loaded = load_with(&copied, asked, said, keep, |analysis, selected| {
        for (source, file) in analysis.sources.iter_mut().zip(&input.files) {
            source.path = path_text(file);
        }
        let is_wanted = |call: Option<CallNo>| match (selected, call) {
            (None, _) => true,
            (Some(selected), Some(call)) => selected.has_call(call.get()),
            (Some(_), None) => false,
        };
        measure(&copied, said, &mut analysis.collected.streams, &is_wanted)
    })?;
    Ok(Loaded { copies, ..loaded })
}

/// Reads the captures and leaves in the report what was selected. Message records are kept where
/// `keep` says so or the selection has to look at them.
pub(super) fn load(
    input: &InputArgs,
    asked: &Asked<'_>,
    said: &DiagnosticsArgs,
    keep: KindSet,
) -> Result<Loaded, Failure> {
    load_with(input, asked, said, keep, |_, _| Ok(()))
}

/// `before`: what is still to be found out before the report is made.
fn load_with(
    input: &InputArgs,
    asked: &Asked<'_>,
    said: &DiagnosticsArgs,
    keep: KindSet,
    before: impl FnOnce(&mut Analysis, Option<&Selected>) -> Result<(), Failure>,
) -> Result<Loaded, Failure> {
    let mut keep = match asked.select.asks_messages() {
        true => keep.with(RecordKind::Message),
        false => keep,
    };
    if let Some(query) = &asked.query {
        keep = keep.with(query.kind().record()).union(query.needs());
    }
    let mut said = said.clone();
    // A selection leaves out what is about the capture as a whole.
    said.has_findings &= asked.is_empty();
    let mut analysis = analyse(input, &said, keep)?;
    let mut selected = select(&mut analysis, asked.select)?;
    before(&mut analysis, selected.as_ref())?;
    let mut report = analysis.report();
    report.rate_by(asked.profile);
    let calls = report.calls.len();
    let mut unfit = None;
    if let Some(query) = &asked.query {
        let chosen = chosen(query, &report, &mut analysis)?;
        let kind = query.kind();
        if chosen.is_empty() {
            let all = report.records(KindSet::of(&[kind.record()])).count();
            unfit = Some(holds_for_none(kind, all));
        }
        selected = Some(Selected::and(selected, kind, chosen, &report));
    }
    let others = selected.as_ref().map(|s| s.narrow(&mut report));
    let others = others.unwrap_or_default();
    Ok(Loaded {
        analysis,
        report,
        selected,
        others,
        calls,
        unfit,
        copies: None,
    })
}

/// Why an expression shows nothing: of how many records it holds for none.
pub(super) fn holds_for_none(kind: QueryKind, all: usize) -> String {
    let all = counted(all as u64, kind.one(), kind.as_str());
    format!(" (--where holds for none of {all})")
}

impl Loaded {
    /// Nothing to show is exit code 1, unless the capture is damaged and `--strict` asks for 3.
    pub(super) fn nothing(&mut self, input: &InputArgs, asked: &Asked<'_>, what: &str) -> Failure {
        if let Err(damaged) = self.analysis.verdict(input) {
            return damaged;
        }
        let why = if self.selected.is_some() {
            "fits the selection"
        } else {
            "in the capture"
        };
        let hint = match &self.unfit {
            Some(unfit) => unfit.clone(),
            None => hint(asked.select, &mut self.analysis, self.calls),
        };
        Failure::NothingMatched(format!("no {what} {why}{hint}"))
    }
}
