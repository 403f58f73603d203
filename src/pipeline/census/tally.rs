//! Counts by key, of a limited number of keys.

use foldhash::fast::RandomState;
use hashbrown::HashMap;
use std::hash::Hash;

/// Counts by key. Once the limit is reached, further keys are only counted together.
#[derive(Clone, Debug)]
pub struct Tally<K> {
    counts: HashMap<K, u64, RandomState>,
    limit: usize,
    beyond: u64,
}

impl<K: Eq + Hash + Copy + Ord> Tally<K> {
    /// An empty one for at most `limit` keys.
    pub fn new(limit: usize) -> Self {
        Tally {
            counts: HashMap::default(),
            limit,
            beyond: 0,
        }
    }

    /// Counts one more of `key`.
    pub fn note(&mut self, key: K) {
        self.add(key, 1);
    }

    /// Counts `more` of `key`.
    pub fn add(&mut self, key: K, more: u64) {
        if let Some(count) = self.counts.get_mut(&key) {
            *count += more;
        } else if self.counts.len() < self.limit {
            self.counts.insert(key, more);
        } else {
            self.beyond += more;
        }
    }

    /// How many of `key`.
    pub fn of(&self, key: &K) -> u64 {
        self.counts.get(key).copied().unwrap_or(0)
    }

    /// How many were counted together because there were too many keys. While this is not 0, absence of a
    /// key proves nothing.
    pub fn beyond(&self) -> u64 {
        self.beyond
    }

    /// Every key with its count, most first, then by key.
    pub fn ranked(&self) -> Vec<(K, u64)> {
        let mut all: Vec<(K, u64)> = self.counts.iter().map(|(k, n)| (*k, *n)).collect();
        all.sort_unstable_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
        all
    }

    /// How many different keys are held.
    pub fn len(&self) -> usize {
        self.counts.len()
    }

    /// True when nothing was counted.
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_beyond_the_limit_are_counted_together() {
        let mut t = Tally::new(2);
        for key in [5, 7, 7, 9, 9, 9] {
            t.note(key);
        }
        assert_eq!(t.ranked(), [(7, 2), (5, 1)]);
        assert_eq!((t.of(&9), t.beyond(), t.len()), (0, 3, 2));
    }
}
