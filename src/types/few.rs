//! A list that is nearly always short.

use std::ops::Deref;

/// Up to `N` values stand in place, more in a vector: most transactions have few messages, and an
/// announced endpoint mostly belongs to one description. Three numbers of four octets take no more
/// room than the empty vector does.
#[derive(Clone, Debug)]
pub enum Few<T, const N: usize> {
    /// As many of the rows as `len` says; what stands in the others is never read.
    Here {
        /// How many rows count: 1 to `N`.
        len: u8,
        /// The values, then what fills the room.
        rows: [T; N],
    },
    /// None, or more than `N`.
    Many(Vec<T>),
}

impl<T, const N: usize> Default for Few<T, N> {
    fn default() -> Self {
        Few::Many(Vec::new())
    }
}

impl<T: Copy + PartialEq, const N: usize> Few<T, N> {
    /// A list of one.
    #[inline]
    pub fn one(value: T) -> Self {
        Few::Here {
            len: 1,
            rows: [value; N],
        }
    }

    /// The values in order of adding.
    #[inline]
    pub fn as_slice(&self) -> &[T] {
        match self {
            Few::Here { len, rows } => rows.get(..usize::from(*len)).unwrap_or_default(),
            Few::Many(list) => list,
        }
    }

    /// The values in order, to be changed.
    #[inline]
    pub fn as_mut_slice(&mut self) -> &mut [T] {
        match self {
            Few::Here { len, rows } => rows.get_mut(..usize::from(*len)).unwrap_or_default(),
            Few::Many(list) => list,
        }
    }

    /// Adds one at the end.
    #[inline]
    pub fn push(&mut self, value: T) {
        match self {
            Few::Here { len, rows } => match rows.get_mut(usize::from(*len)) {
                Some(row) => {
                    *row = value;
                    *len += 1;
                }
                None => {
                    let mut list = Vec::with_capacity(2 * N);
                    list.extend_from_slice(rows);
                    list.push(value);
                    *self = Few::Many(list);
                }
            },
            Few::Many(list) if list.is_empty() => *self = Few::one(value),
            Few::Many(list) => list.push(value),
        }
    }

    /// Takes out the first of that value.
    pub fn remove(&mut self, value: T) {
        let Some(at) = self.as_slice().iter().position(|v| *v == value) else {
            return;
        };
        match self {
            Few::Here { len: 1, .. } => *self = Few::default(),
            Few::Here { len, rows } => {
                rows.copy_within(at + 1..usize::from(*len), at);
                *len -= 1;
            }
            Few::Many(list) => drop(list.remove(at)),
        }
    }
}

impl<T: Copy + PartialEq, const N: usize> Deref for Few<T, N> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        self.as_slice()
    }
}

impl<T: Copy + PartialEq, const N: usize> FromIterator<T> for Few<T, N> {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        let mut few = Few::default();
        values.into_iter().for_each(|v| few.push(v));
        few
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_numbers_take_the_room_of_a_vector() {
        assert_eq!(size_of::<Few<u32, 3>>(), size_of::<Vec<u32>>());
    }

    #[test]
    fn it_behaves_as_a_list_of_any_length() {
        behaves::<1>();
        behaves::<2>();
        behaves::<3>();
        behaves::<7>();
    }

    fn behaves<const N: usize>() {
        let mut few: Few<u32, N> = [7].into_iter().collect();
        assert!(matches!(few, Few::Here { .. }));
        few.push(8);
        few.push(9);
        assert_eq!(few.as_slice(), [7, 8, 9]);
        few.remove(8);
        few.remove(5);
        assert_eq!(few.as_slice(), [7, 9]);
        few.remove(7);
        few.remove(9);
        assert!(few.as_slice().is_empty());
        few.push(1);
        assert_eq!(few.as_slice(), [1]);
        few.remove(2);
        few.remove(1);
        assert!(few.is_empty());
    }
}
