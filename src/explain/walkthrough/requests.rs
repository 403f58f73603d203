//! Requests outside calls: a subscription with its notifications, a published state, a text message, pings.

use super::call::weave;
use super::cast::players;
use super::folded::{called, fold};
use super::teller::Teller;
use super::{Lesson, LessonFact, Material, engineer, wrong};
use crate::explain::names::{address_of, user_of};
use crate::explain::requests::{how_often, result, what};
use crate::explain::words::{clean, listed};
use crate::explain::{Lookup, Scene};
use crate::report::model::{EndpointRef, Message, Report, Requests};
use crate::types::{ExplainLevel, LessonKind};
use std::collections::{BTreeSet, HashMap, HashSet};

/// The groups of requests that stand for a lesson each: the first of those that share a Call-ID.
pub(super) fn heads(report: &Report) -> impl Iterator<Item = &Requests> {
    let joined = joined(report);
    let mut seen = HashSet::new();
    report.requests.iter().filter(move |r| {
        let head = joined.get(&r.id).copied().unwrap_or(r.id);
        seen.insert(head)
    })
}

/// The groups that belong to the same lesson as group `id`, that one included.
pub(super) fn group(report: &Report, id: u32) -> Vec<&Requests> {
    let joined = joined(report);
    let head = joined.get(&id);
    let is_of = |r: &&Requests| head.is_some() && joined.get(&r.id) == head;
    report.requests.iter().filter(is_of).collect()
}

/// The ids of the rows that belong to the same lesson as row `id`.
pub fn rows_with(report: &Report, id: u32) -> Vec<u32> {
    group(report, id).iter().map(|r| r.id).collect()
}

/// Ids of the messages that have to be in the report for its requests to be told apart.
pub fn told_with(report: &Report) -> Vec<u32> {
    let all = report.requests.iter();
    let ids: BTreeSet<u32> = all.flat_map(|r| r.messages.iter().copied()).collect();
    ids.into_iter().collect()
}

/// The id of the first group of each lesson, by the id of a group: groups of the same dialog or transaction, which the
/// next hop and the NOTIFYs of a SUBSCRIBE are. Pings each have a Call-ID of their own.
fn joined(report: &Report) -> HashMap<u32, u32> {
    let mut by_call_id: HashMap<&str, u32> = HashMap::new();
    let mut head_of: HashMap<u32, u32> = HashMap::new();
    let lookup = |id: &u32| {
        let at = report.messages.binary_search_by_key(id, |m| m.id).ok()?;
        report.messages.get(at)
    };
    for r in &report.requests {
        let call_ids: Vec<&str> = r
            .messages
            .iter()
            .filter_map(lookup)
            .filter_map(|m: &Message| m.call_id.as_deref())
            .collect();
        let known = call_ids.iter().find_map(|id| by_call_id.get(id).copied());
        let head = known.unwrap_or(r.id);
        head_of.insert(r.id, head);
        for id in call_ids {
            by_call_id.entry(id).or_insert(head);
        }
    }
    head_of
}

pub(super) fn lesson(material: &Material<'_>, id: u32) -> Option<Lesson> {
    let lookup = material.lookup;
    let groups = group(lookup.report, id);
    let first = *groups.first()?;
    let ids: Vec<u32> = groups
        .iter()
        .flat_map(|r| r.messages.iter().copied())
        .collect();
    let named = |end: &EndpointRef| name_of(lookup, &groups, end);
    let scene = Scene::of_requests(lookup, &ids, &named);
    let names: Vec<String> = scene.hosts.iter().map(called).collect();
    let folded = fold(lookup, &scene, &names);
    let messages = lookup.messages(&ids);
    let mut teller = Teller::new(material, names, messages.iter().copied());
    let findings: Vec<u32> = groups
        .iter()
        .flat_map(|r| r.findings.iter().copied())
        .collect();
    let mut lesson = Lesson {
        kind: LessonKind::Requests,
        id: first.id,
        title: title(&groups),
        time: first.first_time,
        facts: facts(&groups, &messages),
        cast: Vec::new(),
        steps: Vec::new(),
        steps_left_out: 0,
        negotiation: Vec::new(),
        end: Vec::new(),
        wrong: wrong::findings(material, &findings),
        unknown: Vec::new(),
        terms: Vec::new(),
    };
    if material.level == ExplainLevel::Engineer {
        engineer::of_messages(material, &mut lesson, &ids);
        return Some(lesson);
    }
    lesson.cast = players(material, &teller, &scene, &folded);
    weave(&mut lesson, &mut teller, folded, Vec::new());
    lesson.end = groups.iter().map(|r| summed(r)).collect();
    let told = messages.iter().filter(|m| m.status.is_none()).count() as u64;
    let all: u64 = groups.iter().map(|r| u64::from(r.requests)).sum();
    if all > told {
        lesson.end.push(format!(
            "The first {told} of {all} requests are told here; the others are counted."
        ));
    }
    wrong::limits(&mut lesson);
    Some(lesson)
}

/// `SUBSCRIBE presence from alice (192.0.2.11:5060) to 192.0.2.10:5060: once, answered: 202`.
fn summed(r: &Requests) -> String {
    let (outcome, _) = result(r);
    format!(
        "{} from {} to {}: {}, {outcome}.",
        what(r),
        r.client,
        r.server,
        how_often(r)
    )
}

fn title(groups: &[&Requests]) -> String {
    let Some(first) = groups.first() else {
        return String::new();
    };
    let mut methods: Vec<String> = Vec::new();
    for r in groups {
        let method = clean(&r.method);
        if !methods.contains(&method) {
            methods.push(method);
        }
    }
    let about = first.event.as_deref().map(|e| format!(" ({})", clean(e)));
    let (outcome, _) = result(first);
    format!(
        "{}{} from {} to {}: {}, {outcome}",
        listed(&methods),
        about.unwrap_or_default(),
        user_of(&first.from),
        user_of(&first.to),
        how_often(first)
    )
}

fn facts(groups: &[&Requests], messages: &[&Message]) -> Vec<LessonFact> {
    let mut facts = Vec::new();
    if let Some(first) = groups.first() {
        for (name, uri) in [("from", &first.from), ("to", &first.to)] {
            facts.push(LessonFact {
                name: name.to_owned(),
                text: address_of(uri),
            });
        }
    }
    let mut call_ids: Vec<String> = Vec::new();
    for id in messages.iter().filter_map(|m| m.call_id.as_deref()) {
        let id = clean(id);
        if !call_ids.contains(&id) && call_ids.len() < 3 {
            call_ids.push(id);
        }
    }
    if !call_ids.is_empty() {
        facts.push(LessonFact {
            name: "Call-ID".to_owned(),
            text: listed(&call_ids),
        });
    }
    facts
}

/// The user who registered from there; a server by what it does; else who made the request, or its address.
fn name_of(lookup: &Lookup<'_>, groups: &[&Requests], end: &EndpointRef) -> Option<String> {
    let registered: HashSet<String> = lookup
        .report
        .registrations
        .iter()
        .filter(|r| r.client == *end)
        .map(|r| user_of(&r.aor))
        .collect();
    let mut registered = registered.into_iter();
    if let (Some(user), None) = (registered.next(), registered.next()) {
        return Some(user);
    }
    if let Some(shared) = lookup.shared_host(&end.address) {
        return Some(shared.to_owned());
    }
    if lookup.is_registrar(&end.address) {
        return Some("server".to_owned());
    }
    let passes = groups.iter().any(|r| r.server == *end)
        && groups.iter().any(|r| r.client == *end && r.vias > 1);
    if passes {
        return Some("proxy".to_owned());
    }
    let made = groups.iter().find(|r| r.client == *end && r.vias == 1);
    made.map(|r| user_of(&r.from))
}
