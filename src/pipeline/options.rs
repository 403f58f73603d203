//! What the user may choose: bounds, and what is looked at beside the records.

use crate::{call, media, reassembly, sip};

/// All bounds in one place.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Calls and other signalling.
    pub call: call::Limits,
    /// RTP streams and what announces them.
    pub media: media::Limits,
    /// IP fragments.
    pub fragments: reassembly::FragmentLimits,
    /// TCP connections.
    pub tcp: reassembly::TcpLimits,
    /// SIP messages on a stream.
    pub framing: sip::FramerLimits,
    /// Bytes of messages not yet complete, over all streams.
    pub framing_bytes: usize,
    /// WebSocket messages.
    pub websocket: reassembly::WebSocketLimits,
    /// SCTP associations.
    pub sctp: reassembly::SctpLimits,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            call: call::Limits::default(),
            media: media::Limits::default(),
            fragments: reassembly::FragmentLimits::default(),
            tcp: reassembly::TcpLimits::default(),
            framing: sip::FramerLimits::default(),
            framing_bytes: 64 << 20,
            websocket: reassembly::WebSocketLimits::default(),
            sctp: reassembly::SctpLimits::default(),
        }
    }
}

/// Choices of the user that change what is measured.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// How much may be open at once, and how much of one thing is kept.
    pub limits: Limits,
    /// Count second copies made by the capture as if they were sent twice.
    pub keep_duplicates: bool,
    /// Headers whose value is the Call-ID of another leg of the call, beside the known ones.
    pub leg_headers: Vec<String>,
    /// The files that will be read, where they are several: parts of one capture are known by name and time.
    pub paths: Vec<String>,
    /// Tell the sink of each packet what became of it ([`super::Sink::packet`]). It changes nothing else.
    pub notes: bool,
}
