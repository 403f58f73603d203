//! Rules about flaws of messages.

mod content_length_mismatch;
mod malformed_message;

use super::case::{Case, FlawSeen};
use super::finding::Finding;
use super::rule::Rule;
use crate::types::Severity;

pub(super) const RULES: &[&Rule] = &[&content_length_mismatch::RULE, &malformed_message::RULE];

/// A finding about this flaw.
fn found(rule: &'static Rule, case: &Case<'_>, flaw: &FlawSeen) -> Finding {
    let times = if flaw.count == 1 {
        "1 message".to_owned()
    } else {
        format!("{} messages", flaw.count)
    };
    rule.found(
        Severity::Warning,
        format!("{times}: {}", flaw.text),
        format!("{} ({})", flaw.code, case.frames(&flaw.messages)),
    )
    .clause(flaw.source)
    .messages(flaw.messages.iter().copied())
}
