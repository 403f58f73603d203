//! The pipeline: packets in, records out.
//!
//! A packet is decoded, its payload reassembled, recognised and parsed, and given to the call and
//! media trackers. Nothing here opens a file or asks a clock: the capture's own time drives
//! everything, so the same packets always give the same records.
//!
//! Invariant: data goes through once, forward. Memory is bounded by what is open.

mod announce;
mod belonging;
pub mod census;
mod datagrams;
mod duplicates;
mod fate;
mod incomplete;
mod networks;
mod options;
mod place;
mod relayed;
mod sctp;
mod sink;
mod streams;

pub use belonging::{Belonging, Voip};
pub use census::Census;
pub use fate::{Fate, Fates};
pub use options::{Limits, Options};
pub use sink::{Counters, Encapsulations, LimitsReached, SeenMessage, Sink, Summary};

use crate::call::{self, Arrival, Closed};
use crate::decode::{self, Datagram, Decoded, Segment, Stack};
use crate::media;
use crate::reassembly::{
    FragmentLimits, FragmentOutcome, Fragments, Reassembled, SctpMessages, TcpLabel, TcpStreams,
};
use crate::sdp;
use crate::sip::{self, Framing, Verdict};
use crate::types::{
    CaptureTime, Delta, FileRange, Flow, FlowKey, FrameRef, MessageId, Packet, Transport,
};
use duplicates::Duplicates;
use networks::Networks;
use relayed::AgentLag;
use streams::Streams;

/// How often, in capture time, what is due gets closed.
const TICK: Delta = Delta::from_secs(1);

/// The pipeline.
pub struct Pipeline {
    fragments: Fragments,
    tcp: TcpStreams,
    sctp: SctpMessages,
    core: Core,
    next_tick: Option<CaptureTime>,
}

/// Everything behind reassembly.
struct Core {
    streams: Streams,
    networks: Networks,
    duplicates: Option<Duplicates>,
    calls: call::Tracker,
    media: media::Tracker,
    counters: Counters,
    messages: u32,
    first_time: Option<CaptureTime>,
    agent_lag: AgentLag,
    formats: announce::FormatCache,
    /// Flow and layers of the TCP segment handled last.
    segment: Option<(Flow, Stack)>,
    /// TCP segments that brought bytes of a message.
    tcp_carried: u64,
    /// Compressed payloads of capture agents that were too long.
    relayed_too_long: u64,
    /// Connections that brought a message and are not labelled yet.
    sip_connections: Vec<FlowKey>,
    census: Option<Box<Census>>,
    belonging: Option<Box<Belonging>>,
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
    /// Later fragments never came: `truncated` as well.
    fragments_missing: bool,
    /// More of it than is read: `truncated` as well.
    too_long: bool,
    stack: Stack,
}

impl<'a> Capture<'a> {
    fn of_packet(packet: &Packet<'_>, frames: &'a [FrameRef], datagram: &Datagram<'_>) -> Self {
        Capture {
            frame: packet.frame_ref(),
            frames,
            time: packet.time,
            flow: datagram.meta.flow,
            transport: Transport::Udp,
            location: None,
            duplicate_of: None,
            truncated: datagram.payload.len() < datagram.wire_payload_len as usize,
            fragments_missing: false,
            too_long: false,
            stack: datagram.meta.stack,
        }
    }
}

impl Pipeline {
    /// An empty pipeline.
    pub fn new(options: Options) -> Self {
        let limits = options.limits;
        Pipeline {
            fragments: Fragments::new(FragmentLimits {
                copies: match options.keep_duplicates {
                    true => Delta::ZERO,
                    false => limits.fragments.copies,
                },
                ..limits.fragments
            }),
            tcp: TcpStreams::new(limits.tcp),
            sctp: SctpMessages::new(limits.sctp, sip::starts_like_sip),
            core: Core {
                streams: Streams::new(limits.framing, limits.framing_bytes, limits.websocket),
                networks: Networks::new(),
                duplicates: (!options.keep_duplicates).then(Duplicates::new),
                calls: call::Tracker::new(limits.call),
                media: media::Tracker::new(limits.media),
                counters: Counters::default(),
                messages: 0,
                first_time: None,
                agent_lag: AgentLag::default(),
                formats: announce::FormatCache::default(),
                segment: None,
                tcp_carried: 0,
                relayed_too_long: 0,
                sip_connections: Vec::new(),
                census: options.census.then(Box::default),
                belonging: options.belonging.then(Box::default),
            },
            next_tick: None,
        }
    }

    /// Takes one packet; whatever became known goes to `sink`.
    pub fn handle_packet(&mut self, packet: &Packet<'_>, sink: &mut dyn Sink) {
        self.core.counters.packets += 1;
        let decoded = decode::decode(packet);
        if let Decoded::Relayed(relayed) = &decoded {
            self.core.agent_lag.note(relayed.time, packet.time);
        }
        if self.core.first_time.is_none() {
            let first = self.core.agent_lag.apply(packet.time);
            self.core.first_time = Some(first);
            sink.time(first);
        }
        if let Some(belonging) = &mut self.core.belonging {
            belonging.clear();
        }
        self.advance(packet.time, sink);
        if let Some(census) = &mut self.core.census {
            census.packet(packet, &decoded);
        }
        self.handle_decoded(decoded, packet, None, sink);
    }

    /// `whole`: the datagram that the packet completed, where `decoded` was read from that.
    fn handle_decoded(
        &mut self,
        mut decoded: Decoded<'_>,
        packet: &Packet<'_>,
        whole: Option<&Reassembled>,
        sink: &mut dyn Sink,
    ) {
        let packets = whole.map_or(1, |whole| whole.frames.len() as u64);
        self.core.networks.place(&mut decoded);
        match decoded {
            Decoded::Udp(datagram) => {
                if self.fragments.are_waiting() {
                    self.show_answered(&datagram, packet.time, sink);
                }
                let own = [packet.frame_ref()];
                let frames = whole.map_or(&own[..], |whole| &whole.frames);
                let capture = Capture::of_packet(packet, frames, &datagram);
                let unbroken = Some(packet).filter(|_| whole.is_none());
                self.core
                    .handle_datagram(&datagram, capture, unbroken, sink);
            }
            Decoded::Tcp(mut segment) => {
                segment.meta.flow = self.place_segment(&segment);
                self.handle_segment(&segment, packet.frame_ref(), packet.time, sink);
                if packets > 1 {
                    self.tcp.count_more(segment.meta.flow.key(), packets - 1);
                }
            }
            Decoded::Relayed(relayed) => self.handle_relayed(&relayed, packet, whole, sink),
            Decoded::Sctp(sctp) => {
                let core = &mut self.core;
                core.counters.fates.add(Fate::OtherSctp, packets);
                let mut counted = None;
                self.sctp
                    .handle_packet(&sctp, packet.frame_ref(), packet.time, &mut |message| {
                        core.handle_sctp(&message, packet, sctp.meta.stack, &mut counted, sink)
                    });
                if let (None, Some(belonging)) = (counted, &mut core.belonging) {
                    belonging.note(Fate::OtherSctp, Some(sctp.meta.flow));
                }
                if counted.is_some() {
                    // Its messages name the packet that completed the datagram; the others carried as much.
                    core.counters
                        .fates
                        .turn(Fate::OtherSctp, Fate::SipSctp, packets - 1);
                }
            }
            Decoded::Fragment(fragment) => {
                let own = [packet.frame_ref()];
                let frames = whole.map_or(&own[..], |whole| &whole.frames);
                let fates = &mut self.core.counters.fates;
                match self
                    .fragments
                    .handle_fragment(&fragment, frames, packet.time)
                {
                    FragmentOutcome::Complete(whole) => {
                        if let Some(belonging) = &mut self.core.belonging {
                            belonging.note_together(&whole.frames);
                        }
                        // The others waited; now all share the fate of the datagram.
                        let others = (whole.frames.len() as u64).saturating_sub(packets);
                        fates.take(Fate::FragmentIncomplete, others);
                        let decoded = decode::decode_ip_payload(
                            &whole.ip,
                            whole.protocol,
                            &whole.payload,
                            whole.wire_len,
                        );
                        self.handle_decoded(decoded, packet, Some(&whole), sink);
                    }
                    FragmentOutcome::Pending => {
                        fates.add(Fate::FragmentIncomplete, packets);
                        if let Some(belonging) = &mut self.core.belonging {
                            belonging.note(Fate::FragmentIncomplete, None);
                        }
                    }
                    FragmentOutcome::Copy => {
                        fates.add(Fate::FragmentCopy, packets);
                        if let Some(belonging) = &mut self.core.belonging {
                            belonging.note(Fate::FragmentCopy, None);
                        }
                        if self.core.duplicates.is_some() {
                            self.core.counters.capture_duplicates += packets;
                        }
                    }
                    FragmentOutcome::Dropped(reason) => {
                        self.core.counters.note_undecoded(reason.name(), packets)
                    }
                }
            }
            Decoded::Icmp(error) => self.core.handle_icmp(&error, packet, packets),
            Decoded::Other(kind) => {
                let fates = &mut self.core.counters.fates;
                fates.add(Fate::of_other(kind), packets);
            }
            Decoded::Undecoded(reason) => self.core.counters.note_undecoded(reason.name(), packets),
        }
    }

    fn handle_relayed(
        &mut self,
        relayed: &decode::Relayed<'_>,
        packet: &Packet<'_>,
        whole: Option<&Reassembled>,
        sink: &mut dyn Sink,
    ) {
        let own = [packet.frame_ref()];
        let frames = whole.map_or(&own[..], |whole| &whole.frames);
        let capture = Capture::of_packet(packet, frames, &relayed.datagram);
        let unbroken = Some(packet).filter(|_| whole.is_none());
        if whole.is_some() {
            self.core.agent_lag.note(relayed.time, packet.time);
        }
        self.core.handle_relayed(relayed, capture, unbroken, sink);
    }

    /// The flow of a segment in the network it belongs to; a connection already open keeps its own.
    fn place_segment(&mut self, segment: &Segment<'_>) -> Flow {
        let flow = segment.meta.flow;
        let tcp = &self.tcp;
        let is_open = |scope| tcp.is_open(Flow { scope, ..flow }.key());
        let scope = self.core.networks.of_segment(segment, is_open);
        Flow { scope, ..flow }
    }

    fn handle_segment(
        &mut self,
        segment: &Segment<'_>,
        frame: FrameRef,
        time: CaptureTime,
        sink: &mut dyn Sink,
    ) {
        let core = &mut self.core;
        let flow = segment.meta.flow;
        core.segment = Some((flow, segment.meta.stack));
        let mut boring = None;
        let mut label = self.tcp.handle_segment(segment, frame, time, &mut |event| {
            if core.handle_stream(event, sink) == Verdict::NotSip {
                boring = Some(flow.key());
            }
        });
        if let Some(key) = boring {
            self.tcp.ignore(key);
        }
        let ports = [flow.src.port, flow.dst.port];
        let found = fate::peek(label, ports, segment.payload)
            .or((boring.is_some() && label == TcpLabel::UNKNOWN).then_some(fate::OTHER));
        if let Some(found) = found {
            label = found;
            self.tcp.label(flow.key(), found);
        }
        if let Some(census) = &mut self.core.census {
            census.segment(segment, frame, label);
        }
        if let Some(belonging) = &mut self.core.belonging {
            match label {
                TcpLabel::UNKNOWN => belonging.note_unknown(flow),
                label => belonging.note(Fate::of_label(label), Some(flow)),
            }
        }
        self.label_sip_connections();
    }

    /// Connections are labelled where the table of connections is at hand.
    fn label_sip_connections(&mut self) {
        while let Some(key) = self.core.sip_connections.pop() {
            self.tcp.label(key, fate::SIP);
            if let Some(census) = &mut self.core.census {
                census.label(key, fate::SIP);
            }
        }
    }

    /// Capture time has come to `now`: at each whole second, closes what is due. Packets call it with their
    /// own time; a live capture also calls it while none come. On whole seconds, so that closing does not
    /// depend on who called.
    pub fn advance(&mut self, now: CaptureTime, sink: &mut dyn Sink) {
        // Before the first packet there is nothing to close.
        if self.core.first_time.is_some() && self.next_tick.is_none_or(|due| now >= due) {
            let tick = now.floor_to(TICK);
            self.handle_time(tick, sink);
            self.next_tick = Some(tick + TICK);
        }
    }

    /// What the packet handled last turned out to be, where [`Options::belonging`] asked for it.
    pub fn belonging(&self) -> Option<&Belonging> {
        self.core.belonging.as_deref()
    }

    /// What was counted so far; some counts are settled when the capture is over only.
    pub fn counters(&self) -> &Counters {
        &self.core.counters
    }

    /// The media of calls as it is now, for display while it runs.
    pub fn media(&self) -> &media::Tracker {
        &self.core.media
    }

    /// Call-IDs that are followed now.
    pub fn open_call_ids(&self) -> usize {
        self.core.calls.open_call_ids()
    }

    /// About how many bytes they take.
    pub fn open_bytes(&self) -> u64 {
        self.core.calls.open_bytes()
    }

    fn handle_time(&mut self, now: CaptureTime, sink: &mut dyn Sink) {
        self.fragments.expire(now);
        self.show_incomplete(sink);
        self.sctp.expire(now);
        let core = &mut self.core;
        self.tcp.expire(now, &mut |event| {
            core.handle_stream(event, sink);
        });
        self.label_sip_connections();
        let core = &mut self.core;
        let now = core.agent_lag.apply(now);
        while core.calls.handle_time(now) {
            core.hand_on_signalling(Some(now), sink);
        }
        core.media.handle_time(now);
        core.hand_on(Some(now), sink);
        sink.time(now);
    }

    /// The capture is over: closes everything and says what was counted.
    pub fn finish(mut self, sink: &mut dyn Sink) -> Summary {
        self.fragments.finish();
        self.show_incomplete(sink);
        let core = &mut self.core;
        self.tcp.finish(&mut |event| {
            core.handle_stream(event, sink);
        });
        core.end_streams(sink);
        self.label_sip_connections();
        let core = &mut self.core;
        while core.calls.finish() {
            core.hand_on_signalling(None, sink);
        }
        core.media.finish();
        core.hand_on(None, sink);
        let media = core.media.counters();
        core.counters.rtcp_packets = media.rtcp;
        core.counters.stun_packets = media.stun;
        let fates = &mut core.counters.fates;
        fates.turn(Fate::RtpUnproven, Fate::Rtp, media.proven);
        fates.settle_tcp(self.tcp.packets_by_label(), core.tcp_carried);
        Summary {
            counters: std::mem::take(&mut core.counters),
            first_time: core.first_time,
            fragments_missing: self.fragments.missing(),
            fragments: self.fragments.counters(),
            tcp: self.tcp.counters(),
            census: core.census.take(),
            limits_reached: LimitsReached {
                call_ids_closed_early: core.calls.closed_early(),
                transactions_closed_early: core.calls.transactions_closed_early(),
                messages_unlisted: core.calls.messages_unlisted(),
                keys_too_long: core.calls.keys_too_long(),
                media: core.media.limits_reached(),
                networks_not_joined: core.networks.refused(),
                fragments_evicted: self.fragments.counters().evicted,
                fragments_beyond: self.fragments.counters().too_many,
                tcp_connections_evicted: self.tcp.counters().evicted,
                tcp_queue_overflows: self.tcp.counters().queue_overflows,
                websocket_messages_too_long: core.streams.websocket_too_long(),
                unfinished_messages_given_up: core.streams.given_up(),
                stream_messages_too_long: core.streams.too_long(),
                sctp_fragments_dropped: self.sctp.counters().overflows,
                sctp_messages_too_long: self.sctp.counters().too_long,
                hep_payloads_too_long: core.relayed_too_long,
                sctp_directions_evicted: self.sctp.counters().evicted,
            },
        }
    }
}

impl Core {
    fn handle_message(
        &mut self,
        message: &sip::Message<'_>,
        capture: Capture<'_>,
        framing_flaws: &[sip::Flaw],
        sink: &mut dyn Sink,
    ) -> MessageId {
        self.networks.note_message(message, capture.flow);
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
        self.counters.encapsulations.add(capture.stack, 1);
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
        if let Some(belonging) = &mut self.belonging {
            let fate = match capture.transport {
                Transport::Udp => Fate::SipUdp,
                Transport::Sctp => Fate::SipSctp,
                _ => Fate::SipTcp,
            };
            belonging.note_message(fate, capture.frames, placement.call);
            belonging.flow = Some(capture.flow);
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
            stack: capture.stack,
            framing_flaws,
            placement,
        });
        self.hand_on(Some(capture.time), sink);
        id
    }

    fn handle_icmp(&mut self, error: &decode::IcmpError<'_>, packet: &Packet<'_>, packets: u64) {
        // A quoted message is evidence against its transaction, never a message (RFC 792).
        if sip::starts_like_sip(error.quoted_payload)
            && let Some(message) = sip::parse_message(error.quoted_payload, Framing::Truncated)
        {
            self.calls.handle_icmp(
                &message,
                call::IcmpSeen {
                    kind: error.kind,
                    code: error.code,
                    v6: error.v6,
                    quoted: error.quoted,
                    frame: packet.frame_ref(),
                    count: 1,
                },
            );
            self.counters.fates.add(Fate::IcmpSip, packets);
            if let Some(belonging) = &mut self.belonging {
                belonging.note(Fate::IcmpSip, Some(error.quoted));
            }
            return;
        }
        let is_media = self
            .media
            .handle_icmp(error.quoted, packet.time, packet.frame_ref());
        let fate = if is_media {
            Fate::IcmpMedia
        } else {
            Fate::IcmpError
        };
        self.counters.fates.add(fate, packets);
        if let Some(belonging) = &mut self.belonging {
            belonging.note(fate, Some(error.quoted));
            belonging.call = self.media.call_on(&error.quoted);
        }
    }

    /// What became final; `now` unless the capture is over.
    fn hand_on(&mut self, now: Option<CaptureTime>, sink: &mut dyn Sink) {
        self.hand_on_signalling(now, sink);
        // Nobody listens to events yet; the records say the same when they are final.
        while self.media.poll_event().is_some() {}
        while let Some(stream) = self.media.poll_stream() {
            self.counters.rtp_packets += stream.figures.packets;
            let packets = stream.figures.packets;
            self.counters.encapsulations.add(stream.stack, packets);
            sink.stream(stream);
        }
    }

    /// What calls left behind.
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
