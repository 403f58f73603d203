//! SIP messages that had to be sent again.

use super::{
    ack_not_received, missing_ack, private_contact, request_failed, session_refresh_failed,
};
use crate::call::Outcome;
use crate::diagnosis::case::CallCase;
use crate::diagnosis::finding::Finding;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::types::{MessageId, Severity};

pub(super) static RULE: Rule = Rule {
    code: "retransmissions",
    severities: &[Severity::Warning],
    clause: Some("RFC 3261 §17.1.1.2"),
    page: Page {
        means: "Two or more SIP messages of the call were sent again. A SIP element repeats a message when no answer \
to it came in time (0.5 s at first).",
        evidence: "Messages with the same transaction, sent again by the same host. Second copies that the capture \
itself made (the device 'any', a mirror port) are not counted.",
        check: "Look which host repeats: the packets, or the answers to them, are lost behind it, or the host there \
answers slowly. Capture on the other side of that host to see whether the message arrives.",
        limits: "Whether the message or its answer was lost cannot be told at one point. A repetition can also mean \
that the answer did come, but too late. One repeated message in a call is everyday life and no \
finding.",
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
        if ack_not_received::is_about(case).is_some() || missing_ack::is_error(case) {
            told.add(&marks.in_dialog_repeats, marks.repeated_in_dialog);
        }
        for other in marks.other_answers.iter().filter(|o| !o.acked) {
            told.add(&other.repeated, other.repeated_count);
        }
        for request in &case.call.requests {
            if session_refresh_failed::is_about(case, request)
                || request_failed::is_about(case, request)
                || private_contact::is_about(case, request)
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
            format!(
                "a message is repeated when no answer arrives in time: {}",
                case.case.frames(&repeated)
            ),
        )
        .advise("Packets are lost, or a host answers slowly. See which host sends again: look at the host it sends to, and at the network between them.")
        .messages(repeated.into_iter().take(8));
    out.push(finding);
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::building::{Scene, message};

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

    #[test]
    fn the_repeated_packets_are_named() {
        let found = two_repetitions().findings();
        assert_eq!(
            found[0].detail,
            "a message is repeated when no answer arrives in time: #7 #8"
        );
    }
}
