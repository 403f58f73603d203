//! Only what is unusual: findings stand in [`Lesson::wrong`]; here is what no finding tells.

use super::call::packets;
use super::{Lesson, LessonFact, LessonStep, Material, PacketName, ending};
use crate::call::EventKind;
use crate::explain::words::{clean, counted};
use crate::explain::{BesideMessages, MEDIA, REPORTED, Scene, Sentence};
use crate::report::model::{Call, Message, Timestamp};
use std::collections::BTreeMap;

/// Flaws told of one lesson.
const MOST: usize = 30;

/// `192.0.2.10 kamailio (5.6.3)`, as far as hosts of the scene name theirs.
pub(super) fn software(material: &Material<'_>, scene: &Scene) -> Vec<String> {
    let hosts = &material.lookup.report.capture.hosts;
    let on_stage = |address: &str| scene.hosts.iter().any(|h| h.address.starts_with(address));
    let named = hosts.iter().filter(|h| on_stage(&h.address));
    let one = |h: &crate::report::model::Host| format!("{} {}", h.address, clean(&h.software));
    named.take(12).map(one).collect()
}

/// How the call ended, its media in figures, and what was reported of it.
pub(super) fn facts(
    material: &Material<'_>,
    call: &Call,
    beside: &BesideMessages,
    lesson: &mut Lesson,
) {
    let mut fact = |name: &str, text: String| {
        lesson.facts.push(LessonFact {
            name: name.to_owned(),
            text,
        });
    };
    let end: Vec<String> = beside.end.iter().map(|s| s.text.to_string()).collect();
    if !end.is_empty() {
        fact("end", end.join(" "));
    }
    let of = |wanted: &str| -> Vec<Sentence> {
        let same = beside.told.iter().filter(|(what, _)| *what == wanted);
        same.map(|(_, s)| s.clone()).collect()
    };
    if let Some(media) = of(MEDIA).first() {
        let figures = ending::figures(material, call).map(|f| f.to_string());
        fact(
            "media",
            format!("{}{}", media.text, figures.unwrap_or_default()),
        );
    }
    told(lesson, REPORTED, &of(REPORTED));
}

/// Why requests and responses say that they were sent, where it is no usual end.
fn reasons(material: &Material<'_>, lesson: &mut Lesson, messages: &[&Message]) {
    let mut seen: Vec<(String, &Message)> = Vec::new();
    for m in messages {
        let carried = material.carried.get(&m.id);
        for reason in carried.into_iter().flat_map(|c| &c.reasons) {
            // Normal clearing, and a branch that another one was chosen over (RFC 3326 §2, Q.850).
            let usual = ["Q.850 16", "Q.850 26", "SIP 200"];
            let name = reason.split(" (").next().unwrap_or(reason);
            let is_usual = usual.iter().any(|u| u.eq_ignore_ascii_case(name));
            let is_new = seen.iter().all(|(known, _)| known != reason);
            if !is_usual && is_new && seen.len() < MOST {
                seen.push((reason.clone(), m));
            }
        }
    }
    for (reason, m) in seen {
        let method = clean(m.method.as_deref().unwrap_or("?"));
        let what = match m.status {
            Some(status) => format!("The {status} to {method}"),
            None => format!("The {method}"),
        };
        let text = format!("{what} from {} gives as reason {reason}.", m.src);
        push(
            material,
            lesson,
            (Some(m.time), "reason"),
            text,
            &[m.id],
            Some("RFC 3326 §2"),
        );
    }
}

pub(super) fn call(material: &Material<'_>, call: &Call, lesson: &mut Lesson) {
    let lookup = material.lookup;
    let messages = lookup.messages(&call.messages);
    for event in &call.events {
        let kind = match event.kind {
            EventKind::MediaRefused | EventKind::NotResumed | EventKind::ChangeRefused => "change",
            EventKind::CaptureGap => "capture",
            _ => continue,
        };
        let ids: Vec<u32> = event.message.into_iter().collect();
        push(
            material,
            lesson,
            (Some(event.time), kind),
            clean(&event.text),
            &ids,
            None,
        );
    }
    reasons(material, lesson, &messages);
    repeats(material, lesson, &messages);
    flaws(material, lesson, &messages);
    number(lesson);
}

/// What any messages have that is unusual.
pub(super) fn of_messages(material: &Material<'_>, lesson: &mut Lesson, ids: &[u32]) {
    let messages = material.lookup.messages(ids);
    reasons(material, lesson, &messages);
    repeats(material, lesson, &messages);
    flaws(material, lesson, &messages);
    number(lesson);
}

/// Retransmissions by what was sent again, where no finding has them already.
fn repeats(material: &Material<'_>, lesson: &mut Lesson, messages: &[&Message]) {
    let is_told = lesson.wrong.iter().any(|w| w.code.contains("retransmi"));
    let mut by_first: BTreeMap<u32, Vec<&Message>> = BTreeMap::new();
    for m in messages.iter().filter(|_| !is_told) {
        if let Some(first) = m.retransmission_of {
            by_first.entry(first).or_default().push(m);
        }
    }
    for (first, again) in by_first {
        let Some(original) = material.lookup.message(first) else {
            continue;
        };
        let what = match original.status {
            Some(status) => format!(
                "{status} to {}",
                clean(original.method.as_deref().unwrap_or("?"))
            ),
            None => clean(original.method.as_deref().unwrap_or("?")),
        };
        let n = match again.len() as u64 {
            1 => "once".to_owned(),
            n => counted(n, "time", "times"),
        };
        let text = format!(
            "{what} is sent again {n} by {} to {}.",
            original.src, original.dst
        );
        let mut ids = vec![first];
        ids.extend(again.iter().map(|m| m.id));
        push(
            material,
            lesson,
            (Some(original.time), "retransmission"),
            text,
            &ids,
            Some("RFC 3261 §17"),
        );
    }
}

/// What is wrong with single messages, each kind once.
fn flaws(material: &Material<'_>, lesson: &mut Lesson, messages: &[&Message]) {
    let mut seen: Vec<(String, Option<String>, Timestamp, Vec<u32>)> = Vec::new();
    for m in messages.iter().filter(|m| m.capture_duplicate_of.is_none()) {
        for w in &m.warnings {
            let text = clean(&w.text);
            let is_full = seen.len() >= MOST;
            match seen.iter_mut().find(|(known, ..)| *known == text) {
                Some((.., ids)) => ids.push(m.id),
                None if !is_full => {
                    let source = w.source.as_deref().map(clean);
                    seen.push((text, source, m.time, vec![m.id]));
                }
                None => {}
            }
        }
    }
    for (text, source, time, ids) in seen {
        let text = format!("{}.", text.trim_end_matches('.'));
        push(
            material,
            lesson,
            (Some(time), "message"),
            text,
            &ids,
            source.as_deref(),
        );
    }
}

fn push(
    material: &Material<'_>,
    lesson: &mut Lesson,
    (time, what): (Option<Timestamp>, &str),
    text: String,
    messages: &[u32],
    section: Option<&str>,
) {
    let frames = material.lookup.frames(messages);
    lesson.steps.push(LessonStep {
        number: 0,
        time,
        what: what.to_owned(),
        way: None,
        text,
        frames: frames
            .into_iter()
            .map(|name| PacketName {
                source: name.source,
                frame: name.frame,
                name: name.to_string(),
            })
            .collect(),
        messages: messages.to_vec(),
        section: section.map(str::to_owned),
        terms: Vec::new(),
    });
}

fn number(lesson: &mut Lesson) {
    lesson.steps.sort_by_key(|s| s.time);
    for (n, step) in (1..).zip(&mut lesson.steps) {
        step.number = n;
    }
}

/// The sentences of a story as they stand.
pub(super) fn told(lesson: &mut Lesson, what: &str, sentences: &[Sentence]) {
    for s in sentences {
        lesson.steps.push(LessonStep {
            number: 0,
            time: s.time,
            what: what.to_owned(),
            way: None,
            text: s.text.to_string(),
            frames: packets(&s.text),
            messages: Vec::new(),
            section: s.source.map(str::to_owned),
            terms: Vec::new(),
        });
    }
}

/// One sentence.
pub(super) fn said(lesson: &mut Lesson, time: Timestamp, what: &str, text: String) {
    lesson.steps.push(LessonStep {
        number: 0,
        time: Some(time),
        what: what.to_owned(),
        way: None,
        text,
        frames: Vec::new(),
        messages: Vec::new(),
        section: None,
        terms: Vec::new(),
    });
}
