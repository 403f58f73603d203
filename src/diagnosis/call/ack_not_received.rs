//! An ACK that is sent and does not arrive.

use super::going_round;
use crate::call::UnheardAck;
use crate::diagnosis::case::CallCase;
use crate::diagnosis::finding::Finding;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::diagnosis::words::times;
use crate::types::{Delta, Party, Severity};

pub(super) static RULE: Rule = Rule {
    code: "ack_not_received",
    severities: &[Severity::Error],
    clause: Some("RFC 3261 §13.3.1.4"),
    page: Page {
        means: "The call was answered and the caller sent its ACK, but the answering side went on repeating the 200: \
the ACK does not reach it. A side that gets no ACK ends the call 32 s after its answer.",
        evidence: "The 200 passes the capture point again after the ACK did, two times or more, a second or more after \
the first ACK. The finding names where the ACK goes, and the Contact, the Record-Route and the sender of the 200.",
        check: "The ACK goes to the first Record-Route of the way back, else to the Contact of the 200. A private or \
stale address there cannot be reached: let the phone name a public one (STUN, outbound), or the proxy write itself \
into Record-Route or correct the Contact. Where the ACK goes past a Record-Route, the caller is at fault.",
        limits: "Where behind the capture point the ACK is lost cannot be told. One repetition may have crossed the \
ACK on its way and is no finding; where the repetitions end and the call goes on, an ACK did arrive.",
    },
    looks: &[Look::Call(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Built {
        has: tests::the_200_is_repeated_after_each_ack,
        almost: tests::an_ack_arrives_at_last,
    },
};

/// The longest pause between two repetitions of a 200 (T2), and a little.
const NEXT_REPETITION: Delta = Delta::from_millis(4500);
/// From then on a side without an ACK soon gives up (64 T1).
const NEARLY_GIVEN_UP: Delta = Delta::from_secs(28);

/// The ACK that did not arrive, where that is proven.
pub(super) fn is_about<'a>(case: &'a CallCase<'_>) -> Option<&'a UnheardAck> {
    let call = case.call;
    let answer = call.answer?;
    let unheard = call.evidence.unheard_ack.as_deref();
    let unheard = unheard.filter(|u| u.is_proven())?;
    let streams = case.streams.iter().map(|s| s.last_time);
    let last = streams
        .chain(call.end)
        .chain(call.evidence.last_seen)
        .max()?;
    let to_the_end = last - unheard.last < NEXT_REPETITION;
    (to_the_end || unheard.last - answer >= NEARLY_GIVEN_UP).then_some(unheard)
}

fn run(case: &CallCase<'_>, out: &mut Vec<Finding>) {
    let Some(unheard) = is_about(case).filter(|_| !going_round::is_of_ack(case)) else {
        return;
    };
    let marks = &case.call.evidence;
    let answer = case.case.frames(marks.final_response.as_slice());
    let ack = case.case.frames(&[unheard.ack]);
    let sent = match unheard.acks {
        1 => "sent once".to_owned(),
        n => format!("sent {n} times"),
    };
    let (goes, advice) = way(unheard);
    let finding = case
        .found(
            &RULE,
            Severity::Error,
            format!(
                "{}'s side does not get the ACK of its answer",
                case.name(Party::Callee)
            ),
            format!(
                "the 200 {answer} is repeated {} after the ACK {ack} ({sent}); the ACK goes to {}, {goes}",
                times(unheard.repeats),
                unheard.ack_to
            ),
        )
        .advise(advice)
        .messages(marks.final_response.into_iter().chain([unheard.ack]))
        .messages(marks.in_dialog_repeats.iter().copied().take(6));
    out.push(finding);
}

/// Why the ACK goes there, and what to do about it.
fn way(u: &UnheardAck) -> (String, &'static str) {
    let to = u.ack_to.addr;
    let contact = u.contact.as_deref().unwrap_or("no address");
    let from = u.from;
    if let Some(route) = &u.route {
        let follows = u.route_address.is_none_or(|r| r == to);
        return match (follows, u.ack_on_to, u.stops_at_proxy) {
            (true, Some(on), _) => (
                format!(
                    "as the Record-Route of the 200 says, and on to {on} (the Contact is {contact}); it is lost there or behind"
                ),
                "Look whether the last host the ACK is sent to can be reached, and whether it is that of the Contact.",
            ),
            (true, None, true) => (
                format!(
                    "as the Record-Route of the 200 says ({route}); it is not seen to go on from there, though the 200 comes from behind it"
                ),
                "Look why that proxy does not send the ACK on: the Route and Request-URI of the ACK, and its rules for requests within a dialog.",
            ),
            (true, None, false) => (
                format!(
                    "as the Record-Route of the 200 says ({route}); it is lost there or behind"
                ),
                "Capture behind that proxy: see whether it sends the ACK on, and where to.",
            ),
            (false, ..) => (
                format!("past {route}, which the Record-Route of the 200 asks for"),
                "The caller does not follow the Record-Route of the 200 (RFC 3261 §12.1.2): look at its outbound proxy and its NAT settings.",
            ),
        };
    }
    if u.contact_address == Some(to) {
        let kind = match to.is_private() || to.is_loopback() {
            true => "a private address",
            false => "an address",
        };
        return if to == from.addr {
            (
                "the Contact of the 200, from where the 200 comes".to_owned(),
                "Look for a firewall or filter in front of the answering side that drops the ACK.",
            )
        } else {
            (
                format!(
                    "the Contact of the 200, {kind} other than {from}, from where the 200 comes; the 200 has no Record-Route"
                ),
                "The answering side must name an address in Contact that can be reached from outside (STUN, outbound), or a proxy on the way must write itself into Record-Route or correct the Contact.",
            )
        };
    }
    (
        format!("the Contact of the 200 is {contact}, and the 200 comes from {from}"),
        "Look whether the ACK should go to the Contact of the 200: the caller sends it somewhere else.",
    )
}

#[cfg(test)]
mod tests {
    use crate::call::UnheardAck;
    use crate::diagnosis::building::{Scene, at, endpoint, message};

    fn repeated_until(last: f64, end: f64) -> Scene {
        Scene::answered()
            .call(move |c| {
                let unheard = UnheardAck::sample(message(5), at(2.1), at(last));
                c.evidence.unheard_ack = Some(Box::new(unheard));
                (
                    c.evidence.retransmission_count,
                    c.evidence.repeated_in_dialog,
                ) = (20, 20);
                c.end = Some(at(end));
                c.evidence.last_seen = c.end;
            })
            .without_streams()
    }

    pub(super) fn the_200_is_repeated_after_each_ack() -> Scene {
        repeated_until(33.5, 34.0)
    }

    pub(super) fn an_ack_arrives_at_last() -> Scene {
        repeated_until(5.5, 34.0)
    }

    #[test]
    fn the_way_of_the_ack_is_named_beside_what_the_200_says_of_it() {
        let found = the_200_is_repeated_after_each_ack().findings();
        let said: Vec<_> = found.iter().map(|f| f.rule.code).collect();
        assert_eq!(said[0], "ack_not_received");
        assert!(!said.contains(&"retransmissions"), "{said:?}");
        assert_eq!(
            found[0].detail,
            "the 200 #2 is repeated 3 times after the ACK #5 (sent 3 times); the ACK goes to 10.0.0.5:5060, the Contact \
             of the 200, a private address other than 192.0.2.12:5060, from where the 200 comes; the 200 has no \
             Record-Route"
        );
    }

    #[test]
    fn an_ack_that_goes_past_the_record_route_is_the_callers_fault() {
        let scene = the_200_is_repeated_after_each_ack().call(|c| {
            let unheard = c.evidence.unheard_ack.as_mut().unwrap();
            unheard.route = Some("192.0.2.10".into());
            unheard.route_address = Some(endpoint([192, 0, 2, 10], 5060).addr);
        });
        let found = scene.findings();
        assert!(
            found[0].detail.ends_with(
                "10.0.0.5:5060, past 192.0.2.10, which the Record-Route of the 200 asks for"
            ),
            "{}",
            found[0].detail
        );
    }
}
