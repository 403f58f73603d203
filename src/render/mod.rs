//! Rendering: the report model into text, JSON and CSV.
mod clock;
#[cfg(test)]
mod fixtures;
pub mod ladder;
mod lookup;
mod names;
mod style;
mod table;
mod text;

pub use style::{Style, TimeColumn, Zone};
