//! One measure a file, each O(1) in memory: state in, plain numbers out.
//!
//! Invariant: a measure knows no addresses, calls or sessions; it is fed what one stream's packets
//! say, in order of arrival, and never looks back further than its own window.

pub mod bandwidth;
pub mod burst;
pub mod clock;
pub mod delta;
pub mod drift;
pub mod dtmf;
pub mod emodel;
pub mod guess;
pub mod jitter;
pub mod playout;
pub mod ptime;
pub mod quality;
pub mod sequence;
pub mod skew;
