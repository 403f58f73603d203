//! A transfer of which the capture does not show how it came out.

use super::transfer_failed::link_of;
use crate::call::{LinkResult, Transfer};
use crate::diagnosis::case::{CallCase, short_name};
use crate::diagnosis::finding::Finding;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::types::{MessageId, Severity};

pub(super) static RULE: Rule = Rule {
    code: "transfer_result_unknown",
    severities: &[Severity::Info],
    clause: Some("RFC 3515 §2.4.4"),
    page: Page {
        means: "One side of the call asked the other to call somebody else (REFER), and nothing in the capture tells \
how that came out.",
        evidence: "The REFER, and that no NOTIFY with a final status (message/sipfrag), no refusal and no outcome of \
a call that resulted from it is in the capture. A REFER that asks for no reports (Refer-Sub: false, RFC \
4488) is in order and no finding.",
        check: "Look whether the capture goes on long enough, and whether the call to the new address takes another \
way. If the one who was asked never reports although it accepted the REFER, look at that phone: many end the call as \
soon as the REFER is accepted.",
        limits: "Whether the transfer worked. A report that is not in the capture may have been sent.",
    },
    looks: &[Look::Call(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Built {
        has: tests::accepted_and_no_more,
        almost: tests::no_report_asked_for,
    },
};

fn run(case: &CallCase<'_>, out: &mut Vec<Finding>) {
    let Some(ties) = &case.call.ties else { return };
    for transfer in ties.transfers().iter().filter(|t| !t.is_silent) {
        let link = link_of(&ties.links, transfer);
        let result = link.map_or(transfer.result(), |l| l.result);
        if !matches!(result, LinkResult::Accepted | LinkResult::Unknown) {
            continue;
        }
        let frame = |m: &MessageId| case.case.frames(&[*m]);
        let asked = transfer
            .refer
            .map(|(id, _)| format!("REFER {}", frame(&id)));
        let accepted = transfer.answer.as_ref();
        let accepted =
            accepted.map(|a| format!("accepted with {} ({})", a.status, frame(&a.message)));
        let missing = match (&transfer.answer, transfer.ended) {
            _ if transfer.is_cut => "a NOTIFY about it was cut short".to_owned(),
            (_, Some(end)) => {
                format!(
                    "the last NOTIFY about it ({}) holds no final status",
                    frame(&end)
                )
            }
            (Some(_), None) => "no NOTIFY with a final status is in the capture".to_owned(),
            (None, None) if transfer.reports.is_empty() => {
                "no response to it is in the capture".to_owned()
            }
            (None, None) => "no NOTIFY with a final status is in the capture".to_owned(),
        };
        let parts: Vec<String> = [asked, accepted, Some(missing)]
            .into_iter()
            .flatten()
            .collect();
        let title = format!(
            "how {} came out is not in the capture",
            title_of(case, transfer)
        );
        let finding = case
            .found(&RULE, Severity::Info, title, parts.join("; "))
            .messages(transfer.messages());
        out.push(finding);
    }
}

/// `the transfer to carol`; of a REFER that a conference got, or that asks for no call, what it is instead.
pub(super) fn title_of(case: &CallCase<'_>, transfer: &Transfer) -> String {
    let target = transfer.target.as_deref().and_then(short_name);
    let target = target.unwrap_or_else(|| "an unknown address".to_owned());
    let ties = case.call.ties.as_ref();
    match &transfer.method {
        Some(method) => format!("the {method} to {target} that a REFER asks for"),
        None if ties.is_some_and(|t| t.is_focus(transfer.by.other())) => {
            format!("the conference's call to {target}")
        }
        None => format!("the transfer to {target}"),
    }
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::building::Scene;

    pub(super) fn accepted_and_no_more() -> Scene {
        Scene::answered().transferred(Some(202), None)
    }

    pub(super) fn no_report_asked_for() -> Scene {
        accepted_and_no_more().silently()
    }

    #[test]
    fn what_is_missing_is_named() {
        let details = |scene: Scene| scene.findings()[0].detail.clone();
        assert_eq!(
            details(accepted_and_no_more()),
            "REFER #7; accepted with 202 (#8); no NOTIFY with a final status is in the capture"
        );
        assert_eq!(
            details(Scene::answered().transferred(None, None)),
            "REFER #7; no response to it is in the capture"
        );
    }
}
