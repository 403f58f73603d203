//! What the user may choose: bounds, and what is looked at beside the records.

use crate::crypto::Passwords;
use crate::types::{Hearing, StreamExtras};
use crate::{call, media, reassembly, sip};
use std::sync::Arc;

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

impl Limits {
    /// `times` as many of everything that a table holds. How long one message may be, and for how long something is
    /// open, stays.
    pub fn times(self, times: usize) -> Limits {
        let more = |n: usize| n.saturating_mul(times);
        let mut l = self;
        l.call.open_call_ids = more(l.call.open_call_ids);
        l.call.open_bytes = l.call.open_bytes.saturating_mul(times as u64);
        l.call.transactions_per_call_id = more(l.call.transactions_per_call_id);
        l.call.dialogs_per_call_id = more(l.call.dialogs_per_call_id);
        let messages = u32::try_from(times).unwrap_or(u32::MAX);
        l.call.messages_per_call_id = l.call.messages_per_call_id.saturating_mul(messages);
        l.media.streams = more(l.media.streams);
        l.media.candidates = more(l.media.candidates);
        l.media.announcements = more(l.media.announcements);
        l.media.endpoints_per_announcement = more(l.media.endpoints_per_announcement);
        l.media.sources_per_announcement = more(l.media.sources_per_announcement);
        l.media.streams_per_flow = more(l.media.streams_per_flow);
        l.fragments.datagrams = more(l.fragments.datagrams);
        l.fragments.fragments = more(l.fragments.fragments);
        l.fragments.bytes = more(l.fragments.bytes);
        l.tcp.flows = more(l.tcp.flows);
        l.tcp.queued_per_direction = more(l.tcp.queued_per_direction);
        l.tcp.queued_total = more(l.tcp.queued_total);
        l.framing_bytes = more(l.framing_bytes);
        l.sctp.directions = more(l.sctp.directions);
        l.sctp.held_per_direction = more(l.sctp.held_per_direction);
        l.sctp.held_total = more(l.sctp.held_total);
        l
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
    /// What sound is listened to.
    pub hearing: Hearing,
    /// The files that will be read, where they are several: parts of one capture are known by name and time.
    pub paths: Vec<String>,
    /// Tell the sink of each packet what became of it ([`super::Sink::packet`]). It changes nothing else.
    pub notes: bool,
    /// Passwords that credentials are checked against.
    pub passwords: Arc<Passwords>,
    /// Kept of every stream beside its figures.
    pub extras: StreamExtras,
}
