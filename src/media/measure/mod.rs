//! One measure a file, each O(1) in memory: state in, plain numbers out.
//!
//! Invariant: a measure knows no addresses, calls or sessions; it is fed what one stream's packets
//! say, in order of arrival, and never looks back further than its own window.

pub(crate) mod bandwidth;
pub(crate) mod burst;
pub(crate) mod clock;
pub(crate) mod delta;
pub(crate) mod drift;
pub(crate) mod dtmf;
pub(crate) mod emodel;
pub(crate) mod guess;
pub(crate) mod jitter;
pub(crate) mod pauses;
pub(crate) mod playout;
pub(crate) mod ptime;
pub(crate) mod quality;
pub(crate) mod sequence;
pub(crate) mod series;
pub(crate) mod skew;
pub(crate) mod timebase;
