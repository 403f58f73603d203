//! Media packets in, finished streams out.
//!
//! Invariants: one look-up of the directed flow per RTP packet of a known stream; nothing that was
//! neither announced nor proven becomes a stream; every packet of a stream counts in it, those seen in
//! probation too; memory is bounded by what is open.
//!
//! Numbers: a stream counts from its first packet, but is known for one only at the end of its
//! probation. So its number is settled when no older packet waits in probation any more (at most
//! `Limits::probation` later, long before an idle stream closes), in order of first packet. Until
//! then, and in events, it is named by its [`StreamHandle`].

mod neighbours;

use self::neighbours::PerhapsFax;
use super::announcement::Announcement;
use super::binding::Binding;
use super::closing::Unnumbered;
use super::directory::Directory;
use super::early_rtcp::EarlyRtcp;
use super::handover::{BREAK, Break};
use super::limits::{Limits, LimitsReached};
use super::meter::{Expect, ExtraWanted, MeterPacket, StreamMeter};
use super::other::{OtherRecord, OtherTable};
use super::packet::{Class, MediaPacket};
use super::points::Ranges;
use super::probation::{Candidate, Probation, Verdict};
use super::record::{StreamHandle, StreamRecord};
use super::relay::Relay;
use super::stream::{Before, Stream};
use super::table::StreamTable;
use crate::decode::Stack;
use crate::rtp::{RtpHeader, payload_type};
use crate::types::{
    CallNo, CaptureTime, Delta, Flow, Hearing, MediaKind, Party, SourceId, Ssrc, StreamExtras,
    codec,
};
use foldhash::fast::RandomState;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

/// How often open streams are looked through for idle ones, in capture time.
const SWEEP_EVERY: Delta = Delta::from_secs(5);
/// How often anything at all is due, in capture time.
const TICK: Delta = Delta::from_millis(250);

/// Packets by what they were found to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MediaCounters {
    /// RTP of streams, those packets included that were first in probation.
    pub rtp: u64,
    /// Of these, packets that were told to be candidates when they were handled.
    pub proven: u64,
    /// RTCP.
    pub rtcp: u64,
    /// STUN and TURN.
    pub stun: u64,
    /// DTLS.
    pub dtls: u64,
    /// ZRTP.
    pub zrtp: u64,
    /// The rest: not media, or in probation and not proven.
    pub other: u64,
}

/// Follows every media stream of a capture.
#[derive(Debug)]
pub struct Tracker {
    pub(super) limits: Limits,
    reached: LimitsReached,
    counters: MediaCounters,
    pub(super) directory: Directory,
    pub(super) streams: StreamTable,
    pub(super) probation: Probation,
    pub(super) early_rtcp: EarlyRtcp,
    pub(super) ranges: Ranges,
    pub(super) unnumbered: BinaryHeap<Unnumbered>,
    pub(super) numbered: u32,
    pub(super) ready: VecDeque<StreamRecord>,
    /// What is still to be closed at the end, by order of the first packet.
    last_open: std::vec::IntoIter<(u64, u32)>,
    order: u64,
    handles: u64,
    ticked: Option<CaptureTime>,
    swept: Option<CaptureTime>,
    pub(super) made_room: Option<CaptureTime>,
    pub(super) hearing: Hearing,
    extra: ExtraWanted,
    pub(super) other: OtherTable,
    perhaps_fax: PerhapsFax,
    /// What relay the packet at hand came out of.
    inside: Option<Relay>,
}

impl Tracker {
    /// A tracker that has seen nothing.
    pub fn new(limits: Limits) -> Self {
        // Seeded at random: addresses and SSRCs are an attacker's choice.
        let hasher = RandomState::default();
        Tracker {
            limits,
            reached: LimitsReached::default(),
            counters: MediaCounters::default(),
            directory: Directory::new(hasher.clone(), limits),
            streams: StreamTable::new(hasher.clone()),
            other: OtherTable::new(hasher.clone()),
            perhaps_fax: PerhapsFax::default(),
            inside: None,
            probation: Probation::new(hasher, limits.candidates, limits.probation),
            early_rtcp: EarlyRtcp::default(),
            ranges: Ranges::default(),
            unnumbered: BinaryHeap::new(),
            numbered: 0,
            ready: VecDeque::new(),
            last_open: Vec::new().into_iter(),
            order: 0,
            handles: 0,
            ticked: None,
            swept: None,
            made_room: None,
            hearing: Hearing::default(),
            extra: ExtraWanted::default(),
        }
    }

    /// Keeps these of every stream beside its figures.
    pub fn keep_extras(&mut self, extras: StreamExtras) {
        self.extra = ExtraWanted::new(extras);
    }

    /// The capture begins: series count their steps from here.
    pub fn begin_at(&mut self, first: CaptureTime) {
        self.extra.begin_at(first);
    }

    /// SDP said where media is to be sent. Streams that came before it are bound now.
    pub fn announce(&mut self, a: Announcement) {
        let (call, end) = (a.call, a.endpoint);
        let announced = self.directory.announce(a, &mut self.reached);
        if announced.formats_changed {
            self.renew_formats(call, end);
        }
        for &end in announced.endpoints.as_slice() {
            self.contest(call, end);
            for at in self.streams.listed_at(end) {
                self.rebind(at);
            }
            for candidate in self.probation.take_by_end(end) {
                if let Some(packets) = self.accept(&candidate) {
                    self.recount(packets);
                }
            }
        }
    }

    /// A party's signalling comes from this host, and nothing says where the media of the call goes: what runs between
    /// its hosts from `since` on may be bound to it.
    pub fn note_party(&mut self, call: CallNo, party: Party, flow: Flow, since: CaptureTime) {
        self.directory.note_party(call, party, flow, since);
    }

    /// The call is over. Its endpoints stay known for a moment, for stragglers.
    pub fn end_call(&mut self, call: CallNo, time: CaptureTime) {
        self.directory.end_call(call, time);
        self.contest_ended(call);
    }

    /// Nothing more is known of the call, whether or not its end was seen: its endpoints are not
    /// kept for ever.
    pub fn forget_call(&mut self, call: CallNo, time: CaptureTime) {
        if self.directory.is_open(call) {
            self.end_call(call, time);
        }
    }

    /// Takes a UDP datagram that is not SIP.
    #[inline]
    pub fn handle_datagram(&mut self, p: &MediaPacket<'_>) -> Class {
        self.order += 1;
        let class = match p.payload.first_chunk::<2>() {
            Some([128..=191, 192..=223]) => self.handle_rtcp(p, false),
            Some([128..=191, _]) => self.handle_rtp(p),
            Some(_) => self.handle_neighbour(p),
            None => Class::Other,
        };
        match class {
            Class::Rtp => self.counters.rtp += 1,
            Class::Rtcp => self.counters.rtcp += 1,
            Class::Stun => self.counters.stun += 1,
            Class::Dtls => self.counters.dtls += 1,
            Class::Zrtp => self.counters.zrtp += 1,
            Class::Candidate | Class::Other | Class::T38 | Class::Bfcp => self.counters.other += 1,
        }
        class
    }

    #[inline]
    fn handle_rtp(&mut self, p: &MediaPacket<'_>) -> Class {
        let Some(header) = RtpHeader::parse_known(p.payload, p.wire_payload_len) else {
            return Class::Other;
        };
        let Some(newest) = self.streams.newest_of(&p.flow) else {
            return self.handle_new_source(p, header, None);
        };
        let Some(at) = self.streams.with_ssrc(newest, header.ssrc) else {
            return self.handle_new_source(p, header, Some(newest));
        };
        let Some(stream) = self.streams.get_mut(at) else {
            return Class::Other;
        };
        let silent = p
            .time
            .as_nanos()
            .wrapping_sub(stream.meter.last_time().as_nanos());
        let is_even = silent <= BREAK.as_nanos() && !stream.contested;
        let is_own = p.frame.source == stream.source && !stream.split;
        if !(is_even && stream.meter.continues(header.seq)) {
            match self.look_at_break(at, p.time, header) {
                Break::Follows => {}
                Break::OtherCall => {
                    self.close(at);
                    return self.handle_new_source(p, header, None);
                }
                Break::SpokeElsewhere if is_own => self.expect(at, Expect::NewRange),
                Break::AfterOutage if is_own => self.expect(at, Expect::Outage),
                Break::SpokeElsewhere | Break::AfterOutage => {}
            }
        }
        let packet = MeterPacket {
            time: p.time,
            frame: p.frame,
            header,
            payload: header.payload(p.payload),
            lengths: p.lengths(header.payload_len),
        };
        match is_own {
            true => self.feed(at, &packet),
            false => self.feed_point(at, &packet, Some(p.ttl), false),
        }
        Class::Rtp
    }

    /// Takes a datagram that was captured at another point before. Only its stream at this point is to know.
    #[cold]
    pub fn handle_copy(&mut self, p: &MediaPacket<'_>) {
        if let Some([128..=191, 192..=223]) = p.payload.first_chunk::<2>() {
            self.handle_rtcp(p, true);
            return;
        }
        let Some(header) = RtpHeader::parse_known(p.payload, p.wire_payload_len) else {
            return;
        };
        if let Some(at) = self.streams.find(&p.flow, header.ssrc) {
            let packet = MeterPacket {
                time: p.time,
                frame: p.frame,
                header,
                payload: header.payload(p.payload),
                lengths: p.lengths(header.payload_len),
            };
            self.feed_point(at, &packet, Some(p.ttl), true);
        }
    }

    /// What sound is listened to.
    pub fn hear(&mut self, hearing: Hearing) {
        self.hearing = hearing;
    }

    /// The files that will be read, by their paths.
    pub fn name_sources(&mut self, paths: &[String]) {
        self.ranges.name(paths);
    }

    /// A packet of any kind came from this file.
    #[inline]
    pub fn note_source(&mut self, source: SourceId, time: CaptureTime) {
        self.ranges.note(source, time);
    }

    #[cold]
    fn feed_point(&mut self, at: u32, p: &MeterPacket<'_>, ttl: Option<u8>, is_copy: bool) {
        let ranges = &self.ranges;
        if let Some(stream) = self.streams.get_mut(at) {
            stream.handle_at_point(p, ttl, is_copy, ranges);
        }
    }

    fn expect(&mut self, at: u32, next: Expect) {
        if let Some(stream) = self.streams.get_mut(at) {
            stream.meter.expect(next);
        }
    }

    #[inline]
    fn feed(&mut self, at: u32, p: &MeterPacket<'_>) {
        if let Some(stream) = self.streams.get_mut(at) {
            stream.handle_packet(p);
        }
    }

    /// A flow or source not seen before: announced, or to be proven.
    #[cold]
    fn handle_new_source(
        &mut self,
        p: &MediaPacket<'_>,
        header: RtpHeader,
        newest: Option<u32>,
    ) -> Class {
        if self.directory.has_others()
            && let Some(class) = self.handle_agreed(p)
        {
            return class;
        }
        let binding = self
            .announced_on(&p.flow, self.inside.as_ref(), header.ssrc)
            .or_else(|| self.binding_of_flow(newest));
        if binding.as_ref().is_some_and(|b| fits(b, header)) {
            let held = super::probation::Held::new(p, header);
            return match self.open(
                (p.flow, p.stack, p.ttl),
                header.ssrc,
                self.order,
                &held,
                binding,
            ) {
                Some(at) => {
                    self.feed(
                        at,
                        &MeterPacket {
                            time: p.time,
                            frame: p.frame,
                            header,
                            payload: header.payload(p.payload),
                            lengths: held.lengths,
                        },
                    );
                    Class::Rtp
                }
                None => Class::Other,
            };
        }
        // Nobody vouches for it: A.1 in full.
        let Some(header) = RtpHeader::parse(p.payload, p.wire_payload_len) else {
            return if self.probation.hold(p, header) {
                Class::Candidate
            } else {
                Class::Other
            };
        };
        match self.probation.handle_packet(p, header, self.order) {
            Verdict::Waiting => Class::Candidate,
            Verdict::Rejected => Class::Other,
            Verdict::Proven(candidate) => match self.accept(&candidate) {
                // The packet at hand is counted by the caller.
                Some(packets) => {
                    self.recount(packets.saturating_sub(1));
                    Class::Rtp
                }
                None => Class::Other,
            },
        }
    }

    /// Packets counted as something else turned out to be RTP.
    fn recount(&mut self, packets: u64) {
        self.counters.rtp += packets;
        self.counters.proven += packets;
        self.counters.other = self.counters.other.saturating_sub(packets);
    }

    /// Makes a stream of a candidate with all its packets. How many, or `None` when the table is full.
    fn accept(&mut self, candidate: &Candidate) -> Option<u64> {
        let first = candidate.packets().next().copied()?;
        let (flow, ssrc) = (candidate.flow, candidate.ssrc);
        let binding = self
            .announced_on(&flow, self.inside.as_ref(), ssrc)
            .or_else(|| self.binding_by_streams(&flow, ssrc, first.time))
            .or_else(|| self.directory.by_timing(&flow, first.time));
        let from = (flow, candidate.stack, 0);
        let at = self.open(from, ssrc, candidate.order, &first, binding)?;
        let mut packets = 0;
        for held in candidate.packets() {
            let packet = MeterPacket {
                time: held.time,
                frame: held.frame,
                header: held.header,
                payload: held.payload(),
                lengths: held.lengths,
            };
            match held.frame.source == first.frame.source {
                true => self.feed(at, &packet),
                false => self.feed_point(at, &packet, None, false),
            }
            packets += 1;
        }
        Some(packets)
    }

    fn open(
        &mut self,
        (flow, stack, ttl): (Flow, Stack, u8),
        ssrc: Ssrc,
        order: u64,
        first: &super::probation::Held,
        binding: Option<Binding>,
    ) -> Option<u32> {
        if self.streams.len() >= self.limits.streams {
            self.make_room(first.time);
        }
        let crowded = self
            .streams
            .are_on_flow(&flow, self.limits.streams_per_flow);
        if crowded || self.streams.len() >= self.limits.streams {
            self.reached.stream_packets_refused += 1;
            return None;
        }
        let before = match self.streams.newest_of(&flow) {
            Some(at) => match self.streams.get(at) {
                Some(s) => Before::Open(at, s.handle),
                None => Before::Nothing,
            },
            None => Before::Nothing,
        };
        let rtcp = self.early_rtcp_of(flow, ssrc, first.time);
        self.handles += 1;
        let handle = StreamHandle(self.handles);
        let head = MeterPacket {
            time: first.time,
            frame: first.frame,
            header: first.header,
            payload: first.payload(),
            lengths: first.lengths,
        };
        let at = self.streams.insert(Stream {
            flow,
            ssrc,
            stack,
            next: None,
            handle,
            order,
            meter: StreamMeter::new(&head).with_extra(self.extra.begin()),
            binding: None,
            no: None,
            rtcp,
            icmp: 0,
            spoke_after_ms: 0,
            early: None,
            before,
            listed: false,
            contested: false,
            split: false,
            tones: None,
            relay: self.inside.map(Box::new),
            source: first.frame.source,
            ttl,
            points: None,
            announced: binding.is_some(),
        });
        self.unnumbered.push(Reverse((order, at, handle)));
        match binding {
            Some(b) => self.bind(at, b),
            None => {
                if let Some(s) = self.streams.get_mut(at) {
                    s.listen(self.hearing);
                }
                self.streams.list(at);
            }
        }
        Some(at)
    }

    /// An ICMP port unreachable came for a packet of this flow. True when it was media's.
    pub fn handle_icmp(&mut self, quoted: Flow) -> bool {
        let at = self.streams.newest_of(&quoted);
        if let Some(s) = at.and_then(|at| self.streams.get_mut(at)) {
            s.icmp = s.icmp.saturating_add(1);
            return true;
        }
        self.directory.resolve(&quoted, Ssrc(0)).is_some()
    }

    /// Time passed: closes idle streams, forgets calls that are over, ends probation.
    #[inline]
    pub fn handle_time(&mut self, now: CaptureTime) {
        match self.ticked {
            Some(at) if now - at < TICK => {}
            _ => {
                self.ticked = Some(now);
                self.handle_tick(now);
            }
        }
    }

    #[cold]
    fn handle_tick(&mut self, now: CaptureTime) {
        if self.directory.next_to_leave(now) {
            self.bind_late();
            self.other.tie_late(&self.directory);
            self.directory.handle_time(now);
        }
        self.probation.handle_time(now);
        match self.swept {
            Some(at) if now - at < SWEEP_EVERY => {}
            _ => {
                self.swept = Some(now);
                let (after_call, otherwise) = (self.limits.idle_after_call, self.limits.idle);
                self.close_idle(now, after_call, otherwise);
                self.other
                    .close_idle(now, (after_call, otherwise), &self.directory);
                self.settle_numbers();
            }
        }
    }

    /// The next finished stream.
    pub fn poll_stream(&mut self) -> Option<StreamRecord> {
        while self.ready.is_empty() {
            let (_, at) = self.last_open.next()?;
            self.close(at);
        }
        self.ready.pop_front()
    }

    /// The next thing beside RTP that is over.
    pub fn poll_other(&mut self) -> Option<OtherRecord> {
        self.other.poll()
    }

    /// No more packets: every stream is closed, in order of its number, as [`Tracker::poll_stream`] asks for
    /// it, so that their records do not wait together.
    pub fn finish(&mut self) {
        self.bind_late();
        self.other.finish(&self.directory);
        self.number_before(u64::MAX);
        let mut open: Vec<(u64, u32)> = self.streams.open().map(|(at, s)| (s.order, at)).collect();
        open.sort_unstable();
        self.last_open = open.into_iter();
    }

    /// Packets by class so far.
    pub fn counters(&self) -> MediaCounters {
        self.counters
    }

    /// What the limits left out.
    pub fn limits_reached(&self) -> LimitsReached {
        LimitsReached {
            candidates_displaced: self.probation.displaced,
            other_packets_refused: self.other.refused,
            ..self.reached
        }
    }

    /// Streams open now.
    pub fn open_streams(&self) -> usize {
        self.streams.len()
    }
}

/// True where the payload type of a packet is one the announced media may carry.
fn fits(b: &Binding, header: RtpHeader) -> bool {
    let pt = header.payload_type;
    if matches!(b.kind, Some(MediaKind::Image | MediaKind::Application)) {
        return false;
    }
    let declared = |m: &Option<std::sync::Arc<crate::rtp::FormatMap>>| {
        m.as_ref().map(|m| m.is_empty() || m.format(pt).is_some())
    };
    codec::fixed(pt).is_some()
        || declared(&b.receiver) == Some(true)
        || declared(&b.sender) == Some(true)
        || (b.receiver.is_none() && b.sender.is_none() && payload_type::is_plausible(pt))
}
