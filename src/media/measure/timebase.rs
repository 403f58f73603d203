//! A jump of the sender's timestamps against a change of the delay.
//!
//! Between two packets that follow each other in the sequence, a timestamp that goes back is the sender's doing. One
//! that ignores a pause looks at first like a packet that was held up on its way; but what was held up comes in a
//! heap, while a timestamp that jumped stays where it is. So after such a packet two clocks run for a moment: one
//! that jumped and one that did not, and the pace of the next packets says which was right.

use super::clock::{StreamClock, Tick};
use super::playout::Discards;
use crate::types::{ExtendedSeq, FrameRef, PackedFrame};

/// A smaller shift is a delay like others, in nanoseconds.
pub(super) const SHIFT_NANOS: f64 = 100e6;
/// A difference within this many times the jitter is jitter.
const JITTERS: f64 = 6.0;
/// Packets that show whether a shift stays.
const CONFIRM: u32 = 12;
/// Fewer show nothing, at the end or before the next shift.
const CONFIRM_AT_LEAST: u32 = 4;
/// A shift stays if no packet makes up for more than this share of it, nor for more than this time.
const MADE_UP_SHARE: f64 = 0.3;
const MADE_UP_NANOS: f64 = 80e6;
/// A longer pause is no gap between two talkspurts: the sender may have been stopped and started again.
const LONGEST_PAUSE_NANOS: i64 = 10_000_000_000;
/// So many packets with the timestamp of the one before are no accident.
const MANY_STILL: u32 = 10;

/// What the sender's timestamps did wrong while the sequence went on without a gap.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct TimestampJumps {
    /// Times it went back.
    pub back: u32,
    /// Times it ignored a pause.
    pub pauses: u32,
    /// Times it leapt ahead without one.
    pub leaps: u32,
    /// The packet of the first jump.
    pub first: Option<FrameRef>,
    /// Packets with the timestamp of the one before, where most are so and no time passes on the sender's clock.
    pub still: u32,
}

impl TimestampJumps {
    /// True where most packets repeat the timestamp of the one before.
    pub fn stands_still(&self) -> bool {
        self.still > 0
    }

    /// Jumps of any kind.
    pub fn count(&self) -> u32 {
        self.back + self.pauses + self.leaps
    }
}

/// A shift that the next packets confirm or not.
#[derive(Clone, Debug)]
pub(super) struct Watch {
    frame: PackedFrame,
    shift: f64,
    /// What was made up of it so far, in nanoseconds.
    made_up: f64,
    seen: u32,
    counts: bool,
    /// That the sender begins a talkspurt here, or has jumped before, speaks for a jump.
    is_likely: bool,
    /// The clock as it is without a jump; `None` where the shift is beyond any delay.
    other: Option<Box<StreamClock>>,
    discards: Held,
    other_discards: Held,
}

/// Late packets, until it is known whether they were late.
#[derive(Clone, Debug, Default)]
struct Held(Vec<ExtendedSeq>);

impl Discards for Held {
    fn discard(&mut self, seq: ExtendedSeq) {
        self.0.push(seq);
    }
}

impl Watch {
    fn stays(&self) -> bool {
        self.made_up <= (self.shift.abs() * MADE_UP_SHARE).min(MADE_UP_NANOS)
    }
}

impl StreamClock {
    /// True where a difference of transit times is too large for jitter.
    pub(super) fn may_be_shift(&self, d: f64) -> bool {
        let is_shadow = self.rare.as_ref().is_some_and(|r| r.is_shadow);
        !is_shadow && d.abs() > JITTERS * self.jitter.current_nanos()
    }

    /// `t` is `shift` nanoseconds later than the packet before it foretold.
    #[cold]
    pub(super) fn begin_watch(&mut self, t: Tick, shift: f64, discards: &mut impl Discards) {
        let pause = t.arrival.as_nanos().wrapping_sub(self.last_arrival());
        let mut other = Box::new(self.clone());
        other.rare.get_or_insert_default().is_shadow = true;
        let mut other_discards = Held::default();
        other.handle_packet(t, &mut other_discards);
        self.jump_to(t, discards);
        self.watch(Watch {
            frame: t.frame,
            shift,
            made_up: 0.0,
            seen: 0,
            counts: pause <= LONGEST_PAUSE_NANOS,
            is_likely: t.spurt || self.rare.as_ref().is_some_and(|r| r.jumps.count() > 0),
            other: Some(other),
            discards: Held::default(),
            other_discards,
        });
    }

    /// The base began anew with `first`, the next in the sequence after a pause of `pause`; `nominal` is the time that
    /// the timestamps tell.
    pub(super) fn judge_jump(&mut self, first: Tick, pause: i64, nominal: f64, shift: f64) {
        if self.rare.as_ref().is_some_and(|r| r.is_shadow) || pause > LONGEST_PAUSE_NANOS {
            return;
        }
        if nominal < 0.0 {
            let jumps = self.jumps_mut(first.frame);
            jumps.back = jumps.back.saturating_add(1);
            return;
        }
        self.watch(Watch {
            frame: first.frame,
            shift,
            made_up: 0.0,
            seen: 0,
            counts: true,
            is_likely: true,
            other: None,
            discards: Held::default(),
            other_discards: Held::default(),
        });
    }

    fn watch(&mut self, watch: Watch) {
        self.rare.get_or_insert_default().watch = Some(Box::new(watch));
    }

    /// The count of jumps, with one more at `frame`.
    fn jumps_mut(&mut self, frame: PackedFrame) -> &mut TimestampJumps {
        let jumps = &mut self.rare.get_or_insert_default().jumps;
        jumps.first.get_or_insert(frame.into());
        jumps
    }

    /// Packets that repeat the timestamp before, where most do and the sender's clock shows less than half of the
    /// time: fragments of one frame repeat it too, and time passes.
    pub(super) fn standing(&self, still: u32) -> u32 {
        let (elapsed, shown) = self.elapsed_and_shown();
        let most = still >= MANY_STILL && still.saturating_mul(2) >= self.jitter.updates();
        match most && shown * 2.0 < elapsed {
            true => still,
            false => 0,
        }
    }

    /// Takes a packet while a shift is watched.
    #[cold]
    pub(super) fn handle_watched(&mut self, t: Tick, discards: &mut impl Discards) {
        let Some(mut watch) = self.rare.as_mut().and_then(|r| r.watch.take()) else {
            return;
        };
        if let Some(other) = &mut watch.other {
            other.handle_packet(t, &mut watch.other_discards);
        }
        let jumps = self.discontinuities();
        self.handle_packet(t, &mut watch.discards);
        let next = self.rare.as_mut().and_then(|r| r.watch.take());
        let is_over = next.is_some() || jumps != self.discontinuities();
        if t.in_order && !is_over {
            let made_up = -self.delay() * watch.shift.signum();
            watch.made_up = watch.made_up.max(made_up);
            watch.seen += 1;
        }
        if is_over || watch.seen >= CONFIRM {
            let has_jumped = self.settle(*watch, discards);
            // What was seen on a clock that is dropped is dropped with it.
            if let Some(next) = next.filter(|_| has_jumped) {
                self.watch(*next);
            }
        } else {
            self.rare.get_or_insert_default().watch = Some(watch);
        }
    }

    /// Ends a watch with what it has seen.
    pub(super) fn settle_watch(&mut self, discards: &mut impl Discards) {
        if let Some(watch) = self.rare.as_mut().and_then(|r| r.watch.take()) {
            self.settle(*watch, discards);
        }
    }

    /// True where the clock that jumped stays.
    fn settle(&mut self, watch: Watch, discards: &mut impl Discards) -> bool {
        let has_jumped = watch.seen >= CONFIRM_AT_LEAST && watch.stays();
        // A single shift in the midst of a stream may be another path: jitter as RFC 3550 has it then.
        let kept = has_jumped && watch.is_likely || watch.other.is_none();
        let held = match watch.other {
            Some(other) if !kept => {
                *self = *other;
                if let Some(rare) = &mut self.rare {
                    rare.is_shadow = false;
                }
                watch.other_discards
            }
            _ => watch.discards,
        };
        if has_jumped && watch.counts {
            let jumps = self.jumps_mut(watch.frame);
            let kind = match watch.shift > 0.0 {
                true => &mut jumps.pauses,
                false => &mut jumps.leaps,
            };
            *kind = kind.saturating_add(1);
        }
        for seq in held.0 {
            discards.discard(seq);
        }
        kept
    }
}

#[cfg(test)]
mod tests {
    use super::super::playout::CountOnly;
    use super::*;
    use crate::types::{CaptureTime, ClockRate, RtpTicks};

    /// Packets of 20 ms, next to each other in the sequence, by (ms of arrival, milliseconds on the sender's clock,
    /// marker).
    fn clock(packets: impl IntoIterator<Item = (i64, i64, bool)>) -> StreamClock {
        let mut clock = StreamClock::new(ClockRate::new(8000).unwrap());
        for (n, (ms, shown, spurt)) in packets.into_iter().enumerate() {
            let tick = Tick {
                arrival: CaptureTime::from_nanos(ms * 1_000_000),
                timestamp: RtpTicks((50_000 + shown * 8) as u32),
                seq: ExtendedSeq(n as u64),
                in_order: true,
                spurt,
                next: true,
                frame: PackedFrame::default(),
            };
            clock.handle_packet(tick, &mut CountOnly);
        }
        clock.finish(&mut CountOnly);
        clock
    }

    /// Four talkspurts of 25 packets with pauses of 500 ms; `base`: where a spurt begins on the sender's clock.
    fn spurts(base: impl Fn(i64) -> i64, marker: bool) -> StreamClock {
        let all = (0..4).flat_map(|s| (0..25).map(move |i| (s, i)));
        clock(all.map(|(s, i)| (s * 1000 + i * 20, base(s) + i * 20, marker && i == 0)))
    }

    #[test]
    fn timestamps_that_count_on_through_silence_are_right() {
        let c = spurts(|s| s * 1000, true);
        assert_eq!((c.jumps().count(), c.jitter().max_ms()), (0, Some(0.0)));
    }

    #[test]
    fn timestamps_that_go_back_ignore_pauses_or_stand_still_at_talkspurts_jump() {
        let back = spurts(|_| 0, true);
        assert_eq!((back.jumps().back, back.jumps().pauses), (3, 0));
        assert_eq!(back.jitter().max_ms(), Some(0.0));
        let pauses = spurts(|s| s * 500, true);
        assert_eq!((pauses.jumps().back, pauses.jumps().pauses), (0, 3));
        assert_eq!(pauses.jitter().max_ms(), Some(0.0));
        // Each spurt begins with the timestamp that the last one ended with.
        let still = spurts(|s| s * 480, true);
        assert_eq!(
            (still.jumps().pauses, still.jitter().max_ms()),
            (3, Some(0.0))
        );
    }

    #[test]
    fn without_markers_the_first_shift_may_be_the_path_and_the_others_are_jumps() {
        let c = spurts(|s| s * 500, false);
        assert_eq!(c.jumps().pauses, 3);
        // 520 ms later and 20 by the clock: 500/16.
        assert_eq!(c.jitter().max_ms(), Some(31.25));
    }

    #[test]
    fn what_was_held_up_and_comes_in_a_heap_is_a_late_packet_and_no_jump() {
        // Packets 30 to 54 wait 500 ms at most and arrive together; by the formula of A.8.
        let held = clock((0..100).map(|i| {
            let due = i * 20;
            (
                if (600..1100).contains(&due) {
                    1100
                } else {
                    due
                },
                due,
                false,
            )
        }));
        assert_eq!((held.jumps().count(), held.discontinuities()), (0, 0));
        let mut j = 0f64;
        let mut max = 0f64;
        for d in std::iter::once(500.0).chain([20.0; 24]).chain([0.0; 20]) {
            j += (d - j) / 16.0;
            max = max.max(j);
        }
        assert!((held.jitter().max_ms().unwrap() - max).abs() < 1e-9);
        assert!(held.late() > 0);
    }

    #[test]
    fn a_timestamp_that_never_moves_stands_still_and_fragments_of_a_frame_do_not() {
        assert!(
            clock((0..100).map(|i| (i * 20, 0, false)))
                .jumps()
                .stands_still()
        );
        let frames = clock((0..100).map(|i| (i / 4 * 80 + i % 4, i / 4 * 80, false)));
        assert!(!frames.jumps().stands_still());
    }
}
