//! Jitter beyond what a usual jitter buffer takes up.

use super::timestamp_jump::is_a_habit;
use super::{found, is_long_enough};
use crate::diagnosis::case::Case;
use crate::diagnosis::finding::Finding;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::media::StreamRecord;
use crate::types::Severity;

pub(super) static RULE: Rule = Rule {
    code: "high_jitter",
    severities: &[Severity::Warning],
    clause: Some("RFC 3550 §A.8"),
    page: Page {
        means: "The packets of a stream came at uneven times: the running interarrival jitter reached 30 ms or more. \
Many jitter buffers hold 30 to 60 ms; packets that come later than that are thrown away, which \
sounds like loss.",
        evidence: "The arrival times and the RTP timestamps, by the formula of RFC 3550. The finding also says how many \
packets a jitter buffer of 60 ms would have dropped, where that can be known. Streams of fewer than \
50 packets, and those of `timestamp_jump`, are not judged.",
        check: "Look for Wi-Fi, full links or a busy sender before the capture point. Priority for voice (DSCP EF) \
helps on a full link.",
        limits: "Jitter that arises behind the capture point is not in this figure. How the receiver plays the stream \
depends on its jitter buffer, which cannot be seen. A busy capturing host can make times uneven too.",
    },
    looks: &[Look::Stream(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Built {
        has: tests::jitter_of_30_ms,
        almost: tests::jitter_of_29_ms,
    },
};

/// A running jitter beyond the usual 30 to 60 ms buffer.
const WARNING_MS: f64 = 30.0;

fn run(_: &Case<'_>, s: &StreamRecord, out: &mut Vec<Finding>) {
    let highest = s.figures.jitter_max_ms.filter(|&j| j >= WARNING_MS);
    // Wrong timestamps are told as what they are.
    let timed = is_long_enough(s) && !is_a_habit(&s.figures.timestamp_jumps);
    let Some(jitter) = highest.filter(|_| timed) else {
        return;
    };
    let title = format!(
        "the RTP from {} to {} arrives with up to {jitter:.0} ms of jitter",
        s.flow.src, s.flow.dst
    );
    let detail = words(s.figures.jitter_mean_ms, s.figures.late);
    let finding = found(&RULE, s, Severity::Warning, title, detail)
        .advise("Look for Wi-Fi, full links or a busy sender before the capture point.");
    out.push(finding);
}

fn words(mean: Option<f64>, late: Option<u64>) -> String {
    let mean = mean.map_or_else(|| "-".to_owned(), |m| format!("{m:.1}"));
    match late {
        Some(late) => {
            format!("mean {mean} ms; a jitter buffer of 60 ms would drop {late} late packets")
        }
        None => format!("mean {mean} ms"),
    }
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::building::Scene;
    use crate::types::Party;

    fn jitter(ms: f64) -> Scene {
        Scene::answered().stream_from(Party::Callee, move |s| {
            s.figures.jitter_max_ms = Some(ms);
            s.figures.jitter_mean_ms = Some(4.25);
            s.figures.late = Some(3);
        })
    }

    pub(super) fn jitter_of_30_ms() -> Scene {
        jitter(30.0)
    }

    pub(super) fn jitter_of_29_ms() -> Scene {
        jitter(29.9)
    }

    #[test]
    fn the_highest_the_mean_and_the_late_packets_are_said() {
        let found = jitter_of_30_ms().findings();
        assert_eq!(
            (&*found[0].title, &*found[0].detail),
            (
                "the RTP from 192.0.2.12:6000 to 192.0.2.11:4000 arrives with up to 30 ms of jitter",
                "mean 4.2 ms; a jitter buffer of 60 ms would drop 3 late packets"
            )
        );
    }
}
