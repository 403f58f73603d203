//! A change of the session that the other side refuses.

use super::{going_round, session_refresh_failed};
use crate::call::InDialogRequest;
use crate::diagnosis::case::CallCase;
use crate::diagnosis::finding::Finding;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::types::Severity;

pub(super) static RULE: Rule = Rule {
    code: "reinvite_refused",
    severities: &[Severity::Info, Severity::Warning],
    clause: Some("RFC 3261 §14.1"),
    page: Page {
        means: "One side asked to change the session within the call (a re-INVITE or UPDATE: hold, another codec, \
another address, video, fax), and the other side refused. The session then stays as it was. It is information only \
where both sides asked at once (491) or a later try went well.",
        evidence: "The re-INVITE or UPDATE, its final response, later ones of the same side, and a BYE that follows \
within 5 s.",
        check: "Compare the SDP of the refused request with what was agreed before: 488 is about media (codec, \
profile, direction), 491 about two requests at once, 500 with Retry-After about a request too many, 481 and 408 end \
the dialog.",
        limits: "What the refusing side would have accepted is not in the packets, unless its response carries SDP or a \
Warning. That a BYE follows soon does not prove that it follows from the refusal.",
    },
    looks: &[Look::Call(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Built {
        has: tests::refused_for_its_media,
        almost: tests::agreed_to,
    },
};

fn run(case: &CallCase<'_>, out: &mut Vec<Finding>) {
    let refused = case.call.requests.iter();
    let refused: Vec<&InDialogRequest> = refused
        .filter(|r| r.is_change() && r.is_refused() && !r.cancelled)
        .filter(|r| !session_refresh_failed::is_about(case, r))
        .filter(|r| !going_round::is_of(case, &r.method, r.cseq))
        .collect();
    let is_glare = |r: &InDialogRequest| r.status.is_some_and(|s| s.get() == 491);
    let mut for_good = refused
        .iter()
        .filter(|r| !is_glare(r) && !case.was_retried_well(r));
    if let Some(first) = for_good.next() {
        let more = for_good.count();
        out.push(serious(case, first, &refused, more));
    } else if let Some(first) = refused.first() {
        out.push(harmless(case, first, is_glare(first)));
    }
}

fn serious(
    case: &CallCase<'_>,
    first: &InDialogRequest,
    refused: &[&InDialogRequest],
    more: usize,
) -> Finding {
    let (who, other) = (case.name(first.side), case.name(first.side.other()));
    let response = case.response_text(first);
    let what = what(first);
    let ends = first.status.is_some_and(|s| matches!(s.get(), 408 | 481));
    let (title, means) = match ends {
        true => (
            format!("{who}'s {what} got {response}: the dialog is over for the side that answers"),
            "; such a response ends the dialog",
        ),
        false => (
            format!("{other}'s side refuses {who}'s {what}: {response}"),
            "; the session stays as it was",
        ),
    };
    let before = refused.iter().find(|r| {
        r.message < first.message
            && r.side == first.side
            && r.status.is_some_and(|s| s.get() == 491)
    });
    let before = before.map_or(String::new(), |r| {
        let frames = case.case.frames(r.answer.as_slice());
        format!("; the try before it crossed one of the other side (491, {frames})")
    });
    let more = match more {
        0 => String::new(),
        n => format!(
            "; {} more {} refused",
            n,
            if n == 1 { "was" } else { "were" }
        ),
    };
    let detail = format!(
        "the {} is {}{before}{means}{more}; {}",
        first.name(),
        case.sent_text(first),
        case.what_followed(first)
    );
    let finding = case
        .found(&RULE, Severity::Warning, title, detail)
        .advise(match ends {
            true => "Look why the side that answers has no such call any more: it ended it, was restarted, or another host answers in its place.",
            false => "Compare the SDP of the refused request with what was agreed before, and look at what the refusing side supports.",
        })
        .messages(refused.iter().flat_map(|r| [Some(r.message), r.answer]).flatten().take(8));
    match ends {
        true => finding.clause("RFC 3261 §12.2.1.2"),
        false => finding,
    }
}

fn harmless(case: &CallCase<'_>, first: &InDialogRequest, glare: bool) -> Finding {
    let response = case.response_text(first);
    let title = match glare {
        true => "both sides asked to change the session at once (491)".to_owned(),
        false => format!("a {} was refused at first: {response}", first.name()),
    };
    let retried = match case.was_retried_well(first) {
        true => "was tried again with success",
        false => "was not tried again in the capture",
    };
    let detail = format!(
        "{}'s {} {} got {response} and {retried}",
        case.name(first.side),
        first.name(),
        case.sent_text(first)
    );
    case.found(&RULE, Severity::Info, title, detail)
        .messages([Some(first.message), first.answer].into_iter().flatten())
}

/// `hold`, or `re-INVITE`.
fn what(r: &InDialogRequest) -> String {
    match r.asks_hold {
        true => format!("hold ({})", r.name()),
        false => r.name(),
    }
}

#[cfg(test)]
mod tests {
    use crate::call::InDialogRequest;
    use crate::diagnosis::building::{Scene, at, message};
    use crate::types::{Method, Party};

    fn changed(statuses: &'static [u16]) -> Scene {
        Scene::answered().call(move |c| {
            c.requests = (0u32..)
                .zip(statuses)
                .map(|(n, status)| {
                    let time = at(5.0 + f64::from(n));
                    InDialogRequest::sample(
                        Method::Invite,
                        Party::Callee,
                        message(10 + 2 * n),
                        time,
                        *status,
                    )
                })
                .collect();
        })
    }

    pub(super) fn refused_for_its_media() -> Scene {
        changed(&[491, 488])
    }

    pub(super) fn agreed_to() -> Scene {
        changed(&[200])
    }

    #[test]
    fn the_refusal_is_named_with_what_went_before_and_what_followed() {
        let found = refused_for_its_media().findings();
        assert_eq!(
            (&*found[0].title, &*found[0].detail),
            (
                "alice's side refuses bob's re-INVITE: 488 Not Acceptable Here (#13)",
                "the re-INVITE is #12; the try before it crossed one of the other side (491, #11); the session stays as \
                 it was; the call goes on"
            )
        );
    }

    #[test]
    fn glare_that_a_later_try_mends_is_information() {
        assert_eq!(
            changed(&[491, 200]).said(),
            ["info reinvite_refused: both sides asked to change the session at once (491)"]
        );
    }

    #[test]
    fn a_481_ends_the_dialog() {
        let found = changed(&[481]).findings();
        assert_eq!(found[0].clause, Some("RFC 3261 §12.2.1.2"));
        assert!(
            found[0]
                .title
                .ends_with("the dialog is over for the side that answers")
        );
    }
}
