//! The selection options, applied to messages and calls.

use crate::cli::SelectArgs;
use crate::report::model::{Message, Party};

/// True where `message` has everything that was asked for.
pub(super) fn fits(select: &SelectArgs, m: &Message) -> bool {
    let calls = select.calls.is_empty() || m.call.is_some_and(|c| select.calls.contains(&c));
    calls
        && select.from.as_deref().is_none_or(|t| party_has(m.from.as_ref(), t))
        && select.to.as_deref().is_none_or(|t| party_has(m.to.as_ref(), t))
        && select.ua.as_deref().is_none_or(|t| m.user_agent.as_deref().is_some_and(|ua| has(ua, t)))
        && select.call_id.as_deref().is_none_or(|t| m.call_id.as_deref().is_some_and(|id| id.contains(t)))
        && (select.methods.is_empty()
            || m.method.as_deref().is_some_and(|x| select.methods.iter().any(|w| w.eq_ignore_ascii_case(x))))
        && (select.statuses.is_empty() || m.status.is_some_and(|s| select.statuses.iter().any(|w| w.matches(s))))
}

/// True where the selection cannot be decided by call numbers alone.
pub(super) fn needs_messages(select: &SelectArgs) -> bool {
    let SelectArgs { calls: _, from, to, ua, call_id, methods, statuses } = select;
    from.is_some() || to.is_some() || ua.is_some() || call_id.is_some() || !methods.is_empty() || !statuses.is_empty()
}

fn party_has(party: Option<&Party>, text: &str) -> bool {
    party.is_some_and(|p| has(&p.uri, text) || p.display_name.as_deref().is_some_and(|d| has(d, text)))
}

fn has(hay: &str, needle: &str) -> bool {
    hay.to_lowercase().contains(&needle.to_lowercase())
}
