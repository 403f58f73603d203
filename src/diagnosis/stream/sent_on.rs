//! What a relay sends on: a fault that came with it is told once, of the stream it came with.

use super::{high_jitter, packet_loss, packets_duplicated, packets_reordered, timestamp_jump};
use crate::diagnosis::case::Case;
use crate::diagnosis::finding::Finding;
use crate::diagnosis::rule::{Look, Rule};
use crate::media::StreamRecord;
use crate::types::{CallNo, Ssrc};
use std::collections::HashMap;

/// More jitter than came in is the relay's own, in milliseconds.
const OWN_JITTER_MS: f64 = 5.0;

/// The streams of a capture by what a relay keeps of them.
pub(in crate::diagnosis) struct SentOn<'a>(HashMap<(CallNo, Ssrc), Vec<&'a StreamRecord>>);

impl<'a> SentOn<'a> {
    pub(in crate::diagnosis) fn new(streams: &'a [StreamRecord]) -> Self {
        let mut alike: HashMap<_, Vec<_>> = HashMap::new();
        for s in streams {
            if let Some(call) = s.call {
                alike.entry((call, s.ssrc)).or_default().push(s);
            }
        }
        alike.retain(|_, all| all.len() > 1);
        SentOn(alike)
    }

    /// Leaves out what the stream before the relay has too, and names the streams behind it otherwise.
    pub(in crate::diagnosis) fn fold(
        &self,
        case: &Case<'_>,
        s: &StreamRecord,
        found: &mut Vec<Finding>,
    ) {
        let alike = s.call.and_then(|call| self.0.get(&(call, s.ssrc)));
        let Some(alike) = alike else { return };
        found.retain(|f| {
            let mut before = alike.iter().filter(|other| is_sent_on(other, s));
            !before.any(|other| brings(other, s, f.rule) && has(case, other, f.rule))
        });
        for f in found {
            for behind in alike.iter().filter(|other| is_sent_on(s, other)) {
                if brings(s, behind, f.rule) && has(case, behind, f.rule) {
                    f.streams.push(behind.no);
                    let on = format!(
                        "; what {} sends on to {} is the same",
                        behind.flow.src.addr, behind.flow.dst
                    );
                    f.detail.push_str(&on);
                }
            }
        }
    }
}

/// The host that gets the first sends the second: one source, one direction, at the same time.
fn is_sent_on(first: &StreamRecord, second: &StreamRecord) -> bool {
    // One comes first, so that of a circle one is told.
    (first.first_time, first.no) < (second.first_time, second.no)
        && first.from == second.from
        && first.flow.dst.addr == second.flow.src.addr
        && first.flow.src.addr != second.flow.dst.addr
        && second.first_time <= first.last_time
}

/// The second is no worse than what the first brings.
fn brings(first: &StreamRecord, second: &StreamRecord, rule: &Rule) -> bool {
    let (a, b) = (&first.figures, &second.figures);
    let is = |other: &Rule| rule.code == other.code;
    if is(&packet_loss::RULE) {
        // Captured at several points, the loss is told between them.
        b.lost <= a.lost && first.points.is_empty() && second.points.is_empty()
    } else if is(&packets_reordered::RULE) {
        b.out_of_order <= a.out_of_order
    } else if is(&packets_duplicated::RULE) {
        b.duplicates <= a.duplicates
    } else if is(&high_jitter::RULE) {
        let jitter = a.jitter_max_ms.zip(b.jitter_max_ms);
        jitter.is_some_and(|(a, b)| b <= a + OWN_JITTER_MS)
    } else {
        is(&timestamp_jump::RULE) && b.timestamp_jumps.count() <= a.timestamp_jumps.count()
    }
}

fn has(case: &Case<'_>, s: &StreamRecord, rule: &Rule) -> bool {
    let mut found = Vec::new();
    for look in rule.looks {
        if let Look::Stream(look) = look {
            look(case, s, &mut found);
        }
    }
    !found.is_empty()
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::building::{Scene, endpoint};
    use crate::media::StreamRecord;
    use crate::types::Party;

    fn lossy(s: &mut StreamRecord, lost: u64) {
        (s.figures.expected, s.figures.packets) = (1000, 1000 - lost);
        (s.figures.lost, s.figures.max_lost_burst) = (lost, 1);
        s.figures.lost_percent = Some(lost as f64 / 10.0);
    }

    /// Alice sends to a relay, which sends on to bob.
    fn relayed(lost: u64, behind: u64) -> Scene {
        let relay = |port| endpoint([192, 0, 2, 10], port);
        let into = Scene::answered().stream_from(Party::Caller, |s| {
            s.flow.dst = relay(5000);
            lossy(s, lost);
        });
        into.more_streams(Party::Caller, |s| {
            s.flow.src = relay(5002);
            lossy(s, behind);
        })
    }

    #[test]
    fn a_loss_that_a_relay_sends_on_is_told_once() {
        let found = relayed(20, 20).findings();
        let told: Vec<_> = found
            .iter()
            .map(|f| (&*f.title, &*f.detail, f.streams.len()))
            .collect();
        assert_eq!(
            told,
            [(
                "2.0 % of the RTP from 192.0.2.11:4000 to 192.0.2.10:5000 is lost",
                "20 of 1000 packets never arrived here, at most 1 in a row; what 192.0.2.10 sends on to 192.0.2.12:6000 is the same",
                2
            )]
        );
    }

    #[test]
    fn what_is_lost_behind_the_relay_is_a_loss_of_its_own() {
        assert_eq!(relayed(20, 60).said().len(), 2);
        assert_eq!(relayed(0, 60).said().len(), 1);
        // Another source: the relay mixes, or makes its own.
        let other = relayed(20, 20).more_streams(Party::Callee, |_| {});
        let other = other.stream_from(Party::Caller, |s| s.ssrc = crate::types::Ssrc(77));
        assert_eq!(other.said().len(), 2);
    }

    #[test]
    fn an_echo_is_nothing_sent_on_and_of_a_circle_one_is_told() {
        let back = |side| {
            relayed(20, 20).more_streams(side, |s| {
                s.ssrc = crate::types::Ssrc(0);
                (s.flow.src, s.flow.dst) = (
                    endpoint([192, 0, 2, 12], 6000),
                    endpoint([192, 0, 2, 11], 4000),
                );
                lossy(s, 20);
            })
        };
        assert_eq!(back(Party::Callee).said().len(), 2);
        assert_eq!(back(Party::Caller).said().len(), 1);
    }
}
