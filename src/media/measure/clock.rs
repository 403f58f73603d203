//! Arrival against the sender's clock at one RTP clock rate: jitter, skew, drift, play-out.

use super::drift::Drift;
use super::jitter::Jitter;
use super::playout::{Discards, Playout};
use super::skew::Skew;
use crate::types::{CaptureTime, ClockRate, ExtendedSeq, RtpTicks};

/// A transit difference above this is another source or a restart, not jitter, in nanoseconds.
const DISCONTINUITY_NANOS: f64 = 1e9;
/// A gap of the sender's clock that begins a talkspurt, in nanoseconds.
const SPURT_GAP_NANOS: f64 = 200e6;
/// The clock of video, whose frames may be sent out of presentation order (RFC 3551 §5).
const VIDEO_CLOCK_HZ: u32 = 90_000;

/// What the clock needs to know of a packet. Duplicates and telephone events are not shown to it.
#[derive(Clone, Copy, Debug)]
pub struct Tick {
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
}

/// The clock of one stream.
#[derive(Clone, Debug)]
pub struct StreamClock {
    rate: ClockRate,
    nanos_per_tick: f64,
    anchor: i64,
    ticks: i64,
    previous: i64,
    previous_timestamp: RtpTicks,
    running: bool,
    discontinuities: u32,
    jitter: Jitter,
    skew: Skew,
    drift: Drift,
    earlier_drift: Option<f32>,
    playout: Playout,
}

impl StreamClock {
    /// A clock of `rate`, not started.
    pub fn new(rate: ClockRate) -> Self {
        StreamClock {
            rate,
            nanos_per_tick: 1e9 / f64::from(rate.hz()),
            anchor: 0,
            ticks: 0,
            previous: 0,
            previous_timestamp: RtpTicks(0),
            running: false,
            discontinuities: 0,
            jitter: Jitter::default(),
            skew: Skew::default(),
            drift: Drift::default(),
            earlier_drift: None,
            playout: Playout::default(),
        }
    }

    /// The clock rate.
    pub fn rate(&self) -> ClockRate {
        self.rate
    }

    /// The payload type changed to another clock: the next packet starts afresh, figures so far stay.
    pub fn change_rate(&mut self, rate: ClockRate) {
        if rate != self.rate {
            self.rate = rate;
            self.nanos_per_tick = 1e9 / f64::from(rate.hz());
            self.running = false;
        }
    }

    /// Takes a packet.
    #[inline]
    pub fn handle_packet(&mut self, t: Tick, discards: &mut impl Discards) {
        // Arithmetic wraps: times centuries apart give nonsense and not a panic.
        let arrival = t.arrival.as_nanos();
        if !self.running {
            self.anchor_at(arrival, t, discards);
            return;
        }
        let step = i64::from(t.timestamp.distance_from(self.previous_timestamp));
        let nominal = step as f64 * self.nanos_per_tick;
        let d = arrival.wrapping_sub(self.previous) as f64 - nominal;
        let video = self.rate.hz() == VIDEO_CLOCK_HZ;
        if d.abs() > DISCONTINUITY_NANOS || (step < 0 && t.in_order && !video) {
            self.discontinuities += 1;
            self.anchor_at(arrival, t, discards);
            return;
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
        // Video sets the marker on the last packet of every frame.
        let spurt = !video && (t.spurt || (t.in_order && nominal > SPURT_GAP_NANOS));
        self.playout
            .handle_packet(arrival, delay, t.seq, spurt, discards);
    }

    fn anchor_at(&mut self, arrival: i64, t: Tick, discards: &mut impl Discards) {
        // Parts per million to seven digits.
        let ppm = self.drift.ppm().map(|ppm| ppm as f32);
        self.earlier_drift = ppm.or(self.earlier_drift);
        self.drift = Drift::default();
        self.drift.handle_delay(0.0, 0.0);
        self.skew.handle_delay(0.0);
        self.anchor = arrival;
        self.ticks = 0;
        self.previous = arrival;
        self.previous_timestamp = t.timestamp;
        self.running = true;
        self.playout
            .handle_packet(arrival, 0.0, t.seq, true, discards);
    }

    /// Judges the packets the play-out model still holds.
    pub fn finish(&mut self, discards: &mut impl Discards) {
        self.playout.finish(discards);
    }

    /// Interarrival jitter.
    pub fn jitter(&self) -> &Jitter {
        &self.jitter
    }
    /// Largest skew in milliseconds.
    pub fn skew_max_ms(&self) -> Option<f64> {
        self.skew.max_ms()
    }
    /// Clock drift in parts per million, of the last stretch without a clock jump that is long enough.
    pub fn drift_ppm(&self) -> Option<f64> {
        self.drift.ppm().or(self.earlier_drift.map(f64::from))
    }
    /// Packets a 60 ms buffer would have discarded; whole only after [`finish`](Self::finish).
    pub fn late(&self) -> u64 {
        self.playout.late()
    }
    /// Times the sender's clock jumped.
    pub fn discontinuities(&self) -> u32 {
        self.discontinuities
    }
}
