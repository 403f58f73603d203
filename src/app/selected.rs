//! A capture analysed and narrowed to what the selection options ask for.

use super::analyse::{Analysis, analyse};
use super::failure::Failure;
use super::meant::hint;
use super::select::{Selected, needs_messages, select};
use crate::cli::{DiagnosticsArgs, InputArgs, SelectArgs};
use crate::report::model::Report;
use crate::types::{KindSet, RecordKind};

/// An analysis, its report without messages, and the selection (`None` where all was asked for).
pub(super) struct Loaded {
    pub(super) analysis: Analysis,
    pub(super) report: Report,
    pub(super) selected: Option<Selected>,
    /// How many calls there were to select from.
    pub(super) calls: usize,
}

/// Reads the captures and leaves in the report what was selected. Message records are kept where
/// `keep` says so or the selection has to look at them.
pub(super) fn load(
    input: &InputArgs,
    options: &SelectArgs,
    said: &DiagnosticsArgs,
    keep: KindSet,
) -> Result<Loaded, Failure> {
    let keep = match needs_messages(options) {
        true => keep.with(RecordKind::Message),
        false => keep,
    };
    let mut analysis = analyse(input, said, keep)?;
    let selected = select(&mut analysis, options)?;
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
