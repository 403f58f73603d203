//! A transfer that was refused, or tried in vain.

use super::transfer_result_unknown::title_of;
use crate::call::{CallLink, LinkKind, LinkResult, LinkRole, Told, Transfer};
use crate::diagnosis::case::CallCase;
use crate::diagnosis::finding::Finding;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::types::{MessageId, Method, Severity};

pub(super) static RULE: Rule = Rule {
    code: "transfer_failed",
    severities: &[Severity::Warning],
    clause: Some("RFC 3515 §2.4.5"),
    page: Page {
        means: "One side of the call asked the other to call somebody else (REFER), and that did not come about: the \
REFER was refused, or it was accepted and the attempt failed.",
        evidence: "The REFER and its final response; the status line that a NOTIFY about it carries (message/sipfrag); \
where no NOTIFY with a final status is in the capture, the final response to the call that resulted. That \
call is the one whose Replaces or Referred-By says so, or that the host which got the REFER makes to the \
address in Refer-To.",
        check: "Look up the status. Of a refused REFER (403, 405, 501, 603) see whether the phone and the servers on \
the path allow transfers. Of a failed one (404, 480, 486, 603) see whether the target is right, registered \
and free; after 481 the call that was to be replaced had ended already.",
        limits: "The NOTIFY tells what its sender chose to tell: who of those behind it sent the status first is to be \
seen only where the resulting call is in the capture. What the first call's parties did next, the other \
messages of the call show.",
    },
    looks: &[Look::Call(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Built {
        has: tests::declined,
        almost: tests::done,
    },
};

fn run(case: &CallCase<'_>, out: &mut Vec<Finding>) {
    let Some(ties) = &case.call.ties else { return };
    for transfer in ties.transfers() {
        if goes_round(case, transfer) {
            continue;
        }
        let link = link_of(&ties.links, transfer);
        let what = title_of(case, transfer);
        let told = |m: &MessageId| case.case.frames(&[*m]);
        let next = link.and_then(|l| l.call);
        let led_to = next.map_or(String::new(), |c| format!("; call {c} resulted from it"));
        let asked = match transfer.refer {
            Some((id, _)) => format!("the REFER is {}", told(&id)),
            None => "the REFER is not in the capture".to_owned(),
        };
        let (title, advice) = if let Some(refused) = transfer.refused() {
            let frame = told(&refused.message);
            (
                format!("{what} was refused: {} ({frame})", refused.text()),
                "Find the host that sent the response first: it, or its settings, does not allow this transfer.",
            )
        } else if let Some(failed) = transfer.outcome().filter(|o| !o.status.is_success()) {
            let (who, frame) = (case.name(transfer.by.other()), told(&failed.message));
            (
                format!("{what} failed: {who} reports {} ({frame})", failed.text()),
                "Look up the status, and whether the target of the transfer is right, registered and free.",
            )
        } else if let (Some(link), Some(next)) = (link, next)
            && link.result == LinkResult::Failed
            && let Some(status) = link.status
        {
            (
                format!("{what} failed: call {next}, which resulted from it, got {status}"),
                "Look up the status, and whether the target of the transfer is right, registered and free.",
            )
        } else {
            continue;
        };
        let clause = match transfer.refused() {
            Some(_) => "RFC 3515 §2.4.2",
            None => "RFC 3515 §2.4.5",
        };
        let finding = case
            .found(&RULE, Severity::Warning, title, format!("{asked}{led_to}"))
            .clause(clause)
            .advise(advice)
            .calls(next)
            .messages(transfer.messages());
        out.push(finding);
    }
}

/// The REFER goes round in a loop, which is told as what it is.
fn goes_round(case: &CallCase<'_>, transfer: &Transfer) -> bool {
    let of_loop = |t: &Told| matches!(t.status.get(), 482 | 483);
    let Some((refer, _)) = transfer
        .refer
        .filter(|_| transfer.refused().is_some_and(of_loop))
    else {
        return false;
    };
    let mut loops = case.case.loops.iter();
    loops.any(|l| l.method == Method::Refer && l.messages.contains(&refer))
}

/// What a transfer led to.
pub(super) fn link_of<'a>(links: &'a [CallLink], transfer: &Transfer) -> Option<&'a CallLink> {
    let first = transfer.messages().min()?;
    let mut links = links.iter();
    links.find(|l| {
        let leads = l.kind != LinkKind::Redirect && l.role == LinkRole::LeadsTo;
        leads && l.messages.first() == Some(&first)
    })
}

/// A transfer that failed led to this call: the finding about the transfer tells it.
pub(super) fn tells_of(case: &CallCase<'_>) -> bool {
    let ties = case.call.ties.as_ref();
    ties.is_some_and(|t| {
        t.links.iter().any(|l| {
            let comes = l.kind == LinkKind::Transfer && l.role == LinkRole::ComesFrom;
            comes && l.result == LinkResult::Failed
        })
    })
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::building::Scene;

    pub(super) fn declined() -> Scene {
        Scene::answered().transferred(Some(202), Some(603))
    }

    pub(super) fn done() -> Scene {
        Scene::answered().transferred(Some(202), Some(200))
    }

    #[test]
    fn who_reports_the_failure_is_named_with_its_packet() {
        assert_eq!(
            declined().said(),
            ["warning transfer_failed: the transfer to carol failed: bob reports 603 Decline (#9)"]
        );
        assert_eq!(done().said(), [""; 0]);
    }

    #[test]
    fn a_refer_that_goes_round_is_told_as_a_loop() {
        use crate::call::RequestLoop;
        use crate::diagnosis::building::message;
        use crate::types::{CallNo, Method};
        let mut seen = RequestLoop::sample([message(7), message(9)], message(8));
        (seen.method, seen.call) = (Method::Refer, Some(CallNo::after(0)));
        let refused = Scene::answered().transferred(Some(483), None);
        assert!(refused.has("transfer_failed"));
        let round = refused.and_a_loop(seen);
        assert!(round.has("routing_loop") && !round.has("transfer_failed"));
    }

    #[test]
    fn a_refused_refer_is_no_failed_attempt() {
        let refused = Scene::answered().transferred(Some(403), None);
        assert_eq!(
            refused.said(),
            ["warning transfer_failed: the transfer to carol was refused: 403 Forbidden (#8)"]
        );
    }
}
