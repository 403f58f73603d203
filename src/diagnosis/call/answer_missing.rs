//! An offer that nobody answers, although the message that has to is there.

use crate::diagnosis::case::CallCase;
use crate::diagnosis::finding::Finding;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::types::Severity;

pub(super) static RULE: Rule = Rule {
    code: "answer_missing",
    severities: &[Severity::Error],
    clause: Some("RFC 3261 §13.2.1"),
    page: Page {
        means: "One side offered media and the other accepted the call without an answer: an ACK without SDP to a 2xx \
that made the offer, or a 2xx without SDP to an INVITE that made it. The sides have not agreed on codecs and \
addresses; often there is no sound, or the call ends at once.",
        evidence: "The message with the offer, and the one that had to carry the answer and is in the capture with no \
body at all: one whose body is cut off is not counted. A provisional response with SDP before it counts as the answer.",
        check: "Look at the side that did not answer. It is often a PBX or gateway that sends an INVITE without SDP \
(delayed offer) and then does not put its answer into the ACK.",
        limits: "An answer in a reliable provisional response that was not captured cannot be seen; where a PRACK shows \
that there was one, nothing is said.",
    },
    looks: &[Look::Call(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Built {
        has: tests::an_ack_without_the_answer,
        almost: tests::an_ack_with_the_answer,
    },
};

fn run(case: &CallCase<'_>, out: &mut Vec<Finding>) {
    let Some(missing) = case.call.answer_missing else {
        return;
    };
    let (by, other) = (case.name(missing.by), case.name(missing.by.other()));
    let frames = |message| case.case.frames(&[message]);
    let finding = case
        .found(
            &RULE,
            Severity::Error,
            format!("{by} does not answer the media that {other} offers"),
            format!(
                "the offer is in {}; {} had to carry the answer and has no SDP",
                frames(missing.offer),
                frames(missing.message)
            ),
        )
        .advise(format!(
            "Look at {by}'s side: it left its SDP out of that message."
        ))
        .messages([missing.offer, missing.message]);
    out.push(finding);
}

#[cfg(test)]
mod tests {
    use crate::call::AnswerMissing;
    use crate::diagnosis::building::{Scene, at, message};
    use crate::types::Party;

    pub(super) fn an_ack_without_the_answer() -> Scene {
        Scene::answered().call(|c| {
            c.media.clear();
            c.answer_missing = Some(AnswerMissing {
                offer: message(2),
                message: message(3),
                by: Party::Caller,
                time: at(2.0),
            });
        })
    }

    pub(super) fn an_ack_with_the_answer() -> Scene {
        Scene::answered()
    }

    #[test]
    fn offer_and_the_message_without_the_answer_are_named() {
        let found = an_ack_without_the_answer().findings();
        assert_eq!(
            (&*found[0].title, &*found[0].detail),
            (
                "alice does not answer the media that bob offers",
                "the offer is in #2; #3 had to carry the answer and has no SDP"
            )
        );
    }
}
