//! Calls that a transfer names: the Replaces of a REFER stands for another call (RFC 5589 §7), never for a leg of the
//! call that the REFER is in.

use super::groups::Sets;
use super::view::View;
use super::{Found, JoinedBy, Link, identity};
use std::collections::HashMap;

/// Legs of one Call-ID that are looked at.
const LOOKED_AT: usize = 64;

/// Two by two the leg of a REFER and a leg that its Replaces names.
pub(super) fn apart(views: &[View<'_>]) -> Vec<(usize, usize)> {
    let mut named: HashMap<&[u8], Vec<usize>> = HashMap::new();
    for (at, view) in views.iter().enumerate() {
        let transfers = view.call.ties.iter().flat_map(|t| t.transfers());
        let other = |id: &&crate::types::CallId| **id != view.call.call_id;
        for id in transfers.filter_map(|t| t.replaces.as_ref()).filter(other) {
            named.entry(id.as_bytes()).or_default().push(at);
        }
    }
    if named.is_empty() {
        return Vec::new();
    }
    let mut pairs = Vec::new();
    for (at, view) in views.iter().enumerate() {
        let by = named.get(view.call.call_id.as_bytes());
        let by = by.map_or(&[][..], Vec::as_slice).iter().take(LOOKED_AT);
        pairs.extend(by.map(|refer| (*refer, at)));
    }
    pairs
}

/// Leaves out what would make one call of two that are `apart`. What names and hosts tell comes before what the
/// media does: phones give all their calls one origin, and a transfer brings media together.
pub(super) fn certain(views: &[View<'_>], apart: &[(usize, usize)], links: Vec<Link>) -> Vec<Link> {
    if apart.is_empty() {
        return links;
    }
    let names = |l: &Link| {
        use JoinedBy::{CallId, Header, SessionId};
        matches!(l.by, CallId | Header | SessionId)
    };
    let (named, others): (Vec<Link>, Vec<Link>) = links.into_iter().partition(names);
    let named = fitting(views.len(), apart, named, &[]);
    let known = identity::add(views, named.clone()).links;
    let others = fitting(views.len(), apart, others, &known);
    named.into_iter().chain(others).collect()
}

/// The same of all that was found.
pub(super) fn found(views: &[View<'_>], apart: &[(usize, usize)], mut found: Found) -> Found {
    if !apart.is_empty() {
        found.links = fitting(views.len(), apart, found.links, &[]);
    }
    found
}

/// Of `links` those that, after `known`, join none that are `apart`.
fn fitting(count: usize, apart: &[(usize, usize)], links: Vec<Link>, known: &[Link]) -> Vec<Link> {
    let mut sets = Sets::of(count);
    let mut strangers: HashMap<usize, Vec<usize>> = HashMap::new();
    for (a, b) in apart {
        strangers.entry(*a).or_default().push(*b);
        strangers.entry(*b).or_default().push(*a);
    }
    let mut join = |link: &Link| {
        let (a, b) = (sets.find(link.up), sets.find(link.down));
        let of_a = strangers.get(&a).map_or(&[][..], Vec::as_slice);
        if a != b && of_a.iter().any(|other| sets.find(*other) == b) {
            return false;
        }
        if a != b {
            sets.join(a, b);
            let (root, gone) = (a.min(b), a.max(b));
            if let Some(more) = strangers.remove(&gone) {
                strangers.entry(root).or_default().extend(more);
            }
        }
        true
    };
    for link in known {
        join(link);
    }
    links.into_iter().filter(|link| join(link)).collect()
}
