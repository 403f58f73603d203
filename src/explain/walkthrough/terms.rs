//! The special words of a lesson: those that [`define`](crate::explain::define) knows. Each is explained once, in the
//! first sentence of its meaning there.

use super::{Lesson, LessonTerm};
use crate::explain::define::{Entry, terms};
use crate::types::TermGroup;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// Words that everybody knows, or that a lesson uses in their everyday sense.
const EVERYDAY: &[&str] = &[
    "answer",
    "call",
    "client",
    "digits",
    "digest",
    "downstream",
    "end to end",
    "endpoint",
    "event",
    "first line",
    "from tag",
    "gateway",
    // `holds` is a verb mostly.
    "hold",
    "informational response",
    "local tag",
    "loop",
    "loss",
    "lost packets",
    "lr",
    "phone",
    "received",
    "redirect",
    "register",
    "registered user",
    "relay",
    "remote tag",
    "repeat",
    "repetition",
    "server",
    "to tag",
    "tone",
    "upstream",
];

/// Groups whose terms are special words.
const GROUPS: [TermGroup; 8] = [
    TermGroup::Method,
    TermGroup::Status,
    TermGroup::Header,
    TermGroup::SdpAttribute,
    TermGroup::Codec,
    TermGroup::Timer,
    TermGroup::Entity,
    TermGroup::Word,
];

/// A word as it stands in a text.
struct Spelling {
    text: String,
    /// It has to stand so: else its first letter may be a capital one.
    exact: bool,
    /// What must follow it: a header of one word is told from an English word by that.
    before: &'static str,
    entry: usize,
}

/// All special words.
pub(super) struct Vocabulary {
    entries: Vec<Entry>,
    /// By their first character in lower case, the longest first.
    spellings: HashMap<char, Vec<Spelling>>,
}

static VOCABULARY: LazyLock<Vocabulary> = LazyLock::new(Vocabulary::new);

impl Vocabulary {
    fn new() -> Vocabulary {
        let mut all = Vocabulary {
            entries: Vec::new(),
            spellings: HashMap::new(),
        };
        for group in GROUPS {
            for entry in terms(group) {
                all.add(group, entry);
            }
        }
        for list in all.spellings.values_mut() {
            list.sort_by_key(|s| std::cmp::Reverse(s.text.len() + s.before.len()));
        }
        all
    }

    fn add(&mut self, group: TermGroup, entry: Entry) {
        let at = self.entries.len();
        let mut names: Vec<(String, &'static str)> = Vec::new();
        let name = entry.name.to_string();
        match group {
            TermGroup::Status => names.push((entry.heading(), "")),
            TermGroup::Header if !name.contains('-') => names.push((name, " header")),
            TermGroup::Method | TermGroup::Header | TermGroup::Codec | TermGroup::SdpAttribute => {
                names.push((name, ""));
            }
            _ => {
                names.push((name, ""));
                names.extend(entry.title.iter().map(|t| (t.to_string(), "")));
                names.extend(entry.also.iter().map(|a| (a.to_string(), "")));
            }
        }
        // A class of status codes: `2xx`.
        if group == TermGroup::Status && entry.name.ends_with("xx") {
            names = vec![(entry.name.to_string(), "")];
        }
        // The sentences of a negotiation name them bare.
        let bare = ["ptime", "sendonly", "recvonly", "inactive", "sendrecv"];
        if let Some(name) = name_of(&entry)
            .strip_prefix("a=")
            .filter(|n| bare.contains(n))
        {
            names.push((name.to_owned(), ""));
        }
        for (text, before) in names {
            let is_everyday = EVERYDAY.contains(&text.as_str()) && before.is_empty();
            // Single letters and numbers are other things in a text.
            if text.len() < 2
                || is_everyday
                || group == TermGroup::Codec && text.len() < 3 && text != "CN"
            {
                continue;
            }
            let is_timer = group == TermGroup::Timer;
            let text = if is_timer {
                text.replacen("Timer", "timer", 1)
            } else {
                text
            };
            let exact = text.chars().any(char::is_uppercase) && !is_timer;
            let Some(first) = text.chars().next().map(|c| c.to_ascii_lowercase()) else {
                continue;
            };
            self.spellings.entry(first).or_default().push(Spelling {
                text,
                exact,
                before,
                entry: at,
            });
        }
        self.entries.push(entry);
    }

    /// The entries that a text names, in reading order, each once.
    fn in_text(&self, text: &str) -> Vec<usize> {
        let mut found = Vec::new();
        let mut at = 0;
        let mut before: Option<char> = None;
        while let Some(rest) = text.get(at..) {
            let Some(c) = rest.chars().next() else {
                break;
            };
            let so_far = text.get(..at).unwrap_or_default().trim_end();
            let begins = so_far.is_empty() || so_far.ends_with(['.', ':', ';', '(', '"']);
            let hit = match before.is_some_and(is_of_word) {
                true => None,
                false => self.at_start(rest, c, begins),
            };
            match hit {
                Some((entry, length)) => {
                    if !found.contains(&entry) {
                        found.push(entry);
                    }
                    before = rest.get(..length).and_then(|t| t.chars().last());
                    at += length;
                }
                None => {
                    before = Some(c);
                    at += c.len_utf8();
                }
            }
        }
        found
    }

    /// `begins`: a sentence, or what stands apart, begins here, so a capital letter means nothing.
    fn at_start(&self, rest: &str, first: char, begins: bool) -> Option<(usize, usize)> {
        let list = self.spellings.get(&first.to_ascii_lowercase())?;
        list.iter().find_map(|s| {
            let tail = rest.get(s.text.len()..)?;
            let head = rest.get(..s.text.len())?;
            let same = head == s.text
                || !s.exact
                    && head.get(first.len_utf8()..) == s.text.get(first.len_utf8()..)
                    && first.is_ascii_uppercase();
            let (tail, plural) = match tail.strip_prefix('s') {
                Some(rest) if s.before.is_empty() && !rest.starts_with(is_of_word) => (rest, 1),
                _ => (tail, 0),
            };
            let told = !begins && !s.before.is_empty() || tail.starts_with(s.before);
            let ends = !tail.starts_with(is_of_word) && told;
            (same && ends).then_some((s.entry, s.text.len() + plural))
        })
    }

    fn entry(&self, at: usize) -> Option<&Entry> {
        self.entries.get(at)
    }
}

fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '=' | '@')
}

/// The first sentence.
fn clause(meaning: &str) -> String {
    let ends = meaning.match_indices(". ").find(|(at, _)| {
        let next = meaning.get(at + 2..).and_then(|r| r.chars().next());
        next.is_some_and(char::is_uppercase)
    });
    let end = ends.map_or(meaning.len(), |(at, _)| at + 1);
    meaning.get(..end).unwrap_or(meaning).to_owned()
}

/// How an entry is called in a list of words.
fn name_of(entry: &Entry) -> String {
    match (entry.group, &entry.title) {
        (TermGroup::Status, _) if entry.name.ends_with("xx") => entry.name.to_string(),
        (TermGroup::Status, _) => entry.heading(),
        (TermGroup::Entity, Some(title)) if entry.name == "UA" => title.to_string(),
        _ => entry.name.to_string(),
    }
}

/// Fills in the terms of each step and of the lesson.
pub(super) fn define_all(lesson: &mut Lesson) {
    let vocabulary = &*VOCABULARY;
    let mut known: HashSet<usize> = HashSet::new();
    let mut told: Vec<LessonTerm> = Vec::new();
    let mut queue: Vec<usize> = Vec::new();
    let mut meet = |text: &str, step: Option<u32>, told: &mut Vec<LessonTerm>| -> Vec<String> {
        let mut names = Vec::new();
        for at in vocabulary.in_text(text) {
            let Some(entry) = vocabulary.entry(at).filter(|_| known.insert(at)) else {
                continue;
            };
            queue.push(at);
            names.push(name_of(entry));
            told.push(LessonTerm {
                term: name_of(entry),
                meaning: clause(&entry.meaning),
                source: entry.source.to_string(),
                step,
            });
        }
        names
    };
    meet(&lesson.title, Some(0), &mut told);
    for fact in &lesson.facts {
        meet(&fact.name, Some(0), &mut told);
    }
    for player in &lesson.cast {
        meet(&player.part, Some(0), &mut told);
        meet(&player.name, Some(0), &mut told);
        meet(
            player.proof.as_deref().unwrap_or_default(),
            Some(0),
            &mut told,
        );
    }
    for step in &mut lesson.steps {
        let mut names = meet(&step.what, Some(step.number), &mut told);
        names.extend(meet(&step.text, Some(step.number), &mut told));
        step.terms = names;
    }
    for sentence in &lesson.negotiation {
        meet(&sentence.text, None, &mut told);
    }
    let wrong = lesson.wrong.iter();
    let wrong = wrong.flat_map(|w| [Some(&w.title), Some(&w.detail), w.advice.as_ref()]);
    for text in lesson
        .end
        .iter()
        .chain(&lesson.unknown)
        .chain(wrong.flatten())
    {
        meet(text, None, &mut told);
    }
    // What a meaning uses is explained too, until nothing new comes.
    let mut at = 0;
    while let Some(term) = told.get(at) {
        let meaning = term.meaning.clone();
        meet(&meaning, None, &mut told);
        at += 1;
    }
    lesson.terms = told;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        let found = VOCABULARY.in_text(text);
        found
            .iter()
            .map(|at| name_of(&VOCABULARY.entries[*at]))
            .collect()
    }

    #[test]
    fn special_words_are_found_where_they_stand_as_words() {
        for (text, found) in [
            ("The proxy asks", vec!["proxy"]),
            ("two proxys", vec!["proxy"]),
            ("approximately", vec![]),
            ("A re-INVITE is no INVITE.", vec!["re-INVITE", "INVITE"]),
            ("From 3 to 5", vec![]),
            ("The binding holds, packets hold 20 ms", vec!["binding"]),
            ("on hold", vec!["hold"]),
            ("a parameter of Via that", vec!["Via"]),
            ("The From header has a tag", vec!["From", "header", "tag"]),
            ("A Record-Route header", vec!["Record-Route", "header"]),
            ("486 Busy Here", vec!["486 Busy Here"]),
            ("a refusal (a=sendonly)", vec!["a=sendonly"]),
            ("on hold (sendonly)", vec!["hold", "a=sendonly"]),
            ("until a response (timer A)", vec!["response", "Timer A"]),
            ("the ACK of a 2xx", vec!["ACK", "2xx"]),
        ] {
            assert_eq!(names(text), found, "{text}");
        }
    }

    #[test]
    fn a_clause_is_the_first_sentence() {
        assert_eq!(clause("One step. Two steps."), "One step.");
        assert_eq!(clause("sips: asks for TLS"), "sips: asks for TLS");
    }
}
