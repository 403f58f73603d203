//! What the report means, as plain data: who is who, what each message does, what happened in order,
//! how a figure comes about.
//!
//! Invariant: nothing here knows a width, a colour or a mark-up. Every text handed out is safe to show:
//! what comes from packets is escaped here, and an output escapes no more than its own mark-up.

mod ink;
mod lookup;
pub(crate) mod media;
mod message;
pub(crate) mod names;
pub(crate) mod registration;
pub(crate) mod story;
pub(crate) mod words;
pub mod work;

pub use ink::Ink;
pub use lookup::Lookup;
pub use message::{Described, Description, describe, info_line};
