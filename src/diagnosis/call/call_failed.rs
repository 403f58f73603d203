//! A call that did not come about, for a reason no other rule tells better.

use super::{authentication_failed, codec_mismatch, routing_loop, transfer_failed};
use crate::call::Outcome;
use crate::call::{LinkKind, LinkRole};
use crate::diagnosis::case::CallCase;
use crate::diagnosis::finding::Finding;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::sip::status;
use crate::types::{Party, Severity};

pub(super) static RULE: Rule = Rule {
    code: "call_failed",
    severities: &[Severity::Warning],
    clause: None,
    page: Page {
        means: "The call was not answered: a final response of class 3xx, 4xx, 5xx or 6xx ended it. Busy, declined \
and cancelled calls are everyday life and no finding; wrong passwords and refused media have codes \
of their own.",
        evidence: "The INVITE and the final response on the caller's side of the path. The finding names the status \
code, its reason phrase and what the standard says of it.",
        check: "Look up the status code: 404 means the number or user is unknown to the server, 480 that the phone \
is not reachable for now, 503 that a server or gateway is overloaded or down. Then look which host \
sent the response first: the trouble is there or behind it.",
        limits: "The response is what the last host chose to say; proxies translate codes, and gateways make them of \
other networks' causes. Why that host decided so is not in the packets, unless a Reason or Warning \
header says it.",
    },
    looks: &[Look::Call(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Built {
        has: tests::not_found,
        almost: tests::busy,
    },
};

fn run(case: &CallCase<'_>, out: &mut Vec<Finding>) {
    let call = case.call;
    let is_failure = matches!(
        call.outcome,
        Outcome::Failed
            | Outcome::Rejected
            | Outcome::NotFound
            | Outcome::Unavailable
            | Outcome::Redirected
    );
    if !is_failure
        || authentication_failed::is_about(case)
        || codec_mismatch::is_refusal(case)
        || routing_loop::is_about(case)
    {
        return;
    }
    if goes_on_elsewhere(case) || transfer_failed::tells_of(case) {
        return;
    }
    let meaning = call.final_status.and_then(status::meaning);
    let messages = [call.evidence.invite, call.evidence.final_response];
    let finding = case
        .found(
            &RULE,
            Severity::Warning,
            match call.outcome {
                Outcome::Redirected => format!(
                    "the call to {} was redirected: {}; no call to the new address is in the capture",
                    case.name(Party::Callee),
                    case.answer_text()
                ),
                _ => format!(
                    "the call to {} failed: {}",
                    case.name(Party::Callee),
                    case.answer_text()
                ),
            },
            meaning.map_or("no further explanation is known", |s| s.meaning),
        )
        .clause(meaning.map(|s| s.source))
        .messages(messages.into_iter().flatten());
    out.push(finding);
}

/// A redirection that was followed is how redirection works.
fn goes_on_elsewhere(case: &CallCase<'_>) -> bool {
    let links = case.call.ties.iter().flat_map(|t| &t.links);
    let mut followed = links.filter(|l| l.kind == LinkKind::Redirect && l.call.is_some());
    case.call.outcome == Outcome::Redirected && followed.any(|l| l.role == LinkRole::LeadsTo)
}

#[cfg(test)]
mod tests {
    use crate::call::Outcome;
    use crate::diagnosis::building::Scene;

    pub(super) fn not_found() -> Scene {
        Scene::failed(Outcome::NotFound, 404)
    }

    pub(super) fn busy() -> Scene {
        Scene::failed(Outcome::Busy, 486)
    }

    #[test]
    fn the_final_response_is_named_with_its_packet() {
        assert_eq!(
            not_found().said(),
            ["warning call_failed: the call to bob failed: 404 Not Found (#2)"]
        );
    }
}
