//! Lists of what shares a key, however many share it: a hash table of equal keys gets slow with them.

use hashbrown::HashTable;

/// No entry.
const NONE: u32 = u32::MAX;

#[derive(Clone, Copy, Debug)]
struct Link {
    newer: u32,
    older: u32,
}

/// Entries, each a small number, listed by a key that the caller knows of each entry.
///
/// Entering and leaving take constant time. An entry takes eight bytes, a key five.
#[derive(Debug, Default)]
pub(super) struct Chains {
    /// The newest entry of each key.
    newest: HashTable<u32>,
    /// By entry.
    links: Vec<Link>,
    len: usize,
}

impl Chains {
    /// Entries listed.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Lists an entry, which is not listed yet, as the newest of its key. `is_its_key` is true of entries
    /// with the same key; `rehash` gives the hash of an entry's key.
    pub(super) fn insert(
        &mut self,
        entry: u32,
        hash: u64,
        is_its_key: impl Fn(u32) -> bool,
        rehash: impl Fn(u32) -> u64,
    ) {
        let at = entry as usize;
        if self.links.len() <= at {
            let unused = Link {
                newer: NONE,
                older: NONE,
            };
            self.links.resize(at + 1, unused);
        }
        let older = match self.newest.find_mut(hash, |e| is_its_key(*e)) {
            Some(head) => std::mem::replace(head, entry),
            None => {
                self.newest.insert_unique(hash, entry, |e| rehash(*e));
                NONE
            }
        };
        if let Some(next) = self.links.get_mut(older as usize) {
            next.newer = entry;
        }
        if let Some(link) = self.links.get_mut(at) {
            *link = Link { newer: NONE, older };
        }
        self.len += 1;
    }

    /// Takes a listed entry off.
    pub(super) fn remove(&mut self, entry: u32, hash: u64) {
        let Some(&Link { newer, older }) = self.links.get(entry as usize) else {
            return;
        };
        if newer == NONE {
            let Ok(mut head) = self.newest.find_entry(hash, |e| *e == entry) else {
                return;
            };
            match older {
                NONE => {
                    head.remove();
                }
                older => *head.get_mut() = older,
            }
        }
        // NONE is beyond every link.
        if let Some(link) = self.links.get_mut(newer as usize) {
            link.older = older;
        }
        if let Some(link) = self.links.get_mut(older as usize) {
            link.newer = newer;
        }
        self.len -= 1;
    }

    /// The entries of a key, the newest first.
    pub(super) fn of(
        &self,
        hash: u64,
        is_its_key: impl Fn(u32) -> bool,
    ) -> impl Iterator<Item = u32> + '_ {
        let newest = self.newest.find(hash, |e| is_its_key(*e)).copied();
        std::iter::successors(newest, |e| {
            let older = self.links.get(*e as usize)?.older;
            (older != NONE).then_some(older)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    /// Entries whose key is their tens; the hash is equal for all.
    fn chains(entries: &[u32]) -> Chains {
        let mut chains = Chains::default();
        for e in entries {
            chains.insert(*e, 7, |o| o / 10 == e / 10, |_| 7);
        }
        chains
    }

    fn tens(chains: &Chains, key: u32) -> Vec<u32> {
        chains.of(7, |e| e / 10 == key).collect()
    }

    #[test]
    fn entries_leave_from_anywhere_and_the_others_stay_in_order() {
        for (gone, left) in [(11, [13, 12]), (12, [13, 11]), (13, [12, 11])] {
            let mut chains = chains(&[11, 20, 12, 13]);
            assert_eq!(tens(&chains, 1), [13, 12, 11]);
            chains.remove(gone, 7);
            assert_eq!(tens(&chains, 1), left, "without {gone}");
            assert_eq!((tens(&chains, 2), chains.len()), (vec![20], 3));
            for e in left {
                chains.remove(e, 7);
            }
            assert_eq!((tens(&chains, 1), chains.len()), (vec![], 1));
            chains.insert(gone, 7, |o| o / 10 == 1, |_| 7);
            assert_eq!(tens(&chains, 1), [gone]);
        }
    }

    #[test]
    fn entering_looks_at_one_entry_of_the_key() {
        let looks = Cell::new(0);
        let mut chains = Chains::default();
        for e in 0..10_000 {
            let same = |_| {
                looks.set(looks.get() + 1);
                true
            };
            chains.insert(e, 7, same, |_| 7);
        }
        // hashbrown may compare an entry twice on its way.
        assert!(looks.get() < 20_000, "{} looks", looks.get());
    }
}
