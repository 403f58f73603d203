//! The table of open Call-IDs: looked up by bytes, closed by capture time, bounded.

use crate::types::{CallId, CaptureTime, Delta, Slab};
use foldhash::fast::RandomState;
use hashbrown::HashTable;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::hash::BuildHasher;

/// A value that knows when it may be closed.
pub(super) trait Expires {
    fn call_id(&self) -> &CallId;
    /// The capture time from which nothing more is expected.
    fn due(&self) -> CaptureTime;
}

/// A due time may also move nearer (an answered call waits for hours, until its BYE): each value is
/// looked at this often.
const LOOK_AGAIN: Delta = Delta::from_secs(32);

/// Open values by Call-ID. Each has exactly one entry in the queue of due times, which is corrected
/// when it comes up: moving a due time on every message would cost more than the message.
pub(super) struct Table<T> {
    slots: Slab<T>,
    index: HashTable<u32>,
    // Call-IDs are chosen by whoever sends the packets, so the hash is seeded.
    hasher: RandomState,
    queue: BinaryHeap<Reverse<(CaptureTime, u32)>>,
}

impl<T: Expires> Table<T> {
    pub(super) fn new() -> Self {
        Table {
            slots: Slab::default(),
            index: HashTable::new(),
            hasher: RandomState::default(),
            queue: BinaryHeap::new(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.index.len()
    }

    /// Where the value of a Call-ID stands.
    pub(super) fn find(&self, call_id: &[u8]) -> Option<u32> {
        let hash = self.hasher.hash_one(call_id);
        let is_it = |at: &u32| {
            let value = self.slots.get(*at);
            value.is_some_and(|v| v.call_id().as_bytes() == call_id)
        };
        self.index.find(hash, is_it).copied()
    }

    pub(super) fn get_mut(&mut self, at: u32) -> Option<&mut T> {
        self.slots.get_mut(at)
    }

    /// Adds a value whose Call-ID is not there yet, and says where.
    pub(super) fn insert(&mut self, value: T) -> u32 {
        let hash = self.hasher.hash_one(value.call_id().as_bytes());
        let due = value.due();
        let at = self.slots.insert(value);
        let (slots, hasher) = (&self.slots, &self.hasher);
        self.index.insert_unique(hash, at, |&other| {
            let id = slots.get(other).map(|v| v.call_id().as_bytes());
            hasher.hash_one(id.unwrap_or_default())
        });
        self.queue.push(Reverse((due, at)));
        at
    }

    /// Takes out one value that is due at `now`.
    pub(super) fn pop_due(&mut self, now: CaptureTime) -> Option<T> {
        while let Some(&Reverse((queued, at))) = self.queue.peek() {
            if queued > now {
                return None;
            }
            self.queue.pop();
            match self.slots.get(at).map(Expires::due) {
                Some(due) if due > now => {
                    self.queue.push(Reverse((due.min(now + LOOK_AGAIN), at)));
                }
                Some(_) => return self.remove(at),
                None => {}
            }
        }
        None
    }

    /// Takes out the value that is due next, for when the table is full or the capture over. An
    /// established call is not the next to go because its INVITE is old.
    pub(super) fn pop_next(&mut self) -> Option<T> {
        while let Some(Reverse((queued, at))) = self.queue.pop() {
            match self.slots.get(at).map(Expires::due) {
                Some(due) if due > queued => self.queue.push(Reverse((due, at))),
                Some(_) => return self.remove(at),
                None => {}
            }
        }
        None
    }

    fn remove(&mut self, at: u32) -> Option<T> {
        let value = self.slots.take(at)?;
        let hash = self.hasher.hash_one(value.call_id().as_bytes());
        if let Ok(entry) = self.index.find_entry(hash, |&other| other == at) {
            entry.remove();
        }
        Some(value)
    }
}
