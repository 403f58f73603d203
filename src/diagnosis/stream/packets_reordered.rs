//! Packets out of order: no fault by themselves, but a sign of the way they took.

use super::odd_packets;
use crate::diagnosis::case::Case;
use crate::diagnosis::finding::Finding;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::media::StreamRecord;
use crate::types::Severity;

pub(super) static RULE: Rule = Rule {
    code: "packets_reordered",
    severities: &[Severity::Info],
    clause: Some("RFC 3550 §A.1"),
    page: Page {
        means: "One percent or more of a stream's RTP packets came after a packet with a higher sequence number.",
        evidence: "The sequence numbers in the order of arrival. Streams of fewer than 50 packets are not judged.",
        check: "Look for two links that share the load packet by packet, for Wi-Fi, or for a capture that joins \
several queues of a network card (then `clock_steps` of `sipflow doctor` may stand beside it).",
        limits: "A jitter buffer puts packets in order again if it is long enough; how long that of the receiver is \
cannot be seen.",
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
        s.figures.out_of_order,
        "came out of order",
        "a jitter buffer sorts them again if it is long enough",
    ));
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::building::Scene;
    use crate::types::Party;

    fn of_a_thousand(count: u64) -> Scene {
        Scene::answered().stream_from(Party::Callee, |s| s.figures.out_of_order = count)
    }

    pub(super) fn ten_in_a_thousand() -> Scene {
        of_a_thousand(10)
    }

    pub(super) fn nine_in_a_thousand() -> Scene {
        of_a_thousand(9)
    }
}
