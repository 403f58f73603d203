//! An answered call of which only one side is heard.

use super::not_passed_on::{self, Dropped};
use crate::diagnosis::case::CallCase;
use crate::diagnosis::finding::Finding;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::diagnosis::sound::Sound;
use crate::diagnosis::words;
use crate::types::{Party, Severity};

pub(super) static RULE: Rule = Rule {
    code: "one_way_audio",
    severities: &[Severity::Error],
    clause: Some("RFC 3264 §6.1"),
    page: Page {
        means: "The call was answered and lasted three seconds or more, both sides had agreed to send audio, and the \
RTP of only one side is in the capture. Or a PBX or other server between two legs gets the RTP of one phone and sends \
none of it on to the other.",
        evidence: "The RTP streams that belong to the call, and who sends each of them, as SDP and addresses tell. \
Calls on hold, and calls whose SDP asks for one direction only, are left out. Of a server it is said only where both legs were answered and let sound through, and the capture holds \
what it would have to: the RTP of the other phone on the same leg, and RTP that the server sends elsewhere from the \
same address (that of the silent leg, where it has one on each). Phones that send little (silence suppression) are left out.",
        check: "Compare the c= and m= lines of the heard side's SDP with where that phone is: the other side sends \
there. Look for a firewall or NAT that drops the RTP. If all calls of a capture are so, suspect the \
capture: mirror both directions, or capture at a phone.",
        limits: "That a stream is not in the capture does not prove that it was not sent, nor that the users did not \
hear each other: it may take a way that does not pass the capture point.",
    },
    looks: &[Look::Call(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Built {
        has: tests::nothing_from_the_callee,
        almost: tests::the_callee_only_listens,
    },
};

fn run(case: &CallCase<'_>, out: &mut Vec<Finding>) {
    let Some(sound) = &case.sound else { return };
    let Some(heard) = only_one_heard(sound) else {
        out.extend(not_passed_on::find(case).map(|dropped| at_the_server(case, &dropped)));
        return;
    };
    let silent = heard.other();
    if !sound.is_expected_from(silent) {
        return;
    }
    let (heard_name, silent_name) = (case.name(heard), case.name(silent));
    let packets = sound.sent_by(heard).map(|s| s.talk_packets(sound.from));
    let packets: u64 = packets.sum();
    let early = case.streams.iter().filter(|s| s.from == Some(silent));
    let early: u64 = early.map(|s| s.figures.packets).sum();
    let (only, before) = match early {
        0 => ("only", String::new()),
        n => (
            "after the answer only",
            format!("; {} from {silent_name} came before it", words::packets(n)),
        ),
    };
    let finding = case
        .found(
            &RULE,
            Severity::Error,
            format!(
                "one-way audio: {only} {heard_name}'s voice is in the capture, none from {silent_name}"
            ),
            format!(
                "{packets} RTP packets from {heard_name}, 0 from {silent_name} in {:.1} s of talk{before}",
                sound.talk.as_secs_f64()
            ),
        )
        .advise(format!(
            "Either {silent_name} sends to an address that does not lead here (compare the c= line of {heard_name}'s SDP), or a firewall drops its RTP, or its packets do not pass the capture point."
        ))
        .messages(case.call.evidence.final_response)
        .streams(sound.streams.iter().map(|s| s.no));
    out.push(finding);
}

/// Both sides are heard up to the server between them, and one no further.
fn at_the_server(case: &CallCase<'_>, d: &Dropped<'_>) -> Finding {
    let (speaker, other) = (case.name(d.speaker), case.name(d.speaker.other()));
    let (server, sends) = (d.server.addr, d.sends_from.addr);
    case.found(
        &RULE,
        Severity::Error,
        format!("one-way audio: {server} gets {speaker}'s voice, and none of it to {other} is in the capture"),
        format!(
            "{} from {speaker} to {}, 0 to {} in {:.1} s of talk; {other}'s RTP to {sends} and what {sends} sends elsewhere are in the capture",
            words::packets(d.arrives.figures.packets),
            d.server,
            d.wanted,
            d.talk.as_secs_f64()
        ),
    )
    .advise(format!(
        "Look at {server}: whether it joins both legs, the addresses and ports its media goes to, its firewall, and whether it can decode what {speaker} sends."
    ))
    .messages([d.agreed_in])
    .streams([d.arrives.no, d.back.no])
}

fn only_one_heard(sound: &Sound<'_>) -> Option<Party> {
    let is_heard = |side| sound.sent_by(side).next().is_some();
    match (is_heard(Party::Caller), is_heard(Party::Callee)) {
        (true, false) => Some(Party::Caller),
        (false, true) => Some(Party::Callee),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::building::{Scene, at};
    use crate::types::{Direction, Party};

    pub(super) fn nothing_from_the_callee() -> Scene {
        Scene::answered().without_streams_from(Party::Callee)
    }

    pub(super) fn the_callee_only_listens() -> Scene {
        nothing_from_the_callee().call(|c| {
            let agreed = c.media[0].clone();
            c.media[0] = agreed.with(Party::Callee, |d| d.attribute = Direction::RecvOnly);
        })
    }

    #[test]
    fn what_came_before_the_answer_is_no_talk() {
        let early = Scene::answered().stream_from(Party::Callee, |s| {
            (s.first_time, s.last_time) = (at(1.0), at(2.1));
            s.figures.packets = 50;
        });
        let found = early.findings();
        assert_eq!(
            (&*found[0].title, &*found[0].detail),
            (
                "one-way audio: after the answer only alice's voice is in the capture, none from bob",
                "1000 RTP packets from alice, 0 from bob in 20.0 s of talk; 50 packets from bob came before it"
            )
        );
    }

    #[test]
    fn who_only_keeps_a_way_open_is_not_heard() {
        let scene = Scene::answered().stream_from(Party::Callee, |s| {
            let p = &mut s.payloads[0];
            (p.codec, p.packets, p.payload_bytes) = (None, 4, 0);
        });
        assert!(scene.has("one_way_audio"));
    }

    #[test]
    fn the_side_that_is_heard_and_the_one_that_is_not_are_named() {
        let found = nothing_from_the_callee().findings();
        assert_eq!(
            found[0].title,
            "one-way audio: only alice's voice is in the capture, none from bob"
        );
        assert_eq!(
            found[0].detail,
            "1000 RTP packets from alice, 0 from bob in 20.0 s of talk"
        );
    }
}
