//! Figures of a stream second by second.
//!
//! Steps are counted from a moment that all streams of a capture share, so that theirs can be added up. A stream
//! holds [`MAX_ROWS`] rows at most (about 350 kB): where it lasts longer, or where all streams together hold more than
//! the shared [`Room`] has, its steps widen to 10 s, 60 s and on, and rows are joined.

use super::bandwidth::{Lengths, ethernet_octets};
use super::sequence::Arrival;
use crate::types::CaptureTime;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Rows of one stream at most: an hour of seconds.
pub const MAX_ROWS: usize = 3600;
/// Rows that a stream may have where the room is used up.
const LEAST_ROWS: usize = 60;
/// Rows of all open streams together at most (about 400 MB).
const ROOM: usize = 1 << 22;
/// How wide a step may be, in seconds; each divides the next.
pub const STEPS: [u32; 8] = [1, 10, 60, 600, 3600, 36_000, 360_000, 3_600_000];
const SECOND: i64 = 1_000_000_000;

/// What happened within one step.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SeriesRow {
    /// Packets received, duplicates included.
    pub packets: u64,
    /// Packets missing before one that came in this step; one that comes later is taken off again.
    pub lost: u64,
    /// Second and further copies.
    pub duplicates: u64,
    /// The running jitter at the end of the step, in milliseconds; `None` before there is one, and where nothing came.
    pub jitter_ms: Option<f64>,
    /// Its largest value within the step.
    pub jitter_max_ms: Option<f64>,
    /// Longest time since the packet before, in milliseconds, of a packet that came in this step.
    pub delta_max_ms: Option<f64>,
    /// Octets of RTP payload.
    pub payload_bytes: u64,
    /// Octets of RTP packets.
    pub rtp_bytes: u64,
    /// Octets of IP packets.
    pub ip_bytes: u64,
    /// Octets of Ethernet frames with padding and check sequence.
    pub ethernet_bytes: u64,
    /// Highest extended sequence number by the end of the step.
    highest: u64,
}

/// The steps of one stream, without holes from its first to its last packet.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    /// Where step 0 begins.
    pub origin: CaptureTime,
    /// How long a step is, in seconds.
    pub step_s: u32,
    /// Number of the first row's step.
    pub first: i64,
    /// A row a step.
    pub rows: Vec<SeriesRow>,
}

impl Series {
    /// When a row's step begins.
    pub fn begins(&self, row: usize) -> CaptureTime {
        let steps = self.first.saturating_add(row as i64);
        let nanos = steps.saturating_mul(i64::from(self.step_s) * SECOND);
        CaptureTime::from_nanos(self.origin.as_nanos().saturating_add(nanos))
    }
}

/// How many more rows streams may hold together.
#[derive(Clone, Debug, Default)]
pub(crate) struct Room(Arc<AtomicUsize>);

impl Room {
    fn take(&self) -> bool {
        let used = self.0.fetch_add(1, Ordering::Relaxed);
        used < ROOM
    }
    fn give(&self, rows: usize) {
        self.0.fetch_sub(rows, Ordering::Relaxed);
    }
}

/// One packet, and what the stream's measures say after it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    /// Arrival.
    pub time: CaptureTime,
    /// Arrival of the packet before, of whatever it was.
    pub before: Option<CaptureTime>,
    /// Its lengths.
    pub lengths: Lengths,
    /// What it was to the sequence.
    pub arrival: Arrival,
    /// Sequence counts of the stream.
    pub counts: Counts,
    /// The running jitter, in milliseconds.
    pub jitter_ms: Option<f64>,
    /// Its largest value so far, where this packet raised it.
    pub peak_ms: Option<f64>,
}

/// Sequence counts so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Packets the numbers promise.
    pub expected: u64,
    /// Distinct ones that came.
    pub unique: u64,
    /// Copies.
    pub duplicates: u64,
}

/// Collects the series of one stream.
#[derive(Debug)]
pub(crate) struct SeriesMeter {
    series: Series,
    /// Index into [`STEPS`].
    width: usize,
    counted: Counts,
    /// Row in which the range of numbers in use began.
    range_from: usize,
    room: Room,
}

// A copy takes rows of its own.
impl Clone for SeriesMeter {
    fn clone(&self) -> Self {
        let held = self.series.rows.len();
        self.room.0.fetch_add(held, Ordering::Relaxed);
        SeriesMeter {
            series: self.series.clone(),
            width: self.width,
            counted: self.counted,
            range_from: self.range_from,
            room: self.room.clone(),
        }
    }
}

impl Drop for SeriesMeter {
    fn drop(&mut self) {
        self.room.give(self.series.rows.len());
    }
}

impl SeriesMeter {
    /// Nothing yet; steps are counted from `origin`.
    pub(crate) fn new(origin: CaptureTime, room: Room) -> Self {
        SeriesMeter {
            series: Series {
                origin,
                step_s: STEPS[0],
                ..Series::default()
            },
            width: 0,
            counted: Counts::default(),
            range_from: 0,
            room,
        }
    }

    /// An empty one that counts from the same moment.
    pub(crate) fn another(&self) -> Self {
        SeriesMeter::new(self.series.origin, self.room.clone())
    }

    /// Takes a packet.
    pub(crate) fn handle_packet(&mut self, step: Step) {
        let at = self.row_at(step.time);
        let highest = match step.arrival {
            Arrival::InOrder { seq, .. } => Some(seq.0),
            Arrival::Restart { seq } => {
                self.range_from = at;
                Some(seq.0)
            }
            _ => None,
        };
        let filled = match step.arrival {
            Arrival::Reordered { seq } => Some(seq.0),
            _ => None,
        };
        self.count(step.counts, at, filled);
        let Some(row) = self.series.rows.get_mut(at) else {
            return;
        };
        row.packets += 1;
        if let Some(highest) = highest {
            row.highest = highest;
        }
        if let Some(jitter) = step.jitter_ms {
            row.jitter_ms = Some(jitter);
            let most = jitter.max(step.peak_ms.unwrap_or(0.0));
            row.jitter_max_ms = Some(row.jitter_max_ms.unwrap_or(0.0).max(most));
        }
        if let Some(before) = step.before {
            let delta = (step.time - before).as_millis_f64().max(0.0);
            row.delta_max_ms = Some(row.delta_max_ms.unwrap_or(0.0).max(delta));
        }
        row.payload_bytes += u64::from(step.lengths.payload);
        row.rtp_bytes += u64::from(step.lengths.rtp);
        row.ip_bytes += u64::from(step.lengths.ip);
        row.ethernet_bytes += ethernet_octets(step.lengths);
    }

    /// No more packets; `end`: the counts as the stream's figures have them.
    pub(crate) fn finish(&mut self, end: Counts) {
        let last = self.series.rows.len().saturating_sub(1);
        self.count(end, last, None);
    }

    /// What was collected. `timed`: its jitter says something.
    pub(crate) fn take(&mut self, timed: bool) -> Series {
        self.room.give(self.series.rows.len());
        let mut series = std::mem::take(&mut self.series);
        for row in series.rows.iter_mut().filter(|_| !timed) {
            (row.jitter_ms, row.jitter_max_ms) = (None, None);
        }
        series
    }

    /// Puts what changed since the packet before into rows: loss found now into this one, a packet that fills a hole
    /// takes it out of the row that had found it.
    fn count(&mut self, now: Counts, at: usize, filled: Option<u64>) {
        let before = std::mem::replace(&mut self.counted, now);
        let lost = |c: Counts| c.expected.saturating_sub(c.unique);
        let rows = &mut self.series.rows;
        if let Some(row) = rows.get_mut(at) {
            row.duplicates += now.duplicates.saturating_sub(before.duplicates);
            row.lost += lost(now).saturating_sub(lost(before));
        }
        let mut found = lost(before).saturating_sub(lost(now));
        if found == 0 {
            return;
        }
        if let Some(seq) = filled {
            let range = rows.get(self.range_from..).unwrap_or_default();
            let of = self.range_from + range.partition_point(|row| row.highest < seq);
            if let Some(row) = rows.get_mut(of) {
                let taken = row.lost.min(found);
                row.lost -= taken;
                found -= taken;
            }
        }
        for row in rows.iter_mut().rev() {
            let taken = row.lost.min(found);
            row.lost -= taken;
            found -= taken;
            if found == 0 {
                break;
            }
        }
    }

    fn step_of(&self, time: CaptureTime) -> i64 {
        let since = time.as_nanos().wrapping_sub(self.series.origin.as_nanos());
        since.div_euclid(i64::from(self.series.step_s) * SECOND)
    }

    /// The row of a packet's time, with all rows up to it. What is stamped before the first row counts in it.
    fn row_at(&mut self, time: CaptureTime) -> usize {
        if self.series.rows.is_empty() {
            self.series.first = self.step_of(time);
        }
        loop {
            let ahead = self.step_of(time).saturating_sub(self.series.first).max(0);
            let at = usize::try_from(ahead).unwrap_or(usize::MAX);
            if at < self.series.rows.len() {
                return at;
            }
            if at >= MAX_ROWS && self.widen() {
                continue;
            }
            let at = at.min(MAX_ROWS - 1);
            if self.fill_up_to(at) || !self.widen() {
                return at.min(self.series.rows.len().saturating_sub(1));
            }
        }
    }

    /// Adds rows up to one; false where the room is used up.
    fn fill_up_to(&mut self, at: usize) -> bool {
        while self.series.rows.len() <= at {
            let highest = self.series.rows.last().map_or(0, |row| row.highest);
            if !self.room.take() && self.series.rows.len() >= LEAST_ROWS {
                self.room.give(1);
                return false;
            }
            self.series.rows.push(SeriesRow {
                highest,
                ..SeriesRow::default()
            });
        }
        true
    }

    /// Joins rows to the next wider step; false where there is none.
    fn widen(&mut self) -> bool {
        let Some(&wider) = STEPS.get(self.width + 1) else {
            return false;
        };
        let ratio = i64::from(wider / self.series.step_s);
        let before = std::mem::take(&mut self.series.rows);
        let held = before.len();
        let old_first = self.series.first;
        let first = old_first.div_euclid(ratio);
        let place = |row: usize| {
            let step = old_first.saturating_add(row as i64).div_euclid(ratio);
            usize::try_from(step - first).unwrap_or(0)
        };
        let mut rows: Vec<SeriesRow> = Vec::new();
        for (i, row) in before.into_iter().enumerate() {
            match rows.get_mut(place(i)) {
                Some(joined) => joined.join(row),
                None => rows.push(row),
            }
        }
        self.range_from = place(self.range_from);
        self.room.give(held - rows.len());
        self.width += 1;
        self.series.step_s = wider;
        self.series.first = first;
        self.series.rows = rows;
        true
    }
}

impl SeriesRow {
    /// Takes the row that follows.
    fn join(&mut self, next: SeriesRow) {
        let larger = |a: Option<f64>, b: Option<f64>| match (a, b) {
            (Some(a), Some(b)) => Some(a.max(b)),
            (a, b) => a.or(b),
        };
        self.packets += next.packets;
        self.lost += next.lost;
        self.duplicates += next.duplicates;
        self.jitter_ms = next.jitter_ms.or(self.jitter_ms);
        self.jitter_max_ms = larger(self.jitter_max_ms, next.jitter_max_ms);
        self.delta_max_ms = larger(self.delta_max_ms, next.delta_max_ms);
        self.payload_bytes += next.payload_bytes;
        self.rtp_bytes += next.rtp_bytes;
        self.ip_bytes += next.ip_bytes;
        self.ethernet_bytes += next.ethernet_bytes;
        self.highest = next.highest;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::measure::sequence::Sequence;
    use crate::types::SeqNo;

    /// A stream of packets of 160 octets at these milliseconds with these numbers.
    fn series(packets: &[(i64, u16)]) -> (Series, u64) {
        let mut sequence = Sequence::new(SeqNo(packets[0].1));
        let mut meter = SeriesMeter::new(CaptureTime::default(), Room::default());
        let mut before = None;
        for (i, (ms, seq)) in packets.iter().enumerate() {
            let arrival = match i {
                0 => Arrival::InOrder {
                    seq: sequence.highest(),
                    skipped: 0,
                },
                _ => sequence.handle_seq(SeqNo(*seq)),
            };
            let time = CaptureTime::from_nanos(ms * 1_000_000);
            meter.handle_packet(Step {
                time,
                before,
                lengths: Lengths {
                    payload: 160,
                    rtp: 172,
                    ip: 200,
                    link: 14,
                },
                arrival,
                counts: sequence.counts(),
                jitter_ms: (i > 0).then_some(i as f64),
                peak_ms: None,
            });
            before = Some(time);
        }
        let figures = sequence.figures();
        meter.finish(Counts {
            expected: figures.expected,
            unique: figures.unique,
            duplicates: figures.duplicates,
        });
        (meter.take(true), figures.lost)
    }

    fn of<T>(series: &Series, what: impl Fn(&SeriesRow) -> T) -> Vec<T> {
        series.rows.iter().map(what).collect()
    }

    #[test]
    fn each_second_has_its_own_packets_loss_and_octets_and_a_silent_one_a_row_too() {
        // Second 0: 1, 2. Second 1: 5 (3, 4 missing). Second 2: nothing. Second 3: 6, and 6 again.
        let (s, lost) = series(&[(100, 1), (900, 2), (1500, 5), (3100, 6), (3120, 6)]);
        assert_eq!((s.step_s, s.first), (1, 0));
        assert_eq!(of(&s, |r| r.packets), [2, 1, 0, 2]);
        assert_eq!(of(&s, |r| r.lost), [0, 2, 0, 0]);
        assert_eq!(of(&s, |r| r.duplicates), [0, 0, 0, 1]);
        assert_eq!(of(&s, |r| r.ethernet_bytes), [436, 218, 0, 436]);
        let delta = [Some(800.0), Some(600.0), None, Some(1600.0)];
        assert_eq!(of(&s, |r| r.delta_max_ms), delta);
        assert_eq!(
            of(&s, |r| r.jitter_ms),
            [Some(1.0), Some(2.0), None, Some(4.0)]
        );
        assert_eq!(lost, 2);
    }

    #[test]
    fn a_late_packet_is_taken_off_the_second_that_missed_it() {
        // 3 and 4 are missed in second 1, 8 in second 2; 4 comes in second 2.
        let (s, lost) = series(&[
            (0, 1),
            (10, 2),
            (1500, 5),
            (2000, 6),
            (2100, 4),
            (2200, 7),
            (2300, 9),
        ]);
        assert_eq!(of(&s, |r| r.lost), [0, 1, 1]);
        assert_eq!(lost, 2);
    }

    #[test]
    fn the_rows_of_a_new_range_and_of_packets_before_the_first_add_up_to_the_loss() {
        let (s, lost) = series(&[
            (0, 100),
            (20, 101),
            (1000, 104),
            (1100, 98),
            (2000, 40_000),
            (2020, 40_001),
            (3000, 40_004),
            (3010, 40_002),
        ]);
        assert_eq!(of(&s, |r| r.lost).iter().sum::<u64>(), lost);
        // 102 and 103; 99 is promised by 98; 40 003.
        assert_eq!(lost, 4);
        assert_eq!(s.rows[3].lost, 1);
    }

    #[test]
    fn after_an_hour_steps_are_of_ten_seconds_and_nothing_is_lost_of_the_sums() {
        // A packet a second for 3605 s: 360.5 steps of ten seconds.
        let packets: Vec<(i64, u16)> = (0..3605u16)
            .map(|s| (i64::from(s) * 1000 + 500, s))
            .collect();
        let (s, _) = series(&packets);
        assert_eq!((s.step_s, s.rows.len()), (10, 361));
        assert_eq!(of(&s, |r| r.packets).iter().sum::<u64>(), 3605);
        assert_eq!((s.rows[0].packets, s.rows[360].packets), (10, 5));
        assert_eq!(s.begins(360), CaptureTime::from_nanos(3600 * SECOND));
        assert_eq!(s.rows[360].jitter_ms, Some(3604.0));
    }

    #[test]
    fn a_clock_gone_wild_stays_within_the_bound() {
        let (s, _) = series(&[(0, 1), (i64::MAX / 2_000_000, 2), (20, 3), (-5000, 4)]);
        assert!(s.rows.len() <= MAX_ROWS);
        assert_eq!(of(&s, |r| r.packets).iter().sum::<u64>(), 4);
    }
}
