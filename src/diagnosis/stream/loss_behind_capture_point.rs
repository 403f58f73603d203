//! Loss that the receiver reports and the capture does not show.

use super::{found, reports_of, share, this_point};
use crate::diagnosis::case::Case;
use crate::diagnosis::finding::Finding;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::media::StreamRecord;
use crate::types::Severity;

pub(super) static RULE: Rule = Rule {
    code: "loss_behind_capture_point",
    severities: &[Severity::Info, Severity::Warning],
    clause: Some("RFC 3550 §6.4.1"),
    page: Page {
        means: "The receiver's RTCP reports count more packets lost than are missing in the capture up to the same \
sequence number: they passed the capture point and were lost behind it. From 1 % (and 3 packets) on the finding is a \
warning; less is information.",
        evidence: "The cumulative loss and the highest sequence number of the report blocks, against the sequence numbers \
captured up to that number. Where the begin of the stream was not captured, only what the reports add to the first one \
counts. Reports about numbers that are not in the capture are left out.",
        check: "Capture nearer to the receiver: the link, NAT or access point in between drops the packets. The figures of \
the stream (lost, MOS) are those of the capture point and better than what the receiver hears.",
        limits: "The count is the receiver's word. Some devices count packets they dropped as too late as lost. Packets \
overtaken on the last part of their way may be counted as lost in one report and not in the next.",
    },
    looks: &[Look::Stream(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Built {
        has: tests::the_receiver_misses_20_of_1000,
        almost: tests::both_miss_20_of_1000,
    },
};

const WARNING_PERCENT: f64 = 1.0;
/// Fewer may be on their way still, overtaken by the report.
const WARNING_PACKETS: u64 = 3;

fn run(_: &Case<'_>, s: &StreamRecord, out: &mut Vec<Finding>) {
    let Some((rtcp, sides)) = reports_of(s).filter(|(_, sides)| sides.after > 0) else {
        return;
    };
    let percent = 100.0 * sides.after as f64 / sides.covered as f64;
    let severity = match percent >= WARNING_PERCENT && sides.after >= WARNING_PACKETS {
        true => Severity::Warning,
        false => Severity::Info,
    };
    let title = format!(
        "{} of the RTP from {} to {} is lost behind {}",
        share(sides.after, sides.covered),
        s.flow.src,
        s.flow.dst,
        this_point(s)
    );
    let by = rtcp
        .reported_by
        .map_or(String::new(), |e| format!(" from {e}"));
    let here = match sides.before {
        0 => "all of them passed here".to_owned(),
        before => format!("{before} of them did not come here either"),
    };
    let detail = format!(
        "the RTCP reports{by} count {} of {} packets lost; {here}",
        sides.before + sides.after,
        sides.covered
    );
    let finding = found(&RULE, s, severity, title, detail).advise(
        "Capture nearer to the receiver to find the link; what it hears is worse than the figures of this stream.",
    );
    out.push(finding);
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::building::{Scene, endpoint};
    use crate::media::{LossSides, RtcpFigures};
    use crate::types::Party;

    fn reported(before: u64, after: u64) -> Scene {
        Scene::answered().stream_from(Party::Caller, move |s| {
            s.figures.lost = before;
            s.figures.lost_percent = Some(before as f64 / 10.0);
            s.rtcp = Some(Box::new(RtcpFigures {
                reported_by: Some(endpoint([192, 0, 2, 12], 6001)),
                loss: Some(LossSides {
                    covered: 1000,
                    before,
                    after,
                    missed_here: 0,
                }),
                ..RtcpFigures::default()
            }));
        })
    }

    pub(super) fn the_receiver_misses_20_of_1000() -> Scene {
        reported(0, 20)
    }

    pub(super) fn both_miss_20_of_1000() -> Scene {
        reported(20, 0)
    }

    #[test]
    fn a_few_may_be_under_way_and_are_information() {
        let severity = |after| reported(0, after).severity_of("loss_behind_capture_point");
        assert_eq!(severity(9).as_str(), "info");
        assert_eq!(severity(10).as_str(), "warning");
    }

    #[test]
    fn what_is_missing_here_too_is_told_apart() {
        let found = reported(5, 20).findings();
        let behind = found
            .iter()
            .find(|f| f.rule.code == "loss_behind_capture_point");
        assert_eq!(
            behind.unwrap().detail,
            "the RTCP reports from 192.0.2.12:6001 count 25 of 1000 packets lost; 5 of them did not come here either"
        );
    }
}
