//! The sound of one stream on its way to the detector: in order, and only where it may hold a key.

use super::detector::{Detector, Heard};
use super::law::Law;
use super::screen::may_be_key;
use crate::media::binding::Binding;
use crate::media::measure::dtmf::MAX_EVENTS;
use crate::media::meter::MeterPacket;
use crate::media::sound::{SoundDecoder, SoundFormat, decoder};
use crate::types::codec::Role;
use crate::types::{
    CaptureTime, ClockRate, Delta, FrameRef, Hearing, MediaKind, PayloadType, RtpTicks,
};

/// Payload types of one stream whose meaning is kept.
const MAX_VOICES: usize = 8;
/// Packets that wait for one before them.
const MAX_HELD: usize = 8;
/// Octets of a packet that are kept, in either case.
const MAX_OCTETS: usize = 4096;
/// A packet waits so long for one before it.
const WAIT: Delta = Delta::from_millis(300);
/// Samples of G.711 between two looks of the screen: 60 ms. With packets of 20 ms a key of 90 ms always has one that is
/// all tone, and enough behind it.
const LOOK_EVERY: usize = 480;
/// After something that may be a key every packet is listened to for so long, in samples of G.711: 3 s.
const LISTEN_ON: usize = 24_000;
/// Samples of a packet that are looked at as a window, and how many that takes.
const LOOK: usize = 240;
const SHORT: usize = 150;
/// Timestamps further apart than this many seconds do not follow on each other.
const FAR_S: i64 = 4;

/// A key heard in the sound.
#[derive(Clone, Debug, PartialEq)]
pub struct ToneKey {
    /// `0` to `9`, `*`, `#`, `A` to `D`.
    pub digit: char,
    /// When it began, by the arrival of the packet.
    pub time: CaptureTime,
    /// The packet in which it began.
    pub frame: FrameRef,
    /// Length in milliseconds, within a few; `None` where listening began in the midst of it.
    pub duration_ms: Option<f64>,
    /// Power of both tones, in dBm0.
    pub level_dbm0: f64,
    /// The higher tone against the lower, in dB.
    pub twist_db: f64,
}

/// How closely a stream is listened to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::media) enum Listening {
    /// Not at all.
    Off,
    /// Where a few samples every 60 ms look like a key.
    Screened,
    /// All of it.
    Full,
}

/// How closely a stream of that binding is listened to where that much is asked for. A phone may send tones although
/// telephone-event was agreed; a stream with events needs no more than those.
pub(in crate::media) fn listening(binding: Option<&Binding>, asked: Hearing) -> Listening {
    let secret = binding.is_some_and(|b| b.encrypted);
    let seen = binding.is_some_and(|b| !matches!(b.kind, None | Some(MediaKind::Audio)));
    if secret || seen {
        return Listening::Off;
    }
    match asked {
        Hearing::All => Listening::Full,
        Hearing::Keys if binding.is_some_and(|b| b.kind.is_some()) => Listening::Screened,
        Hearing::Keys | Hearing::Nothing => Listening::Off,
    }
}

/// A packet that waits for one before it.
#[derive(Debug)]
struct Held {
    timestamp: RtpTicks,
    ticks: u32,
    time: CaptureTime,
    frame: FrameRef,
    law: Law,
    payload: Vec<u8>,
}

#[derive(Clone, Copy, Debug)]
struct Voice {
    payload_type: PayloadType,
    /// What it is, and samples a second; `None` where it is not sound that is read here.
    sound: Option<(Law, u32)>,
}

struct G722 {
    decoder: Box<dyn SoundDecoder>,
    samples: Vec<i16>,
}

impl std::fmt::Debug for G722 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("G722")
    }
}

/// Listens to one stream. Keeps at most eight waiting packets, a window of samples and 4096 keys.
#[derive(Debug)]
pub(in crate::media) struct ToneWatch {
    screened: bool,
    /// Keys come as events here: nobody listens for tones unless asked to.
    has_events: bool,
    voices: Vec<Voice>,
    /// Packets until the next look of the screen.
    unlooked: u16,
    /// The packet that the screen saw something in: what began before it was not heard.
    woken_by: Option<FrameRef>,
    /// Samples for which every packet is listened to.
    listen_on: usize,
    /// Ticks a second of what was last listened to.
    clock: u32,
    /// The timestamp that follows on what was listened to.
    due: Option<RtpTicks>,
    held: Vec<Held>,
    detector: Option<Box<Detector>>,
    g722: Option<G722>,
    samples: Vec<f32>,
    keys: Vec<ToneKey>,
}

impl ToneWatch {
    pub(in crate::media) fn new(listening: Listening) -> Self {
        ToneWatch {
            screened: listening != Listening::Full,
            has_events: false,
            voices: Vec::new(),
            unlooked: 0,
            woken_by: None,
            listen_on: 0,
            clock: 8000,
            due: None,
            held: Vec::new(),
            detector: None,
            g722: None,
            samples: Vec::new(),
            keys: Vec::new(),
        }
    }

    /// True where no key was heard.
    pub(in crate::media) fn is_idle(&self) -> bool {
        self.keys.is_empty() && self.listen_on == 0
    }

    /// Payload types may mean something else now.
    pub(in crate::media) fn forget_formats(&mut self) {
        self.voices.clear();
    }

    /// Takes a packet; `format_of` says the encoding name of its payload type, its clock and channels.
    #[inline]
    pub(in crate::media) fn handle_packet<'f>(
        &mut self,
        p: &MeterPacket<'_>,
        format_of: impl FnOnce(PayloadType) -> Option<(&'f str, u32, Option<u8>)>,
    ) {
        if self.unlooked > 0 || self.has_events {
            self.unlooked = self.unlooked.saturating_sub(1);
            return;
        }
        if self.screened && self.listen_on == 0 {
            let sound = self.sound_of(p.header.payload_type, format_of);
            if let Some((law, 8000)) = sound.filter(|(law, _)| law.is_g711()) {
                if may_be_key(p.payload, law) {
                    self.begin(p, law);
                } else {
                    // Payloads are of one length as a rule.
                    self.unlooked =
                        (LOOK_EVERY / p.payload.len().max(160)).saturating_sub(1) as u16;
                }
            }
            return;
        }
        let sound = self.sound_of(p.header.payload_type, format_of);
        if let Some((law, rate)) = sound {
            self.listen(p, law, rate);
        }
    }

    /// The screen saw something: is it so by the rules as well?
    #[cold]
    fn begin(&mut self, p: &MeterPacket<'_>, law: Law) {
        let detector = self
            .detector
            .get_or_insert_with(|| Box::new(Detector::new(8000)));
        self.samples.clear();
        law.decode(
            p.payload.get(..LOOK).unwrap_or(p.payload),
            &mut self.samples,
        );
        // Shorter ones tell too little alone.
        if self.samples.len() < SHORT || detector.is_key(&self.samples) {
            self.listen_on = LISTEN_ON;
            self.woken_by = Some(p.frame);
            self.listen(p, law, 8000);
        } else {
            self.forget_sound();
        }
    }

    /// Few streams hold keys, and each of many streams would keep room for them.
    fn forget_sound(&mut self) {
        self.detector = None;
        self.samples = Vec::new();
        self.held = Vec::new();
    }

    fn sound_of<'f>(
        &mut self,
        pt: PayloadType,
        format_of: impl FnOnce(PayloadType) -> Option<(&'f str, u32, Option<u8>)>,
    ) -> Option<(Law, u32)> {
        if let Some(known) = self.voices.iter().find(|v| v.payload_type == pt) {
            return known.sound;
        }
        let sound = format_of(pt).and_then(|(codec, clock, channels)| {
            self.has_events |= self.screened && Role::of_codec(codec) == Role::Event;
            let law = Law::of_codec(codec, channels)?;
            (8000..=48_000).contains(&clock).then_some((law, clock))
        });
        if self.voices.len() < MAX_VOICES {
            self.voices.push(Voice {
                payload_type: pt,
                sound,
            });
        }
        sound
    }

    fn listen(&mut self, p: &MeterPacket<'_>, law: Law, rate: u32) {
        let payload = p.payload.get(..MAX_OCTETS).unwrap_or(p.payload);
        let packet = held(p, law, payload);
        self.take(packet, rate);
        if self.screened {
            let hearing = self.detector.as_ref().is_some_and(|d| d.is_hearing());
            self.listen_on = match hearing {
                true => LISTEN_ON,
                false => self.listen_on.saturating_sub(payload.len()),
            };
            if self.listen_on == 0 {
                self.release_all();
                self.break_off();
                self.forget_sound();
            }
        }
    }

    /// A packet in its place, or held until what is before it has come.
    fn take(&mut self, packet: Held, rate: u32) {
        let now = packet.time;
        let far = i64::from(rate) * FAR_S;
        match self.due.map(|due| packet.timestamp.distance_from(due)) {
            Some(step) if i64::from(step).abs() > far => {
                self.release_all();
                self.break_off();
                self.hear(packet, rate);
            }
            // A second copy, or too late.
            Some(..0) => {}
            Some(1..) => {
                let later = |h: &Held| h.timestamp.distance_from(packet.timestamp) < 0;
                let place = self.held.iter().take_while(|h| later(h)).count();
                let again = |h: &Held| h.timestamp == packet.timestamp;
                if !self.held.get(place).is_some_and(again) {
                    self.held.insert(place, packet);
                }
            }
            Some(0) | None => self.hear(packet, rate),
        }
        while let Some(first) = self.held.first() {
            let is_next = Some(first.timestamp) == self.due;
            let waited = self.held.len() > MAX_HELD || now - first.time > WAIT;
            if !is_next && !waited {
                break;
            }
            self.release(rate);
        }
    }

    /// The first packet that waits is listened to, with the gap before it.
    fn release(&mut self, rate: u32) {
        if self.held.is_empty() {
            return;
        }
        let packet = self.held.remove(0);
        let missing = self
            .due
            .map_or(0, |due| packet.timestamp.distance_from(due));
        // Else it is heard already.
        if let Ok(missing) = u32::try_from(missing) {
            if let Some(detector) = self.detector.as_mut().filter(|_| missing > 0) {
                detector.handle_gap(u64::from(missing) * u64::from(packet.law.samples()));
            }
            self.hear(packet, rate);
        }
    }

    fn release_all(&mut self) {
        let clock = self.clock;
        while !self.held.is_empty() {
            self.release(clock);
        }
    }

    /// `clock`: ticks a second.
    fn hear(&mut self, packet: Held, clock: u32) {
        self.clock = clock;
        let rate = clock * packet.law.samples();
        let same = |d: &Detector| d.rate() == u64::from(rate);
        if self.detector.as_ref().is_some_and(|d| !same(d)) {
            self.break_off();
            self.detector = None;
        }
        self.due = Some(RtpTicks(packet.timestamp.0.wrapping_add(packet.ticks)));
        self.samples.clear();
        if packet.law == Law::G722 {
            self.decode_g722(&packet.payload);
        } else {
            packet.law.decode(&packet.payload, &mut self.samples);
        }
        let detector = self
            .detector
            .get_or_insert_with(|| Box::new(Detector::new(rate)));
        detector.handle_samples(&self.samples, packet.time, packet.frame);
        let heard = detector.take();
        self.note(heard);
    }

    fn decode_g722(&mut self, payload: &[u8]) {
        if self.g722.is_none() {
            let format = SoundFormat {
                codec: Some("G722"),
                clock: ClockRate::new(8000),
                channels: Some(1),
            };
            self.g722 = decoder(format).ok().map(|decoder| G722 {
                decoder,
                samples: Vec::new(),
            });
        }
        if let Some(g722) = &mut self.g722 {
            g722.samples.clear();
            g722.decoder.decode(payload, &mut g722.samples);
            self.samples
                .extend(g722.samples.iter().map(|s| f32::from(*s)));
        }
    }

    fn break_off(&mut self) {
        self.due = None;
        if let Some(detector) = &mut self.detector {
            detector.break_off();
            let heard = detector.take();
            self.note(heard);
        }
    }

    fn note(&mut self, heard: Vec<Heard>) {
        let woken_by = self.woken_by;
        let room = MAX_EVENTS.saturating_sub(self.keys.len());
        self.keys
            .extend(heard.into_iter().take(room).map(|h| ToneKey {
                digit: h.key,
                time: h.time,
                frame: h.frame,
                duration_ms: (Some(h.frame) != woken_by).then_some(h.duration_ms),
                level_dbm0: h.level,
                twist_db: h.twist,
            }));
    }

    /// The keys, in order.
    pub(in crate::media) fn into_keys(mut self) -> Vec<ToneKey> {
        self.release_all();
        self.break_off();
        self.keys
    }
}

fn held(p: &MeterPacket<'_>, law: Law, payload: &[u8]) -> Held {
    Held {
        timestamp: p.header.timestamp,
        // At most MAX_OCTETS.
        ticks: (payload.len() / law.octets()) as u32,
        time: p.time,
        frame: p.frame,
        law,
        payload: payload.to_vec(),
    }
}
