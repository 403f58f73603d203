//! The pipeline: packets in, records out.
//!
//! A packet is decoded, its payload reassembled, recognised and parsed, and given to the call and
//! media trackers. Nothing here opens a file or asks a clock: the capture's own time drives
//! everything, so the same packets always give the same records.
//!
//! Invariant: data goes through once, forward. Memory is bounded by what is open.

mod announce;
mod duplicates;
mod sink;

pub use sink::{Counters, LimitsReached, SeenMessage, Sink, Summary};

use crate::call::{self, Arrival, Closed};
use crate::decode::{self, Datagram, Decoded, Meta, Segment};
use crate::media::{self, Class, MediaPacket};
use crate::reassembly::{FragmentOutcome, Fragments, StreamEvent, TcpStreams};
use crate::sdp;
use crate::sip::{self, Framer, Framing, Verdict};
use crate::types::{CaptureTime, Delta, FileRange, Flow, FrameRef, MessageId, Packet, Transport};
use duplicates::{Duplicates, Seen};
use foldhash::fast::RandomState;
use hashbrown::HashMap;

/// How often, in capture time, what is due gets closed.
const TICK: Delta = Delta::from_secs(1);

/// All bounds in one place.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Calls and other signalling.
    pub call: call::Limits,
    /// Streams.
    pub media: media::Limits,
    /// IP fragments.
    pub fragments: crate::reassembly::FragmentLimits,
    /// TCP connections.
    pub tcp: crate::reassembly::TcpLimits,
    /// SIP messages on a stream.
    pub framing: sip::FramerLimits,
    /// Bytes of messages not yet complete, over all streams.
    pub framing_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            call: call::Limits::default(),
            media: media::Limits::default(),
            fragments: crate::reassembly::FragmentLimits::default(),
            tcp: crate::reassembly::TcpLimits::default(),
            framing: sip::FramerLimits::default(),
            framing_bytes: 64 << 20,
        }
    }
}

/// Choices of the user that change what is measured.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Bounds.
    pub limits: Limits,
    /// Count second copies made by the capture as if they were sent twice.
    pub keep_duplicates: bool,
}

/// The pipeline.
pub struct Pipeline {
    fragments: Fragments,
    tcp: TcpStreams,
    core: Core,
    next_tick: Option<CaptureTime>,
}

/// Everything behind reassembly.
struct Core {
    framers: HashMap<Flow, Framer, RandomState>,
    framing: sip::FramerLimits,
    /// Memory held by all framers, and how much it may be.
    framed: usize,
    framed_limit: usize,
    unfinished_given_up: u64,
    messages_too_long: u64,
    duplicates: Option<Duplicates>,
    calls: call::Tracker,
    media: media::Tracker,
    counters: Counters,
    messages: u32,
    first_time: Option<CaptureTime>,
    formats: announce::FormatCache,
}

/// Where a message was captured.
#[derive(Clone, Copy)]
struct Capture<'a> {
    frame: FrameRef,
    frames: &'a [FrameRef],
    time: CaptureTime,
    flow: Flow,
    transport: Transport,
    location: Option<FileRange>,
    duplicate_of: Option<MessageId>,
    truncated: bool,
}

impl Pipeline {
    /// An empty pipeline.
    pub fn new(options: Options) -> Self {
        let limits = options.limits;
        Pipeline {
            fragments: Fragments::new(limits.fragments),
            tcp: TcpStreams::new(limits.tcp),
            core: Core {
                framers: HashMap::default(),
                framing: limits.framing,
                framed: 0,
                framed_limit: limits.framing_bytes,
                unfinished_given_up: 0,
                messages_too_long: 0,
                duplicates: (!options.keep_duplicates).then(Duplicates::new),
                calls: call::Tracker::new(limits.call),
                media: media::Tracker::new(limits.media),
                counters: Counters::default(),
                messages: 0,
                first_time: None,
                formats: announce::FormatCache::default(),
            },
            next_tick: None,
        }
    }

    /// Takes one packet; whatever became known goes to `sink`.
    pub fn handle_packet(&mut self, packet: &Packet<'_>, sink: &mut dyn Sink) {
        self.core.counters.packets += 1;
        self.core.first_time.get_or_insert(packet.time);
        if self.next_tick.is_none_or(|due| packet.time >= due) {
            self.handle_time(packet.time, sink);
            self.next_tick = Some(packet.time + TICK);
        }
        self.handle_decoded(decode::decode(packet), packet, sink);
    }

    fn handle_decoded(&mut self, decoded: Decoded<'_>, packet: &Packet<'_>, sink: &mut dyn Sink) {
        match decoded {
            Decoded::Udp(datagram) => self.core.handle_datagram(&datagram, packet, sink),
            Decoded::Tcp(segment) => {
                self.handle_segment(&segment, packet.frame_ref(), packet.time, sink)
            }
            Decoded::Fragment(fragment) => {
                match self
                    .fragments
                    .handle_fragment(&fragment, packet.frame_ref(), packet.time)
                {
                    FragmentOutcome::Complete(whole) => self.handle_whole(&whole, packet, sink),
                    FragmentOutcome::Pending => self.core.counters.fragments += 1,
                    FragmentOutcome::Dropped(reason) => {
                        self.core.counters.note_undecoded(reason.name())
                    }
                }
            }
            Decoded::Icmp(error) => self.core.handle_icmp(&error, packet),
            Decoded::Sctp(_) | Decoded::Other(_) => {}
            Decoded::Undecoded(reason) => self.core.counters.note_undecoded(reason.name()),
        }
    }

    fn handle_whole(
        &mut self,
        whole: &crate::reassembly::Reassembled,
        packet: &Packet<'_>,
        sink: &mut dyn Sink,
    ) {
        match decode::decode_ip_payload(&whole.ip, whole.protocol, &whole.payload, whole.wire_len) {
            Decoded::Udp(datagram) => {
                let capture = Capture {
                    frame: packet.frame_ref(),
                    frames: &whole.frames,
                    time: packet.time,
                    flow: datagram.meta.flow,
                    transport: Transport::Udp,
                    location: None,
                    duplicate_of: None,
                    truncated: datagram.payload.len() < datagram.wire_payload_len as usize,
                };
                self.core.handle_payload(&datagram, capture, sink);
            }
            Decoded::Tcp(segment) => {
                self.handle_segment(&segment, packet.frame_ref(), packet.time, sink)
            }
            Decoded::Icmp(error) => self.core.handle_icmp(&error, packet),
            Decoded::Undecoded(reason) => self.core.counters.note_undecoded(reason.name()),
            Decoded::Fragment(_) | Decoded::Sctp(_) | Decoded::Other(_) => {}
        }
    }

    fn handle_segment(
        &mut self,
        segment: &Segment<'_>,
        frame: FrameRef,
        time: CaptureTime,
        sink: &mut dyn Sink,
    ) {
        let core = &mut self.core;
        let mut boring = None;
        self.tcp.handle_segment(segment, frame, time, &mut |event| {
            if core.handle_stream(event, sink) == Verdict::NotSip {
                boring = Some(segment.meta.flow.key());
            }
        });
        if let Some(key) = boring {
            self.tcp.ignore(key);
        }
    }

    /// Closes what is due at `now`.
    pub fn handle_time(&mut self, now: CaptureTime, sink: &mut dyn Sink) {
        self.fragments.expire(now);
        let core = &mut self.core;
        self.tcp.expire(now, &mut |event| {
            core.handle_stream(event, sink);
        });
        while self.core.calls.close_next_due(now) {
            self.core.hand_on_signalling(Some(now), sink);
        }
        self.core.media.handle_time(now);
        self.core.hand_on(now, sink);
        sink.time(now);
    }

    /// The capture is over: closes everything and says what was counted.
    pub fn finish(mut self, sink: &mut dyn Sink) -> Summary {
        let core = &mut self.core;
        self.tcp.finish(&mut |event| {
            core.handle_stream(event, sink);
        });
        let mut flows: Vec<Flow> = core.framers.keys().copied().collect();
        flows.sort_unstable();
        for flow in flows {
            core.end_stream(flow, sink);
        }
        while core.calls.close_next() {
            core.hand_on_signalling(None, sink);
        }
        core.media.finish();
        core.hand_on(CaptureTime::MIN, sink);
        self.fragments.finish();
        Summary {
            counters: std::mem::take(&mut core.counters),
            first_time: core.first_time,
            fragments_missing: self.fragments.missing(),
            limits_reached: LimitsReached {
                call_ids_closed_early: core.calls.closed_early(),
                transactions_closed_early: core.calls.transactions_closed_early(),
                messages_unlisted: core.calls.messages_unlisted(),
                keys_too_long: core.calls.keys_too_long(),
                media: core.media.limits_reached(),
                fragments_evicted: self.fragments.counters().evicted,
                tcp_connections_evicted: self.tcp.counters().evicted,
                tcp_queue_overflows: self.tcp.counters().queue_overflows,
                unfinished_messages_given_up: core.unfinished_given_up,
                stream_messages_too_long: core.messages_too_long,
            },
        }
    }
}

impl Core {
    fn handle_datagram(
        &mut self,
        datagram: &Datagram<'_>,
        packet: &Packet<'_>,
        sink: &mut dyn Sink,
    ) {
        let mut capture = Capture {
            frame: packet.frame_ref(),
            frames: &[packet.frame_ref()],
            time: packet.time,
            flow: datagram.meta.flow,
            transport: Transport::Udp,
            location: None,
            duplicate_of: None,
            truncated: packet.is_truncated(),
        };
        let is_text = could_be_sip(datagram.payload);
        if let Some(duplicates) = &mut self.duplicates {
            match duplicates.look(datagram, packet.time, is_text) {
                Seen::First => {}
                Seen::Again { message } => {
                    self.counters.capture_duplicates += 1;
                    if message.is_none() {
                        return;
                    }
                    capture.duplicate_of = message;
                }
            }
        }
        if is_text {
            capture.location = locate(packet, datagram.payload);
        }
        self.handle_payload(datagram, capture, sink);
    }

    fn handle_payload(
        &mut self,
        datagram: &Datagram<'_>,
        capture: Capture<'_>,
        sink: &mut dyn Sink,
    ) {
        let payload = datagram.payload;
        if could_be_sip(payload) && sip::starts_like_sip(payload) {
            let framing = if capture.truncated {
                Framing::Truncated
            } else {
                Framing::Datagram
            };
            if let Some(message) = sip::parse_message(payload, framing) {
                self.counters.sip_packets += capture.frames.len() as u64;
                let location = capture
                    .location
                    .and_then(|l| narrow(l, payload, message.raw));
                let id = self.handle_message(
                    &message,
                    Capture {
                        location,
                        ..capture
                    },
                    &[],
                    sink,
                );
                if let Some(duplicates) = &mut self.duplicates {
                    duplicates.remember(datagram, capture.time, id);
                }
                return;
            }
        }
        let Meta {
            flow,
            ip_bytes,
            link_bytes,
            ..
        } = datagram.meta;
        let class = self.media.handle_datagram(&MediaPacket {
            flow,
            time: capture.time,
            frame: capture.frame,
            payload,
            wire_payload_len: datagram.wire_payload_len,
            ip_bytes,
            link_bytes,
        });
        match class {
            Class::Rtcp => self.counters.rtcp_packets += 1,
            Class::Stun => self.counters.stun_packets += 1,
            _ => {}
        }
    }

    fn handle_stream(&mut self, event: StreamEvent<'_>, sink: &mut dyn Sink) -> Verdict {
        match event {
            StreamEvent::Data {
                flow,
                bytes,
                frame,
                time,
                ..
            } => {
                let framer = self.framers.remove(&flow);
                let framer = framer.unwrap_or_else(|| Framer::new(self.framing));
                let push = |f: &mut Framer| f.push(bytes, frame, time);
                let verdict = self.advance(flow, framer, push, sink);
                match verdict {
                    Verdict::Sip => self.counters.sip_packets += 1,
                    Verdict::NotSip => {
                        // One direction may be all binary while the other speaks SIP.
                        if self
                            .framers
                            .get(&flow.reversed())
                            .is_some_and(|f| f.verdict() == Verdict::Sip)
                        {
                            return Verdict::Undecided;
                        }
                        self.forget_stream(flow);
                        self.forget_stream(flow.reversed());
                    }
                    Verdict::Undecided => {}
                }
                verdict
            }
            StreamEvent::Gap { flow, missing } => match self.framers.remove(&flow) {
                Some(framer) => self.advance(flow, framer, |f| f.gap(missing), sink),
                None => Verdict::Undecided,
            },
            StreamEvent::End { flow, .. } => {
                self.end_stream(flow, sink);
                Verdict::Undecided
            }
        }
    }

    fn end_stream(&mut self, flow: Flow, sink: &mut dyn Sink) {
        if let Some(framer) = self.framers.remove(&flow) {
            self.advance(flow, framer, Framer::finish, sink);
            self.forget_stream(flow);
        }
    }

    fn forget_stream(&mut self, flow: Flow) {
        if let Some(framer) = self.framers.remove(&flow) {
            self.framed = self.framed.saturating_sub(framer.held());
            self.messages_too_long += framer.counters().too_long;
        }
    }

    /// Does something with the framer of `flow`, which was taken out of its table because handling a
    /// message needs the rest of `self`; hands on every message it has whole and puts it back.
    fn advance(
        &mut self,
        flow: Flow,
        mut framer: Framer,
        step: impl FnOnce(&mut Framer),
        sink: &mut dyn Sink,
    ) -> Verdict {
        let before = framer.held();
        step(&mut framer);
        self.drain(flow, &mut framer, sink);
        let others = self.framed.saturating_sub(before);
        if others + framer.held() > self.framed_limit && framer.buffered() > 0 {
            // As if the rest of the message had not been captured.
            self.unfinished_given_up += 1;
            framer.gap(0);
            self.drain(flow, &mut framer, sink);
        }
        self.framed = others + framer.held();
        let verdict = framer.verdict();
        self.framers.insert(flow, framer);
        verdict
    }

    fn drain(&mut self, flow: Flow, framer: &mut Framer, sink: &mut dyn Sink) {
        while let Some(framed) = framer.next() {
            let Some(message) = sip::parse_message(framed.bytes, framed.framing) else {
                continue;
            };
            let capture = Capture {
                frame: framed.frames.last().copied().unwrap_or_default(),
                frames: &framed.frames,
                time: framed.time,
                flow,
                transport: Transport::Tcp,
                location: None,
                duplicate_of: None,
                truncated: framed.framing == Framing::Truncated,
            };
            self.handle_message(&message, capture, &framed.flaws, sink);
        }
    }

    fn handle_message(
        &mut self,
        message: &sip::Message<'_>,
        capture: Capture<'_>,
        framing_flaws: &[sip::Flaw],
        sink: &mut dyn Sink,
    ) -> MessageId {
        let id = MessageId::after(self.messages);
        self.messages = self.messages.saturating_add(1);
        let body = message.sdp();
        let description = body.as_deref().map(sdp::parse);
        let placement = self.calls.handle_message(&Arrival {
            id,
            frame: capture.frame,
            time: capture.time,
            transport: capture.transport,
            flow: capture.flow,
            duplicate_of: capture.duplicate_of,
            message,
            sdp: description.as_ref(),
        });
        self.counters
            .note_message(message, placement.retransmission_of.is_some());
        if let (Some(call), Some(side), Some(sdp), None) = (
            placement.call,
            placement.side,
            &description,
            capture.duplicate_of,
        ) {
            let context = announce::Context {
                call,
                side,
                message: id,
                frame: capture.frame,
                time: capture.time,
                flow: capture.flow,
            };
            for announcement in self.formats.announcements(sdp, &context) {
                self.media.announce(announcement);
            }
        }
        if let (Some(call), true) = (placement.call, placement.call_over) {
            self.media.end_call(call, capture.time);
        }
        sink.message(&SeenMessage {
            id,
            frame: capture.frame,
            frames: capture.frames,
            time: capture.time,
            transport: capture.transport,
            flow: capture.flow,
            location: capture.location,
            duplicate_of: capture.duplicate_of,
            message,
            truncated: capture.truncated,
            framing_flaws,
            placement,
        });
        self.hand_on(capture.time, sink);
        id
    }

    fn handle_icmp(&mut self, error: &decode::IcmpError<'_>, packet: &Packet<'_>) {
        self.counters.icmp_errors += 1;
        // A quoted message is evidence against its transaction, never a message (RFC 792).
        if sip::starts_like_sip(error.quoted_payload)
            && let Some(message) = sip::parse_message(error.quoted_payload, Framing::Truncated)
        {
            self.calls.handle_icmp(&message, error.kind, error.code);
        } else {
            self.media
                .handle_icmp(error.quoted, packet.time, packet.frame_ref());
        }
    }

    fn hand_on(&mut self, now: CaptureTime, sink: &mut dyn Sink) {
        self.hand_on_signalling(Some(now), sink);
        // Nobody listens to events yet; the records say the same when they are final.
        while self.media.poll_event().is_some() {}
        while let Some(stream) = self.media.poll_stream() {
            self.counters.rtp_packets += stream.figures.packets;
            sink.stream(stream);
        }
    }

    /// What calls left behind; `now` unless the capture is over.
    fn hand_on_signalling(&mut self, now: Option<CaptureTime>, sink: &mut dyn Sink) {
        while let Some(closed) = self.calls.poll_closed() {
            match closed {
                Closed::Transaction(r) => sink.transaction(r),
                Closed::Dialog(r) => sink.dialog(r),
                Closed::Call(r) => {
                    if let Some(now) = now {
                        self.media.forget_call(r.no, now);
                    }
                    sink.call(*r);
                }
                Closed::Registration(r) => sink.registration(r),
            }
        }
    }
}

/// Whether the first byte leaves SIP possible: media and STUN start below or above printable text.
fn could_be_sip(payload: &[u8]) -> bool {
    payload
        .first()
        .is_some_and(|&b| b == b'\r' || b == b'\n' || (b > b' ' && b < 0x7f))
}

/// Where `inner`, a part of the packet's data, stands in the file.
fn locate(packet: &Packet<'_>, inner: &[u8]) -> Option<FileRange> {
    let at = offset_in(packet.data, inner)?;
    Some(FileRange {
        source: packet.source,
        offset: packet.file_offset? + at as u64,
        len: u32::try_from(inner.len()).ok()?,
    })
}

/// The same, for a part of what is located already.
fn narrow(range: FileRange, outer: &[u8], inner: &[u8]) -> Option<FileRange> {
    let at = offset_in(outer, inner)?;
    Some(FileRange {
        offset: range.offset + at as u64,
        len: u32::try_from(inner.len()).ok()?,
        ..range
    })
}

/// How far into `outer` its part `inner` starts; `None` where it is no part of it.
fn offset_in(outer: &[u8], inner: &[u8]) -> Option<usize> {
    let at = (inner.as_ptr() as usize).checked_sub(outer.as_ptr() as usize)?;
    (at + inner.len() <= outer.len()).then_some(at)
}
