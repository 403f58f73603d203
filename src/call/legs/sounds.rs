//! Legs on which one stream runs: a relay passes its packets on with their SSRC.
//!
//! Programs that always use one SSRC exist: the stream has to begin or end at one moment on both legs, and to
//! come to the second leg from the host it was sent to on the first.

use super::map::HashMap;
use super::view::View;
use super::{JoinedBy, Late, Link, StreamOfLeg};
use crate::types::{CallNo, CaptureTime, Delta, Party};
use std::collections::{BTreeMap, BTreeSet};

/// A relay passes packets on within this time.
const RELAYED_WITHIN: Delta = Delta::from_millis(200);
/// Streams of one SSRC that are compared; where there are more, it tells nothing.
const MOST_OF_ONE: usize = 16;

/// What was seen on two legs.
#[derive(Default)]
struct Seen {
    /// Streams of the caller's and of the callee's that a host passed on.
    near: [bool; 2],
    /// The same without a host that both legs have.
    far: [bool; 2],
    /// From when on, where the legs were up long before.
    since: Option<CaptureTime>,
}

pub(super) fn links(views: &[View<'_>], streams: &[StreamOfLeg]) -> Vec<Link> {
    let places: HashMap<CallNo, usize> = views
        .iter()
        .enumerate()
        .map(|(at, v)| (v.call.no, at))
        .collect();
    let mut by_ssrc: HashMap<u32, Vec<(usize, &StreamOfLeg)>> = HashMap::default();
    for stream in streams {
        if let Some(at) = places.get(&stream.call) {
            by_ssrc.entry(stream.ssrc).or_default().push((*at, stream));
        }
    }
    by_ssrc.retain(|_, all| {
        let first = all.first().map(|(at, _)| *at);
        (2..=MOST_OF_ONE).contains(&all.len()) && all.iter().any(|(at, _)| Some(*at) != first)
    });
    let mut seen: BTreeMap<(usize, usize), Seen> = BTreeMap::new();
    for all in by_ssrc.values_mut() {
        all.sort_by_key(|(_, s)| (s.first, s.call));
        let calls: BTreeSet<usize> = all.iter().map(|(at, _)| *at).collect();
        let of_two = calls.len() == 2;
        for (i, (at, onward)) in all.iter().enumerate() {
            let before = all.get(..i).unwrap_or_default();
            note(views, &mut seen, before, *at, onward, of_two);
        }
    }
    let pairs = seen.into_iter();
    pairs
        .filter_map(|((up, down), seen)| link(views, up, down, &seen))
        .collect()
}

/// Finds the stream that `onward` continues on another leg; none where a second is as good.
fn note(
    views: &[View<'_>],
    seen: &mut BTreeMap<(usize, usize), Seen>,
    before: &[(usize, &StreamOfLeg)],
    at: usize,
    onward: &StreamOfLeg,
    of_two: bool,
) {
    let same = |s: &StreamOfLeg| {
        let sides = s.side.is_none() || onward.side.is_none() || s.side == onward.side;
        let close = |d: Delta| d.abs() <= RELAYED_WITHIN;
        let in_step = close(onward.first - s.first) || close(onward.last - s.last);
        let alike = s.packets.abs_diff(onward.packets) <= 5 + s.packets.max(onward.packets) / 5;
        sides && in_step && alike
    };
    let near = |s: &StreamOfLeg| {
        s.flow.dst.addr == onward.flow.src.addr && s.flow.src.addr != onward.flow.src.addr
    };
    // A relay may pass it on within the leg, between two networks.
    if before
        .iter()
        .any(|(other, s)| *other == at && same(s) && near(s))
    {
        return;
    }
    let others = before.iter().filter(|(other, s)| *other != at && same(s));
    let all: Vec<(usize, &StreamOfLeg)> = others.copied().collect();
    let mut of_host = all.iter().filter(|(_, s)| near(s));
    let (one, is_near) = match (of_host.next(), of_host.next(), all.as_slice()) {
        (Some(one), None, _) => (one, true),
        // Two phones with a program that has one SSRC: each sends from a host of its own.
        (None, _, [one]) if of_two && one.1.flow.src.addr != onward.flow.src.addr => (one, false),
        _ => return,
    };
    // The caller's sound comes to the caller's leg first, the callee's to the callee's.
    let (up, down) = match onward.side {
        Some(Party::Callee) => (at, one.0),
        _ => (one.0, at),
    };
    let (Some(a), Some(b)) = (views.get(up), views.get(down)) else {
        return;
    };
    if !a.spans(b) {
        return;
    }
    let entry = seen.entry((up, down)).or_default();
    let side = onward.side.map_or(0, |side| side as usize);
    let list = if is_near {
        &mut entry.near
    } else {
        &mut entry.far
    };
    if let Some(flag) = list.get_mut(side) {
        *flag = true;
    }
    let since = one.1.first.max(onward.first);
    let up_before = |v: &View<'_>| v.decided.is_some_and(|t| since > t + Delta::from_secs(2));
    if up_before(a) || up_before(b) {
        entry.since = Some(entry.since.map_or(since, |known| known.min(since)));
    }
}

fn link(views: &[View<'_>], at: usize, down_at: usize, seen: &Seen) -> Option<Link> {
    let (up, down) = (views.get(at)?, views.get(down_at)?);
    let both = |[a, b]: [bool; 2]| a && b;
    let any = |[a, b]: [bool; 2]| a || b;
    let names = up.caller.is(&down.caller) || up.callee.is(&down.callee);
    let (confidence, words) = if any(seen.near) {
        (
            0.9,
            "the host between the legs passes RTP of one SSRC on from leg to leg",
        )
    } else if both(seen.far) {
        (
            0.85,
            "RTP of the same SSRCs runs on both legs at one time, each party's first on its own leg",
        )
    } else if any(seen.far) && names {
        (
            0.75,
            "RTP of one SSRC runs on both legs at one time, and both name the same user",
        )
    } else {
        return None;
    };
    let invites = [up.call.evidence.invite, down.call.evidence.invite];
    Some(Link {
        up: at,
        down: down_at,
        by: JoinedBy::Media,
        confidence,
        evidence: words.to_owned(),
        messages: invites.into_iter().flatten().collect(),
        late: seen.since.map(Late::Time),
    })
}
