//! From the report model to bytes: text that people read, JSON and CSV that scripts read.
//!
//! Invariant: nothing here knows packets, parsers, sockets or the terminal, and nothing here works out
//! what a record means: [`crate::explain`] does. A renderer gets parts of the model, a [`Style`] the
//! caller decided on, and a writer. Texts of `explain` are safe to show; what a renderer takes from the
//! model itself it escapes. Colour is written last, by [`Style`] alone. An unknown is `-` (text), `null` (JSON)
//! or empty (CSV), never 0; and no line of text is wider than [`Style::width`], except where a caller asks for
//! whole lines.

pub mod bandwidth;
pub mod calls;
pub mod csv;
pub mod define;
pub mod diagram;
pub mod doctor;
pub mod explain;
pub mod fields;
pub mod findings;
pub mod hops;
pub mod json;
pub mod ladder;
pub mod list;
pub mod live;
pub mod messages;
pub mod ndjson;
pub mod plot;
pub mod registrations;
pub mod report;
mod requests;
pub mod schema;
pub mod show;
pub mod stats;
pub mod streams;

mod clock;
mod csv_rows;
#[cfg(test)]
mod fixtures;
pub(crate) mod json_text;
mod style;
mod table;
#[cfg(test)]
mod tests;
pub(crate) mod text;

pub use style::{Style, TimeColumn, Zone};
