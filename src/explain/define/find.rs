//! From what is typed to the terms that are meant.

use super::{Entry, terms};
use crate::types::TermGroup;
use crate::types::near::nearest;

/// No term is called so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// Terms that are spelled alike, the nearest first; empty where none is.
    pub near: Vec<String>,
}

/// The terms that `typed` names, in the order of the groups: a number may be a status code, a payload type and a cause.
///
/// Case, blanks and what stands around a term in a message do not count: `Via: SIP/2.0/UDP h` is Via, `a=ptime:20` is
/// ptime. Where nothing is spelled so, hyphens and underscores do not count either.
pub fn define(typed: &str) -> Result<Vec<Entry>, Unknown> {
    let all: Vec<Entry> = TermGroup::ALL.iter().flat_map(|g| terms(*g)).collect();
    let wanted = plain(typed);
    let spellings: Vec<(Vec<String>, Entry)> =
        all.into_iter().map(|e| (spellings(&e), e)).collect();
    for tried in [Some(wanted.clone()), in_a_message(&wanted)]
        .iter()
        .flatten()
    {
        for same in [is_same as fn(&str, &str) -> bool, is_alike] {
            let found: Vec<Entry> = spellings
                .iter()
                .filter(|(names, _)| names.iter().any(|name| same(name, tried)))
                .map(|(_, entry)| entry.clone())
                .collect();
            if !found.is_empty() {
                return Ok(found);
            }
        }
    }
    let candidates: Vec<(&str, String)> = spellings
        .iter()
        .flat_map(|(names, e)| names.iter().map(|n| (n.as_str(), e.name.to_string())))
        .collect();
    let near = nearest(
        &wanted,
        candidates.iter().map(|(n, name)| (*n, name.as_str())),
    );
    Err(Unknown {
        near: near.into_iter().map(str::to_owned).collect(),
    })
}

/// Small letters, single blanks, no colon at the end.
fn plain(typed: &str) -> String {
    let words: Vec<&str> = typed.split_whitespace().collect();
    let text = words.join(" ").to_lowercase();
    match text.strip_suffix(':') {
        Some(rest) if !rest.is_empty() => rest.to_owned(),
        _ => text,
    }
}

/// All it is found by.
fn spellings(entry: &Entry) -> Vec<String> {
    let mut names = vec![
        plain(&entry.name),
        plain(&entry.heading()),
        plain(&format!("{} {}", words(entry.group), entry.name)),
    ];
    names.extend(entry.title.iter().map(|t| plain(t)));
    names.extend(entry.also.iter().map(|a| plain(a)));
    names.extend(entry.keys.iter().map(|k| plain(k)));
    names
}

/// The group as people say it.
fn words(group: TermGroup) -> String {
    group.as_str().replace('_', " ")
}

/// The term at the head of a line of a message.
fn in_a_message(typed: &str) -> Option<String> {
    if let Some(status) = typed.strip_prefix("sip/2.0 ") {
        return status.split(' ').next().map(str::to_owned);
    }
    if typed.ends_with(" sip/2.0") {
        return typed.split(' ').next().map(str::to_owned);
    }
    let (line, _) = typed.split_once(':').unwrap_or((typed, ""));
    match line.split_once('=') {
        Some((kind, _)) if kind.len() == 1 && kind != "a" => Some(format!("{kind}=")),
        _ => (line != typed).then(|| line.trim().to_owned()),
    }
}

fn is_same(name: &str, typed: &str) -> bool {
    name == typed
}

fn is_alike(name: &str, typed: &str) -> bool {
    let bare = |text: &str| -> String { text.chars().filter(|c| c.is_alphanumeric()).collect() };
    let typed = bare(typed);
    // A letter alone is a compact form or a line of SDP, and nothing else is like it.
    typed.len() > 1 && bare(name) == typed
}
