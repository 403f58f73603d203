//! A call that is taken off hold by one side and kept silent by the other's answer.

use crate::call::{Agreement, EventKind, SessionEvent};
use crate::diagnosis::case::CallCase;
use crate::diagnosis::finding::Finding;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::types::{Delta, Severity};

pub(super) static RULE: Rule = Rule {
    code: "hold_not_resumed",
    severities: &[Severity::Warning],
    clause: Some("RFC 3264 §6.1, §8.4"),
    page: Page {
        means: "One side asks to take the call off hold (its offer asks for media again), and the other answered that it does not \
send (recvonly or inactive), although it had not put the call on hold itself. From then on one side, or both, hear \
nothing.",
        evidence: "The SDP of the offer that resumes and of its answer, and that nothing changed it for two seconds or \
more. Where the other side sends RTP all the same, nothing is said.",
        check: "Look at the side that answers: it seems to repeat its answer to the hold. The answer to sendrecv should \
be sendrecv.",
        limits: "A user may have put the call on hold at that very moment; then the answer is right.",
    },
    looks: &[Look::Call(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Built {
        has: tests::the_answer_to_the_resume_is_recvonly,
        almost: tests::it_is_mended_at_once,
    },
};

const AT_ONCE: Delta = Delta::from_secs(2);

fn run(case: &CallCase<'_>, out: &mut Vec<Finding>) {
    let events = case.call.events.iter();
    let mut found = events
        .filter(|e| e.kind == EventKind::NotResumed)
        .filter_map(|e| words(case, e));
    out.extend(found.next());
}

fn words(case: &CallCase<'_>, event: &SessionEvent) -> Option<Finding> {
    let mut agreed = case.call.media.iter();
    let now: &Agreement = agreed.find(|a| a.agreed_in == event.message)?;
    let silent = now.answerer;
    let end = case.call.end.or(case.call.evidence.last_seen);
    // Until that side may send again, or to the end.
    let mut later = case.call.media.iter();
    let again = later.find(|a| a.since > now.since && a.index == now.index && a.flows_from(silent));
    let until = again.map(|a| a.since).or(end)?;
    let mut sent = case.streams.iter().filter(|s| s.from == Some(silent));
    let sends = sent.any(|s| s.first_time < until && s.last_time > now.since + AT_ONCE);
    if until - now.since < AT_ONCE || sends {
        return None;
    }
    let (who, other) = (case.name(silent), case.name(silent.other()));
    let direction = now.side(silent).attribute;
    let finding = case
        .found(
            &RULE,
            Severity::Warning,
            format!("{other} asks to take the call off hold, but {who} does not send again"),
            format!(
                "{} asks for {}; {} answers {direction}, for {:.1} s",
                case.case.frames(&[now.offered_in]),
                now.side(silent.other()).attribute,
                case.case.frames(&[now.agreed_in]),
                (until - now.since).as_secs_f64()
            ),
        )
        .advise(format!(
            "Look at {who}'s side: the answer to sendrecv should be sendrecv."
        ))
        .messages([now.offered_in, now.agreed_in]);
    Some(finding)
}

#[cfg(test)]
mod tests {
    use crate::call::{EventKind, SessionEvent};
    use crate::diagnosis::building::{Scene, at, message};
    use crate::types::{Direction, Party};

    /// Alice holds at 10 s and resumes at 15 s; bob's answer is recvonly until `mended`, or the end at 22 s.
    fn resumed(mended: Option<f64>) -> Scene {
        let scene = Scene::answered().call(|c| {
            let up = c.media[0].clone();
            let listens = |d: &mut crate::call::Described| d.attribute = Direction::RecvOnly;
            let mut held = up.clone().with(Party::Callee, listens);
            held = held.with(Party::Caller, |d| d.attribute = Direction::SendOnly);
            let mut again = up.clone().with(Party::Callee, listens);
            c.media[0].until = Some(at(10.0));
            (held.since, held.until) = (at(10.0), Some(at(15.0)));
            (again.since, again.until) = (at(15.0), mended.map(at));
            again.agreed_in = message(2);
            held.agreed_in = message(1);
            c.media[0].agreed_in = message(1);
            c.media.extend([held, again]);
            if let Some(since) = mended {
                let mut last = up;
                last.since = at(since);
                c.media.push(last);
            }
            c.events.push(SessionEvent {
                time: at(15.0),
                kind: EventKind::NotResumed,
                message: message(2),
                text: String::new(),
            });
        });
        scene.stream_from(Party::Callee, |s| s.last_time = at(10.0))
    }

    pub(super) fn the_answer_to_the_resume_is_recvonly() -> Scene {
        resumed(None)
    }

    pub(super) fn it_is_mended_at_once() -> Scene {
        resumed(Some(16.0)).stream_from(Party::Callee, |s| s.last_time = at(22.0))
    }

    #[test]
    fn who_answers_what_is_said() {
        let found = the_answer_to_the_resume_is_recvonly().findings();
        let said: Vec<_> = found.iter().map(|f| (&*f.title, &*f.detail)).collect();
        assert_eq!(
            said,
            [(
                "alice asks to take the call off hold, but bob does not send again",
                "#1 asks for sendrecv; #2 answers recvonly, for 7.0 s"
            )]
        );
    }

    #[test]
    fn a_side_that_sends_all_the_same_is_no_fault() {
        let scene = the_answer_to_the_resume_is_recvonly()
            .stream_from(Party::Callee, |s| s.last_time = at(22.0));
        assert_eq!(scene.said(), [""; 0]);
    }
}
