//! TCP byte streams to messages: SIP as it stands, or in WebSocket frames.

use super::agreed::Piece;
use super::{Capture, Core, Sink};
use crate::decode::Stack;
use crate::reassembly::{
    Agreement, Standing, StreamEvent, Wanted, WebSocket, WebSocketLimits, WebSocketMessage,
};
use crate::sip::{self, Framed, Framer, FramerLimits, Framing, Verdict};
use crate::types::{CaptureTime, Flow, FrameRef, Transport};
use foldhash::fast::RandomState;
use hashbrown::HashMap;
use std::ops::RangeInclusive;

/// The WebSocket subprotocol of SIP (RFC 7118 §4) and its messages.
const SIP_OVER_WEBSOCKET: Wanted = Wanted {
    subprotocol: "sip",
    begins: sip::starts_like_sip,
};

/// Where WebSocket without TLS is usual: a stream there is searched for longer.
const WEBSOCKET_PORTS: [RangeInclusive<u16>; 4] =
    [80..=80, 5060..=5099, 8000..=8999, 10_080..=10_080];

/// The streams that are, or may be, SIP.
pub(super) struct Streams {
    readers: HashMap<Flow, Kept, RandomState>,
    framing: FramerLimits,
    websocket: WebSocketLimits,
    /// Memory held by all readers, and how much it may be.
    held: usize,
    held_limit: usize,
    given_up: u64,
    /// Messages left out by readers that are gone.
    too_long: u64,
    websocket_too_long: u64,
}

/// A reader in the table.
struct Kept {
    reader: Reader,
    /// Its part of [`Streams::held`].
    held: usize,
    /// The layers its latest bytes came in.
    stack: Stack,
}

/// What reads one direction of a stream.
enum Reader {
    /// It may be either.
    Open(Box<WebSocket>, Box<Framer>),
    Sip(Box<Framer>),
    WebSocket(Box<WebSocket>),
}

/// A message as its reader gives it out.
enum Whole<'a> {
    Framed(Framed<'a>),
    WebSocket(WebSocketMessage),
}

impl Streams {
    /// `held_limit`: bytes of messages not yet complete, over all streams.
    pub(super) fn new(
        framing: FramerLimits,
        held_limit: usize,
        websocket: WebSocketLimits,
    ) -> Streams {
        Streams {
            readers: HashMap::default(),
            framing,
            websocket,
            held: 0,
            held_limit,
            given_up: 0,
            too_long: 0,
            websocket_too_long: 0,
        }
    }

    /// Messages cut where they stood because too many others were unfinished too.
    pub(super) fn given_up(&self) -> u64 {
        self.given_up
    }

    /// WebSocket messages longer than is read.
    pub(super) fn websocket_too_long(&self) -> u64 {
        self.websocket_too_long
    }

    /// Messages on the stream itself that are longer than is read.
    pub(super) fn too_long(&self) -> u64 {
        self.too_long
    }

    fn reader(&mut self, flow: Flow, mid_stream: bool) -> &mut Reader {
        let kept = self.readers.entry(flow).or_insert_with(|| {
            let framer = match mid_stream {
                true => Framer::in_mid_stream(self.framing),
                false => Framer::new(self.framing),
            };
            let mut limits = self.websocket;
            if mid_stream
                && WEBSOCKET_PORTS
                    .iter()
                    .any(|ports| ports.contains(&flow.src.port) || ports.contains(&flow.dst.port))
            {
                // Perhaps in the middle of a long message.
                limits.probe = limits.probe.max(2 * limits.max_message as u64);
            }
            let socket = WebSocket::new(limits, SIP_OVER_WEBSOCKET, mid_stream);
            Kept {
                reader: Reader::Open(Box::new(socket), Box::new(framer)),
                held: 0,
                stack: Stack::default(),
            }
        });
        &mut kept.reader
    }

    fn note_stack(&mut self, flow: Flow, stack: Stack) {
        if let Some(kept) = self.readers.get_mut(&flow) {
            kept.stack = stack;
        }
    }

    fn get_mut(&mut self, flow: Flow) -> Option<&mut Reader> {
        self.readers.get_mut(&flow).map(|kept| &mut kept.reader)
    }

    fn verdict(&self, flow: Flow) -> Verdict {
        let reader = self.readers.get(&flow);
        reader.map_or(Verdict::Undecided, |kept| kept.reader.verdict())
    }

    fn remove(&mut self, flow: Flow) {
        let Some(Kept { reader, held, .. }) = self.readers.remove(&flow) else {
            return;
        };
        self.held = self.held.saturating_sub(held);
        let socket = reader.socket().map(WebSocket::counters);
        self.websocket_too_long += socket.map_or(0, |counters| counters.too_long);
        let framer = reader.framer().map(Framer::counters);
        self.too_long += framer.map_or(0, |counters| counters.too_long);
    }
}

impl Reader {
    fn push(&mut self, bytes: &[u8], frame: FrameRef, time: CaptureTime) {
        match self {
            Reader::Open(socket, framer) => {
                socket.push(bytes, frame, time);
                framer.push(bytes, frame, time);
            }
            Reader::Sip(framer) => framer.push(bytes, frame, time),
            Reader::WebSocket(socket) => socket.push(bytes, frame, time),
        }
    }

    fn gap(&mut self, missing: u64) {
        match self {
            Reader::Open(socket, framer) => {
                socket.gap(missing);
                framer.gap(missing);
            }
            Reader::Sip(framer) => framer.gap(missing),
            Reader::WebSocket(socket) => socket.gap(missing),
        }
    }

    fn finish(&mut self) {
        match self {
            Reader::Open(socket, framer) => {
                socket.finish();
                framer.finish();
            }
            Reader::Sip(framer) => framer.finish(),
            Reader::WebSocket(socket) => socket.finish(),
        }
    }

    /// The other side has spoken, which proves that this one had finished its message.
    fn settle(&mut self) {
        match self {
            Reader::Open(_, framer) => framer.settle(),
            Reader::Sip(framer) => framer.settle(),
            Reader::WebSocket(_) => {}
        }
    }

    fn next(&mut self) -> Option<Whole<'_>> {
        match self {
            Reader::Open(socket, framer) => {
                // Asked first: its frames hold SIP text, which the framer might find in them by chance.
                if let Some(message) = socket.next() {
                    return Some(Whole::WebSocket(message));
                }
                if socket.standing() == Standing::Certain {
                    return None;
                }
                framer.next().map(Whole::Framed)
            }
            Reader::Sip(framer) => framer.next().map(Whole::Framed),
            Reader::WebSocket(socket) => socket.next().map(Whole::WebSocket),
        }
    }

    /// Keeps only what is needed, once it is clear which.
    fn decided(self) -> Reader {
        let Reader::Open(socket, framer) = self else {
            return self;
        };
        match (socket.standing(), framer.verdict()) {
            (Standing::Certain, _) => Reader::WebSocket(socket),
            (Standing::Hopeless, _) | (Standing::Open, Verdict::Sip) => Reader::Sip(framer),
            (Standing::Open, _) => Reader::Open(socket, framer),
        }
    }

    fn verdict(&self) -> Verdict {
        match self {
            Reader::Open(..) => Verdict::Undecided,
            Reader::Sip(framer) => framer.verdict(),
            Reader::WebSocket(socket) => match socket.standing() {
                Standing::Certain => Verdict::Sip,
                Standing::Open => Verdict::Undecided,
                Standing::Hopeless => Verdict::NotSip,
            },
        }
    }

    fn socket(&self) -> Option<&WebSocket> {
        match self {
            Reader::Open(socket, _) => Some(socket),
            Reader::Sip(_) => None,
            Reader::WebSocket(socket) => Some(socket),
        }
    }

    fn framer(&self) -> Option<&Framer> {
        match self {
            Reader::Open(_, framer) | Reader::Sip(framer) => Some(framer),
            Reader::WebSocket(_) => None,
        }
    }

    fn framer_mut(&mut self) -> Option<&mut Framer> {
        match self {
            Reader::Open(_, framer) | Reader::Sip(framer) => Some(framer),
            Reader::WebSocket(_) => None,
        }
    }

    /// Memory held for messages not yet complete.
    fn held(&self) -> usize {
        self.framer().map_or(0, Framer::held) + self.socket().map_or(0, WebSocket::buffered)
    }

    /// True where a message has begun and is not complete.
    fn is_within_message(&self) -> bool {
        let socket = self.socket().is_some_and(|socket| socket.buffered() > 0);
        socket || self.framer().is_some_and(|framer| framer.buffered() > 0)
    }

    fn agree(&mut self, agreement: Agreement) {
        match self {
            Reader::Open(socket, _) => socket.agree(agreement),
            Reader::Sip(_) => {}
            Reader::WebSocket(socket) => socket.agree(agreement),
        }
    }
}

impl Core {
    pub(super) fn handle_stream(&mut self, event: StreamEvent<'_>, sink: &mut dyn Sink) -> Verdict {
        match event {
            StreamEvent::Data {
                flow,
                bytes,
                frame,
                time,
                mid_stream,
            } => {
                if self.media.has_other_descriptions() {
                    let piece = Piece {
                        flow,
                        bytes,
                        frame,
                        time,
                        mid_stream,
                    };
                    let is_sip = |flow| self.streams.verdict(flow) == Verdict::Sip;
                    if !is_sip(flow) && !is_sip(flow.reversed()) && self.read_agreed(&piece) {
                        return Verdict::Undecided;
                    }
                }
                let other = self.streams.get_mut(flow.reversed());
                let agreement = other
                    .as_deref()
                    .and_then(Reader::socket)
                    .and_then(WebSocket::agreement);
                // The answer proves that the question was whole: a message without Content-Length
                // must not wait for the next bytes of its own direction.
                if let Some(other) = other {
                    other.settle();
                    self.drain(flow.reversed(), sink);
                }
                let reader = self.streams.reader(flow, mid_stream);
                // The server's answer says how the client compresses.
                if let Some(agreement) = agreement {
                    reader.agree(agreement);
                }
                reader.push(bytes, frame, time);
                if let Some((_, stack)) = self.segment.filter(|(of, _)| *of == flow) {
                    self.streams.note_stack(flow, stack);
                }
                let verdict = self.drain(flow, sink);
                self.judge(flow, verdict)
            }
            StreamEvent::Gap { flow, missing } => {
                self.agreed.gap(flow);
                let is_sip = |flow| self.streams.verdict(flow) == Verdict::Sip;
                if is_sip(flow) || is_sip(flow.reversed()) {
                    self.calls.handle_hole(flow.key());
                }
                match self.streams.get_mut(flow) {
                    Some(reader) => {
                        if reader.verdict() == Verdict::Sip {
                            self.counters.sip_gaps += 1;
                            self.counters.sip_gap_bytes += missing;
                        }
                        reader.gap(missing);
                    }
                    // The first bytes are missing.
                    None => drop(self.streams.reader(flow, true)),
                }
                let verdict = self.drain(flow, sink);
                self.judge(flow, verdict)
            }
            StreamEvent::End { flow, .. } => {
                self.agreed.end(flow);
                self.end_stream(flow, sink);
                Verdict::Undecided
            }
        }
    }

    /// Ends every stream that is still open.
    pub(super) fn end_streams(&mut self, sink: &mut dyn Sink) {
        let mut flows: Vec<Flow> = self.streams.readers.keys().copied().collect();
        flows.sort_unstable();
        for flow in flows {
            self.end_stream(flow, sink);
        }
    }

    fn end_stream(&mut self, flow: Flow, sink: &mut dyn Sink) {
        if let Some(reader) = self.streams.get_mut(flow) {
            reader.finish();
            self.drain(flow, sink);
            self.streams.remove(flow);
        }
    }

    /// Forgets a connection that is something else.
    fn judge(&mut self, flow: Flow, verdict: Verdict) -> Verdict {
        if verdict != Verdict::NotSip {
            return verdict;
        }
        // One direction may be all binary while the other speaks SIP.
        if self.streams.verdict(flow.reversed()) == Verdict::Sip {
            return Verdict::Undecided;
        }
        self.streams.remove(flow);
        self.streams.remove(flow.reversed());
        Verdict::NotSip
    }

    /// Hands on every message the reader of `flow` has whole.
    fn drain(&mut self, flow: Flow, sink: &mut dyn Sink) -> Verdict {
        // Taken out for the time, because handling a message needs the rest of `self`.
        let Some(Kept {
            mut reader,
            held,
            stack,
        }) = self.streams.readers.remove(&flow)
        else {
            return Verdict::Undecided;
        };
        let mut counted = None;
        self.hand_on_whole(&mut reader, (flow, stack), &mut counted, sink);
        let others = self.streams.held.saturating_sub(held);
        if others + reader.held() > self.streams.held_limit && reader.is_within_message() {
            // As if the rest of the message had not been captured.
            self.streams.given_up += 1;
            reader.gap(0);
            self.hand_on_whole(&mut reader, (flow, stack), &mut counted, sink);
        }
        let reader = reader.decided();
        let verdict = reader.verdict();
        let held = reader.held();
        self.streams.held = others + held;
        let kept = Kept {
            reader,
            held,
            stack,
        };
        self.streams.readers.insert(flow, kept);
        verdict
    }

    fn hand_on_whole(
        &mut self,
        reader: &mut Reader,
        (flow, stack): (Flow, Stack),
        counted: &mut Option<FrameRef>,
        sink: &mut dyn Sink,
    ) {
        while let Some(whole) = reader.next() {
            match whole {
                Whole::Framed(framed) => self.handle_framed(&framed, flow, stack, sink),
                Whole::WebSocket(message) => {
                    self.handle_websocket(&message, (flow, stack), counted, sink)
                }
            }
        }
        let passed = reader.framer_mut().map(Framer::take_passed_packets);
        self.tcp_carried += passed.unwrap_or_default() as u64;
    }

    fn handle_framed(
        &mut self,
        framed: &Framed<'_>,
        flow: Flow,
        stack: Stack,
        sink: &mut dyn Sink,
    ) {
        self.note_carried(flow, framed.new_frames);
        self.handle_whole(framed, flow, Transport::Tcp, stack, sink);
    }

    /// A message that a framer gave out.
    pub(super) fn handle_whole(
        &mut self,
        framed: &Framed<'_>,
        flow: Flow,
        transport: Transport,
        stack: Stack,
        sink: &mut dyn Sink,
    ) {
        if let Some(message) = sip::parse_message(framed.bytes, framed.framing) {
            let last = framed.frames.last().copied().unwrap_or_default();
            let capture = Capture {
                frame: last,
                frames: &framed.frames,
                time: framed.time,
                flow,
                transport,
                location: None,
                duplicate_of: None,
                truncated: framed.framing == Framing::Truncated,
                fragments_missing: false,
                too_long: false,
                stack,
            };
            self.handle_message(&message, capture, &framed.flaws, sink);
        }
    }

    /// Notes a message on a connection, and the packets that carried nothing before it.
    fn note_carried(&mut self, flow: Flow, packets: usize) {
        self.tcp_carried += packets as u64;
        self.sip_connections.push(flow.key());
    }

    /// A WebSocket message is one SIP message (RFC 7118 §5), or a keep-alive.
    fn handle_websocket(
        &mut self,
        message: &WebSocketMessage,
        (flow, stack): (Flow, Stack),
        counted: &mut Option<FrameRef>,
        sink: &mut dyn Sink,
    ) {
        let truncated = message.truncated || message.too_long;
        let framing = if truncated {
            Framing::Truncated
        } else {
            Framing::Datagram
        };
        let Some(parsed) = sip::parse_message(&message.bytes, framing) else {
            return;
        };
        // A packet that carries two messages counts once.
        let new = message.frames.iter().filter(|f| Some(**f) != *counted);
        self.note_carried(flow, new.count());
        *counted = message.frames.last().copied();
        let capture = Capture {
            frame: counted.unwrap_or_default(),
            frames: &message.frames,
            time: message.time,
            flow,
            transport: Transport::Ws,
            location: None,
            duplicate_of: None,
            truncated,
            fragments_missing: false,
            too_long: false,
            stack,
        };
        let flaw = match () {
            () if message.too_long => Some(sip::Flaw::too_long("the message", message.bytes.len())),
            () if truncated => Some(sip::Flaw::cut("its connection has a hole there")),
            () => None,
        };
        self.handle_message(&parsed, capture, flaw.as_slice(), sink);
    }
}
