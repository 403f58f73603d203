//! An ACK whose branch does not fit what it acknowledges.

use crate::diagnosis::case::CallCase;
use crate::diagnosis::finding::Finding;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::types::Severity;

pub(super) static RULE: Rule = Rule {
    code: "ack_wrong_branch",
    severities: &[Severity::Info, Severity::Warning],
    clause: Some("RFC 3261 §17.1.1.3"),
    page: Page {
        means: "The branch of the topmost Via tells a server what an ACK belongs to. The ACK of a refusal (300 to 699) \
carries the branch of its INVITE, so that the server stops repeating the refusal; the ACK of a 2xx is a transaction \
of its own and carries a new branch (§8.1.1.7). Here it is the other way round.",
        evidence: "INVITE, final response and ACK between the same two hosts, with the same CSeq number and the To tag \
of that response. Only branches of the form of RFC 3261 (z9hG4bK) are compared.",
        check: "It is a fault of the software that sends the ACK. Look whether the response is repeated after it.",
        limits: "Many servers find the INVITE by Call-ID, CSeq and tags and do not mind. It is a warning only where the \
refusal came again after that ACK, and even then the ACK may have been lost behind the capture point.",
    },
    looks: &[Look::Call(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Built {
        has: tests::another_branch,
        almost: tests::the_right_branch,
    },
};

fn run(case: &CallCase<'_>, out: &mut Vec<Finding>) {
    let Some(flaw) = case.call.evidence.ack_flaw.as_deref() else {
        return;
    };
    let (ack, answer) = (
        case.case.frames(&[flaw.ack]),
        case.case.frames(&[flaw.answer]),
    );
    let status = flaw.status.get();
    let (severity, title, detail) = match flaw.status.is_success() {
        true => (
            Severity::Info,
            format!("The ACK of the {status} carries the branch of its INVITE"),
            format!(
                "the ACK {ack} of the {status} {answer} is a transaction of its own and needs a new branch"
            ),
        ),
        false => (
            match flaw.came_again {
                true => Severity::Warning,
                false => Severity::Info,
            },
            format!("The ACK of the {status} does not carry the branch of its INVITE"),
            format!(
                "the ACK {ack} of the {status} {answer} has another branch than the INVITE; {}",
                match flaw.came_again {
                    true =>
                        "the refusal came again after it, as from a server that does not take it for the ACK it waits for",
                    false => "the refusal did not come again here after it",
                }
            ),
        ),
    };
    let clause = match flaw.status.is_success() {
        true => "RFC 3261 §8.1.1.7",
        false => "RFC 3261 §17.1.1.3",
    };
    let finding = case
        .found(&RULE, severity, title, detail)
        .advise("Look for an update of the software that sends the ACK.")
        .clause(clause)
        .messages([flaw.answer, flaw.ack]);
    out.push(finding);
}

#[cfg(test)]
mod tests {
    use crate::call::{AckFlaw, Outcome};
    use crate::diagnosis::building::{Scene, message};
    use crate::types::StatusCode;

    fn with(status: u16, scene: Scene) -> Scene {
        scene.call(|c| {
            c.evidence.ack_flaw = StatusCode::new(status).map(|status| {
                Box::new(AckFlaw {
                    status,
                    answer: message(2),
                    ack: message(3),
                    came_again: !status.is_success(),
                })
            });
        })
    }

    pub(super) fn another_branch() -> Scene {
        with(486, Scene::failed(Outcome::Busy, 486))
    }

    pub(super) fn the_right_branch() -> Scene {
        Scene::failed(Outcome::Busy, 486)
    }

    #[test]
    fn it_is_a_warning_where_the_refusal_comes_again() {
        let found = another_branch().findings();
        assert_eq!(found[0].rule.code, "ack_wrong_branch");
        assert_eq!(
            found[0].title,
            "The ACK of the 486 does not carry the branch of its INVITE"
        );
        assert_eq!(found[0].severity.as_str(), "warning");
        let quiet = another_branch().call(|c| {
            if let Some(flaw) = &mut c.evidence.ack_flaw {
                flaw.came_again = false;
            }
        });
        assert_eq!(quiet.findings()[0].severity.as_str(), "info");
        let found = with(200, Scene::answered()).findings();
        assert_eq!(found[0].severity.as_str(), "info");
        assert_eq!(found[0].clause, Some("RFC 3261 §8.1.1.7"));
    }
}
