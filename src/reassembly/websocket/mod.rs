//! Messages out of a WebSocket connection (RFC 6455, RFC 7692), one [`WebSocket`] for each direction of the
//! TCP stream. What the messages say is the caller's business: it names the subprotocol and tells what one of
//! its messages begins like.
//!
//! Bytes go in as TCP reassembly delivers them, messages come out, each with the packets that carried it.
//! Where the handshake was not captured, or bytes are missing, reading starts at the next data frame whose
//! payload begins like a message.
//!
//! Invariant: how the stream is split into pushes does not change the messages; what is held is bounded by
//! [`WebSocketLimits`].

mod frame;
mod handshake;
mod inflate;
mod message;
mod queue;
#[cfg(test)]
mod tests;

pub use handshake::Agreement;
pub use message::{WebSocketCounters, WebSocketLimits, WebSocketMessage};

use crate::types::{CaptureTime, FrameRef};
use frame::{Header, Opcode, Parsed, parse_header, unmask_into};
use handshake::{Head, Subprotocol, parse_head};
use inflate::Inflater;
use memchr::memmem;
use message::Assembly;
use queue::ByteQueue;
use std::collections::VecDeque;

/// What is looked for in a connection.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// The subprotocol's registered name.
    pub subprotocol: &'static str,
    /// Whether the beginning of a payload (up to [`PROBE_LEN`] bytes) looks like one of its messages.
    pub begins: fn(&[u8]) -> bool,
}

/// How much of a payload [`Wanted::begins`] is shown.
pub const PROBE_LEN: usize = 256;

/// A frame with less payload is never taken for a message when looking for the next one.
const MIN_PROBE: u64 = 16;

/// A longer frame is a mistake, not something that somebody sent.
const BELIEVABLE: u64 = 256 << 20;

/// Whether a stream is what was wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The handshake or a message says so.
    Certain,
    /// Not enough seen.
    Open,
    /// It is something else.
    Hopeless,
}

/// One direction of a connection.
#[derive(Debug)]
pub struct WebSocket {
    limits: WebSocketLimits,
    wanted: Wanted,
    queue: ByteQueue,
    state: State,
    standing: Standing,
    assembly: Assembly,
    inflater: Inflater,
    /// Known once the server's answer was seen, in either direction.
    agreement: Option<Agreement>,
    /// Frames of this direction are masked; known from the first one.
    masked: Option<bool>,
    /// Bytes read without a sign of the wanted protocol.
    unsure: u64,
    /// Messages found before a hole.
    ready: VecDeque<WebSocketMessage>,
    counters: WebSocketCounters,
}

/// What the next byte is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// The first byte that was captured; `whole`: the first that was sent.
    Fresh { whole: bool },
    /// In an HTTP head, whose end is not before this offset.
    Head { searched: usize },
    /// The first byte of a frame.
    Frame,
    /// A byte of a payload of which this much is left, and whose beginning is lost.
    Tail(u64),
    /// Anything.
    Lost,
}

/// What one step brought.
enum Step {
    Message(WebSocketMessage),
    Again,
    /// More bytes are needed.
    Wait,
}

impl WebSocket {
    /// Before a direction's first captured byte. `mid_stream`: bytes before it were not captured.
    pub fn new(limits: WebSocketLimits, wanted: Wanted, mid_stream: bool) -> WebSocket {
        WebSocket {
            limits,
            wanted,
            queue: ByteQueue::default(),
            state: State::Fresh { whole: !mid_stream },
            standing: Standing::Open,
            assembly: Assembly::default(),
            inflater: Inflater::new(mid_stream),
            agreement: None,
            masked: None,
            unsure: 0,
            ready: VecDeque::new(),
            counters: WebSocketCounters::default(),
        }
    }

    /// Takes the next bytes in sequence order. Call [`WebSocket::next`] until it gives `None` after each push.
    pub fn push(&mut self, bytes: &[u8], frame: FrameRef, time: CaptureTime) {
        if !bytes.is_empty() && self.standing != Standing::Hopeless {
            self.queue.push(bytes, frame, time);
        }
    }

    /// `missing` bytes were lost. A message cut by the hole is given out as far as it can be read.
    pub fn gap(&mut self, missing: u64) {
        self.counters.gaps += 1;
        self.counters.lost_bytes = self.counters.lost_bytes.saturating_add(missing);
        let left = self.close();
        self.state = match left {
            // The hole ends in the payload it began in, so the next frame's place is known.
            Some(left) if missing <= left => State::Tail(left - missing),
            _ => State::Lost,
        };
    }

    /// The stream ended, or the capture did.
    pub fn finish(&mut self) {
        self.close();
        self.state = State::Lost;
    }

    /// What the handshake agreed on, once this direction has shown the server's answer.
    pub fn agreement(&self) -> Option<Agreement> {
        self.agreement
    }

    /// Tells the client's direction what the server's answer said.
    pub fn agree(&mut self, agreement: Agreement) {
        if self.agreement.is_none() {
            self.agreement = Some(agreement);
            if agreement.client_no_context_takeover {
                self.inflater.forget_context();
            }
        }
    }

    /// Whether this is what was wanted.
    pub fn standing(&self) -> Standing {
        self.standing
    }

    /// What was counted so far.
    pub fn counters(&self) -> WebSocketCounters {
        self.counters
    }

    /// Bytes held for messages not yet complete.
    pub fn buffered(&self) -> usize {
        self.queue.rest().len() + self.assembly.len()
    }

    /// The next complete message.
    // Not an Iterator: after `None` there is more once bytes were pushed.
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self) -> Option<WebSocketMessage> {
        self.ready.pop_front().or_else(|| self.extract(false))
    }

    fn extract(&mut self, ended: bool) -> Option<WebSocketMessage> {
        while self.standing != Standing::Hopeless {
            let step = match self.state {
                State::Fresh { whole } => self.begin(whole),
                State::Head { searched } => self.head(searched),
                State::Frame => self.frame(),
                State::Tail(left) => self.tail(left),
                State::Lost => self.search(ended),
            };
            match step {
                Step::Message(message) => return Some(message),
                Step::Again => {}
                Step::Wait => return None,
            }
        }
        None
    }

    fn begin(&mut self, whole: bool) -> Step {
        let rest = self.queue.rest();
        if rest.is_empty() {
            return Step::Wait;
        }
        if handshake::may_begin(rest) {
            if rest.len() < handshake::DECIDED_AT {
                return Step::Wait;
            }
            self.state = State::Head { searched: 0 };
        } else if whole {
            self.give_up();
        } else {
            self.state = State::Lost;
        }
        Step::Again
    }

    /// Waits for the blank line, then sees what was asked or answered.
    fn head(&mut self, searched: usize) -> Step {
        let rest = self.queue.rest();
        if !handshake::may_begin(rest) {
            return self.desync();
        }
        let unsearched = rest.get(searched..).unwrap_or_default();
        let end = memmem::find(unsearched, b"\r\n\r\n").map(|at| searched + at + 4);
        let Some(end) = end.filter(|end| *end <= self.limits.max_head) else {
            if end.is_some() || rest.len() > self.limits.max_head {
                return self.desync();
            }
            let searched = rest.len().saturating_sub(3);
            self.state = State::Head { searched };
            return Step::Wait;
        };
        let head = parse_head(rest.get(..end).unwrap_or_default(), self.wanted.subprotocol);
        match head {
            Head::Request(subprotocol) => {
                self.inflater = Inflater::new(false);
                self.judge(subprotocol);
            }
            Head::Accepted(subprotocol, agreement) => {
                self.agreement = Some(agreement);
                self.inflater = Inflater::new(false);
                if agreement.server_no_context_takeover {
                    self.inflater.forget_context();
                }
                self.judge(subprotocol);
            }
            Head::Refused => {
                self.queue.consume(end);
                // Its body follows, then perhaps another answer.
                self.state = State::Lost;
                return Step::Again;
            }
            Head::Unrelated if self.standing == Standing::Open => self.give_up(),
            Head::Unrelated => {}
        }
        self.queue.consume(end);
        self.state = State::Frame;
        Step::Again
    }

    fn judge(&mut self, subprotocol: Subprotocol) {
        match subprotocol {
            Subprotocol::Wanted => self.standing = Standing::Certain,
            Subprotocol::Unnamed => {}
            Subprotocol::Other => self.give_up(),
        }
    }

    fn frame(&mut self) -> Step {
        let rest = self.queue.rest();
        // A refused client asks again on the same connection.
        if self.masked.is_none() && !rest.is_empty() && handshake::may_begin(rest) {
            self.state = State::Head { searched: 0 };
            return Step::Again;
        }
        let header = match parse_header(rest) {
            Parsed::Frame(header) if !self.is_forbidden(&header) => header,
            Parsed::Incomplete => return Step::Wait,
            _ => return self.desync(),
        };
        let max = self.limits.max_message;
        if header.payload_len > max as u64 {
            match self.is_long_message(&header) {
                Some(true) => {}
                Some(false) => {
                    self.counters.too_long += 1;
                    return self.desync();
                }
                None => return Step::Wait,
            }
        }
        // One byte more than is read of a message shows that it is too long; the rest is passed over.
        let payload_len = header.payload_len.min(max as u64 + 1);
        let left = header.payload_len - payload_len;
        let len = header.len + usize::try_from(payload_len).unwrap_or(usize::MAX);
        let Some(payload) = rest.get(header.len..len) else {
            return Step::Wait;
        };
        self.masked = Some(header.mask.is_some());
        let message = if header.opcode == Opcode::Control {
            self.counters.control_frames += 1;
            None
        } else {
            let carried = self.queue.carried(len);
            let added = self.assembly.add(&header, payload, carried, max);
            self.counters.broken += u64::from(added.broken);
            if added.compressed_lost {
                self.inflater.lose_context();
            }
            added.message
        };
        self.queue.consume(len);
        if left > 0 {
            self.state = State::Tail(left);
        }
        if self.standing == Standing::Open && !self.begins(self.assembly.bytes()) {
            self.unsure = self.unsure.saturating_add(len as u64);
        }
        let message = message.and_then(|message| self.open(message));
        if self.standing == Standing::Open && self.unsure > self.limits.probe {
            self.give_up();
        }
        message.map_or(Step::Again, Step::Message)
    }

    /// Whether a frame longer than is read is believed; `None` where its beginning must be seen first.
    fn is_long_message(&self, header: &Header) -> Option<bool> {
        if header.payload_len > BELIEVABLE {
            return Some(false);
        }
        if self.standing == Standing::Certain {
            return Some(true);
        }
        let payload = self.queue.rest().get(header.len..)?;
        let probe = payload.get(..PROBE_LEN)?;
        let mut text = Vec::with_capacity(PROBE_LEN);
        unmask_into(&mut text, probe, header.mask);
        Some(header.opcode == Opcode::Data && !header.compressed && self.begins(&text))
    }

    /// Inflates a message and sees whether it is what was wanted.
    fn open(
        &mut self,
        (mut message, compressed): (WebSocketMessage, bool),
    ) -> Option<WebSocketMessage> {
        let max = self.limits.max_message;
        if compressed && message.too_long {
            // Later messages may refer to what is passed over.
            message.bytes = self.inflater.peek(&message.bytes, max);
            self.inflater.lose_context();
            if message.bytes.contains(&0) {
                self.counters.not_inflated += 1;
                return None;
            }
        } else if compressed {
            match self.inflater.inflate(&message.bytes, max) {
                Ok((text, too_long)) => {
                    message.bytes = text;
                    message.too_long = too_long;
                }
                Err(_) => {
                    self.counters.not_inflated += 1;
                    return None;
                }
            }
        }
        self.counters.messages += 1;
        self.counters.too_long += u64::from(message.too_long);
        if self.begins(&message.bytes) {
            self.standing = Standing::Certain;
        }
        Some(message)
    }

    fn tail(&mut self, left: u64) -> Step {
        let here = self.queue.rest().len();
        if left == 0 {
            self.state = State::Frame;
        } else if here == 0 {
            return Step::Wait;
        } else {
            let skipped = usize::try_from(left).unwrap_or(usize::MAX).min(here);
            self.skip(skipped);
            self.state = State::Tail(left - skipped as u64);
        }
        Step::Again
    }

    /// Looks for the next frame that begins a message.
    fn search(&mut self, ended: bool) -> Step {
        let rest = self.queue.rest();
        let undecided = self.standing == Standing::Open;
        let allowance = self.limits.probe.saturating_sub(self.unsure);
        let mut at = 0;
        let found = loop {
            let Some(next) = rest.get(at..).filter(|next| !next.is_empty()) else {
                break None;
            };
            if undecided && at as u64 > allowance {
                self.give_up();
                return Step::Again;
            }
            match self.plausible(next) {
                Plausible::Yes(state) => break Some(state),
                Plausible::NeedsMore if !ended => break Some(State::Lost),
                Plausible::NeedsMore | Plausible::No => at += 1,
            }
        };
        self.skip(at);
        match found {
            Some(State::Lost) | None => Step::Wait,
            Some(state) => {
                self.state = state;
                Step::Again
            }
        }
    }

    /// Whether a data frame that begins a message stands at the start of `next`, or the server's answer.
    fn plausible(&self, next: &[u8]) -> Plausible {
        match next.first() {
            Some(0x01 | 0x02 | 0x81 | 0x82 | 0xc1 | 0xc2) => {}
            Some(b'H') if self.masked.is_none() && handshake::may_begin(next) => {
                let answer = b"HTTP/1.1 101";
                return match next.get(..answer.len()) {
                    Some(start) if start == answer => Plausible::Yes(State::Head { searched: 0 }),
                    Some(_) => Plausible::No,
                    None => Plausible::NeedsMore,
                };
            }
            _ => return Plausible::No,
        }
        let header = match parse_header(next) {
            Parsed::Frame(header) => header,
            Parsed::Incomplete => return Plausible::NeedsMore,
            Parsed::Invalid => return Plausible::No,
        };
        // Inflating costs too much to look for compressed messages for long.
        let tired = header.compressed && self.unsure > WebSocketLimits::default().probe;
        if tired
            || self.is_forbidden(&header)
            || !header.minimal
            || header.payload_len < MIN_PROBE
            || header.payload_len > BELIEVABLE
            || self
                .masked
                .is_some_and(|masked| masked != header.mask.is_some())
        {
            return Plausible::No;
        }
        // Bounded by PROBE_LEN.
        let probe_len = header.payload_len.min(PROBE_LEN as u64) as usize;
        let Some(payload) = next.get(header.len..header.len + probe_len) else {
            return Plausible::NeedsMore;
        };
        let mut text = Vec::with_capacity(PROBE_LEN);
        unmask_into(&mut text, payload, header.mask);
        if header.compressed {
            // Inflating costs most of all here, and other protocols' bytes bring many candidates.
            if !Inflater::may_be_text(&text) {
                return Plausible::No;
            }
            text = self.inflater.peek(&text, PROBE_LEN);
        }
        if self.begins(&text) {
            Plausible::Yes(State::Frame)
        } else {
            Plausible::No
        }
    }

    fn begins(&self, text: &[u8]) -> bool {
        (self.wanted.begins)(text.get(..PROBE_LEN.min(text.len())).unwrap_or_default())
    }

    /// A compressed frame where the handshake agreed on no compression.
    fn is_forbidden(&self, header: &Header) -> bool {
        header.compressed && self.agreement.is_some_and(|agreed| !agreed.deflate)
    }

    /// What stands here is no frame.
    fn desync(&mut self) -> Step {
        self.counters.desyncs += 1;
        self.assembly.clear();
        self.inflater.lose_context();
        self.skip(1);
        self.state = State::Lost;
        Step::Again
    }

    fn skip(&mut self, len: usize) {
        self.queue.consume(len);
        self.counters.skipped_bytes += len as u64;
        if self.standing == Standing::Open {
            self.unsure = self.unsure.saturating_add(len as u64);
        }
    }

    fn give_up(&mut self) {
        self.standing = Standing::Hopeless;
        self.queue = ByteQueue::default();
        self.assembly.clear();
        self.inflater.forget_context();
    }

    /// Gives out what can still be given out and forgets the rest. How many bytes of the payload that was
    /// being waited for are still to come, when its header is known.
    fn close(&mut self) -> Option<u64> {
        while let Some(message) = self.extract(true) {
            self.ready.push_back(message);
        }
        let left = match (self.state, parse_header(self.queue.rest())) {
            (State::Frame, Parsed::Frame(header)) => {
                self.cut_message(&header);
                let here = self.queue.rest().len().saturating_sub(header.len);
                Some(header.payload_len.saturating_sub(here as u64))
            }
            (State::Tail(left), _) => Some(left),
            // Between two frames: a hole here begins with a header.
            _ => None,
        };
        self.assembly.clear();
        self.inflater.lose_context();
        self.skip(self.queue.rest().len());
        left
    }

    /// Hands on the beginning of a message whose frame was not captured to its end.
    fn cut_message(&mut self, header: &Header) {
        if header.opcode == Opcode::Control {
            return;
        }
        let rest = self.queue.rest();
        let payload = rest.get(header.len..).unwrap_or_default();
        let carried = self.queue.carried(rest.len());
        let cut = Header {
            fin: true,
            ..*header
        };
        let max = self.limits.max_message;
        if let Some((mut message, false)) = self.assembly.add(&cut, payload, carried, max).message
            && self.begins(&message.bytes)
        {
            message.truncated = true;
            self.standing = Standing::Certain;
            self.ready.push_back(message);
        }
    }
}

enum Plausible {
    Yes(State),
    NeedsMore,
    No,
}
