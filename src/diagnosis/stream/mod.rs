//! Rules about one stream.

mod high_jitter;
mod packet_loss;
mod packets_duplicated;
mod packets_reordered;

use super::finding::Finding;
use super::rule::Rule;
use crate::media::StreamRecord;
use crate::types::Severity;

pub(super) const RULES: &[&Rule] = &[
    &packet_loss::RULE,
    &packets_reordered::RULE,
    &packets_duplicated::RULE,
    &high_jitter::RULE,
];

/// Shorter streams give no meaningful share.
const MIN_PACKETS: u64 = 50;

/// True for streams long enough to be judged.
fn is_long_enough(s: &StreamRecord) -> bool {
    s.figures.packets >= MIN_PACKETS
}

/// A finding about this stream and its call.
fn found(
    rule: &'static Rule,
    s: &StreamRecord,
    severity: Severity,
    title: String,
    detail: String,
) -> Finding {
    rule.found(severity, title, detail)
        .streams([s.no])
        .calls(s.call)
}

/// Packets that came in an odd way, as a share of all: from 1 % on they are worth a word.
fn odd_packets(
    rule: &'static Rule,
    s: &StreamRecord,
    count: u64,
    what: &str,
    meaning: &str,
) -> Option<Finding> {
    const ODD_PERCENT: f64 = 1.0;
    let share = 100.0 * count as f64 / s.figures.packets as f64;
    (is_long_enough(s) && share >= ODD_PERCENT).then(|| {
        let (from, to) = (s.flow.src, s.flow.dst);
        let title = format!("{share:.1} % of the RTP from {from} to {to} {what}");
        found(
            rule,
            s,
            Severity::Info,
            title,
            format!("{count} packets; {meaning}"),
        )
    })
}
