//! A capture analysed and narrowed to what the selection options ask for.

use super::analyse::{Analysis, analyse};
use super::failure::Failure;
use super::select::{Selected, needs_messages, select};
use crate::cli::{DiagnosticsArgs, InputArgs, SelectArgs};
use crate::report::model::Report;
use crate::sip::method;
use crate::types::{Escaped, KindSet, RecordKind};

/// An analysis, its report without messages, and the selection (`None` where all was asked for).
pub(super) struct Loaded {
    pub(super) analysis: Analysis,
    pub(super) report: Report,
    pub(super) selected: Option<Selected>,
    /// What was meant where a method is mistyped.
    pub(super) hint: String,
}

/// ` (no method is called invit: INVITE?)`
pub(super) fn hint(options: &SelectArgs) -> String {
    let near = |typed: &String| Some((typed.clone(), method::near(typed)?));
    match options.methods.iter().find_map(near) {
        Some((typed, meant)) => format!(" (--method {}: was {meant} meant?)", Escaped::of(&typed)),
        None => String::new(),
    }
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
    if let Some(selected) = &selected {
        selected.narrow(&mut report);
    }
    Ok(Loaded {
        analysis,
        report,
        selected,
        hint: hint(options),
    })
}

impl Loaded {
    /// Nothing to show is exit code 1, unless the capture is damaged and `--strict` asks for 3.
    pub(super) fn nothing(&self, input: &InputArgs, what: &str) -> Failure {
        if let Err(damaged) = self.analysis.verdict(input) {
            return damaged;
        }
        let why = if self.selected.is_some() {
            "fits the selection"
        } else {
            "in the capture"
        };
        Failure::NothingMatched(format!("no {what} {why}{}", self.hint))
    }
}
