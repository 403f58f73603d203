//! What happened in a call, in a handful of plain sentences that name their frames.

mod agreed;
mod beginning;
mod challenge;
mod crossing;
mod digits;
mod early;
mod ending;
mod fax;
mod fork;
mod legs;
mod links;
mod media;
mod quality;
mod registration;
mod repeats;
mod session;
mod ways;
mod who;

pub(crate) use quality::sentence as reported;
pub use registration::registration_story;

use self::legs::{Legs, capital};
use super::Lookup;
use super::names::party;
use super::redirect::followed;
use super::standing::B2BUA;
use super::text::{Piece, Text, text};
use super::words::{clean, counted, duration, listed};
use crate::call::{EndedBy, EventKind, Outcome};
use crate::report::model::{Call, CallMedia, Message, MessageKind, Stream, Timestamp};
use crate::sip::status;
use crate::types::{Party, StatusCode};

/// Events told at most; the rest is in the ladder.
const MOST_EVENTS: usize = 12;
/// Codecs named in one sentence.
const MOST_CODECS: usize = 40;

/// One sentence of a story.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sentence {
    /// When it begins to be true; `None` where nothing in the capture tells.
    pub time: Option<Timestamp>,
    /// What happened; [`Text::frames`] are its evidence.
    pub text: Text,
    /// The rule behind it, as `RFC 3261 §15`.
    pub source: Option<&'static str>,
}

/// The call from its first INVITE to its end.
pub fn story<'a>(lookup: &'a Lookup<'a>, call: &'a Call) -> Vec<Sentence> {
    let plot = Plot::of(lookup, call);
    let mut told = Vec::new();
    told.extend(plot.challenge());
    told.extend(plot.challenged_change());
    told.extend(plot.late_cancel());
    told.extend(plot.refused_branches());
    told.extend(plot.repeats());
    told.extend(plot.ringing());
    told.extend(plot.early_media());
    // Of equal times: an answer before what it changes, a failure after what led to it.
    let (mut before, mut after) = (plot.outcome(), None);
    if call.answer_time.is_none() {
        (before, after) = (after, before);
    }
    told.extend(before);
    told.extend(plot.events());
    told.extend(plot.legs());
    told.extend(plot.links());
    told.extend(after);
    let was_up = matches!(call.outcome, Outcome::Answered | Outcome::Completed);
    let mut ending = None;
    if was_up || call.answer_time.is_some() {
        if plot.expects_rtp() {
            told.push(plot.media());
        }
        told.extend(plot.digits());
        ending = Some(plot.ending());
    } else if plot.invite().is_none() && !plot.streams.is_empty() {
        ending = told.pop();
        told.push(plot.media());
    }
    if ending.is_none() && plot.has_bye() {
        ending = Some(plot.ending());
    }
    told.extend(plot.reported());
    told.extend(plot.ways());
    told.sort_by_key(|sentence| sentence.time);
    // Whatever the clock says, a story begins with its beginning.
    let mut story = vec![plot.beginning()];
    let ended = ending.as_ref().and_then(|e| e.time);
    let (earlier, later): (Vec<_>, Vec<_>) = plot
        .leg_ends()
        .into_iter()
        .partition(|leg| ended.is_none() || leg.time < ended);
    told.extend(earlier);
    told.sort_by_key(|sentence| sentence.time);
    story.append(&mut told);
    story.extend(ending);
    story.extend(later);
    story.extend(plot.possible_legs());
    for sentence in &mut story {
        sentence.text.name_files(&lookup.files);
        if sentence.text.to_string().starts_with("the ") {
            sentence.text = std::mem::take(&mut sentence.text).capitalised();
        }
    }
    story
}

/// What is told of a call beside its messages, and how it came out.
pub(crate) struct BesideMessages {
    /// What it is about, and what happened: media, digits, legs, ties to other calls.
    pub(crate) told: Vec<(&'static str, Sentence)>,
    /// The failure, or the end of a call that was up.
    pub(crate) end: Vec<Sentence>,
}

/// What no message says by itself, in order of time.
pub(crate) fn beside_messages<'a>(lookup: &'a Lookup<'a>, call: &'a Call) -> BesideMessages {
    let plot = Plot::of(lookup, call);
    let mut told: Vec<(&'static str, Sentence)> = Vec::new();
    let mut tell = |what: &'static str, sentences: Vec<Sentence>| {
        told.extend(sentences.into_iter().map(|s| (what, s)));
    };
    tell("media before the answer", plot.early_media());
    tell("legs", plot.joined_legs());
    tell("other calls", plot.links());
    let was_up = matches!(call.outcome, Outcome::Answered | Outcome::Completed);
    let is_up = was_up || call.answer_time.is_some();
    if is_up && plot.expects_rtp() || !is_up && plot.invite().is_none() && !plot.streams.is_empty()
    {
        tell(MEDIA, vec![plot.media()]);
    }
    if is_up {
        // What was dialled in all is known when the last key was pressed.
        let last = call.dtmf.iter().map(|d| d.time).max();
        let digits = plot.digits().into_iter();
        tell(
            "digits",
            digits.map(|s| Sentence { time: last, ..s }).collect(),
        );
    }
    tell(REPORTED, plot.reported());
    tell("ways of the media", plot.ways());
    told.sort_by_key(|(_, sentence)| sentence.time);
    let mut end = Vec::new();
    if !is_up {
        end.extend(plot.outcome());
    }
    if is_up || plot.has_bye() {
        end.push(plot.ending());
    }
    end.extend(plot.leg_ends());
    end.extend(plot.possible_legs());
    for sentence in told.iter_mut().map(|(_, s)| s).chain(&mut end) {
        sentence.text.name_files(&lookup.files);
        if sentence.text.to_string().starts_with("the ") {
            sentence.text = std::mem::take(&mut sentence.text).capitalised();
        }
    }
    BesideMessages { told, end }
}

/// What the sentence about all media of a call is about.
pub(crate) const MEDIA: &str = "media";

/// What the sentences about reports of the quality are about.
pub(crate) const REPORTED: &str = "reports of the quality";

/// A call, and who is who in it.
pub(super) struct Plot<'a> {
    lookup: &'a Lookup<'a>,
    call: &'a Call,
    caller: String,
    /// Whom the server that sent the INVITE names as the caller.
    calls_for: Option<String>,
    /// Who was called first.
    called: String,
    /// Who was called in the end: who answered on a leg of the server's, or whom a redirection that was followed at
    /// the INVITE `redirected` names.
    callee: String,
    redirected: Option<&'a Message>,
    legs: Legs<'a>,
    phones: fork::Phones,
    messages: Vec<&'a Message>,
    streams: &'a [&'a Stream],
}

impl<'a> Plot<'a> {
    pub(super) fn of(lookup: &'a Lookup<'a>, call: &'a Call) -> Plot<'a> {
        let mut messages = lookup.messages(&call.messages);
        messages.retain(|m| m.capture_duplicate_of.is_none());
        messages.sort_by_key(|m| (m.time, m.id));
        let legs = Legs::of(call, &messages);
        let followed = followed(&messages);
        let called = party(&call.callee);
        let mut plot = Plot {
            lookup,
            calls_for: None,
            call,
            caller: party(&call.caller),
            callee: legs
                .who_answers()
                .or(followed.as_ref().map(|f| f.name.clone()))
                .unwrap_or_else(|| called.clone()),
            called,
            redirected: followed.map(|f| f.invite),
            legs,
            phones: fork::Phones::of(lookup, call, &messages),
            messages,
            streams: lookup.streams_of_call(call.id),
        };
        if let Some(server) = plot.calling_server() {
            plot.calls_for = Some(std::mem::replace(&mut plot.caller, server));
        }
        plot
    }

    fn first(&self, wanted: impl Fn(&Message) -> bool) -> Option<&'a Message> {
        self.messages.iter().copied().find(|m| wanted(m))
    }

    /// The first INVITE that began the call: one within the dialog has a To tag (RFC 3261 §12.2).
    fn invite(&self) -> Option<&'a Message> {
        let has_tag = |m: &Message| m.to.as_ref().is_some_and(|to| to.tag.is_some());
        // A server's INVITE for a further leg is not the caller's.
        self.first(|m| is_request(m, "INVITE") && !has_tag(m) && self.legs.name_of(m).is_none())
    }

    /// What a server is called that sends the call's own INVITE in the name of a caller.
    fn calling_server(&self) -> Option<String> {
        // What comes from the middle of a path was not its sender's.
        let invite = self.invite()?;
        let name = self.lookup.shared_host(&invite.src.address)?;
        let name = self
            .lookup
            .calling_server(self.call)
            .filter(|n| *n == name)?;
        Some(match name {
            B2BUA => legs::SERVER.to_owned(),
            name => name.to_owned(),
        })
    }

    fn answer_to_invite(&self, wanted: impl Fn(u16) -> bool) -> Option<&'a Message> {
        self.first(|m| m.method.as_deref() == Some("INVITE") && m.status.is_some_and(&wanted))
    }

    /// As the caller hears it: the response on the caller's own hop.
    fn ringing(&self) -> Option<Sentence> {
        let call = self.call;
        let at = |m: &Message| Some(m.time) == call.ringing_time;
        let of = |wanted: u16| {
            let is =
                |m: &Message| m.method.as_deref() == Some("INVITE") && m.status == Some(wanted);
            self.first(|m| is(m) && at(m)).or_else(|| self.first(is))
        };
        let rings = of(180).or_else(|| of(183))?;
        let status = rings.status?;
        let what = match status {
            180 => " rings",
            _ => " reports progress",
        };
        let after = call.post_dial_delay_s.filter(|_| at(rings)).map(|_| {
            let since = (rings.time.0 - call.start_time.0).as_secs_f64();
            format!(" after {}", duration(since))
        });
        let before = self.redirected.is_some_and(|m| rings.time < m.time);
        let by_itself = self.legs.rings_itself(rings).then_some(" by itself");
        // Of several phones behind the server the one that rings first is not the one that was called.
        let several = self.call.legs.len() > 2;
        let of_server = by_itself.is_some() || !before && several;
        let name = self.legs.name_of(rings).or(self.phones.name_of(rings));
        let of_server = of_server && (by_itself.is_some() || name.is_none());
        let what = if of_server && status == 180 {
            " reports ringing"
        } else {
            what
        };
        let callee = match name {
            _ if of_server => legs::SERVER,
            Some(name) => name,
            None if before => &*self.called,
            None if self.legs.is_several() => self.passed_from(rings).unwrap_or(&self.called),
            None => &*self.callee,
        };
        let callee = callee.to_owned();
        let status_is = format!(" ({status}, ");
        Some(Sentence {
            time: Some(rings.time),
            text: text![
                callee,
                what,
                by_itself,
                after,
                status_is,
                Piece::frame_of(rings),
                ")."
            ],
            source: source_of(status),
        })
    }

    /// How it came out, when that was known.
    fn outcome(&self) -> Option<Sentence> {
        let call = self.call;
        let last = || self.messages.last().map(|m| m.time);
        let (text, source) = match call.answer_time {
            Some(_) => (self.answer(), Some("RFC 3261 §13.2.2.4")),
            None if matches!(call.outcome, Outcome::Answered | Outcome::Completed) => {
                return self.answer_not_captured();
            }
            None => self.failure(),
        };
        Some(Sentence {
            time: call.answer_time.or(call.end_time).or_else(last),
            text,
            source,
        })
    }

    /// What shows that a call was up whose answer is not in the capture.
    fn answer_not_captured(&self) -> Option<Sentence> {
        self.invite()?;
        let ack = self.first(|m| is_request(m, "ACK"))?;
        let (caller, callee) = (self.caller.clone(), self.callee.clone());
        let frame = Piece::frame_of(ack);
        Some(Sentence {
            time: Some(ack.time),
            text: text![
                caller,
                " confirms (ACK ",
                frame,
                ") an answer of ",
                callee,
                " that is not in the capture",
                self.gap(),
                "."
            ],
            source: Some("RFC 3261 §13.2.2.4"),
        })
    }

    /// The one phone behind the server whose response of the same status the server passes on.
    fn passed_from(&self, response: &Message) -> Option<&str> {
        let own = |m: &Message| {
            m.method.as_deref() == Some("INVITE")
                && m.status == response.status
                && m.time <= response.time
        };
        let mut phones = self.messages.iter().filter(|m| own(m));
        phones.find_map(|m| self.legs.name_of(m))
    }

    /// Who refused: who was called first, or who a redirection led to.
    fn refusing(&self) -> &String {
        let from_there = |m: &Message, invite: &Message| {
            m.method.as_deref() == Some("INVITE")
                && m.status.is_some()
                && m.status == self.call.final_status
                && m.src.address == invite.dst.address
        };
        let went = |invite| self.messages.iter().any(|m| from_there(m, invite));
        match self.redirected.is_some_and(went) {
            true => &self.callee,
            false => &self.called,
        }
    }

    fn failure(&self) -> (Text, Option<&'static str>) {
        let call = self.call;
        let refusal = self
            .messages
            .iter()
            .rev()
            .find(|m| m.method.as_deref() == Some("INVITE") && m.status == call.final_status)
            .filter(|_| call.final_status.is_some());
        let status = match (refusal, call.final_status) {
            (Some(m), Some(status)) => {
                let reason = m.reason.as_deref().map(|r| format!(" {r}"));
                text![status.to_string(), reason, ", ", Piece::frame_of(m)]
            }
            (None, Some(status)) => status.to_string().into(),
            _ => Text::default(),
        };
        let why = call
            .outcome_reason
            .as_deref()
            .map(|r| format!(": {}", clean(r)));
        let (caller, callee) = (self.caller.clone(), self.refusing().clone());
        let source = call.final_status.and_then(source_of);
        match call.outcome {
            Outcome::Cancelled if self.replaced_by().is_some() => {
                let cancel = self.first(|m| is_request(m, "CANCEL"));
                let frame = cancel.map(|m| text![" (CANCEL ", Piece::frame_of(m), ")"]);
                let takes = format!(
                    ", as call {} has taken its place.",
                    self.replaced_by().unwrap_or_default()
                );
                let cancels = " cancels the INVITE";
                (text![caller, cancels, frame, takes], Some("RFC 3891 §3"))
            }
            Outcome::Cancelled => {
                let cancel = self.first(|m| is_request(m, "CANCEL"));
                let frame = cancel.map(|m| text![" (CANCEL ", Piece::frame_of(m), ")"]);
                let rang = call.ring_time_s;
                let rang = rang.map(|s| format!(" after {} of ringing", duration(s)));
                let end = (!status.is_empty()).then(|| text!["; the INVITE ends with ", status]);
                if call.ended_by == Some(EndedBy::Network) {
                    let rang = call.ring_time_s;
                    let begins = match rang {
                        Some(s) => format!("{callee} rings for {}; the call to it", duration(s)),
                        None => format!("The call to {callee}"),
                    };
                    let text = text![begins, " is cancelled", frame, why, end, "."];
                    return (text, Some("RFC 3326 §3.1"));
                }
                let text = text![caller, " gives up", rang, frame, end, "."];
                (text, Some("RFC 3261 §9.1"))
            }
            // The event says where to.
            Outcome::Redirected => {
                let ends = "The call ends here (";
                (
                    text![ends, status, "); ", self.redirected_to(), "."],
                    source,
                )
            }
            // The server between the legs has a status of its own for what a phone said.
            Outcome::Busy | Outcome::Declined if self.legs.refused_otherwise(call.final_status) => {
                let ends = text![
                    capital(legs::SERVER),
                    " ends the call with ",
                    status,
                    why,
                    "."
                ];
                (ends, source)
            }
            Outcome::Busy => (text![callee, " is busy (", status, ")."], source),
            Outcome::Declined => (text![callee, " declines (", status, ")."], source),
            Outcome::Timeout if status.is_empty() => {
                let invites = self.messages.iter().filter(|m| is_request(m, "INVITE"));
                let to = match invites.count() {
                    0 | 1 => "the INVITE".to_owned(),
                    n => format!("any of {n} INVITEs"),
                };
                let text = text!["No response to ", to, " is in the capture."];
                (text, Some("RFC 3261 §17.1.1.2"))
            }
            Outcome::NoAnswer if call.ring_time_s.is_some() => {
                let rings = duration(call.ring_time_s.unwrap_or_default());
                let nobody = ", and nobody answers (";
                (
                    text![callee, " rings for ", rings, nobody, status, ")."],
                    source,
                )
            }
            Outcome::NoAnswer if !status.is_empty() => {
                (text![callee, " does not answer (", status, ")."], source)
            }
            Outcome::Incomplete if self.gap().is_some() => {
                let text = text![
                    "How the call goes on is not in the capture",
                    self.gap(),
                    "."
                ];
                (text, None)
            }
            Outcome::Incomplete if self.invite().is_none() => {
                ("How the call ends is not in the capture.".into(), None)
            }
            Outcome::Ringing | Outcome::Incomplete => {
                let ends = "The capture ends before the call is decided";
                (text![ends, why, "."], None)
            }
            _ if status.is_empty() => (text!["The call fails", why, "."], None),
            _ => (text!["The call fails with ", status, why, "."], source),
        }
    }

    fn answer(&self) -> Text {
        let call = self.call;
        let is = |m: &Message| {
            m.method.as_deref() == Some("INVITE") && m.status.is_some_and(|s| s / 100 == 2)
        };
        // On the caller's own hop, where the set-up time is taken.
        let at = |m: &Message| Some(m.time) == call.answer_time;
        let answer = self.first(|m| is(m) && at(m)).or_else(|| self.first(is));
        let frame = answer.map(|m| text![" (200, ", Piece::frame_of(m), ")"]);
        let after = call.setup_time_s;
        let after = after.map(|s| format!(" {} after the INVITE", duration(s)));
        let mut codecs: Vec<String> = Vec::new();
        for media in self.agreed_at_answer() {
            for codec in self.agreed_codecs(media) {
                let codec = clean(codec);
                if !codecs.contains(&codec) {
                    codecs.push(codec);
                }
            }
        }
        let are = if codecs.len() == 1 { "is" } else { "are" };
        let agreed = (!codecs.is_empty()).then(|| format!("; {} {are} agreed", some(codecs)));
        let (who, instead) = self.answers();
        text![who, " answers", instead, after, frame, agreed, "."]
    }

    /// The media that the answer agreed, or the ACK where it answers. What was agreed before is what is left
    /// of it; what was agreed later is told as a change.
    fn agreed_at_answer(&self) -> Vec<&'a CallMedia> {
        let media = &self.call.media;
        let ended = |m: &CallMedia| m.until.is_some_and(|t| Some(t) <= self.call.answer_time);
        let since = |m: &CallMedia| self.first(|message| Some(message.id) == m.agreed_in);
        let later: Vec<&CallMedia> = media.iter().filter(|m| !ended(m)).collect();
        let at_answer = |m: &&CallMedia| since(m).map(|s| s.time) <= self.call.answer_time;
        let known: Vec<&CallMedia> = later.iter().copied().filter(at_answer).collect();
        if !known.is_empty() {
            return known;
        }
        let first = later.first().and_then(|m| m.agreed_in);
        let with_first = |m: &&CallMedia| m.agreed_in == first;
        later.into_iter().filter(with_first).collect()
    }

    fn events(&self) -> Vec<Sentence> {
        // How a transfer came out is told with what it led to, another phone's answer at the end.
        let told_later = [
            EventKind::TransferResult,
            EventKind::AnsweredElsewhere,
            EventKind::CaptureGap,
            // What these say is told message by message elsewhere.
            EventKind::SessionRefreshed,
            EventKind::EarlyMedia,
            EventKind::Prack,
            EventKind::Update,
        ];
        let events = self.call.events.iter();
        let events = events.filter(|e| !told_later.contains(&e.kind));
        let left = events.clone().skip(MOST_EVENTS);
        let events = events.take(MOST_EVENTS);
        let mut told: Vec<Sentence> = events
            .map(|e| {
                let message = self.first(|m| Some(m.id) == e.message);
                let frame = message.map(|m| text![" (", Piece::frame_of(m), ")"]);
                let event = clean(e.text.trim_end_matches('.'));
                let phone = message.filter(|_| e.kind == EventKind::Forked);
                let phone = phone.and_then(|m| self.phones.name_of(m));
                let event = match phone {
                    Some(name) => event.replacen("a second phone", name, 1),
                    None => event,
                };
                let event = match (e.kind, message) {
                    (EventKind::AddressChanged, Some(m)) => self.legs.wanted(m, event),
                    _ => event,
                };
                let event = self.named(&self.legs.asked(e.kind, event));
                // A name is written as its owner writes it.
                let is_name = |event: &str| {
                    let names = [Some(&*self.caller), Some(&*self.callee), phone];
                    names.into_iter().flatten().any(|n| event.starts_with(n))
                };
                Sentence {
                    time: Some(e.time),
                    text: match is_name(&event) {
                        true => text![event, frame, "."],
                        false => text![event, frame, "."].capitalised(),
                    },
                    source: source_of_event(e.kind),
                }
            })
            .collect();
        if let Some(next) = left.clone().next() {
            let more = counted(left.count() as u64, "event", "events");
            told.push(Sentence {
                time: Some(next.time),
                text: text![more, " more: sipflow ladder FILE."],
                source: None,
            });
        }
        told
    }

    fn name_of_party(&self, party: Party) -> &str {
        match party {
            Party::Caller => &self.caller,
            Party::Callee => &self.callee,
        }
    }

    /// `the caller` and `the callee` by name.
    fn named(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (word, name) in [("caller", &self.caller), ("callee", &self.callee)] {
            for the in ["the", "The"] {
                text = text.replace(&format!("{the} {word} "), &format!("{name} "));
            }
        }
        text
    }

    fn has_bye(&self) -> bool {
        self.first(|m| is_request(m, "BYE")).is_some()
    }
}

/// Where a status is defined.
fn source_of(status: u16) -> Option<&'static str> {
    let entry = status::meaning(StatusCode::new(status)?)?;
    Some(entry.source)
}

fn source_of_event(kind: EventKind) -> Option<&'static str> {
    Some(match kind {
        EventKind::Forked => "RFC 3261 §13.2.2",
        EventKind::Hold | EventKind::Resume => "RFC 3264 §8.4",
        EventKind::MediaRefused => "RFC 3264 §6",
        EventKind::NotResumed => "RFC 3264 §6.1",
        EventKind::MediaAdded => "RFC 3264 §8.1",
        EventKind::MediaRemoved => "RFC 3264 §8.2",
        EventKind::CodecChanged => "RFC 3264 §8.3.2",
        EventKind::AddressChanged => "RFC 3264 §8.3.1",
        EventKind::Update | EventKind::SessionRefreshed => "RFC 3311 §5",
        EventKind::Prack => "RFC 3262 §4",
        EventKind::EarlyMedia => "RFC 3960 §1",
        EventKind::ChangeRefused => "RFC 3261 §14.1",
        EventKind::AnsweredElsewhere => "RFC 3326 §3.1",
        EventKind::Transfer | EventKind::TransferResult => "RFC 3515 §2.4",
        EventKind::Redirected => "RFC 3261 §8.1.3.4",
        EventKind::CaptureGap => return None,
    })
}

/// The names in a sentence, of many the first.
fn some(mut names: Vec<String>) -> String {
    let left = names.len().saturating_sub(MOST_CODECS);
    if left > 0 {
        names.truncate(MOST_CODECS);
        names.push(format!("{left} more"));
    }
    listed(&names)
}

fn is_request(m: &Message, method: &str) -> bool {
    m.kind == MessageKind::Request && m.method.as_deref() == Some(method)
}

#[cfg(test)]
mod tests;
