//! Which streams of one direction to hear: where several hops carry the same sound, the one nearest the receiver.

use crate::media::StreamRecord;
use crate::types::{CaptureTime, Delta};

/// Streams that begin further apart carry different sound.
const ONE_BEGIN: Delta = Delta::from_secs(2);
/// Hops that are followed.
const MOST_HOPS: usize = 8;

/// The streams of one party's sound, worst first: where two sound at once, the later of the two is heard.
///
/// Better is: has nine tenths of the packets of the fullest beside it; then, further along the way, a stream that
/// goes out from where another one comes in; then one that begins later, as each relay takes time.
pub fn choose(streams: &[&StreamRecord]) -> Vec<usize> {
    let mut ranks: Vec<(bool, usize, CaptureTime, usize)> = streams
        .iter()
        .enumerate()
        .map(|(at, s)| (is_full(s, streams), hops(s, streams), s.first_time, at))
        .collect();
    ranks.sort_unstable();
    ranks.into_iter().map(|(.., at)| at).collect()
}

fn distinct(s: &StreamRecord) -> u64 {
    s.figures.packets.saturating_sub(s.figures.duplicates)
}

/// Both run at one time, from about one moment on: perhaps the same sound on two hops.
fn are_beside(a: &StreamRecord, b: &StreamRecord) -> bool {
    let meet = a.first_time <= b.last_time && b.first_time <= a.last_time;
    meet && (a.first_time - b.first_time).abs() <= ONE_BEGIN && a.no != b.no
}

fn is_full(s: &StreamRecord, all: &[&StreamRecord]) -> bool {
    let beside = all.iter().filter(|o| are_beside(s, o));
    let most = beside.map(|o| distinct(o)).max().unwrap_or(0);
    distinct(s) >= most / 10 * 9
}

/// Relays between the first hop seen and this stream.
fn hops(s: &StreamRecord, all: &[&StreamRecord]) -> usize {
    let mut at = s;
    let mut count = 0;
    while count < MOST_HOPS {
        let before = all.iter().find(|o| {
            are_beside(at, o)
                && o.flow.dst.addr == at.flow.src.addr
                && o.flow.src.addr != at.flow.dst.addr
        });
        match before {
            Some(before) => at = before,
            None => break,
        }
        count += 1;
    }
    count
}
