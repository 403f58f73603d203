//! Requests that nobody answered.

use super::{going_round, routing_loop};
use crate::call::{Failure, Outcome, Repeated};
use crate::diagnosis::case::{CallCase, RegistrationCase};
use crate::diagnosis::finding::Finding;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::types::{Party, Severity};

pub(super) static RULE: Rule = Rule {
    code: "no_response",
    severities: &[Severity::Error],
    clause: Some("RFC 3261 §17.1.1.2"),
    page: Page {
        means: "An INVITE or a REGISTER got no answer, or a proxy gave up waiting for one (408). Over UDP the sender \
repeats the request, after 0.5 s at first and then less often, and gives up after 32 s.",
        evidence: "The request, how often it was sent, and that no final response to it is in the capture; or the 408 \
or 504 of a proxy. Where an ICMP error says why, the finding is `icmp_unreachable` instead.",
        check: "Check that address and port are right, that the phone or server is running, and that no firewall \
drops the packets. Capture at the receiver: if the request arrives there, look at the way back.",
        limits: "That no answer is in the capture does not prove that none was sent: it may have taken a way that \
does not pass the capture point. Where the capture ends early, the answer may have come later.",
    },
    looks: &[Look::Call(call), Look::Registration(registration)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Built {
        has: tests::invite_sent_seven_times,
        almost: tests::the_same_with_an_icmp_error,
    },
};

fn call(case: &CallCase<'_>, out: &mut Vec<Finding>) {
    let call = case.call;
    let marks = &call.evidence;
    if call.outcome != Outcome::Timeout || marks.icmp.is_some() || routing_loop::is_about(case) {
        return;
    }
    let detail = match (call.final_status, marks.invite_sends) {
        (Some(status), _) => format!(
            "{status} {} after {}",
            call.final_reason.as_deref().unwrap_or("").trim(),
            waited(case).unwrap_or_else(|| "an unknown time".to_owned())
        ),
        (None, 1) => "the INVITE was sent once, and no response is in the capture".to_owned(),
        (None, n) => format!("the INVITE was sent {n} times, and no response is in the capture"),
    };
    let detail = match call.final_status.and_then(|_| sent_again(case)) {
        Some(again) => format!("{detail}; {again}"),
        None => detail,
    };
    let finding = case
        .found(
            &RULE,
            Severity::Error,
            format!(
                "no answer came from the side of {}",
                case.name(Party::Callee)
            ),
            detail,
        )
        .advise("Check that the address and port are right, that the phone is running, and that no firewall drops the packets.")
        .messages([marks.invite, marks.final_response].into_iter().flatten());
    out.push(finding);
}

/// Which host sent the INVITE again, where a server on the way did.
fn sent_again(case: &CallCase<'_>) -> Option<String> {
    let repeated = &case.call.evidence.repeated;
    let last = repeated.iter().rev().find(|r| r.is_first_invite())?;
    let same = |r: &&Repeated| {
        r.is_first_invite() && (r.from.addr, r.to.addr) == (last.from.addr, last.to.addr)
    };
    let sent = repeated.iter().filter(same).count() + 1;
    let (from, to) = (last.from.addr, last.to.addr);
    Some(format!("{from} sent the INVITE to {to} {sent} times"))
}

fn waited(case: &CallCase<'_>) -> Option<String> {
    let end = case.call.end?;
    Some(format!("{:.1} s", (end - case.call.start).as_secs_f64()))
}

fn registration(case: &RegistrationCase<'_>, out: &mut Vec<Finding>) {
    if case.failure() != Failure::Silence {
        return;
    }
    if case.registration.icmp.is_some() || going_round::is_of_registration(case) {
        return;
    }
    let finding = case
        .found(
            &RULE,
            Severity::Error,
            format!(
                "{}'s REGISTER to {} was never answered",
                case.user(),
                case.registration.registrar
            ),
            match case.last.retransmissions {
                0 => "sent once".to_owned(),
                n => format!("sent {} times", n + 1),
            },
        )
        .advise("Check the registrar's address and port, that it runs, and that it can read the request.")
        .clause("RFC 3261 §17.1.2.2");
    out.push(finding);
}

#[cfg(test)]
mod tests {
    use crate::call::{Outcome, RegisterOutcome};
    use crate::diagnosis::building::{Scene, port_unreachable};

    pub(super) fn invite_sent_seven_times() -> Scene {
        Scene::failed(Outcome::Timeout, 0).call(|c| c.evidence.invite_sends = 7)
    }

    pub(super) fn the_same_with_an_icmp_error() -> Scene {
        invite_sent_seven_times().call(|c| c.evidence.icmp = Some(Box::new(port_unreachable())))
    }

    #[test]
    fn a_registrar_that_stays_silent_is_named_with_the_times_it_was_asked() {
        let scene = Scene::registration(RegisterOutcome::NoResponse, 0, |a| a.retransmissions = 6);
        let found = scene.findings();
        assert_eq!(
            found[0].title,
            "alice's REGISTER to 192.0.2.10:5060 was never answered"
        );
        assert_eq!(found[0].detail, "sent 7 times");
    }
}
