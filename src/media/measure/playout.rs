//! What a fixed play-out buffer would have discarded.
//!
//! The buffer takes the smallest delay of a talkspurt's first second as its base and plays every
//! packet 60 ms after it; what arrives later than its turn is late. It takes a new base at a talkspurt
//! (marker, comfort noise, or 200 ms of silence), after a clock jump, and when every packet of a whole
//! second was late: the path has become longer, and any real buffer moves with it.

use crate::types::ExtendedSeq;

/// The buffer's depth in nanoseconds.
pub(crate) const BUFFER_NANOS: f64 = 60e6;
/// How long the base is looked for.
const SETTLE_NANOS: i64 = 1_000_000_000;
/// Packets of that second judged at its end; further ones are judged as they come.
const SETTLE_PACKETS: usize = 100;
/// Lateness without a break for this long moves the base to the smallest delay in it.
const RESYNC_MILLIS: u32 = 1000;
/// From here on the base follows the sender's clock drift: no endpoint keeps a base for minutes.
const FOLLOW_AFTER_NANOS: i64 = 60_000_000_000;
/// How far it follows: 250 ppm, more than two honest crystals differ.
const FOLLOW_PER_SECOND: f64 = 250e3;

/// A packet that waits for the base.
#[derive(Clone, Copy, Debug)]
struct Waiting {
    arrival: i64,
    delay: f64,
    seq: ExtendedSeq,
}

/// Packets that wait for the base; there for one second a talkspurt only.
#[derive(Clone, Debug, Default)]
struct Settling(Vec<Waiting>);

/// Late packets without one in time between them. Eight octets, as every stream holds one.
#[derive(Clone, Copy, Debug, Default)]
struct LateRun {
    /// Milliseconds from the anchor to its first packet, and one; 0 where no run is.
    since: u32,
    /// Smallest delay in it, as far as it is above the base: seven digits are enough.
    above: f32,
}

/// Play-out state.
#[derive(Clone, Debug, Default)]
pub(crate) struct Playout {
    base: f64,
    anchored_at: i64,
    late: u32,
    run: LateRun,
    settling: Option<Box<Settling>>,
    started: bool,
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
    /// `new_spurt`: a talkspurt or a new clock begins with it.
    #[inline]
    pub(crate) fn handle_packet(
        &mut self,
        arrival: i64,
        delay: f64,
        seq: ExtendedSeq,
        new_spurt: bool,
        discards: &mut impl Discards,
    ) {
        if new_spurt || !self.started {
            self.anchor(arrival, delay, seq, discards);
            return;
        }
        if self.settling.is_some() {
            self.settle_on(arrival, delay, seq, discards);
            return;
        }
        self.judge(
            Waiting {
                arrival,
                delay,
                seq,
            },
            discards,
        );
    }

    #[inline]
    fn judge(&mut self, p: Waiting, discards: &mut impl Discards) {
        if p.delay <= self.base + BUFFER_NANOS {
            self.run = LateRun::default();
        } else {
            self.judge_late(p, discards);
        }
    }

    fn judge_late(&mut self, p: Waiting, discards: &mut impl Discards) {
        // Milliseconds since the anchor, within u32 by the clamp.
        let since_anchor = p.arrival.saturating_sub(self.anchored_at) / 1_000_000;
        let now = since_anchor.clamp(0, i64::from(u32::MAX) - 1) as u32 + 1;
        let above = (p.delay - self.base) as f32; // rounded to seven digits
        if self.run.since == 0 {
            self.run = LateRun { since: now, above };
        }
        self.run.above = self.run.above.min(above);
        if now.saturating_sub(self.run.since) >= RESYNC_MILLIS {
            self.base += f64::from(self.run.above);
            self.anchored_at = p.arrival;
            self.run = LateRun::default();
            if p.delay <= self.base + BUFFER_NANOS {
                return;
            }
        }
        self.late += 1;
        discards.discard(p.seq);
    }

    fn anchor(&mut self, arrival: i64, delay: f64, seq: ExtendedSeq, discards: &mut impl Discards) {
        let mut list = self.settle(discards).unwrap_or_default();
        list.0.clear();
        list.0.push(Waiting {
            arrival,
            delay,
            seq,
        });
        self.settling = Some(list);
        self.run = LateRun::default();
        self.base = delay;
        self.anchored_at = arrival;
        self.started = true;
    }

    fn settle_on(
        &mut self,
        arrival: i64,
        delay: f64,
        seq: ExtendedSeq,
        discards: &mut impl Discards,
    ) {
        if arrival.saturating_sub(self.anchored_at) >= SETTLE_NANOS {
            self.settle(discards);
        } else {
            self.base = self.base.min(delay);
            if let Some(list) = self
                .settling
                .as_mut()
                .filter(|l| l.0.len() < SETTLE_PACKETS)
            {
                list.0.push(Waiting {
                    arrival,
                    delay,
                    seq,
                });
                return;
            }
        }
        self.judge(
            Waiting {
                arrival,
                delay,
                seq,
            },
            discards,
        );
    }

    /// The base is known: judge what waited for it.
    fn settle(&mut self, discards: &mut impl Discards) -> Option<Box<Settling>> {
        let list = self.settling.take()?;
        // Packets past a full list are judged already; a run among them is the later one.
        let later = self.run;
        self.run = LateRun::default();
        for p in &list.0 {
            self.judge(*p, discards);
        }
        if list.0.len() >= SETTLE_PACKETS {
            self.run = later;
        }
        Some(list)
    }

    /// A second is over at `arrival`; the smallest delay in it was `lowest`. An old base moves there.
    pub(crate) fn handle_second(&mut self, arrival: i64, lowest: f64) {
        if arrival.saturating_sub(self.anchored_at) > FOLLOW_AFTER_NANOS {
            let way = lowest - self.base;
            self.base += way.clamp(-FOLLOW_PER_SECOND, FOLLOW_PER_SECOND);
        }
    }

    /// Judges what still waits; to be called before the figures are taken.
    pub(crate) fn finish(&mut self, discards: &mut impl Discards) {
        self.settle(discards);
    }

    /// Packets that missed their turn so far.
    pub(crate) fn late(&self) -> u64 {
        u64::from(self.late)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn late(delays_ms: &[f64]) -> u64 {
        let mut p = Playout::default();
        for (i, d) in delays_ms.iter().enumerate() {
            let arrival = i as i64 * 20_000_000 + (d * 1e6) as i64;
            p.handle_packet(
                arrival,
                d * 1e6,
                ExtendedSeq(i as u64),
                false,
                &mut CountOnly,
            );
        }
        p.finish(&mut CountOnly);
        p.late()
    }

    #[test]
    fn sixty_milliseconds_are_in_time_and_more_is_late() {
        assert_eq!(late(&[0.0, 60.0, 0.0, 61.0, 0.0]), 2 - 1);
    }

    #[test]
    fn a_late_first_packet_does_not_set_the_base() {
        let mut d = vec![80.0];
        d.extend([0.0; 60]);
        assert_eq!(late(&d), 1);
    }

    #[test]
    fn a_lasting_step_of_delay_is_late_for_one_second() {
        // Packet 100 is 100 ms late at 2.1 s; packet 150 comes a second after it and finds the base
        // moved: 100..=149 are late.
        let mut d = vec![0.0; 100];
        d.extend([100.0; 2900]);
        assert_eq!(late(&d), 50);
    }

    #[test]
    fn three_early_packets_do_not_condemn_the_rest() {
        // Late from packet 3 at 60 ms; packet 53 comes at 1060 ms, a second later: 3..=52.
        let mut d = vec![-70.0; 3];
        d.extend([0.0; 2997]);
        assert_eq!(late(&d), 50);
    }

    #[test]
    fn a_packet_in_time_breaks_the_run_of_lateness() {
        // Every 40th packet (0.8 s) is in time: 39 of 40 are late for good. 100 + 400 packets.
        let mut d = vec![0.0; 100];
        d.extend((0..400).map(|i| if i % 40 == 0 { 0.0 } else { 100.0 }));
        assert_eq!(late(&d), 390);
    }

    #[test]
    fn a_step_after_the_first_second_is_late_until_the_next_talkspurt() {
        let mut d = vec![0.0; 60];
        d.extend([100.0; 10]);
        assert_eq!(late(&d), 10);
        let mut p = Playout::default();
        for (i, delay) in d.iter().enumerate() {
            let spurt = i == 65;
            p.handle_packet(
                i as i64 * 20_000_000,
                delay * 1e6,
                ExtendedSeq(i as u64),
                spurt,
                &mut CountOnly,
            );
        }
        p.finish(&mut CountOnly);
        assert_eq!(p.late(), 5);
    }

    #[test]
    fn an_honest_slow_clock_is_not_late_after_an_hour() {
        // 100 ppm slow: the delay grows 0.1 ms a second, 360 ms in an hour.
        let mut p = Playout::default();
        for i in 0..180_000i64 {
            let t = i * 20_000_000;
            let delay = t as f64 * 1e-4;
            if i % 50 == 0 {
                p.handle_second(t, delay);
            }
            p.handle_packet(t, delay, ExtendedSeq(i as u64), false, &mut CountOnly);
        }
        assert_eq!(p.late(), 0);
    }
}
