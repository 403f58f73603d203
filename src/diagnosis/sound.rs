//! What is to be heard of an answered call: counted from its answer, by what was agreed at each time.

use crate::call::{Agreement, CallRecord};
use crate::media::StreamRecord;
use crate::types::{CaptureTime, Delta, MediaKind, Party};

/// What is to be heard of an answered call.
pub struct Sound<'a> {
    /// What was agreed for its sound at the answer, or first after it.
    pub agreed: &'a Agreement,
    /// What was agreed for that medium from then on, in order.
    pub agreements: Vec<&'a Agreement>,
    /// Streams that are audio, or may be, and did not end before the answer.
    pub streams: Vec<&'a StreamRecord>,
    /// The answer.
    pub from: CaptureTime,
    /// From the answer to the end, or to the last sign of life.
    pub talk: Delta,
}

/// Packets on their way when the answer is seen are still those of before it.
const ON_THE_WAY: Delta = Delta::from_millis(200);

impl<'a> Sound<'a> {
    pub(super) fn of(call: &'a CallRecord, streams: &[&'a StreamRecord]) -> Option<Sound<'a>> {
        let from = call.answer?;
        let is_after = |a: &&Agreement| a.is_audio() && a.until.is_none_or(|t| t > from);
        let mut after = call.media.iter().filter(is_after);
        let agreed = after.next()?;
        let later = after.filter(|a| a.index == agreed.index);
        let until = call.end.or(call.evidence.last_seen).unwrap_or(from);
        let ends = streams.iter().map(|s| s.last_time - from);
        let is_sound = |s: &&StreamRecord| s.kind.is_none_or(|k| k == MediaKind::Audio);
        let is_of_talk = |s: &&StreamRecord| {
            // Who only keeps a way open is not heard.
            let is_silent = !s.payloads.is_empty() && s.payloads.iter().all(|p| p.is_keepalive());
            s.last_time > from + ON_THE_WAY && !is_silent
        };
        let streams_of_talk = streams.iter().copied().filter(is_sound).filter(is_of_talk);
        let talk = ends.fold(until - from, Delta::max);
        // With a transfer the talk goes on elsewhere.
        let moved_on = call.ties.as_ref().and_then(|t| t.moved_on());
        Some(Sound {
            agreed,
            agreements: std::iter::once(agreed).chain(later).collect(),
            talk: moved_on.map_or(talk, |at| talk.min(at - from)),
            streams: streams_of_talk.collect(),
            from,
        })
    }

    /// The streams one party sends.
    pub(super) fn sent_by(&self, side: Party) -> impl Iterator<Item = &'a StreamRecord> + '_ {
        let streams = self.streams.iter().copied();
        streams.filter(move |s| s.from == Some(side))
    }

    /// How long of the talk what that side sends was to come to the other, by what was agreed.
    pub(super) fn open_from(&self, side: Party) -> Delta {
        let end = self.from + self.talk;
        let open = self.agreements.iter().filter(|a| a.flows_from(side));
        open.map(|a| {
            let until = a.until.map_or(end, |until| until.min(end));
            (until - a.since.max(self.from)).max(Delta::from_secs(0))
        })
        .fold(Delta::from_secs(0), |sum, d| sum + d)
    }

    /// True where that side had the other's leave to send for so long that it should have been heard:
    /// shorter talk may end before anyone speaks.
    pub(super) fn is_expected_from(&self, side: Party) -> bool {
        self.open_from(side) >= LONG_ENOUGH
    }
}

const LONG_ENOUGH: Delta = Delta::from_secs(3);
