//! The messages of a scene folded into steps: a message, its copies on further hops, its repetitions.

use crate::explain::passing::way;
use crate::explain::steps::{EndToEnd, end_to_end};
use crate::explain::{Host, Lookup, Role, Scene, What};
use crate::report::model::Message;
use std::collections::HashMap;

/// A message and what is the same message again.
#[derive(Debug)]
pub(super) struct Folded<'a> {
    /// The first of them.
    pub(super) first: &'a Message,
    /// What it does, without what it carries.
    pub(super) does: String,
    pub(super) from: usize,
    pub(super) to: usize,
    /// Where a server passes it on.
    pub(super) onward: Vec<Onward<'a>>,
    /// Sent again by an element.
    pub(super) repeats: Vec<&'a Message>,
}

/// A copy on a further hop.
#[derive(Debug)]
pub(super) struct Onward<'a> {
    pub(super) message: &'a Message,
    pub(super) from: usize,
    pub(super) to: usize,
}

/// What a host is called within a sentence: `alice`, `the proxy`, `proxy 2`.
pub(super) fn called(host: &Host) -> String {
    let name = match (host.role, &*host.name) {
        (_, "b2bua") => "B2BUA".to_owned(),
        (_, name) => name.to_owned(),
    };
    let is_part = matches!(host.role, Role::Proxy | Role::B2bua | Role::Registrar)
        && ["proxy", "B2BUA", "registrar", "server"].contains(&&*name);
    match host.number {
        Some(number) => format!("{name} {number}"),
        None if is_part => format!("the {name}"),
        None => name,
    }
}

/// In order of the first message of each.
pub(super) fn fold<'a>(lookup: &Lookup<'a>, scene: &Scene, names: &[String]) -> Vec<Folded<'a>> {
    let mut folded: Vec<Folded<'a>> = Vec::new();
    let mut by_id: HashMap<u32, usize> = HashMap::new();
    let mut by_key: HashMap<EndToEnd<'a>, usize> = HashMap::new();
    for arrow in &scene.arrows {
        let What::Message(said) = &arrow.what else {
            continue;
        };
        let Some(message) = lookup.message(said.message) else {
            continue;
        };
        let key = end_to_end(message);
        let copy_of = message.retransmission_of.and_then(|id| by_id.get(&id));
        if let Some(step) = copy_of.and_then(|at| folded.get_mut(*at)) {
            step.repeats.push(message);
            continue;
        }
        let sentence = said.sentence.with_names(names);
        let name = names.get(arrow.from).map_or("", String::as_str);
        let passed = way(&sentence, name).and_then(|_| by_key.get(&key));
        if let Some(step) = passed.and_then(|at| folded.get_mut(*at)) {
            step.onward.push(Onward {
                message,
                from: arrow.from,
                to: arrow.to,
            });
            by_id.extend(by_key.get(&key).map(|at| (message.id, *at)));
            continue;
        }
        by_id.insert(message.id, folded.len());
        by_key.insert(key, folded.len());
        folded.push(Folded {
            first: message,
            does: without(&sentence, &said.gist.with_names(names)),
            from: arrow.from,
            to: arrow.to,
            onward: Vec::new(),
            repeats: Vec::new(),
        });
    }
    folded
}

/// A sentence without the codecs at its end, which are told in full.
fn without(sentence: &str, gist: &str) -> String {
    let bare = sentence.strip_suffix(gist).filter(|_| !gist.is_empty());
    let bare = bare.and_then(|s| s.strip_suffix(", offers ").or_else(|| s.strip_suffix(", ")));
    bare.unwrap_or(sentence).to_owned()
}
