//! Values that come and go by the thousand, side by side.

/// Holds values under numbers that are used again. One growing block instead of a heap block for
/// each value: what is open stays close together, and what closes leaves no gaps between others.
#[derive(Debug)]
pub struct Slab<T> {
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
    /// The number that the next value will have.
    pub fn next(&self) -> u32 {
        // More than 2^32 open values would not fit in memory.
        let new = || u32::try_from(self.rows.len()).unwrap_or(u32::MAX);
        self.free.last().copied().unwrap_or_else(new)
    }

    /// Keeps a value; its number is good until it is taken.
    pub fn insert(&mut self, value: T) -> u32 {
        let at = self.next();
        match self.rows.get_mut(at as usize) {
            Some(row) => {
                *row = Some(value);
                self.free.pop();
            }
            None => self.rows.push(Some(value)),
        }
        at
    }

    /// The value under a number.
    #[inline]
    pub fn get(&self, at: u32) -> Option<&T> {
        self.rows.get(at as usize)?.as_ref()
    }

    /// The same, to be changed.
    #[inline]
    pub fn get_mut(&mut self, at: u32) -> Option<&mut T> {
        self.rows.get_mut(at as usize)?.as_mut()
    }

    /// Gives a value back and its number free.
    pub fn take(&mut self, at: u32) -> Option<T> {
        let value = self.rows.get_mut(at as usize)?.take()?;
        self.free.push(at);
        Some(value)
    }

    /// How many values it holds.
    pub fn len(&self) -> usize {
        self.rows.len() - self.free.len()
    }

    /// True where it holds none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_used_again_once_its_value_is_taken() {
        let mut slab = Slab::default();
        assert_eq!(slab.next(), 0);
        let (a, b) = (slab.insert("a"), slab.insert("b"));
        assert_eq!(slab.take(a), Some("a"));
        assert_eq!((slab.take(a), slab.get(b)), (None, Some(&"b")));
        assert_eq!(slab.next(), a);
        assert_eq!(slab.insert("c"), a);
        assert_eq!(slab.get_mut(a), Some(&mut "c"));
        assert_eq!(slab.len(), 2);
    }
}
