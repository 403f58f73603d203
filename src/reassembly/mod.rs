//! What was sent in pieces: IP fragments to datagrams, TCP segments to byte streams, SCTP chunks and WebSocket
//! frames to messages. Knows nothing of what is inside: where that matters, to find the next message after a hole,
//! the caller says what one begins like.
//!
//! Invariant: every buffer is bounded ([`FragmentLimits`], [`TcpLimits`], [`SctpLimits`], [`WebSocketLimits`]) and
//! every drop is counted; time is the capture's; the first copy of a byte wins.

mod fragments;
mod pieces;
mod sctp;
mod tcp;
mod websocket;

pub use fragments::{
    DropReason, FragmentCounters, FragmentLimits, FragmentOutcome, Fragments, Incomplete,
    MissingFragments, Reassembled,
};
pub use sctp::{SctpCounters, SctpLimits, SctpMessage, SctpMessages};
pub use tcp::{EndReason, StreamEvent, TcpCounters, TcpLabel, TcpLimits, TcpStreams};
pub use websocket::{
    Agreement, PROBE_LEN, Standing, Wanted, WebSocket, WebSocketCounters, WebSocketLimits,
    WebSocketMessage,
};

/// A length as the 32-bit number the decoded types use; no captured packet is longer.
fn len32(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).unwrap_or(u32::MAX)
}
