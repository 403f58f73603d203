//! The calls a call is linked with, each in a few words.

use super::words::{counted, listed};
use crate::call::{LinkKind, LinkRole};
use crate::report::model::Call;

/// Links told of one call; the rest is in the JSON report.
const MOST: usize = 8;

/// `call 2 results from its transfer`, `in one conference with calls 2 and 3`.
pub(crate) fn linked(call: &Call) -> Vec<String> {
    let mut told = Vec::new();
    let mut members = Vec::new();
    for link in &call.links {
        let Some(other) = link.call else { continue };
        use LinkRole::{Beside, ComesFrom, LeadsTo, NamedBy, Names, ReplacedBy, Replaces};
        let words = match (link.kind, link.role) {
            (_, Beside) => {
                members.push(other.to_string());
                continue;
            }
            (_, Replaces) => format!("it is to take the place of call {other}"),
            (_, ReplacedBy) => format!("call {other} is to take its place"),
            (_, Names) => format!("its transfer names call {other}"),
            (_, NamedBy) => format!("the transfer in call {other} names it"),
            (LinkKind::Redirect, LeadsTo) => format!("call {other} follows its redirection"),
            (LinkKind::Redirect, ComesFrom) => {
                format!("it follows the redirection of call {other}")
            }
            (LinkKind::Forward, LeadsTo) => format!("call {other} says that it was forwarded"),
            (LinkKind::Forward, ComesFrom) => format!("it says that call {other} was forwarded"),
            (LinkKind::Conference, LeadsTo) => format!("call {other} results from its REFER"),
            (LinkKind::Conference, ComesFrom) => {
                format!("it results from the REFER in call {other}")
            }
            (_, LeadsTo) => format!("call {other} results from its transfer"),
            (_, ComesFrom) => format!("it results from the transfer in call {other}"),
        };
        told.push(words);
    }
    if !members.is_empty() {
        let calls = if members.len() == 1 { "call" } else { "calls" };
        let left = members.len().saturating_sub(MOST);
        members.truncate(MOST);
        if left > 0 {
            members.push(format!("{left} more"));
        }
        told.push(format!(
            "in one conference with {calls} {}",
            listed(&members)
        ));
    }
    let left = told.len().saturating_sub(MOST);
    told.truncate(MOST);
    if left > 0 {
        told.push(counted(left as u64, "link more", "links more"));
    }
    told
}
