//! The legs of a call through a server that makes a call of its own for each: why they are one call, and what became
//! of each.

use super::{Plot, Sentence, is_request};
use crate::call::{EventKind, LinkKind, Outcome};
use crate::explain::names::user_of;
use crate::explain::text::{Piece, Text, text};
use crate::explain::words::{clean, counted, duration};
use crate::report::model::{Call, Leg, Message, Stream, Timestamp};
use crate::types::Delta;
use std::collections::HashMap;

/// What a server that makes calls of its own is called in a sentence.
pub(super) const SERVER: &str = "the B2BUA";

/// An answer is passed on within this time.
const PASSED_ON: Delta = Delta::from_millis(100);
/// Phones called together are called within this time.
const TOGETHER: Delta = Delta::from_secs(2);
/// Legs told of one by one.
const MOST_LEGS: usize = 20;

/// A leg that the server made.
struct Onward<'a> {
    leg: &'a Leg,
    /// Whom its INVITE is for.
    name: String,
    messages: Vec<&'a Message>,
}

/// The legs of one call beyond the caller's own; none where it has one leg.
pub(super) struct Legs<'a> {
    onward: Vec<Onward<'a>>,
    /// When the caller's leg was answered.
    answered: Option<Timestamp>,
    several: bool,
    /// Which of them a message is of, by its id.
    leg_of: HashMap<u32, usize>,
}

impl<'a> Onward<'a> {
    fn first(&self, wanted: impl Fn(&Message) -> bool) -> Option<&'a Message> {
        self.messages.iter().copied().find(|m| wanted(m))
    }

    fn invite(&self) -> Option<&'a Message> {
        self.first(|m| is_request(m, "INVITE"))
    }

    fn refusal(&self) -> Option<&'a Message> {
        let refuses = |s: u16| s >= 300 && s != 401 && s != 407;
        self.first(|m| is_invite_response(m) && m.status.is_some_and(refuses))
    }

    fn ringing(&self) -> Option<&'a Message> {
        self.first(|m| is_invite_response(m) && m.status == Some(180))
    }

    fn answer(&self) -> Option<&'a Message> {
        self.first(|m| is_invite_response(m) && m.status.is_some_and(|s| s / 100 == 2))
    }
}

fn is_invite_response(m: &Message) -> bool {
    m.method.as_deref() == Some("INVITE") && m.status.is_some()
}

impl<'a> Legs<'a> {
    pub(super) fn of(call: &'a Call, messages: &[&'a Message]) -> Legs<'a> {
        let several = call.legs.len() > 1;
        let onward = call.legs.iter().skip(1).map(|leg| {
            // One Call-ID on both legs: what concerns the server's own leg has none of the caller's hosts.
            let first = leg.hops.first().map(String::as_str).unwrap_or_default();
            let shared = call
                .legs
                .iter()
                .filter(|l| l.call_id == leg.call_id)
                .count()
                > 1;
            let next = leg.hops.last().map(String::as_str).unwrap_or_default();
            let of_leg = |m: &&&Message| {
                let ends = [m.src.to_string(), m.dst.to_string()];
                m.call_id.as_deref() == Some(&*leg.call_id)
                    && (!shared
                        || [first, next]
                            .iter()
                            .all(|hop| ends.iter().any(|e| e == hop)))
            };
            let messages: Vec<&Message> = messages.iter().filter(of_leg).copied().collect();
            let invite = messages.iter().find(|m| is_request(m, "INVITE"));
            let to = invite
                .and_then(|m| m.to.as_ref())
                .map(|to| user_of(&to.uri));
            Onward {
                leg,
                name: to.unwrap_or_else(|| user_of(&call.callee.uri)),
                messages,
            }
        });
        let onward: Vec<Onward<'_>> = onward.collect();
        let ids = onward.iter().enumerate();
        let ids = ids.flat_map(|(leg, o)| o.messages.iter().map(move |m| (m.id, leg)));
        Legs {
            leg_of: ids.collect(),
            onward,
            answered: call.answer_time,
            several,
        }
    }

    /// The leg whose answer the server passed on to the caller.
    fn winner(&self) -> Option<&Onward<'a>> {
        let answered = self.answered?;
        let passed_on = |o: &&Onward<'_>| {
            o.leg
                .answer_time
                .is_some_and(|t| t.0 - answered.0 <= PASSED_ON)
        };
        self.onward.iter().find(passed_on)
    }

    /// The server answered the caller without an answer of anybody.
    pub(super) fn server_answers(&self) -> bool {
        self.several && self.answered.is_some() && self.winner().is_none()
    }

    /// The server says on the caller's leg that it rings, when no phone it called does yet.
    pub(super) fn rings_itself(&self, m: &Message) -> bool {
        if m.status != Some(180) || self.onward.is_empty() || self.name_of(m).is_some() {
            return false;
        }
        let rings = self.onward.iter().filter_map(Onward::ringing);
        match rings.map(|m| m.time).min() {
            Some(first) => m.time < first,
            None => self.onward.iter().all(|o| o.invite().is_some()),
        }
    }

    /// A phone refused with another status than the server gave the caller.
    pub(super) fn refused_otherwise(&self, status: Option<u16>) -> bool {
        let refusals = self.onward.iter().filter_map(Onward::refusal);
        let mut other = refusals.filter(|m| m.status != Some(487));
        self.answered.is_none() && status.is_some() && other.any(|m| m.status != status)
    }

    /// Whom the leg of a message is for.
    pub(super) fn name_of(&self, m: &Message) -> Option<&str> {
        let leg = self.leg_of.get(&m.id)?;
        self.onward.get(*leg).map(|o| &*o.name)
    }

    /// An event's words: on a leg of the server's, who asks for a transfer asks the server.
    pub(super) fn asked(&self, kind: EventKind, words: String) -> String {
        match kind {
            EventKind::Transfer if self.several => {
                let asks = ["asks the caller ", "asks the callee "];
                let server = format!("asks {SERVER} ");
                asks.iter()
                    .fold(words, |words, one| words.replacen(one, &server, 1))
            }
            _ => words,
        }
    }

    /// The words of an event that only one leg is about: on the caller's own the server is who was called, on others it
    /// is who calls.
    pub(super) fn wanted(&self, m: &Message, words: String) -> String {
        let server = format!("{SERVER} ");
        match self.name_of(m) {
            _ if !self.several => words,
            None => words.replacen("the callee ", &server, 1),
            Some(name) => {
                let words = words.replacen("the caller ", &server, 1);
                words.replacen("the callee ", &format!("{name} "), 1)
            }
        }
    }

    /// The call has legs of a server's.
    pub(super) fn is_several(&self) -> bool {
        self.several
    }

    /// Who is at the other end once the call is up, where a leg tells.
    pub(super) fn who_answers(&self) -> Option<String> {
        let later = || self.onward.iter().find(|o| o.leg.answer_time.is_some());
        let who = self.winner().or_else(later);
        who.map(|o| o.name.clone())
    }

    /// Legs that were answered after the server had answered the caller, with their answers.
    pub(super) fn answered_later(&self) -> impl Iterator<Item = (&str, &'a Message)> {
        let later = self.onward.iter().filter(|_| self.server_answers());
        later.filter_map(|o| Some((&*o.name, o.answer()?)))
    }
}

impl Plot<'_> {
    /// Who answers, and for whom where the caller had asked for another.
    pub(super) fn answers(&self) -> (String, Option<String>) {
        if self.legs.server_answers() {
            return (capital(SERVER), Some(" itself".to_owned()));
        }
        let instead = self.callee != self.called && !self.called.ends_with(&*self.callee);
        (
            self.callee.clone(),
            instead.then(|| format!(" for {}", self.called)),
        )
    }

    /// The legs a server made, each time with what shows that they belong to the call.
    pub(super) fn joined_legs(&self) -> Vec<Sentence> {
        let mut told = Vec::new();
        let mut rest = self.legs.onward.iter().take(MOST_LEGS).peekable();
        while let Some(first) = rest.next() {
            let start = first.invite().map(|m| m.time);
            let mut all = vec![first];
            while let Some(next) = rest.next_if(|o| {
                let time = o.invite().map(|m| m.time);
                let soon = start.zip(time).is_some_and(|(a, b)| b.0 - a.0 <= TOGETHER);
                soon && o.leg.joined_by == first.leg.joined_by
            }) {
                all.push(next);
            }
            told.push(self.joined(&all));
        }
        told
    }

    pub(super) fn legs(&self) -> Vec<Sentence> {
        let mut told = self.joined_legs();
        told.extend(self.phones_ring());
        if self.call.answer_time.is_some() || self.legs.refused_otherwise(self.call.final_status) {
            told.extend(self.came_to_nothing());
            told.extend(self.legs.answered_later().map(|(name, answer)| Sentence {
                time: Some(answer.time),
                text: text![
                    name.to_owned(),
                    " answers (200, ",
                    Piece::frame_of(answer),
                    ")."
                ],
                source: Some("RFC 3261 §13.2.2.4"),
            }));
        }
        told
    }

    /// Phones that ring after the caller was told of ringing: the one that answers, or all where it was the server
    /// that told.
    fn phones_ring(&self) -> Vec<Sentence> {
        let heard = self.first(|m| {
            is_invite_response(m) && m.status == Some(180) && self.legs.name_of(m).is_none()
        });
        let Some(heard) = heard else {
            return Vec::new();
        };
        let by_itself = self.legs.rings_itself(heard);
        let winner = self.legs.winner().map(|o| &o.leg.call_id);
        let legs = self.legs.onward.iter().take(MOST_LEGS);
        let legs = legs.filter(|o| by_itself || Some(&o.leg.call_id) == winner);
        let ringing = legs.filter_map(|o| Some((o, o.ringing().filter(|m| m.time > heard.time)?)));
        let told = ringing.map(|(o, m)| Sentence {
            time: Some(m.time),
            text: text![o.name.clone(), " rings (180, ", Piece::frame_of(m), ")."],
            source: super::source_of(180),
        });
        told.collect()
    }

    /// Legs that end at another time than the caller's own: who was transferred goes on without the others.
    pub(super) fn leg_ends(&self) -> Vec<Sentence> {
        let Some(end) = self
            .call
            .end_time
            .filter(|_| self.call.answer_time.is_some())
        else {
            return Vec::new();
        };
        let transfers = self.call.links.iter().any(|l| l.kind == LinkKind::Transfer);
        let at_once = if transfers { PASSED_ON } else { TOGETHER };
        let legs = self.legs.onward.iter().take(MOST_LEGS);
        let told = legs.filter_map(|o| {
            let answer = o.answer()?;
            let bye = o.first(|m| is_request(m, "BYE"))?;
            let apart = bye.time.0 - end.0;
            if apart.abs() <= at_once {
                return None;
            }
            let frame = Piece::frame_of(bye);
            let own = |s: &&&Stream| s.src.address == answer.src.address && s.first_time > end;
            let packets: u64 = self.streams.iter().filter(own).map(|s| s.packets).sum();
            let sends = (packets > 0).then(|| {
                let packets = counted(packets, "packet", "packets");
                format!("; {packets} of {} are of that time", o.name)
            });
            let is_phone = o
                .leg
                .hops
                .last()
                .is_some_and(|hop| *hop == bye.src.to_string());
            let text = match (is_phone, bye.time > end) {
                (true, _) => text![o.name.clone(), " hangs up its leg (BYE ", frame, ")."],
                (false, false) => {
                    let name = o.name.clone();
                    text![
                        capital(SERVER),
                        " ends the leg to ",
                        name,
                        " (BYE ",
                        frame,
                        ")."
                    ]
                }
                (false, true) => text![
                    "The leg to ",
                    o.name.clone(),
                    format!(
                        " goes on for {} more, until ",
                        duration(apart.as_secs_f64())
                    ),
                    SERVER,
                    " ends it (BYE ",
                    frame,
                    ")",
                    sends,
                    "."
                ],
            };
            Some(Sentence {
                time: Some(bye.time),
                text,
                source: Some("RFC 3261 §15"),
            })
        });
        told.collect()
    }

    /// Legs made together, and why they belong to the call.
    fn joined(&self, legs: &[&Onward<'_>]) -> Sentence {
        let called: Vec<Text> = legs.iter().map(|o| named(o, o.invite())).collect();
        let first = legs.first();
        let why = first.map(|o| clean(&o.leg.evidence)).unwrap_or_default();
        let by = first.map_or("", |o| o.leg.joined_by.as_str());
        let sure = legs.iter().filter_map(|o| o.leg.confidence);
        let sure = sure.fold(f64::INFINITY, f64::min);
        let belongs = match legs {
            [_] => "That leg belongs to the call",
            _ => "Those legs belong to the call",
        };
        let begins = match first.and_then(|o| o.invite()) {
            Some(_) => text![capital(SERVER), " calls ", and(called)],
            None => text!["There is another leg of the call"],
        };
        Sentence {
            time: first.and_then(|o| o.invite()).map(|m| m.time),
            text: text![
                begins,
                format!(". {belongs} ({by}, confidence {sure:.2}): {why}.")
            ],
            source: None,
        }
    }

    /// What became of legs that nobody answered.
    fn came_to_nothing(&self) -> Vec<Sentence> {
        let of = |outcome: Outcome| {
            let legs = self.legs.onward.iter();
            legs.filter(move |o| o.leg.outcome == Some(outcome))
        };
        let mut told = Vec::new();
        let cancelled: Vec<&Onward<'_>> = of(Outcome::Cancelled).collect();
        let cancels: Vec<(&Onward<'_>, Option<&Message>)> = cancelled
            .iter()
            .map(|o| (*o, o.first(|m| is_request(m, "CANCEL"))))
            .collect();
        let answered = self.legs.winner().and_then(Onward::answer).map(|m| m.time);
        let (after, before): (Vec<_>, Vec<_>) = cancels.into_iter().partition(|(_, cancel)| {
            answered
                .zip(cancel.map(|m| m.time))
                .is_some_and(|(a, c)| c >= a)
        });
        let called_off = |list: Vec<(&Onward<'_>, Option<&Message>)>, why: String| {
            let time = list.iter().find_map(|(_, cancel)| cancel.map(|m| m.time));
            let the = if list.len() == 1 {
                "The call to "
            } else {
                "The calls to "
            };
            let are = if list.len() == 1 { " is" } else { " are" };
            let names = list.iter().map(|(o, cancel)| named(o, *cancel)).collect();
            (!list.is_empty()).then(|| Sentence {
                time,
                text: text![the, and(names), are, " called off", why, "."],
                source: Some("RFC 3261 §9.1"),
            })
        };
        told.extend(called_off(after, format!(": {} has answered", self.callee)));
        told.extend(
            before
                .into_iter()
                .filter_map(|one| called_off(vec![one], String::new())),
        );
        for o in &self.legs.onward {
            let (Some(outcome), Some(m)) = (o.leg.outcome, o.refusal()) else {
                continue;
            };
            let what = match outcome {
                Outcome::Busy => " is busy",
                Outcome::Declined => " declines",
                Outcome::Cancelled | Outcome::Completed | Outcome::Answered => continue,
                _ => " cannot be reached",
            };
            let status = m.status.map(|s| s.to_string()).unwrap_or_default();
            let reason = m.reason.as_deref().map(|r| format!(" {}", clean(r)));
            told.push(Sentence {
                time: Some(m.time),
                text: text![
                    o.name.clone(),
                    what,
                    " (",
                    status,
                    reason,
                    ", ",
                    Piece::frame_of(m),
                    ")."
                ],
                source: m.status.and_then(super::source_of),
            });
        }
        told
    }

    /// `Call 2 may be the other leg of call 1: …`
    pub(super) fn possible_legs(&self) -> Option<Sentence> {
        let first = self.call.possible_legs.first()?;
        let calls: Vec<String> = self
            .call
            .possible_legs
            .iter()
            .map(|p| format!("call {}", p.call))
            .collect();
        let why = match calls.len() {
            1 => "that alone does not prove it",
            _ => "they fit equally well, so none is joined",
        };
        let which = match calls.as_slice() {
            [one] => one.clone(),
            [all @ .., last] => format!("{} or {last}", all.join(", ")),
            [] => return None,
        };
        let text = format!(
            "Call {} may be the other leg of {which}: {}; {why} (confidence {:.2}).",
            self.call.id,
            clean(&first.evidence),
            first.confidence
        );
        Some(Sentence {
            text: text.into(),
            ..Sentence::default()
        })
    }
}

/// `301 (#3)`.
fn named(o: &Onward<'_>, m: Option<&Message>) -> Text {
    let frame = m.map(|m| text![" (", Piece::frame_of(m), ")"]);
    text![o.name.clone(), frame]
}

/// `a, b and c`.
fn and(list: Vec<Text>) -> Text {
    let count = list.len();
    let mut out = Text::default();
    for (i, one) in list.into_iter().enumerate() {
        let before = match i {
            0 => "",
            i if i + 1 == count => " and ",
            _ => ", ",
        };
        out = text![out, before, one];
    }
    out
}

pub(super) fn capital(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|c| c.to_ascii_uppercase());
    first.into_iter().chain(chars).collect()
}
