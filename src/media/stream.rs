//! One open stream: its place in the tables, its binding, its measures.

use super::binding::Binding;
use super::codecs_apart::{Rated, codecs_apart, rated_apart};
use super::early::Early;
use super::figures::{PayloadFacts, StreamFigures};
use super::measure::quality::QualityFigures;
use super::meter::{CodecName, MeterPacket, StreamMeter};
use super::points::{Points, Settled};
use super::record::{BindMethod, PayloadSeen, Setup, StreamHandle, StreamRecord};
use super::relay::Relay;
use super::rtcp_state::RtcpState;
use super::tones::{Listening, ToneWatch, listening};
use crate::decode::Stack;
use crate::rtp::Format;
use crate::types::codec::{self, Role, registered_name};
use crate::types::{
    CaptureTime, ClockRate, Delta, Flow, Hearing, PayloadType, SourceId, Ssrc, StreamNo,
};
use std::sync::Arc;

/// The stream before on the same flow counts as continued when it stopped no later than this after
/// the new one began.
const HANDOVER: Delta = Delta::from_millis(500);

/// A silence of this or more divides what a source says.
const PAUSE: Delta = Delta::from_secs(1);

/// An open stream.
#[derive(Debug)]
pub(super) struct Stream {
    pub(super) flow: Flow,
    pub(super) ssrc: Ssrc,
    /// Layers of the first packet.
    pub(super) stack: Stack,
    /// The next older stream of the same flow.
    pub(super) next: Option<u32>,
    pub(super) handle: StreamHandle,
    /// Order number of the first packet.
    pub(super) order: u64,
    pub(super) meter: StreamMeter,
    pub(super) binding: Option<Box<Binding>>,
    pub(super) no: Option<StreamNo>,
    pub(super) rtcp: Option<Box<RtcpState>>,
    pub(super) icmp: u32,
    /// From its first packet to the first after its last pause, in milliseconds.
    pub(super) spoke_after_ms: u32,
    /// Where it stood when its call was answered.
    pub(super) early: Option<Box<Early>>,
    pub(super) before: Before,
    /// Listed among those an announcement may still bind, or bind better.
    pub(super) listed: bool,
    /// Another call announced one of its ends: each packet may be that call's.
    pub(super) contested: bool,
    /// Several points saw it, each with a meter of its own.
    pub(super) split: bool,
    /// The file its meter measures; of several parts the newest.
    pub(super) source: SourceId,
    /// TTL of the first packet.
    pub(super) ttl: u8,
    pub(super) points: Option<Box<Points>>,
    /// Listens for keys in its sound, where they may be.
    pub(super) tones: Option<Box<ToneWatch>>,
    /// The TURN relay its packets came out of.
    pub(super) relay: Option<Box<Relay>>,
    /// It was announced before its first packet: its begin is in the capture.
    pub(super) announced: bool,
}

/// The stream of another SSRC that was on the flow before.
#[derive(Clone, Copy, Debug)]
pub(super) enum Before {
    Nothing,
    /// Slot and handle.
    Open(u32, StreamHandle),
    /// Closed since, under this number.
    Closed(StreamNo),
}

/// The payload-type meaning a binding gives: the receiver's word, the static table, the sender's word.
pub(super) fn facts_of(binding: Option<&Binding>, pt: PayloadType) -> PayloadFacts {
    match format_of(binding, pt) {
        Some(Named::Format(f)) => PayloadFacts {
            role: Role::of_codec(&f.codec),
            clock: f.clock,
            modes: match binding.is_some_and(|b| b.encrypted) {
                true => None,
                false => codec::find(&f.codec).and_then(|c| c.framing(f.fmtp.as_deref())),
            },
        },
        Some(Named::Static(name, clock, _)) => PayloadFacts {
            role: Role::of_codec(name),
            clock,
            modes: None,
        },
        None => PayloadFacts::default(),
    }
}

pub(super) enum Named<'a> {
    Format(&'a Format),
    Static(&'static str, Option<ClockRate>, Option<u8>),
}

pub(super) fn format_of(binding: Option<&Binding>, pt: PayloadType) -> Option<Named<'_>> {
    let (receiver, sender) = match binding {
        Some(b) => (b.receiver.as_ref(), b.sender.as_ref()),
        None => (None, None),
    };
    if let Some(f) = receiver.and_then(|map| map.format(pt)) {
        return Some(Named::Format(f));
    }
    if let Some((codec, fixed)) = codec::fixed(pt) {
        return Some(Named::Static(codec.name, fixed.clock(), fixed.channels));
    }
    sender?.format(pt).map(Named::Format)
}

/// Encoding name, clock and channels of a payload type.
fn sound_format(binding: Option<&Binding>, pt: PayloadType) -> Option<(&str, u32, Option<u8>)> {
    match format_of(binding, pt)? {
        Named::Format(f) => Some((&f.codec, f.clock?.hz(), f.channels)),
        Named::Static(name, clock, channels) => Some((name, clock?.hz(), channels)),
    }
}

impl Stream {
    /// Octets an open stream takes; what it shares or seldom has (formats, RTCP, keys) comes on top.
    #[cfg(test)]
    pub(super) const SIZE: usize = size_of::<Stream>();

    /// Takes an RTP packet of this stream.
    #[inline]
    pub(super) fn handle_packet(&mut self, p: &MeterPacket<'_>) {
        let binding = self.binding.as_deref();
        self.meter.handle_packet(p, |pt| facts_of(binding, pt));
        if let Some(tones) = &mut self.tones {
            tones.handle_packet(p, |pt| sound_format(binding, pt));
        }
    }

    /// Listens for keys in its sound as closely as its binding and the user ask for.
    pub(super) fn listen(&mut self, hearing: Hearing) {
        let how = listening(self.binding.as_deref(), hearing);
        match &mut self.tones {
            Some(tones) if how == Listening::Off && tones.is_idle() => self.tones = None,
            Some(tones) => tones.forget_formats(),
            None if how == Listening::Off => {}
            none => *none = Some(Box::new(ToneWatch::new(how))),
        }
    }

    /// Belongs to a call now, or to it by a better rule.
    pub(super) fn bind(&mut self, binding: Binding) {
        let binding = self.binding.insert(Box::new(binding));
        self.meter.relabel(|pt| facts_of(Some(binding), pt));
        self.relabel_points();
    }

    /// The packet that came at `time` ended a silence of `silent`.
    pub(super) fn handle_silence(&mut self, silent: Delta, time: CaptureTime) {
        if silent >= PAUSE {
            let ms = (time - self.meter.first_time()).as_nanos().max(0) / 1_000_000;
            self.spoke_after_ms = u32::try_from(ms).unwrap_or(u32::MAX);
        }
    }

    /// Since when it speaks without a pause of a second.
    pub(super) fn speaks_since(&self) -> CaptureTime {
        self.meter.first_time() + Delta::from_millis(self.spoke_after_ms.into())
    }

    pub(super) fn rtcp_mut(&mut self) -> &mut RtcpState {
        self.rtcp.get_or_insert_default()
    }

    /// True where `before` stopped when this one began.
    pub(super) fn took_over_from(&self, before_last: CaptureTime) -> bool {
        before_last <= self.meter.first_time() + HANDOVER
    }

    /// The finished stream; `meter.finish()` has been called.
    pub(super) fn into_record(
        mut self,
        no: StreamNo,
        continues: Option<StreamNo>,
        settled: Settled,
    ) -> StreamRecord {
        if let (Some(rtcp), Some(loss)) = (&mut self.rtcp, settled.loss) {
            rtcp.set_loss(loss);
        }
        let binding = self.binding;
        let b = binding.as_deref();
        let encrypted = b.is_some_and(|b| b.encrypted);
        let main = self.meter.main_payload_type();
        let named = main.and_then(|pt| format_of(b, pt));
        let (name, fmtp) = match &named {
            Some(Named::Format(f)) => (Some(&*f.codec), f.fmtp.as_deref()),
            Some(Named::Static(name, ..)) => (Some(*name), None),
            None => (None, None),
        };
        let mut figures = self.meter.figures(CodecName {
            name,
            fmtp,
            encrypted,
        });
        if figures.packets == 1 {
            figures.quality = QualityFigures::unrated("one packet is not rated".into());
        } else if name.is_none() && b.is_none() {
            figures.quality.reason = main.map(|pt| {
                format!("codec unknown: payload type {pt} is dynamic and no SDP was seen for it")
            });
        }
        if let Some(sent) = settled.none_of {
            figures = StreamFigures::of_none(sent, figures.duration_s);
        }
        let rated_apart = rated_apart(&self.meter, b, encrypted);
        let told_apart = rated_apart.as_ref().filter(|_| settled.none_of.is_none());
        if let Some(rated) = told_apart {
            let each: Vec<_> = rated.iter().map(Rated::told).collect();
            figures.quality = QualityFigures::unrated(codecs_apart(&each));
        }
        let is_told_apart =
            |pt| told_apart.is_some_and(|rated| rated.iter().any(|r| r.payload_type == pt));
        let rating_of = |pt: PayloadType| {
            let mut rated = rated_apart.iter().flatten();
            rated.find(|r| r.payload_type == pt)?.rating
        };
        let payloads = self
            .meter
            .payloads()
            .map(|p| {
                let codec = match format_of(b, p.payload_type) {
                    Some(Named::Format(f)) => Some(match registered_name(&f.codec) {
                        Some(name) if name != &*f.codec => Arc::from(name),
                        _ => f.codec.clone(),
                    }),
                    Some(Named::Static(name, ..)) => Some(Arc::from(name)),
                    None if p.role == Role::Event => Some(Arc::from("telephone-event")),
                    None => None,
                };
                let channels = match format_of(b, p.payload_type) {
                    Some(Named::Format(f)) => f.channels,
                    Some(Named::Static(_, _, channels)) => channels,
                    None => None,
                };
                let assumed = p.role == Role::Event && format_of(b, p.payload_type).is_none();
                PayloadSeen {
                    payload_type: p.payload_type,
                    codec,
                    clock: p.clock,
                    channels,
                    estimated: p.clock_estimated || assumed,
                    packets: p.packets,
                    payload_bytes: p.payload_bytes,
                    first_time: p.first_time,
                    last_time: p.last_time,
                    is_main: main == Some(p.payload_type),
                    is_rated_apart: is_told_apart(p.payload_type),
                    rating: rating_of(p.payload_type),
                }
            })
            .collect();
        let clock = self.meter.clock_rate();
        let point = (!settled.points.is_empty()).then(|| self.meter.first_frame().source);
        let extra = self.meter.take_extra(figures.jitter_max_ms.is_some());
        // Time tells the call and no description of it.
        let described = b.filter(|b| b.method != BindMethod::Timing);
        StreamRecord {
            no,
            handle: self.handle,
            flow: self.flow,
            stack: self.stack,
            ssrc: self.ssrc,
            relay: self.relay.map(|r| *r),
            call: b.map(|b| b.call),
            from: b.and_then(|b| b.from),
            kind: b.and_then(|b| b.kind),
            hop: described.map(|b| b.hop),
            media_index: described.map(|b| b.media_index),
            payloads,
            setup: b.map_or(Setup::Heuristic, |b| b.method.setup()),
            bind_method: b.map(|b| b.method),
            nat_rewritten: b.is_some_and(|b| b.method.nat_rewritten()),
            setup_frame: b.and_then(|b| b.setup_frame),
            encrypted,
            counted: settled.counted.unwrap_or(figures.packets),
            points: settled.points,
            first_time: self.meter.first_time(),
            last_time: self.meter.last_time(),
            first_frame: self.meter.first_frame(),
            last_frame: self.meter.last_frame(),
            last_payload: self.meter.last_payload(),
            figures,
            rtcp: self.rtcp.map(|r| Box::new(r.figures(clock, point))),
            icmp_unreachable: self.icmp,
            early: self.early.map(|early| *early),
            continues,
            tones: self.meter.tones(),
            breaks: self.meter.breaks(),
            extra,
            dtmf: self.meter.into_dtmf(),
            heard: self.tones.map_or_else(Vec::new, |t| t.into_keys()),
            sound: None,
        }
    }
}
