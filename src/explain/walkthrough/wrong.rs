//! Findings of a lesson, and what cannot be concluded from them.

use super::{Lesson, Material, PacketName, Wrong};
use crate::diagnosis::{REGISTRY, Rule};
use crate::explain::words::clean;
use crate::types::Severity;
use std::cmp::Reverse;

/// Findings told of one lesson.
const MOST: usize = 30;

/// The findings with these ids, worst first.
pub(super) fn findings(material: &Material<'_>, ids: &[u32]) -> Vec<Wrong> {
    let lookup = material.lookup;
    let mut found = lookup.findings(ids);
    found.sort_by_key(|f| (Reverse(f.severity), f.id));
    found.truncate(MOST);
    let one = |f: &crate::report::model::Finding| Wrong {
        finding: f.id,
        code: clean(&f.code),
        severity: f.severity,
        title: clean(&f.title),
        detail: clean(&f.detail),
        advice: f.advice.as_deref().map(clean),
        frames: lookup
            .frames(&f.messages)
            .into_iter()
            .map(|name| PacketName {
                source: name.source,
                frame: name.frame,
                name: name.to_string(),
            })
            .collect(),
        section: f.source.as_deref().map(clean),
    };
    found.into_iter().map(one).collect()
}

fn rule(code: &str) -> Option<&'static Rule> {
    let mut rules = REGISTRY.iter().flat_map(|group| group.rules.iter());
    rules.find(|rule| rule.code == code).copied()
}

/// What their pages say that cannot be concluded, each once.
pub(super) fn limits(lesson: &mut Lesson) {
    let serious = lesson.wrong.iter().filter(|w| w.severity > Severity::Info);
    let limits: Vec<String> = serious
        .filter_map(|w| Some(rule(&w.code)?.page.limits.to_owned()))
        .collect();
    for limit in limits {
        if !limit.is_empty() && !lesson.unknown.contains(&limit) {
            lesson.unknown.push(limit);
        }
    }
}
