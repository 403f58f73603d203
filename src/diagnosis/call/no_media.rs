//! An answered call without any RTP, where other calls have some.

use crate::call::CallRecord;
use crate::diagnosis::case::CallCase;
use crate::diagnosis::finding::Finding;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::types::{CaptureTime, Delta, Endpoint, HostAddr, Party, Severity};

pub(super) static RULE: Rule = Rule {
    code: "no_media",
    severities: &[Severity::Error],
    clause: None,
    page: Page {
        means: "The call was answered, audio was agreed, the call lasted three seconds or more, and no RTP of it is \
in the capture, while other calls of the same capture do have RTP.",
        evidence: "The answer, and that no RTP stream belongs to the call. The other calls show that the capture filter \
lets RTP through. Nothing is told where the same two talk with RTP at the same moments between other hosts: that is \
the other side of a server. A capture without RTP of any call is `media_not_captured` instead.",
        check: "Compare the c= and m= lines of both SDPs with where the phones are, and look for firewalls between \
them. Check whether this call's media takes another way than that of the other calls, for example \
straight between two phones.",
        limits: "It cannot be told whether no RTP was sent, or it was sent by a way that does not pass the capture \
point.",
    },
    looks: &[Look::Call(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Built {
        has: tests::another_call_has_rtp,
        almost: tests::no_call_has_rtp,
    },
};

/// Calls looked at for the other side of a server.
const MOST_BESIDE: usize = 64;

fn run(case: &CallCase<'_>, out: &mut Vec<Finding>) {
    let Some(sound) = &case.sound else { return };
    // Streams bound by time alone have no side: there is sound, whose cannot be told.
    if !sound.streams.is_empty()
        || !(sound.is_expected_from(Party::Caller) || sound.is_expected_from(Party::Callee))
        || (case.streams.is_empty() && !case.others_have_streams)
        || runs_for_another_leg(case)
        || (case.streams.is_empty() && runs_beside(case))
    {
        return;
    }
    let (title, detail) = match case.streams.is_empty() {
        true => (
            "the call was answered but no RTP of it is in the capture",
            "other calls of the capture do have RTP, so the capture filter lets it through",
        ),
        false => (
            "after the answer no RTP of the call is in the capture",
            "its RTP before the answer is there, so the capture filter lets it through",
        ),
    };
    let finding = case
        .found(
            &RULE,
            Severity::Error,
            title,
            detail,
        )
        .advise("Compare the c= and m= lines of both SDPs with where the phones are, and look for firewalls between them.")
        .messages(case.call.evidence.final_response);
    out.push(finding);
}

/// The same two, answered and over at the same moments between other hosts, with RTP: the other side of a server,
/// although nothing else shows that the legs belong together.
fn runs_beside(case: &CallCase<'_>) -> bool {
    const AT_ONCE: Delta = Delta::from_secs(1);
    let (call, calls) = (case.call, case.case.calls);
    // Calls are in order of their beginning.
    let from = calls.partition_point(|c| c.start < call.start - AT_ONCE);
    let near = calls.iter().skip(from);
    let near = near.take_while(|c| c.start <= call.start + AT_ONCE);
    let near = near.take(MOST_BESIDE);
    let at_once = |a: Option<CaptureTime>, b: Option<CaptureTime>| match (a, b) {
        (Some(a), Some(b)) => (a - b).abs() <= AT_ONCE,
        (a, b) => a == b,
    };
    let mut alike = near.filter(|c| {
        c.no != call.no
            && (&c.caller.uri, &c.callee.uri) == (&call.caller.uri, &call.callee.uri)
            && at_once(c.answer, call.answer)
            && at_once(c.end, call.end)
            && is_elsewhere(c, call)
    });
    alike.any(|c| case.case.streams.iter().any(|s| s.call == Some(c.no)))
}

/// No host of one INVITE's way is on the other's. Load tests place calls alike by the hundred, between the same hosts.
fn is_elsewhere(one: &CallRecord, other: &CallRecord) -> bool {
    let hosts = |c: &CallRecord| -> Vec<HostAddr> {
        let ends = c.hops.iter().flat_map(|h| [h.flow.src, h.flow.dst]);
        ends.map(|end| end.addr).collect()
    };
    let (one, other) = (hosts(one), hosts(other));
    !one.is_empty() && !other.is_empty() && one.iter().all(|host| !other.contains(host))
}

/// A server that calls on may let the phones send to each other: their RTP is that of one leg, the other leg names
/// the same places.
fn runs_for_another_leg(case: &CallCase<'_>) -> bool {
    let places = case.call.addresses.iter();
    let mut places = places.filter_map(|a| Some(Endpoint::new(a.address?, a.port)));
    let call = case.call;
    let from = call.answer.unwrap_or(call.start);
    let until = call.end.or(call.evidence.last_seen).unwrap_or(from);
    case.streams.is_empty() && places.any(|place| (case.case.is_heard)(place, from, until))
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::building::{Scene, announced};
    use crate::types::{Direction, Party};

    pub(super) fn another_call_has_rtp() -> Scene {
        Scene::answered().without_streams().and(Scene::answered())
    }

    pub(super) fn no_call_has_rtp() -> Scene {
        Scene::answered().without_streams()
    }

    #[test]
    fn the_call_without_rtp_is_the_one_that_is_named() {
        let found = another_call_has_rtp().findings();
        let calls: Vec<u32> = found[0].calls.iter().map(|c| c.get()).collect();
        assert_eq!((found.len(), &calls[..]), (1, &[1][..]));
    }

    #[test]
    fn a_ringing_tone_before_the_answer_is_no_talk() {
        use crate::diagnosis::building::at;
        let early = |s: &mut crate::media::StreamRecord| s.last_time = at(2.1);
        let scene = Scene::answered().without_streams_from(Party::Caller);
        assert_eq!(
            scene.stream_from(Party::Callee, early).said(),
            ["error no_media: after the answer no RTP of the call is in the capture"]
        );
    }

    #[test]
    fn rtp_that_goes_where_the_call_wants_it_is_that_of_another_leg() {
        // Both legs name the port of bob's phone.
        let silent = Scene::answered().without_streams().call(|c| {
            let mut place = announced([192, 0, 2, 12], [192, 0, 2, 10], [192, 0, 2, 11]);
            place.port = 6000;
            c.addresses.push(place);
        });
        assert_eq!(silent.and(Scene::answered()).said(), [""; 0]);
    }

    #[test]
    fn the_same_call_on_the_other_side_of_a_server_has_it() {
        let between = |scene: Scene, net: u8| {
            let end = |host| crate::diagnosis::building::endpoint([10, net, 0, host], 5060);
            let (src, dst) = (end(1), end(2));
            let scope = crate::types::Scope::default();
            let flow = crate::types::Flow { src, dst, scope };
            scene.call(|c| c.hops.push(crate::call::Hop { flow, vias: 1 }))
        };
        let silent = || between(Scene::answered().without_streams(), 1);
        let same = silent().and(between(Scene::answered(), 2));
        assert_eq!(same.said(), [""; 0]);
        let at_the_same_hosts = silent().and(between(Scene::answered(), 1));
        assert!(at_the_same_hosts.has("no_media"));
        let of_others = Scene::answered().call(|c| c.callee.uri.push('x'));
        assert!(silent().and(between(of_others, 2)).has("no_media"));
    }

    #[test]
    fn where_no_media_was_agreed_none_is_missed() {
        let silent = Scene::answered().without_streams().call(|c| {
            let agreed = c.media[0].clone();
            c.media[0] = agreed.with(Party::Callee, |d| d.attribute = Direction::Inactive);
        });
        assert_eq!(silent.and(Scene::answered()).said(), [""; 0]);
    }
}
