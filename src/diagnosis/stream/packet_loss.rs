//! Loss a listener would notice.

use super::{MIN_PACKETS, found, is_long_enough, reports_of, this_point};
use crate::diagnosis::case::Case;
use crate::diagnosis::finding::Finding;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::media::{PointFigures, StreamRecord};
use crate::types::Severity;

pub(super) static RULE: Rule = Rule {
    code: "packet_loss",
    severities: &[Severity::Info, Severity::Warning, Severity::Error],
    clause: Some("RFC 3550 §A.3"),
    page: Page {
        means: "RTP packets of a stream never came to the capture point. From 1 % on the finding is a warning \
(speech gets worse), from 5 % on an error; less is information.",
        evidence: "The sequence numbers of the stream: how many were expected between the first and the last, and how \
many came. Streams of fewer than 50 packets are not judged. What a relay sends on without losing more is told with the \
stream that it gets.",
        check: "Where several files saw the stream, the loss is between their capture points, and the report says how much \
each saw. Otherwise it is between the sender and the capture point. Capture nearer to the sender: if the packets \
are there, the link in between drops them. RTCP receiver reports tell the loss \
up to the receiver: where they count the same packets, the finding says so.",
        limits: "Loss behind the capture point is not in this figure: see `loss_behind_capture_point`. Packets that the \
capture itself lost look the same unless RTCP reports show that the receiver had them (then the finding says so and is \
information): see `capture_drops`. Packets lost before the first or after the last one captured cannot be \
known.",
    },
    looks: &[Look::Stream(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Built {
        has: tests::one_in_fifty_lost,
        almost: tests::one_in_two_of_a_short_stream_lost,
    },
};

/// Above this share speech without concealment is clearly worse (G.113: G.711 falls below MOS 4 near 1 %).
const WARNING_PERCENT: f64 = 1.0;
const ERROR_PERCENT: f64 = 5.0;
/// Fewer may be a matter of when a report was written.
const FEW: u64 = 3;
/// A gap longer than this is an outage, in milliseconds.
const OUTAGE_MS: f64 = 5000.0;

/// The loss of a stream that is judged, in percent.
fn judged(s: &StreamRecord) -> Option<f64> {
    let lost = s.figures.lost_percent.filter(|&p| p > 0.0);
    let nothing_here = s.figures.packets == 0 && s.figures.expected >= MIN_PACKETS;
    lost.filter(|_| is_long_enough(s) || nothing_here)
}

/// Packets that are missing in the capture alone, where most are.
fn holes_of_the_capture(s: &StreamRecord) -> Option<u64> {
    let (_, sides) = reports_of(s)?;
    let missed_here = sides.missed_here;
    (missed_here >= FEW && missed_here * 2 > s.figures.lost).then_some(missed_here)
}

/// Where the reports agree with a loss that is told here, what they say: one loss is told once.
pub(super) fn confirmed(s: &StreamRecord) -> Option<String> {
    judged(s)?;
    let (rtcp, sides) = reports_of(s).filter(|(_, sides)| sides.before > 0)?;
    if holes_of_the_capture(s).is_some() {
        return None;
    }
    let by = rtcp
        .reported_by
        .map_or(String::new(), |e| format!(" from {e}"));
    Some(format!(
        "the RTCP reports{by} say the receiver lacks packets too: {} of the {} they cover were lost before {}",
        sides.before,
        sides.covered,
        this_point(s)
    ))
}

fn run(case: &Case<'_>, s: &StreamRecord, out: &mut Vec<Finding>) {
    let Some(percent) = judged(s) else {
        return;
    };
    // What the receiver had is a hole of the capture and no loss to it.
    if let Some(missed_here) = holes_of_the_capture(s) {
        let title = format!(
            "{percent:.1} % of the RTP from {} to {} is missing in the capture, not at the receiver",
            s.flow.src, s.flow.dst
        );
        let detail = format!(
            "{}; its RTCP reports show that the receiver had {missed_here} of them",
            words(case, s)
        );
        let finding = found(&RULE, s, Severity::Info, title, detail).advise(
            "The capture lost packets, or they took another way than past it: do not trust its loss figures.",
        );
        out.push(finding);
        return;
    }
    let severity = match percent {
        p if p >= ERROR_PERCENT => Severity::Error,
        p if p >= WARNING_PERCENT => Severity::Warning,
        _ => Severity::Info,
    };
    let title = format!(
        "{percent:.1} % of the RTP from {} to {} is lost",
        s.flow.src, s.flow.dst
    );
    let advice = match s.points.len() {
        2.. if s.figures.packets == 0 => {
            "Look between the capture points (a firewall, a route), and whether a capture filter left this direction out."
        }
        0 | 1 => {
            "The loss is between the sender and the capture point; capture nearer to the sender to find the link."
        }
        _ => "The packets were lost between the capture points: look at the links between them.",
    };
    let detail = match confirmed(s) {
        Some(confirmed) => format!("{}; {confirmed}", words(case, s)),
        None => words(case, s),
    };
    let finding = found(&RULE, s, severity, title, detail).advise(advice);
    out.push(finding);
}

fn words(case: &Case<'_>, s: &StreamRecord) -> String {
    let f = &s.figures;
    let run = match f.max_lost_burst {
        run if run == f.lost && run > 1 => "all in one gap".to_owned(),
        run => format!("at most {run} in a row"),
    };
    let silence = f
        .delta_max_ms
        .filter(|ms| *ms >= OUTAGE_MS && f.max_lost_burst > 50);
    let outage = silence.map_or(String::new(), |ms| {
        let before = f
            .delta_max_frame
            .map_or(String::new(), |p| format!(" before {}", case.frame(p)));
        format!("; nothing came for {:.1} s{before}", ms / 1000.0)
    });
    let (lost, expected) = (f.lost, f.expected);
    let Some((nearest, others)) = s.points.split_last().filter(|(_, o)| !o.is_empty()) else {
        return format!("{lost} of {expected} packets never arrived here, {run}{outage}");
    };
    let file = |p: &PointFigures| p.source.number();
    let others: Vec<String> = others
        .iter()
        .map(|p| format!("file {} has {}", file(p), p.packets))
        .collect();
    let others = others.join(", ");
    match nearest.packets {
        0 => format!(
            "{others} of the packets; none is in file {}, which has the other direction",
            file(nearest)
        ),
        _ => format!(
            "{lost} of {expected} packets {} not in file {}, the point nearest to the receiver, {run}{outage}; {others}",
            if lost == 1 { "is" } else { "are" },
            file(nearest)
        ),
    }
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::building::Scene;
    use crate::types::Party;

    fn lost(lost: u64, of: u64) -> Scene {
        Scene::answered().stream_from(Party::Caller, move |s| {
            s.figures.packets = of - lost;
            s.figures.expected = of;
            s.figures.lost = lost;
            s.figures.lost_percent = Some(100.0 * lost as f64 / of as f64);
            s.figures.max_lost_burst = 1;
        })
    }

    pub(super) fn one_in_fifty_lost() -> Scene {
        lost(20, 1000)
    }

    pub(super) fn one_in_two_of_a_short_stream_lost() -> Scene {
        lost(40, 80)
    }

    #[test]
    fn the_more_is_lost_the_worse_it_is() {
        for (count, severity) in [(9, "info"), (10, "warning"), (50, "error")] {
            let found = lost(count, 1000).severity_of("packet_loss");
            assert_eq!(found.as_str(), severity, "{count} of 1000");
        }
        assert!(!lost(0, 1000).has("packet_loss"));
    }
}
