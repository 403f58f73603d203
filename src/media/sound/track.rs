//! One stream's sound on the time line of the capture.
//!
//! RTP timestamps say where sound stands against the sound before it, arrival says where the first of it stands in
//! the capture: the earliest that the packets of the first second allow. So jitter is not heard, a pause between
//! talkspurts keeps its length, and the sound of two streams is aligned as the capture point saw it. The place is
//! settled anew where timestamps jump, and where the sender's clock has drifted 40 ms from the capture's.

use super::sequence::{Ordered, Sequencer, SoundPacket};
use super::{NoSound, SoundDecoder, SoundFormat, decoder};
use crate::rtp::red;
use crate::types::codec::{self, Role};
use crate::types::{CaptureTime, ClockRate, Delta, PayloadType, RtpTicks};
use std::collections::VecDeque;
use std::sync::Arc;

/// Timestamps that disagree so much with arrival, and with what was sent before, have jumped.
const JUMP: Delta = Delta::from_millis(500);
/// So far a sender's clock may run away before its sound is moved.
const DRIFT: Delta = Delta::from_millis(40);
/// What the drift is measured over.
const DRIFT_WINDOW: Delta = Delta::from_secs(10);
/// Packets looked at to place the first.
const LOOK_AHEAD: usize = 50;
/// Longest loss that is concealed; the rest of it is silence.
const LONGEST_CONCEALED: Delta = Delta::from_secs(1);

/// A payload type of the stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrackFormat {
    /// Its number.
    pub payload_type: PayloadType,
    /// Encoding name; `None` for a dynamic type that no SDP names.
    pub codec: Option<Arc<str>>,
    /// RTP clock.
    pub clock: Option<ClockRate>,
    /// Audio channels.
    pub channels: Option<u8>,
}

/// Sound in its place.
#[derive(Debug)]
pub struct Piece<'a> {
    /// When its first sample stands in the capture.
    pub time: CaptureTime,
    /// Samples a second.
    pub rate: u32,
    /// It follows the piece before without a gap.
    pub continues: bool,
    /// One channel.
    pub samples: &'a [i16],
}

/// What was made of a stream's packets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrackFigures {
    /// Packets that gave sound.
    pub heard: u64,
    /// Encoding names of what gave it, in order of first sound.
    pub codecs: Vec<Arc<str>>,
    /// Packets that did not come.
    pub lost: u64,
    /// Packets of events, comfort noise and repair: silence here.
    pub beside: u64,
    /// Packets nothing here decodes, and why; one entry a payload type.
    pub undecoded: Vec<(PayloadType, NoSound, u64)>,
    /// Times the sound was moved: timestamps jumped, or a clock had drifted.
    pub moved: u64,
}

struct Voice {
    format: TrackFormat,
    role: Role,
    decoder: Result<Box<dyn SoundDecoder>, NoSound>,
}

impl Voice {
    fn of(format: TrackFormat) -> Self {
        let decoder = decoder(SoundFormat {
            codec: format.codec.as_deref(),
            clock: format.clock,
            channels: format.channels,
        });
        let role = format.codec.as_deref().map_or(Role::Media, Role::of_codec);
        Voice {
            format,
            role,
            decoder,
        }
    }
}

/// What RFC 3551 says of a payload type that nobody described.
fn static_format(payload_type: PayloadType) -> TrackFormat {
    let fixed = codec::fixed(payload_type);
    TrackFormat {
        payload_type,
        codec: fixed.map(|(codec, _)| codec.name.into()),
        clock: fixed.and_then(|(_, own)| own.clock()),
        channels: fixed.and_then(|(_, own)| own.channels),
    }
}

/// Where timestamps stand in the capture.
#[derive(Clone, Copy, Debug)]
struct Anchor {
    timestamp: RtpTicks,
    time: CaptureTime,
    clock: ClockRate,
}

impl Anchor {
    fn time_of(&self, timestamp: RtpTicks) -> CaptureTime {
        self.time + ticks(timestamp.distance_from(self.timestamp), self.clock)
    }
}

fn ticks(ticks: i32, clock: ClockRate) -> Delta {
    Delta::from_nanos(i64::from(ticks) * 1_000_000_000 / i64::from(clock.hz()))
}

/// Samples of that many ticks.
fn samples_of(ticks: i64, rate: u32, clock: ClockRate) -> usize {
    let samples = ticks.max(0) * i64::from(rate) / i64::from(clock.hz());
    usize::try_from(samples).unwrap_or(0)
}

/// The packet before.
#[derive(Clone, Copy, Debug)]
struct Before {
    timestamp: RtpTicks,
    time: CaptureTime,
    /// Ticks of its sound.
    ticks: i64,
    payload_type: PayloadType,
}

/// Puts the packets of a stream in order, decodes them and says where their sound stands. It holds a second of
/// packets.
pub struct Track {
    voices: Vec<Voice>,
    sequencer: Sequencer,
    /// In order, until the packets behind them are known.
    ahead: VecDeque<Ordered>,
    anchor: Option<Anchor>,
    before: Option<Before>,
    /// Begin of the drift window, and the least delay in it.
    drift: Option<(CaptureTime, Delta)>,
    conceals: bool,
    broken: bool,
    samples: Vec<i16>,
    figures: TrackFigures,
}

impl Track {
    /// For a stream with these payload types; `conceals`: sound is made up for lost packets, else they are silence.
    pub fn new(formats: impl IntoIterator<Item = TrackFormat>, conceals: bool) -> Self {
        Track {
            voices: formats.into_iter().map(Voice::of).collect(),
            sequencer: Sequencer::default(),
            ahead: VecDeque::new(),
            anchor: None,
            before: None,
            drift: None,
            conceals,
            broken: true,
            samples: Vec::new(),
            figures: TrackFigures::default(),
        }
    }

    /// The highest rate that its sound may have; `None` where nothing of it is decoded.
    pub fn rate(&self) -> Option<u32> {
        let decoders = self.voices.iter().filter_map(|v| v.decoder.as_ref().ok());
        decoders.map(|d| d.rate()).max()
    }

    /// Takes a packet; what is ready goes to `sink`, in the order of sending.
    pub fn handle_packet<E>(
        &mut self,
        packet: SoundPacket,
        sink: &mut dyn FnMut(&Piece<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.sequencer.handle_packet(packet);
        self.go_on(LOOK_AHEAD, sink)
    }

    /// Nothing more comes: the rest goes to `sink`.
    pub fn finish<E>(
        &mut self,
        sink: &mut dyn FnMut(&Piece<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.sequencer.finish();
        self.go_on(0, sink)
    }

    /// What was made of the packets so far.
    pub fn figures(&self) -> &TrackFigures {
        &self.figures
    }

    fn go_on<E>(
        &mut self,
        keep: usize,
        sink: &mut dyn FnMut(&Piece<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        while let Some(next) = self.sequencer.poll() {
            self.ahead.push_back(next);
        }
        while self.ahead.len() > keep {
            let Some(next) = self.ahead.pop_front() else {
                return Ok(());
            };
            self.place(next, sink)?;
        }
        Ok(())
    }

    fn voice(&self, payload_type: PayloadType) -> Option<usize> {
        let mut voices = self.voices.iter();
        voices.position(|v| v.format.payload_type == payload_type)
    }

    fn clock_of(&self, payload_type: PayloadType) -> Option<ClockRate> {
        self.voices.get(self.voice(payload_type)?)?.format.clock
    }

    fn place<E>(
        &mut self,
        ordered: Ordered,
        sink: &mut dyn FnMut(&Piece<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let Ordered { packet, missing } = ordered;
        self.figures.lost += u64::from(missing.unwrap_or(0));
        let (payload_type, payload) = unpacked(&packet, &self.voices);
        // It keeps the way through a NAT open (RFC 6263 §4.2).
        if payload.is_empty() {
            return Ok(());
        }
        let at = match self.voice(payload_type) {
            Some(at) => at,
            // Within redundant audio is what the stream itself never carries.
            None => {
                self.voices.push(Voice::of(static_format(payload_type)));
                self.voices.len() - 1
            }
        };
        let clock = self.clock_of(payload_type).or(self.anchor.map(|a| a.clock));
        let jumped = self.has_jumped(&packet, missing);
        let Some(voice) = self.voices.get_mut(at) else {
            return Ok(());
        };
        let (decoder, clock) = match (&mut voice.decoder, clock) {
            (Ok(decoder), Some(clock)) => (decoder, clock),
            (Err(why), _) => {
                if voice.role.is_auxiliary() {
                    self.figures.beside += 1;
                } else {
                    let mut known = self.figures.undecoded.iter_mut();
                    match known.find(|(pt, ..)| *pt == payload_type) {
                        Some((.., count)) => *count += 1,
                        None => {
                            let row = (payload_type, why.clone(), 1);
                            self.figures.undecoded.push(row);
                        }
                    }
                }
                // Sound that follows an event follows its time.
                if let Some(before) = self.before.as_mut().filter(|_| !jumped) {
                    (before.timestamp, before.time) = (packet.timestamp, packet.time);
                    before.ticks = 0;
                }
                self.broken = true;
                return Ok(());
            }
            (Ok(_), None) => return Ok(()),
        };
        let rate = decoder.rate();
        let jumped = jumped || self.anchor.is_some_and(|a| a.clock != clock);
        if let (Some(before), Some(anchor), false) = (self.before, self.anchor, jumped) {
            let lost = i64::from(missing.unwrap_or(0));
            let step = i64::from(packet.timestamp.distance_from(before.timestamp));
            let gap = (step - before.ticks).min(lost.saturating_mul(before.ticks));
            let most = samples_of(i64::from(clock.hz()), rate, clock);
            let gap = samples_of(gap, rate, clock);
            let longest = LONGEST_CONCEALED.as_nanos() / 1_000_000_000 * most as i64;
            let gap = gap.min(usize::try_from(longest).unwrap_or(0));
            // The decoder learns of the loss in any case.
            if gap > 0 && before.payload_type == payload_type {
                self.samples.clear();
                decoder.conceal(gap, &mut self.samples);
                if self.conceals {
                    let after =
                        Delta::from_nanos(before.ticks * 1_000_000_000 / i64::from(clock.hz()));
                    sink(&Piece {
                        time: anchor.time_of(before.timestamp) + after,
                        rate,
                        continues: !self.broken,
                        samples: &self.samples,
                    })?;
                } else {
                    self.broken = true;
                }
            }
        }
        self.samples.clear();
        decoder.decode(payload, &mut self.samples);
        if !self.samples.is_empty() {
            self.figures.heard += 1;
            let known = self.figures.codecs.as_slice();
            if let Some(name) = voice.format.codec.as_ref().filter(|c| !known.contains(c)) {
                self.figures.codecs.push(name.clone());
            }
        }
        if jumped || self.anchor.is_none() {
            self.figures.moved += u64::from(self.anchor.is_some());
            self.anchor = Some(self.anchor_at(&packet, clock));
            self.drift = None;
            self.broken = true;
        }
        let Some(anchor) = self.follow_drift(&packet) else {
            return Ok(());
        };
        let ticks = self.samples.len() as i64 * i64::from(clock.hz()) / i64::from(rate.max(1));
        let step = |b: &Before| i64::from(packet.timestamp.distance_from(b.timestamp));
        let continues = !self.broken
            && self.before.as_ref().is_some_and(|b| {
                let concealed = self.conceals && missing.is_some_and(|m| m > 0);
                step(b) == b.ticks
                    || (concealed && step(b) <= b.ticks * (1 + i64::from(missing.unwrap_or(0))))
            });
        self.broken = false;
        if !self.samples.is_empty() {
            sink(&Piece {
                time: anchor.time_of(packet.timestamp),
                rate,
                continues,
                samples: &self.samples,
            })?;
        }
        self.before = Some(Before {
            timestamp: packet.timestamp,
            time: packet.time,
            ticks,
            payload_type,
        });
        Ok(())
    }

    /// Neither arrival nor the sound before explains its timestamp.
    fn has_jumped(&self, packet: &SoundPacket, missing: Option<u32>) -> bool {
        let (Some(before), Some(anchor)) = (self.before, self.anchor) else {
            return false;
        };
        let step = packet.timestamp.distance_from(before.timestamp);
        let sent = (i64::from(missing.unwrap_or(0)) + 1).saturating_mul(before.ticks);
        if missing.is_some() && i64::from(step) == sent {
            return false;
        }
        let apart = ticks(step, anchor.clock) - (packet.time - before.time);
        missing.is_none() && apart.abs() > DRIFT || apart.abs() > JUMP
    }

    /// The earliest place that it and the packets behind it allow.
    fn anchor_at(&self, packet: &SoundPacket, clock: ClockRate) -> Anchor {
        let mut time = packet.time;
        let mut last = (packet.timestamp, packet.time);
        for ordered in &self.ahead {
            let p = &ordered.packet;
            let step = ticks(p.timestamp.distance_from(last.0), clock);
            if ordered.missing.is_none() || (step - (p.time - last.1)).abs() > JUMP {
                break;
            }
            let since = ticks(p.timestamp.distance_from(packet.timestamp), clock);
            time = time.min(p.time - since);
            last = (p.timestamp, p.time);
        }
        Anchor {
            timestamp: packet.timestamp,
            time,
            clock,
        }
    }

    /// The anchor, moved where the least delay of ten seconds tells that a clock has run away.
    fn follow_drift(&mut self, packet: &SoundPacket) -> Option<Anchor> {
        let anchor = self.anchor.as_mut()?;
        // Distances of timestamps are right for half their range only: 37 hours of 16 kHz, 12 of 48.
        let time = anchor.time_of(packet.timestamp);
        (anchor.timestamp, anchor.time) = (packet.timestamp, time);
        let delay = packet.time - time;
        match &mut self.drift {
            Some((begin, least)) => {
                *least = (*least).min(delay);
                if packet.time - *begin >= DRIFT_WINDOW {
                    if least.abs() >= DRIFT {
                        anchor.time = anchor.time + *least;
                        self.figures.moved += 1;
                        self.broken = true;
                    }
                    self.drift = None;
                }
            }
            None => self.drift = Some((packet.time, delay)),
        }
        Some(*anchor)
    }
}

/// The sound of a packet: of redundant audio (RFC 2198) its newest block.
fn unpacked<'a>(packet: &'a SoundPacket, voices: &[Voice]) -> (PayloadType, &'a [u8]) {
    let is_red = voices
        .iter()
        .any(|v| v.format.payload_type == packet.payload_type && v.role == Role::Redundant);
    let newest = red::blocks(&packet.payload)
        .filter(|_| is_red)
        .find(|block| block.age == 0);
    match newest {
        Some(block) => (block.payload_type, block.payload),
        None => (packet.payload_type, &packet.payload),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::SeqNo;
    use std::convert::Infallible;

    /// A packet of 20 ms of G.711 that arrives at `ms`, all of one octet.
    fn packet(seq: u16, timestamp: u32, ms: i64, octet: u8) -> SoundPacket {
        SoundPacket {
            seq: SeqNo(seq),
            timestamp: RtpTicks(timestamp),
            payload_type: PayloadType::new(0).unwrap(),
            time: CaptureTime::from_nanos(ms * 1_000_000),
            payload: vec![octet; 160],
        }
    }

    fn pcmu() -> TrackFormat {
        TrackFormat {
            payload_type: PayloadType::new(0).unwrap(),
            codec: Some("PCMU".into()),
            clock: ClockRate::new(8000),
            channels: Some(1),
        }
    }

    /// Begin in milliseconds, samples and whether it continues, for each piece.
    fn pieces(
        packets: Vec<SoundPacket>,
        conceals: bool,
    ) -> (Vec<(i64, usize, bool)>, TrackFigures) {
        let mut track = Track::new([pcmu()], conceals);
        let mut out = Vec::new();
        let mut sink = |p: &Piece<'_>| {
            out.push((p.time.as_nanos() / 1_000_000, p.samples.len(), p.continues));
            Ok::<(), Infallible>(())
        };
        for p in packets {
            track.handle_packet(p, &mut sink).unwrap();
        }
        track.finish(&mut sink).unwrap();
        (out, track.figures().clone())
    }

    #[test]
    fn jitter_is_not_heard_and_the_least_delayed_packet_gives_the_place() {
        // Sent at 0, 20, 40, 60; delays 15, 5, 9, 30: all stands 5 ms after it was sent.
        let arrivals = [15, 25, 49, 90];
        let sent = (0..4u16)
            .map(|n| packet(n, 160 * u32::from(n), arrivals[usize::from(n)], 0xff))
            .collect();
        let (got, figures) = pieces(sent, false);
        let begins: Vec<i64> = got.iter().map(|p| p.0).collect();
        assert_eq!(begins, [5, 25, 45, 65]);
        assert_eq!((figures.heard, figures.lost, figures.moved), (4, 0, 0));
        assert_eq!(
            got.iter().map(|p| p.2).collect::<Vec<_>>(),
            [false, true, true, true]
        );
    }

    #[test]
    fn a_lost_packet_is_a_gap_or_made_up() {
        let sent = || vec![packet(0, 0, 0, 0x80), packet(2, 320, 40, 0x80)];
        let (got, figures) = pieces(sent(), false);
        assert_eq!(
            (got, figures.lost),
            (vec![(0, 160, false), (40, 160, false)], 1)
        );
        let (got, _) = pieces(sent(), true);
        assert_eq!(got, [(0, 160, false), (20, 160, true), (40, 160, true)]);
    }

    #[test]
    fn a_pause_without_loss_keeps_its_length_and_is_not_filled() {
        let sent = vec![packet(0, 0, 0, 0x80), packet(1, 8000, 1003, 0x80)];
        let (got, figures) = pieces(sent, true);
        assert_eq!(got, [(0, 160, false), (1000, 160, false)]);
        assert_eq!((figures.lost, figures.moved), (0, 0));
    }

    #[test]
    fn where_timestamps_jump_arrival_gives_the_place() {
        let sent = vec![
            packet(0, 0, 0, 0x80),
            packet(1, 160, 20, 0x80),
            packet(2, 4_000_000, 44, 0x80),
            packet(3, 4_000_160, 60, 0x80),
        ];
        let (got, figures) = pieces(sent, false);
        // Packet 3 tells that the new time begins at 40.
        let begins: Vec<i64> = got.iter().map(|p| p.0).collect();
        assert_eq!((begins, figures.moved), (vec![0, 20, 40, 60], 1));
    }

    #[test]
    fn a_standstill_of_the_network_moves_nothing() {
        // 1 s of packets arrives at once, after 3 s.
        let mut sent: Vec<_> = (0..50u16)
            .map(|n| packet(n, 160 * u32::from(n), 20 * i64::from(n), 0x80))
            .collect();
        sent.extend((50..200u16).map(|n| packet(n, 160 * u32::from(n), 4000, 0x80)));
        let (got, figures) = pieces(sent, false);
        assert_eq!((got[199].0, figures.moved), (3980, 0));
    }

    #[test]
    fn a_clock_that_runs_away_is_followed() {
        // 1000 ppm slow: 20.02 ms a packet; 40 ms off after 40 s.
        let sent = (0..6000u32)
            .map(|n| {
                let mut p = packet(n as u16, 160 * n, 0, 0x80);
                p.time = CaptureTime::from_nanos(i64::from(n) * 20_020_000);
                p
            })
            .collect();
        let (got, figures) = pieces(sent, false);
        assert!(figures.moved >= 2, "{}", figures.moved);
        let last = got.last().unwrap().0;
        // Arrival of the last: 5999 × 20.02 = 120 099.98 ms.
        assert!((120_099 - last).abs() <= 60, "{last}");
    }

    #[test]
    fn of_redundant_audio_the_newest_block_is_heard() {
        let red = TrackFormat {
            payload_type: PayloadType::new(100).unwrap(),
            codec: Some("red".into()),
            clock: ClockRate::new(8000),
            channels: None,
        };
        let mut track = Track::new([red], false);
        let mut heard = Vec::new();
        let mut sink = |p: &Piece<'_>| {
            heard.extend_from_slice(p.samples);
            Ok::<(), Infallible>(())
        };
        let mut p = packet(0, 0, 0, 0);
        p.payload_type = PayloadType::new(100).unwrap();
        // One octet of PCMU that is 160 ticks old, then one of now (RFC 2198 §3).
        p.payload = vec![0x80, 0x02, 0x80, 1, 0, 0xff, 0x80];
        track.handle_packet(p, &mut sink).unwrap();
        track.finish(&mut sink).unwrap();
        assert_eq!(heard, [32124]);
    }

    #[test]
    fn what_is_not_decoded_is_counted_with_its_reason() {
        let mut empty = packet(2, 320, 40, 0);
        empty.payload.clear();
        let mut unknown = packet(0, 0, 0, 0);
        unknown.payload_type = PayloadType::new(99).unwrap();
        let (got, figures) = pieces(vec![unknown, packet(1, 160, 20, 0), empty], false);
        assert_eq!((got.len(), figures.heard), (1, 1));
        assert_eq!(figures.undecoded.len(), 1);
        assert_eq!(figures.undecoded[0].1, NoSound::Unnamed);
    }
}
