//! What lies in numbered slots and is found by the ends of its flow.

use crate::types::{Endpoint, Flow};

/// Something that a flow carries.
pub(super) trait OnFlow {
    /// From its sender to its receiver.
    fn flow(&self) -> &Flow;
}

/// What slot `at` holds.
pub(super) fn slot<T>(slots: &[Option<Box<T>>], at: u32) -> Option<&T> {
    slots.get(at as usize)?.as_deref()
}

/// The end that an entry of an index by ends stands for: twice the slot's number for the destination, one
/// more for the source.
pub(super) fn end_of<T: OnFlow>(slots: &[Option<Box<T>>], entry: u32) -> Option<Endpoint> {
    let flow = slot(slots, entry >> 1)?.flow();
    Some(if entry & 1 == 0 { flow.dst } else { flow.src })
}
