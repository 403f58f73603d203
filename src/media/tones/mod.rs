//! Keys heard in the sound itself: two tones at once (ITU-T Q.23), told from speech and music (Q.24).
//!
//! `bank` looks at one window of samples, `detector` makes keys of windows, `watch` brings it the sound of a stream,
//! `screen` says cheaply where nothing of the kind can be.
//!
//! Invariant: pure arithmetic, no I/O; what a stream keeps is bounded (see [`watch::ToneWatch`]).

mod bank;
mod detector;
mod law;
mod screen;
mod watch;

#[cfg(test)]
mod generator;
#[cfg(test)]
mod tests;

pub(crate) use bank::tones_of;
pub use watch::ToneKey;
pub(super) use watch::{Listening, ToneWatch, listening};
