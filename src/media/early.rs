//! Packets before the answer, apart from those of the talk.

use super::record::StreamRecord;
use super::tracker::Tracker;
use crate::types::{CallNo, CaptureTime};

/// How far a stream had come when its call was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Early {
    /// Packets so far.
    pub packets: u64,
    /// What the sequence numbers promised so far.
    pub expected: u64,
    /// What was missing of that.
    pub lost: u64,
}

crate::types::vocabulary! {
    /// On which side of its call's answer a stream ran.
    pub enum Phase {
        /// Before it, or the call was never answered.
        Early = "early",
        /// After it.
        Talk = "talk",
        /// Before and after it.
        Both = "both",
    }
}

impl StreamRecord {
    /// On which side of the answer of its call it ran, if that was ever answered, and how many packets came
    /// before; that is not known of all.
    pub fn phase(&self, answer: Option<CaptureTime>) -> (Phase, Option<u64>) {
        let packets = self.figures.packets;
        match answer {
            Some(answer) if self.first_time >= answer => (Phase::Talk, Some(0)),
            Some(answer) if self.last_time >= answer => {
                (Phase::Both, self.early.map(|early| early.packets))
            }
            _ => (Phase::Early, Some(packets)),
        }
    }

    /// Packets after the answer, as far as that is known; else all.
    pub fn talk_packets(&self, answer: CaptureTime) -> u64 {
        let (_, early) = self.phase(Some(answer));
        self.figures.packets.saturating_sub(early.unwrap_or(0))
    }
}

impl Tracker {
    /// A 2xx to the call's INVITE: what its streams carried so far came before the answer. A stream that is
    /// not known to be the call's yet stays without that count.
    pub fn answer_call(&mut self, call: CallNo) {
        for at in self.streams_of(call) {
            let Some(s) = self.streams.get_mut(at) else {
                continue;
            };
            if s.binding.as_deref().is_some_and(|b| b.call == call) && s.early.is_none() {
                let (packets, counted) = (s.meter.packets(), s.meter.sequence());
                s.early = Some(Box::new(Early {
                    packets,
                    expected: counted.expected,
                    lost: counted.lost,
                }));
            }
        }
    }
}
