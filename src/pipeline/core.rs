//! Everything behind reassembly: messages to their calls, and what became final to the sink.

use super::agreed::AgreedStreams;
use super::duplicates::Duplicates;
use super::networks::Networks;
use super::note::Noting;
use super::packets::Origin;
use super::relayed::AgentLag;
use super::relayed_pieces::RelayedPieces;
use super::streams::Streams;
use super::ties::Ties;
use super::{Counters, Options, SeenMessage, Sink, announce};
use crate::call::{self, Arrival, CallState, Closed, Moved};
use crate::crypto::Passwords;
use crate::decode::{Datagram, Stack};
use crate::types::{CaptureTime, FileRange, Flow, FlowKey, FrameRef, MessageId, Transport};
use crate::{media, sdp, sip};
use std::sync::Arc;

/// Everything behind reassembly.
pub(super) struct Core {
    pub(super) streams: Streams,
    pub(super) networks: Networks,
    pub(super) duplicates: Option<Duplicates>,
    pub(super) calls: call::Tracker,
    pub(super) media: media::Tracker,
    pub(super) counters: Counters,
    pub(super) messages: u32,
    pub(super) first_time: Option<CaptureTime>,
    pub(super) series: bool,
    pub(super) agent_lag: AgentLag,
    pub(super) relayed_pieces: RelayedPieces,
    pub(super) formats: announce::FormatCache,
    pub(super) ties: Ties,
    /// Flow and layers of the TCP segment handled last.
    pub(super) segment: Option<(Flow, Stack)>,
    /// TCP segments that brought bytes of a message.
    pub(super) tcp_carried: u64,
    /// Compressed payloads of capture agents that were too long.
    pub(super) relayed_too_long: u64,
    /// TCP streams that SDP agrees on.
    pub(super) agreed: AgreedStreams,
    /// Connections that brought a message and are not labelled yet.
    pub(super) sip_connections: Vec<FlowKey>,
    /// Where notes are asked for.
    pub(super) noting: Option<Box<Noting>>,
    /// Those that are known.
    passwords: Arc<Passwords>,
}

/// Where a message was captured.
#[derive(Clone, Copy)]
pub(super) struct Capture<'a> {
    pub(super) frame: FrameRef,
    pub(super) frames: &'a [FrameRef],
    pub(super) time: CaptureTime,
    pub(super) flow: Flow,
    pub(super) transport: Transport,
    pub(super) location: Option<FileRange>,
    pub(super) duplicate_of: Option<MessageId>,
    pub(super) truncated: bool,
    /// Later fragments never came: `truncated` as well.
    pub(super) fragments_missing: bool,
    /// More of it than is read: `truncated` as well.
    pub(super) too_long: bool,
    pub(super) stack: Stack,
}

impl<'a> Capture<'a> {
    /// In one packet, or in the fragments it was joined of.
    pub(super) fn of(origin: &Origin<'a>, datagram: &Datagram<'_>) -> Self {
        Capture {
            frame: origin.packet.frame_ref(),
            frames: origin.frames,
            time: origin.packet.time,
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

impl Core {
    pub(super) fn new(options: &Options) -> Core {
        let limits = &options.limits;
        Core {
            streams: Streams::new(limits.framing, limits.framing_bytes, limits.websocket),
            networks: Networks::new(),
            duplicates: (!options.keep_duplicates).then(Duplicates::new),
            calls: call::Tracker::new(limits.call).with_leg_headers(&options.leg_headers),
            media: {
                let mut media = media::Tracker::new(limits.media);
                media.name_sources(&options.paths);
                media.hear(options.hearing);
                media.keep_extras(options.extras);
                media
            },
            counters: Counters::default(),
            messages: 0,
            first_time: None,
            series: options.extras.series,
            agent_lag: AgentLag::default(),
            relayed_pieces: RelayedPieces::default(),
            formats: announce::FormatCache::default(),
            ties: Ties::default(),
            segment: None,
            tcp_carried: 0,
            relayed_too_long: 0,
            agreed: AgreedStreams::default(),
            sip_connections: Vec::new(),
            noting: options.notes.then(Box::default),
            passwords: Arc::clone(&options.passwords),
        }
    }

    /// Takes a message wherever it came from; its number, unless it waits for its cause.
    pub(super) fn handle_message(
        &mut self,
        message: &sip::Message<'_>,
        capture: Capture<'_>,
        framing_flaws: &[sip::Flaw],
        sink: &mut dyn Sink,
    ) -> Option<MessageId> {
        self.networks.note_message(message, capture.flow);
        let may_wait = self.ties.has_room(message.raw.len());
        let time = capture.time;
        let placed = self.place_message(message, capture, framing_flaws, may_wait, sink);
        match placed {
            None => self.ties.push(message, capture, framing_flaws),
            Some(_) if self.ties.are_waiting() => {
                self.settle_ties(message.call_id(), time, sink);
            }
            Some(_) => {}
        }
        placed
    }

    /// `None` where the message lacks its cause and `may_wait`.
    pub(super) fn place_message(
        &mut self,
        message: &sip::Message<'_>,
        capture: Capture<'_>,
        framing_flaws: &[sip::Flaw],
        may_wait: bool,
        sink: &mut dyn Sink,
    ) -> Option<MessageId> {
        let id = MessageId::after(self.messages);
        let body = message.sdp();
        let description = body.as_deref().map(sdp::parse);
        let arrival = Arrival {
            id,
            frame: capture.frame,
            time: capture.time,
            transport: capture.transport,
            flow: capture.flow,
            duplicate_of: capture.duplicate_of,
            message,
            sdp: description.as_ref(),
            passwords: &self.passwords,
        };
        let placement = match may_wait {
            true => self.calls.handle_message_after_its_cause(&arrival)?,
            false => self.calls.handle_message(&arrival),
        };
        self.messages = self.messages.saturating_add(1);
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
        if let (Some(call), Some(side), Some(since)) =
            (placement.call, placement.side, placement.unannounced_since)
        {
            self.media.note_party(call, side, capture.flow, since);
        }
        if let Some(noting) = &mut self.noting {
            noting.message(capture.frames, placement.call);
        }
        if let (Some(call), Some(Moved::Call(CallState::Answered))) =
            (placement.call, placement.moved)
        {
            self.media.answer_call(call);
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
            passwords: &self.passwords,
        });
        self.hand_on(Some(capture.time), sink);
        Some(id)
    }

    /// What became final; `now` unless the capture is over.
    pub(super) fn hand_on(&mut self, now: Option<CaptureTime>, sink: &mut dyn Sink) {
        self.hand_on_signalling(now, sink);
        while let Some(stream) = self.media.poll_stream() {
            let packets = stream.counted;
            self.counters.rtp_packets += packets;
            self.counters.encapsulations.add(stream.stack, packets);
            sink.stream(stream);
        }
        while let Some(other) = self.media.poll_other() {
            sink.other_media(other);
        }
    }

    /// What calls left behind.
    pub(super) fn hand_on_signalling(&mut self, now: Option<CaptureTime>, sink: &mut dyn Sink) {
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
                Closed::Beside(b) => sink.beside(b),
            }
        }
    }
}
