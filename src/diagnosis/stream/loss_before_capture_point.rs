//! Loss that the capture shows and the receiver confirms.

use super::{found, packet_loss, reports_of, share, this_point};
use crate::diagnosis::case::Case;
use crate::diagnosis::finding::Finding;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::media::StreamRecord;
use crate::types::Severity;

pub(super) static RULE: Rule = Rule {
    code: "loss_before_capture_point",
    severities: &[Severity::Info],
    clause: Some("RFC 3550 §6.4.1"),
    page: Page {
        means: "Packets that are missing in the capture are missing at the receiver too, as its RTCP reports say: they \
were lost between the sender and the capture point. Where `packet_loss` tells the loss, it says this too, and this \
finding is left out: it stands alone where a stream is too short to be judged, or where most of the missing packets did \
come to the receiver.",
        evidence: "The cumulative loss and the highest sequence number of the report blocks, against the sequence numbers \
captured up to that number.",
        check: "Capture nearer to the sender. Nothing is wrong on the way from the capture point to the receiver unless \
`loss_behind_capture_point` stands beside it.",
        limits: "The reports count packets and do not name them: that the same ones are meant is likely, not certain.",
    },
    looks: &[Look::Stream(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Built {
        has: tests::both_miss_20,
        almost: tests::only_the_capture_misses_20,
    },
};

fn run(_: &Case<'_>, s: &StreamRecord, out: &mut Vec<Finding>) {
    let Some((rtcp, sides)) = reports_of(s).filter(|(_, sides)| sides.before > 0) else {
        return;
    };
    // One loss is told once.
    if packet_loss::confirmed(s).is_some() {
        return;
    }
    let title = format!(
        "{} of the RTP from {} to {} was lost before {}",
        share(sides.before, sides.covered),
        s.flow.src,
        s.flow.dst,
        this_point(s)
    );
    let by = rtcp
        .reported_by
        .map_or(String::new(), |e| format!(" from {e}"));
    let detail = format!(
        "{} of the {} packets that the RTCP reports{by} cover are missing here and at the receiver",
        sides.before, sides.covered
    );
    out.push(
        found(&RULE, s, Severity::Info, title, detail)
            .advise("Look between the sender and the capture point."),
    );
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::building::Scene;
    use crate::media::{LossSides, RtcpFigures};
    use crate::types::Party;

    fn missing(before: u64, missed_here: u64, expected: u64) -> Scene {
        Scene::answered().stream_from(Party::Caller, move |s| {
            s.figures.expected = expected;
            s.figures.packets = expected - 20;
            s.figures.lost = 20;
            s.figures.lost_percent = Some(2000.0 / expected as f64);
            s.rtcp = Some(Box::new(RtcpFigures {
                loss: Some(LossSides {
                    covered: expected,
                    before,
                    after: 0,
                    missed_here,
                }),
                ..RtcpFigures::default()
            }));
        })
    }

    pub(super) fn both_miss_20() -> Scene {
        missing(20, 0, 60)
    }

    pub(super) fn only_the_capture_misses_20() -> Scene {
        missing(0, 20, 1000)
    }

    #[test]
    fn one_loss_is_told_once() {
        let long = missing(20, 0, 1000);
        assert!(!long.has("loss_before_capture_point"));
        assert_eq!(long.severity_of("packet_loss").as_str(), "warning");
        let found = long.findings();
        let loss = found.iter().find(|f| f.rule.code == "packet_loss");
        assert!(loss.is_some_and(|f| f.detail.ends_with(
            "; the RTCP reports say the receiver lacks packets too: 20 of the 1000 they cover were lost before this capture point"
        )));
    }

    #[test]
    fn what_the_receiver_had_is_no_loss_to_it() {
        let found = only_the_capture_misses_20();
        assert_eq!(found.severity_of("packet_loss").as_str(), "info");
        assert_eq!(
            found.title_of("packet_loss"),
            "2.0 % of the RTP from 192.0.2.11:4000 to 192.0.2.12:6000 is missing in the capture, not at the receiver"
        );
    }
}
