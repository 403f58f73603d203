//! What play-out (de-jitter) buffers would have discarded: fixed ones of 40, 60 and 200 ms, and an adaptive one.
//!
//! A buffer takes the smallest delay of a talkspurt's first second as its base and plays every packet its depth
//! after it; what arrives later than its turn is discarded. It takes a new base at a talkspurt (marker, comfort
//! noise, or 200 ms of silence), after a clock jump, and when every packet of a whole second was late: the path has
//! become longer, and any real buffer moves with it.
//!
//! The depth of the adaptive one follows the delays (Ramjee, Kurose, Towsley, Schulzrinne 1994, algorithm 1): their
//! mean d and mean deviation v, d = α d + (1 − α) n and v = α v + (1 − α) |d − n|, give the point d + 4 v, and the
//! depth is what lies between the base and it, within 20 to 200 ms. It changes at a talkspurt, and every second of a
//! longer one. Both begin as the plain mean and mean deviation of the first second.

mod buffers;
#[cfg(test)]
mod tests;

use crate::types::ExtendedSeq;
use buffers::{ADAPTIVE, Buffers, MEASURED};
pub use buffers::{PlayoutBuffer, PlayoutFigures};

/// How long the base is looked for.
const SETTLE_NANOS: i64 = 1_000_000_000;
/// Packets of that second judged at its end; further ones are judged as they come.
const SETTLE_PACKETS: usize = 100;
/// From here on the base follows the sender's clock drift: no endpoint keeps a base for minutes.
const FOLLOW_AFTER_NANOS: i64 = 60_000_000_000;
/// 1 − α; α = 0.998002 as published.
const GAIN: f64 = 1.0 - 0.998_002;
/// How many mean deviations the adaptive buffer covers.
const DEVIATIONS: f64 = 4.0;

/// A packet that waits for the base.
#[derive(Clone, Copy, Debug)]
struct Waiting {
    arrival: i64,
    delay: f64,
    seq: ExtendedSeq,
}

/// Play-out state. What every packet needs is here, what late ones need is in `buffers`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Playout {
    /// What is not later than this is in time for every buffer, and no buffer has to know.
    limit: f64,
    mean: f64,
    deviation: f64,
    buffers: Box<Buffers>,
    /// The base is looked for.
    settling: bool,
    started: bool,
    /// The mean is to be made of the first second: no packet came, or the clock jumped.
    afresh: bool,
}

/// Packets found late, to be taken as discarded.
pub(crate) trait Discards {
    /// This packet missed its turn.
    fn discard(&mut self, seq: ExtendedSeq);
}

impl Discards for super::sequence::Sequence {
    fn discard(&mut self, seq: ExtendedSeq) {
        super::sequence::Sequence::discard(self, seq);
    }
}

/// Where nobody needs to know which packet it was.
pub(crate) struct CountOnly;

impl Discards for CountOnly {
    fn discard(&mut self, _: ExtendedSeq) {}
}

impl Playout {
    /// Takes a packet that arrived at `arrival`, `delay` nanoseconds later than nominal.
    /// `new_spurt`: a talkspurt begins with it.
    #[inline]
    pub(crate) fn handle_packet(
        &mut self,
        arrival: i64,
        delay: f64,
        seq: ExtendedSeq,
        new_spurt: bool,
        discards: &mut impl Discards,
    ) {
        let p = Waiting {
            arrival,
            delay,
            seq,
        };
        if new_spurt || self.settling || !self.started {
            self.handle_unsettled(p, new_spurt, discards);
            return;
        }
        self.estimate(delay);
        if delay > self.limit {
            self.judge(p, discards);
        }
    }

    /// The next packet is the first by another clock: its delay cannot be compared with those before.
    pub(crate) fn begin_clock(&mut self) {
        self.started = false;
    }

    #[inline]
    fn estimate(&mut self, delay: f64) {
        self.mean += GAIN * (delay - self.mean);
        self.deviation += GAIN * ((delay - self.mean).abs() - self.deviation);
    }

    fn handle_unsettled(&mut self, p: Waiting, new_spurt: bool, discards: &mut impl Discards) {
        if new_spurt || !self.started {
            self.anchor(p, discards);
        } else {
            self.settle_on(p, discards);
        }
    }

    fn judge(&mut self, p: Waiting, discards: &mut impl Discards) {
        let since_anchor = p.arrival.saturating_sub(self.buffers.anchored_at);
        let above = p.delay - self.buffers.base;
        if self.buffers.judge(since_anchor, above) {
            discards.discard(p.seq);
        }
        self.set_limit();
    }

    fn set_limit(&mut self) {
        self.limit = self.buffers.base + self.buffers.in_time_for_all();
    }

    fn anchor(&mut self, p: Waiting, discards: &mut impl Discards) {
        self.settle(discards);
        if !self.started {
            self.afresh = true;
            (self.mean, self.deviation) = (p.delay, 0.0);
        }
        self.buffers.begin_spurt(p.arrival);
        self.buffers.waiting.push(p);
        self.buffers.base = p.delay;
        self.buffers.anchored_at = p.arrival;
        self.started = true;
        self.settling = true;
    }

    fn settle_on(&mut self, p: Waiting, discards: &mut impl Discards) {
        if p.arrival.saturating_sub(self.buffers.anchored_at) >= SETTLE_NANOS {
            self.settle(discards);
        } else {
            self.buffers.base = self.buffers.base.min(p.delay);
            if self.buffers.waiting.len() < SETTLE_PACKETS {
                self.buffers.waiting.push(p);
                return;
            }
        }
        self.estimate(p.delay);
        self.judge(p, discards);
    }

    /// The base is known: judge what waited for it.
    fn settle(&mut self, discards: &mut impl Discards) {
        if !std::mem::take(&mut self.settling) {
            return;
        }
        let waiting = std::mem::take(&mut self.buffers.waiting);
        if std::mem::take(&mut self.afresh) {
            let count = waiting.len().max(1) as f64;
            let mean = waiting.iter().map(|p| p.delay).sum::<f64>() / count;
            let off = waiting.iter().map(|p| (p.delay - mean).abs());
            (self.deviation, self.mean) = (off.sum::<f64>() / count, mean);
            self.adapt(self.buffers.anchored_at);
        } else {
            // The depth of a spurt is what was known when it began.
            self.adapt(self.buffers.anchored_at);
            waiting.iter().for_each(|p| self.estimate(p.delay));
        }
        // Packets past a full list are judged already; a run among them is the later one.
        let later = self.buffers.take_runs();
        for p in &waiting {
            self.judge(*p, discards);
        }
        if waiting.len() >= SETTLE_PACKETS {
            self.buffers.put_runs(later);
        }
        self.set_limit();
    }

    /// The adaptive buffer takes the depth that the delays so far ask for.
    fn adapt(&mut self, arrival: i64) {
        let point = self.mean + DEVIATIONS * self.deviation;
        self.buffers.adapt(point - self.buffers.base, arrival);
        self.set_limit();
    }

    /// A second is over at `arrival`; the smallest delay in it was `lowest`. An old base moves there.
    pub(crate) fn handle_second(&mut self, arrival: i64, lowest: f64) {
        if self.settling {
            return;
        }
        if arrival.saturating_sub(self.buffers.anchored_at) > FOLLOW_AFTER_NANOS {
            self.buffers.follow(lowest);
        }
        self.adapt(arrival);
    }

    /// Judges what still waits; to be called before the figures are taken.
    pub(crate) fn finish(&mut self, discards: &mut impl Discards) {
        self.settle(discards);
    }

    /// Packets that a buffer of 60 ms would have discarded so far.
    pub(crate) fn late(&self) -> u64 {
        self.buffers.discarded(MEASURED)
    }

    /// What each buffer would have done, up to a last packet at `arrival`.
    pub(crate) fn figures(&self, arrival: i64) -> [PlayoutFigures; ADAPTIVE + 1] {
        self.buffers.figures(arrival)
    }
}
