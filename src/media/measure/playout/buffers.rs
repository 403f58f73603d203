//! The buffers that are simulated, each with what it discarded.

use super::Waiting;

/// Lateness without a break for this long moves the base to the smallest delay in it.
const RESYNC_MILLIS: u32 = 1000;
/// How far it follows: 250 ppm, more than two honest crystals differ.
const FOLLOW_PER_SECOND: f64 = 250e3;
/// What the adaptive buffer keeps within.
const DEPTHS: (f32, f32) = (20e6, 200e6);
/// Place of the buffer by which packets count as late.
pub(super) const MEASURED: usize = 1;
/// Place of the adaptive buffer.
pub(super) const ADAPTIVE: usize = 3;

crate::types::vocabulary! {
    /// A play-out (de-jitter) buffer that is simulated.
    pub enum PlayoutBuffer {
        /// 40 ms deep.
        Fixed40 = "fixed_40",
        /// 60 ms deep.
        Fixed60 = "fixed_60",
        /// 200 ms deep.
        Fixed200 = "fixed_200",
        /// As deep as the delays so far ask for, 20 to 200 ms.
        Adaptive = "adaptive",
    }
}

/// What a buffer would have done with one stream.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlayoutFigures {
    /// Which buffer.
    pub buffer: PlayoutBuffer,
    /// Packets that came after their turn.
    pub discarded: u64,
    /// What it adds to the shortest way, in milliseconds: its depth; of the adaptive one the mean over time.
    pub delay_ms: f64,
}

/// One buffer; nanoseconds, of which seven digits are enough.
#[derive(Clone, Copy, Debug)]
struct Buffer {
    depth: f32,
    /// Its base is so far above that of the others: it has moved with a path that became longer.
    shift: f32,
    discarded: u32,
    run: Run,
}

/// Late packets without one in time between them.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Run {
    /// Milliseconds from the anchor to its first packet, and one; 0 where no run is.
    since: u32,
    /// Smallest delay in it above the base.
    above: f32,
}

/// All buffers of a stream. One to a stream: about 150 octets, and the packets of one second of each talkspurt.
#[derive(Clone, Debug)]
pub(super) struct Buffers {
    /// Smallest delay of the talkspurt's first second.
    pub(super) base: f64,
    /// When the talkspurt began.
    pub(super) anchored_at: i64,
    each: [Buffer; ADAPTIVE + 1],
    /// Depth of the adaptive one times the time it had it, in ms², until `adapted_at`.
    deep: f64,
    adapted_at: i64,
    begun_at: Option<i64>,
    pub(super) waiting: Vec<Waiting>,
}

impl Default for Buffers {
    fn default() -> Self {
        let of = |depth| Buffer {
            depth,
            shift: 0.0,
            discarded: 0,
            run: Run::default(),
        };
        Buffers {
            base: 0.0,
            anchored_at: 0,
            each: [of(40e6), of(60e6), of(200e6), of(DEPTHS.0)],
            deep: 0.0,
            adapted_at: 0,
            begun_at: None,
            waiting: Vec::new(),
        }
    }
}

impl Buffers {
    /// A packet `above` the base, `since_anchor` nanoseconds after the anchor. True where the buffer of 60 ms
    /// discards it.
    pub(super) fn judge(&mut self, since_anchor: i64, above: f64) -> bool {
        // Milliseconds since the anchor, within u32 by the clamp.
        let now = (since_anchor / 1_000_000).clamp(0, i64::from(u32::MAX) - 1) as u32 + 1;
        let above = above as f32; // rounded to seven digits
        let mut is_late = false;
        for (at, buffer) in self.each.iter_mut().enumerate() {
            if buffer.discards(now, above) && at == MEASURED {
                is_late = true;
            }
        }
        is_late
    }

    /// What is not further above the base is in time for every buffer, and ends no run of late ones.
    pub(super) fn in_time_for_all(&self) -> f64 {
        if self.each.iter().any(|b| b.run.since > 0) {
            return f64::NEG_INFINITY;
        }
        let limits = self.each.iter().map(|b| b.shift + b.depth);
        f64::from(limits.fold(f32::INFINITY, f32::min))
    }

    /// A talkspurt begins at `arrival`: every base is taken anew.
    pub(super) fn begin_spurt(&mut self, arrival: i64) {
        for buffer in &mut self.each {
            (buffer.shift, buffer.run) = (0.0, Run::default());
        }
        if self.begun_at.is_none() {
            (self.begun_at, self.adapted_at) = (Some(arrival), arrival);
        }
    }

    /// From `arrival` on the adaptive one is so deep.
    pub(super) fn adapt(&mut self, depth: f64, arrival: i64) {
        self.deep = self.deep_until(arrival);
        self.adapted_at = arrival.max(self.adapted_at);
        if let Some(b) = self.each.get_mut(ADAPTIVE) {
            b.depth = (depth as f32 - b.shift).clamp(DEPTHS.0, DEPTHS.1);
        }
    }

    /// The bases go towards the smallest delay of a second, each its own way.
    pub(super) fn follow(&mut self, lowest: f64) {
        let way = lowest - self.base;
        let step = way.clamp(-FOLLOW_PER_SECOND, FOLLOW_PER_SECOND);
        for buffer in self.each.iter_mut().filter(|b| b.shift != 0.0) {
            let own = way - f64::from(buffer.shift);
            buffer.shift += (own.clamp(-FOLLOW_PER_SECOND, FOLLOW_PER_SECOND) - step) as f32;
        }
        self.base += step;
    }

    fn deep_until(&self, arrival: i64) -> f64 {
        let time = arrival.saturating_sub(self.adapted_at).max(0);
        let depth = self.each.last().map_or(0.0, |b| b.depth);
        self.deep + f64::from(depth) * 1e-6 * (time as f64 * 1e-6)
    }

    /// Ends all runs and hands them out.
    pub(super) fn take_runs(&mut self) -> [Run; ADAPTIVE + 1] {
        let runs = self.each.map(|b| b.run);
        self.put_runs([Run::default(); ADAPTIVE + 1]);
        runs
    }

    pub(super) fn put_runs(&mut self, runs: [Run; ADAPTIVE + 1]) {
        for (buffer, run) in self.each.iter_mut().zip(runs) {
            buffer.run = run;
        }
    }

    pub(super) fn discarded(&self, at: usize) -> u64 {
        self.each.get(at).map_or(0, |b| u64::from(b.discarded))
    }

    pub(super) fn figures(&self, arrival: i64) -> [PlayoutFigures; ADAPTIVE + 1] {
        let begun = self.begun_at.unwrap_or(arrival);
        let time_ms = arrival.max(self.adapted_at).saturating_sub(begun) as f64 * 1e-6;
        let of = |at: usize, buffer| {
            let depth = self.each.get(at).map_or(0.0, |b| f64::from(b.depth) * 1e-6);
            let mean = match at == ADAPTIVE && time_ms > 0.0 {
                true => self.deep_until(arrival) / time_ms,
                false => depth,
            };
            PlayoutFigures {
                buffer,
                discarded: self.discarded(at),
                delay_ms: mean,
            }
        };
        [
            of(0, PlayoutBuffer::Fixed40),
            of(MEASURED, PlayoutBuffer::Fixed60),
            of(2, PlayoutBuffer::Fixed200),
            of(ADAPTIVE, PlayoutBuffer::Adaptive),
        ]
    }
}

impl Buffer {
    fn discards(&mut self, now: u32, above: f32) -> bool {
        let above = above - self.shift;
        if above <= self.depth {
            self.run = Run::default();
            return false;
        }
        if self.run.since == 0 {
            self.run = Run { since: now, above };
        }
        self.run.above = self.run.above.min(above);
        if now.saturating_sub(self.run.since) >= RESYNC_MILLIS {
            let moved = self.run.above;
            self.shift += moved;
            self.run = Run::default();
            if above - moved <= self.depth {
                return false;
            }
        }
        self.discarded = self.discarded.saturating_add(1);
        true
    }
}
