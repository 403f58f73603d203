//! A session that was to be refreshed and was not.

use super::going_round;
use super::within::seconds;
use crate::call::{InDialogRequest, SessionTimer};
use crate::diagnosis::case::CallCase;
use crate::diagnosis::finding::Finding;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::types::{Severity, StatusCode};

pub(super) static RULE: Rule = Rule {
    code: "session_refresh_failed",
    severities: &[Severity::Warning, Severity::Error],
    clause: Some("RFC 4028 §10"),
    page: Page {
        means: "The call has a session timer (Session-Expires): one side has to refresh the session before the \
interval is over, by a re-INVITE or UPDATE. It tried to, and got no answer or a refusal. A session that is not \
refreshed ends: an error where a BYE follows, a warning where the call goes on.",
        evidence: "The 2xx with the interval; the re-INVITE or UPDATE that the refresher sent when about half of the \
interval was over, how often it was sent, its answer; and what followed.",
        check: "Look why the request is not answered or is refused: a NAT binding or firewall state that is gone by \
then, a Contact that cannot be reached, a phone or PBX that refuses a re-INVITE. Capture at the other side to see \
whether the request arrives there.",
        limits: "That no answer is in the capture does not prove that none was sent. Whether the request was meant as a \
refresh is told by its time alone: a change of the session sent at that time looks the same.",
    },
    looks: &[Look::Call(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Built {
        has: tests::the_refresh_gets_no_answer,
        almost: tests::the_second_try_succeeds,
    },
};

/// The timer that a request was to refresh: its side is the refresher, and about half of the interval is over.
fn refreshed_by<'a>(case: &'a CallCase<'_>, r: &InDialogRequest) -> Option<&'a SessionTimer> {
    let timer = case.call.timer.as_ref()?;
    let late = (r.time - timer.since).as_secs_f64() >= 0.4 * timer.interval.as_secs_f64();
    let by_refresher = timer.refresher.is_none_or(|side| side == r.side);
    let is_one = r.is_change() && !r.cancelled && r.dialog == timer.dialog;
    (is_one && late && by_refresher).then_some(timer)
}

/// True for a refresh that failed for good.
pub(super) fn is_about(case: &CallCase<'_>, r: &InDialogRequest) -> bool {
    /// Glare and an interval that is too small are answered by another try (RFC 3261 §14.1, RFC 4028 §7.4).
    fn asks_to_retry(status: StatusCode) -> bool {
        matches!(status.get(), 422 | 491)
    }
    let refused = r.is_refused() && !r.status.is_some_and(asks_to_retry);
    refreshed_by(case, r).is_some()
        && !going_round::is_of(case, &r.method, r.cseq)
        && !case.was_retried_well(r)
        && (refused || case.has_no_answer(r))
}

fn run(case: &CallCase<'_>, out: &mut Vec<Finding>) {
    let mut failed = case.call.requests.iter().filter(|r| is_about(case, r));
    let Some(first) = failed.next() else { return };
    let Some(timer) = refreshed_by(case, first) else {
        return;
    };
    let who = case.name(first.side);
    let title = match first.status {
        Some(_) => format!(
            "{who} could not refresh the session: {}",
            case.response_text(first)
        ),
        None => format!(
            "{who} could not refresh the session: its {} got no answer",
            first.name()
        ),
    };
    let bye = case.bye().filter(|(b, _)| b.time >= first.time);
    let followed = bye.map_or("the call goes on".to_owned(), |(b, _)| {
        let since = first.answered.unwrap_or(first.time);
        let (who, frame) = (case.name(b.side), case.case.frames(&[b.message]));
        format!(
            "{who} hangs up {} later (BYE {frame})",
            seconds(b.time - since)
        )
    });
    let left = bye.map(|(b, _)| timer.interval - (b.time - timer.since));
    let left = left.filter(|left| !left.is_negative());
    let left = left.map_or(String::new(), |left| {
        format!(", {} before the interval is over", seconds(left))
    });
    let tries = match failed.count() {
        0 => String::new(),
        more => format!("; {} tries failed", more + 1),
    };
    let detail = format!(
        "the session interval is {} from the 2xx {} on; {} later {who} sends the {} {}, {}{tries}; {followed}{left}",
        seconds(timer.interval),
        case.case.frames(&[timer.message]),
        seconds(first.time - timer.since),
        first.name(),
        case.sent_text(first),
        match first.status {
            Some(_) => "which is refused",
            None => "and no answer is in the capture",
        },
    );
    let severity = match bye {
        Some(_) => Severity::Error,
        None => Severity::Warning,
    };
    let finding = case
        .found(&RULE, severity, title, detail)
        .advise("Capture at the other side: see whether the request arrives there, and look for a NAT binding or firewall state that is gone by then.")
        .messages([timer.message, first.message])
        .messages(first.answer)
        .messages(bye.map(|(b, _)| b.message));
    out.push(finding);
}

#[cfg(test)]
mod tests {
    use crate::call::{InDialogRequest, SessionTimer};
    use crate::diagnosis::building::{Scene, at, message};
    use crate::types::{Delta, Method, Party};

    /// An interval of 20 s from the answer at 2 s on, refreshed by bob at 12 s; he hangs up at 22 s.
    fn refreshed(change: impl FnOnce(&mut Vec<InDialogRequest>)) -> Scene {
        Scene::answered().call(|c| {
            c.timer = Some(Box::new(SessionTimer {
                interval: Delta::from_secs(20),
                refresher: Some(Party::Callee),
                since: at(2.0),
                message: message(2),
                dialog: 0,
            }));
            let mut refresh =
                InDialogRequest::sample(Method::Invite, Party::Callee, message(5), at(12.0), 0);
            refresh.sends = 5;
            (refresh.repeats, refresh.repeat_count) = ((6..10).map(message).collect(), 4);
            let bye =
                InDialogRequest::sample(Method::Bye, Party::Callee, message(20), at(22.0), 200);
            c.evidence.bye = Some(message(20));
            c.evidence.retransmissions = refresh.repeats.clone();
            c.evidence.retransmission_count = 4;
            c.requests = vec![refresh, bye];
            change(&mut c.requests);
        })
    }

    pub(super) fn the_refresh_gets_no_answer() -> Scene {
        refreshed(|_| {})
    }

    pub(super) fn the_second_try_succeeds() -> Scene {
        refreshed(|r| {
            let again =
                InDialogRequest::sample(Method::Invite, Party::Callee, message(12), at(16.0), 200);
            r.insert(1, again);
        })
    }

    #[test]
    fn interval_request_and_end_are_named_and_the_repetitions_are_no_trouble_of_their_own() {
        let found = the_refresh_gets_no_answer().findings();
        let [only] = &found[..] else {
            panic!("{found:?}")
        };
        assert_eq!(
            only.detail,
            "the session interval is 20 s from the 2xx #2 on; 10 s later bob sends the re-INVITE #5, sent 5 times, and \
             no answer is in the capture; bob hangs up 10 s later (BYE #20), 0 s before the interval is over"
        );
    }

    #[test]
    fn a_refusal_is_named_once() {
        let scene = refreshed(|r| {
            r[0] =
                InDialogRequest::sample(Method::Invite, Party::Callee, message(5), at(12.0), 500);
        });
        let said = scene.said();
        assert!(
            said[0].ends_with("bob could not refresh the session: 500 Server Internal Error (#6)"),
            "{said:?}"
        );
        assert!(!scene.has("reinvite_refused"));
    }
}
