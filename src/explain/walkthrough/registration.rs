//! A registration with all its attempts, step by step.

use super::call::weave;
use super::cast::players;
use super::folded::{called, fold};
use super::teller::Teller;
use super::{Lesson, LessonFact, Material, engineer, wrong};
use crate::call::{RegisterKind, RegisterOutcome};
use crate::explain::names::{address_of, user_of};
use crate::explain::registration::attempt as in_words;
use crate::explain::words::{clean, counted};
use crate::explain::{Scene, Sentence, registration_story};
use crate::report::model::{Registration, RegistrationAttempt};
use crate::types::{ExplainLevel, LessonKind};

pub(super) fn lesson(material: &Material<'_>, registration: &Registration) -> Lesson {
    let lookup = material.lookup;
    let scene = Scene::of_registration(lookup, registration);
    let names: Vec<String> = scene.hosts.iter().map(called).collect();
    let folded = fold(lookup, &scene, &names);
    let attempts = &registration.attempts;
    let ids: Vec<u32> = attempts
        .iter()
        .flat_map(|a| a.messages.iter().copied())
        .collect();
    let messages = lookup.messages(&ids);
    let mut teller = Teller::new(material, names, messages.iter().copied());
    teller.kinds = attempts
        .iter()
        .flat_map(|a| a.messages.iter().map(|id| (*id, a.kind)))
        .collect();
    let first = attempts.first();
    let mut lesson = Lesson {
        kind: LessonKind::Registration,
        id: registration.id,
        title: title(material, registration),
        time: first.map_or(crate::report::model::Timestamp(Default::default()), |a| {
            a.time
        }),
        facts: vec![
            LessonFact {
                name: "address of record".to_owned(),
                text: address_of(&registration.aor),
            },
            LessonFact {
                name: "Call-ID".to_owned(),
                text: clean(&registration.call_id),
            },
        ],
        cast: Vec::new(),
        steps: Vec::new(),
        steps_left_out: 0,
        negotiation: Vec::new(),
        end: Vec::new(),
        wrong: wrong::findings(material, &registration.findings),
        unknown: Vec::new(),
        terms: Vec::new(),
    };
    let story = registration_story(lookup, registration);
    if material.level == ExplainLevel::Engineer {
        unusual(&mut lesson, registration, &story);
        engineer::of_messages(material, &mut lesson, &ids);
        return lesson;
    }
    lesson.cast = players(material, &teller, &scene, &folded);
    weave(&mut lesson, &mut teller, folded, Vec::new());
    lesson.end = story.iter().map(|s| s.text.to_string()).collect();
    if attempts
        .iter()
        .any(|a| a.outcome == RegisterOutcome::NoResponse)
    {
        lesson.unknown.push(
            "A REGISTER has no response in the capture. Whether it reached the registrar, and whether the registrar answered, cannot be said."
                .to_owned(),
        );
    }
    wrong::limits(&mut lesson);
    lesson
}

/// Attempts that did not come out as asked.
fn unusual(lesson: &mut Lesson, registration: &Registration, story: &[Sentence]) {
    let failed = |a: &RegistrationAttempt| {
        !matches!(
            a.outcome,
            RegisterOutcome::Registered | RegisterOutcome::Unregistered | RegisterOutcome::Listed
        )
    };
    let told = registration.attempts.iter().zip(story);
    let told: Vec<Sentence> = told
        .filter(|(a, _)| failed(a))
        .map(|(_, s)| s.clone())
        .collect();
    engineer::told(lesson, &told);
}

/// `alice at 192.0.2.10:5060: registered after 401 (2.1 ms)`.
fn title(material: &Material<'_>, r: &Registration) -> String {
    let attempts = &r.attempts;
    let last = attempts.last().map(|a| {
        let before = attempts
            .len()
            .checked_sub(2)
            .and_then(|at| attempts.get(at));
        in_words(material.lookup, a, before).0
    });
    let n = attempts.len() as u64;
    let count = match n {
        0 | 1 => String::new(),
        n => format!("{}, the last one ", counted(n, "attempt", "attempts")),
    };
    let kind = match attempts.as_slice() {
        [a] if a.kind == RegisterKind::Query => "asks for its bindings",
        [a] if a.kind == RegisterKind::Unregister => "signs off",
        _ => "registers",
    };
    format!(
        "{} {kind} at {}: {count}{}",
        user_of(&r.aor),
        r.registrar,
        last.unwrap_or_default()
    )
}
