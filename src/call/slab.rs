//! Values that come and go by the thousand, side by side.

/// Holds values under numbers that are used again. One growing block instead of a heap block for
/// each: what is open stays close together, and what closes leaves no gaps between others.
pub(super) struct Slab<T> {
    rows: Vec<Option<T>>,
    free: Vec<u32>,
}

impl<T> Default for Slab<T> {
    fn default() -> Self {
        Slab {
            rows: Vec::new(),
            free: Vec::new(),
        }
    }
}

impl<T> Slab<T> {
    /// Keeps a value; its number is good until it is taken.
    pub(super) fn insert(&mut self, value: T) -> u32 {
        let at = self.free.pop().unwrap_or_else(|| {
            self.rows.push(None);
            // More than 2^32 open values would not fit in memory.
            u32::try_from(self.rows.len() - 1).unwrap_or(u32::MAX)
        });
        if let Some(row) = self.rows.get_mut(at as usize) {
            *row = Some(value);
        }
        at
    }

    #[inline]
    pub(super) fn get(&self, at: u32) -> Option<&T> {
        self.rows.get(at as usize)?.as_ref()
    }

    #[inline]
    pub(super) fn get_mut(&mut self, at: u32) -> Option<&mut T> {
        self.rows.get_mut(at as usize)?.as_mut()
    }

    pub(super) fn take(&mut self, at: u32) -> Option<T> {
        let value = self.rows.get_mut(at as usize)?.take()?;
        self.free.push(at);
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_used_again_once_its_value_is_taken() {
        let mut slab = Slab::default();
        let (a, b) = (slab.insert("a"), slab.insert("b"));
        assert_eq!(slab.take(a), Some("a"));
        assert_eq!((slab.take(a), slab.get(b)), (None, Some(&"b")));
        assert_eq!(slab.insert("c"), a);
        assert_eq!(slab.get_mut(a), Some(&mut "c"));
    }
}
