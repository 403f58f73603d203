//! Hops: one source that a relay hands on is a stream on each part of its way.

use crate::report::model::{Report, Stream};
use std::collections::HashMap;

/// Which hop a stream is, of how many, in order of first packet; only streams that have others beside them.
pub(super) fn hops(report: &Report) -> HashMap<u32, (usize, usize)> {
    let mut groups: HashMap<_, Vec<&Stream>> = HashMap::new();
    for s in report.streams.iter().filter(|s| s.call.is_some()) {
        groups.entry((s.call, s.from, &s.ssrc)).or_default().push(s);
    }
    let mut hops = HashMap::new();
    for group in groups.values() {
        // One after the other they are the same way at another time.
        let beside = |a: &Stream| {
            let mut others = group.iter().filter(|b| b.id != a.id);
            others.any(|b| a.first_time.0 < b.last_time.0 && b.first_time.0 < a.last_time.0)
        };
        let mut way: Vec<&Stream> = group.iter().copied().filter(|s| beside(s)).collect();
        way.sort_by_key(|s| (s.first_time.0, s.id));
        let of = way.len();
        hops.extend(way.iter().zip(1..).map(|(s, n)| (s.id, (n, of))));
    }
    hops
}
