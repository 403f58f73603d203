//! Arrival against the sender's clock at one RTP clock rate: jitter, skew, drift, play-out.

use super::drift::Drift;
use super::jitter::Jitter;
use super::pauses::{PauseFigures, Pauses};
use super::playout::{Discards, Playout, PlayoutFigures};
use super::skew::Skew;
use super::timebase::{self, TimestampJumps, Watch};
use crate::types::{CaptureTime, ClockRate, ExtendedSeq, PackedFrame, RtpTicks};

/// A transit difference above this is another source or a restart, not jitter, in nanoseconds.
const DISCONTINUITY_NANOS: f64 = 1e9;
/// A gap of the sender's clock that begins a talkspurt, in nanoseconds.
const SPURT_GAP_NANOS: f64 = 200e6;
/// The clock of video, whose frames may be sent out of presentation order (RFC 3551 §5).
const VIDEO_CLOCK_HZ: u32 = 90_000;

/// What the clock needs to know of a packet. Duplicates and telephone events are not shown to it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tick {
    /// Arrival.
    pub arrival: CaptureTime,
    /// RTP timestamp.
    pub timestamp: RtpTicks,
    /// Extended sequence number.
    pub seq: ExtendedSeq,
    /// False for a packet below the highest sequence number.
    pub in_order: bool,
    /// A talkspurt begins: marker set, or the packet before was comfort noise.
    pub spurt: bool,
    /// Its number is the next after the highest before.
    pub next: bool,
    /// Frame.
    pub frame: PackedFrame,
}

/// What only a stream with packets out of order, with pauses, or with more than one time base, has to keep.
#[derive(Clone, Debug, Default)]
pub(super) struct Rare {
    /// From the last packet in order to the one before this: its ticks, and the sum of D in
    /// nanoseconds. Both 0 unless packets out of order came between.
    strayed_ticks: i64,
    strayed_nanos: f64,
    /// The first number of the time base in use, after a clock jump.
    anchor_seq: Option<ExtendedSeq>,
    /// A packet that may begin a new time base; the next one in order tells.
    pending: Option<Tick>,
    earlier_drift: Option<f64>,
    discontinuities: u32,
    pauses: Pauses,
    /// A jump that the next packets have to confirm.
    pub(super) watch: Option<Box<Watch>>,
    pub(super) jumps: TimestampJumps,
    /// It shows what would be without a jump, and watches for none.
    pub(super) is_shadow: bool,
}

/// The clock of one stream.
#[derive(Clone, Debug)]
pub(crate) struct StreamClock {
    rate: ClockRate,
    nanos_per_tick: f64,
    anchor: i64,
    ticks: i64,
    previous: i64,
    previous_timestamp: RtpTicks,
    running: bool,
    /// Packets next in the sequence with the timestamp of the one before.
    still: u32,
    pub(super) rare: Option<Box<Rare>>,
    pub(super) jitter: Jitter,
    skew: Skew,
    drift: Drift,
    playout: Playout,
}

impl StreamClock {
    /// A clock of `rate`, not started.
    pub(crate) fn new(rate: ClockRate) -> Self {
        StreamClock {
            rate,
            nanos_per_tick: 1e9 / f64::from(rate.hz()),
            anchor: 0,
            ticks: 0,
            previous: 0,
            previous_timestamp: RtpTicks(0),
            running: false,
            still: 0,
            rare: None,
            jitter: Jitter::default(),
            skew: Skew::default(),
            drift: Drift::default(),
            playout: Playout::default(),
        }
    }

    /// The clock rate.
    pub(crate) fn rate(&self) -> ClockRate {
        self.rate
    }

    /// The payload type changed to another clock: the next packet starts afresh, figures so far stay.
    pub(crate) fn change_rate(&mut self, rate: ClockRate) {
        if rate != self.rate {
            self.settle_watch(&mut super::playout::CountOnly);
            if let Some(rare) = &mut self.rare {
                rare.discontinuities += u32::from(rare.pending.take().is_some());
            }
            self.rate = rate;
            self.nanos_per_tick = 1e9 / f64::from(rate.hz());
            self.running = false;
        }
    }

    /// Takes a packet.
    #[inline]
    pub(crate) fn handle_packet(&mut self, t: Tick, discards: &mut impl Discards) {
        // Arithmetic wraps: times centuries apart give nonsense and not a panic.
        let arrival = t.arrival.as_nanos();
        if !self.running {
            self.anchor_at(arrival, t, discards);
            return;
        }
        if let Some(rare) = &self.rare {
            if rare.watch.is_some() {
                self.handle_watched(t, discards);
                return;
            }
            if t.in_order {
                self.resolve_pending(t, discards);
                if self.rare.as_ref().is_some_and(|r| r.watch.is_some()) {
                    self.handle_watched(t, discards);
                    return;
                }
            }
        }
        let step = i64::from(t.timestamp.distance_from(self.previous_timestamp));
        let d = arrival.wrapping_sub(self.previous) as f64 - step as f64 * self.nanos_per_tick;
        let video = self.rate.hz() == VIDEO_CLOCK_HZ;
        let mut spurt = false;
        if t.in_order {
            // Against the last packet in order: stragglers between them say nothing of the clock.
            let (ticks, nanos) = self.strayed();
            let nominal = step.wrapping_add(ticks) as f64 * self.nanos_per_tick;
            if (d + nanos).abs() > DISCONTINUITY_NANOS || (nominal < 0.0 && !video) {
                self.rare.get_or_insert_default().pending = Some(t);
                return;
            }
            if let Some(rare) = &mut self.rare {
                (rare.strayed_ticks, rare.strayed_nanos) = (0, 0.0);
            }
            if d.abs() >= timebase::SHIFT_NANOS
                && t.next
                && nanos == 0.0
                && !video
                && self.may_be_shift(d)
            {
                self.begin_watch(t, d, discards);
                return;
            }
            self.still += u32::from(step == 0 && t.next && !video);
            // Video sets the marker on the last packet of every frame.
            spurt = !video && t.spurt;
            if nominal > SPURT_GAP_NANOS && !video {
                spurt = true;
                let rare = self.rare.get_or_insert_default();
                rare.pauses.handle_gap(nominal, t.next);
            }
        } else {
            let rare = self.rare.get_or_insert_default();
            if d.abs() > DISCONTINUITY_NANOS && rare.anchor_seq.is_some_and(|a| t.seq.0 < a.0) {
                return; // left over from the time base before
            }
            rare.strayed_ticks = rare.strayed_ticks.wrapping_add(step);
            rare.strayed_nanos += d;
        }
        self.jitter.handle_difference(d);
        self.ticks = self.ticks.wrapping_add(step);
        self.previous = arrival;
        self.previous_timestamp = t.timestamp;
        let elapsed = arrival.wrapping_sub(self.anchor) as f64;
        let delay = elapsed - self.ticks as f64 * self.nanos_per_tick;
        self.skew.handle_delay(delay);
        if let Some(lowest) = self.drift.handle_delay(elapsed, delay) {
            self.playout.handle_second(arrival, lowest);
        }
        self.playout
            .handle_packet(arrival, delay, t.seq, spurt, discards);
    }

    #[inline]
    fn strayed(&self) -> (i64, f64) {
        match &self.rare {
            Some(rare) => (rare.strayed_ticks, rare.strayed_nanos),
            None => (0, 0.0),
        }
    }

    /// `t` follows a packet off the time base: where it continues the old base, that packet was a
    /// stray one and is left out; else the base began anew with it.
    fn resolve_pending(&mut self, t: Tick, discards: &mut impl Discards) {
        let Some(first) = self.rare.as_mut().and_then(|r| r.pending.take()) else {
            return;
        };
        let (ticks, nanos) = self.strayed();
        let own = i64::from(t.timestamp.distance_from(self.previous_timestamp));
        let step = own.wrapping_add(ticks);
        let d = t.arrival.as_nanos().wrapping_sub(self.previous) as f64
            - own as f64 * self.nanos_per_tick
            + nanos;
        let from_first = i64::from(t.timestamp.distance_from(first.timestamp));
        let is_from_first = from_first >= 0
            && (t.arrival.as_nanos().wrapping_sub(first.arrival.as_nanos()) as f64
                - from_first as f64 * self.nanos_per_tick)
                .abs()
                <= DISCONTINUITY_NANOS;
        if is_from_first || step < 0 || d.abs() > DISCONTINUITY_NANOS {
            self.confirm_jump(first, discards);
        }
    }

    /// The base began anew with `first`; where that is the sender's doing, it counts.
    fn confirm_jump(&mut self, first: Tick, discards: &mut impl Discards) {
        let pause = first.arrival.as_nanos().wrapping_sub(self.previous);
        let (ticks, nanos) = self.strayed();
        let own = i64::from(first.timestamp.distance_from(self.previous_timestamp));
        let nominal = own.wrapping_add(ticks) as f64 * self.nanos_per_tick;
        let shift = pause as f64 - own as f64 * self.nanos_per_tick + nanos;
        self.jump_to(first, discards);
        if first.next && self.rate.hz() != VIDEO_CLOCK_HZ {
            self.judge_jump(first, pause, nominal, shift);
        }
    }

    #[cold]
    pub(super) fn jump_to(&mut self, first: Tick, discards: &mut impl Discards) {
        self.rare.get_or_insert_default().discontinuities += 1;
        self.anchor_at(first.arrival.as_nanos(), first, discards);
        self.rare.get_or_insert_default().anchor_seq = Some(first.seq);
    }

    fn anchor_at(&mut self, arrival: i64, t: Tick, discards: &mut impl Discards) {
        if let Some(ppm) = self.drift.ppm() {
            self.rare.get_or_insert_default().earlier_drift = Some(ppm);
        }
        if let Some(rare) = &mut self.rare {
            (rare.strayed_ticks, rare.strayed_nanos) = (0, 0.0);
        }
        self.drift = Drift::default();
        self.drift.handle_delay(0.0, 0.0);
        self.skew.handle_delay(0.0);
        self.anchor = arrival;
        self.ticks = 0;
        self.previous = arrival;
        self.previous_timestamp = t.timestamp;
        self.running = true;
        self.playout.begin_clock();
        self.playout
            .handle_packet(arrival, 0.0, t.seq, true, discards);
    }

    /// Judges the packets the play-out model still holds.
    pub(crate) fn finish(&mut self, discards: &mut impl Discards) {
        self.settle_watch(discards);
        // Nothing followed to say otherwise.
        if let Some(first) = self.rare.as_mut().and_then(|r| r.pending.take()) {
            self.confirm_jump(first, discards);
            self.settle_watch(discards);
        }
        self.playout.finish(discards);
    }

    /// Interarrival jitter.
    pub(crate) fn jitter(&self) -> &Jitter {
        &self.jitter
    }
    /// Largest skew in milliseconds.
    pub(crate) fn skew_max_ms(&self) -> Option<f64> {
        self.skew.max_ms()
    }
    /// Clock drift in parts per million, of the last stretch without a clock jump that is long enough.
    pub(crate) fn drift_ppm(&self) -> Option<f64> {
        self.drift
            .ppm()
            .or(self.rare.as_ref().and_then(|r| r.earlier_drift))
    }
    /// Packets a 60 ms buffer would have discarded; whole only after [`finish`](Self::finish).
    pub(crate) fn late(&self) -> u64 {
        self.playout.late()
    }
    /// What play-out buffers would have done; whole only after [`finish`](Self::finish).
    pub(crate) fn playout(&self) -> impl Iterator<Item = PlayoutFigures> {
        self.playout.figures(self.previous).into_iter()
    }
    /// When the sender sent nothing and lost nothing; `ptime_ms` is what one packet carries.
    pub(crate) fn pauses(&self, ptime_ms: Option<f64>) -> PauseFigures {
        let pauses = self.rare.as_ref().map(|r| r.pauses);
        pauses.unwrap_or_default().figures(ptime_ms)
    }
    /// Times the sender's clock jumped.
    pub(crate) fn discontinuities(&self) -> u32 {
        self.rare.as_ref().map_or(0, |r| r.discontinuities)
    }
    /// What the sender's timestamps did wrong.
    pub(crate) fn jumps(&self) -> TimestampJumps {
        TimestampJumps {
            still: self.standing(self.still),
            ..self.rare.as_ref().map(|r| r.jumps).unwrap_or_default()
        }
    }
    /// Seconds on the sender's clock from the last packet to this timestamp, forward.
    pub(crate) fn seconds_to(&self, timestamp: RtpTicks) -> f64 {
        let ticks = timestamp.0.wrapping_sub(self.previous_timestamp.0);
        f64::from(ticks) * self.nanos_per_tick / 1e9
    }
    /// How much later than nominal the last packet arrived, in nanoseconds.
    pub(super) fn delay(&self) -> f64 {
        self.previous.wrapping_sub(self.anchor) as f64 - self.ticks as f64 * self.nanos_per_tick
    }
    /// Nanoseconds since the base in use began, by arrival and by the sender's clock.
    pub(super) fn elapsed_and_shown(&self) -> (f64, f64) {
        let elapsed = self.previous.wrapping_sub(self.anchor) as f64;
        (elapsed, self.ticks as f64 * self.nanos_per_tick)
    }
    /// Arrival and timestamp of the last packet.
    pub(crate) fn last_sampled(&self) -> (CaptureTime, RtpTicks) {
        (
            CaptureTime::from_nanos(self.previous),
            self.previous_timestamp,
        )
    }
    /// Arrival of the last packet.
    pub(super) fn last_arrival(&self) -> i64 {
        self.previous
    }
}

#[cfg(test)]
mod tests {
    use super::super::playout::CountOnly;
    use super::*;

    /// 500 packets 20 ms apart in a clock of 8000 Hz; `delay` in ms and the timestamp's offset of
    /// each; taken in order of arrival.
    fn clock(delay: impl Fn(u64) -> i64, offset: impl Fn(u64) -> u32) -> StreamClock {
        let mut all: Vec<(i64, u64)> = (0..500u64)
            .map(|i| ((i as i64 * 20 + delay(i)) * 1_000_000, i))
            .collect();
        all.sort();
        let mut clock = StreamClock::new(ClockRate::new(8000).unwrap());
        let mut highest = None;
        for (nanos, i) in all {
            let tick = Tick {
                arrival: CaptureTime::from_secs_nanos(0, 0)
                    + crate::types::Delta::from_nanos(nanos),
                timestamp: RtpTicks((i as u32 * 160).wrapping_add(offset(i))),
                seq: ExtendedSeq(i),
                in_order: highest.is_none_or(|h| i > h),
                spurt: false,
                next: highest.is_none_or(|h| i == h + 1),
                frame: PackedFrame::default(),
            };
            highest = highest.max(Some(i));
            clock.handle_packet(tick, &mut CountOnly);
        }
        clock.finish(&mut CountOnly);
        clock
    }

    #[test]
    fn a_straggler_of_more_than_a_second_is_late_and_no_clock_jump() {
        // A.8 over the transit differences 0, 1100, -1100, 0 ... in ms: mean 39.458 (tshark 4.0.17
        // says the same), largest 138.707.
        let c = clock(|i| if i % 50 == 7 { 1100 } else { 0 }, |_| 0);
        assert_eq!((c.late(), c.discontinuities()), (10, 0));
        let (mean, max) = (c.jitter().mean_ms().unwrap(), c.jitter().max_ms().unwrap());
        assert!((mean - 39.458).abs() < 0.001, "{mean}");
        assert!((max - 138.707).abs() < 0.001, "{max}");
        assert!((c.skew_max_ms().unwrap() - 1100.0).abs() < 0.01);
    }

    #[test]
    fn a_new_time_base_counts_once_and_one_odd_timestamp_not_at_all() {
        let c = clock(|_| 0, |i| if i >= 25 { 400_000 } else { 0 });
        assert_eq!((c.discontinuities(), c.late()), (1, 0));
        assert_eq!(c.jitter().max_ms(), Some(0.0));
        let c = clock(|_| 0, |i| if i == 25 { 400_000 } else { 0 });
        assert_eq!((c.discontinuities(), c.jitter().max_ms()), (0, Some(0.0)));
    }
}
