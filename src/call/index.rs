//! Finds a transaction of a Call-ID that has many of them, without looking at each.

use super::facts::Facts;
use super::transaction::{TIMER_64_T1, Transaction, TransactionKey};
use crate::types::{CaptureTime, Flow, Method, Slab};
use foldhash::fast::RandomState;
use hashbrown::HashTable;
use std::hash::{BuildHasher, Hash, Hasher};

/// Up to this many are looked at one after the other: nearly all Call-IDs have fewer.
pub(super) const FEW: usize = 8;

/// The open transactions of one Call-ID by their keys.
#[derive(Debug)]
pub(super) struct Index {
    rows: HashTable<u32>,
    /// None of them is due before.
    none_due_until: CaptureTime,
    /// How many opened since they were last looked through.
    opened: usize,
}

impl Index {
    pub(super) fn of(
        all: &[u32],
        now: CaptureTime,
        open: &Slab<Transaction>,
        hasher: &RandomState,
    ) -> Self {
        let mut index = Index {
            rows: HashTable::with_capacity(2 * all.len()),
            none_due_until: now,
            opened: 0,
        };
        all.iter().for_each(|at| index.insert(*at, open, hasher));
        index
    }

    pub(super) fn insert(&mut self, at: u32, open: &Slab<Transaction>, hasher: &RandomState) {
        let hash = |at: &u32| open.get(*at).map_or(0, |t| hash_of(&t.key(), hasher));
        self.rows.insert_unique(hash(&at), at, hash);
        self.opened += 1;
    }

    pub(super) fn remove(&mut self, at: u32, open: &Slab<Transaction>, hasher: &RandomState) {
        let hash = open.get(at).map_or(0, |t| hash_of(&t.key(), hasher));
        if let Ok(row) = self.rows.find_entry(hash, |other| *other == at) {
            row.remove();
        }
    }

    /// The newest that owns the message. An ACK is of its INVITE's transaction, or has its own.
    pub(super) fn find(
        &self,
        facts: &Facts<'_>,
        flow: Flow,
        open: &Slab<Transaction>,
        hasher: &RandomState,
    ) -> Option<u32> {
        let of = |method: &Method| {
            let key = TransactionKey::of(facts, method, flow);
            let owns = |at: &u32| open.get(*at).is_some_and(|t| t.owns(facts, flow));
            self.rows.find(hash_of(&key, hasher), owns).copied()
        };
        let own = of(&facts.method);
        if facts.method != Method::Ack {
            return own;
        }
        let number = |at: &u32| open.get(*at).map(|t| t.no);
        own.into_iter()
            .chain(of(&Method::Invite))
            .max_by_key(number)
    }

    /// Whether to look for those that are due: some may be, and enough opened to pay for it.
    pub(super) fn is_worth_a_look(&self, now: CaptureTime, count: usize) -> bool {
        now >= self.none_due_until && self.opened * 4 >= count
    }

    /// They were looked through.
    pub(super) fn looked(&mut self, now: CaptureTime, all: &[u32], open: &Slab<Transaction>) {
        let due = all.iter().filter_map(|at| open.get(*at)?.due()).min();
        // One that rings is not due; its answer makes it so after 64·T1.
        let latest = now + TIMER_64_T1;
        self.none_due_until = due.map_or(latest, |due| due.min(latest));
        self.opened = 0;
    }
}

/// Branches are compared without regard to case where RFC 3261 made them.
fn hash_of(key: &TransactionKey<'_>, hasher: &RandomState) -> u64 {
    let mut state = hasher.build_hasher();
    key.method.hash(&mut state);
    key.hop.hash(&mut state);
    key.sent_by.hash(&mut state);
    key.old.hash(&mut state);
    for part in key.branch.chunks(64) {
        let mut lower = [0; 64];
        for (to, from) in lower.iter_mut().zip(part) {
            *to = from.to_ascii_lowercase();
        }
        state.write(lower.get(..part.len()).unwrap_or_default());
    }
    state.finish()
}
