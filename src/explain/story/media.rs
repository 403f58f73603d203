//! What each side of a call sent, and how much of it arrived.

use super::early::{early_packets, is_early, talk_codec};
use super::legs::SERVER;
use super::{MOST_CODECS, Plot, Sentence, is_request};
use crate::explain::media::{KEEPALIVES, beside, in_one_gap};
use crate::explain::text::{Text, text};
use crate::explain::words::{counted, listed};
use crate::report::model::{CallMedia, EndpointRef, Message, Stream};
use crate::types::{MediaKind, Party};
use std::collections::{HashMap, HashSet};

/// The finding that tells it.
const LOST_BEHIND: &str = "loss_behind_capture_point";

impl<'a> Plot<'a> {
    /// RTP is there, or was agreed on; messages or a fax alone bring none.
    pub(super) fn expects_rtp(&self) -> bool {
        let agreed = &self.call.media;
        let is_rtp = |m: &CallMedia| {
            matches!(
                MediaKind::parse(&m.kind),
                MediaKind::Audio | MediaKind::Video | MediaKind::Text | MediaKind::Other
            )
        };
        !self.streams.is_empty() || agreed.is_empty() || agreed.iter().any(is_rtp)
    }

    pub(super) fn media(&self) -> Sentence {
        let first = self.streams.iter().map(|s| s.first_time).min();
        let (caller, callee) = (self.sent(Party::Caller), self.answered_and_sent());
        let came_early = |side| self.own_streams(side).into_iter().any(is_early);
        let missing = |side, who: &str| match came_early(side) {
            true => format!("; after the answer nothing from {who} is in the capture."),
            false => format!("; nothing from {who} is in the capture."),
        };
        let text = match (caller, callee) {
            (Some(caller), Some(callee)) => text![caller, "; ", callee, "."],
            (Some(caller), None) => text![caller, missing(Party::Callee, &self.callee)],
            (None, Some(callee)) => text![callee, missing(Party::Caller, &self.caller)],
            (None, None) if self.streams.is_empty() => {
                "No RTP of this call is in the capture.".into()
            }
            (None, None) if self.streams.iter().all(|s| is_early(s)) => {
                "After the answer no RTP of this call is in the capture.".into()
            }
            (None, None) => {
                let n = self.streams.len() as u64;
                let streams = counted(n, "RTP stream is", "RTP streams are");
                text![streams, " in the capture, of unknown direction."]
            }
        };
        let up = || self.first(|m| is_request(m, "ACK")).map(|m| m.time);
        Sentence {
            // What came before the answer is told for itself.
            time: first.max(self.call.answer_time).or_else(up),
            text,
            source: first.map(|_| "RFC 3550 §A.3"),
        }
    }

    /// `bob sends 204 packets of PCMU, none lost`, `bob: 203 packets of PCMU arrived here, 1 lost (0.5 %)`.
    fn sent(&self, who: Party) -> Option<Text> {
        let own = self.own_message(who);
        let name = match self.is_of_server(who, own) {
            true => SERVER,
            false => self.name_of_party(who),
        };
        self.sent_as(name, who, own)
    }

    /// Between legs the server may send one side what the other never sent, or what is not in the capture: all of it
    /// comes from where the server said that its media is.
    fn is_of_server(&self, who: Party, own: Option<&Message>) -> bool {
        let Some(own) = own.filter(|_| self.legs.is_several()) else {
            return false;
        };
        let others = self
            .messages
            .iter()
            .filter(|m| m.src.address != own.src.address);
        let others: HashSet<(u16, &str)> = others.flat_map(|m| places_in(m)).collect();
        let own_places: HashSet<(u16, &str)> = places_in(own).collect();
        let streams = self.streams_of(who, Some(own));
        !streams.is_empty()
            && streams.iter().all(|s| {
                let place = (s.src.port, &*s.src.address);
                s.src.address != own.src.address
                    && others.contains(&place)
                    && !own_places.contains(&place)
            })
    }

    /// The callee's; where the server answered itself, the server's and then that of who answered later.
    fn answered_and_sent(&self) -> Option<Text> {
        if !self.legs.server_answers() {
            return self.sent(Party::Callee);
        }
        let first = self.answer_to_invite(|s| s / 100 == 2);
        let servers = self.sent_as(SERVER, Party::Callee, first);
        let later = self.legs.answered_later();
        let mut parts = servers.into_iter().chain(
            later.filter_map(|(name, answer)| self.sent_as(name, Party::Callee, Some(answer))),
        );
        let one = parts.next()?;
        Some(parts.fold(one, |all, next| text![all, "; ", next]))
    }

    fn sent_as(&self, name: &str, who: Party, own: Option<&'a Message>) -> Option<Text> {
        let mut streams = self.streams_of(who, own);
        streams.retain(|s| !is_early(s));
        if streams.is_empty() {
            return None;
        }
        let behind = |s: &Stream| {
            let found = self.lookup.findings(&s.findings);
            found.iter().any(|f| f.code == LOST_BEHIND)
        };
        let sums = per_codec(&streams, behind);
        let left = sums.len().saturating_sub(MOST_CODECS);
        let mut parts: Vec<String> = sums.iter().take(MOST_CODECS).map(Sum::told).collect();
        if left > 0 {
            parts.push(counted(left as u64, "codec more", "codecs more"));
        }
        // What did not arrive was sent perhaps, and perhaps in another number.
        let does = match sums.iter().any(|s| s.is_short() || s.in_stretches) {
            true => ": ",
            false => " sends ",
        };
        Some(text![name.to_owned(), does, parts.join(", ")])
    }

    /// The streams a party itself sends. A media relay repeats them on its other leg: those are not
    /// the party's own.
    pub(super) fn own_streams(&self, who: Party) -> Vec<&'a Stream> {
        self.streams_of(who, self.own_message(who))
    }

    /// Each party's own message, nearest to it: the first INVITE, the first answer.
    fn own_message(&self, who: Party) -> Option<&'a Message> {
        match who {
            Party::Caller => self
                .invite()
                .or_else(|| self.first(|m| is_request(m, "INVITE"))),
            Party::Callee => self.answer_to_invite(|s| s / 100 == 2),
        }
    }

    fn streams_of(&self, who: Party, own: Option<&'a Message>) -> Vec<&'a Stream> {
        let mut streams = self.streams_with_copies(who, own);
        // Captured before and behind a NAT: the same packets to the address it shows, and to the one it hides.
        let all = streams.clone();
        let again = |s: &Stream, first: &Stream| {
            s.id != first.id
                && (s.ssrc.as_str(), &s.src) == (first.ssrc.as_str(), &first.src)
                && s.dst.address != first.dst.address
                && (first.first_time, first.id) < (s.first_time, s.id)
                && s.first_time <= first.last_time
        };
        streams.retain(|s| !all.iter().any(|first| again(s, first)));
        streams
    }

    fn streams_with_copies(&self, who: Party, own: Option<&'a Message>) -> Vec<&'a Stream> {
        let all: Vec<&Stream> = self
            .streams
            .iter()
            .copied()
            .filter(|s| s.from == Some(who))
            .collect();
        let places: HashSet<(u16, &str)> = own.into_iter().flat_map(places_in).collect();
        let announced = |s: &Stream| places.contains(&(s.src.port, &*s.src.address));
        let host = |s: &Stream| {
            own.is_some_and(|m| m.src.address == s.src.address && m.src.address != m.dst.address)
        };
        let targets: HashSet<&str> = self.streams.iter().map(|s| &*s.dst.address).collect();
        let received = |end: &EndpointRef| targets.contains(&*end.address);
        let first = all.first().map(|s| &s.src.address);
        for chosen in [
            all.iter().copied().filter(|s| host(s)).collect::<Vec<_>>(),
            all.iter().copied().filter(|s| announced(s)).collect(),
            all.iter().copied().filter(|s| !received(&s.src)).collect(),
        ] {
            if !chosen.is_empty() {
                return chosen;
            }
        }
        let from_first = all.iter().copied();
        from_first
            .filter(|s| Some(&s.src.address) == first)
            .collect()
    }
}

/// Where a message asks media to be sent.
fn places_in(m: &Message) -> impl Iterator<Item = (u16, &str)> {
    let lines = m.sdp.iter().flat_map(|sdp| {
        let whole = sdp.connection.as_deref();
        sdp.media.iter().map(move |m| (m, whole))
    });
    lines.filter_map(|(m, whole)| Some((m.port, m.connection.as_deref().or(whole)?)))
}

/// Streams of one codec taken together.
#[derive(Default)]
struct Sum {
    codec: String,
    /// Each once.
    packets: u64,
    /// Of them, those beside the codec.
    beside: Vec<(String, u64)>,
    /// Second and further copies.
    copies: u64,
    lost: u64,
    late: u64,
    expected: u64,
    /// Its loss is that of the packets before the answer too.
    has_early: bool,
    /// All of the loss is one long interruption.
    one_gap: bool,
    /// Some were lost after the capture point.
    is_lost_behind: bool,
    /// Some were captured at several points.
    at_points: bool,
    /// One source between the same ports in several stretches: what was between them is not counted.
    in_stretches: bool,
}

impl Sum {
    /// Packets are missing at the one place where it was captured.
    fn is_short(&self) -> bool {
        self.lost > 0 && self.expected > 0 && !self.at_points
    }

    fn told(&self) -> String {
        let loss = match (self.lost, self.expected) {
            (0, _) | (_, 0) if self.in_stretches => "none lost within each stretch".into(),
            (0, _) | (_, 0) if self.is_lost_behind => "none lost before the capture point".into(),
            (0, _) | (_, 0) => "none lost".into(),
            // Packet counts are exact in f64 below 2^53.
            (lost, expected) => {
                let percent = lost as f64 / expected as f64 * 100.0;
                format!("{lost} lost ({percent:.1} %)")
            }
        };
        let late = match self.late {
            0 => String::new(),
            late => format!(", {late} too late for a jitter buffer of 60 ms"),
        };
        let gap = if self.one_gap { " in one gap" } else { "" };
        let early = match self.has_early && self.lost > 0 {
            true => " with those before the answer",
            false => "",
        };
        let late = match self.has_early && self.lost == 0 && self.late > 0 {
            true => format!("{late}, with those before the answer"),
            false => late,
        };
        if self.at_points {
            let sent = counted(self.expected, "packet", "packets");
            return match self.packets {
                0 => format!(
                    "{sent} of {}, none of which came to the point nearest to the receiver",
                    self.codec
                ),
                _ => format!(
                    "{sent} of {}, {loss}{gap}{early} on the way between the capture points{late}",
                    self.codec
                ),
            };
        }
        let copies = match self.copies {
            0 => String::new(),
            1 => ", 1 seen twice".to_owned(),
            copies => format!(", {copies} seen twice"),
        };
        let here = match self.is_short() || self.in_stretches {
            true => " arrived here",
            false => "",
        };
        format!("{}{here}, {loss}{gap}{early}{late}{copies}", self.counts())
    }

    /// `513 packets of PCMU and 84 of telephone-event`.
    fn counts(&self) -> String {
        let packets = |n| counted(n, "packet", "packets");
        // Of which payload type the early packets and the copies were is not counted.
        if self.beside.is_empty() || self.has_early || self.copies > 0 {
            let beside = self.beside.iter().map(|(name, _)| name.clone());
            let names: Vec<String> = std::iter::once(self.codec.clone()).chain(beside).collect();
            return format!("{} of {}", packets(self.packets), listed(&names));
        }
        let others: u64 = self.beside.iter().map(|(_, n)| n).sum();
        let own = packets(self.packets.saturating_sub(others));
        let beside = self.beside.iter().map(|(name, n)| match &**name {
            KEEPALIVES => counted(*n, "empty keepalive", KEEPALIVES),
            name => format!("{n} of {name}"),
        });
        let parts: Vec<String> = std::iter::once(format!("{own} of {}", self.codec))
            .chain(beside)
            .collect();
        listed(&parts)
    }
}

/// A sum for each codec, in order of appearance.
/// `behind`: some of a stream were lost after the capture point.
fn per_codec(streams: &[&Stream], behind: impl Fn(&Stream) -> bool) -> Vec<Sum> {
    let mut sums: Vec<Sum> = Vec::new();
    let mut known: HashMap<String, usize> = HashMap::new();
    for s in streams {
        let codec = talk_codec(s);
        let at = *known.entry(codec).or_insert_with_key(|codec| {
            sums.push(Sum {
                codec: codec.clone(),
                ..Sum::default()
            });
            sums.len() - 1
        });
        if let Some(sum) = sums.get_mut(at) {
            sum.one_gap = (sum.lost == 0 && in_one_gap(s)) || (sum.one_gap && s.lost == 0);
            sum.in_stretches |= streams.iter().any(|o| {
                let is_same = (&o.ssrc, &o.src, &o.dst) == (&s.ssrc, &s.src, &s.dst);
                o.id != s.id && is_same
            });
            sum.in_stretches |= s.sequence_restarts > 0;
            sum.is_lost_behind |= behind(s);
            sum.at_points |= s.points.len() > 1 && s.lost > 0;
            let early = early_packets(s);
            sum.has_early |= early > 0;
            sum.packets += s.packets.saturating_sub(early + s.duplicates);
            sum.copies += s.duplicates;
            for (name, packets) in beside(s).into_iter().filter(|(name, _)| *name != sum.codec) {
                match sum.beside.iter_mut().find(|(known, _)| *known == name) {
                    Some((_, all)) => *all += packets,
                    None => sum.beside.push((name, packets)),
                }
            }
            sum.lost += s.lost;
            sum.late += s.late.unwrap_or(0);
            sum.expected += s.expected;
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use crate::explain::{Lookup, story};
    use crate::report::fixtures;
    use crate::report::model::Report;

    fn told(report: &Report, sentence: usize) -> String {
        let story = story(&Lookup::new(report), &report.calls[0]);
        story[sentence].text.to_string()
    }

    #[test]
    fn packets_beside_the_codec_and_copies_are_not_counted_as_it() {
        let mut report = fixtures::proxied();
        let payloads = &mut report.streams[0].payloads;
        let mut beside = payloads[0].clone();
        (beside.codec, beside.packets) = (Some("telephone-event".into()), 24);
        payloads.truncate(1);
        payloads.push(beside.clone());
        (beside.codec, beside.keepalive, beside.packets) = (None, true, 3);
        payloads.push(beside);
        let b = &mut report.streams[1];
        (b.packets, b.expected, b.lost, b.duplicates) = (220, 204, 0, 16);
        assert_eq!(
            told(&report, 4),
            "alice sends 178 packets of PCMU, 24 of telephone-event and 3 empty keepalives, none lost; \
             bob sends 204 packets of PCMU, none lost, 16 seen twice."
        );
    }
}
