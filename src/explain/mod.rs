//! What the report means, as plain data: who is who, what each message does, what happened in order,
//! how a figure comes about.
//!
//! Invariant: nothing here knows a width, a colour or a mark-up. Every text handed out is safe to show:
//! what comes from packets is escaped here, and an output escapes no more than its own mark-up.

mod arrows;
mod cast;
mod fold;
mod ink;
mod lookup;
mod meaning;
pub(crate) mod media;
mod message;
pub(crate) mod names;
pub(crate) mod registration;
mod scene;
mod stage;
mod steps;
mod story;
#[cfg(test)]
mod tests;
mod text;
pub(crate) mod words;
mod work;

pub use fold::Fold;
pub use ink::Ink;
pub use lookup::Lookup;
pub use message::{Described, Description, describe, info_line};
pub use scene::{Arrow, Host, Media, Role, Said, Scene, Way, What};
pub use story::{Sentence, story};
pub use text::{Piece, Text};
pub use work::{Formula, Work, work};
