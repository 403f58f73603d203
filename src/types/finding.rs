//! What a diagnosis rule says: a stable code, how bad it is, plain words, and the evidence.

use super::ids::{CallNo, MessageId, RegistrationNo, StreamNo};
use std::borrow::Cow;

super::vocabulary! {
    /// How much a finding matters.
    pub enum Severity {
        /// Worth knowing.
        Info = "info",
        /// Look here.
        Warning = "warning",
        /// A fault a user would notice.
        Error = "error",
    }
}

/// A stable code in lower snake case. Scripts rely on it, so a code is never re-meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FindingCode(pub &'static str);

/// One finding with its evidence.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// What was found.
    pub code: FindingCode,
    /// How much it matters.
    pub severity: Severity,
    /// One sentence, the answer.
    pub title: String,
    /// The evidence in words, with frame numbers and figures.
    pub detail: String,
    /// What to do about it; empty where nothing can be advised.
    pub advice: Cow<'static, str>,
    /// The messages it was read from.
    pub messages: Vec<MessageId>,
    /// The calls it concerns.
    pub calls: Vec<CallNo>,
    /// The registrations it concerns.
    pub registrations: Vec<RegistrationNo>,
    /// The streams it concerns.
    pub streams: Vec<StreamNo>,
    /// Where the rule is written down, as `RFC 3264 §6.1`.
    pub source: Option<&'static str>,
}
