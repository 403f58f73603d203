//! Legs that say the same: one Session-ID, charging identifier, SDP origin, or place for media.

use super::map::HashMap;
use super::view::View;
use super::{JoinedBy, Late, Link};
use crate::call::leg::{Mark, MarkKind};
use crate::types::{Few, Party};
use std::collections::BTreeMap;

/// Earlier legs with the same mark that are looked at; where there are more, none is the one.
const LOOKED_AT: usize = 64;

/// What a mark is found by.
type Shared = (MarkKind, u64, Option<Party>);

/// What two legs have in common.
type Common<'a> = Vec<(&'a Mark, &'a Mark)>;

pub(super) fn links(views: &[View<'_>]) -> Vec<Link> {
    let mut order: Vec<usize> = (0..views.len()).collect();
    order.sort_by_key(|at| views.get(*at).map(|v| (v.start(), v.call.no)));
    let mut holders: HashMap<Shared, Few<(usize, &Mark), 1>> = HashMap::default();
    let mut common: BTreeMap<(usize, usize), Common<'_>> = BTreeMap::new();
    for at in order {
        let Some(down) = views.get(at) else { continue };
        for mark in down
            .call
            .leg
            .marks
            .iter()
            .filter(|m| m.kind != MarkKind::Parent)
        {
            // A Session-ID belongs to both sides; an address is the caller's on all legs or the callee's.
            let side = matches!(mark.kind, MarkKind::Origin | MarkKind::Media).then_some(mark.side);
            let known = holders.entry((mark.kind, mark.hash, side)).or_default();
            if let Some((up, theirs)) = one_of(known, views, down) {
                common.entry((up, at)).or_default().push((theirs, mark));
            }
            if known.last().is_none_or(|(last, _)| *last != at) {
                known.push((at, mark));
            }
        }
    }
    let pairs = common.into_iter();
    pairs
        .filter_map(|((up, down), marks)| link(views, up, down, &marks))
        .collect()
}

/// The earlier leg that `down` may belong to: the one whose receiver sent it, else the only one. None where a
/// second is as good.
fn one_of<'m>(
    known: &[(usize, &'m Mark)],
    views: &[View<'_>],
    down: &View<'_>,
) -> Option<(usize, &'m Mark)> {
    if known.len() > LOOKED_AT {
        let recent = known.get(known.len() - LOOKED_AT..)?;
        let oldest = views.get(recent.first()?.0)?;
        if oldest.spans(down) {
            return None;
        }
    }
    let recent = known.iter().rev().take(LOOKED_AT).copied();
    let view = |at: usize| views.get(at);
    let going_on = recent.filter(|(at, _)| view(*at).is_some_and(|v| v.spans(down)));
    let all: Vec<(usize, &Mark)> = going_on.collect();
    let leads = |at: usize| view(at).is_some_and(|v| v.leads_to(down));
    let mut near = all.iter().filter(|(at, _)| leads(*at));
    match (near.next(), near.next()) {
        (Some(one), None) => Some(*one),
        (Some(_), Some(_)) => None,
        // Legs of one sender are calls of its own.
        _ => match all.as_slice() {
            [one] => {
                Some(*one).filter(|(at, _)| view(*at).is_some_and(|v| v.sender != down.sender))
            }
            _ => None,
        },
    }
}

fn link(views: &[View<'_>], at: usize, down_at: usize, marks: &Common<'_>) -> Option<Link> {
    let (up, down) = (views.get(at)?, views.get(down_at)?);
    let of = |kind: MarkKind| marks.iter().filter(move |(a, _)| a.kind == kind);
    let early = |kind: MarkKind| of(kind).find(|(a, b)| !a.late && !b.late);
    let made = |by, confidence: f64, evidence: &str, (a, b): &(&Mark, &Mark), late| Link {
        up: at,
        down: down_at,
        by,
        confidence,
        evidence: evidence.to_owned(),
        messages: vec![a.message, b.message],
        late,
    };
    if let Some(pair) = early(MarkKind::Session) {
        let words = "both legs have the Session-ID of the same two endpoints";
        return Some(made(JoinedBy::SessionId, 0.95, words, pair, None));
    }
    if let Some(pair) = early(MarkKind::Charging) {
        let words = "both INVITEs have one icid-value in P-Charging-Vector";
        return Some(made(JoinedBy::Header, 0.9, words, pair, None));
    }
    // A caller keeps its UUID when it is transferred; a leg made before the answer is of the first call.
    let before_the_answer = up.decided.is_none_or(|t| down.start() < t);
    if let Some(pair) = early(MarkKind::CallersSession).filter(|_| before_the_answer) {
        let words = "both INVITEs have the Session-ID of one caller, and the second was sent before the first was answered";
        return Some(made(JoinedBy::SessionId, 0.85, words, pair, None));
    }
    let places = of(MarkKind::Media).count();
    // Without a host between the legs what one side has may be a music server's, that of many calls.
    let near = up.leads_to(down) || down.leads_to(up);
    let both_sides = [Party::Caller, Party::Callee].iter().all(|side| {
        let said = |(a, _): &&(&Mark, &Mark)| a.side == *side;
        of(MarkKind::Media)
            .chain(of(MarkKind::Origin))
            .any(|pair| said(&pair))
    });
    if !near && !both_sides {
        return None;
    }
    let weight = if near { 0.0 } else { 0.1 };
    if let Some(pair) = early(MarkKind::Origin) {
        let words = match places {
            0 => "the session descriptions of both legs have one origin (o=)",
            _ => {
                "the session descriptions of both legs have one origin (o=) and name one place for media"
            }
        };
        return Some(made(JoinedBy::SdpOrigin, 0.9 - weight, words, pair, None));
    }
    if let Some(pair) = early(MarkKind::Media) {
        let words = "both legs name the same address and port for media";
        return Some(made(JoinedBy::Media, 0.85 - weight, words, pair, None));
    }
    let mut late = of(MarkKind::Media).chain(of(MarkKind::Origin));
    let pair = late.next()?;
    let since = Late::Message(pair.0.message.max(pair.1.message));
    let words = match places {
        0 => "a later session description of one leg has the origin (o=) of the other",
        1 => {
            "a re-INVITE sends the media of one leg to the address and port that the other leg names"
        }
        _ => {
            "re-INVITEs send the media of each leg to the address and port that the other leg names"
        }
    };
    let by = if places == 0 {
        JoinedBy::SdpOrigin
    } else {
        JoinedBy::Media
    };
    Some(made(by, 0.85 - weight, words, pair, Some(since)))
}
