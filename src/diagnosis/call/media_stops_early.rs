//! One side's RTP stops long before the call ends.

use crate::call::Agreement;
use crate::diagnosis::case::CallCase;
use crate::diagnosis::finding::Finding;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::diagnosis::sound::Sound;
use crate::types::{CaptureTime, Delta, Party, Severity};

pub(super) static RULE: Rule = Rule {
    code: "media_stops_early",
    severities: &[Severity::Info, Severity::Warning],
    clause: None,
    page: Page {
        means: "One side stopped sending RTP five seconds or more before the call ended (two seconds, where ICMP \
errors say that its program is gone). Its last words may be missing at the other side. Where SIP of that side came \
after its last RTP, it is information: a phone that is muted stops so too.",
        evidence: "The last RTP packet of that side, and the end of the call: the BYE, or without one the last RTP \
packet of the other side. A call on hold is left out, whoever holds, and a side whose last packet announces silence: \
comfort noise, or the silence descriptor of its codec. After a transfer the talk ends when that was accepted.",
        check: "Ask the user whether the phone was muted. If not, look at that side: the phone crashed, was unplugged, \
or its network failed; where its SIP goes on, what is wrong is on the way of its RTP alone.",
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
    let Some(open) = sound.agreements.last().filter(|a| is_two_way(a)) else {
        return;
    };
    // Held on another leg: what a PBX does meanwhile is its own affair.
    let mut elsewhere = case.call.media_elsewhere.iter();
    if elsewhere
        .any(|a| a.is_audio() && a.until.is_none() && a.since > sound.from && !is_two_way(a))
    {
        return;
    }
    for side in [Party::Caller, Party::Callee] {
        let Some(stream) = last_of(side).filter(|s| !s.ends_in_silence()) else {
            continue;
        };
        // Without a BYE the other side's sound tells how long the call went on.
        let others = || last_of(side.other()).map(|s| s.last_time);
        let Some(until) = case.call.end.or_else(others) else {
            continue;
        };
        let until = case.moved_on().map_or(until, |moved| until.min(moved));
        // Before it was taken off hold, silence was in order.
        let silence = until - stream.last_time.max(open.since);
        let refused = is_refused(sound, side);
        if silence < GONE && !(refused && silence > REFUSED) {
            continue;
        }
        let (who, other) = (case.name(side), case.name(side.other()));
        let is_alive = !refused && is_heard_after(case, side, stream.last_time);
        let end = match case.call.end {
            Some(_) => "the call ends".to_owned(),
            None => format!("{other}'s"),
        };
        let length = (until - stream.last_time).as_secs_f64();
        let mut finding = case
            .found(
                &RULE,
                if is_alive {
                    Severity::Info
                } else {
                    Severity::Warning
                },
                format!("{who}'s RTP stops {length:.1} s before {end}"),
                format!("the last packet is {}", case.case.frame(stream.last_frame)),
            )
            .streams([stream.no]);
        finding = match is_alive {
            true => {
                let alive = format!("; its side still sends SIP after that: {who} may have been muted");
                finding.detail.push_str(&alive);
                finding.advise("Ask whether the phone was muted; if not, look at the way of its RTP.")
            }
            false => finding.advise("Look at that side: crashed, unplugged, or its network failed; a muted phone may stop sending too."),
        };
        if refused {
            finding.detail.push_str(&format!(
                "; from then on {who}'s host refuses what is sent to it (ICMP): the program there has gone"
            ));
        }
        out.push(finding);
    }
}

/// On hold, or when a fax has taken its place, silence is what was agreed: who holds need not play music.
fn is_two_way(agreed: &Agreement) -> bool {
    let both = agreed.flows_from(Party::Caller) && agreed.flows_from(Party::Callee);
    agreed.until.is_none() && both
}

/// True where a request or an answer of that side came after its last RTP.
fn is_heard_after(case: &CallCase<'_>, side: Party, last: CaptureTime) -> bool {
    let mut requests = case.call.requests.iter();
    requests.any(|r| match r.side == side {
        true => r.time > last,
        false => r.answered.is_some_and(|answered| answered > last),
    })
}

/// True where packets to this side were answered by ICMP errors.
fn is_refused(sound: &Sound<'_>, side: Party) -> bool {
    sound.sent_by(side.other()).any(|s| s.icmp_unreachable > 0)
}

#[cfg(test)]
mod tests {
    use crate::call::InDialogRequest;
    use crate::diagnosis::building::{Scene, at, message};
    use crate::types::{Direction, Method, Party, PayloadType};

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

    /// From 15 s on alice holds, in these words.
    fn held(change: fn(&mut crate::call::Described)) -> Scene {
        let scene = callee_silent_for_the_last_six_seconds();
        let scene = scene.stream_from(Party::Caller, |s| s.last_time = at(15.0));
        scene.call(|c| {
            let mut held = c.media[0].clone().with(Party::Caller, change);
            (c.media[0].until, held.since) = (Some(at(15.0)), at(15.0));
            c.media.push(held);
        })
    }

    #[test]
    fn on_hold_nobody_has_to_send_not_even_who_holds() {
        let ways: [fn(&mut crate::call::Described); 3] = [
            |d| d.attribute = Direction::SendOnly,
            |d| d.attribute = Direction::Inactive,
            |d| d.no_address = true,
        ];
        for way in ways {
            assert_eq!(held(way).said(), [""; 0]);
        }
        // Off hold again since 21 s: one second is no time.
        let resumed = held(|d| d.attribute = Direction::SendOnly).call(|c| {
            let mut again = c.media[0].clone();
            c.media[1].until = Some(at(21.0));
            (again.since, again.until) = (at(21.0), None);
            c.media.push(again);
        });
        assert_eq!(resumed.said(), [""; 0]);
    }

    #[test]
    fn a_stream_that_announces_silence_may_fall_silent() {
        let of_g729 = callee_silent_for_the_last_six_seconds()
            .call(|c| {
                for side in [Party::Caller, Party::Callee] {
                    let agreed = c.media[0].clone();
                    c.media[0] = agreed.with(side, |d| d.says(&["18 G729/8000"]));
                }
            })
            .stream_from(Party::Caller, |s| s.payloads.clear())
            .stream_from(Party::Callee, |s| {
                s.payloads[0].payload_type = PayloadType::new(18).unwrap();
                s.payloads[0].codec = Some("G729".into());
                s.last_payload = 2;
            });
        assert_eq!(of_g729.said(), [""; 0]);
        let talking = of_g729.stream_from(Party::Callee, |s| s.last_payload = 20);
        assert!(talking.has("media_stops_early"));
    }

    #[test]
    fn a_side_whose_sip_goes_on_may_be_muted() {
        // Bob answers alice's BYE.
        let scene = callee_silent_for_the_last_six_seconds().call(|c| {
            let mut bye =
                InDialogRequest::sample(Method::Bye, Party::Caller, message(10), at(22.0), 200);
            bye.answered = Some(at(22.1));
            c.requests = vec![bye];
        });
        assert_eq!(
            scene.said(),
            ["info media_stops_early: bob's RTP stops 6.0 s before the call ends"]
        );
    }

    #[test]
    fn without_a_bye_it_stops_before_the_other_sides() {
        let scene = callee_silent_for_the_last_six_seconds().call(|c| c.end = None);
        assert_eq!(
            scene.title_of("media_stops_early"),
            "bob's RTP stops 6.0 s before alice's"
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
