//! The table of open Call-IDs: looked up by bytes, closed by capture time, bounded.

use crate::types::{CallId, CaptureTime, Delta};
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
    slots: Vec<Option<T>>,
    free: Vec<u32>,
    index: HashTable<u32>,
    // Call-IDs are chosen by whoever sends the packets, so the hash is seeded.
    hasher: RandomState,
    queue: BinaryHeap<Reverse<(CaptureTime, u32)>>,
}

impl<T: Expires> Table<T> {
    pub(super) fn new() -> Self {
        Table {
            slots: Vec::new(),
            free: Vec::new(),
            index: HashTable::new(),
            hasher: RandomState::default(),
            queue: BinaryHeap::new(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.index.len()
    }

    fn slot(&self, at: u32) -> Option<&T> {
        self.slots.get(at as usize)?.as_ref()
    }

    pub(super) fn find_mut(&mut self, call_id: &[u8]) -> Option<&mut T> {
        let hash = self.hasher.hash_one(call_id);
        let slots = &self.slots;
        let at = *self.index.find(hash, |&at| {
            slots
                .get(at as usize)
                .and_then(Option::as_ref)
                .is_some_and(|v| v.call_id().as_bytes() == call_id)
        })?;
        self.slots.get_mut(at as usize)?.as_mut()
    }

    /// Adds a value whose Call-ID is not there yet.
    pub(super) fn insert(&mut self, value: T) {
        let hash = self.hasher.hash_one(value.call_id().as_bytes());
        let due = value.due();
        let at = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            // More than 2^32 open values would not fit in memory.
            u32::try_from(self.slots.len() - 1).unwrap_or(u32::MAX)
        });
        let (slots, hasher) = (&self.slots, &self.hasher);
        self.index.insert_unique(hash, at, |&other| {
            let id = slots
                .get(other as usize)
                .and_then(Option::as_ref)
                .map(|v| v.call_id().as_bytes());
            hasher.hash_one(id.unwrap_or_default())
        });
        self.queue.push(Reverse((due, at)));
        self.slots[at as usize] = Some(value);
    }

    /// Takes out one value that is due at `now`.
    pub(super) fn pop_due(&mut self, now: CaptureTime) -> Option<T> {
        while let Some(&Reverse((queued, at))) = self.queue.peek() {
            if queued > now {
                return None;
            }
            self.queue.pop();
            match self.slot(at).map(Expires::due) {
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
            match self.slot(at).map(Expires::due) {
                Some(due) if due > queued => self.queue.push(Reverse((due, at))),
                Some(_) => return self.remove(at),
                None => {}
            }
        }
        None
    }

    fn remove(&mut self, at: u32) -> Option<T> {
        let value = self.slots.get_mut(at as usize)?.take()?;
        let hash = self.hasher.hash_one(value.call_id().as_bytes());
        if let Ok(entry) = self.index.find_entry(hash, |&other| other == at) {
            entry.remove();
        }
        self.free.push(at);
        Some(value)
    }
}
