//! Rules about one stream.

mod high_jitter;
mod loss_before_capture_point;
mod loss_behind_capture_point;
mod packet_loss;
mod packets_duplicated;
mod packets_reordered;
pub(super) mod sent_on;
mod timestamp_jump;

use super::finding::Finding;
use super::rule::Rule;
use crate::media::{LossSides, RtcpFigures, StreamRecord};
use crate::types::Severity;

pub(super) const RULES: &[&Rule] = &[
    &packet_loss::RULE,
    &loss_behind_capture_point::RULE,
    &loss_before_capture_point::RULE,
    &packets_reordered::RULE,
    &packets_duplicated::RULE,
    &high_jitter::RULE,
    &timestamp_jump::RULE,
];

/// Shorter streams give no meaningful share.
const MIN_PACKETS: u64 = 50;

/// True for streams long enough to be judged.
fn is_long_enough(s: &StreamRecord) -> bool {
    s.figures.packets >= MIN_PACKETS
}

/// What RTCP reports say of loss, where that can be compared with the capture.
fn reports_of(s: &StreamRecord) -> Option<(&RtcpFigures, LossSides)> {
    let rtcp = s.rtcp.as_ref()?;
    let sides = rtcp.loss.filter(|l| l.covered > 0)?;
    Some((rtcp, sides))
}

/// `2.5 %`, and not 0 where there is some.
fn share(part: u64, of: u64) -> String {
    match 100.0 * part as f64 / of.max(1) as f64 {
        percent if percent < 0.1 => "less than 0.1 %".to_owned(),
        percent => format!("{percent:.1} %"),
    }
}

/// Where the stream's figures are from.
fn this_point(s: &StreamRecord) -> &'static str {
    match s.points.len() {
        0 | 1 => "this capture point",
        _ => "the capture point nearest to the receiver",
    }
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
