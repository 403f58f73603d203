//! The clock rate of a payload type nobody announced, from timestamps against arrivals.
//!
//! Jitter cannot be computed afterwards in constant memory, so every plausible rate runs along until
//! the stream itself shows which one is true. A path that hands packets on in bundles blurs the ratio
//! of ticks to time; the timestamp step from packet to packet is the sender's own and stays exact. So a
//! rate at which that step is a usual packet time is believed over a wider range.

use super::clock::{StreamClock, Tick};
use super::playout::CountOnly;
use super::ptime::PacketTime;
use crate::types::{CaptureTime, ClockRate, ExtendedSeq, RtpTicks};

/// The rates in use (RFC 3551, and Opus and video's).
pub(crate) const RATES_HZ: [u32; 10] = [
    8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 90000,
];
/// Least evidence for a guess at the end of a stream.
const MIN_PACKETS: u32 = 25;
const MIN_NANOS: i64 = 400_000_000;
/// Evidence after which the guess is taken and the other rates are dropped.
const ENOUGH_NANOS: i64 = 5_000_000_000;
/// A measured rate within this share of a plausible one is taken for it.
const TOLERANCE: f64 = 0.02;
/// The share where the timestamp step is a usual packet time, after `BLURRED_NANOS`. Plausible rates
/// are no nearer to each other than 8.8 %.
const BLURRED: f64 = 0.07;
const BLURRED_NANOS: i64 = 2_000_000_000;
/// A rate this near that the step speaks for is a doubt about the one measured.
const DOUBT: f64 = 0.10;

/// A clock being guessed.
#[derive(Clone, Debug)]
pub(crate) struct ClockGuess {
    clocks: Vec<StreamClock>,
    start: CaptureTime,
    start_timestamp: RtpTicks,
    elapsed: i64,
    ticks: i64,
    previous_timestamp: RtpTicks,
    previous_seq: ExtendedSeq,
    step: PacketTime,
    packets: u32,
}

impl ClockGuess {
    /// A guess that starts with this packet's time; the packet itself is to be handed in too.
    pub(crate) fn new(first: Tick) -> Self {
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
            previous_seq: first.seq,
            step: PacketTime::default(),
            packets: 0,
        }
    }

    /// Takes a packet.
    pub(crate) fn handle_packet(&mut self, t: Tick) {
        let step = i64::from(t.timestamp.distance_from(self.previous_timestamp));
        self.previous_timestamp = t.timestamp;
        let next = t.in_order && t.seq.0 == self.previous_seq.0.wrapping_add(1);
        self.previous_seq = t.seq;
        if let Ok(step @ 1..) = u32::try_from(step)
            && next
            && !t.spurt
        {
            self.step.handle_step(step);
        }
        let elapsed = (t.arrival - self.start).as_nanos();
        if t.in_order && (step < 0 || elapsed < 0) {
            // Another clock: what was measured before says nothing about it.
            self.start = t.arrival;
            self.start_timestamp = t.timestamp;
            self.ticks = 0;
            self.elapsed = 0;
            self.packets = 0;
            self.step = PacketTime::default();
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
    pub(crate) fn rate(&self) -> Option<ClockRate> {
        if self.packets < MIN_PACKETS || self.elapsed < MIN_NANOS {
            return None;
        }
        let measured = self.ticks as f64 / (self.elapsed as f64 / 1e9);
        let off = |hz: u32| (measured / f64::from(hz) - 1.0).abs();
        let step = self.step.median_ticks();
        let fits = |hz: &u32| step.is_some_and(|step| is_packet_time(step, *hz));
        let near = RATES_HZ.into_iter().find(|hz| off(*hz) <= TOLERANCE);
        // The nearest rate that the step speaks for.
        let stepped = RATES_HZ
            .into_iter()
            .filter(fits)
            .min_by(|a, b| off(*a).total_cmp(&off(*b)));
        let hz = match (near, stepped) {
            (near @ Some(_), stepped) if near == stepped => near,
            (_, Some(hz)) if off(hz) <= BLURRED && self.elapsed >= BLURRED_NANOS => Some(hz),
            (Some(_), Some(hz)) if off(hz) <= DOUBT => None,
            (near, _) => near,
        };
        hz.and_then(ClockRate::new)
    }

    /// True when the stream has run long enough to decide.
    pub(crate) fn is_ripe(&self) -> bool {
        self.elapsed >= ENOUGH_NANOS && self.packets >= 2 * MIN_PACKETS
    }

    /// The clock that ran at `rate` from the first packet on.
    pub(crate) fn into_clock(self, rate: ClockRate) -> Option<StreamClock> {
        self.clocks.into_iter().find(|c| c.rate() == rate)
    }

    /// The clock the evidence points to, as far as it has run.
    pub(crate) fn clock(&self) -> Option<&StreamClock> {
        let rate = self.rate()?;
        self.clocks.iter().find(|c| c.rate() == rate)
    }
}

/// True where the step is a multiple of 2.5 ms: every framed speech codec sends such packets.
fn is_packet_time(step: u32, hz: u32) -> bool {
    // 2.5 ms are hz / 400 ticks.
    (u64::from(step) * 400).is_multiple_of(u64::from(hz))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Packets of `step` ticks that arrive `gap_us(i)` microseconds after one another.
    fn guess(count: u32, step: u32, gap_us: impl Fn(u32) -> i64) -> ClockGuess {
        let mut now = 0;
        let mut g = None;
        for i in 0..count {
            let t = Tick {
                arrival: CaptureTime::from_nanos(now * 1000),
                timestamp: RtpTicks(1000 + step * i),
                seq: ExtendedSeq(u64::from(i)),
                in_order: true,
                spurt: false,
                next: true,
                frame: Default::default(),
            };
            g.get_or_insert_with(|| ClockGuess::new(t)).handle_packet(t);
            now += gap_us(i);
        }
        g.unwrap()
    }

    #[test]
    fn a_path_that_bundles_packets_does_not_turn_20_ms_at_48_khz_into_44100() {
        // 260 packets of 20 ms in 20.65 ms each on average: 960 / 0.02065 = 46489 ticks a second, as a
        // capture of delayed Opus shows after five seconds. At 44100 a step would be 21.77 ms.
        let g = guess(260, 960, |i| if i % 4 == 3 { 73_600 } else { 3_000 });
        assert_eq!(g.rate(), ClockRate::new(48000));
        // 21.7 ms: 44240 lies within 2 % of 44100, but the step speaks against it.
        let g = guess(260, 960, |_| 21_700);
        assert_eq!(g.rate(), None);
        // 19.03 ms: 50447, as the whole of a stream with a late start has it.
        let g = guess(403, 960, |_| 19_030);
        assert_eq!(g.rate(), ClockRate::new(48000));
    }

    #[test]
    fn a_frame_of_1024_samples_at_44100_and_video_are_found_without_a_packet_time() {
        // 1024 / 44100 = 23.22 ms; 3000 / 90000 = 33.33 ms.
        assert_eq!(guess(300, 1024, |_| 23_220).rate(), ClockRate::new(44100));
        assert_eq!(guess(300, 3000, |_| 33_333).rate(), ClockRate::new(90000));
    }

    #[test]
    fn opus_without_rtpmap_is_found_at_48_khz() {
        let tick = |i: i64| Tick {
            arrival: CaptureTime::from_nanos(i * 20_000_000 + (i % 2) * 5_000_000),
            timestamp: RtpTicks(1000 + 960 * i as u32),
            seq: ExtendedSeq(i as u64),
            in_order: true,
            spurt: false,
            next: true,
            frame: Default::default(),
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
            next: true,
            frame: Default::default(),
        };
        let mut g = ClockGuess::new(tick(0));
        (0..100).for_each(|i| g.handle_packet(tick(i)));
        assert_eq!(g.rate(), None);
    }
}
