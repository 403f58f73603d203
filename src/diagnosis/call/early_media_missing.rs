//! A provisional response with SDP, and no media before the answer.

use crate::diagnosis::case::CallCase;
use crate::diagnosis::finding::Finding;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::types::{Delta, Party, Severity};

pub(super) static RULE: Rule = Rule {
    code: "early_media_missing",
    severities: &[Severity::Info, Severity::Warning],
    clause: Some("RFC 3960 §3"),
    page: Page {
        means: "A provisional response carried SDP, as if sound (a ringing tone, an announcement) would come before the \
answer, and no RTP came from the called side for more than three seconds. The caller's phone may wait for that sound \
and ring no tone of its own: the user hears nothing.",
        evidence: "The provisional response, the time of the answer (or of the end of the attempt), and that no RTP from \
the called side is in the capture between them, while other RTP is. Where a 180 was seen too, the caller's phone plays \
its own tone as long as no media comes: then it is information.",
        check: "Look at the gateway or PBX that sends the provisional response: it should send early media, or a 180 \
without SDP. Look also for a firewall that drops RTP before the answer.",
        limits: "Whether the called side sent nothing, or its packets did not pass the capture point, cannot be told; \
nor what the caller's phone played.",
    },
    looks: &[Look::Call(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Built {
        has: tests::nothing_from_the_183_to_the_answer,
        almost: tests::sound_before_the_answer,
    },
};

const LONG: Delta = Delta::from_secs(3);

fn run(case: &CallCase<'_>, out: &mut Vec<Finding>) {
    let call = case.call;
    let Some(until) = call.answer.or(call.end) else {
        return;
    };
    let mut early = call.media.iter();
    let is_early = |since| until - since > LONG;
    let Some(early) = early.find(|a| {
        a.is_audio()
            && a.answerer == Party::Callee
            && is_early(a.since)
            && a.flows_from(Party::Callee)
    }) else {
        return;
    };
    // From the callee, or of an unknown side.
    let mut heard = case
        .streams
        .iter()
        .filter(|s| s.from != Some(Party::Caller));
    if heard.any(|s| s.first_time < until) {
        return;
    }
    let own_rtp = case.streams.iter().any(|s| s.from == Some(Party::Callee));
    if !own_rtp && case.streams.is_empty() && !case.others_have_streams {
        return;
    }
    let rings = call.rang.is_some_and(|rang| rang < until);
    let severity = match own_rtp && !rings {
        true => Severity::Warning,
        false => Severity::Info,
    };
    let waited = (until - early.since).as_secs_f64();
    let callee = case.name(Party::Callee);
    let then = match call.answer {
        Some(_) => "the answer",
        None => "the end of the attempt",
    };
    let mut finding = case
        .found(
            &RULE,
            severity,
            format!("no RTP from {callee} in the {waited:.1} s between its SDP and {then}"),
            format!(
                "{} is a provisional response with SDP, as if sound would come; none is in the capture before {then}",
                case.case.frames(&[early.agreed_in])
            ),
        )
        .messages(
            [Some(early.agreed_in), call.evidence.final_response]
                .into_iter()
                .flatten(),
        );
    finding = match rings {
        true => finding.advise("A 180 was seen too: the caller's phone plays its own tone."),
        false => finding.advise(
            "Let the called side send early media, or a 180 without SDP: the caller's phone may play no tone of its own.",
        ),
    };
    out.push(finding);
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::building::{Scene, at};
    use crate::types::Party;

    // The answer is at 12 s, the 183 at 2 s.
    pub(super) fn nothing_from_the_183_to_the_answer() -> Scene {
        let scene = Scene::answered().call(|c| c.answer = Some(at(12.0)));
        let later = |s: &mut crate::media::StreamRecord| s.first_time = at(12.1);
        scene
            .stream_from(Party::Caller, later)
            .stream_from(Party::Callee, later)
    }

    pub(super) fn sound_before_the_answer() -> Scene {
        nothing_from_the_183_to_the_answer().stream_from(Party::Callee, |s| s.first_time = at(2.1))
    }

    #[test]
    fn a_ringing_phone_makes_it_information() {
        let scene = nothing_from_the_183_to_the_answer();
        assert_eq!(
            scene.said(),
            [
                "warning early_media_missing: no RTP from bob in the 10.0 s between its SDP and the answer"
            ]
        );
        let rings = scene.call(|c| c.rang = Some(at(1.0)));
        assert_eq!(rings.severity_of("early_media_missing").as_str(), "info");
    }

    #[test]
    fn an_answer_soon_after_is_no_silence() {
        let scene = nothing_from_the_183_to_the_answer().call(|c| c.answer = Some(at(5.0)));
        assert!(!scene.has("early_media_missing"));
    }
}
