//! Tables of the joining: many small look-ups, none of them by what a packet can choose freely alone.

use foldhash::fast::RandomState;

/// A table that hashes quickly.
pub(super) type HashMap<K, V> = std::collections::HashMap<K, V, RandomState>;
/// A set that hashes quickly.
pub(super) type HashSet<K> = std::collections::HashSet<K, RandomState>;
