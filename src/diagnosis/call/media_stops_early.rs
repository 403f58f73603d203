//! One side's RTP stops long before the call ends.

use crate::diagnosis::case::CallCase;
use crate::diagnosis::finding::Finding;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::diagnosis::sound::Sound;
use crate::types::{Delta, Party, Severity};

pub(super) static RULE: Rule = Rule {
    code: "media_stops_early",
    severities: &[Severity::Warning],
    clause: None,
    page: Page {
        means: "One side stopped sending RTP five seconds or more before the call ended (two seconds, where ICMP \
errors say that its program is gone). Its last words may be missing at the other side.",
        evidence: "The last RTP packet of that side, and the end of the call: the BYE, or without one the last RTP \
packet of the other side. Calls on hold are left out; after a transfer the talk ends when that was accepted.",
        check: "Look at that side: the phone crashed, was unplugged, or its network failed. A phone that was muted, \
or that sends nothing in silence, stops too and is in order: ask the user, or look for comfort noise \
before the end.",
        limits: "Whether anybody spoke in that time cannot be told. Packets that were sent but do not pass the \
capture point look the same as packets that were never sent.",
    },
    looks: &[Look::Call(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Built {
        has: tests::callee_silent_for_the_last_six_seconds,
        almost: tests::callee_silent_for_the_last_four_seconds,
    },
};

/// Silence at the end of a call that is longer than any pause of a talker's codec.
const GONE: Delta = Delta::from_secs(5);
/// The same where ICMP errors say that nobody is there.
const REFUSED: Delta = Delta::from_secs(2);

fn run(case: &CallCase<'_>, out: &mut Vec<Finding>) {
    let Some(sound) = &case.sound else { return };
    let last_of = |side: Party| sound.sent_by(side).max_by_key(|s| s.last_time);
    let last = sound.agreements.last();
    for side in [Party::Caller, Party::Callee] {
        // On hold, or when a fax has taken its place, silence is what was agreed.
        if last.is_none_or(|agreed| agreed.until.is_some() || !agreed.flows_from(side)) {
            continue;
        }
        let Some(stream) = last_of(side) else {
            continue;
        };
        // Without a BYE the other side's sound tells how long the call went on.
        let others = || last_of(side.other()).map(|s| s.last_time);
        let Some(until) = case.call.end.or_else(others) else {
            continue;
        };
        let until = case.moved_on().map_or(until, |moved| until.min(moved));
        let silence = until - stream.last_time;
        let refused = is_refused(sound, side);
        if silence < GONE && !(refused && silence > REFUSED) {
            continue;
        }
        let who = case.name(side);
        let mut finding = case
            .found(
                &RULE,
                Severity::Warning,
                format!(
                    "{who}'s RTP stops {:.1} s before the call ends",
                    silence.as_secs_f64()
                ),
                format!("the last packet is {}", stream.last_frame.frame),
            )
            .advise("Look at that side: crashed, unplugged, or its network failed; a muted phone may stop sending too.")
            .streams([stream.no]);
        if refused {
            finding.detail.push_str(&format!(
                "; from then on {who}'s host refuses what is sent to it (ICMP): the program there has gone"
            ));
        }
        out.push(finding);
    }
}

/// True where packets to this side were answered by ICMP errors.
fn is_refused(sound: &Sound<'_>, side: Party) -> bool {
    sound.sent_by(side.other()).any(|s| s.icmp_unreachable > 0)
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::building::{Scene, at};
    use crate::types::Party;

    // The call ends at 22 s.
    pub(super) fn callee_silent_for_the_last_six_seconds() -> Scene {
        Scene::answered().stream_from(Party::Callee, |s| s.last_time = at(16.0))
    }

    pub(super) fn callee_silent_for_the_last_four_seconds() -> Scene {
        Scene::answered().stream_from(Party::Callee, |s| s.last_time = at(18.0))
    }

    #[test]
    fn the_silent_side_is_named_with_how_long_before_the_end() {
        assert_eq!(
            callee_silent_for_the_last_six_seconds().said(),
            ["warning media_stops_early: bob's RTP stops 6.0 s before the call ends"]
        );
    }

    #[test]
    fn after_a_transfer_nobody_talks_here_any_more() {
        // Accepted at 15 s.
        let scene = callee_silent_for_the_last_six_seconds();
        assert_eq!(
            scene.clone().transferred(Some(202), Some(200)).said(),
            [""; 0]
        );
        let failed = scene.transferred(Some(202), Some(486)).said();
        assert!(
            failed.iter().any(|f| f.contains("media_stops_early")),
            "{failed:?}"
        );
    }

    #[test]
    fn icmp_errors_make_a_shorter_silence_a_finding() {
        let scene = callee_silent_for_the_last_four_seconds()
            .stream_from(Party::Caller, |s| s.icmp_unreachable = 1);
        let detail = &scene.findings()[0].detail;
        assert!(detail.ends_with("the program there has gone"), "{detail}");
    }
}
