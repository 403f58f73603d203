//! Loss and jitter a listener would notice.

use super::{Case, finding};
use crate::media::StreamRecord;
use crate::types::{Finding, Severity};

pub(super) const CODES: &[&str] = &[
    "packet_loss",
    "high_jitter",
    "packets_reordered",
    "packets_duplicated",
];

/// Above this share speech without concealment is clearly worse (G.113: G.711 falls below MOS 4 near 1 %).
const LOSS_WARNING_PERCENT: f64 = 1.0;
const LOSS_ERROR_PERCENT: f64 = 5.0;

/// From this share on packets out of order or twice are worth a word.
const ODD_PERCENT: f64 = 1.0;

/// A running jitter beyond the usual 30 to 60 ms buffer.
const JITTER_WARNING_MS: f64 = 30.0;

/// Shorter streams give no meaningful share.
const MIN_PACKETS: u64 = 50;

pub(super) fn run(case: &Case<'_>, out: &mut Vec<Finding>) {
    for s in case
        .streams
        .iter()
        .filter(|s| s.figures.packets >= MIN_PACKETS)
    {
        if let Some(percent) = s.figures.lost_percent.filter(|&p| p > 0.0) {
            let severity = match percent {
                p if p >= LOSS_ERROR_PERCENT => Severity::Error,
                p if p >= LOSS_WARNING_PERCENT => Severity::Warning,
                _ => Severity::Info,
            };
            let mut f = finding(
                "packet_loss",
                severity,
                format!(
                    "{percent:.1} % of the RTP from {} to {} is lost",
                    s.flow.src, s.flow.dst
                ),
                lost_words(s),
            );
            f.advice = "The loss is between the sender and the capture point; capture nearer to the sender to find the link.".into();
            f.source = Some("RFC 3550 §A.3");
            f.streams.push(s.no);
            f.calls.extend(s.call);
            out.push(f);
        }
        odd_packets(s, out);
        if let Some(jitter) = s.figures.jitter_max_ms.filter(|&j| j >= JITTER_WARNING_MS) {
            let mut f = finding(
                "high_jitter",
                Severity::Warning,
                format!(
                    "the RTP from {} to {} arrives with up to {jitter:.0} ms of jitter",
                    s.flow.src, s.flow.dst
                ),
                late_words(s.figures.jitter_mean_ms, s.figures.late),
            );
            f.advice =
                "Look for Wi-Fi, full links or a busy sender before the capture point.".into();
            f.source = Some("RFC 3550 §A.8");
            f.streams.push(s.no);
            f.calls.extend(s.call);
            out.push(f);
        }
    }
}

fn lost_words(s: &StreamRecord) -> String {
    let f = &s.figures;
    let run = match f.max_lost_burst {
        run if run == f.lost && run > 1 => "all in one gap".to_owned(),
        run => format!("at most {run} in a row"),
    };
    format!(
        "{} of {} packets never arrived here, {run}",
        f.lost, f.expected
    )
}

/// Packets out of order or sent twice: no fault by themselves, but a sign of the way they took.
fn odd_packets(s: &StreamRecord, out: &mut Vec<Finding>) {
    let share = |n: u64| 100.0 * n as f64 / s.figures.packets as f64;
    let from_to = format!("of the RTP from {} to {}", s.flow.src, s.flow.dst);
    let rows = [
        (
            "packets_reordered",
            s.figures.out_of_order,
            "came out of order",
            "a jitter buffer sorts them again if it is long enough",
        ),
        (
            "packets_duplicated",
            s.figures.duplicates,
            "came twice",
            "a receiver drops the second copy",
        ),
    ];
    for (code, count, what, meaning) in rows {
        if share(count) >= ODD_PERCENT {
            let title = format!("{:.1} % {from_to} {what}", share(count));
            let mut f = finding(
                code,
                Severity::Info,
                title,
                format!("{count} packets; {meaning}"),
            );
            f.source = Some("RFC 3550 §A.1");
            f.streams.push(s.no);
            f.calls.extend(s.call);
            out.push(f);
        }
    }
}

fn late_words(mean: Option<f64>, late: Option<u64>) -> String {
    let mean = mean.map_or_else(|| "-".to_owned(), |m| format!("{m:.1}"));
    match late {
        Some(late) => {
            format!("mean {mean} ms; a jitter buffer of 60 ms would drop {late} late packets")
        }
        None => format!("mean {mean} ms"),
    }
}
