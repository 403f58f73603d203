//! The report: plain owned data, and how the pipeline's records become it.
//!
//! Invariant: a report can be built without any renderer and rendered without any capture.

pub mod model;
