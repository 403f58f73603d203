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
use crate::media::{self, MediaPacket};
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
#[derive(Clone, Debug, Default)]
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
                self.core.handle_whole(&datagram, capture, sink);
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
        while self.core.calls.handle_time(now) {
            self.core.hand_on_due(now, sink);
        }
        self.core.media.handle_time(now);
        self.core.hand_on(sink);
        sink.time(now);
    }

    /// The capture is over: closes everything and says what was counted.
    pub fn finish(mut self, sink: &mut dyn Sink) -> Summary {
        let core = &mut self.core;
        self.tcp.finish(&mut |event| {
            core.handle_stream(event, sink);
        });
        let flows: Vec<Flow> = core.framers.keys().copied().collect();
        for flow in flows {
            core.end_stream(flow, sink);
        }
        while core.calls.finish() {
            core.hand_on(sink);
        }
        core.media.finish();
        core.hand_on(sink);
        let media = core.media.counters();
        core.counters.rtcp_packets = media.rtcp;
        core.counters.stun_packets = media.stun;
        self.fragments.finish();
        Summary {
            counters: std::mem::take(&mut core.counters),
            first_time: core.first_time,
            fragments_missing: self.fragments.missing(),
            limits_reached: LimitsReached {
                call_ids_closed_early: core.calls.closed_early(),
                media: core.media.limits_reached(),
                fragments_evicted: self.fragments.counters().evicted,
                tcp_connections_evicted: self.tcp.counters().evicted,
                tcp_queue_overflows: self.tcp.counters().queue_overflows,
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
        let is_text = could_be_sip(datagram.payload);
        let mut duplicate_of = None;
        if let Some(duplicates) = &mut self.duplicates {
            match duplicates.look(datagram, packet.time, is_text) {
                Seen::First => {}
                Seen::Again { message } => {
                    self.counters.capture_duplicates += 1;
                    if message.is_none() {
                        return;
                    }
                    duplicate_of = message;
                }
            }
        }
        let frame = packet.frame_ref();
        if is_text {
            let capture = Capture {
                frame,
                frames: &[frame],
                time: packet.time,
                flow: datagram.meta.flow,
                transport: Transport::Udp,
                location: locate(packet, datagram.payload),
                duplicate_of,
                truncated: packet.is_truncated(),
            };
            if self.handle_text(datagram, capture, sink) {
                return;
            }
        }
        self.handle_media(datagram, packet.time, frame);
    }

    /// A datagram joined of fragments.
    fn handle_whole(&mut self, datagram: &Datagram<'_>, capture: Capture<'_>, sink: &mut dyn Sink) {
        let (time, frame) = (capture.time, capture.frame);
        let is_message =
            could_be_sip(datagram.payload) && self.handle_text(datagram, capture, sink);
        if !is_message {
            self.handle_media(datagram, time, frame);
        }
    }

    /// True where the datagram was a message.
    #[inline(never)]
    fn handle_text(
        &mut self,
        datagram: &Datagram<'_>,
        capture: Capture<'_>,
        sink: &mut dyn Sink,
    ) -> bool {
        let payload = datagram.payload;
        let framing = if capture.truncated {
            Framing::Truncated
        } else {
            Framing::Datagram
        };
        let message = sip::starts_like_sip(payload)
            .then(|| sip::parse_message(payload, framing))
            .flatten();
        let Some(message) = message else {
            return false;
        };
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
        true
    }

    fn handle_media(&mut self, datagram: &Datagram<'_>, time: CaptureTime, frame: FrameRef) {
        let Meta {
            flow,
            ip_bytes,
            link_bytes,
            ..
        } = datagram.meta;
        self.media.handle_datagram(&MediaPacket {
            flow,
            time,
            frame,
            payload: datagram.payload,
            wire_payload_len: datagram.wire_payload_len,
            ip_bytes,
            link_bytes,
        });
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
                // The answer proves that the question was whole: a message without Content-Length
                // must not wait for the next bytes of its own direction.
                if let Some(other) = self.framers.get_mut(&flow.reversed()) {
                    other.settle();
                    self.drain(flow.reversed(), sink);
                }
                let limits = self.framing;
                let framer = self
                    .framers
                    .entry(flow)
                    .or_insert_with(|| Framer::new(limits));
                framer.push(bytes, frame, time);
                let verdict = self.drain(flow, sink);
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
                        self.framers.remove(&flow);
                        self.framers.remove(&flow.reversed());
                    }
                    Verdict::Undecided => {}
                }
                verdict
            }
            StreamEvent::Gap { flow, missing } => {
                if let Some(framer) = self.framers.get_mut(&flow) {
                    framer.gap(missing);
                }
                self.drain(flow, sink)
            }
            StreamEvent::End { flow, .. } => {
                self.end_stream(flow, sink);
                Verdict::Undecided
            }
        }
    }

    fn end_stream(&mut self, flow: Flow, sink: &mut dyn Sink) {
        if let Some(framer) = self.framers.get_mut(&flow) {
            framer.finish();
            self.drain(flow, sink);
            self.framers.remove(&flow);
        }
    }

    /// Hands on every message the framer of `flow` has whole.
    fn drain(&mut self, flow: Flow, sink: &mut dyn Sink) -> Verdict {
        // Taken out for the time, because handling a message needs the rest of `self`.
        let Some(mut framer) = self.framers.remove(&flow) else {
            return Verdict::Undecided;
        };
        while let Some(framed) = framer.next() {
            if let Some(message) = sip::parse_message(framed.bytes, framed.framing) {
                let last = framed.frames.last().copied().unwrap_or_default();
                let capture = Capture {
                    frame: last,
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
        let verdict = framer.verdict();
        self.framers.insert(flow, framer);
        verdict
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
        self.hand_on(sink);
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

    /// Hands on what fell silent. A call without an end ends its claim on media here.
    fn hand_on_due(&mut self, now: CaptureTime, sink: &mut dyn Sink) {
        while let Some(closed) = self.calls.poll_closed() {
            if let Closed::Call(call) = &closed {
                self.media.give_up_call(call.no, now);
            }
            give(closed, sink);
        }
    }

    fn hand_on(&mut self, sink: &mut dyn Sink) {
        while let Some(closed) = self.calls.poll_closed() {
            give(closed, sink);
        }
        // Nobody listens to events yet; the records say the same when they are final.
        while self.media.poll_event().is_some() {}
        while let Some(stream) = self.media.poll_stream() {
            self.counters.rtp_packets += stream.figures.packets;
            sink.stream(stream);
        }
    }
}

fn give(closed: Closed, sink: &mut dyn Sink) {
    match closed {
        Closed::Transaction(r) => sink.transaction(r),
        Closed::Dialog(r) => sink.dialog(r),
        Closed::Call(r) => sink.call(*r),
        Closed::Registration(r) => sink.registration(r),
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
