//! Packets that do not simply follow the one before: the first, and those after a break in the stream.

use super::{MeterPacket, StreamMeter, Timing};
use crate::media::measure::sequence::{Arrival, Sequence, UpTo};
use crate::rtp::RtpHeader;
use crate::types::{Delta, FrameRef, SeqNo};

/// A silence below this swallows no more packets than sequence numbers alone can tell.
const MIN_OUTAGE: Delta = Delta::from_secs(10);

/// Breaks kept.
const MOST_BREAKS: usize = 64;

/// What the next packet is to the sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expect {
    /// The first of all.
    First,
    /// Its number tells.
    Next,
    /// The first of a new range, before which nothing is lost.
    NewRange,
    /// The first after an outage that swallowed all between.
    Outage,
}

impl StreamMeter {
    #[cold]
    pub(super) fn handle_expected(&mut self, p: &MeterPacket<'_>) -> Arrival {
        let expected = std::mem::replace(&mut self.expect, Expect::Next);
        if expected != Expect::First {
            self.deltas.handle_arrival(p.time, p.frame);
        }
        if let Expect::NewRange | Expect::Outage = expected {
            let breaks = &mut self.seldom.get_or_insert_default().breaks;
            if breaks.len() < MOST_BREAKS {
                breaks.push((p.frame, expected));
            }
        }
        match expected {
            Expect::First => Arrival::InOrder {
                seq: self.sequence.highest(),
                skipped: 0,
            },
            Expect::Next => self.sequence.handle_seq(p.header.seq),
            Expect::NewRange => self.sequence.handle_new_range(p.header.seq),
            Expect::Outage => self.sequence.handle_after_outage(p.header.seq),
        }
    }

    /// Says what the next packet is to the sequence.
    pub(crate) fn expect(&mut self, next: Expect) {
        self.expect = next;
    }

    /// The packets that began a new range or ended an outage as other streams or time told, the first 64.
    pub(crate) fn breaks(&self) -> Box<[(FrameRef, Expect)]> {
        self.seldom
            .as_deref()
            .map_or_else(Box::default, |s| s.breaks.as_slice().into())
    }

    /// How many numbers are missing before this one, if it goes on with the range in use.
    pub(crate) fn missing_before(&self, seq: SeqNo) -> u16 {
        self.sequence.ahead(seq).saturating_sub(1)
    }

    /// True where `seq` comes after all of the range in use.
    pub(crate) fn is_ahead(&self, seq: SeqNo) -> bool {
        self.sequence.ahead(seq) as i16 > 0
    }

    /// The state of its sequence.
    pub(crate) fn sequence_state(&self) -> &Sequence {
        &self.sequence
    }

    /// Packets are known to be lost before the first or after the last one.
    pub(crate) fn miss(&mut self, packets: u16) {
        self.sequence.miss(packets);
    }

    /// Mean time between packets.
    pub(crate) fn mean_interval(&self) -> Delta {
        let mean = self.deltas.figures().mean_ms.unwrap_or(0.0);
        Delta::from_nanos((mean * 1e6) as i64)
    }

    /// What has come up to a number that a report names.
    pub(crate) fn up_to(&self, seq: SeqNo) -> Option<UpTo> {
        self.sequence.up_to(seq)
    }

    /// True where a packet far ahead of the range came after a silence of `silent` in which the sender went on:
    /// number, timestamp and time advanced by the same.
    pub(crate) fn is_after_outage(&self, header: RtpHeader, silent: Delta) -> bool {
        const SLACK_S: f64 = 1.0;
        const SLACK: f64 = 0.02;
        let Timing::Known(clock) = &self.timing else {
            return false;
        };
        let Some(ptime) = self.ptime_ms(Some(clock)) else {
            return false;
        };
        if self.sequence.continues(header.seq) || silent < MIN_OUTAGE {
            return false;
        }
        let by_number = f64::from(self.sequence.ahead(header.seq)) * ptime / 1000.0;
        let by_clock = clock.seconds_to(header.timestamp);
        let by_time = silent.as_secs_f64();
        (by_number - by_clock).abs() <= SLACK * by_time + ptime / 1000.0
            && (by_clock - by_time).abs() <= SLACK * by_time + SLACK_S
    }
}
