//! Sound before the answer: a ringing tone, an announcement, a voice that comes too soon.

use super::{Plot, Sentence};
use crate::explain::media::codec_of;
use crate::explain::text::text;
use crate::explain::words::counted;
use crate::media::Phase;
use crate::report::model::Stream;
use crate::types::Party;

/// Packets that are no chance: a phone may send a few before its own 200 is on the way.
const ENOUGH: u64 = 10;

/// Packets of a stream before the answer that are told apart from those of the talk.
pub(super) fn early_packets(s: &Stream) -> u64 {
    s.early_packets.filter(|n| *n >= ENOUGH).unwrap_or(0)
}

/// True for a stream that is all of it before the answer.
pub(super) fn is_early(s: &Stream) -> bool {
    s.phase == Some(Phase::Early)
}

/// What a stream carried before the answer, as far as the order of its payload types tells.
fn early_codec(s: &Stream) -> String {
    let only = s.payloads.first().filter(|p| p.packets >= early_packets(s));
    match only {
        Some(first) => codec_of(&Stream {
            payloads: vec![first.clone()],
            ..s.clone()
        }),
        None => codec_of(s),
    }
}

/// What it carried after the answer: what it began with may have ended before.
pub(super) fn talk_codec(s: &Stream) -> String {
    let early = early_packets(s);
    match s.payloads.as_slice() {
        [first, rest @ ..] if first.packets <= early && !rest.is_empty() => codec_of(&Stream {
            payloads: rest.to_vec(),
            ..s.clone()
        }),
        _ => codec_of(s),
    }
}

impl<'a> Plot<'a> {
    /// Early media of each side that sends some.
    pub(super) fn early_media(&self) -> Vec<Sentence> {
        let sides = [(Party::Caller, &self.caller), (Party::Callee, &self.callee)];
        let told = sides.map(|(side, name)| {
            let streams = self.own_streams(side);
            let early: Vec<&Stream> = streams
                .into_iter()
                .filter(|s| early_packets(s) > 0)
                .collect();
            let first = early.iter().map(|s| s.first_time).min()?;
            let packets: u64 = early.iter().map(|s| early_packets(s)).sum();
            let codec = early.first().map(|s| early_codec(s)).unwrap_or_default();
            let packets = counted(packets, "packet", "packets");
            let before = match self.call.answer_time {
                Some(_) => "before the answer",
                None => "before an answer",
            };
            Some(Sentence {
                time: Some(first),
                text: text![
                    name.clone(),
                    format!(" sends {packets} of {codec} {before} (early media).")
                ],
                source: Some("RFC 3960 §1"),
            })
        });
        told.into_iter().flatten().collect()
    }
}
