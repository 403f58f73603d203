//! Messages that a capture agent relays as it read them from a TCP connection: in several packets, or several in one.
//!
//! Invariant: a message that came whole in one packet does not come here, and what never becomes whole is shown as far
//! as it goes.

use super::{Capture, Core, Fate, Sink};
use crate::decode::Stack;
use crate::sip::{self, Framer, FramerLimits, Framing};
use crate::types::{CaptureTime, Delta, FlawCode, Flow, Transport};
use std::collections::VecDeque;

/// Directions with a message that is not whole; the oldest gives way.
const MAX_OPEN: usize = 64;
/// The rest of a message comes at once; what is alone for this long stays so.
const PATIENCE: Delta = Delta::from_secs(5);
const LIMITS: FramerLimits = FramerLimits {
    max_header: 64 << 10,
    max_body: 256 << 10,
    probe: 64 << 10,
};

/// A direction of a connection.
#[derive(Debug)]
struct Open {
    flow: Flow,
    framer: Framer,
    /// When its last packet was captured.
    last: CaptureTime,
    transport: Transport,
    stack: Stack,
}

/// The directions with a message that is not whole.
#[derive(Debug, Default)]
pub(super) struct RelayedPieces {
    open: VecDeque<Open>,
}

/// True for a message that needs no other packet, and is alone in its own.
fn is_whole(payload: &[u8]) -> bool {
    const PARTIAL: [FlawCode; 3] = [
        FlawCode::HeadersUnterminated,
        FlawCode::BodyTruncated,
        FlawCode::ExtraOctets,
    ];
    sip::parse_message(payload, Framing::Datagram)
        .is_some_and(|m| !m.flaws.iter().any(|f| PARTIAL.contains(&f.code)))
}

impl Core {
    /// Takes a payload that is no whole message; `None` where it has nothing to do with one.
    pub(super) fn handle_piece(
        &mut self,
        payload: &[u8],
        capture: &Capture<'_>,
        sink: &mut dyn Sink,
    ) -> Option<Fate> {
        let begins = sip::starts_like_sip(payload);
        if capture.truncated || (begins && is_whole(payload)) {
            self.give_up_pieces(|open| open.flow == capture.flow, sink);
            return None;
        }
        let of_flow = |open: &Open| open.flow == capture.flow;
        let at = self.relayed_pieces.open.iter().position(of_flow);
        let mut open = match at.and_then(|at| self.relayed_pieces.open.remove(at)) {
            Some(open) => open,
            None if !begins => return None,
            None => Open {
                flow: capture.flow,
                framer: Framer::new(LIMITS),
                last: capture.time,
                transport: capture.transport,
                stack: capture.stack,
            },
        };
        if self.relayed_pieces.open.len() >= MAX_OPEN {
            let mut first = true;
            self.give_up_pieces(|_| std::mem::take(&mut first), sink);
        }
        open.framer.push(payload, capture.frame, capture.time);
        open.last = self.ties.now;
        self.hand_on_pieces(&mut open, sink);
        if open.framer.buffered() > 0 {
            self.relayed_pieces.open.push_back(open);
        }
        Some(Fate::SipUdp)
    }

    /// Shows what waited too long at `now` for its rest.
    pub(super) fn expire_pieces(&mut self, now: CaptureTime, sink: &mut dyn Sink) {
        if !self.relayed_pieces.open.is_empty() {
            self.give_up_pieces(|open| now - open.last > PATIENCE, sink);
        }
    }

    fn give_up_pieces(&mut self, mut which: impl FnMut(&Open) -> bool, sink: &mut dyn Sink) {
        let (gone, kept) = std::mem::take(&mut self.relayed_pieces.open)
            .into_iter()
            .partition::<VecDeque<_>, _>(|open| which(open));
        self.relayed_pieces.open = kept;
        for mut open in gone {
            open.framer.finish();
            self.hand_on_pieces(&mut open, sink);
        }
    }

    fn hand_on_pieces(&mut self, open: &mut Open, sink: &mut dyn Sink) {
        let Open {
            flow,
            framer,
            transport,
            stack,
            ..
        } = open;
        while let Some(framed) = framer.next() {
            self.handle_whole(&framed, *flow, *transport, *stack, sink);
        }
    }
}
