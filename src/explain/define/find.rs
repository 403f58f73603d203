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
    Index::new().find(typed)
}

/// Every term with all its spellings.
pub(super) struct Index(Vec<(Vec<String>, Entry)>);

impl Index {
    pub(super) fn new() -> Index {
        let all = TermGroup::ALL.iter().flat_map(|group| terms(*group));
        Index(all.map(|entry| (spellings(&entry), entry)).collect())
    }

    pub(super) fn find(&self, typed: &str) -> Result<Vec<Entry>, Unknown> {
        let wanted = plain(typed);
        for tried in [vec![wanted.clone()], in_a_message(&wanted)].concat() {
            for same in [is_same as fn(&str, &str) -> bool, is_alike] {
                let found: Vec<Entry> = self
                    .0
                    .iter()
                    .filter(|(names, _)| names.iter().any(|name| same(name, &tried)))
                    .map(|(_, entry)| entry.clone())
                    .collect();
                if !found.is_empty() {
                    return Ok(found);
                }
            }
        }
        let near = self.near(&wanted);
        Err(Unknown { near })
    }

    /// The names of terms that are spelled nearly so.
    fn near(&self, wanted: &str) -> Vec<String> {
        let candidates = self
            .0
            .iter()
            .flat_map(|(names, e)| names.iter().map(|n| (n.as_str(), &*e.name)));
        // Another number is another term, however near.
        let candidates = candidates.filter(|(n, _)| digits(n).eq(digits(wanted)));
        let near = nearest(wanted, candidates);
        near.into_iter().map(str::to_owned).collect()
    }
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
        plain(&format!("{} {}", entry.group.words(), entry.name)),
    ];
    names.extend(entry.title.iter().map(|t| plain(t)));
    names.extend(entry.also.iter().map(|a| plain(a)));
    names.extend(entry.keys.iter().map(|k| plain(k)));
    names
}

/// The terms that a line or a parameter of a message may stand for, the likeliest first.
fn in_a_message(typed: &str) -> Vec<String> {
    let first_word = |text: &str| text.split(' ').next().map(str::to_owned);
    if let Some(status) = typed.strip_prefix("sip/2.0 ") {
        return first_word(status).into_iter().collect();
    }
    if typed.ends_with(" sip/2.0") {
        return first_word(typed).into_iter().collect();
    }
    if let Some(cause) = typed.strip_prefix("q.850;cause=") {
        let digits = cause.split(';').next().unwrap_or_default();
        return vec![format!("q.850 {digits}")];
    }
    let before = |mark: char| {
        typed
            .split_once(mark)
            .map(|(head, _)| head.trim().to_owned())
    };
    let line = typed.split_once('=').filter(|(kind, _)| kind.len() == 1);
    match line {
        Some(("a", _)) => before(':').into_iter().collect(),
        Some((kind, _)) => vec![format!("{kind}=")],
        None => [':', '=', '/'].into_iter().filter_map(before).collect(),
    }
}

fn digits(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(char::is_ascii_digit)
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
