//! Loss, duplicates and reordering from sequence numbers (RFC 3550 A.1, A.3).
//!
//! `expected` is what the numbers promise, summed over epochs; an epoch ends where the sender starts
//! a new range. A bitmap of the last 1024 numbers tells a second copy from a late first one.

use super::burst::Bursts;
use super::series::Counts;
use crate::types::{ExtendedSeq, SeqNo};

/// A step forward of this or more is a new range, not loss (A.1 MAX_DROPOUT).
const MAX_DROPOUT: i32 = 3000;
/// A step back of this or more is a new range, not reordering (A.1 MAX_MISORDER).
const MAX_MISORDER: i32 = 100;
/// Numbers remembered one by one.
const WINDOW: u64 = 1024;
/// A number this far behind the highest can no longer arrive (MAX_MISORDER) and is judged.
const JUDGED_BEHIND: u64 = 128;
/// Where extended numbers start, so that packets before the first one seen stay positive.
const ORIGIN: u64 = 1 << 32;

/// What one packet was to the sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arrival {
    /// The first packet, or the next in order after `skipped` missing numbers.
    InOrder {
        /// Its extended number.
        seq: ExtendedSeq,
        /// Numbers between it and the highest before.
        skipped: u32,
    },
    /// A number below the highest that had not come yet.
    Reordered {
        /// Its extended number.
        seq: ExtendedSeq,
    },
    /// A number that had come already.
    Duplicate,
    /// Far off the range; the next packet tells whether a new range began.
    Jump,
    /// The second packet of a new range.
    Restart {
        /// Its extended number, in the new range.
        seq: ExtendedSeq,
    },
}

/// The sequence state of one stream.
#[derive(Clone, Debug)]
pub(crate) struct Sequence {
    received: [u64; (WINDOW / 64) as usize],
    discarded: [u64; (JUDGED_BEHIND / 64) as usize],
    base: u64,
    highest: u64,
    unique: u64,
    closed_expected: u64,
    closed_unique: u64,
    duplicates: u32,
    reordered: u32,
    restarts: u32,
    strays: u32,
    lost_run: u32,
    max_lost_run: u32,
    /// A number far off the range, and whether it filled a hole of it.
    pending: Option<(SeqNo, bool)>,
    bursts: Bursts,
}

/// The range in use up to one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct UpTo {
    /// Which range it is: how many began before.
    pub range: u32,
    /// Numbers of the range up to it.
    pub expected: u64,
    /// Of these, not come.
    pub missing: u64,
    /// Second copies of the stream so far.
    pub duplicates: u64,
}

/// The sequence figures of one stream.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct SequenceFigures {
    /// Packets the numbers promise, over all epochs.
    pub expected: u64,
    /// Distinct numbers received.
    pub unique: u64,
    /// `expected - unique`.
    pub lost: u64,
    /// Second and further copies.
    pub duplicates: u64,
    /// Packets below the highest number at their arrival.
    pub reordered: u64,
    /// New ranges begun.
    pub restarts: u32,
    /// Packets far off the range that no second packet followed.
    pub strays: u32,
    /// Longest run of consecutive lost packets.
    pub max_lost_burst: u64,
    /// Bursts and gaps of lost or discarded packets.
    pub bursts: super::burst::BurstFigures,
}

impl Sequence {
    /// State after the first packet.
    pub(crate) fn new(first: SeqNo) -> Self {
        let mut s = Sequence {
            received: [0; 16],
            discarded: [0; 2],
            base: 0,
            highest: 0,
            unique: 0,
            closed_expected: 0,
            closed_unique: 0,
            duplicates: 0,
            reordered: 0,
            restarts: 0,
            strays: 0,
            lost_run: 0,
            max_lost_run: 0,
            pending: None,
            bursts: Bursts::default(),
        };
        s.begin_epoch(first);
        s
    }

    /// The highest extended number so far.
    pub(crate) fn highest(&self) -> ExtendedSeq {
        ExtendedSeq(self.highest)
    }

    /// True where `seq` lies within the range in use, so it continues the stream.
    #[inline]
    pub(crate) fn continues(&self, seq: SeqNo) -> bool {
        let d = self.distance(seq);
        d > -MAX_MISORDER && d < MAX_DROPOUT
    }

    /// Takes the number of the next packet after the first.
    #[inline]
    pub(crate) fn handle_seq(&mut self, seq: SeqNo) -> Arrival {
        let d = self.distance(seq);
        if self.pending.is_some()
            && let Some(restart) = self.resolve_pending(seq)
        {
            return restart;
        }
        if d == 1 {
            self.step();
            self.mark(self.highest);
            self.unique += 1;
            return Arrival::InOrder {
                seq: ExtendedSeq(self.highest),
                skipped: 0,
            };
        }
        self.handle_irregular(seq, d)
    }

    fn handle_irregular(&mut self, seq: SeqNo, d: i32) -> Arrival {
        if d > 0 && d < MAX_DROPOUT {
            for _ in 0..d {
                self.step();
            }
            self.mark(self.highest);
            self.unique += 1;
            return Arrival::InOrder {
                seq: ExtendedSeq(self.highest),
                skipped: d.unsigned_abs() - 1,
            };
        }
        if d <= 0 && d > -MAX_MISORDER {
            let ext = self.highest - u64::from(d.unsigned_abs());
            return self.fill(ext);
        }
        if let Some(ext) = self.far_hole(seq) {
            self.pending = Some((seq, true));
            return self.fill(ext);
        }
        self.pending = Some((seq, false));
        Arrival::Jump
    }

    /// The place of `seq` where it is a missing number the window still shows: seconds late, or the
    /// begin of a new range, which the next packet tells.
    fn far_hole(&self, seq: SeqNo) -> Option<u64> {
        let back = u64::from(self.distance(seq).min(0).unsigned_abs());
        let ext = self.highest - back;
        (back > 0 && back < WINDOW && ext >= self.base && !self.is_marked(ext)).then_some(ext)
    }

    /// A number at or below the highest, within the window.
    fn fill(&mut self, ext: u64) -> Arrival {
        if self.is_marked(ext) && ext >= self.base {
            self.duplicates += 1;
            return Arrival::Duplicate;
        }
        self.base = self.base.min(ext);
        self.mark(ext);
        self.unique += 1;
        self.reordered += 1;
        Arrival::Reordered {
            seq: ExtendedSeq(ext),
        }
    }

    /// The packet after a jump: two in a row make a new range (A.1 bad_seq), else the jump was one
    /// stray packet, and the window says whether it was an old copy.
    #[cold]
    fn resolve_pending(&mut self, seq: SeqNo) -> Option<Arrival> {
        let (pending, filled) = self.pending.take()?;
        if seq.distance_from(pending) == 1 {
            if filled {
                self.unique -= 1;
                self.reordered -= 1;
            }
            self.close_epoch();
            self.restarts += 1;
            self.begin_epoch(pending);
            self.step();
            self.mark(self.highest);
            self.unique += 1;
            return Some(Arrival::Restart {
                seq: ExtendedSeq(self.highest),
            });
        }
        if !filled {
            self.place_stray(pending);
        }
        None
    }

    fn place_stray(&mut self, seq: SeqNo) {
        let back = u64::from(self.distance(seq).min(0).unsigned_abs());
        let ext = self.highest - back;
        if back == 0 || back >= WINDOW || ext < self.base {
            self.strays += 1;
        } else {
            self.fill(ext);
        }
    }

    /// Takes the number of a packet whose sender had counted on without sending: a new range, and nothing lost.
    #[cold]
    pub(crate) fn handle_new_range(&mut self, seq: SeqNo) -> Arrival {
        self.drop_pending();
        self.close_epoch();
        self.restarts += 1;
        self.begin_epoch(seq);
        Arrival::Restart {
            seq: ExtendedSeq(self.highest),
        }
    }

    /// Takes the number of the first packet after an outage of up to 65535 packets, all of them lost.
    #[cold]
    pub(crate) fn handle_after_outage(&mut self, seq: SeqNo) -> Arrival {
        self.drop_pending();
        let ahead = self.ahead(seq).max(1);
        for _ in 0..ahead {
            self.step();
        }
        self.mark(self.highest);
        self.unique += 1;
        Arrival::InOrder {
            seq: ExtendedSeq(self.highest),
            skipped: u32::from(ahead) - 1,
        }
    }

    /// How far ahead of the highest number `seq` is, going forward only.
    pub(crate) fn ahead(&self, seq: SeqNo) -> u16 {
        // The low 16 bits of an extended number are the number as sent.
        seq.0.wrapping_sub(self.highest as u16)
    }

    /// Packets of this one range that came before the first and after the last here, as a fuller range has them.
    pub(crate) fn within(&self, all: &Sequence) -> (u16, u16) {
        let more = |from: u64, to: u64| {
            // The low 16 bits are the numbers as sent.
            let distance = (to as u16).wrapping_sub(from as u16) as i16;
            u16::try_from(distance).unwrap_or(0)
        };
        (more(all.base, self.base), more(self.highest, all.highest))
    }

    /// Packets are known to be lost before the first or after the last one.
    pub(crate) fn miss(&mut self, packets: u16) {
        self.closed_expected += u64::from(packets);
        self.max_lost_run = self.max_lost_run.max(u32::from(packets));
    }

    fn drop_pending(&mut self) {
        if let Some((pending, false)) = self.pending.take() {
            self.place_stray(pending);
        }
    }

    /// Numbers promised so far, and those of them that came.
    pub(crate) fn expected_and_unique(&self) -> (u64, u64) {
        let expected = self.closed_expected + self.highest - self.base + 1;
        (expected, self.closed_unique + self.unique)
    }

    /// Promised, distinct and copies so far.
    pub(crate) fn counts(&self) -> Counts {
        let (expected, unique) = self.expected_and_unique();
        Counts {
            expected,
            unique,
            duplicates: u64::from(self.duplicates),
        }
    }

    /// Lowest and highest extended number of the range in use; its first cycle begins at 2^32.
    pub(crate) fn range(&self) -> (u64, u64) {
        (self.base, self.highest)
    }

    /// What has come of the range in use up to a number that a report names; `None` where the number is not
    /// within the last thousand.
    pub(crate) fn up_to(&self, seq: SeqNo) -> Option<UpTo> {
        let back = u64::from((self.highest as u16).wrapping_sub(seq.0));
        let ext = self.highest.checked_sub(back)?;
        if back >= WINDOW || ext < self.base {
            return None;
        }
        let after = (ext + 1..=self.highest).filter(|e| self.is_marked(*e));
        let came = self.unique.saturating_sub(after.count() as u64);
        let expected = ext - self.base + 1;
        Some(UpTo {
            range: self.restarts,
            expected,
            missing: expected.saturating_sub(came),
            duplicates: u64::from(self.duplicates),
        })
    }

    /// Marks a received number as missed by the play-out: it counts as lost for bursts and quality.
    pub(crate) fn discard(&mut self, seq: ExtendedSeq) {
        if seq.0 <= self.highest
            && self.highest - seq.0 < JUDGED_BEHIND
            && let Some(word) = self.discarded.get_mut((seq.0 / 64 % 2) as usize)
        {
            *word |= 1 << (seq.0 % 64);
        }
    }

    /// The figures as of now.
    pub(crate) fn figures(&self) -> SequenceFigures {
        let mut end = self.clone();
        end.drop_pending();
        end.close_epoch();
        SequenceFigures {
            expected: end.closed_expected,
            unique: end.closed_unique,
            lost: end.closed_expected.saturating_sub(end.closed_unique),
            duplicates: u64::from(end.duplicates),
            reordered: u64::from(end.reordered),
            restarts: end.restarts,
            strays: end.strays,
            max_lost_burst: u64::from(end.max_lost_run),
            bursts: end.bursts.figures(end.closed_expected),
        }
    }

    #[inline]
    fn distance(&self, seq: SeqNo) -> i32 {
        // The low 16 bits of an extended number are the number as sent.
        i32::from(seq.distance_from(SeqNo(self.highest as u16)))
    }

    fn begin_epoch(&mut self, first: SeqNo) {
        self.base = ORIGIN + u64::from(first.0);
        self.highest = self.base;
        self.received = [0; 16];
        self.discarded = [0; 2];
        self.mark(self.base);
        self.unique = 1;
    }

    fn close_epoch(&mut self) {
        let first = self
            .base
            .max((self.highest + 1).saturating_sub(JUDGED_BEHIND));
        for ext in first..=self.highest {
            self.judge(ext);
        }
        self.lost_run = 0;
        self.bursts.end_of_range();
        self.closed_expected += self.highest - self.base + 1;
        self.closed_unique += self.unique;
    }

    /// Moves the highest number by one: judges the one that leaves reach, frees the new one's place.
    #[inline]
    fn step(&mut self) {
        self.highest += 1;
        let leaving = self.highest - JUDGED_BEHIND;
        if leaving >= self.base {
            self.judge(leaving);
        }
        let new = self.highest;
        // Both indices are reduced modulo the array's length.
        self.received[(new / 64 % 16) as usize] &= !(1 << (new % 64));
        self.discarded[(new / 64 % 2) as usize] &= !(1 << (new % 64));
    }

    #[inline]
    fn judge(&mut self, ext: u64) {
        if self.is_marked(ext) {
            self.lost_run = 0;
            let discarded = self.discarded[(ext / 64 % 2) as usize] >> (ext % 64) & 1 == 1;
            self.bursts.handle_packet(discarded);
        } else {
            self.lost_run += 1;
            self.max_lost_run = self.max_lost_run.max(self.lost_run);
            self.bursts.handle_packet(true);
        }
    }

    #[inline]
    fn mark(&mut self, ext: u64) {
        self.received[(ext / 64 % 16) as usize] |= 1 << (ext % 64);
    }

    #[inline]
    fn is_marked(&self, ext: u64) -> bool {
        self.received[(ext / 64 % 16) as usize] >> (ext % 64) & 1 == 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn figures(numbers: &[u16]) -> SequenceFigures {
        let mut s = Sequence::new(SeqNo(numbers[0]));
        for n in &numbers[1..] {
            s.handle_seq(SeqNo(*n));
        }
        s.figures()
    }

    fn row(numbers: &[u16]) -> (u64, u64, u64, u64, u64) {
        let f = figures(numbers);
        (f.expected, f.unique, f.lost, f.duplicates, f.reordered)
    }

    #[test]
    fn a_second_copy_is_not_negative_loss() {
        assert_eq!(row(&[1, 2, 2, 3]), (3, 3, 0, 1, 0));
        assert_eq!(row(&[1, 2, 4, 2]), (4, 3, 1, 1, 0));
    }

    #[test]
    fn a_swap_over_the_wrap_is_one_reordering() {
        assert_eq!(row(&[65534, 0, 65535, 1]), (4, 4, 0, 0, 1));
    }

    #[test]
    fn a_packet_before_the_first_lowers_the_base() {
        assert_eq!(row(&[11, 10, 12]), (3, 3, 0, 0, 1));
        assert_eq!(row(&[0, 65535, 1]), (3, 3, 0, 0, 1));
    }

    #[test]
    fn a_new_range_is_a_restart_and_not_forty_thousand_lost() {
        let f = figures(&[100, 101, 40000, 40001, 40002]);
        assert_eq!((f.expected, f.lost, f.restarts), (5, 0, 1));
    }

    #[test]
    fn one_stray_packet_changes_nothing_but_its_own_count() {
        let f = figures(&[100, 101, 40000, 102, 103]);
        assert_eq!((f.expected, f.lost, f.restarts, f.strays), (4, 0, 0, 1));
    }

    #[test]
    fn a_very_old_copy_is_a_duplicate() {
        let mut numbers: Vec<u16> = (0..600).collect();
        numbers.extend([100, 600, 601]); // 499 behind: beyond MAX_MISORDER, within the bitmap
        let f = figures(&numbers);
        assert_eq!((f.duplicates, f.strays, f.lost), (1, 0, 0));
    }

    #[test]
    fn a_packet_three_seconds_late_fills_its_place() {
        // 10 comes 150 numbers behind the highest, between packets in order.
        let mut s = Sequence::new(SeqNo(0));
        for n in (1..=160).filter(|n| *n != 10) {
            s.handle_seq(SeqNo(n));
        }
        assert!(matches!(s.handle_seq(SeqNo(10)), Arrival::Reordered { .. }));
        s.handle_seq(SeqNo(161));
        let f = s.figures();
        assert_eq!((f.lost, f.reordered, f.strays, f.restarts), (0, 1, 0, 0));
    }

    #[test]
    fn a_new_range_that_begins_in_a_hole_of_the_old_one_is_a_restart() {
        // 10 and 300 lost in 0..=400; then 10, 11, 12: 401 + 3 expected, the two are lost.
        let mut numbers: Vec<u16> = (0..=400).filter(|n| *n != 10 && *n != 300).collect();
        numbers.extend([10, 11, 12]);
        let f = figures(&numbers);
        assert_eq!(
            (f.expected, f.lost, f.restarts, f.reordered),
            (404, 2, 1, 0)
        );
    }

    #[test]
    fn the_longest_loss_run_is_found_wherever_it_lies() {
        assert_eq!(figures(&[1, 5, 6, 8]).max_lost_burst, 3);
        let mut long: Vec<u16> = (0..2000).collect();
        long.drain(300..307);
        long.drain(900..902);
        let f = figures(&long);
        assert_eq!((f.max_lost_burst, f.lost), (7, 9));
        let f = figures(&[1, 2500]);
        assert_eq!((f.max_lost_burst, f.lost), (2498, 2498));
    }

    proptest! {
        #[test]
        fn any_order_within_fifty_packets_gives_the_same_loss(
            start in any::<u16>(),
            lost in proptest::collection::hash_set(1usize..399, 0..60),
            jitter in proptest::collection::vec(0usize..50, 400),
        ) {
            let mut order: Vec<usize> = (0..400).filter(|i| !lost.contains(i)).collect();
            order.sort_by_key(|i| (i + jitter[*i], *i));
            let numbers: Vec<u16> = order.iter().map(|i| start.wrapping_add(*i as u16)).collect();
            let f = figures(&numbers);
            // First and last are never lost, so all 400 are expected.
            prop_assert_eq!((f.expected, f.lost), (400, lost.len() as u64));
            prop_assert_eq!((f.duplicates, f.restarts), (0, 0));
        }

        #[test]
        fn any_numbers_at_all_keep_the_sums_true(numbers in proptest::collection::vec(any::<u16>(), 1..400)) {
            let f = figures(&numbers);
            prop_assert!(f.unique <= f.expected);
            prop_assert_eq!(f.unique + f.duplicates + u64::from(f.strays), numbers.len() as u64);
        }
    }
}
