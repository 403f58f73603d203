//! What a term means, offline: methods, status codes, headers, lines of SDP, payload types, timers, causes, codes of
//! this program, and the words that explanations use.
//!
//! One file a group. What another registry of the program holds (`sip`, `sdp`, `types::codec`, `diagnosis`) is taken
//! from there; the files here add what no message has to be read for: where a header may stand, examples, timers,
//! entities.

mod causes;
mod codecs;
mod document;
mod entities;
mod events;
mod find;
mod findings;
mod glossary;
mod header_examples;
mod header_use;
mod headers;
mod methods;
mod sdp;
mod sheets;
mod statuses;
mod timers;

pub use document::{DEFINE_SCHEMA_ID, Definitions, NamedTerms};
pub use find::{Unknown, define};

use crate::types::TermGroup;
use schemars::JsonSchema;
use serde::Serialize;
use std::borrow::Cow;

type Words = Cow<'static, str>;

/// What is known of one term. All texts are safe to show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "Term")]
pub struct Entry {
    /// What kind of thing it is.
    pub group: TermGroup,
    /// The term as it is written.
    pub name: Words,
    /// What stands with it: the reason phrase of a status code, what letters are short for.
    pub title: Option<Words>,
    /// Other names of the same thing.
    pub also: Vec<Words>,
    /// What it means, in plain words.
    pub meaning: Words,
    /// Where it is written down, as `RFC 3261 §21.4.24`.
    pub source: Words,
    /// More about it, each with a name.
    pub facts: Vec<Fact>,
    /// What it looks like.
    pub example: Option<Words>,
    /// Several facts side by side; of sheets only.
    pub table: Option<Sheet>,
    /// Spellings it is found by besides its names.
    #[serde(skip)]
    keys: Vec<String>,
}

/// One thing more about a term.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "TermFact")]
pub struct Fact {
    /// What it is about.
    pub name: Words,
    /// What is to be known.
    pub text: Words,
}

/// Rows of text below headings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Sheet {
    /// The headings.
    pub columns: Vec<&'static str>,
    /// As many texts a row as there are headings.
    pub rows: Vec<Vec<Words>>,
}

impl Entry {
    fn new(
        group: TermGroup,
        name: impl Into<Words>,
        meaning: impl Into<Words>,
        source: impl Into<Words>,
    ) -> Entry {
        Entry {
            group,
            name: name.into(),
            title: None,
            also: Vec::new(),
            meaning: meaning.into(),
            source: source.into(),
            facts: Vec::new(),
            example: None,
            table: None,
            keys: Vec::new(),
        }
    }

    /// Name and title: `486 Busy Here`.
    pub fn heading(&self) -> String {
        match &self.title {
            Some(title) => format!("{} {title}", self.name),
            None => self.name.clone().into_owned(),
        }
    }
}

fn fact(name: &'static str, text: impl Into<Words>) -> Fact {
    Fact {
        name: name.into(),
        text: text.into(),
    }
}

/// Every term of a group, in the order of its registry.
pub fn terms(group: TermGroup) -> Vec<Entry> {
    match group {
        TermGroup::Method => methods::entries().collect(),
        TermGroup::Status => statuses::entries().collect(),
        TermGroup::Header => headers::entries().collect(),
        TermGroup::SdpLine => sdp::lines().collect(),
        TermGroup::SdpAttribute => sdp::attributes().collect(),
        TermGroup::PayloadType => codecs::payload_types(),
        TermGroup::Codec => codecs::entries().collect(),
        TermGroup::Event => events::entries().collect(),
        TermGroup::Timer => timers::entries().collect(),
        TermGroup::Cause => causes::causes().collect(),
        TermGroup::Warning => causes::warnings().collect(),
        TermGroup::Finding => findings::findings().collect(),
        TermGroup::Flaw => findings::flaws().collect(),
        TermGroup::Entity => entities::entries().collect(),
        TermGroup::Word => glossary::entries().collect(),
        TermGroup::Sheet => sheets::entries(),
    }
}

#[cfg(test)]
mod tests;
