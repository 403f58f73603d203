//! A request within a call that came to nothing.

use super::{going_round, private_contact, session_refresh_failed};
use crate::call::InDialogRequest;
use crate::diagnosis::case::CallCase;
use crate::diagnosis::finding::Finding;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::types::{Method, Severity};

pub(super) static RULE: Rule = Rule {
    code: "request_failed",
    severities: &[Severity::Warning],
    clause: Some("RFC 3261 §12.2.1.2"),
    page: Page {
        means: "A request within an answered call was refused, or no answer to it is in the capture: an INFO with a \
digit, a PRACK, a MESSAGE, a BYE, or a re-INVITE or UPDATE that nobody answers. Refused re-INVITEs and UPDATEs, \
transfers, and refreshes of a session timer have codes of their own.",
        evidence: "The request, how often it was sent, its final response where there is one, and what followed. A \
request counts as unanswered only where the capture goes on for 32 s, its sender hung up after several copies, or it \
is a BYE after several copies of which the RTP of the other side goes on, and \
messages of the other side do pass the capture point. A 481 to a BYE that was sent again is no failure: the first \
copy may have ended the call.",
        check: "After 415 or 405 to an INFO: the other side does not take digits that way; use RTP events (RFC 4733). 481: the \
other side has no such call any more, so it ended it or lost it before. No answer: look whether the request goes to \
the Contact or Record-Route of the other side, and whether that host is still there.",
        limits: "An answer that took a way past the capture point looks the same as none. Why a side had no such call \
any more (481) is not in the packets.",
    },
    looks: &[Look::Call(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Built {
        has: tests::an_info_is_refused,
        almost: tests::an_info_is_taken,
    },
};

/// True where this rule names the request.
pub(super) fn is_about(case: &CallCase<'_>, r: &InDialogRequest) -> bool {
    if going_round::is_of(case, &r.method, r.cseq) {
        return false;
    }
    // An ICMP error, or where it goes to, says more of why nobody answers.
    let told = || case.call.evidence.icmp.is_some() || private_contact::is_about(case, r);
    let has_no_answer = || case.has_no_answer(r) && !told();
    match r.method {
        // What becomes of a transfer is told with the transfer; a subscription has its own end.
        Method::Refer | Method::Notify | Method::Subscribe => false,
        Method::Invite | Method::Update => {
            !session_refresh_failed::is_about(case, r) && !r.cancelled && has_no_answer()
        }
        // Any answer says that the other side is there.
        Method::Options => has_no_answer(),
        Method::Bye => {
            case.bye().is_some_and(|(bye, _)| bye.message == r.message) && {
                let crossing = |o: &InDialogRequest| o.method == Method::Bye && o.side != r.side;
                let crossed = case.call.requests.iter().any(crossing);
                // The side that answers had said before that it knows no such call.
                let known = |o: &InDialogRequest| {
                    o.is_change() && o.side == r.side && o.status == r.status && o.time <= r.time
                };
                let told = case.call.requests.iter().any(known);
                // A repeat finds no call where the first copy ended it and its answer was lost.
                let may_be_over = r.repeat_count > 0 && r.status.is_some_and(|s| s.get() == 481);
                r.is_refused() && !crossed && !told && !may_be_over || has_no_answer()
            }
        }
        _ => r.is_refused() || has_no_answer(),
    }
}

fn run(case: &CallCase<'_>, out: &mut Vec<Finding>) {
    if case.call.answer.is_none() {
        return;
    }
    let failed = case.call.requests.iter().filter(|r| is_about(case, r));
    let mut failed: Vec<&InDialogRequest> = failed.collect();
    // One finding for all of a kind: digits come in numbers.
    while let Some(first) = failed.first().copied() {
        let same = |r: &&InDialogRequest| {
            (r.side, &r.method, r.status) == (first.side, &first.method, first.status)
        };
        let (of_kind, rest): (Vec<_>, Vec<_>) = failed.into_iter().partition(same);
        out.push(words(case, first, &of_kind));
        failed = rest;
    }
}

fn words(case: &CallCase<'_>, first: &InDialogRequest, all: &[&InDialogRequest]) -> Finding {
    let who = case.name(first.side);
    let name = first.name();
    let title = match first.status {
        Some(status) if status.get() == 481 => format!(
            "{who}'s {name} got {}: the other side has no such call",
            case.response_text(first)
        ),
        Some(_) => format!("{who}'s {name} is refused: {}", case.response_text(first)),
        None => format!("no answer to {who}'s {name} is in the capture"),
    };
    let count = match all.len() {
        1 => String::new(),
        n => format!(", one of {n}"),
    };
    let followed = match first.method {
        Method::Bye if first.status.is_none() && case.goes_on_after(first).is_some() => format!(
            "{}'s RTP goes on for {:.1} s after it",
            case.name(first.side.other()),
            case.goes_on_after(first).unwrap_or_default().as_secs_f64()
        ),
        Method::Bye => "it ends the call all the same".to_owned(),
        _ => case.what_followed(first),
    };
    let detail = format!("the {name} is {}{count}; {followed}", case.sent_text(first));
    let messages = all.iter().flat_map(|r| [Some(r.message), r.answer]);
    let finding = case.found(&RULE, Severity::Warning, title, detail);
    let finding = match (&first.method, first.status) {
        (Method::Info, Some(_)) => {
            finding.advise("Send digits as RTP events (RFC 4733), or switch INFO on at the other side.")
        }
        (_, None) => finding.advise("Look whether the request goes where the Contact and Record-Route of the other side say, and whether that host is still there."),
        _ => finding,
    };
    finding.messages(messages.flatten().take(8))
}

#[cfg(test)]
mod tests {
    use crate::call::{InDialogRequest, RequestLoop};
    use crate::diagnosis::building::{Scene, at, message};
    use crate::types::{CallNo, Method, Party};

    fn with(method: Method, status: u16, change: impl FnOnce(&mut InDialogRequest)) -> Scene {
        Scene::answered().call(|c| {
            let mut request =
                InDialogRequest::sample(method, Party::Callee, message(10), at(5.0), status);
            change(&mut request);
            if request.method == Method::Bye {
                c.evidence.bye = Some(request.message);
            }
            c.requests = vec![request];
        })
    }

    pub(super) fn an_info_is_refused() -> Scene {
        with(Method::Info, 415, |_| {})
    }

    pub(super) fn an_info_is_taken() -> Scene {
        with(Method::Info, 200, |_| {})
    }

    #[test]
    fn a_bye_that_goes_round_in_a_loop_is_told_as_the_loop() {
        let refused = |call| {
            let scene = with(Method::Bye, 483, |r| r.cseq = 2);
            scene.and_a_loop(RequestLoop {
                method: Method::Bye,
                cseq: 2,
                call: Some(call),
                ..RequestLoop::sample([message(4), message(6)], message(9))
            })
        };
        let own = refused(CallNo::after(0));
        let title = "the BYE goes round in a loop: 192.0.2.5:5060, 192.0.2.6:5060";
        assert_eq!(own.title_of("routing_loop"), title);
        assert!(!own.has("request_failed"));
        assert!(refused(CallNo::after(6)).has("request_failed"));
    }

    #[test]
    fn each_kind_of_failure_is_told_as_what_it_is() {
        let unanswered = |r: &mut InDialogRequest| r.sends = 11;
        let until = |s: Scene, end| s.capture(move |c| c.last_time = Some(at(end)));
        for (scene, title) in [
            (
                an_info_is_refused(),
                "bob's INFO is refused: 415 Unsupported Media Type (#11)",
            ),
            (
                with(Method::Bye, 481, |_| {}),
                "bob's BYE got 481 Call/Transaction Does Not Exist (#11): the other side has no such call",
            ),
            (
                until(with(Method::Bye, 0, unanswered), 40.0),
                "no answer to bob's BYE is in the capture",
            ),
        ] {
            assert_eq!(scene.title_of("request_failed"), title);
        }
        // The first copy may have ended the call.
        let again = |r: &mut InDialogRequest| (r.sends, r.repeat_count) = (2, 1);
        assert!(!with(Method::Bye, 481, again).has("request_failed"));
        // Alice talks on as if there were no BYE.
        let talks_on = until(with(Method::Bye, 0, unanswered), 20.0);
        let talks_on = talks_on.stream_from(Party::Caller, |s| s.last_time = at(19.0));
        let talks_on = talks_on.stream_from(Party::Callee, |s| s.last_time = at(5.0));
        let found = talks_on.call(|c| c.end = Some(at(5.0))).findings();
        let found = found
            .iter()
            .find(|f| f.rule.code == "request_failed")
            .unwrap();
        assert_eq!(
            found.detail,
            "the BYE is #10, sent 11 times; alice's RTP goes on for 14.0 s after it"
        );
        // The capture ends before the sender gives up.
        let early = until(with(Method::Bye, 0, unanswered), 20.0);
        let early = early.stream_from(Party::Caller, |s| s.last_time = at(5.2));
        assert!(!early.has("request_failed"));
    }
}
