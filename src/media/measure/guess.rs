//! The clock rate of a payload type nobody announced, from timestamps against arrivals.
//!
//! Jitter cannot be computed afterwards in constant memory, so every plausible rate runs along until
//! the stream itself shows which one is true.

use super::clock::{StreamClock, Tick};
use super::playout::CountOnly;
use crate::types::{CaptureTime, ClockRate, RtpTicks};

/// The rates in use (RFC 3551, and Opus and video's).
pub const RATES_HZ: [u32; 10] = [
    8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 90000,
];
/// Least evidence for a guess at the end of a stream.
const MIN_PACKETS: u32 = 25;
const MIN_NANOS: i64 = 400_000_000;
/// Evidence after which the guess is taken and the other rates are dropped.
const ENOUGH_NANOS: i64 = 5_000_000_000;
/// A measured rate within this share of a plausible one is taken for it.
const TOLERANCE: f64 = 0.02;

/// A clock being guessed.
#[derive(Clone, Debug)]
pub struct ClockGuess {
    clocks: Vec<StreamClock>,
    start: CaptureTime,
    start_timestamp: RtpTicks,
    elapsed: i64,
    ticks: i64,
    previous_timestamp: RtpTicks,
    packets: u32,
}

impl ClockGuess {
    /// A guess that starts with this packet's time; the packet itself is to be handed in too.
    pub fn new(first: Tick) -> Self {
        ClockGuess {
            clocks: RATES_HZ
                .iter()
                .filter_map(|hz| ClockRate::new(*hz))
                .map(StreamClock::new)
                .collect(),
            start: first.arrival,
            start_timestamp: first.timestamp,
            elapsed: 0,
            ticks: 0,
            previous_timestamp: first.timestamp,
            packets: 0,
        }
    }

    /// Takes a packet.
    pub fn handle_packet(&mut self, t: Tick) {
        let step = i64::from(t.timestamp.distance_from(self.previous_timestamp));
        self.previous_timestamp = t.timestamp;
        let elapsed = (t.arrival - self.start).as_nanos();
        if t.in_order && (step < 0 || elapsed < 0) {
            // Another clock: what was measured before says nothing about it.
            self.start = t.arrival;
            self.start_timestamp = t.timestamp;
            self.ticks = 0;
            self.elapsed = 0;
            self.packets = 0;
        } else {
            self.ticks += step;
            self.elapsed = elapsed;
        }
        self.packets += 1;
        for clock in &mut self.clocks {
            clock.handle_packet(t, &mut CountOnly);
        }
    }

    /// The rate the evidence points to.
    pub fn rate(&self) -> Option<ClockRate> {
        if self.packets < MIN_PACKETS || self.elapsed < MIN_NANOS {
            return None;
        }
        let measured = self.ticks as f64 / (self.elapsed as f64 / 1e9);
        RATES_HZ
            .iter()
            .find(|hz| (measured / f64::from(**hz) - 1.0).abs() <= TOLERANCE)
            .and_then(|hz| ClockRate::new(*hz))
    }

    /// True when the stream has run long enough to decide.
    pub fn is_ripe(&self) -> bool {
        self.elapsed >= ENOUGH_NANOS && self.packets >= 2 * MIN_PACKETS
    }

    /// The clock that ran at `rate` from the first packet on.
    pub fn into_clock(self, rate: ClockRate) -> Option<StreamClock> {
        self.clocks.into_iter().find(|c| c.rate() == rate)
    }

    /// The clock the evidence points to, as far as it has run.
    pub fn clock(&self) -> Option<&StreamClock> {
        let rate = self.rate()?;
        self.clocks.iter().find(|c| c.rate() == rate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::ExtendedSeq;

    #[test]
    fn opus_without_rtpmap_is_found_at_48_khz() {
        let tick = |i: i64| Tick {
            arrival: CaptureTime::from_nanos(i * 20_000_000 + (i % 2) * 5_000_000),
            timestamp: RtpTicks(1000 + 960 * i as u32),
            seq: ExtendedSeq(i as u64),
            in_order: true,
            spurt: false,
        };
        let mut g = ClockGuess::new(tick(0));
        for i in 0..50 {
            g.handle_packet(tick(i));
        }
        assert_eq!(g.rate(), ClockRate::new(48000));
        let max = g.clock().unwrap().jitter().max_ms().unwrap();
        assert!((max - 4.788).abs() < 0.001);
        assert!(!g.is_ripe());
    }

    #[test]
    fn a_frozen_timestamp_is_no_clock() {
        let tick = |i: i64| Tick {
            arrival: CaptureTime::from_nanos(i * 20_000_000),
            timestamp: RtpTicks(5),
            seq: ExtendedSeq(i as u64),
            in_order: true,
            spurt: false,
        };
        let mut g = ClockGuess::new(tick(0));
        (0..100).for_each(|i| g.handle_packet(tick(i)));
        assert_eq!(g.rate(), None);
    }
}
