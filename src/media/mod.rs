//! RTP streams: which packets belong to which call, and what they measure.
pub mod figures;
pub mod frame;
pub mod measure;
pub mod meter;

#[cfg(test)]
mod golden;
