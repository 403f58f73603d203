//! RTP timestamps that do not keep the sender's time.

use super::{found, is_long_enough};
use crate::diagnosis::case::Case;
use crate::diagnosis::finding::Finding;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::media::{StreamRecord, TimestampJumps};
use crate::types::Severity;

pub(super) static RULE: Rule = Rule {
    code: "timestamp_jump",
    severities: &[Severity::Info, Severity::Warning],
    clause: Some("RFC 3550 §5.1"),
    page: Page {
        means: "The RTP timestamps of a stream do not keep the sender's time while its sequence numbers go on without a \
gap: they go back, they stand still, or they ignore the pause before a talkspurt. The timestamp has to count on \
through silence, for it tells the receiver when to play. A receiver may play such packets too early, too late or not \
at all.",
        evidence: "The timestamps and arrival times of packets that follow each other in the sequence. A timestamp that \
goes back is seen at once. A pause that is ignored shows as a packet that comes 100 ms or more later than its timestamp \
says, with the next packets coming at their usual pace; what was held up on its way comes in a heap instead. Pauses of \
more than 10 s are not counted. Jitter and late packets are computed without the jumps.",
        check: "The fault is the sender's (or that of a server that joins several sources into one): look for a firmware \
that starts the timestamp anew at each talkspurt or announcement, and compare with silence suppression turned off.",
        limits: "How a receiver takes it cannot be seen: many start anew at the marker bit and play it well. A jump \
together with a jump of the sequence number is a new source and is not counted here.",
    },
    looks: &[Look::Stream(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Built {
        has: tests::back_at_two_talkspurts,
        almost: tests::one_pause_ignored,
    },
};

/// One may come of a new source behind the same server; two are a habit.
const HABIT: u32 = 2;

/// True where the timestamps of the stream are wrong by habit, so that what is computed from them says little.
pub(super) fn is_a_habit(j: &TimestampJumps) -> bool {
    j.stands_still() || j.count() >= HABIT
}

fn run(_: &Case<'_>, s: &StreamRecord, out: &mut Vec<Finding>) {
    let j = &s.figures.timestamp_jumps;
    let severity = match is_a_habit(j) {
        true => Severity::Warning,
        false if j.back > 0 => Severity::Info,
        false => return,
    };
    if j.stands_still() && !is_long_enough(s) {
        return;
    }
    let title = format!(
        "the timestamps of the RTP from {} to {} {}",
        s.flow.src,
        s.flow.dst,
        what(j)
    );
    let detail = match j.stands_still() {
        true => format!(
            "{} of {} packets have the timestamp of the packet before; jitter cannot be computed",
            j.still, s.figures.packets
        ),
        false => "the sequence numbers go on without a gap; jitter is computed without the jumps"
            .to_owned(),
    };
    let finding = found(&RULE, s, severity, title, detail)
        .advise("Look at the sender: its timestamps have to count on through silence, at the rate of the codec's clock.")
        .at(j.first);
    out.push(finding);
}

fn what(j: &TimestampJumps) -> String {
    if j.stands_still() {
        return "stand still".to_owned();
    }
    let kinds = [
        (j.back, "go back"),
        (j.pauses, "ignore a pause"),
        (j.leaps, "leap ahead"),
    ];
    let said: Vec<String> = kinds
        .into_iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, what)| format!("{what} {}", times(n)))
        .collect();
    said.join(" and ")
}

fn times(n: u32) -> String {
    match n {
        1 => "once".to_owned(),
        n => format!("{n} times"),
    }
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::building::Scene;
    use crate::media::TimestampJumps;
    use crate::types::Party;

    fn jumps(jumps: TimestampJumps) -> Scene {
        Scene::answered().stream_from(Party::Callee, move |s| s.figures.timestamp_jumps = jumps)
    }

    pub(super) fn back_at_two_talkspurts() -> Scene {
        jumps(TimestampJumps {
            back: 2,
            ..TimestampJumps::default()
        })
    }

    pub(super) fn one_pause_ignored() -> Scene {
        jumps(TimestampJumps {
            pauses: 1,
            ..TimestampJumps::default()
        })
    }

    #[test]
    fn what_the_timestamps_do_is_said_and_how_often() {
        let title = |j| jumps(j).title_of("timestamp_jump");
        let from = "the timestamps of the RTP from 192.0.2.12:6000 to 192.0.2.11:4000";
        let j = TimestampJumps {
            back: 2,
            pauses: 1,
            ..TimestampJumps::default()
        };
        assert_eq!(
            title(j),
            format!("{from} go back 2 times and ignore a pause once")
        );
        let j = TimestampJumps {
            still: 900,
            ..TimestampJumps::default()
        };
        assert_eq!(title(j), format!("{from} stand still"));
    }

    #[test]
    fn jitter_that_comes_of_wrong_timestamps_is_not_told_as_jitter() {
        let scene = back_at_two_talkspurts().stream_from(Party::Callee, |s| {
            s.figures.jitter_max_ms = Some(90.0);
        });
        assert!(!scene.has("high_jitter"));
    }
}
