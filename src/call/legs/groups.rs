//! From links to groups of legs.

use super::Link;
use super::view::View;
use crate::types::{CaptureTime, MessageId};

/// Sets of numbers that are joined two by two.
pub(super) struct Sets(Vec<usize>);

impl Sets {
    pub(super) fn of(count: usize) -> Self {
        Sets((0..count).collect())
    }

    /// The number that stands for the set of `at`.
    pub(super) fn find(&mut self, mut at: usize) -> usize {
        while let Some(&up) = self.0.get(at)
            && up != at
        {
            let over = self.0.get(up).copied().unwrap_or(up);
            if let Some(slot) = self.0.get_mut(at) {
                *slot = over;
            }
            at = over;
        }
        at
    }

    pub(super) fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.find(a), self.find(b));
        if let Some(slot) = self.0.get_mut(a.max(b)) {
            *slot = a.min(b);
        }
    }

    pub(super) fn joined(count: usize, links: &[Link]) -> Self {
        let mut sets = Sets::of(count);
        for link in links {
            sets.join(link.up, link.down);
        }
        sets
    }
}

/// The first REFER of each leg's group.
pub(super) fn refers(views: &[View<'_>], links: &[Link]) -> Vec<Option<(MessageId, CaptureTime)>> {
    let mut sets = Sets::joined(views.len(), links);
    let mut of_group: Vec<Option<(MessageId, CaptureTime)>> = vec![None; views.len()];
    for (at, view) in views.iter().enumerate() {
        if let (Some(refer), Some(slot)) = (view.call.leg.refer, of_group.get_mut(sets.find(at))) {
            *slot = Some(slot.map_or(refer, |known| known.min(refer)));
        }
    }
    let all = 0..views.len();
    all.map(|at| of_group.get(sets.find(at)).copied().flatten())
        .collect()
}

/// The legs of each group with more than one, the one nearest to who called first, then in order of time.
pub(super) fn groups(views: &[View<'_>], links: &[Link]) -> Vec<Vec<usize>> {
    let mut sets = Sets::joined(views.len(), links);
    let mut members: Vec<Vec<usize>> = vec![Vec::new(); views.len()];
    let ends = links.iter().flat_map(|l| [l.up, l.down]);
    let mut touched: Vec<usize> = ends.collect();
    touched.sort_unstable();
    touched.dedup();
    for at in touched {
        if let Some(list) = members.get_mut(sets.find(at)) {
            list.push(at);
        }
    }
    let made: std::collections::HashSet<usize> = links.iter().map(|l| l.down).collect();
    members.retain(|list| list.len() > 1);
    for list in &mut members {
        list.sort_by_key(|at| {
            (
                made.contains(at),
                views.get(*at).map(|v| (v.start(), v.call.no)),
            )
        });
    }
    members
}

/// The link that says best why `leg` is one of the group: rather one to a leg nearer to the caller.
pub(super) fn reason<'l>(links: &[&'l Link], leg: usize) -> Option<&'l Link> {
    let of_leg = links
        .iter()
        .copied()
        .filter(|l| l.down == leg || l.up == leg);
    of_leg.max_by(|a, b| {
        let weight = |l: &Link| (l.down == leg, l.confidence);
        weight(a)
            .partial_cmp(&weight(b))
            .unwrap_or(std::cmp::Ordering::Equal)
    })
}
