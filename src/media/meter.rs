//! All measures of one stream, fed packet by packet.
//!
//! Invariant: constant memory. What a packet costs does not depend on how many came before it.

mod apart;
mod breaks;
mod extra;
mod figures;
mod modes;

pub(crate) use breaks::Expect;
pub(crate) use extra::ExtraWanted;

use apart::Apart;
use extra::Extra;
use modes::ModesSeen;

use super::figures::{PayloadFacts, PayloadFigures};
use super::measure::bandwidth::{Bandwidth, Lengths};
use super::measure::clock::{StreamClock, Tick};
use super::measure::delta::Deltas;
use super::measure::dtmf::{Dtmf, DtmfEvent, EventPacket};
use super::measure::guess::ClockGuess;
use super::measure::jitter::Jitter;
use super::measure::ptime::PacketTime;
use super::measure::sequence::{Arrival, Sequence, SequenceFigures};
use crate::rtp::{RtpHeader, TelephoneEvent, red};
use crate::types::codec::Role;
use crate::types::{
    CaptureTime, ClockRate, ExtendedSeq, FrameRef, PackedFrame, PayloadType, RtpTicks, SeqNo,
};

/// Payload types told apart in one stream; more are counted under the last.
const MAX_PAYLOADS: usize = 16;

/// One RTP packet as the meter sees it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MeterPacket<'a> {
    /// Arrival.
    pub time: CaptureTime,
    /// Frame.
    pub frame: FrameRef,
    /// Its RTP header.
    pub header: RtpHeader,
    /// The payload octets captured; looked into for telephone events only.
    pub payload: &'a [u8],
    /// Lengths on the wire.
    pub lengths: Lengths,
}

/// How the codec enters the quality estimate.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct CodecName<'a> {
    /// Encoding name of the main payload type.
    pub name: Option<&'a str>,
    /// Its format parameters.
    pub fmtp: Option<&'a str>,
    /// The media is enciphered.
    pub encrypted: bool,
}

#[derive(Clone, Debug)]
enum Timing {
    /// No media packet yet.
    Idle,
    /// Clock rate announced or found.
    Known(StreamClock),
    /// Clock rate being measured.
    Guessing(Box<ClockGuess>),
}

#[derive(Clone, Copy, Debug)]
struct PayloadCount {
    payload_type: PayloadType,
    facts: PayloadFacts,
    packets: u64,
    payload_bytes: u64,
    first_time: CaptureTime,
    /// The packet before the one that changed to another type.
    last_time: CaptureTime,
}

/// What only streams with several payload types, or with modes, have.
#[derive(Clone, Debug, Default)]
struct Seldom {
    dtmf: Dtmf,
    apart: Apart,
    modes: Vec<ModesSeen>,
    /// Packets that were not taken by their number alone, the first ones.
    breaks: Vec<(FrameRef, Expect)>,
}

/// The measures of one stream.
#[derive(Clone, Debug)]
pub(crate) struct StreamMeter {
    sequence: Sequence,
    deltas: Deltas,
    bandwidth: Bandwidth,
    ptime: PacketTime,
    timing: Timing,
    payloads: Vec<PayloadCount>,
    seldom: Option<Box<Seldom>>,
    /// What somebody asks for beside the figures.
    extra: Option<Box<Extra>>,
    first_time: CaptureTime,
    first_frame: PackedFrame,
    last_frame: PackedFrame,
    packets: u64,
    /// Payload octets of the last packet.
    last_payload: u32,
    current: u8,
    expect: Expect,
    after_noise: bool,
    clock_estimated: bool,
    /// Timestamp of the last packet in order if it was media: the start of a packet time.
    step_from: Option<RtpTicks>,
}

impl StreamMeter {
    /// A meter whose first packet will be `first`; hand that packet in as well.
    pub(crate) fn new(first: &MeterPacket<'_>) -> Self {
        StreamMeter {
            sequence: Sequence::new(first.header.seq),
            deltas: Deltas::new(first.time),
            bandwidth: Bandwidth::new(first.time),
            ptime: PacketTime::default(),
            timing: Timing::Idle,
            payloads: Vec::with_capacity(1),
            seldom: None,
            extra: None,
            first_time: first.time,
            first_frame: first.frame.into(),
            last_frame: first.frame.into(),
            packets: 0,
            last_payload: 0,
            current: 0,
            expect: Expect::First,
            after_noise: false,
            clock_estimated: false,
            step_from: None,
        }
    }

    /// Takes the next packet. `facts_of` says what its payload type means; asked when the type changes.
    #[inline]
    pub(crate) fn handle_packet(
        &mut self,
        p: &MeterPacket<'_>,
        facts_of: impl Fn(PayloadType) -> PayloadFacts,
    ) {
        if self.extra.is_some() {
            return self.handle_followed(p, facts_of);
        }
        self.measure_packet(p, facts_of);
    }

    /// What the packet was to the sequence.
    #[inline(always)]
    fn measure_packet(
        &mut self,
        p: &MeterPacket<'_>,
        facts_of: impl Fn(PayloadType) -> PayloadFacts,
    ) -> Arrival {
        self.packets += 1;
        self.last_frame = p.frame.into();
        self.last_payload = p.header.payload_len;
        let arrival = if self.expect == Expect::Next {
            self.deltas.handle_arrival(p.time, p.frame);
            self.sequence.handle_seq(p.header.seq)
        } else {
            self.handle_expected(p)
        };
        self.bandwidth.handle_packet(p.time, p.lengths);
        let facts = self.count_payload(p, &facts_of);
        let (seq, in_order, next) = match arrival {
            Arrival::InOrder { seq, skipped } => (seq, true, skipped == 0),
            Arrival::Reordered { seq } => (seq, false, false),
            Arrival::Restart { seq } => (seq, true, false),
            // A copy tells nothing new; a jump may be one stray packet with a clock of its own.
            Arrival::Duplicate | Arrival::Jump => return arrival,
        };
        match facts.role {
            Role::Media | Role::ComfortNoise | Role::Redundant => {
                self.handle_clock(p, facts, seq, in_order, next);
                if let Some(framing) = facts.modes {
                    self.count_mode(p, framing);
                }
                if facts.role == Role::Redundant {
                    self.handle_redundant(p, facts, &facts_of);
                }
                if let Some(s) = &mut self.seldom {
                    s.dtmf.handle_audio(p.time);
                }
            }
            Role::Event => {
                self.step_from = None;
                self.handle_event(p, p.payload, p.header.timestamp, facts.clock);
            }
            Role::Repair => {}
        }
        arrival
    }

    #[inline]
    fn count_payload(
        &mut self,
        p: &MeterPacket<'_>,
        facts_of: impl FnOnce(PayloadType) -> PayloadFacts,
    ) -> PayloadFacts {
        let pt = p.header.payload_type;
        let known = self.payloads.get_mut(usize::from(self.current));
        if let Some(count) = known.filter(|c| c.payload_type == pt) {
            count.packets += 1;
            count.payload_bytes += u64::from(p.header.payload_len);
            return count.facts;
        }
        self.switch_payload(p, facts_of)
    }

    #[cold]
    fn switch_payload(
        &mut self,
        p: &MeterPacket<'_>,
        facts_of: impl FnOnce(PayloadType) -> PayloadFacts,
    ) -> PayloadFacts {
        let pt = p.header.payload_type;
        self.close_share(1);
        let at = self.payloads.iter().position(|c| c.payload_type == pt);
        if let Some(before) = self.payloads.get_mut(usize::from(self.current)) {
            before.last_time = p.time;
        }
        let at = match at {
            Some(at) => at,
            None if self.payloads.len() >= MAX_PAYLOADS => MAX_PAYLOADS - 1,
            None => {
                let mut facts = facts_of(pt);
                if facts.clock.is_none() && self.looks_like_event(p) {
                    facts = self.assumed_event();
                }
                self.payloads.push(PayloadCount {
                    payload_type: pt,
                    facts,
                    packets: 0,
                    payload_bytes: 0,
                    first_time: p.time,
                    last_time: p.time,
                });
                self.payloads.len() - 1
            }
        };
        // Below MAX_PAYLOADS.
        self.current = at as u8;
        match self.payloads.get_mut(at) {
            Some(count) => {
                count.packets += 1;
                count.payload_bytes += u64::from(p.header.payload_len);
                count.facts
            }
            None => PayloadFacts::default(),
        }
    }

    /// An unannounced dynamic type beside other media, whose packets are four octets of a plausible
    /// event: nothing else is.
    fn looks_like_event(&self, p: &MeterPacket<'_>) -> bool {
        let beside_media = self.payloads.iter().any(|c| c.facts.role == Role::Media);
        beside_media
            && p.header.payload_len == 4
            && p.header.payload_type.get() >= 96
            && TelephoneEvent::parse(p.payload).is_some_and(|e| e.event <= 16)
    }

    fn assumed_event(&self) -> PayloadFacts {
        PayloadFacts {
            role: Role::Event,
            clock: self.clock_rate().or(ClockRate::new(8000)),
            modes: None,
        }
    }

    #[inline(always)]
    fn handle_clock(
        &mut self,
        p: &MeterPacket<'_>,
        facts: PayloadFacts,
        seq: ExtendedSeq,
        in_order: bool,
        next: bool,
    ) {
        let noise = facts.role == Role::ComfortNoise;
        let tick = Tick {
            arrival: p.time,
            timestamp: p.header.timestamp,
            seq,
            in_order,
            spurt: p.header.marker || self.after_noise,
            next,
            frame: p.frame.into(),
        };
        if in_order {
            let step = match self.step_from {
                Some(from) if next && !tick.spurt && !noise => {
                    p.header.timestamp.distance_from(from)
                }
                _ => 0,
            };
            if let Ok(step @ 1..) = u32::try_from(step) {
                self.ptime.handle_step(step);
            }
            self.step_from = (!noise).then_some(p.header.timestamp);
        }
        self.after_noise = noise;
        match (&mut self.timing, facts.clock) {
            (Timing::Known(clock), Some(rate)) => {
                // Comfort noise of any type counts on the clock of the audio around it.
                if !noise && clock.rate() != rate {
                    clock.change_rate(rate);
                    self.ptime = PacketTime::default();
                }
                clock.handle_packet(tick, &mut self.sequence);
            }
            _ => self.handle_unsettled_clock(tick, facts),
        }
    }

    #[cold]
    fn handle_unsettled_clock(&mut self, tick: Tick, facts: PayloadFacts) {
        match (&mut self.timing, facts.clock) {
            (Timing::Known(clock), None) => {
                // Measured before, or another type's clock: only the measured one is this type's.
                if self.clock_estimated {
                    clock.handle_packet(tick, &mut self.sequence);
                }
            }
            (Timing::Idle, Some(rate)) => {
                let mut clock = StreamClock::new(rate);
                clock.handle_packet(tick, &mut self.sequence);
                self.timing = Timing::Known(clock);
            }
            (Timing::Idle, None) => {
                let mut guess = Box::new(ClockGuess::new(tick));
                guess.handle_packet(tick);
                self.timing = Timing::Guessing(guess);
            }
            (Timing::Guessing(guess), None) => {
                guess.handle_packet(tick);
                if guess.is_ripe()
                    && let Some(rate) = guess.rate()
                {
                    self.settle_clock(rate);
                    self.clock_estimated = true;
                }
            }
            (_, Some(rate)) => {
                self.settle_clock(rate);
                if let Timing::Known(clock) = &mut self.timing {
                    clock.change_rate(rate);
                    clock.handle_packet(tick, &mut self.sequence);
                }
            }
        }
    }

    /// The rate is known now: goes on with the clock that ran at it from the beginning.
    fn settle_clock(&mut self, rate: ClockRate) {
        if let Timing::Guessing(_) = self.timing
            && let Timing::Guessing(guess) = std::mem::replace(&mut self.timing, Timing::Idle)
        {
            let clock = guess.into_clock(rate);
            self.timing = Timing::Known(clock.unwrap_or_else(|| StreamClock::new(rate)));
        }
    }

    /// The events of a payload: one as a rule, or several that followed each other without pause (RFC 4733 §2.5.1.5).
    fn handle_event(
        &mut self,
        p: &MeterPacket<'_>,
        payload: &[u8],
        timestamp: RtpTicks,
        clock: Option<ClockRate>,
    ) {
        /// Events of one packet.
        const MOST: usize = 8;
        let mut timestamp = timestamp;
        for (n, report) in payload.chunks_exact(4).take(MOST).enumerate() {
            let Some(event) = TelephoneEvent::parse(report) else {
                return;
            };
            if n > 0 && event.duration == 0 {
                return;
            }
            let dtmf = &mut self.seldom.get_or_insert_default().dtmf;
            dtmf.handle_event(EventPacket {
                event,
                timestamp,
                marker: p.header.marker && n == 0,
                clock,
                time: p.time,
                frame: p.frame,
            });
            // Only one that is over can be followed by another.
            if !event.end {
                return;
            }
            timestamp = RtpTicks(timestamp.0.wrapping_add(u32::from(event.duration)));
        }
    }

    /// Events within redundant payloads; their number may never come alone.
    fn handle_redundant(
        &mut self,
        p: &MeterPacket<'_>,
        facts: PayloadFacts,
        facts_of: impl Fn(PayloadType) -> PayloadFacts,
    ) {
        for block in red::blocks(p.payload) {
            let own = facts_of(block.payload_type);
            if own.role == Role::Event {
                let at = RtpTicks(p.header.timestamp.0.wrapping_sub(block.age));
                self.handle_event(p, block.payload, at, own.clock.or(facts.clock));
            }
        }
    }

    /// The meaning of the payload types became known, or changed: what was measured so far is kept.
    pub(crate) fn relabel(&mut self, facts_of: impl Fn(PayloadType) -> PayloadFacts) {
        for count in &mut self.payloads {
            let facts = facts_of(count.payload_type);
            if facts.clock.is_some() {
                count.facts = facts;
            }
        }
        let rate = self.main().and_then(|c| c.facts.clock);
        if let Some(rate) = rate {
            self.settle_clock(rate);
            if let Timing::Known(clock) = &mut self.timing {
                clock.change_rate(rate);
            }
            self.clock_estimated = false;
        }
    }

    /// True where `seq` goes on with the range in use.
    #[inline]
    pub(crate) fn continues(&self, seq: SeqNo) -> bool {
        self.sequence.continues(seq)
    }

    /// Arrival of the first packet.
    pub(crate) fn first_time(&self) -> CaptureTime {
        self.first_time
    }
    /// Frame of the first packet.
    pub(crate) fn first_frame(&self) -> FrameRef {
        self.first_frame.into()
    }
    /// Arrival of the last packet.
    #[inline]
    pub(crate) fn last_time(&self) -> CaptureTime {
        self.deltas.last()
    }
    /// Frame of the last packet.
    pub(crate) fn last_frame(&self) -> FrameRef {
        self.last_frame.into()
    }
    /// Packets so far.
    pub(crate) fn packets(&self) -> u64 {
        self.packets
    }
    /// Loss and order as of now.
    pub(crate) fn sequence(&self) -> SequenceFigures {
        self.sequence.figures()
    }

    /// Arrival, timestamp and clock of the last media packet; `None` where the clock rate is not announced.
    pub(crate) fn last_sampled(&self) -> Option<(CaptureTime, RtpTicks, ClockRate)> {
        match &self.timing {
            Timing::Known(clock) if !self.clock_estimated => {
                let (arrival, timestamp) = clock.last_sampled();
                Some((arrival, timestamp, clock.rate()))
            }
            _ => None,
        }
    }

    /// The jitter estimate; `None` where the clock rate is not known.
    pub(crate) fn jitter(&self) -> Option<&Jitter> {
        match &self.timing {
            Timing::Known(clock) => Some(clock.jitter()),
            Timing::Guessing(guess) => guess.clock().map(StreamClock::jitter),
            Timing::Idle => None,
        }
    }

    /// The clock rate in use, announced or measured.
    pub(crate) fn clock_rate(&self) -> Option<ClockRate> {
        match &self.timing {
            Timing::Known(clock) => Some(clock.rate()),
            Timing::Guessing(guess) => guess.rate(),
            Timing::Idle => None,
        }
    }
    /// Payload octets of the last packet.
    pub(crate) fn last_payload(&self) -> u32 {
        self.last_payload
    }
    /// Telephone events so far that are no key.
    pub(crate) fn tones(&self) -> u32 {
        self.seldom.as_deref().map_or(0, |s| s.dtmf.tones())
    }
    /// Takes the keys out.
    pub(crate) fn into_dtmf(self) -> Vec<DtmfEvent> {
        self.seldom.map_or_else(Vec::new, |s| s.dtmf.into_events())
    }
    /// The payload type of most media packets.
    pub(crate) fn main_payload_type(&self) -> Option<PayloadType> {
        self.main().map(|c| c.payload_type)
    }

    fn main(&self) -> Option<&PayloadCount> {
        let media = |c: &&PayloadCount| matches!(c.facts.role, Role::Media | Role::Redundant);
        // The first of equals, so that the answer does not depend on what came last.
        self.payloads
            .iter()
            .filter(media)
            .rev()
            .max_by_key(|c| c.packets)
            .or_else(|| self.payloads.first())
    }

    /// Payload types in order of first packet.
    pub(crate) fn payloads(&self) -> impl Iterator<Item = PayloadFigures> + '_ {
        let measured = match &self.timing {
            Timing::Guessing(guess) => guess.rate(),
            Timing::Known(clock) if self.clock_estimated => Some(clock.rate()),
            _ => None,
        };
        let last = self.payloads.get(usize::from(self.current));
        let last = last.map(|c| c.payload_type);
        self.payloads.iter().map(move |c| {
            let estimated = c.facts.clock.is_none() && measured.is_some();
            PayloadFigures {
                payload_type: c.payload_type,
                clock: c.facts.clock.or(measured),
                clock_estimated: estimated,
                role: c.facts.role,
                packets: c.packets,
                payload_bytes: c.payload_bytes,
                first_time: c.first_time,
                last_time: match Some(c.payload_type) == last {
                    true => self.last_time(),
                    false => c.last_time,
                },
            }
        })
    }

    /// No more packets: closes what was open.
    pub(crate) fn finish(&mut self) {
        match &mut self.timing {
            Timing::Known(clock) => clock.finish(&mut self.sequence),
            Timing::Guessing(guess) => {
                if let Some(rate) = guess.rate() {
                    self.settle_clock(rate);
                    self.clock_estimated = true;
                    if let Timing::Known(clock) = &mut self.timing {
                        clock.finish(&mut self.sequence);
                    }
                }
            }
            Timing::Idle => {}
        }
        self.close_last_share();
        if let Some(seldom) = &mut self.seldom {
            seldom.dtmf.finish();
        }
    }
}
