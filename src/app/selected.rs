//! A capture analysed and narrowed to what the selection options ask for.

use super::analyse::{Analysis, analyse};
use super::failure::Failure;
use super::meant::hint;
use super::select::{Selected, needs_messages, select};
use super::sound::{measure, readable_twice};
use crate::cli::{DiagnosticsArgs, InputArgs, SelectArgs};
use crate::report::model::Report;
use crate::types::{CallNo, KindSet, RecordKind, path_text};
use tempfile::TempDir;

/// An analysis, its report without messages, and the selection (`None` where all was asked for).
pub(super) struct Loaded {
    pub(super) analysis: Analysis,
    pub(super) report: Report,
    pub(super) selected: Option<Selected>,
    /// How many calls there were to select from.
    pub(super) calls: usize,
    /// Copies of inputs that could be read only once: there until the output is written.
    #[expect(dead_code, reason = "it removes them when it is dropped")]
    copies: Option<TempDir>,
}

/// The same with the sound of the streams measured where `audio` asks for it: the captures are read twice.
pub(super) fn load_heard(
    input: &InputArgs,
    options: &SelectArgs,
    said: &DiagnosticsArgs,
    keep: KindSet,
    audio: bool,
) -> Result<Loaded, Failure> {
    if !audio {
        return load(input, options, said, keep);
    }
    let (copied, copies) = readable_twice(input)?;
    let loaded = load_with(&copied, options, said, keep, |analysis, selected| {
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
    options: &SelectArgs,
    said: &DiagnosticsArgs,
    keep: KindSet,
) -> Result<Loaded, Failure> {
    load_with(input, options, said, keep, |_, _| Ok(()))
}

/// `before`: what is still to be found out before the report is made.
fn load_with(
    input: &InputArgs,
    options: &SelectArgs,
    said: &DiagnosticsArgs,
    keep: KindSet,
    before: impl FnOnce(&mut Analysis, Option<&Selected>) -> Result<(), Failure>,
) -> Result<Loaded, Failure> {
    let keep = match needs_messages(options) {
        true => keep.with(RecordKind::Message),
        false => keep,
    };
    let mut said = said.clone();
    // A selection leaves out what is about the capture as a whole.
    said.has_findings &= options.is_empty();
    let mut analysis = analyse(input, &said, keep)?;
    let selected = select(&mut analysis, options)?;
    before(&mut analysis, selected.as_ref())?;
    let mut report = analysis.report();
    let calls = report.calls.len();
    if let Some(selected) = &selected {
        selected.narrow(&mut report);
    }
    Ok(Loaded {
        analysis,
        report,
        selected,
        calls,
        copies: None,
    })
}

impl Loaded {
    /// Nothing to show is exit code 1, unless the capture is damaged and `--strict` asks for 3.
    pub(super) fn nothing(
        &mut self,
        input: &InputArgs,
        options: &SelectArgs,
        what: &str,
    ) -> Failure {
        if let Err(damaged) = self.analysis.verdict(input) {
            return damaged;
        }
        let why = if self.selected.is_some() {
            "fits the selection"
        } else {
            "in the capture"
        };
        let hint = hint(options, &mut self.analysis, self.calls);
        Failure::NothingMatched(format!("no {what} {why}{hint}"))
    }
}
