//! Round trips seen from the middle (RFC 3550 §6.4.1).
//!
//! Capture point M stands between sender A and receiver B. A's sender report passes M at t1; B's report with that LSR
//! passes at t2: the round trip between M and B is t2 - t1 - DLSR. No clocks have to agree. The other half, between M
//! and A, is measured the same way by B's sender reports; both together are the round trip between A and B.
//!
//! A receiver that sends no media has no sender reports. It may send reference times in extended reports (RFC 3611 §4.4),
//! which A answers (§4.5): the other half then.

use crate::rtp::rtcp::{Answer, ReportBlock};
use crate::types::{CaptureTime, Delta, SourceId, Ssrc};
use std::collections::VecDeque;

/// Sender reports remembered for their answers.
const REMEMBERED: usize = 32;
/// A round trip above this is a clock gone wrong.
const PLAUSIBLE: Delta = Delta::from_secs(10);
/// Halves are put together that were measured no further apart: some reports of each side.
const TOGETHER: Delta = Delta::from_secs(30);
/// Capture points whose halves are kept apart.
const MAX_POINTS: usize = 8;

/// A figure measured several times, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spread {
    /// The last value.
    pub last: f64,
    /// The smallest.
    pub min: f64,
    /// Mean of all.
    pub mean: f64,
    /// The largest.
    pub max: f64,
    /// How many.
    pub count: u32,
}

impl Spread {
    /// One value.
    pub(crate) fn of(value: f64) -> Spread {
        Spread {
            last: value,
            min: value,
            mean: value,
            max: value,
            count: 1,
        }
    }

    /// One more.
    pub(crate) fn handle(&mut self, value: f64) {
        self.count = self.count.saturating_add(1);
        self.last = value;
        self.min = self.min.min(value);
        self.max = self.max.max(value);
        self.mean += (value - self.mean) / f64::from(self.count);
    }
}

#[derive(Clone, Copy, Debug)]
struct Trips {
    last: Delta,
    at: CaptureTime,
    min: Delta,
    max: Delta,
    sum: Delta,
    count: u32,
}

impl Trips {
    fn new(trip: Delta, at: CaptureTime) -> Trips {
        Trips {
            last: trip,
            at,
            min: trip,
            max: trip,
            sum: trip,
            count: 1,
        }
    }

    fn join(self, other: Trips) -> Trips {
        let later = if other.at >= self.at { other } else { self };
        Trips {
            last: later.last,
            at: later.at,
            min: self.min.min(other.min),
            max: self.max.max(other.max),
            sum: self.sum + other.sum,
            count: self.count.saturating_add(other.count),
        }
    }

    fn spread(self) -> Spread {
        let ms = Delta::as_millis_f64;
        Spread {
            last: ms(self.last),
            min: ms(self.min),
            mean: ms(self.sum) / f64::from(self.count),
            max: ms(self.max),
            count: self.count,
        }
    }
}

/// What a round trip was worked out of: when the sender's and the receiver's report passed, and the block.
pub(crate) type Worked = (CaptureTime, CaptureTime, ReportBlock);

/// Between one capture point and the receiver.
#[derive(Clone, Copy, Debug)]
struct Half {
    at: SourceId,
    trips: Trips,
    /// What the last of them was worked out of.
    worked: Worked,
}

/// The round trips of one stream's reports.
#[derive(Clone, Debug, Default)]
pub(crate) struct RoundTrips {
    sent: VecDeque<(u32, CaptureTime, SourceId)>,
    /// Between the capture point and the receiver, by point.
    halves: Vec<Half>,
    /// Between the capture point and the sender, the last.
    other: Option<Delta>,
    /// That is by the sender reports of the other direction.
    other_is_of_reports: bool,
    total: Option<Trips>,
    /// Reference times of receivers that the sender may answer.
    references: VecDeque<(u32, Ssrc, CaptureTime, SourceId)>,
    /// Between the capture point and the sender, by its answers to them.
    answered: Option<Trips>,
}

impl RoundTrips {
    /// A sender report with this middle of its NTP time passed.
    pub(crate) fn handle_sender_report(&mut self, lsr: u32, time: CaptureTime, at: SourceId) {
        if self.sent.len() >= REMEMBERED {
            self.sent.pop_front();
        }
        self.sent.push_back((lsr, time, at));
    }

    /// A block that answers one passed; true where it gave a round trip.
    pub(crate) fn handle_block(
        &mut self,
        block: &ReportBlock,
        time: CaptureTime,
        at: SourceId,
    ) -> bool {
        if block.last_sr == 0 {
            return false;
        }
        // The newest of equal reports: a copy of one passes again when it is sent twice.
        let sent = self
            .sent
            .iter()
            .rev()
            .find(|(lsr, _, point)| *lsr == block.last_sr && *point == at);
        let Some((_, sent, _)) = sent else {
            return false;
        };
        let worked = (*sent, time, *block);
        let trip = time - *sent - Delta::from_nanos(block.delay_nanos());
        if trip.is_negative() || trip > PLAUSIBLE {
            return false;
        }
        let trips = Trips::new(trip, time);
        let has_room = self.halves.len() < MAX_POINTS;
        match self.halves.iter_mut().find(|half| half.at == at) {
            Some(half) => {
                half.trips = half.trips.join(trips);
                half.worked = worked;
            }
            None if has_room => self.halves.push(Half { at, trips, worked }),
            None => return false,
        }
        true
    }

    /// The last half measured at a point, if not too long ago.
    pub(crate) fn half(&self, at: SourceId, now: CaptureTime) -> Option<Delta> {
        let half = self.halves.iter().find(|half| half.at == at)?;
        ((now - half.trips.at).abs() <= TOGETHER).then_some(half.trips.last)
    }

    /// Both halves are known: `own` of this stream's receiver, `other` of its sender.
    pub(crate) fn handle_both(&mut self, own: Delta, other: Delta, time: CaptureTime) {
        if !self.other_is_of_reports {
            self.total = None;
        }
        (self.other, self.other_is_of_reports) = (Some(other), true);
        self.add_total(own, other, time);
    }

    fn add_total(&mut self, own: Delta, other: Delta, time: CaptureTime) {
        let both = Trips::new(own + other, time);
        self.total = Some(self.total.map_or(both, |t| t.join(both)));
    }

    /// A receiver's reference time with this middle of its NTP time passed.
    pub(crate) fn handle_reference(
        &mut self,
        middle: u32,
        by: Ssrc,
        time: CaptureTime,
        at: SourceId,
    ) {
        if self.references.len() >= REMEMBERED {
            self.references.pop_front();
        }
        self.references.push_back((middle, by, time, at));
    }

    /// The sender answered a reference time.
    pub(crate) fn handle_answer(&mut self, answer: &Answer, time: CaptureTime, at: SourceId) {
        let mut asked = self.references.iter().rev();
        let is_it = |(middle, by, _, point): &&(u32, Ssrc, CaptureTime, SourceId)| {
            *middle == answer.last_reference && *by == answer.to && *point == at
        };
        let Some((_, _, asked, _)) = asked.find(is_it).filter(|_| answer.last_reference != 0)
        else {
            return;
        };
        let trip = time - *asked - Delta::from_nanos(answer.delay_nanos());
        if trip.is_negative() || trip > PLAUSIBLE {
            return;
        }
        let trips = Trips::new(trip, time);
        self.answered = Some(self.answered.map_or(trips, |t| t.join(trips)));
        if self.other_is_of_reports {
            return;
        }
        self.other = Some(trip);
        if let Some(own) = self.half(at, time) {
            self.add_total(own, trip, time);
        }
    }

    /// Between the capture point and the sender, by its answers to reference times.
    pub(crate) fn answered(&self) -> Option<Spread> {
        self.answered.map(Trips::spread)
    }

    /// Between the capture point and the receiver: at this point, or where `None` at all that are parts of one.
    pub(crate) fn to_receiver(&self, at: Option<SourceId>) -> Option<Spread> {
        let all = self.halves_at(at).map(|half| half.trips);
        all.reduce(Trips::join).map(Trips::spread)
    }

    /// What the last of these was worked out of.
    pub(crate) fn worked(&self, at: Option<SourceId>) -> Option<Worked> {
        let worked = self.halves_at(at).map(|half| half.worked);
        worked.max_by_key(|w| w.1)
    }

    fn halves_at(&self, at: Option<SourceId>) -> impl Iterator<Item = &Half> {
        let its = move |half: &&Half| at.is_none_or(|at| at == half.at);
        self.halves.iter().filter(its)
    }

    /// Between the capture point and the sender, the last, in milliseconds.
    pub(crate) fn to_sender_ms(&self) -> Option<f64> {
        self.other.map(Delta::as_millis_f64)
    }

    /// Between sender and receiver.
    pub(crate) fn total(&self) -> Option<Spread> {
        self.total.map(Trips::spread)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::Ssrc;

    const HERE: SourceId = SourceId(0);

    fn at(ms: i64) -> CaptureTime {
        CaptureTime::from_nanos(ms * 1_000_000)
    }

    fn block(last_sr: u32, dlsr: u32) -> ReportBlock {
        ReportBlock {
            about: Ssrc(1),
            fraction_lost: 0,
            cumulative_lost: 0,
            highest_seq: 9,
            jitter: 0,
            last_sr,
            delay_since_last_sr: dlsr,
        }
    }

    #[test]
    fn the_round_trip_is_what_remains_without_the_receivers_own_delay() {
        // The reports pass at 1000 and 6000 ms; B holds them 1.5 s (98304/65536); its answers pass at 2530 and
        // 7550 ms: 30 and 50 ms.
        let mut trips = RoundTrips::default();
        trips.handle_sender_report(7, at(1000), HERE);
        assert!(trips.handle_block(&block(7, 98_304), at(2530), HERE));
        trips.handle_sender_report(8, at(6000), HERE);
        assert!(trips.handle_block(&block(8, 98_304), at(7550), HERE));
        let spread = trips.to_receiver(None).unwrap();
        assert_eq!((spread.last, spread.min), (50.0, 30.0));
        assert_eq!((spread.mean, spread.max, spread.count), (40.0, 50.0, 2));
    }

    #[test]
    fn a_receiver_that_sends_nothing_learns_the_other_half_by_reference_times() {
        // The receiver 9 asks at 1000 ms; the sender holds it 0.5 s (32768/65536), its answer passes at 1512 ms.
        let mut trips = RoundTrips::default();
        trips.handle_reference(7, Ssrc(9), at(1000), HERE);
        let answer = |to, last_reference| Answer {
            to: Ssrc(to),
            last_reference,
            delay: 32_768,
        };
        for wrong in [answer(8, 7), answer(9, 6), answer(9, 0)] {
            trips.handle_answer(&wrong, at(1512), HERE);
        }
        assert_eq!((trips.answered(), trips.total()), (None, None));
        // The half towards the receiver was 30 ms.
        trips.handle_sender_report(5, at(900), HERE);
        assert!(trips.handle_block(&block(5, 0), at(930), HERE));
        trips.handle_answer(&answer(9, 7), at(1512), HERE);
        assert_eq!(trips.answered().unwrap().last, 12.0);
        assert_eq!(trips.to_sender_ms(), Some(12.0));
        assert_eq!(trips.total().unwrap().last, 42.0);
    }

    #[test]
    fn an_unknown_a_zero_and_an_impossible_lsr_give_no_round_trip() {
        let mut trips = RoundTrips::default();
        trips.handle_sender_report(7, at(1000), HERE);
        assert!(!trips.handle_block(&block(0, 0), at(1010), HERE));
        assert!(!trips.handle_block(&block(9, 0), at(1010), HERE));
        assert!(!trips.handle_block(&block(7, 98_304), at(1020), HERE));
        assert_eq!(trips.to_receiver(None), None);
    }

    #[test]
    fn an_answer_is_compared_with_what_passed_at_the_same_point() {
        // M1 at the sender, M2 at the receiver 10 ms further: 20 ms and 0 ms to the receiver.
        let (near, far) = (SourceId(0), SourceId(1));
        let mut trips = RoundTrips::default();
        trips.handle_sender_report(7, at(1000), near);
        trips.handle_sender_report(7, at(1010), far);
        assert!(trips.handle_block(&block(7, 65_536), at(2010), far));
        assert!(trips.handle_block(&block(7, 65_536), at(2020), near));
        assert_eq!(trips.to_receiver(Some(near)).unwrap().last, 20.0);
        assert_eq!(trips.to_receiver(Some(far)).unwrap().last, 0.0);
    }

    #[test]
    fn halves_measured_long_apart_are_not_put_together() {
        let mut trips = RoundTrips::default();
        trips.handle_sender_report(7, at(1000), HERE);
        trips.handle_block(&block(7, 0), at(1030), HERE);
        assert_eq!(trips.half(HERE, at(20_000)), Some(Delta::from_millis(30)));
        assert_eq!(trips.half(HERE, at(40_000)), None);
    }
}
