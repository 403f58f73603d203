//! Requests that go round in a loop, but for the INVITE that begins a call: what `routing_loop` says of them, and which
//! rules need not say it again.

use super::routing_loop::{ADVICE, RULE, circle, refusal};
use crate::call::{CallRecord, RequestLoop, RequestsRecord};
use crate::diagnosis::case::{CallCase, Case, RegistrationCase};
use crate::diagnosis::finding::Finding;
use crate::diagnosis::words::times;
use crate::types::{Endpoint, HostAddr, Method, Severity, StatusCode};
use std::collections::BTreeSet;

/// Loops named in one finding.
const MOST_NAMED: usize = 8;

/// One finding for all requests of a method that the same hosts send round.
pub(super) fn run(case: &Case<'_>, out: &mut Vec<Finding>) {
    let mut groups: Vec<(Vec<Endpoint>, Vec<&RequestLoop>)> = Vec::new();
    for seen in case.loops {
        let mut hosts = seen.hosts.clone();
        hosts.sort_unstable();
        let same = |(of, all): &&mut (Vec<Endpoint>, Vec<&RequestLoop>)| {
            *of == hosts && all.first().is_some_and(|l| l.method == seen.method)
        };
        match groups.iter_mut().find(same) {
            Some((_, all)) => all.push(seen),
            None => groups.push((hosts, vec![seen])),
        }
    }
    out.extend(groups.iter().filter_map(|(_, all)| told(case, all)));
}

fn told(case: &Case<'_>, all: &[&RequestLoop]) -> Option<Finding> {
    let seen = all.first()?;
    let method = match seen.method {
        Method::Invite => "re-INVITE",
        _ => seen.method.as_str(),
    };
    let [_, again] = seen.messages;
    let until = seen.refused.map_or(String::new(), |refused| {
        format!(", until {}", refusal(case, refused))
    });
    let more = match all.len() {
        1 => String::new(),
        2 => "; so does one more".to_owned(),
        n => format!("; so do {} more", n - 1),
    };
    let finding = RULE
        .found(
            Severity::Error,
            circle(method, seen.at, &seen.hosts),
            format!(
                "the same {method} reaches {} {}, the second time in {}{until}{}{more}",
                seen.at,
                times(seen.passes),
                case.frames(&[again]),
                unheard(case, seen)
            ),
        )
        .advise(ADVICE)
        .calls(sorted(all.iter().filter_map(|l| l.call)));
    let named = all.iter().take(MOST_NAMED);
    let messages = named.flat_map(|l| l.messages.into_iter().chain(l.refused.map(|(_, m, _)| m)));
    Some(Finding {
        registrations: sorted(all.iter().filter_map(|l| l.registration)),
        ..finding.messages(messages)
    })
}

/// Each once.
fn sorted<T: Ord>(numbers: impl Iterator<Item = T>) -> Vec<T> {
    let numbers: BTreeSet<T> = numbers.collect();
    numbers.into_iter().collect()
}

/// What comes of an ACK that does not arrive.
fn unheard(case: &Case<'_>, seen: &RequestLoop) -> String {
    let is_own = |c: &&CallRecord| seen.method == Method::Ack && Some(c.no) == seen.call;
    let call = case.calls.iter().find(is_own);
    let unheard = call.and_then(|c| c.evidence.unheard_ack.as_deref());
    unheard.map_or(String::new(), |u| {
        format!("; the 200 is repeated {} after it", times(u.repeats))
    })
}

/// True for a request within a call that goes round in a loop.
pub(super) fn is_of(case: &CallCase<'_>, method: &Method, cseq: u32) -> bool {
    let own = Some(case.call.no);
    let mut loops = case.case.loops.iter();
    loops.any(|l| l.call == own && l.method == *method && l.cseq == cseq)
}

/// True where the ACK of the call's answer does.
pub(super) fn is_of_ack(case: &CallCase<'_>) -> bool {
    let own = Some(case.call.no);
    let mut loops = case.case.loops.iter();
    loops.any(|l| l.call == own && l.method == Method::Ack)
}

/// The last attempt failed for its REGISTER went round in a loop.
pub(in crate::diagnosis) fn is_of_registration(case: &RegistrationCase<'_>) -> bool {
    let own = Some(case.registration.no);
    let of_loop = |s: StatusCode| matches!(s.get(), 482 | 483);
    let gave_up = |s: StatusCode| matches!(s.get(), 408 | 504);
    let last = case.last;
    let mut loops = case.case.loops.iter().filter(|l| l.registration == own);
    match last.status {
        Some(status) if of_loop(status) => loops.next().is_some(),
        Some(status) if !gave_up(status) => false,
        _ => loops.any(|l| l.messages.iter().any(|m| last.messages.contains(m))),
    }
}

/// Nobody answers these requests, as they go round between the two hosts or from there on.
pub(in crate::diagnosis) fn is_of_requests(case: &Case<'_>, record: &RequestsRecord) -> bool {
    let (from, to) = (record.client.addr, record.server.addr);
    case.loops.iter().any(|l| {
        let passes = |addr: HostAddr| l.hosts.iter().any(|h| h.addr == addr);
        let first = || l.messages.iter().any(|m| record.messages.contains(m));
        l.method == record.method && passes(to) && (passes(from) || first())
    })
}

#[cfg(test)]
mod tests {
    use crate::call::RequestLoop;
    use crate::diagnosis::building::{Scene, message};
    use crate::types::{CallNo, RegistrationNo};

    #[test]
    fn a_request_outside_calls_may_go_round_too() {
        let seen = RequestLoop::sample([message(1), message(3)], message(8));
        let scene =
            Scene::options(|r| (r.answered, r.unanswered) = (3, 0)).and_a_loop(seen.clone());
        let found = scene.findings();
        assert_eq!(
            (&*found[0].title, &*found[0].detail),
            (
                "the OPTIONS goes round in a loop: 192.0.2.5:5060, 192.0.2.6:5060",
                "the same OPTIONS reaches 192.0.2.5:5060 4 times, the second time in #3, until 483 Too Many Hops (#8) from 192.0.2.5:5060"
            )
        );
        let next = RequestLoop::sample([message(11), message(13)], message(18));
        let found = scene.and_a_loop(next).findings();
        assert_eq!(found.len(), 1);
        assert!(found[0].detail.ends_with("; so does one more"));
    }

    #[test]
    fn a_call_and_a_registration_are_named_once_whatever_came_between() {
        let [one, two] = [0, 1].map(CallNo::after);
        let [a, b] = [0, 1].map(RegistrationNo::after);
        let mut scene = Scene::options(|r| (r.answered, r.unanswered) = (3, 0));
        for (call, registration) in [(two, b), (one, a), (two, b)] {
            scene = scene.and_a_loop(RequestLoop {
                call: Some(call),
                registration: Some(registration),
                ..RequestLoop::sample([message(1), message(3)], message(8))
            });
        }
        let found = scene.findings();
        assert_eq!(found[0].calls, [one, two]);
        assert_eq!(found[0].registrations, [a, b]);
    }
}
