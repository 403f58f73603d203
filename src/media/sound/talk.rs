//! Who talks when in a call: the sound of both sides laid side by side.

use super::activity::{Activity, Held, STEP, place, time_of};
use crate::types::{CaptureTime, Delta, Party};

/// Silence of both sides for so long is dead air.
pub const DEAD_AIR: Delta = Delta::from_secs(10);
/// Stretches kept of a call.
const MOST_STRETCHES: usize = 100;

/// The sound of the two sides of a call, each by all streams that carry it.
#[derive(Clone, Debug, Default)]
pub struct Sides<'a> {
    caller: Vec<&'a Activity>,
    callee: Vec<&'a Activity>,
}

/// Shares of a call's time; pieces of 20 ms.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Talk {
    /// All pieces looked at.
    pub pieces: u64,
    /// Those of which the caller's sound is known, and those in which it talks.
    pub caller: (u64, u64),
    /// The same of the callee.
    pub callee: (u64, u64),
    /// Both are known.
    pub known: u64,
    /// Both talk.
    pub both: u64,
    /// Both are silent.
    pub neither: u64,
    /// Silence of both sides for ten seconds or more: from and how long; the first 100.
    pub dead_air: Vec<(CaptureTime, Delta)>,
}

impl<'a> Sides<'a> {
    /// One more stream of that side.
    pub fn add(&mut self, side: Party, activity: &'a Activity) {
        self.of_mut(side).push(activity);
    }

    /// True where nothing of that side was decoded.
    pub fn is_unknown(&self, side: Party) -> bool {
        self.of(side).is_empty()
    }

    fn of(&self, side: Party) -> &[&'a Activity] {
        match side {
            Party::Caller => &self.caller,
            Party::Callee => &self.callee,
        }
    }

    fn of_mut(&mut self, side: Party) -> &mut Vec<&'a Activity> {
        match side {
            Party::Caller => &mut self.caller,
            Party::Callee => &mut self.callee,
        }
    }

    fn held(&self, side: Party, place: i64) -> Held {
        let streams = self.of(side).iter();
        streams.map(|a| a.at(place)).max().unwrap_or(Held::Unknown)
    }

    /// Pieces of one side within these times: known, digital silence, sound.
    pub fn counts(&self, side: Party, spans: &[(CaptureTime, CaptureTime)]) -> (u64, u64, u64) {
        let (mut known, mut digital, mut active) = (0, 0, 0);
        for (from, until) in spans {
            for place in place(*from)..place(*until) {
                let held = self.held(side, place);
                known += u64::from(held != Held::Unknown);
                digital += u64::from(held == Held::Digital);
                active += u64::from(held == Held::Active);
            }
        }
        (known, digital, active)
    }

    /// Both sides within these times, which do not overlap.
    pub fn talk(&self, spans: &[(CaptureTime, CaptureTime)]) -> Talk {
        let mut talk = Talk::default();
        for (from, until) in spans {
            let (first, end) = (place(*from), place(*until));
            let mut quiet_since = None;
            for at in first..end {
                let (a, b) = (self.held(Party::Caller, at), self.held(Party::Callee, at));
                talk.count(a, b);
                if a.is_silence() && b.is_silence() {
                    quiet_since.get_or_insert(at);
                } else if let Some(since) = quiet_since.take() {
                    talk.add_quiet(since, at);
                }
            }
            if let Some(since) = quiet_since {
                talk.add_quiet(since, end);
            }
        }
        talk
    }
}

impl Talk {
    fn count(&mut self, a: Held, b: Held) {
        self.pieces += 1;
        for (side, held) in [(&mut self.caller, a), (&mut self.callee, b)] {
            side.0 += u64::from(held != Held::Unknown);
            side.1 += u64::from(held == Held::Active);
        }
        let known = a != Held::Unknown && b != Held::Unknown;
        self.known += u64::from(known);
        self.both += u64::from(a == Held::Active && b == Held::Active);
        self.neither += u64::from(a.is_silence() && b.is_silence());
    }

    fn add_quiet(&mut self, since: i64, until: i64) {
        let length = time_of(until) - time_of(since);
        if length >= DEAD_AIR && self.dead_air.len() < MOST_STRETCHES {
            self.dead_air.push((time_of(since), length));
        }
    }

    /// Seconds looked at.
    pub fn seconds(&self) -> f64 {
        self.pieces as f64 * STEP.as_secs_f64()
    }
}

#[cfg(test)]
mod tests {
    use super::super::activity::SoundFigures;
    use super::*;

    fn at(seconds: i64) -> CaptureTime {
        CaptureTime::from_nanos(seconds * 1_000_000_000)
    }

    fn side(seconds: &str) -> Activity {
        SoundFigures::sample(at(0), seconds).activity
    }

    fn talk(caller: &str, callee: &str) -> Talk {
        let (a, b) = (side(caller), side(callee));
        let mut sides = Sides::default();
        sides.add(Party::Caller, &a);
        sides.add(Party::Callee, &b);
        sides.talk(&[(at(0), at(caller.len() as i64))])
    }

    #[test]
    fn shares_are_counted_second_by_second() {
        let t = talk("##..#  ##.", "#..##..#..");
        assert_eq!((t.pieces, t.known), (500, 400));
        assert_eq!((t.caller, t.callee), ((400, 250), (500, 200)));
        assert_eq!((t.both, t.neither), (150, 100));
    }

    #[test]
    fn ten_seconds_in_which_both_are_silent_are_dead_air_and_nine_are_not() {
        let t = talk("#.0.0.0.0.0#", "#0000000000#");
        assert_eq!(t.dead_air, [(at(1), Delta::from_secs(10))]);
        assert_eq!(talk("#.0.0.0.0.#", "#000000000#").dead_air, []);
    }

    #[test]
    fn what_is_not_known_is_not_dead_air() {
        assert_eq!(talk("#.... ......#", "#00000000000#").dead_air, []);
    }

    #[test]
    fn a_side_is_heard_where_any_of_its_hops_is() {
        let (a, b) = (side("..#"), side("  0"));
        let mut sides = Sides::default();
        sides.add(Party::Caller, &a);
        sides.add(Party::Caller, &b);
        assert_eq!(sides.counts(Party::Caller, &[(at(0), at(3))]), (150, 0, 50));
        assert_eq!(sides.counts(Party::Caller, &[(at(0), at(2))]), (100, 0, 0));
        assert!(sides.is_unknown(Party::Callee));
    }
}
