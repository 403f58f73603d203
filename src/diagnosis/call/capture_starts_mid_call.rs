//! A call that was under way when the capture began.

use crate::diagnosis::case::CallCase;
use crate::diagnosis::finding::Finding;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::types::Severity;

pub(super) static RULE: Rule = Rule {
    code: "capture_starts_mid_call",
    severities: &[Severity::Info],
    clause: None,
    page: Page {
        means: "Messages of the call are in the capture, but not its first INVITE: the capture began while the call \
was being set up or was going on, or it missed the INVITE.",
        evidence: "The first message of the call that is in the capture.",
        check: "Nothing is wrong with the call. To see it whole, start the capture before the call is made.",
        limits: "The set-up times cannot be known. Where no answer to the INVITE shows who called, the caller that is named is the \
sender of the first request seen, which may be the other side: a BYE or a re-INVITE can come from either. What SDP agreed may be \
unknown too.",
    },
    looks: &[Look::Call(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Built {
        has: tests::invite_before_the_capture,
        almost: crate::diagnosis::building::Scene::answered,
    },
};

fn run(case: &CallCase<'_>, out: &mut Vec<Finding>) {
    if case.call.invite_seen {
        return;
    }
    let finding = case
        .found(
            &RULE,
            Severity::Info,
            "this call's INVITE is not in the capture",
            match case.call.hole {
                Some(_) => "a part of its TCP stream is missing; the set-up times cannot be known",
                None if case.call.evidence.caller_shown => {
                    "the capture begins after it, or missed it; the set-up times cannot be known"
                }
                None => "the capture begins after it, or missed it; the set-up times cannot be known, and which side called is not known: the one named as caller sent the first request seen",
            },
        )
        .messages(case.call.messages.first().copied());
    out.push(finding);
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::building::Scene;

    pub(super) fn invite_before_the_capture() -> Scene {
        Scene::answered().call(|c| c.invite_seen = false)
    }

    #[test]
    fn such_a_call_is_no_fault_of_the_call() {
        assert_eq!(
            invite_before_the_capture().said(),
            ["info capture_starts_mid_call: this call's INVITE is not in the capture"]
        );
    }
}
