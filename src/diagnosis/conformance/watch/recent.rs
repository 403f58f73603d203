//! A table that forgets what is oldest.

use foldhash::fast::RandomState;
use hashbrown::HashMap;
use std::collections::VecDeque;
use std::hash::Hash;

/// What is remembered at once.
const MOST: usize = 1 << 16;

/// The latest entries by key.
pub(super) struct Recent<K, V> {
    entries: HashMap<K, V, RandomState>,
    order: VecDeque<K>,
}

impl<K, V> Default for Recent<K, V> {
    fn default() -> Self {
        Recent {
            entries: HashMap::default(),
            order: VecDeque::new(),
        }
    }
}

impl<K: Hash + Eq + Copy, V> Recent<K, V> {
    pub(super) fn get(&self, key: &K) -> Option<&V> {
        self.entries.get(key)
    }

    /// What stood there before.
    pub(super) fn insert(&mut self, key: K, value: V) -> Option<V> {
        let before = self.entries.insert(key, value);
        if before.is_none() {
            self.order.push_back(key);
            if self.order.len() > MOST
                && let Some(oldest) = self.order.pop_front()
            {
                self.entries.remove(&oldest);
            }
        }
        before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_goes_when_there_is_no_room() {
        let mut table = Recent::default();
        for n in 0..=MOST {
            table.insert(n, ());
        }
        assert!(table.get(&0).is_none() && table.get(&1).is_some() && table.get(&MOST).is_some());
    }
}
