//! Legs that name each other: by one Call-ID, by a Call-ID made of the other's, or in a header.

use super::map::HashMap;
use super::view::View;
use super::{JoinedBy, Link};
use crate::call::leg::{MarkKind, hash_of};
use crate::types::Few;

/// Longest addition to a Call-ID that is looked for.
const LONGEST_SUFFIX: usize = 16;

pub(super) fn links(views: &[View<'_>]) -> Vec<Link> {
    let mut by_call_id: HashMap<u64, Few<usize, 1>> =
        HashMap::with_capacity_and_hasher(views.len(), Default::default());
    for (at, view) in views.iter().enumerate() {
        let hash = hash_of(view.call.call_id.as_bytes());
        by_call_id.entry(hash).or_default().push(at);
    }
    // Of the calls that had the Call-ID the one that was going on.
    let find = |hash: u64, other: usize| -> Option<usize> {
        let now = views.get(other)?;
        let mut all = by_call_id.get(&hash)?.iter().copied();
        all.find(|at| *at != other && views.get(*at).is_some_and(|v| v.meets(now)))
    };
    let mut links = Vec::new();
    for (at, view) in views.iter().enumerate() {
        let own = view.call.call_id.as_bytes();
        let invite = view.call.evidence.invite;
        let messages = |other: usize| {
            let first = views.get(other).and_then(|v| v.call.evidence.invite);
            first.into_iter().chain(invite).collect::<Vec<_>>()
        };
        let same = by_call_id.get(&hash_of(own)).map_or(&[][..], Few::as_slice);
        let earlier = same.iter().copied().take_while(|other| *other < at);
        let up = earlier
            .filter(|other| {
                views
                    .get(*other)
                    .is_some_and(|v| v.spans(view) && v.leads_to(view))
            })
            .last();
        if let Some(up) = up {
            links.push(Link {
                up,
                down: at,
                by: JoinedBy::CallId,
                confidence: 1.0,
                evidence: "both legs have one Call-ID; the server between them sent its INVITE with a From tag of its own".to_owned(),
                messages: messages(up),
                late: None,
            });
        }
        let marks = view.call.leg.marks.iter();
        for mark in marks.filter(|m| m.kind == MarkKind::Parent) {
            if let Some(up) = find(mark.hash, at) {
                links.push(Link {
                    up,
                    down: at,
                    by: JoinedBy::Header,
                    confidence: 0.95,
                    evidence: "a header of one leg's INVITE names the Call-ID of the other"
                        .to_owned(),
                    messages: vec![mark.message],
                    late: None,
                });
            }
        }
        if let Some((up, sure)) = parent_by_suffix(own, |hash| find(hash, at))
            && let Some(parent) = views.get(up)
            && parent.spans(view)
            && (sure || parent.leads_to(view))
        {
            links.push(Link {
                up,
                down: at,
                by: JoinedBy::CallId,
                confidence: 0.95,
                evidence: "the Call-ID of one leg is that of the other with an addition".to_owned(),
                messages: messages(up),
                late: None,
            });
        }
    }
    links
}

/// The leg whose Call-ID this one continues, as `X-b2b_1` continues `X`; true with it where the addition itself
/// says what it is.
fn parent_by_suffix(own: &[u8], find: impl Fn(u64) -> Option<usize>) -> Option<(usize, bool)> {
    let from = own.len().saturating_sub(LONGEST_SUFFIX).max(8);
    (from..own.len()).rev().find_map(|at| {
        let (parent, suffix) = own.split_at(at);
        let (first, rest) = suffix.split_first()?;
        let word = |b: &u8| b.is_ascii_alphanumeric() || *b == b'_' || *b == b'-';
        if !matches!(first, b'-' | b'_' | b'.' | b'~' | b':' | b';' | b'+')
            || !rest.iter().all(word)
        {
            return None;
        }
        let sure = rest.to_ascii_lowercase().starts_with(b"b2b");
        Some((find(hash_of(parent))?, sure))
    })
}
