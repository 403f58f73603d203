//! What one stream did over time, packet by packet, thinned out for a picture.
//!
//! A trace runs the same measures as the stream's record, so its figures end where the record's do. Memory is bounded
//! by the columns and steps of the picture, whatever the stream's length.

mod curve;
mod holes;
mod wave;

pub use curve::{Curve, Point, Span};
pub use wave::Wave;

use super::figures::PayloadFacts;
use super::meter::{Expect, MeterPacket, StreamMeter};
use super::packet::MediaPacket;
use super::record::StreamRecord;
use crate::rtp::RtpHeader;
use crate::types::codec::Role;
use crate::types::{CaptureTime, ClockRate, Delta, FrameRef, PayloadType, RtpTicks};
use holes::Holes;

/// Longer waits are pauses of the sender, not jitter: they are kept apart.
pub const PAUSE: Delta = Delta::from_millis(400);
/// Delay that changes so much at once is a new clock, not the network.
const JUMP_MS: f64 = 1000.0;
/// Pauses kept.
const MOST_PAUSES: usize = 256;

/// What the packets of a column carried.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Carried {
    /// Sound or pictures.
    pub media: bool,
    /// Comfort noise.
    pub noise: bool,
    /// Keys or tones as events.
    pub event: bool,
    /// Repair data.
    pub repair: bool,
}

/// What came within one step of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// Packets that came, second copies too.
    pub packets: u32,
    /// Packets that did not come.
    pub lost: u32,
    /// Packets that came after a later one.
    pub reordered: u32,
    /// Second copies.
    pub duplicates: u32,
    /// Octets of payload.
    pub payload: u64,
    /// Octets of IP packets.
    pub ip: u64,
}

/// One stream over time.
#[derive(Debug)]
pub struct Trace {
    span: Span,
    step: Delta,
    steps_begin: CaptureTime,
    facts: Vec<(PayloadType, PayloadFacts)>,
    breaks: Box<[(FrameRef, Expect)]>,
    meter: Option<StreamMeter>,
    holes: Holes,
    before: Option<CaptureTime>,
    updates: u32,
    transit: Option<Transit>,
    /// The running jitter (RFC 3550 A.8) in ms, after each packet.
    pub jitter: Curve,
    /// Time between arrivals in ms, pauses left out.
    pub delta: Curve,
    /// Arrival against the sender's clock in ms; only differences mean something.
    pub delay: Curve,
    /// Waits longer than [`PAUSE`]: when they ended, how long they were. At most 256.
    pub pauses: Vec<(CaptureTime, Delta)>,
    /// What came, step by step.
    pub steps: Vec<Step>,
    /// Packets lost in each column, where they would have come.
    pub lost: Vec<u32>,
    /// What came in each column.
    pub carried: Vec<Carried>,
}

/// Where the sender's clock stood at the packet before.
#[derive(Clone, Copy, Debug)]
struct Transit {
    time: CaptureTime,
    timestamp: RtpTicks,
    clock: ClockRate,
    ms: f64,
}

impl Trace {
    /// For one stream; loss and rates are summed over steps of `step`, counted from `zero`.
    pub fn new(stream: &StreamRecord, span: Span, zero: CaptureTime, step: Delta) -> Trace {
        let facts = stream.payloads.iter().map(|p| {
            let role = p.codec.as_deref().map_or(Role::Media, Role::of_codec);
            let clock = p.clock;
            (
                p.payload_type,
                PayloadFacts {
                    role,
                    clock,
                    modes: None,
                },
            )
        });
        let nanos = step.as_nanos().max(1);
        let before = (span.begin - zero).as_nanos().div_euclid(nanos);
        let steps_begin = zero + Delta::from_nanos(before.saturating_mul(nanos));
        let steps = (span.end - steps_begin).as_nanos() / nanos + 1;
        Trace {
            span,
            step,
            steps_begin,
            facts: facts.collect(),
            breaks: stream.breaks.clone(),
            meter: None,
            holes: Holes::default(),
            before: None,
            updates: 0,
            transit: None,
            jitter: Curve::new(span),
            delta: Curve::new(span),
            delay: Curve::new(span),
            pauses: Vec::new(),
            steps: vec![Step::default(); usize::try_from(steps).unwrap_or(1).max(1)],
            lost: vec![0; span.columns],
            carried: vec![Carried::default(); span.columns],
        }
    }

    /// Takes the next packet of the stream, in order of arrival.
    pub fn handle_packet(&mut self, packet: &MediaPacket<'_>, header: RtpHeader) {
        let p = MeterPacket {
            time: packet.time,
            frame: packet.frame,
            header,
            payload: header.payload(packet.payload),
            lengths: packet.lengths(header.payload_len),
        };
        let facts = self.facts_of(header.payload_type);
        let meter = self.meter.get_or_insert_with(|| StreamMeter::new(&p));
        let was = meter.sequence();
        let first = meter.packets() == 0;
        let all = &self.facts;
        if let Some((_, next)) = self.breaks.iter().find(|(frame, _)| *frame == p.frame) {
            meter.expect(*next);
        }
        meter.handle_packet(&p, |pt| facts_in(all, pt));
        let now = meter.sequence();
        let jitter = meter.jitter().copied();
        let clock = meter.clock_rate();
        let time = p.time;
        let at = self.step_at(time);
        if let Some(step) = at.and_then(|at| self.steps.get_mut(at)) {
            step.packets += 1;
            step.payload += u64::from(p.lengths.payload);
            step.ip += u64::from(p.lengths.ip);
            step.duplicates += u32::try_from(now.duplicates - was.duplicates).unwrap_or(0);
            let late = now.reordered.saturating_sub(was.reordered);
            step.reordered += u32::try_from(late).unwrap_or(0);
        }
        // The first packet of a stream promises itself.
        let was_lost = if first { 0 } else { was.lost };
        if now.lost > was_lost {
            self.lose(now.lost - was_lost, header, time);
        } else if now.lost < was_lost
            && let Some(hole) = self.holes.fill(header.seq)
        {
            self.found(hole);
        }
        if let Some(jitter) = jitter
            && jitter.updates() != self.updates
        {
            self.updates = jitter.updates();
            self.jitter.push(time, jitter.current_nanos() / 1e6);
        }
        self.wait(time);
        if facts.role == Role::Media || facts.role == Role::Redundant {
            self.arrive(time, header.timestamp, clock);
        }
        let column = self.span.column(time);
        if let Some(carried) = column.and_then(|at| self.carried.get_mut(at)) {
            match facts.role {
                Role::Media | Role::Redundant => carried.media = true,
                Role::ComfortNoise => carried.noise = true,
                Role::Event => carried.event = true,
                Role::Repair => carried.repair = true,
            }
        }
        self.before = Some(time);
    }

    /// Packets that did not come so far, over the whole stream.
    pub fn lost_in_all(&self) -> u64 {
        self.meter.as_ref().map_or(0, |m| m.sequence().lost)
    }

    /// Packets so far.
    pub fn packets(&self) -> u64 {
        self.meter.as_ref().map_or(0, StreamMeter::packets)
    }

    /// The mean of the running jitter in ms, and its largest value.
    pub fn jitter_mean_max_ms(&self) -> Option<(f64, f64)> {
        let jitter = self.meter.as_ref()?.jitter()?;
        Some((jitter.mean_ms()?, jitter.max_ms()?))
    }

    /// The length of a step.
    pub fn step(&self) -> Delta {
        self.step
    }

    /// When the first step begins: not after what is shown.
    pub fn steps_begin(&self) -> CaptureTime {
        self.steps_begin
    }

    fn facts_of(&self, pt: PayloadType) -> PayloadFacts {
        facts_in(&self.facts, pt)
    }

    fn step_at(&self, time: CaptureTime) -> Option<usize> {
        self.span.column(time)?;
        let nanos = (time - self.steps_begin).as_nanos();
        let at = usize::try_from(nanos / self.step.as_nanos().max(1)).ok()?;
        Some(at.min(self.steps.len().saturating_sub(1)))
    }

    /// Puts lost packets where they would have come: evenly between the packet before and this one.
    fn lose(&mut self, count: u64, header: RtpHeader, time: CaptureTime) {
        let from = self.before.unwrap_or(time);
        let wait = i128::from((time - from).as_nanos());
        for n in 1..=count {
            let part = wait * i128::from(n) / i128::from(count + 1);
            let when = from + Delta::from_nanos(i64::try_from(part).unwrap_or(0));
            let (column, step) = (self.span.column(when), self.step_at(when));
            if let Some(lost) = column.and_then(|at| self.lost.get_mut(at)) {
                *lost += 1;
            }
            if let Some(step) = step.and_then(|at| self.steps.get_mut(at)) {
                step.lost += 1;
            }
            self.holes.open(header.seq, count + 1 - n, column, step);
        }
    }

    fn found(&mut self, (column, step): (Option<usize>, Option<usize>)) {
        if let Some(lost) = column.and_then(|at| self.lost.get_mut(at)) {
            *lost = lost.saturating_sub(1);
        }
        if let Some(step) = step.and_then(|at| self.steps.get_mut(at)) {
            step.lost = step.lost.saturating_sub(1);
        }
    }

    fn wait(&mut self, time: CaptureTime) {
        let Some(before) = self.before else {
            return;
        };
        let wait = time - before;
        if wait > PAUSE {
            self.delta.cut();
            if self.pauses.len() < MOST_PAUSES && self.span.column(time).is_some() {
                self.pauses.push((time, wait));
            }
        } else if !wait.is_negative() {
            self.delta.push(time, wait.as_millis_f64());
        }
    }

    fn arrive(&mut self, time: CaptureTime, timestamp: RtpTicks, clock: Option<ClockRate>) {
        let Some(clock) = clock else {
            return;
        };
        let here = |ms| Transit {
            time,
            timestamp,
            clock,
            ms,
        };
        let Some(before) = self.transit else {
            self.transit = Some(here(0.0));
            self.delay.push(time, 0.0);
            return;
        };
        let ticks = f64::from(timestamp.distance_from(before.timestamp));
        let sent = ticks * 1000.0 / f64::from(clock.hz());
        let change = (time - before.time).as_millis_f64() - sent;
        let is_new = clock != before.clock || change.abs() > JUMP_MS;
        let ms = if is_new {
            before.ms
        } else {
            before.ms + change
        };
        if is_new {
            self.delay.cut();
        }
        self.transit = Some(here(ms));
        self.delay.push(time, ms);
    }
}

fn facts_in(facts: &[(PayloadType, PayloadFacts)], pt: PayloadType) -> PayloadFacts {
    let known = facts.iter().find(|(own, _)| *own == pt);
    known.map_or_else(PayloadFacts::default, |(_, facts)| *facts)
}
