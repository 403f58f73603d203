//! The copies of one message on the hops of its way: which is nearest to its sender, and what hosts in between rewrite.

use super::media::{codecs, is_active, place};
use super::{Sentence, Teller, mention};
use crate::explain::text::{Text, text};
use crate::explain::words::listed;
use crate::report::model::{Message, MessageKind, SdpMedia};

/// Hops looked at.
const MOST_HOPS: usize = 16;

type EndToEnd<'a> = (
    MessageKind,
    Option<&'a str>,
    Option<u32>,
    Option<&'a str>,
    Option<u16>,
    Option<&'a str>,
    Option<&'a str>,
    Option<u32>,
);

/// What a message keeps on every hop (RFC 3261 §16.6, §16.7).
fn end_to_end(m: &Message) -> EndToEnd<'_> {
    (
        m.kind,
        m.call_id.as_deref(),
        m.cseq,
        m.method.as_deref(),
        m.status,
        tag(&m.from),
        tag(&m.to),
        m.rseq,
    )
}

pub(super) fn tag(party: &Option<crate::report::model::PartyRef>) -> Option<&str> {
    party.as_ref()?.tag.as_deref()
}

impl<'a> Teller<'a> {
    /// The message on each hop, in the order of its way: a request gains a Via a hop, a response loses one.
    fn copies(&self, m: &'a Message) -> Vec<&'a Message> {
        let same = |o: &&&Message| {
            end_to_end(o) == end_to_end(m) && (o.id == m.id || o.retransmission_of.is_none())
        };
        let mut copies: Vec<&Message> = self.messages.iter().filter(same).copied().collect();
        copies.sort_by_key(|m| {
            let vias = m.vias.len();
            let place = match m.kind {
                MessageKind::Request => vias,
                MessageKind::Response => usize::MAX - vias,
            };
            (place, m.time, m.id)
        });
        copies
    }

    /// The copy nearest to who made the message, on the way that `m` is of.
    pub(super) fn origin(&self, m: &'a Message) -> &'a Message {
        let copies = self.copies(m);
        let mut at = m;
        for _ in 0..MOST_HOPS {
            let before = copies.iter().copied().find(|c| {
                c.id != at.id && c.dst.address == at.src.address && vias(c) == vias_before(at)
            });
            match before {
                Some(before) => at = before,
                None => break,
            }
        }
        at
    }

    /// What hosts on its way write into the description of a message instead of what came.
    pub(super) fn rewritten(&self, m: &'a Message) -> Vec<Sentence> {
        let mut told = Vec::new();
        let first = self.origin(m);
        let copies = self.copies(first);
        for before in copies.iter().take(MOST_HOPS) {
            let next = copies.iter().copied().find(|c| {
                c.id != before.id
                    && c.src.address == before.dst.address
                    && vias(before) == vias_before(c)
            });
            let Some(next) = next else { continue };
            let changes = changes(before, next);
            if changes.is_empty() {
                continue;
            }
            let host = self.host(&next.src.address);
            told.push(Sentence {
                time: Some(next.time),
                text: text![
                    host,
                    " passes ",
                    mention(before),
                    " on as ",
                    mention_frame(next),
                    " with another description: ",
                    changes.join("; "),
                    "."
                ],
                source: None,
            });
        }
        told
    }

    /// The name of a host of the call, with its address.
    fn host(&self, address: &str) -> String {
        let hosts = self.hosts.iter();
        let mut named = hosts.filter(|(own, _)| own == address);
        match named.next() {
            Some((_, name)) if name != address => format!("{name} ({address})"),
            _ => address.to_owned(),
        }
    }
}

fn mention_frame(m: &Message) -> Text {
    text![crate::explain::text::Piece::frame_of(m)]
}

fn vias(m: &Message) -> usize {
    m.vias.len()
}

/// How many Vias it had on the hop before.
fn vias_before(m: &Message) -> usize {
    match m.kind {
        MessageKind::Request => m.vias.len().wrapping_sub(1),
        MessageKind::Response => m.vias.len() + 1,
    }
}

/// Media that go elsewhere, or have other codecs, than on the hop before.
fn changes(before: &Message, after: &Message) -> Vec<String> {
    let (Some(was), Some(is)) = (&before.sdp, &after.sdp) else {
        return Vec::new();
    };
    let mut told = Vec::new();
    for (was, is) in was.media.iter().zip(&is.media) {
        if is_active(was) != is_active(is) {
            let does = if is_active(is) {
                "is there"
            } else {
                "is left out (port 0)"
            };
            told.push(format!("{} {does}", is.kind));
            continue;
        }
        if place(was) != place(is) {
            told.push(format!(
                "{} {} instead of {}",
                is.kind,
                place(is),
                from(was)
            ));
        }
        let (old, new) = (codecs(was), codecs(is));
        if old != new {
            told.push(format!(
                "{} with {} instead of {}",
                is.kind,
                listed(&new),
                listed(&old)
            ));
        }
    }
    told
}

fn from(m: &SdpMedia) -> String {
    place(m).trim_start_matches("at ").to_owned()
}
