//! A call, step by step.

use super::cast::players;
use super::folded::{Folded, called, fold};
use super::runs::{Part, shortened};
use super::teller::Teller;
use super::{
    Lesson, LessonFact, LessonSentence, LessonStep, Material, PacketName, ending, engineer, wrong,
};
use crate::explain::names::{ended_by, outcome, party};
use crate::explain::text::Piece;
use crate::explain::words::{clean, duration, listed};
use crate::explain::{MEDIA, Role, Scene, Sentence, Text, beside_messages, negotiation};
use crate::report::model::Call;
use crate::types::{ExplainLevel, LessonKind};

/// Steps told of one lesson.
pub(super) const MOST_STEPS: usize = 300;

pub(super) fn lesson(material: &Material<'_>, call: &Call) -> Lesson {
    let lookup = material.lookup;
    let scene = Scene::of_call(lookup, call);
    let names: Vec<String> = scene.hosts.iter().map(called).collect();
    let folded = fold(lookup, &scene, &names);
    let messages = lookup.messages(&call.messages);
    let mut teller = Teller::new(material, names, messages.iter().copied());
    let hosts = scene.hosts.iter().enumerate();
    let proxies = hosts.filter(|(_, h)| h.role == Role::Proxy);
    teller.proxies = proxies.map(|(at, _)| at).collect();
    let mut lesson = Lesson {
        kind: LessonKind::Call,
        id: call.id,
        title: title(material, call),
        time: call.start_time,
        facts: facts(material, call, &scene),
        cast: Vec::new(),
        steps: Vec::new(),
        steps_left_out: 0,
        negotiation: Vec::new(),
        end: Vec::new(),
        wrong: wrong::findings(material, &call.findings),
        unknown: Vec::new(),
        terms: Vec::new(),
    };
    let told = beside_messages(lookup, call);
    if material.level == ExplainLevel::Engineer {
        engineer::call(material, call, &mut lesson);
        return lesson;
    }
    lesson.cast = players(material, &teller, &scene, &folded);
    // Which of the two called is not known.
    let sides = lesson.cast.iter_mut().filter(|_| !call.caller_known);
    for player in sides.filter(|p| matches!(&*p.part, "caller" | "callee")) {
        player.part = "side of the call".to_owned();
    }
    let mut told = told;
    if let Some((_, media)) = told.told.iter_mut().find(|(what, _)| *what == MEDIA) {
        let figures = ending::figures(material, call);
        media.text.push(figures);
    }
    weave(&mut lesson, &mut teller, folded, told.told);
    let negotiated = negotiation(lookup, call)
        .into_iter()
        .map(|s| LessonSentence {
            text: s.text.to_string(),
            frames: packets(&s.text),
            section: s.source.map(str::to_owned),
        });
    lesson.negotiation = negotiated.take(MOST_STEPS).collect();
    lesson.end = told.end.iter().map(|s| s.text.to_string()).collect();
    if let (Some(talk), Some(_)) = (call.talk_time_s, call.answer_time) {
        lesson.end.push(format!(
            "The {} are counted from the response that accepted the call.",
            duration(talk)
        ));
    }
    ending::unknown_of_call(material, call, &mut lesson);
    wrong::limits(&mut lesson);
    lesson
}

/// Steps of messages and of sentences, in order of time.
pub(super) fn weave<'a>(
    lesson: &mut Lesson,
    teller: &mut Teller<'a>,
    folded: Vec<Folded<'a>>,
    mut sentences: Vec<(&'static str, Sentence)>,
) {
    // A sentence of the same moment stands behind the message.
    sentences.sort_by_key(|(_, s)| s.time);
    let mut sentences = sentences.into_iter().peekable();
    let mut number = 0;
    let mut steps: Vec<LessonStep> = Vec::new();
    let parts = match lesson.kind {
        LessonKind::Call => folded.into_iter().map(Part::Told).collect(),
        _ => shortened(folded, &|m| teller.carried(m)),
    };
    for part in parts {
        let f = match part {
            Part::Told(f) => f,
            Part::Again { times, folded } => {
                number += 1;
                steps.push(teller.again(number, times, &folded));
                continue;
            }
        };
        while let Some(s) = sentences.next_if(|(_, s)| s.time.is_some_and(|t| t < f.first.time)) {
            number += 1;
            steps.push(of_sentence(number, &s));
        }
        number += 1;
        steps.push(teller.step(number, &f));
    }
    for s in sentences {
        number += 1;
        steps.push(of_sentence(number, &s));
    }
    lesson.steps_left_out = steps.len().saturating_sub(MOST_STEPS) as u64;
    steps.truncate(MOST_STEPS);
    lesson.steps = steps;
}

/// A step that is no message.
fn of_sentence(number: u32, (what, s): &(&'static str, Sentence)) -> LessonStep {
    LessonStep {
        number,
        time: s.time,
        what: (*what).to_owned(),
        way: None,
        text: s.text.to_string(),
        frames: packets(&s.text),
        messages: Vec::new(),
        section: s.source.map(str::to_owned),
        terms: Vec::new(),
    }
}

/// The packets a text names.
pub(super) fn packets(text: &Text) -> Vec<PacketName> {
    let name = |piece: &Piece| match piece {
        Piece::Frame(name) => Some(PacketName {
            source: name.source,
            frame: name.frame,
            name: name.to_string(),
        }),
        _ => None,
    };
    text.pieces().iter().filter_map(name).collect()
}

/// `alice calls bob: completed (200), 8.0 s, ended by alice`.
fn title(material: &Material<'_>, call: &Call) -> String {
    let (words, _) = outcome(call);
    let mut parts = vec![words];
    parts.extend(
        call.talk_time_s
            .map(|s| format!("talk time {}", duration(s))),
    );
    let by = ended_by(material.lookup, call);
    parts.extend(by.map(|who| format!("ended by {who}")));
    let calls = match call.caller_known {
        true => "calls",
        false => "and",
    };
    format!(
        "{} {calls} {}: {}",
        party(&call.caller),
        party(&call.callee),
        parts.join(", ")
    )
}

fn facts(material: &Material<'_>, call: &Call, scene: &Scene) -> Vec<LessonFact> {
    let mut facts = Vec::new();
    let mut fact = |name: &str, text: String| {
        facts.push(LessonFact {
            name: name.to_owned(),
            text,
        });
    };
    fact("from", clean(&call.caller.uri));
    fact("to", clean(&call.callee.uri));
    let ids: Vec<String> = call.call_ids.iter().take(4).map(|id| clean(id)).collect();
    if !ids.is_empty() {
        fact("Call-ID", listed(&ids));
    }
    if material.level == ExplainLevel::Engineer {
        let path: Vec<String> = scene
            .hosts
            .iter()
            .take(12)
            .map(|h| format!("{h} {}", h.address))
            .collect();
        fact("hosts", path.join(", "));
        let software = engineer::software(material, scene);
        if !software.is_empty() {
            fact("software", software.join(", "));
        }
    }
    facts
}
