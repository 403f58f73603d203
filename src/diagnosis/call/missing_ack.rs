//! An answer without its ACK.

use crate::call::{EndedBy, InDialogRequest};
use crate::diagnosis::case::CallCase;
use crate::diagnosis::finding::Finding;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::diagnosis::words::times;
use crate::types::{CaptureTime, Delta, Method, Severity};

pub(super) static RULE: Rule = Rule {
    code: "missing_ack",
    severities: &[Severity::Info, Severity::Error],
    clause: Some("RFC 3261 §13.3.1.4"),
    page: Page {
        means: "The call was answered with a 200, and no ACK for it is in the capture; or a re-INVITE was, and its sender \
sent no ACK. Where the 200 was repeated, \
the answering side had not got one by then; a side that never gets it ends the call after 32 s. Where several phones \
answer one INVITE, each 200 with a To tag of its own needs an ACK of its own.",
        evidence: "The 200, how often it was sent again, and how long the call went on. A side that gets no ACK repeats \
its 200 0.5 s, 1.5 s, 3.5 s and so on after the first one, and gives up after 32 s. Of a re-INVITE it is said \
only where its 200 was repeated twice or more to where the request came from.",
        check: "Look at Contact and Record-Route of the 200: the ACK goes to that address, often a private one that \
cannot be reached. Check that the proxies on the way let the ACK through.",
        limits: "Without a repetition, or where the call goes on for longer than 32 s, an ACK must have come by a way \
the capture does not show; the finding is then only information. Where the call or the capture ends \
soon after a repetition, an ACK may have come last and unseen. Where the capture ends within 0.5 s \
of the answer nothing can be said.",
    },
    looks: &[Look::Call(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Built {
        has: tests::the_200_is_repeated_until_the_end,
        almost: crate::diagnosis::building::Scene::answered,
    },
};

/// T1: the first repetition of an answer comes after it (RFC 3261 §17.1.1.1).
const FIRST_REPETITION: Delta = Delta::from_millis(500);
/// 64 T1 and a little: from then on a side without an ACK has ended the call.
const GIVEN_UP: Delta = Delta::from_secs(34);

/// The longest pause between two repetitions of a 200 (T2), and a little.
const NEXT_REPETITION: Delta = Delta::from_millis(4500);
/// From then on a side without an ACK soon gives up (64 T1).
const NEARLY_GIVEN_UP: Delta = Delta::from_secs(28);
/// One repetition of the answer to a re-INVITE may cross an ACK that came last and unseen.
const SEVERAL: u32 = 2;

fn run(case: &CallCase<'_>, out: &mut Vec<Finding>) {
    other_answers(case, out);
    changes(case, out);
    let call = case.call;
    let marks = &call.evidence;
    let Some(answer) = call
        .answer
        .filter(|_| call.invite_seen && !marks.acked && call.hole.is_none())
    else {
        return;
    };
    let frames = case.case.frames(marks.final_response.as_slice());
    let went_on = went_on(case, answer);
    let not_here = |detail: String| {
        case.found(
            &RULE,
            Severity::Info,
            "the ACK of the answer is not in this capture",
            detail,
        )
    };
    let finding = if marks.answer_repeats > 0 && went_on < GIVEN_UP {
        case.found(
            &RULE,
            Severity::Error,
            "the answer was never acknowledged (no ACK)",
            format!(
                "the 200 {frames} was repeated {}; a phone that gets no ACK ends the call after 32 s",
                times(marks.answer_repeats)
            ),
        )
        .advise("Look at Contact and Record-Route of the 200: the ACK goes there, often to an address that cannot be reached.")
    } else if marks.answer_repeats > 0 {
        not_here(format!(
            "the 200 {frames} was repeated {}, then the call went on; a phone that gets no ACK ends it after 32 s, so an ACK must have come by another way",
            times(marks.answer_repeats)
        ))
    } else if case
        .case
        .capture
        .last_time
        .is_some_and(|end| end - answer < FIRST_REPETITION)
    {
        not_here(format!(
            "the capture ends right after the 200 {frames}; an ACK may have come later"
        ))
    } else {
        not_here(format!(
            "the 200 {frames} was not repeated, so the ACK must have come by another way"
        ))
    };
    out.push(finding.messages(marks.final_response));
}

/// Another phone's answer without its ACK, which a caller owes each of them (RFC 3261 §13.2.2.4).
fn other_answers(case: &CallCase<'_>, out: &mut Vec<Finding>) {
    let call = case.call;
    let others = &call.evidence.other_answers;
    for other in others.iter().filter(|o| !o.acked && call.invite_seen) {
        let frames = case.case.frames(&[other.message]);
        let ended = other.bye.zip(other.end).map(|((bye, by, status), end)| {
            let who = match by {
                EndedBy::Caller => "the caller",
                EndedBy::Callee => "that phone",
                EndedBy::Network => "a host in between",
            };
            let answered = status.filter(|s| !s.is_success());
            let answered = answered.map_or(String::new(), |s| format!(", answered with {s}"));
            format!(
                "; {who} ended its dialog {:.1} s later (BYE {}{answered})",
                (end - other.time).as_secs_f64(),
                case.case.frames(&[bye])
            )
        });
        let ended = ended.unwrap_or_default();
        let bye = other.bye.map(|(id, ..)| id);
        let finding = if other.repeats > 0 {
            case.found(
                &RULE,
                Severity::Error,
                "another phone's answer was never acknowledged (no ACK)",
                format!(
                    "the 200 {frames} has another To tag than the answer in use and was repeated {}{ended}",
                    times(other.repeats)
                ),
            )
            .advise("The caller must acknowledge every 200 and end the dialogs it does not want with BYE: look at its version and settings.")
        } else {
            case.found(
                &RULE,
                Severity::Info,
                "the ACK of another phone's answer is not in this capture",
                format!("the 200 {frames} has another To tag than the answer in use and was not repeated{ended}"),
            )
        };
        let finding = finding.clause("RFC 3261 §13.2.2.4");
        out.push(finding.messages([other.message]).messages(bye));
    }
}

/// The 200 of a re-INVITE without its ACK. The request was captured, and its ACK takes the same way.
fn changes(case: &CallCase<'_>, out: &mut Vec<Finding>) {
    let unacknowledged = case.call.requests.iter().filter_map(|r| {
        let (repeats, last) = answer_without_ack(case, r)?;
        Some((r, repeats, last))
    });
    for (request, repeats, last) in unacknowledged {
        let answer = case.case.frames(request.answer.as_slice());
        let asked = case.case.frames(&[request.message]);
        let finding = match is_given_up(case, request, last) {
            true => case
                .found(
                    &RULE,
                    Severity::Error,
                    "the answer to a re-INVITE was never acknowledged (no ACK)",
                    format!(
                        "the 200 {answer} to the re-INVITE {asked} was repeated {}; a phone that gets no ACK ends the call after 32 s",
                        times(repeats)
                    ),
                )
                .advise("Look at the side that sent the re-INVITE: it got the 200 and has to send an ACK to the Contact and Record-Route of that 200."),
            false => case.found(
                &RULE,
                Severity::Info,
                "the ACK of the answer to a re-INVITE is not in this capture",
                format!(
                    "the 200 {answer} to the re-INVITE {asked} was repeated {}, then no more, and the call went on: an ACK must have come by another way",
                    times(repeats)
                ),
            ),
        };
        out.push(
            finding
                .clause("RFC 3261 §14.1, §13.3.1.4")
                .messages([request.message])
                .messages(request.answer)
                .messages(request.repeats.iter().copied().take(6)),
        );
    }
}

/// How often the 200 of a re-INVITE was repeated for want of an ACK, and when last.
fn answer_without_ack(case: &CallCase<'_>, r: &InDialogRequest) -> Option<(u32, CaptureTime)> {
    let is_bare = r.method == Method::Invite && r.is_successful() && !r.acked;
    let whole = case.call.hole.is_none();
    r.repeated_answer
        .filter(|(n, _)| is_bare && whole && *n >= SEVERAL)
}

/// The 200 was repeated for as long as its sender waits, or to the end of the call.
fn is_given_up(case: &CallCase<'_>, r: &InDialogRequest, last: CaptureTime) -> bool {
    let since = r.answered.unwrap_or(r.time);
    let to_the_end = last_sign(case).is_some_and(|end| end - last < NEXT_REPETITION);
    to_the_end || last - since >= NEARLY_GIVEN_UP
}

/// True for a re-INVITE whose 200 was repeated for want of an ACK: why those copies were sent.
pub(super) fn is_about(case: &CallCase<'_>, r: &InDialogRequest) -> bool {
    answer_without_ack(case, r).is_some_and(|(_, last)| is_given_up(case, r, last))
}

/// The answer was repeated and never acknowledged as far as the capture shows: what [`run`] calls an error.
pub(super) fn is_error(case: &CallCase<'_>) -> bool {
    let marks = &case.call.evidence;
    let answer = case.call.answer.filter(|_| case.call.invite_seen);
    answer.is_some_and(|a| !marks.acked && marks.answer_repeats > 0 && went_on(case, a) < GIVEN_UP)
}

fn went_on(case: &CallCase<'_>, answer: CaptureTime) -> Delta {
    last_sign(case).map_or(Delta::ZERO, |last| last - answer)
}

fn last_sign(case: &CallCase<'_>) -> Option<CaptureTime> {
    let call = case.call;
    let streams = case.streams.iter().map(|s| s.last_time);
    streams.chain(call.end).chain(call.evidence.last_seen).max()
}

#[cfg(test)]
mod tests {
    use crate::call::{EndedBy, InDialogRequest, OtherAnswer};
    use crate::diagnosis::building::{Scene, at, message};
    use crate::types::{Method, Party, StatusCode};

    fn without_ack(repeats: u32, end: f64) -> Scene {
        Scene::answered()
            .call(move |c| {
                c.evidence.acked = false;
                c.evidence.answer_repeats = repeats;
                c.end = Some(at(end));
                c.evidence.last_seen = c.end;
            })
            .without_streams()
            .capture(move |c| c.last_time = Some(at(end)))
    }

    pub(super) fn the_200_is_repeated_until_the_end() -> Scene {
        // Answered at 2 s; the answering side gives up 32 s later.
        without_ack(10, 34.0)
    }

    #[test]
    fn a_second_phone_that_answers_needs_an_ack_of_its_own() {
        let second = |acked, repeats| {
            Scene::answered().call(move |c| {
                c.evidence.other_answers = vec![OtherAnswer {
                    message: message(7),
                    time: at(2.1),
                    acked,
                    repeats,
                    repeated: vec![message(8), message(9)],
                    repeated_count: repeats,
                    bye: Some((message(20), EndedBy::Callee, StatusCode::new(481))),
                    end: Some(at(34.1)),
                }];
                c.evidence.retransmissions = vec![message(8), message(9)];
                c.evidence.retransmission_count = repeats;
            })
        };
        assert_eq!(
            second(false, 10).said(),
            ["error missing_ack: another phone's answer was never acknowledged (no ACK)"]
        );
        assert_eq!(
            second(false, 10).findings()[0].detail,
            "the 200 #7 has another To tag than the answer in use and was repeated 10 times; that phone ended its dialog \
             32.0 s later (BYE #20, answered with 481)"
        );
        assert_eq!(second(true, 0).said(), [""; 0]);
    }

    #[test]
    fn the_200_of_a_reinvite_needs_an_ack_too() {
        // Alice changes the session at 10 s; bob's 200 is repeated from then until `last`.
        let changed = |acked, repeats, last| {
            Scene::answered()
                .call(move |c| {
                    let (method, side) = (Method::Invite, Party::Caller);
                    let mut change =
                        InDialogRequest::sample(method, side, message(5), at(10.0), 200);
                    change.acked = acked;
                    change.repeated_answer = Some((repeats, at(last)));
                    (change.repeats, change.repeat_count) = (vec![message(8), message(9)], repeats);
                    c.requests = vec![change];
                    c.evidence.retransmission_count = repeats;
                    c.evidence.retransmissions = vec![message(8), message(9)];
                })
                .said()
        };
        assert_eq!(
            changed(false, 5, 20.0),
            ["error missing_ack: the answer to a re-INVITE was never acknowledged (no ACK)"]
        );
        // It stops six seconds before the call does.
        assert_eq!(
            changed(false, 5, 16.0)[1],
            "info missing_ack: the ACK of the answer to a re-INVITE is not in this capture"
        );
        assert_eq!(changed(false, 1, 21.0), [""; 0]);
        let acked = changed(true, 5, 20.0);
        assert!(!acked.iter().any(|f| f.contains("missing_ack")));
    }

    #[test]
    fn what_is_known_of_the_ack_is_said_and_no_more() {
        for (scene, severity, detail) in [
            (
                the_200_is_repeated_until_the_end(),
                "error",
                "the 200 #2 was repeated 10 times; a phone that gets no ACK ends the call after 32 s",
            ),
            (
                without_ack(1, 60.0),
                "info",
                "the 200 #2 was repeated once, then the call went on; a phone that gets no ACK ends it after 32 s, so an ACK must have come by another way",
            ),
            (
                without_ack(0, 22.0),
                "info",
                "the 200 #2 was not repeated, so the ACK must have come by another way",
            ),
            (
                without_ack(0, 2.3),
                "info",
                "the capture ends right after the 200 #2; an ACK may have come later",
            ),
        ] {
            let found = scene.findings();
            let ack = found.iter().find(|f| f.rule == &super::RULE).unwrap();
            assert_eq!((ack.severity.as_str(), &*ack.detail), (severity, detail));
        }
    }
}
