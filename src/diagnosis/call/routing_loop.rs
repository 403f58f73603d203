//! A request that goes round in circles.

use super::going_round;
use crate::call::Looping;
use crate::diagnosis::case::{CallCase, Case};
use crate::diagnosis::finding::Finding;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::types::{Endpoint, MessageId, Severity, StatusCode};

pub(super) static RULE: Rule = Rule {
    code: "routing_loop",
    severities: &[Severity::Warning, Severity::Error],
    clause: Some("RFC 3261 §16.3, RFC 5393 §4.2"),
    page: Page {
        means: "The INVITE, a request within a call (BYE, re-INVITE, ACK and the like) or one outside calls (REGISTER, OPTIONS, MESSAGE, SUBSCRIBE and the like) came back to a host that had sent it on already, with the same Request-URI and the same Route: \
it would go round until Max-Forwards is used up (483) or somebody notices (482).",
        evidence: "Copies of one INVITE (Call-ID and CSeq) that reach the same host with more Via headers and the same \
Request-URI and Route (error); of another request, that a later copy carries the Via of an earlier one and comes \
back so twice, or to a 482 or 483, and no 2xx answers it (error); or a 482, or a 483 to an INVITE that began with a Max-Forwards no real path uses up \
(warning).",
        check: "Look at the routing rules of the hosts named: a domain that is not known as the host's own, an alias or \
forward that points back, a registration whose Contact is the proxy itself.",
        limits: "A request may pass a host twice with another Request-URI (a spiral): that is legal and no finding. Where \
only a 482 is seen, two copies of a forked request may have met at one phone (RFC 3261 §8.2.2.2).",
    },
    looks: &[Look::Call(run), Look::Capture(going_round::run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Built {
        has: tests::round_and_round,
        almost: tests::few_hops_allowed,
    },
};

pub(super) const ADVICE: &str = "Look at the routing rules of the hosts named: a domain not known as their own, an alias or Contact that points back.";

/// No path is that long, so who runs out of it has been in a circle.
const ENOUGH_HOPS: u8 = 20;

fn looping<'a>(case: &'a CallCase<'_>) -> Option<&'a Looping> {
    let looping = case.call.evidence.looping.as_deref();
    let looping = looping.filter(|_| case.call.answer.is_none())?;
    let runs_out = looping.max_forwards.is_some_and(|m| m >= ENOUGH_HOPS);
    let refused = looping.refused.map(|(status, ..)| status.get());
    let is_loop = match (&looping.again, refused) {
        (Some(_), _) => true,
        (None, Some(483)) => runs_out,
        (None, refused) => refused.is_some(),
    };
    // What a branch of a fork said decides nothing.
    let decides = refused.is_none() || case.call.final_status.is_none_or(|s| s.get() >= 300);
    (is_loop && decides).then_some(looping)
}

/// True where the failure is told here.
pub(super) fn is_about(case: &CallCase<'_>) -> bool {
    let by_status = case
        .call
        .final_status
        .is_some_and(|s| matches!(s.get(), 482 | 483));
    looping(case).is_some_and(|l| l.again.is_some() || by_status)
}

/// `483 Too Many Hops (#12) from 10.0.0.2:5060`.
pub(super) fn refusal(
    case: &Case<'_>,
    (status, message, by): (StatusCode, MessageId, Endpoint),
) -> String {
    let frame = case.frames(&[message]);
    let phrase = crate::sip::status::phrase(status).unwrap_or_default();
    format!("{status} {phrase} ({frame}) from {by}")
}

fn run(case: &CallCase<'_>, out: &mut Vec<Finding>) {
    let Some(looping) = looping(case).filter(|_| is_about(case)) else {
        return;
    };
    let says = looping.refused.map(|refused| refusal(case.case, refused));
    let messages = [
        case.call.evidence.invite,
        looping.again.map(|(_, m)| m),
        looping.refused.map(|(_, m, _)| m),
    ];
    let finding = match (&looping.again, says) {
        (Some((at, again)), says) => {
            let until = says.map_or(String::new(), |s| format!(", until {s}"));
            case.found(
                &RULE,
                Severity::Error,
                circle("INVITE", *at, &looping.hosts),
                format!(
                    "the same INVITE reaches {at} {} times, with the same Request-URI and Route, the second time in {}{until}",
                    looping.passes,
                    case.case.frames(&[*again])
                ),
            )
        }
        (None, Some(says)) => {
            let used_up = looping.refused.is_some_and(|(s, ..)| s.get() == 483);
            let (title, why) = match used_up {
                true => (
                    format!("the INVITE used up its hops: {says}"),
                    format!(
                        "it began with Max-Forwards {}, more than a path without a loop needs; the loop itself is not in the capture",
                        looping.max_forwards.unwrap_or_default()
                    ),
                ),
                false => (
                    format!("a host saw the INVITE a second time: {says}"),
                    "a loop, or two copies of a forked INVITE that met there; the copies are not in the capture".to_owned(),
                ),
            };
            case.found(&RULE, Severity::Warning, title, why)
        }
        (None, None) => return,
    };
    let finding = finding
        .advise(ADVICE)
        .messages(messages.into_iter().flatten());
    out.push(finding);
}

/// Who sends it round.
pub(super) fn circle(method: &str, at: Endpoint, hosts: &[Endpoint]) -> String {
    match hosts {
        [] | [_] => format!("the {method} goes round in a loop: {at} sends it to itself"),
        hosts => {
            let names: Vec<String> = hosts.iter().map(Endpoint::to_string).collect();
            format!("the {method} goes round in a loop: {}", names.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::call::{Looping, Outcome};
    use crate::diagnosis::building::{Scene, endpoint, message};
    use crate::types::StatusCode;

    fn failed(status: u16, change: impl FnOnce(&mut Looping)) -> Scene {
        Scene::failed(Outcome::Failed, status).call(move |c| {
            let by = endpoint([192, 0, 2, 10], 5060);
            let refused = StatusCode::new(status).map(|s| (s, message(2), by));
            let mut looping = Looping {
                refused,
                max_forwards: Some(70),
                ..Looping::default()
            };
            change(&mut looping);
            c.evidence.looping = Some(Box::new(looping));
        })
    }

    pub(super) fn round_and_round() -> Scene {
        failed(483, |l| {
            let at = endpoint([192, 0, 2, 10], 5060);
            (l.again, l.passes, l.hosts) = (Some((at, message(5))), 9, vec![at]);
        })
    }

    pub(super) fn few_hops_allowed() -> Scene {
        failed(483, |l| l.max_forwards = Some(3))
    }

    #[test]
    fn the_host_is_named_and_what_is_only_said_is_no_more_than_a_warning() {
        assert_eq!(
            round_and_round().said(),
            [
                "error routing_loop: the INVITE goes round in a loop: 192.0.2.10:5060 sends it to itself"
            ]
        );
        assert_eq!(
            failed(483, |_| {}).said(),
            [
                "warning routing_loop: the INVITE used up its hops: 483 Too Many Hops (#2) from 192.0.2.10:5060"
            ]
        );
        assert_eq!(
            failed(482, |_| {}).said(),
            [
                "warning routing_loop: a host saw the INVITE a second time: 482 Loop Detected (#2) from 192.0.2.10:5060"
            ]
        );
        assert!(few_hops_allowed().has("call_failed"));
    }
}
