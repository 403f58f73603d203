//! How large the tracker's tables may grow, and how often they would have grown further.

use crate::types::Delta;

/// Table sizes and waiting times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Open streams.
    pub streams: usize,
    /// Flows in probation.
    pub candidates: usize,
    /// Announced media descriptions.
    pub announcements: usize,
    /// Endpoints of one description (ICE candidates included).
    pub endpoints_per_announcement: usize,
    /// Sources (`a=ssrc`) of one description.
    pub sources_per_announcement: usize,
    /// Open streams of one directed flow.
    pub streams_per_flow: usize,
    /// A stream of an ended call is over after this silence.
    pub idle_after_call: Delta,
    /// Any other stream is over after this silence.
    pub idle: Delta,
    /// Endpoints stay known for this long after their call ended.
    pub endpoint_linger: Delta,
    /// A flow has this long to pass probation.
    pub probation: Delta,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            streams: 40_000,
            candidates: 4096,
            announcements: 100_000,
            endpoints_per_announcement: 128,
            sources_per_announcement: 32,
            streams_per_flow: 256,
            idle_after_call: Delta::from_secs(60),
            idle: Delta::from_secs(300),
            endpoint_linger: Delta::from_secs(30),
            probation: Delta::from_secs(30),
        }
    }
}

/// How often each limit was reached. All zero: nothing was left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LimitsReached {
    /// Packets of streams that found the stream table, or their flow, full.
    pub stream_packets_refused: u64,
    /// Flows put out of probation early because the table was full.
    pub candidates_displaced: u64,
    /// Descriptions not taken up because the table was full.
    pub announcements_refused: u64,
    /// Descriptions of a call put out by younger ones of it.
    pub of_call_displaced: u64,
    /// Calls that announce an endpoint put out by younger ones that announce the same.
    pub of_endpoint_displaced: u64,
    /// ICE candidates not taken up.
    pub endpoints_refused: u64,
    /// Announced sources not taken up.
    pub sources_refused: u64,
    /// Packets beside RTP that found the table of their flows full.
    pub other_packets_refused: u64,
}
