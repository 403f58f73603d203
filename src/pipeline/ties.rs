//! Messages whose cause stands behind them in the file under the same time stamp: a response before its request, an
//! ACK before what it acknowledges. They wait until the clock moves on; then they go the way they stand.
//!
//! Invariant: nothing waits in a capture whose causes come first, and nothing waits once time has moved.

use super::{Capture, Core, Sink};
use crate::decode::{Layer, Stack};
use crate::sip::{self, Flaw, Framing};
use crate::types::{CaptureTime, Delta, FileRange, Flow, FrameRef, MessageId, Transport};
use std::collections::VecDeque;

/// Messages that wait at most; the next ones go as they come.
const MAX_WAITING: usize = 64;
/// Bytes they may take together.
const MAX_BYTES: usize = 256 << 10;
/// An agent's packets may overtake one another on their way to the collector.
const RELAYED: Delta = Delta::from_millis(100);

/// A message that waits.
#[derive(Debug)]
struct Waiting {
    bytes: Box<[u8]>,
    call_id: Box<[u8]>,
    framing: Framing,
    flaws: Vec<Flaw>,
    frame: FrameRef,
    frames: Vec<FrameRef>,
    time: CaptureTime,
    flow: Flow,
    transport: Transport,
    location: Option<FileRange>,
    duplicate_of: Option<MessageId>,
    truncated: bool,
    fragments_missing: bool,
    too_long: bool,
    stack: Stack,
    /// Where [`super::duplicates::Duplicates`] remembers its packet.
    print: Option<u64>,
    /// A packet later than this lets it go.
    until: CaptureTime,
}

impl Waiting {
    fn capture(&self) -> Capture<'_> {
        Capture {
            frame: self.frame,
            frames: &self.frames,
            time: self.time,
            flow: self.flow,
            transport: self.transport,
            location: self.location,
            duplicate_of: self.duplicate_of,
            truncated: self.truncated,
            fragments_missing: self.fragments_missing,
            too_long: self.too_long,
            stack: self.stack,
        }
    }
}

/// The messages that wait, in the order they stand in the capture.
#[derive(Debug, Default)]
pub(super) struct Ties {
    waiting: VecDeque<Waiting>,
    bytes: usize,
    /// Time of the packet at hand.
    pub(super) now: CaptureTime,
}

impl Ties {
    pub(super) fn are_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// True where one more of that length may wait.
    pub(super) fn has_room(&self, len: usize) -> bool {
        self.waiting.len() < MAX_WAITING && self.bytes + len <= MAX_BYTES
    }

    pub(super) fn push(
        &mut self,
        message: &sip::Message<'_>,
        capture: Capture<'_>,
        flaws: &[Flaw],
    ) {
        let framing = match capture.transport {
            _ if capture.truncated => Framing::Truncated,
            Transport::Tcp | Transport::Tls => Framing::Stream,
            _ => Framing::Datagram,
        };
        let patience = match capture.stack.contains(Layer::Hep) {
            true => RELAYED,
            false => Delta::ZERO,
        };
        self.bytes += message.raw.len();
        self.waiting.push_back(Waiting {
            bytes: message.raw.into(),
            call_id: message.call_id().unwrap_or_default().into(),
            framing,
            flaws: flaws.to_vec(),
            frame: capture.frame,
            frames: capture.frames.to_vec(),
            time: capture.time,
            flow: capture.flow,
            transport: capture.transport,
            location: capture.location,
            duplicate_of: capture.duplicate_of,
            truncated: capture.truncated,
            fragments_missing: capture.fragments_missing,
            too_long: capture.too_long,
            stack: capture.stack,
            print: None,
            until: self.now + patience,
        });
    }

    /// Says how the packet of the message that came last is remembered.
    pub(super) fn note_print(&mut self, print: u64) {
        if let Some(last) = self.waiting.back_mut() {
            last.print = Some(print);
        }
    }

    fn take(&mut self, at: usize) -> Option<Waiting> {
        let taken = self.waiting.remove(at)?;
        self.bytes -= taken.bytes.len();
        Some(taken)
    }

    fn put_back(&mut self, at: usize, waiting: Waiting) {
        self.bytes += waiting.bytes.len();
        self.waiting.insert(at, waiting);
    }
}

impl Core {
    /// Places what waited for a message with this Call-ID, captured at `time`.
    #[cold]
    pub(super) fn settle_ties(
        &mut self,
        call_id: Option<&[u8]>,
        time: CaptureTime,
        sink: &mut dyn Sink,
    ) {
        let Some(call_id) = call_id else { return };
        let mut at = 0;
        while let Some(waiting) = self.ties.waiting.get(at) {
            if *waiting.call_id != *call_id || waiting.time < time {
                at += 1;
                continue;
            }
            let Some(waiting) = self.ties.take(at) else {
                return;
            };
            let message = sip::parse_message(&waiting.bytes, waiting.framing);
            let placed =
                message.is_none_or(|message| self.place_waiting(&message, &waiting, true, sink));
            if placed {
                // It may be what another one waits for.
                at = 0;
            } else {
                self.ties.put_back(at, waiting);
                at += 1;
            }
        }
    }

    /// Places what waited long enough at `now`; at the end of the capture everything.
    #[cold]
    pub(super) fn release_ties(&mut self, now: CaptureTime, sink: &mut dyn Sink) {
        while self.ties.waiting.front().is_some_and(|w| w.until < now) {
            let Some(waiting) = self.ties.take(0) else {
                return;
            };
            let Some(message) = sip::parse_message(&waiting.bytes, waiting.framing) else {
                continue;
            };
            self.place_waiting(&message, &waiting, false, sink);
            self.settle_ties(message.call_id(), waiting.time, sink);
        }
    }

    fn place_waiting(
        &mut self,
        message: &sip::Message<'_>,
        waiting: &Waiting,
        may_wait: bool,
        sink: &mut dyn Sink,
    ) -> bool {
        let placed = self.place_message(message, waiting.capture(), &waiting.flaws, may_wait, sink);
        if let (Some(id), Some(print), Some(duplicates)) =
            (placed, waiting.print, &mut self.duplicates)
        {
            duplicates.remember(print, waiting.time, id);
        }
        placed.is_some()
    }
}
