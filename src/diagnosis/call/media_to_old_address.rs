//! RTP that goes on to where the receiver's SDP no longer wants it.

use crate::diagnosis::case::CallCase;
use crate::diagnosis::finding::Finding;
use crate::diagnosis::receiving::{CHANGE_OVER, Said};
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::media::StreamRecord;
use crate::types::{CaptureTime, Endpoint, Severity};

pub(super) static RULE: Rule = Rule {
    code: "media_to_old_address",
    severities: &[Severity::Error],
    clause: Some("RFC 3264 §8.3.1"),
    page: Page {
        means: "One side moved its media to another address or port within the call (re-INVITE or UPDATE), and the other \
side's RTP still goes to the old one. The side that moved hears nothing.",
        evidence: "The SDP that named the old place, the SDP that took its place, and RTP to the old place a second and a \
half after the answer and later, with none to the new one. What a phone itself says of its address counts more than what \
a PBX says of it.",
        check: "Where the phones talk through a PBX or B2BUA, look whether it told the sender of the move: it may have \
sent both re-INVITEs at the same time, and the answer to one came too late for the other. Else look at the sender.",
        limits: "The side that moved may listen at the old place for a while; then nobody notices.",
    },
    looks: &[Look::Call(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Built {
        has: tests::the_caller_moves_and_the_callee_does_not_follow,
        almost: tests::the_callee_follows,
    },
};

fn run(case: &CallCase<'_>, out: &mut Vec<Finding>) {
    let found = case.streams.iter().find_map(|s| {
        let (old, new) = moved(case, s)?;
        Some(words(case, s, old, new))
    });
    out.extend(found);
}

/// The words that named the place a stream goes to, and those that took their place.
fn moved<'a>(case: &CallCase<'a>, s: &StreamRecord) -> Option<(Said<'a>, Said<'a>)> {
    let party = s.from?.other();
    let mut old = case.receiver_of(s);
    if old.iter().any(|said| said.own().is_own_word) {
        old.retain(|said| said.own().is_own_word);
    }
    // In force to the end, in one description at least?
    let ends: Option<Vec<CaptureTime>> = old.iter().map(|said| said.agreement.until).collect();
    let over = ends?.into_iter().max()?;
    let old = old
        .into_iter()
        .find(|said| said.agreement.until == Some(over))?;
    let is_late = s.last_time > over + CHANGE_OVER;
    let new = case.said_by(party).find(|said| {
        said.agreement.since == over
            && said.agreement.index == old.agreement.index
            && said.agreement.kind() == old.agreement.kind()
            && said.is_settled_at(over + CHANGE_OVER)
            && said.agreement.flows_from(party.other())
    })?;
    let place = new.endpoint().filter(|place| *place != s.flow.dst)?;
    let goes_there = |t: &&StreamRecord| t.from == s.from && t.flow.dst == place;
    let is_plain = !new.own().has_ice && !new.own().is_cut;
    (is_late && is_plain && !case.streams.iter().any(goes_there)).then_some((old, new))
}

fn words(case: &CallCase<'_>, s: &StreamRecord, old: Said<'_>, new: Said<'_>) -> Finding {
    let (sender, receiver) = case.sender_and_receiver(new);
    let place = new.endpoint().map(|e: Endpoint| e.to_string());
    let frames = |said: Said<'_>| case.case.frames(&[said.message()]);
    let late = (s.last_time - new.agreement.since).as_secs_f64();
    case.found(
        &RULE,
        Severity::Error,
        format!(
            "{sender}'s RTP goes to {}, but {receiver} moved to {}",
            s.flow.dst,
            place.unwrap_or_default()
        ),
        format!(
            "{} named the old place, {} the new one; RTP to the old one goes on for {late:.1} s after that",
            frames(old),
            frames(new)
        ),
    )
    .advise("Look whether a PBX between them told the sender of the move, and whether the sender obeys.")
    .messages([old.message(), new.message()])
    .streams([s.no])
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::building::{Scene, at, endpoint, message};
    use crate::types::Party;

    /// Alice listens at port 4000 and from 10 s on at 4010, which message 2 says.
    pub(super) fn the_caller_moves_and_the_callee_does_not_follow() -> Scene {
        Scene::answered().call(|c| {
            let mut later = c.media[0].clone().with(Party::Caller, |d| d.port = 4010);
            (c.media[0].until, later.since) = (Some(at(10.0)), at(10.0));
            (later.answerer, later.agreed_in) = (Party::Caller, message(2));
            c.media.push(later);
        })
    }

    pub(super) fn the_callee_follows() -> Scene {
        the_caller_moves_and_the_callee_does_not_follow()
            .stream_from(Party::Callee, |s| s.last_time = at(10.5))
            .more_streams(Party::Callee, |s| {
                s.flow.dst = endpoint([192, 0, 2, 11], 4010);
                s.first_time = at(10.5);
            })
    }

    #[test]
    fn both_places_and_their_messages_are_named() {
        let found = the_caller_moves_and_the_callee_does_not_follow().findings();
        let said: Vec<_> = found.iter().map(|f| (&*f.title, &*f.detail)).collect();
        assert_eq!(
            said,
            [(
                "bob's RTP goes to 192.0.2.11:4000, but alice moved to 192.0.2.11:4010",
                "#1 named the old place, #2 the new one; RTP to the old one goes on for 12.0 s after that"
            )]
        );
    }

    #[test]
    fn the_phones_own_word_counts_more_than_what_a_pbx_says_of_it() {
        // The PBX tells bob the old place, to the end; alice's phone had given it up.
        let scene = the_caller_moves_and_the_callee_does_not_follow().call(|c| {
            c.media_elsewhere = vec![c.media[0].clone()];
            c.media_elsewhere[0].until = None;
        });
        assert_eq!(scene.said(), [""; 0]);
        let scene = scene.call(|c| {
            for a in &mut c.media {
                *a = a.clone().with(Party::Caller, |d| d.is_own_word = true);
            }
        });
        assert!(scene.has("media_to_old_address"));
    }
}
