//! Offer and answer, message by message (RFC 3264): who offers what, what is chosen and refused, what changes.
//!
//! Which messages may carry them: RFC 3261 §13.2.1, RFC 3262 §5, RFC 3311, RFC 6337. Copies on further hops and messages
//! sent again are not told; where a host in between rewrites a description, that is.

mod answer;
mod hops;
mod media;
mod paths;
mod reliable;
#[cfg(test)]
mod tests;

use self::hops::tag;
use self::media::medium;
use self::reliable::is_invite;
use super::Lookup;
use super::cut;
use super::scene::Scene;
use super::steps::says_the_same;
use super::story::{Plot, Sentence};
use super::text::{Piece, Text, text};
use super::words::clean;
use crate::call::{EventKind, OfferResult};
use crate::report::model::{Call, Message, MessageKind, Negotiation, Sdp};
use crate::types::Party;

/// The negotiation of a call in sentences, in order of time.
///
/// ```
/// use sipflow::explain::{Lookup, negotiation};
/// use sipflow::report::read_captures;
///
/// let report = read_captures(&["testdata/cases/direct_call/capture.pcap"])?;
/// let told = negotiation(&Lookup::new(&report), &report.calls[0]);
/// assert_eq!(told.len(), 2);
/// # Ok::<(), sipflow::report::ReadError>(())
/// ```
pub fn negotiation<'a>(lookup: &'a Lookup<'a>, call: &'a Call) -> Vec<Sentence> {
    let mut messages = lookup.messages(&call.messages);
    messages.retain(|m| m.capture_duplicate_of.is_none());
    messages.sort_by_key(|m| (m.time, m.id));
    let scene = Scene::of_call(lookup, call);
    let teller = Teller {
        plot: Plot::of(lookup, call),
        call,
        messages,
        hosts: scene
            .hosts
            .iter()
            .map(|h| (h.address.clone(), h.to_string()))
            .collect(),
    };
    let mut told = Vec::new();
    for (i, row) in call.negotiations.iter().enumerate() {
        let (before, after) = call.negotiations.split_at(i);
        let again = |later: &Negotiation| (later.leg, later.by) == (row.leg, row.by);
        // The offer comes again with credentials.
        let is_retried = after.iter().skip(1).any(again);
        if row.result != OfferResult::Challenged || !is_retried {
            told.extend(teller.exchange(row, before));
        }
    }
    told.extend(teller.cut_offer());
    told.extend(teller.reliable());
    told.extend(teller.without_offer());
    told.extend(teller.dialogs());
    told.extend(teller.paths());
    told.sort_by_key(|sentence| sentence.time);
    for sentence in &mut told {
        sentence.text.name_files(&lookup.files);
        let text = sentence.text.to_string();
        if ["the ", "in another "]
            .iter()
            .any(|word| text.starts_with(word))
        {
            sentence.text = std::mem::take(&mut sentence.text).capitalised();
        }
    }
    told
}

struct Teller<'a> {
    plot: Plot<'a>,
    call: &'a Call,
    /// In order of time, second copies of the capture left out.
    messages: Vec<&'a Message>,
    /// Addresses and names of the hosts.
    hosts: Vec<(String, String)>,
}

impl<'a> Teller<'a> {
    fn first(&self, wanted: impl Fn(&Message) -> bool) -> Option<&'a Message> {
        self.messages.iter().copied().find(|m| wanted(m))
    }

    fn message(&self, id: u32) -> Option<&'a Message> {
        let at = self.messages.iter().position(|m| m.id == id)?;
        self.messages.get(at).copied().map(|m| self.origin(m))
    }

    fn who(&self, m: &Message, side: Party) -> String {
        self.plot.who(m, side)
    }

    /// Which side of its leg sent a message: the one whose From tag the leg's first INVITE has calls.
    fn side_of(&self, m: &Message) -> Party {
        let begins = |o: &Message| is_invite(o) && tag(&o.to).is_none();
        let invite = self
            .first(|o| begins(o) && o.call_id == m.call_id && tags_of(m).contains(&tag(&o.from)));
        let from_caller = invite.is_none_or(|i| tag(&i.from) == tag(&m.from));
        match from_caller == (m.kind == MessageKind::Request) {
            true => Party::Caller,
            false => Party::Callee,
        }
    }

    /// What one offer comes to; `before`: the rows before it.
    fn exchange(&self, row: &Negotiation, before: &[Negotiation]) -> Vec<Sentence> {
        let Some(offer) = self.message(row.offer) else {
            return Vec::new();
        };
        let mut told = Vec::new();
        let of_leg: Vec<&Negotiation> = {
            // What a challenge answered comes again.
            let counts = |b: &&Negotiation| b.leg == row.leg && b.result != OfferResult::Challenged;
            before.iter().filter(counts).collect()
        };
        if !of_leg.iter().any(|b| b.offer == row.offer) {
            told.extend(self.left_open(offer, row));
            told.push(self.offer(offer, row, &of_leg));
            told.extend(self.rewritten(offer));
        }
        match (row.result, row.answer.and_then(|id| self.message(id))) {
            (OfferResult::Answered, Some(answer)) => {
                told.push(self.answer(offer, answer, row, &of_leg));
                told.extend(self.rewritten(answer));
                told.extend(self.said_again(answer, row));
                told.extend(self.changes(row, &of_leg));
            }
            (OfferResult::Refused | OfferResult::Challenged, _) => {
                told.extend(self.refusal(offer, row))
            }
            (OfferResult::Open, _) => told.push(self.unanswered(offer)),
            (OfferResult::Answered, None) => {}
        }
        told
    }

    /// The first INVITE, of which the capture does not hold the description.
    fn cut_offer(&self) -> Option<Sentence> {
        let invite = self.first(|m| is_invite(m) && tag(&m.to).is_none())?;
        let invite = self.origin(invite);
        let is_known = self.call.negotiations.iter().any(|row| row.leg == 1);
        (!is_known && cut::hides_body(invite)).then(|| Sentence {
            time: Some(invite.time),
            text: text![
                "What ",
                mention(invite),
                " offers is cut off in the capture."
            ],
            source: None,
        })
    }

    /// The request that leaves the offer to its response.
    fn left_open(&self, offer: &'a Message, row: &Negotiation) -> Option<Sentence> {
        if offer.kind == MessageKind::Request {
            return None;
        }
        let request = self.first(|m| {
            m.kind == MessageKind::Request
                && (&m.call_id, m.cseq, &m.method) == (&offer.call_id, offer.cseq, &offer.method)
        })?;
        let request = self.origin(request);
        if request.sdp.is_some() || cut::is_cut(request) {
            return None;
        }
        let (asks, other) = (self.who(offer, row.by.other()), self.who(offer, row.by));
        Some(Sentence {
            time: Some(request.time),
            text: text![
                asks,
                " offers nothing in ",
                mention(request),
                format!(": the offer is left to {other}.")
            ],
            source: Some("RFC 3261 §13.2.1"),
        })
    }

    fn offer(&self, offer: &'a Message, row: &Negotiation, before: &[&Negotiation]) -> Sentence {
        let who = self.who(offer, row.by);
        let last = self.last_of(row.by, before, offer);
        // A capture may begin in the middle.
        let in_dialog = row_is_later(before) || is_invite(offer) && tag(&offer.to).is_some();
        let media = described(offer.sdp.as_ref(), last);
        Sentence {
            time: Some(offer.time),
            text: text![who, " offers in ", mention(offer), ": ", media, "."],
            source: Some(match in_dialog {
                false => "RFC 3264 §5.1",
                true => "RFC 3264 §8",
            }),
        }
    }

    /// What that side described last before a message.
    fn last_of(&self, side: Party, before: &[&Negotiation], now: &Message) -> Option<&'a Sdp> {
        let said = before.iter().rev().filter_map(|row| {
            let id = if row.by == side {
                Some(row.offer)
            } else {
                row.answer
            };
            self.message(id?)
                .filter(|m| (m.time, m.id) < (now.time, now.id))
        });
        said.into_iter().find_map(|m| m.sdp.as_ref())
    }

    fn refusal(&self, offer: &Message, row: &Negotiation) -> Option<Sentence> {
        let response = self.message(row.refusal?)?;
        let status = response.status?;
        let reason = response.reason.as_deref().map(clean).unwrap_or_default();
        let says = format!("{status} {reason}");
        let says = text![
            says.trim_end().to_owned(),
            " (",
            Piece::frame_of(response),
            ")"
        ];
        let why = row.reason.as_deref().map(|r| format!(": {}", clean(r)));
        let in_dialog = tag(&offer.to).is_some();
        let it = mention(offer);
        let (text, source) = match (status, in_dialog) {
            (491, true) => {
                let both =
                    ": both sides ask for a change at the same time, and each may try again later.";
                (text![it, " is refused with ", says, both], "RFC 3261 §14.1")
            }
            (401 | 407, _) => (
                text![it, " is not answered: ", says, " asks for a password."],
                "RFC 3261 §22",
            ),
            (408 | 481, true) => {
                let ends = ", after which its sender is to end the dialog.";
                (
                    text![it, " is answered with ", says, ends],
                    "RFC 3261 §12.2.1.2",
                )
            }
            (_, true) => {
                let stays = ". What was agreed before stays.";
                (
                    text![it, " is refused with ", says, why, stays],
                    "RFC 3261 §14.1",
                )
            }
            (415 | 488 | 606, false) => {
                let unknown = why
                    .is_none()
                    .then_some("; what of it is not accepted is not told");
                (
                    text![
                        "the offer in ",
                        it,
                        " is refused with ",
                        says,
                        why,
                        unknown,
                        "."
                    ],
                    "RFC 3261 §13.3.1.3",
                )
            }
            (_, false) => (
                text![it, " ends with ", says, ": nothing is agreed."],
                "RFC 3264 §4",
            ),
        };
        Some(Sentence {
            time: Some(response.time),
            text,
            source: Some(source),
        })
    }

    fn unanswered(&self, offer: &'a Message) -> Sentence {
        let later = |m: &Message| (m.time, m.id) > (offer.time, offer.id);
        let of_it = |m: &Message| (&m.call_id, m.cseq) == (&offer.call_id, offer.cseq);
        // The message that could hold the answer may be in the capture in part only.
        let may_answer = |m: &Message| (m.kind != offer.kind || is_ack(m)) && cut::hides_body(m);
        let cut = self.first(|m| later(m) && of_it(m) && may_answer(m));
        let cut = cut.map(|m| text!["; ", mention(m), ", which may hold it, is cut off"]);
        // The last message that could: the 2xx to a request, the ACK to a 2xx.
        let is_last = |m: &Message| match offer.kind {
            MessageKind::Request => {
                m.method == offer.method && m.status.is_some_and(|s| s / 100 == 2)
            }
            MessageKind::Response => is_ack(m),
        };
        let holds_none = |m: &Message| is_last(m) && m.sdp.is_none() && !cut::is_cut(m);
        let empty = self.first(|m| later(m) && of_it(m) && holds_none(m));
        let empty = empty.map(|m| text!["; ", mention(self.origin(m)), " holds none"]);
        Sentence {
            time: Some(offer.time),
            text: text![
                "no answer to the offer in ",
                mention(offer),
                " is in the capture",
                cut.or(empty),
                "."
            ]
            .capitalised(),
            source: Some("RFC 3264 §4"),
        }
    }

    /// What an exchange changes of what was agreed, as the answer has it.
    fn changes(&self, row: &Negotiation, before: &[&Negotiation]) -> Option<Sentence> {
        use EventKind::{
            AddressChanged, CodecChanged, Hold, MediaAdded, MediaRemoved, NotResumed, Resume,
            SessionRefreshed,
        };
        let of_row = |id: Option<u32>| id.is_some() && (id == Some(row.offer) || id == row.answer);
        let events = self.call.events.iter().filter(|e| of_row(e.message));
        let mut told: Vec<String> = Vec::new();
        for e in events {
            let is_change = matches!(
                e.kind,
                Hold | Resume
                    | NotResumed
                    | MediaAdded
                    | MediaRemoved
                    | CodecChanged
                    | AddressChanged
            );
            let Some(m) = e.message.and_then(|id| self.message(id)) else {
                continue;
            };
            if e.kind == SessionRefreshed {
                told.push(format!(
                    "nothing of the media changes{}",
                    self.version(m, row, before)
                ));
            } else if is_change {
                let text = e.text.trim_end_matches('.').to_owned();
                let text = text.replace("the caller ", &format!("{} ", self.who(m, Party::Caller)));
                told.push(text.replace("the callee ", &format!("{} ", self.who(m, Party::Callee))));
            }
        }
        let answer = row.answer.and_then(|id| self.message(id))?;
        (!told.is_empty()).then(|| Sentence {
            time: Some(answer.time),
            text: text!["With that ", told.join(", and "), "."],
            source: Some("RFC 3264 §8"),
        })
    }

    /// Whether the version in the `o=` line of an offer that changes nothing is that of before.
    fn version(&self, offer: &Message, row: &Negotiation, before: &[&Negotiation]) -> String {
        let version = |sdp: &Sdp| {
            let origin = sdp.origin.as_deref()?;
            Some(origin.split_whitespace().nth(2)?.to_owned())
        };
        let now = offer.sdp.as_ref().and_then(version);
        let last = self.last_of(row.by, before, offer).and_then(version);
        match (now, last) {
            (Some(now), Some(last)) if now == last => {
                format!(", and the o= line keeps its version {}", clean(&now))
            }
            (Some(now), Some(last)) => format!(
                ", though the o= line has version {} after {}",
                clean(&now),
                clean(&last)
            ),
            _ => String::new(),
        }
    }

    /// UPDATEs that offer nothing.
    fn without_offer(&self) -> Vec<Sentence> {
        const MOST: usize = 16;
        let updates = self
            .call
            .events
            .iter()
            .filter(|e| e.kind == EventKind::Update);
        let told = updates.filter_map(|e| {
            let m = self.message(e.message?)?;
            if m.sdp.is_some() || cut::is_cut(m) {
                return None;
            }
            let who = self.who(m, self.side_of(m));
            Some(Sentence {
                time: Some(m.time),
                text: text![
                    mention(m),
                    format!(" of {who} offers nothing: it leaves the media as they are.")
                ],
                source: Some("RFC 3311 §5.1"),
            })
        });
        told.take(MOST).collect()
    }
}

/// Something was agreed before.
fn row_is_later(before: &[&Negotiation]) -> bool {
    before.iter().any(|row| row.answer.is_some())
}

fn tags_of(m: &Message) -> [Option<&str>; 2] {
    [tag(&m.from), tag(&m.to)]
}

fn is_ack(m: &Message) -> bool {
    m.method.as_deref() == Some("ACK")
}

/// The media of a description; what is as its sender described it last is not told again.
fn described(sdp: Option<&Sdp>, last: Option<&Sdp>) -> String {
    let Some(sdp) = sdp else {
        return "a session description".to_owned();
    };
    let same = |i: usize| {
        let (was, is) = (last.and_then(|l| l.media.get(i)), sdp.media.get(i));
        was == is && is.is_some_and(|m| !m.ice && !m.encrypted)
    };
    if last.is_some_and(|l| says_the_same(l, sdp)) {
        return "the same media as before".to_owned();
    }
    let media = sdp.media.iter().enumerate();
    let told: Vec<String> = media
        .map(|(i, m)| match same(i) {
            true => format!("{} as before", m.kind),
            false => medium(m),
        })
        .collect();
    match told.is_empty() {
        true => "no media".to_owned(),
        false => told.join("; "),
    }
}

/// `the INVITE (#1)`, `the 200 (#8)`.
fn mention(m: &Message) -> Text {
    let in_dialog = tag(&m.to).is_some();
    let what = match (m.status, m.method.as_deref()) {
        (Some(status), _) => format!("the {status}"),
        (None, Some("INVITE")) if in_dialog => "the re-INVITE".to_owned(),
        (None, method) => format!("the {}", clean(method.unwrap_or("request"))),
    };
    text![what, " (", Piece::frame_of(m), ")"]
}
