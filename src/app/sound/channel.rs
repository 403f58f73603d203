//! Several streams of one party, one after the other or on several hops, as one sound.

use super::Lane;
use std::io;

/// What is heard of one party: the best stream that sounds at a time, never two at once.
pub(in crate::app) struct Channel {
    /// Best last.
    pub(in crate::app) lanes: Vec<Lane>,
}

impl Channel {
    /// First and last sample with sound.
    pub(in crate::app) fn span(&self) -> Option<(u64, u64)> {
        let runs = || self.lanes.iter().flat_map(|l| l.runs());
        let begin = runs().map(|(begin, _)| *begin).min()?;
        Some((begin, runs().map(|(_, end)| *end).max()?))
    }

    /// Fills `out` with the samples from `from` on.
    pub(in crate::app) fn read(&mut self, from: u64, out: &mut [i16]) -> io::Result<()> {
        out.fill(0);
        let end = from + out.len() as u64;
        for lane in &mut self.lanes {
            let first = lane.runs().partition_point(|(_, run_end)| *run_end <= from);
            let here: Vec<(u64, u64)> = lane
                .runs()
                .iter()
                .skip(first)
                .take_while(|(begin, _)| *begin < end)
                .map(|(b, e)| ((*b).max(from), (*e).min(end)))
                .collect();
            for (begin, run_end) in here {
                // Within `out`, which is in memory.
                let place = (begin - from) as usize..(run_end - from) as usize;
                if let Some(place) = out.get_mut(place) {
                    lane.read(begin, place)?;
                }
            }
        }
        Ok(())
    }

    /// Takes out the lanes of which better ones leave less than half a second: the same sound on another hop begins
    /// and ends a little apart. Their places, worst first.
    pub(in crate::app) fn leave_out_covered(&mut self) -> Vec<usize> {
        let mut out = Vec::new();
        for at in (0..self.lanes.len()).rev() {
            let (own, better) = self.lanes.split_at(at + 1);
            let Some(lane) = own.last().filter(|_| !better.is_empty()) else {
                continue;
            };
            let sounds = !lane.runs().is_empty();
            if sounds && uncovered(lane, better) < u64::from(lane.rate()) / 2 {
                self.lanes.remove(at);
                out.push(at);
            }
        }
        out.reverse();
        out
    }
}

/// Samples of a lane at which none of the others sounds.
fn uncovered(lane: &Lane, others: &[Lane]) -> u64 {
    let mut better: Vec<(u64, u64)> = others.iter().flat_map(|l| l.runs()).copied().collect();
    better.sort_unstable();
    let alone = |&(begin, end): &(u64, u64)| {
        let (mut at, mut sum) = (begin, 0);
        for &(b, e) in &better {
            if b >= end {
                break;
            }
            sum += b.saturating_sub(at);
            at = at.max(e);
        }
        sum + end.saturating_sub(at)
    };
    lane.runs().iter().map(alone).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::sound::Piece;
    use crate::types::CaptureTime;

    fn lane(parts: &[(i64, i16)]) -> Lane {
        let mut lane = Lane::new(1000, CaptureTime::from_nanos(0), 1 << 20).unwrap();
        for (at, value) in parts {
            lane.put(&Piece {
                time: CaptureTime::from_nanos(at * 1_000_000),
                rate: 1000,
                continues: false,
                samples: &[*value; 1000],
            })
            .unwrap();
        }
        lane.finish().unwrap();
        lane
    }

    #[test]
    fn the_better_stream_is_heard_where_both_sound_and_the_other_elsewhere() {
        let mut channel = Channel {
            lanes: vec![lane(&[(0, 1), (2000, 1)]), lane(&[(500, 2), (4000, 2)])],
        };
        let mut out = vec![0; 5000];
        channel.read(0, &mut out).unwrap();
        let at = |ms: usize| out[ms];
        assert_eq!(
            (at(100), at(700), at(1600), at(2500), at(4500)),
            (1, 2, 0, 1, 2)
        );
        assert_eq!(channel.span(), Some((0, 5000)));
        assert_eq!(channel.leave_out_covered(), [0; 0]);
    }

    #[test]
    fn a_stream_that_is_hardly_alone_is_another_hop_and_left_out() {
        let mut channel = Channel {
            lanes: vec![
                lane(&[(100, 1), (1100, 1)]),
                lane(&[(0, 3)]),
                lane(&[(500, 2), (1500, 2)]),
            ],
        };
        // The first is alone for 100 to 500 ms, the second for 0 to 500.
        assert_eq!(channel.leave_out_covered(), [0]);
        assert_eq!(channel.lanes.len(), 2);
    }
}
