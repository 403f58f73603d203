//! Fragments of messages that were too long: they are passed over as they come.

use super::Place;
use std::collections::VecDeque;

/// Such messages of one direction that are remembered.
const REMEMBERED: usize = 64;

/// The messages whose rest is passed over.
#[derive(Debug, Default)]
pub(super) struct Passing(VecDeque<Rest>);

#[derive(Debug)]
struct Rest {
    /// The first fragment that is passed over.
    from: Place,
    /// How many there are, once it is known.
    len: Option<u32>,
}

impl Passing {
    /// From the fragment at `from` on.
    pub(super) fn add(&mut self, from: Place) {
        if self.0.len() >= REMEMBERED {
            self.0.pop_front();
        }
        self.0.push_back(Rest { from, len: None });
    }

    /// Whether a fragment belongs to one of them. The last fragment, or the first of the next message, says where
    /// it ends.
    pub(super) fn takes(&mut self, place: Place, first: bool, last: bool) -> bool {
        self.0.iter_mut().any(|rest| rest.takes(place, first, last))
    }
}

impl Rest {
    fn takes(&mut self, place: Place, first: bool, last: bool) -> bool {
        let offset = place.number.wrapping_sub(self.from.number);
        let beyond = self.len.unwrap_or(1 << 31);
        if place.series != self.from.series || offset >= beyond {
            return false;
        }
        if first {
            self.len = Some(offset);
        } else if last {
            self.len = Some(offset + 1);
        }
        !first
    }
}
