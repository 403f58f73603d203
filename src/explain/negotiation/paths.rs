//! What the media's own packets show of ICE and DTLS, against what was agreed.

use super::{Sentence, Teller};
use crate::explain::text::{FrameName, Piece, text};
use crate::report::model::{Message, OtherMedia, SdpMedia, Timestamp};
use crate::types::OtherProtocol;

impl Teller<'_> {
    pub(super) fn paths(&self) -> Vec<Sentence> {
        let mut told: Vec<Sentence> = self.ice().into_iter().collect();
        told.extend(self.dtls());
        told
    }

    /// When both sides' last descriptions had it, for some medium.
    fn agreed(&self, has: impl Fn(&SdpMedia) -> bool) -> Option<Timestamp> {
        let rows = self.call.negotiations.iter().rev();
        let mut agreed = rows.filter_map(|row| {
            let answer = self.message(row.answer?)?;
            let pairs = [self.message(row.offer)?, answer];
            let mut all = pairs.iter().map(|m| m.sdp.iter().flat_map(|s| &s.media));
            all.all(|mut media| media.any(&has)).then_some(answer.time)
        });
        agreed.next()
    }

    /// The party at that end of a flow where its own descriptions name the address, and not those of a host in between;
    /// else the address.
    fn owner(&self, o: &OtherMedia, back: bool) -> String {
        let end = if back { &o.dst } else { &o.src };
        let party = o.from.map(|from| if back { from.other() } else { from });
        let named = |m: &Message| {
            let media = m.sdp.iter().flat_map(|s| &s.media);
            let mut words = media.flat_map(|m| {
                let candidates = m.candidates.iter().flat_map(|c| c.split_whitespace());
                candidates.chain(m.connection.as_deref())
            });
            words.any(|word| word == end.address)
        };
        let own = self.call.negotiations.iter().any(|row| {
            let by_offerer = Some(row.by) == party;
            let id = if by_offerer {
                Some(row.offer)
            } else {
                row.answer
            };
            party.is_some() && id.and_then(|id| self.message(id)).is_some_and(named)
        });
        match own {
            true => self.plot.who_of_flow(o, back),
            false => end.to_string(),
        }
    }

    fn ice(&self) -> Option<Sentence> {
        let agreed = self.agreed(|m| !m.candidates.is_empty())?;
        if let Some(mut chosen) = self.plot.chosen_pairs() {
            let nominated = |o: &&OtherMedia| o.ice.as_ref().and_then(|i| i.nominated);
            let mut rows = self
                .call
                .other_media
                .iter()
                .filter(|o| nominated(o).is_some());
            let controls = |o: &OtherMedia| Some(self.owner(o, nominated(&o)?.back));
            let first = rows.next().and_then(controls);
            if let Some(who) = first.filter(|who| rows.all(|o| controls(o).as_ref() == Some(who))) {
                let text = format!(" {who} asks for it: the controlling side.");
                chosen.text.push(text);
            }
            return Some(chosen);
        }
        Some(Sentence {
            time: Some(agreed),
            text: "Both sides have ICE candidates; which pair of them was chosen is not in the capture.".into(),
            source: Some("RFC 8445 §8.1.1"),
        })
    }

    fn dtls(&self) -> Option<Sentence> {
        let agreed = self.agreed(|m| m.fingerprint.is_some())?;
        let mut rows = self.call.other_media.iter();
        let hello = rows.find_map(|o| {
            let keys = o
                .keys
                .as_ref()
                .filter(|_| o.protocol == OtherProtocol::Dtls)?;
            Some((o, keys.client.clone()?))
        });
        let Some((o, client)) = hello else {
            return Some(Sentence {
                time: Some(agreed),
                text: "Both sides name certificates for DTLS; who opens it (ClientHello) is not in the capture.".into(),
                source: Some("RFC 5763 §5"),
            });
        };
        let frame = |frame| Piece::Frame(FrameName::new(frame, o.source));
        let who = self.owner(o, client == o.dst);
        Some(Sentence {
            time: Some(o.first_time),
            text: text![
                who,
                " opens DTLS: its ClientHello is among the DTLS packets ",
                frame(o.first_frame),
                " to ",
                frame(o.last_frame),
                "."
            ],
            source: Some("RFC 5763 §5"),
        })
    }
}
