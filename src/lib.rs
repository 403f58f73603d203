//! sipflow: from captured packets to calls, streams and findings.
pub mod app;
pub mod call;
pub mod cli;
pub mod decode;
pub mod diagnosis;
pub mod media;
pub mod pipeline;
pub mod reassembly;
pub mod render;
pub mod report;
pub mod rtp;
pub mod sdp;
pub mod sip;
pub mod source;
pub mod types;
