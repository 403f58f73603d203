//! SIP messages that had to be sent again.

use super::{
    ack_not_received, going_round, missing_ack, private_contact, request_failed,
    session_refresh_failed,
};
use crate::call::{Answered, Outcome, Repeated};
use crate::diagnosis::case::CallCase;
use crate::diagnosis::finding::Finding;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::types::{Delta, MessageId, Severity};

pub(super) static RULE: Rule = Rule {
    code: "retransmissions",
    severities: &[Severity::Warning],
    clause: Some("RFC 3261 §17"),
    page: Page {
        means: "Two or more SIP messages of the call were sent again. A SIP element repeats a message when no answer \
to it came in time (0.5 s at first).",
        evidence: "Messages with the same transaction, sent again by the same host; with each the timer that sends it again, and \
whether an answer (an ACK, of a response) passed before or after. Second copies that the capture \
itself made (the device 'any', a mirror port) are not counted.",
        check: "Look which host repeats: the packets, or the answers to them, are lost behind it, or the host there \
answers slowly. Capture on the other side of that host to see whether the message arrives.",
        limits: "Whether the message or its answer was lost cannot be told at one point, and an answer that did not pass here may have taken another way. A repetition can also mean \
that the answer did come, but too late. One repeated message in a call is everyday life and no \
finding, and so is a 200 that is sent again once while its ACK is on the way.",
    },
    looks: &[Look::Call(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Built {
        has: tests::two_repetitions,
        almost: tests::one_repetition,
    },
};

/// Repetitions of one call from which on they are worth a word: one lost packet is everyday life.
const MANY: u32 = 2;

/// Messages sent again for a reason that another rule names.
#[derive(Default)]
struct Told {
    messages: Vec<MessageId>,
    count: u32,
}

impl Told {
    fn of(case: &CallCase<'_>) -> Told {
        let marks = &case.call.evidence;
        let mut told = Told::default();
        let of_ack = going_round::is_of_ack(case) || ack_not_received::is_about(case).is_some();
        if of_ack || missing_ack::is_error(case) {
            told.add(&marks.in_dialog_repeats, marks.repeated_in_dialog);
        }
        if crosses_its_ack(case) {
            told.add(&marks.in_dialog_repeats, marks.repeated_in_dialog);
        }
        for other in marks.other_answers.iter().filter(|o| !o.acked) {
            told.add(&other.repeated, other.repeated_count);
        }
        // Nobody answered the INVITE: `no_response` says it.
        if case.call.outcome == Outcome::Timeout {
            let all = marks.retransmissions.iter().zip(&marks.repeated);
            let invites = all.filter(|(_, r)| r.is_first_invite());
            let invites: Vec<MessageId> = invites.map(|(m, _)| *m).collect();
            told.add(&invites, invites.len() as u32);
        }
        for request in &case.call.requests {
            if missing_ack::is_about(case, request)
                || session_refresh_failed::is_about(case, request)
                || request_failed::is_about(case, request)
                || private_contact::is_about(case, request)
                || going_round::is_of(case, &request.method, request.cseq)
            {
                told.add(&request.repeats, request.repeat_count);
            }
        }
        told
    }

    fn add(&mut self, messages: &[MessageId], count: u32) {
        self.messages.extend(messages);
        self.count += count;
    }
}

/// The 200 was sent again once, while its ACK was on the way: nothing was lost. Each copy of a 200 is acknowledged
/// (RFC 3261 §13.2.2.4), and each hop passes both on.
fn crosses_its_ack(case: &CallCase<'_>) -> bool {
    const T1: Delta = Delta::from_millis(500);
    let marks = &case.call.evidence;
    let hops = case.call.hops.len().max(1) as u32;
    marks.unheard_ack.as_deref().is_some_and(|u| {
        u.repeats == 1
            && marks.answer_repeats == 1
            && u.last - u.ack_time < T1
            && marks.repeated_in_dialog <= 2 * hops
    })
}

fn run(case: &CallCase<'_>, out: &mut Vec<Finding>) {
    let marks = &case.call.evidence;
    // An ICMP error says why they were sent again.
    // Why they are sent again is told by `response_to_other_port`.
    if marks.unheard.is_some() {
        return;
    }
    if marks.retransmission_count < MANY || marks.icmp.is_some() {
        return;
    }
    // Nobody answers at all: another rule says it.
    if case.call.outcome == Outcome::Timeout && case.call.final_status.is_none() {
        return;
    }
    let told = Told::of(case);
    let count = marks.retransmission_count.saturating_sub(told.count);
    if count < MANY {
        return;
    }
    let repeated = marks.retransmissions.iter().copied();
    let repeated: Vec<MessageId> = repeated.filter(|m| !told.messages.contains(m)).collect();
    let finding = case
        .found(
            &RULE,
            Severity::Warning,
            format!("{count} SIP messages of this call were sent again"),
            detail(case, &repeated),
        )
        .advise("Packets are lost, or a host answers slowly. Look at the host that is sent to, and at the network between the two.")
        .clause(clause(case, &repeated))
        .messages(repeated.into_iter().take(8));
    out.push(finding);
}

/// Hosts and kinds of messages told at most.
const MOST_KINDS: usize = 6;

/// What of each message that was sent again, in the same order.
fn kinds<'a>(
    case: &'a CallCase<'_>,
    repeated: &'a [MessageId],
) -> impl Iterator<Item = (MessageId, &'a Repeated)> {
    let marks = &case.call.evidence;
    let all = marks.retransmissions.iter().copied().zip(&marks.repeated);
    all.filter(|(m, _)| repeated.contains(m))
}

/// Who sends what again, and how often.
fn detail(case: &CallCase<'_>, repeated: &[MessageId]) -> String {
    const WHY: &str = "a message is repeated when no answer arrives in time";
    let mut groups: Vec<(&Repeated, Vec<MessageId>)> = Vec::new();
    for (message, what) in kinds(case, repeated) {
        let same = |(r, _): &&mut (&Repeated, Vec<MessageId>)| {
            (r.from.addr, r.to.addr, r.name()) == (what.from.addr, what.to.addr, what.name())
        };
        match groups.iter_mut().find(same) {
            Some((_, messages)) => messages.push(message),
            None => groups.push((what, vec![message])),
        }
    }
    let mut told: Vec<String> = groups
        .iter()
        .take(MOST_KINDS)
        .map(|(r, messages)| {
            let (from, to, frames) = (r.from.addr, r.to.addr, case.case.frames(messages));
            let waits = waits(case, messages);
            format!("{from} repeats to {to}: {} {frames}{waits}", r.name())
        })
        .collect();
    if told.is_empty() {
        return format!("{WHY}: {}", case.case.frames(repeated));
    }
    if groups.len() > MOST_KINDS {
        told.push("…".to_owned());
    }
    format!("{}; {WHY}", told.join("; "))
}

/// ` (Timer A, answered later)`; empty of what no timer sends.
fn waits(case: &CallCase<'_>, messages: &[MessageId]) -> String {
    let of_group = || kinds(case, messages).map(|(_, r)| r);
    let Some(first) = of_group().next() else {
        return String::new();
    };
    let Some(timer) = first.timer else {
        return String::new();
    };
    let answered = of_group().map(|r| r.answered).max().unwrap_or_default();
    let came = match (first.status, answered) {
        (None, Answered::Never) => "no answer passed here",
        (None, Answered::Later) => "answered later",
        (None, Answered::Before) => "an answer had passed here",
        (Some(s), _) if s.is_provisional() => return format!(" ({})", timer.name()),
        (Some(_), Answered::Never) => "no ACK passed here",
        (Some(_), Answered::Later) => "the ACK came later",
        (Some(_), Answered::Before) => "its ACK had passed here",
    };
    format!(" ({}, {came})", timer.name())
}

/// The clause of all of them, where they have one.
fn clause(case: &CallCase<'_>, repeated: &[MessageId]) -> &'static str {
    let mut clauses = kinds(case, repeated).map(|(_, r)| r.clause());
    let first = clauses.next().unwrap_or("RFC 3261 §17");
    match clauses.all(|c| c == first) {
        true => first,
        false => "RFC 3261 §17",
    }
}

#[cfg(test)]
mod tests {
    use crate::call::{Answered, Outcome, Repeated, Timer, UnheardAck};
    use crate::diagnosis::building::{Scene, at, message};
    use crate::types::{Endpoint, HostAddr, Method};

    pub(super) fn two_repetitions() -> Scene {
        repeated(2)
    }

    pub(super) fn one_repetition() -> Scene {
        repeated(1)
    }

    fn repeated(times: u32) -> Scene {
        Scene::answered().call(|c| {
            c.evidence.retransmission_count = times;
            c.evidence.retransmissions = (7..7 + times).map(message).collect();
        })
    }

    fn sent_again(scene: Scene, method: Method, in_dialog: bool) -> Scene {
        scene.call(|c| {
            let end = |n| Endpoint::new(HostAddr::v4([192, 0, 2, n]), 5060);
            let repeated = Repeated {
                method,
                status: None,
                in_dialog,
                from: end(10),
                to: end(12),
                to_tag: 0,
                cseq: 1,
                timer: Some(Timer::E),
                answered: Answered::Never,
            };
            c.evidence.retransmission_count = 2;
            c.evidence.retransmissions = vec![message(7), message(8)];
            c.evidence.repeated = vec![repeated; 2];
        })
    }

    #[test]
    fn the_host_that_repeats_is_named_with_the_clause_of_the_message() {
        let found = sent_again(Scene::answered(), Method::Bye, true).findings();
        assert_eq!(
            found[0].detail,
            "192.0.2.10 repeats to 192.0.2.12: BYE #7 #8 (Timer E, no answer passed here); a message is repeated when no answer arrives in time"
        );
        assert_eq!(found[0].clause, Some("RFC 3261 §17.1.2.2"));
    }

    #[test]
    fn an_invite_that_nobody_answers_is_told_once() {
        let unanswered = || Scene::failed(Outcome::Timeout, 408);
        assert!(!sent_again(unanswered(), Method::Invite, false).has("retransmissions"));
        assert!(sent_again(unanswered(), Method::Bye, true).has("retransmissions"));
    }

    #[test]
    fn a_200_that_crosses_its_ack_is_no_loss() {
        // Alice's ACK passes at 2.48 s, the second 200 at that time, and the ACK it asks for.
        let crossing = |last: f64, repeats: u32| {
            Scene::answered().call(move |c| {
                let mut unheard = UnheardAck::sample(message(4), at(2.48), at(last));
                unheard.repeats = repeats;
                c.evidence.unheard_ack = Some(Box::new(unheard));
                c.evidence.answer_repeats = repeats;
                c.evidence.in_dialog_repeats = vec![message(7), message(8)];
                c.evidence.repeated_in_dialog = 2;
                c.evidence.retransmission_count = 2;
                c.evidence.retransmissions = vec![message(7), message(8)];
            })
        };
        assert!(!crossing(2.5, 1).has("retransmissions"));
        assert!(crossing(3.5, 1).has("retransmissions"));
        assert!(crossing(2.5, 2).has("retransmissions"));
    }

    #[test]
    fn the_repeated_packets_are_named() {
        let found = two_repetitions().findings();
        assert_eq!(
            found[0].detail,
            "a message is repeated when no answer arrives in time: #7 #8"
        );
    }
}
