//! A call or a stream over time: which streams, their packets read again, and the words beside the curves.

mod ears;
#[cfg(test)]
mod tests;
mod ways;

pub(super) use ears::trace;
pub(super) use ways::{Chosen, Side, of_call, of_stream};
