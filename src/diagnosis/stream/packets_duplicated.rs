//! Packets that came twice: no fault by themselves, but a sign of the way they took.

use super::odd_packets;
use crate::diagnosis::case::Case;
use crate::diagnosis::finding::Finding;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::media::StreamRecord;
use crate::types::Severity;

pub(super) static RULE: Rule = Rule {
    code: "packets_duplicated",
    severities: &[Severity::Info],
    clause: Some("RFC 3550 §A.1"),
    page: Page {
        means: "One percent or more of a stream's RTP packets came twice, with the same sequence number.",
        evidence: "The sequence numbers of the stream. Copies that are known to be made by the capture are left out. \
Streams of fewer than 50 packets are not judged.",
        check: "Look for a loop or a faulty link aggregation in the network, or for a sender that repeats packets on \
purpose.",
        limits: "A receiver drops the second copy, so nobody hears it. A copy the capture made and that could not be \
known as one looks the same.",
    },
    looks: &[Look::Stream(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Built {
        has: tests::ten_in_a_thousand,
        almost: tests::nine_in_a_thousand,
    },
};

fn run(_: &Case<'_>, s: &StreamRecord, out: &mut Vec<Finding>) {
    out.extend(odd_packets(
        &RULE,
        s,
        s.figures.duplicates,
        "came twice",
        "a receiver drops the second copy",
    ));
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::building::Scene;
    use crate::types::Party;

    fn of_a_thousand(count: u64) -> Scene {
        Scene::answered().stream_from(Party::Caller, |s| s.figures.duplicates = count)
    }

    pub(super) fn ten_in_a_thousand() -> Scene {
        of_a_thousand(10)
    }

    pub(super) fn nine_in_a_thousand() -> Scene {
        of_a_thousand(9)
    }

    #[test]
    fn the_share_and_the_flow_are_named() {
        assert_eq!(
            ten_in_a_thousand().said(),
            [
                "info packets_duplicated: 1.0 % of the RTP from 192.0.2.11:4000 to 192.0.2.12:6000 came twice"
            ]
        );
    }
}
