//! How media finds its way and its keys: ICE, relays, DTLS and ZRTP.

use super::{Plot, Sentence};
use crate::explain::text::{FrameName, Piece, Text, text};
use crate::explain::words::listed;
use crate::report::model::{EndpointRef, OtherMedia};
use crate::types::OtherProtocol;

/// Pairs named in one sentence.
const MOST_PAIRS: usize = 4;

/// Where it went, of one of several: each hop of a relayed call has its own.
pub(super) fn between(o: &OtherMedia, several: bool) -> Option<String> {
    several.then(|| format!(" between {} and {}", o.src, o.dst))
}

impl Plot<'_> {
    /// What opened the way of the media.
    pub(super) fn ways(&self) -> Vec<Sentence> {
        let mut told: Vec<Sentence> = self.chosen_pairs().into_iter().collect();
        told.extend(self.relays());
        told.extend(self.keys());
        told.extend(self.faxes());
        told.extend(self.sessions());
        told
    }

    /// Pairs that a check with USE-CANDIDATE chose; where media is seen on some of them, those alone.
    pub(in crate::explain) fn chosen_pairs(&self) -> Option<Sentence> {
        let chosen = |o: &OtherMedia| Some(o.ice.as_ref()?.nominated?.time);
        let rows = self.call.other_media.iter();
        let mut all: Vec<&OtherMedia> = rows.filter(|o| chosen(o).is_some()).collect();
        all.sort_by_key(|o| chosen(o));
        let is_used = |o: &&OtherMedia| {
            let same = |a: &EndpointRef, b: &EndpointRef| (a, b) == (&o.src, &o.dst);
            let streams = self.streams.iter();
            let mut ends = streams.map(|s| (&s.src, &s.dst));
            ends.any(|(src, dst)| same(src, dst) || same(dst, src))
        };
        let used: Vec<&OtherMedia> = all.iter().copied().filter(|o| is_used(o)).collect();
        let pairs = if used.is_empty() { &all } else { &used };
        let first = pairs.first()?;
        let pair = |o: &&OtherMedia| -> Option<Text> {
            let nominated = o.ice.as_ref()?.nominated?;
            let frame = |frame| Piece::Frame(FrameName::new(frame, nominated.source));
            Some(text![
                format!("{} and {} (USE-CANDIDATE in ", o.src, o.dst),
                frame(nominated.request_frame),
                ", answered in ",
                frame(nominated.response_frame),
                ")"
            ])
        };
        let mut told = Text::default();
        for (i, pair) in pairs.iter().take(MOST_PAIRS).filter_map(pair).enumerate() {
            let before = if i == 0 { "" } else { "; " };
            told = text![told, before, pair];
        }
        let left = pairs.len().saturating_sub(MOST_PAIRS);
        let more = (left > 0).then(|| format!("; and {left} more"));
        let pairs = if pairs.len() == 1 {
            "the pair "
        } else {
            "the pairs "
        };
        Some(Sentence {
            time: chosen(first),
            text: text!["ICE chooses ", pairs, told, more, "."],
            source: Some("RFC 8445 §8.1.1"),
        })
    }

    fn relays(&self) -> Option<Sentence> {
        let mut servers: Vec<String> = Vec::new();
        for s in self.streams {
            let relay = s.relay.as_ref().and_then(|r| r.server.as_ref());
            if let Some(server) = relay.map(ToString::to_string)
                && !servers.contains(&server)
            {
                servers.push(server);
            }
        }
        let relayed = self.streams.iter().filter(|s| s.relay.is_some());
        let first = relayed.map(|s| s.first_time).min()?;
        let which = match servers.as_slice() {
            [] => "a TURN relay".to_owned(),
            [_] => format!("the TURN relay {}", listed(&servers)),
            _ => format!("the TURN relays {}", listed(&servers)),
        };
        Some(Sentence {
            time: Some(first),
            text: format!("Media goes through {which}.").into(),
            source: Some("RFC 8656 §3"),
        })
    }

    /// Keys agreed on, or not, by each protocol.
    fn keys(&self) -> Vec<Sentence> {
        let protocols = [
            (OtherProtocol::Dtls, "RFC 5763 §5"),
            (OtherProtocol::Zrtp, "RFC 6189 §4"),
        ];
        let told = protocols.iter().filter_map(|(protocol, source)| {
            let rows = self.call.other_media.iter();
            let mut ended = rows.filter(|o| o.protocol == *protocol).filter_map(|o| {
                let keys = o.keys.as_ref()?;
                (keys.failure.is_some() || keys.complete).then_some((o, keys))
            });
            let (o, keys) = ended.next()?;
            let name = protocol.name();
            let frame = |frame| Piece::Frame(FrameName::new(frame, o.source));
            let (first, last) = (o.first_frame, keys.end_frame.unwrap_or(o.last_frame));
            let begins = text![name, " (", frame(first), " to ", frame(last), ")"];
            let ends = match (keys.failure, protocol) {
                (Some(number), OtherProtocol::Dtls) => {
                    format!(" ends with the fatal alert {number}.")
                }
                (Some(number), _) => format!(" ends with the error {number}."),
                (None, _) => " agrees on the keys of the media.".to_owned(),
            };
            let text = text![begins, ends];
            Some(Sentence {
                time: keys.end_time,
                text,
                source: Some(source),
            })
        });
        told.collect()
    }
}
