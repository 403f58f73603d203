//! What a text means, for outputs that can say it again by colour.

use crate::types::Severity;

/// What a text means, where colour may say it again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ink {
    /// Nothing special.
    #[default]
    Plain,
    /// A heading.
    Heading,
    /// Context.
    Dim,
    /// Look here.
    Warning,
    /// A fault.
    Error,
}

impl Ink {
    /// The ink of a finding's severity.
    pub(crate) fn of_severity(severity: Severity) -> Ink {
        match severity {
            Severity::Error => Ink::Error,
            Severity::Warning => Ink::Warning,
            Severity::Info => Ink::Plain,
        }
    }
}
