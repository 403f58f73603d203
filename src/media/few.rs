//! A list that is nearly always of one.

/// Values under one key: an announced endpoint mostly belongs to one description.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Few<T> {
    One([T; 1]),
    More(Vec<T>),
}

impl<T> Default for Few<T> {
    fn default() -> Self {
        Few::More(Vec::new())
    }
}

impl<T: Copy + PartialEq> Few<T> {
    pub(super) fn one(value: T) -> Self {
        Few::One([value])
    }

    pub(super) fn as_slice(&self) -> &[T] {
        match self {
            Few::One(one) => one,
            Few::More(list) => list,
        }
    }

    pub(super) fn push(&mut self, value: T) {
        match self {
            Few::One([first]) => *self = Few::More(vec![*first, value]),
            Few::More(list) if list.is_empty() => *self = Few::one(value),
            Few::More(list) => list.push(value),
        }
    }

    /// Takes out the first of that value.
    pub(super) fn remove(&mut self, value: T) {
        match self {
            Few::One([first]) if *first == value => *self = Few::default(),
            Few::One(_) => {}
            Few::More(list) => {
                if let Some(at) = list.iter().position(|v| *v == value) {
                    list.remove(at);
                }
            }
        }
    }
}

impl<T: Copy + PartialEq> FromIterator<T> for Few<T> {
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
    fn it_behaves_as_a_list_of_any_length() {
        let mut few: Few<u32> = [7].into_iter().collect();
        assert!(matches!(few, Few::One(_)));
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
        assert!(few.as_slice().is_empty());
    }
}
