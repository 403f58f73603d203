//! A call, a registration or requests explained step by step: who takes part, what each message does and carries, what
//! went wrong, what cannot be concluded, and each special word once.
//!
//! One file a part. A step is a message with its copies on further hops and its repetitions. What a message carries is
//! read from its bytes by [`Carried`], the way it goes and what it does comes from the [`Scene`](super::Scene) that the
//! ladder draws too, what is no message (media, digits, how it ended) from the story.

mod answer;
mod ask;
mod call;
mod cast;
mod described;
mod ending;
mod engineer;
mod folded;
mod pieces;
mod proof;
mod registration;
mod requests;
mod runs;
mod teller;
mod terms;
#[cfg(test)]
mod tests;
mod wrong;

pub use pieces::Carried;
pub use requests::{rows_with, told_with};

use super::Lookup;
use crate::report::model::{EndpointRef, Generator, Source, Timestamp};
use crate::types::{ExplainLevel, LessonKind, Severity};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// The value of `schema` in every document.
pub const EXPLAIN_SCHEMA_ID: &str = "sipflow/explain/1";

/// What the captures tell, explained. All texts are safe to show.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Explanation {
    /// Always `sipflow/explain/1`.
    pub schema: String,
    /// The program that wrote it.
    pub generator: Generator,
    /// The captures read, in the order given.
    pub sources: Vec<Source>,
    /// For whom it is.
    pub level: ExplainLevel,
    /// Calls, registrations and requests, in order of time.
    pub lessons: Vec<Lesson>,
    /// How many more there are that `--limit` left out.
    pub left_out: u64,
}

/// One call, one registration, or requests that belong together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Lesson {
    /// What it is about.
    pub kind: LessonKind,
    /// Its number among its kind in the report.
    pub id: u32,
    /// Who and what, and how it came out.
    pub title: String,
    /// When it begins.
    pub time: Timestamp,
    /// What names it: Call-ID, software, path.
    pub facts: Vec<LessonFact>,
    /// Who takes part; with level `student` alone.
    pub cast: Vec<Player>,
    /// What happened; with level `engineer`, what of it is unusual.
    pub steps: Vec<LessonStep>,
    /// Steps beyond the most that are told.
    pub steps_left_out: u64,
    /// Of a call, its offers and answers, with what was chosen, refused and changed; with level `student` alone.
    pub negotiation: Vec<LessonSentence>,
    /// How it ended; with level `student` alone.
    pub end: Vec<String>,
    /// The findings about it, worst first.
    pub wrong: Vec<Wrong>,
    /// What the capture does not tell.
    pub unknown: Vec<String>,
    /// The special words of the texts, in order of first use; with level `student` alone.
    pub terms: Vec<LessonTerm>,
}

/// A name and what is to be known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LessonFact {
    /// What it is about.
    pub name: String,
    /// What is to be known.
    pub text: String,
}

/// A host that takes part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Player {
    /// What the texts call it.
    pub name: String,
    /// Its address; with a port where one address is several hosts.
    pub address: String,
    /// Its part: `caller`, `callee`, `side of the call` where which of both is not known,
    /// `proxy`, `B2BUA`, `client`, `registrar`, `server`,
    /// `media`, `host`.
    pub part: String,
    /// Its software, as its own messages name it.
    pub software: Option<String>,
    /// What shows its part.
    pub proof: Option<String>,
}

/// One step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LessonStep {
    /// From 1.
    pub number: u32,
    /// When; `null` where nothing tells.
    pub time: Option<Timestamp>,
    /// Of a message, what it is: `INVITE`, `180 Ringing`; else what it is about: `media`, `digits`.
    pub what: String,
    /// Of a message, from whom to whom.
    pub way: Option<LessonWay>,
    /// What happened, in sentences.
    pub text: String,
    /// The packets it rests on.
    pub frames: Vec<PacketName>,
    /// Ids of the messages: the first one, its copies on further hops, its repetitions.
    pub messages: Vec<u32>,
    /// The rules behind it.
    pub section: Option<String>,
    /// Special words that are used here for the first time.
    pub terms: Vec<String>,
}

/// A sentence with its evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LessonSentence {
    /// What happened.
    pub text: String,
    /// The packets it rests on.
    pub frames: Vec<PacketName>,
    /// The rule behind it.
    pub section: Option<String>,
}

/// From whom to whom a message goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LessonWay {
    /// The name of who sends it.
    pub from: String,
    /// The name of who gets it.
    pub to: String,
    /// Where it comes from.
    pub src: EndpointRef,
    /// Where it goes to.
    pub dst: EndpointRef,
}

/// A packet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PacketName {
    /// Source id.
    pub source: u32,
    /// Its number in that capture.
    pub frame: u64,
    /// As the texts name it.
    pub name: String,
}

/// A finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Wrong {
    /// Id of the finding in the report.
    pub finding: u32,
    /// Its code.
    pub code: String,
    /// How bad it is.
    pub severity: Severity,
    /// What was found, in a sentence.
    pub title: String,
    /// The evidence.
    pub detail: String,
    /// What to do.
    pub advice: Option<String>,
    /// The packets it rests on.
    pub frames: Vec<PacketName>,
    /// The rule behind it.
    pub section: Option<String>,
}

/// A special word.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LessonTerm {
    /// The word, as `sipflow define` knows it.
    pub term: String,
    /// What it means.
    pub meaning: String,
    /// Where it is written down.
    pub source: String,
    /// The step that uses it first; `null` where only another word's meaning does, or what stands around the steps.
    pub step: Option<u32>,
}

/// What is to be explained, and what the messages carry.
#[derive(Debug)]
pub struct Material<'a> {
    /// The records.
    pub lookup: &'a Lookup<'a>,
    /// What each message carries, by its id; one that is missing carries nothing.
    pub carried: &'a HashMap<u32, Carried>,
    /// For whom.
    pub level: ExplainLevel,
}

/// The name of a lesson: its kind and its number.
pub type LessonId = (LessonKind, u32);

/// The lessons of a report in order of time.
pub fn lesson_ids(lookup: &Lookup<'_>) -> Vec<LessonId> {
    let report = lookup.report;
    let calls = report.calls.iter();
    let calls = calls.map(|c| (c.start_time, (LessonKind::Call, c.id)));
    let registrations = report.registrations.iter().filter_map(|r| {
        let first = r.attempts.first()?;
        Some((first.time, (LessonKind::Registration, r.id)))
    });
    let requests = requests::heads(report);
    let requests = requests.map(|r| (r.first_time, (LessonKind::Requests, r.id)));
    let mut all: Vec<_> = calls.chain(registrations).chain(requests).collect();
    all.sort_by_key(|(time, id)| (*time, *id));
    all.into_iter().map(|(_, id)| id).collect()
}

/// Ids of the messages that a lesson tells of.
pub fn messages_of(lookup: &Lookup<'_>, (kind, id): LessonId) -> Vec<u32> {
    let report = lookup.report;
    match kind {
        LessonKind::Call => {
            let call = lookup.call(id);
            call.map_or(Vec::new(), |c| c.messages.clone())
        }
        LessonKind::Registration => {
            let found = report.registrations.iter().find(|r| r.id == id);
            let attempts = found.into_iter().flat_map(|r| &r.attempts);
            attempts.flat_map(|a| a.messages.iter().copied()).collect()
        }
        LessonKind::Requests => {
            let groups = requests::group(report, id);
            groups.iter().flat_map(|r| r.messages.clone()).collect()
        }
    }
}

/// One lesson; `None` where the report has none of that name.
pub fn lesson(material: &Material<'_>, (kind, id): LessonId) -> Option<Lesson> {
    let report = material.lookup.report;
    let mut lesson = match kind {
        LessonKind::Call => call::lesson(material, material.lookup.call(id)?),
        LessonKind::Registration => {
            let found = report.registrations.iter().find(|r| r.id == id);
            registration::lesson(material, found?)
        }
        LessonKind::Requests => requests::lesson(material, id)?,
    };
    if material.level == ExplainLevel::Student {
        terms::define_all(&mut lesson);
    }
    Some(lesson)
}
