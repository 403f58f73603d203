//! Keys pressed, from telephone-event packets (RFC 4733 §2.5).
//!
//! All packets of one press share its RTP timestamp; three packets with the E bit are one event. A
//! press longer than the duration field goes on in segments whose timestamps are 65535 apart.

use crate::rtp::TelephoneEvent;
use crate::rtp::telephone_event::event_name;
use crate::types::{CaptureTime, ClockRate, Delta, FrameRef, RtpTicks};
use std::collections::VecDeque;

/// The last event code that is a key: flash. Those above are tones of fax, modem and line (RFC 4733
/// §3.2, RFC 4734).
const LAST_KEY: u8 = 16;
/// Events kept of one stream.
pub(crate) const MAX_EVENTS: usize = 4096;
/// A press without end is over when audio has been back for this long.
const END_BY_AUDIO: Delta = Delta::from_millis(100);
/// Or when nothing came for this long.
const END_BY_SILENCE: Delta = Delta::from_millis(500);
/// Packets of one press follow each other within this time.
const NEXT: Delta = Delta::from_millis(60);
/// Presses for which late packets are looked out for, and for how long.
const MAX_RECENT: usize = 4;
const RECENT: Delta = Delta::from_secs(2);

/// One key pressed.
#[derive(Clone, Debug, PartialEq)]
pub struct DtmfEvent {
    /// `0` to `9`, `*`, `#`, `A` to `D`, or `flash`.
    pub digit: String,
    /// The event code.
    pub event: u8,
    /// Arrival of its first packet.
    pub time: CaptureTime,
    /// Frame of its first packet.
    pub frame: FrameRef,
    /// Its RTP timestamp.
    pub timestamp: RtpTicks,
    /// Length in milliseconds; `None` where the clock is unknown.
    pub duration_ms: Option<f64>,
    /// Power level as -dBm0.
    pub volume: u8,
    /// Packets of it that came.
    pub packets: u32,
    /// No packet with the E bit came: the duration is what was heard of it.
    pub end_missing: bool,
}

#[derive(Clone, Debug)]
struct Press {
    event: u8,
    first: RtpTicks,
    segment: RtpTicks,
    before_segment: u64,
    in_segment: u16,
    time: CaptureTime,
    frame: FrameRef,
    last: CaptureTime,
    packets: u32,
    volume: u8,
    clock: Option<ClockRate>,
    fate: Fate,
    /// Its packets have timestamps of their own.
    moves: bool,
}

/// What became of a press.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// The key is down.
    Down,
    /// It was kept, at this place.
    Kept(usize),
    /// It was a tone, or there was no room.
    Left,
}

/// The keys of one stream: those done, and the last few for packets that come late.
#[derive(Clone, Debug, Default)]
pub(crate) struct Dtmf {
    recent: VecDeque<Press>,
    events: Vec<DtmfEvent>,
    unkept: u32,
    tones: u32,
}

/// An event packet as it came.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EventPacket {
    /// The report.
    pub(crate) event: TelephoneEvent,
    /// Begin of the event.
    pub(crate) timestamp: RtpTicks,
    /// The marker bit: a new event (RFC 4733 §2.5.1.1).
    pub(crate) marker: bool,
    /// The clock of its payload type.
    pub(crate) clock: Option<ClockRate>,
    /// Arrival.
    pub(crate) time: CaptureTime,
    /// Its frame.
    pub(crate) frame: FrameRef,
}

impl Dtmf {
    /// Takes a telephone-event packet. True when a key is complete.
    pub(crate) fn handle_event(&mut self, p: EventPacket) -> bool {
        let completed = self.handle_time(p.time);
        let place = match self.press_of(&p) {
            Some(place) => place,
            None => {
                let before = self.close(true);
                self.begin(&p);
                return self.update(self.recent.len() - 1, &p) | before | completed;
            }
        };
        self.update(place, &p) | completed
    }

    /// The press that a packet tells of; `None` where it begins one.
    fn press_of(&mut self, p: &EventPacket) -> Option<usize> {
        let e = p.event;
        let newest = self.recent.len().checked_sub(1);
        for (i, press) in self.recent.iter_mut().enumerate().rev() {
            if press.event != e.event || (p.time - press.last).abs() > RECENT {
                continue;
            }
            let step = p.timestamp.distance_from(press.segment);
            let before = step < 0 && p.timestamp.distance_from(press.first) >= 0;
            if step == 0 || before {
                return Some(i);
            }
            if Some(i) != newest {
                continue;
            }
            // The next segment of a long press (RFC 4733 §2.5.1.3).
            if step == 0xffff && press.fate == Fate::Down {
                press.before_segment += 0xffff;
                press.segment = p.timestamp;
                press.in_segment = 0;
                return Some(i);
            }
            // A press cannot begin before the one before it is over: a sender whose timestamps go on within a press.
            let goes_on = !p.marker && e.duration >= press.in_segment;
            let is_same = match press.moves {
                true => goes_on && (p.time - press.last).abs() < NEXT,
                false => {
                    let length = i32::from(press.in_segment);
                    let grows = press.fate == Fate::Down && e.duration > press.in_segment;
                    let inside = step <= i32::from(e.duration);
                    (1..length).contains(&step) || (goes_on && grows && step > 0 && inside)
                }
            };
            if is_same {
                press.moves = true;
                press.segment = p.timestamp;
                return Some(i);
            }
        }
        None
    }

    fn begin(&mut self, p: &EventPacket) {
        if self.recent.len() >= MAX_RECENT {
            self.recent.pop_front();
        }
        self.recent.push_back(Press {
            event: p.event.event,
            first: p.timestamp,
            segment: p.timestamp,
            before_segment: 0,
            in_segment: 0,
            time: p.time,
            frame: p.frame,
            last: p.time,
            packets: 0,
            volume: p.event.volume,
            clock: p.clock,
            fate: Fate::Down,
            moves: false,
        });
    }

    fn update(&mut self, place: usize, p: &EventPacket) -> bool {
        let Some(press) = self.recent.get_mut(place) else {
            return false;
        };
        press.last = press.last.max(p.time);
        press.packets += 1;
        // What comes late of an earlier segment has nothing new.
        if p.timestamp.distance_from(press.segment) >= 0 {
            press.in_segment = press.in_segment.max(p.event.duration);
        }
        match press.fate {
            Fate::Down if p.event.end => self.close_press(place, false),
            Fate::Kept(at) => {
                let (packets, duration_ms) = (press.packets, press.duration_ms());
                if let Some(event) = self.events.get_mut(at) {
                    event.packets = packets;
                    event.duration_ms = duration_ms;
                    event.end_missing &= !p.event.end;
                }
                false
            }
            Fate::Down | Fate::Left => false,
        }
    }

    /// Audio goes on: a press whose end was lost is over after a while. True when a key is complete.
    #[inline]
    pub(crate) fn handle_time(&mut self, now: CaptureTime) -> bool {
        self.is_over_after(now, END_BY_SILENCE) && self.close(true)
    }

    /// An audio packet of the same stream came. True when that completes a key.
    #[inline]
    pub(crate) fn handle_audio(&mut self, now: CaptureTime) -> bool {
        self.is_over_after(now, END_BY_AUDIO) && self.close(true)
    }

    #[inline]
    fn is_over_after(&self, now: CaptureTime, pause: Delta) -> bool {
        let newest = self.recent.back();
        newest.is_some_and(|p| p.fate == Fate::Down && now - p.last > pause)
    }

    /// The stream is over.
    pub(crate) fn finish(&mut self) -> bool {
        self.close(true)
    }

    /// Only the newest may be down.
    fn close(&mut self, end_missing: bool) -> bool {
        match self.recent.back() {
            Some(press) if press.fate == Fate::Down => {
                self.close_press(self.recent.len() - 1, end_missing)
            }
            _ => false,
        }
    }

    /// True when it was a key and is kept.
    fn close_press(&mut self, place: usize, end_missing: bool) -> bool {
        let Some(press) = self.recent.get_mut(place) else {
            return false;
        };
        press.fate = Fate::Left;
        if press.event > LAST_KEY {
            self.tones = self.tones.saturating_add(1);
            return false;
        }
        if self.events.len() >= MAX_EVENTS {
            self.unkept = self.unkept.saturating_add(1);
            return false;
        }
        press.fate = Fate::Kept(self.events.len());
        self.events.push(press.event(end_missing));
        true
    }

    /// Events so far that were tones and no keys.
    pub(crate) fn tones(&self) -> u32 {
        self.tones
    }

    /// The keys so far, in order.
    #[cfg(test)]
    pub(crate) fn events(&self) -> &[DtmfEvent] {
        &self.events
    }

    /// Takes the keys out.
    pub(crate) fn into_events(self) -> Vec<DtmfEvent> {
        self.events
    }
}

impl Press {
    fn duration_ms(&self) -> Option<f64> {
        let ticks = self.before_segment + u64::from(self.in_segment);
        let clock = self.clock?;
        Some(ticks as f64 * 1000.0 / f64::from(clock.hz()))
    }

    fn event(&self, end_missing: bool) -> DtmfEvent {
        DtmfEvent {
            digit: event_name(self.event),
            event: self.event,
            time: self.time,
            frame: self.frame,
            timestamp: self.first,
            duration_ms: self.duration_ms(),
            volume: self.volume,
            packets: self.packets,
            end_missing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(ms: i64, ts: u32, event: u8, end: bool, duration: u16) -> EventPacket {
        EventPacket {
            event: TelephoneEvent {
                event,
                end,
                volume: 10,
                duration,
            },
            timestamp: RtpTicks(ts),
            marker: false,
            clock: ClockRate::new(8000),
            time: CaptureTime::from_nanos(ms * 1_000_000),
            frame: FrameRef::default(),
        }
    }

    fn feed(d: &mut Dtmf, ms: i64, ts: u32, event: u8, end: bool, duration: u16) -> bool {
        d.handle_event(packet(ms, ts, event, end, duration))
    }

    fn keys(d: &Dtmf) -> Vec<(&str, f64, bool)> {
        d.events()
            .iter()
            .map(|e| (e.digit.as_str(), e.duration_ms.unwrap(), e.end_missing))
            .collect()
    }

    #[test]
    fn three_end_packets_are_one_key() {
        let mut d = Dtmf::default();
        for (i, dur) in [160, 320, 480, 640, 800, 800, 800].into_iter().enumerate() {
            feed(&mut d, 20 * i as i64, 7000, 5, i >= 4, dur);
        }
        d.finish();
        assert_eq!(keys(&d), [("5", 100.0, false)]);
    }

    #[test]
    fn the_answering_tone_of_a_fax_is_no_key() {
        // RFC 4734 §2.1: 32 is ANS, 36 is CNG.
        let mut d = Dtmf::default();
        assert!(!feed(&mut d, 0, 1000, 32, true, 800));
        assert!(!feed(&mut d, 200, 5000, 36, false, 800));
        assert!(feed(&mut d, 800, 9000, 16, true, 800));
        assert_eq!(keys(&d), [("flash", 100.0, false)]);
        assert_eq!(d.tones(), 2);
    }

    #[test]
    fn the_same_key_twice_has_two_timestamps() {
        let mut d = Dtmf::default();
        feed(&mut d, 0, 1000, 9, true, 800);
        feed(&mut d, 200, 2600, 9, true, 800);
        feed(&mut d, 205, 1000, 9, true, 800); // a straggler of the first
        assert_eq!(keys(&d), [("9", 100.0, false), ("9", 100.0, false)]);
    }

    #[test]
    fn a_lost_end_closes_by_audio_by_the_next_key_or_by_the_stream_end() {
        let mut d = Dtmf::default();
        feed(&mut d, 0, 1000, 1, false, 400);
        assert!(!d.handle_audio(CaptureTime::from_nanos(90_000_000)));
        assert!(d.handle_audio(CaptureTime::from_nanos(120_000_000)));
        feed(&mut d, 300, 5000, 2, false, 240);
        assert!(feed(&mut d, 400, 6000, 11, false, 160));
        assert!(d.finish());
        assert_eq!(
            keys(&d),
            [("1", 50.0, true), ("2", 30.0, true), ("#", 20.0, true)]
        );
    }

    #[test]
    fn a_press_longer_than_the_duration_field_is_one_key() {
        let mut d = Dtmf::default();
        feed(&mut d, 0, 1000, 3, false, 0xff00);
        feed(&mut d, 20, 1000, 3, false, 0xffff);
        feed(&mut d, 40, 1000 + 0xffff, 3, false, 160);
        feed(&mut d, 60, 1000 + 0xffff, 3, true, 801);
        // 65535 + 801 = 66336 ticks at 8000 Hz.
        assert_eq!(keys(&d), [("3", 8292.0, false)]);
    }

    #[test]
    fn an_end_that_comes_after_the_next_key_began_is_no_lost_end() {
        let mut d = Dtmf::default();
        feed(&mut d, 0, 1000, 1, false, 400);
        feed(&mut d, 100, 2600, 2, false, 160);
        feed(&mut d, 110, 1000, 1, true, 800);
        feed(&mut d, 120, 2600, 2, true, 320);
        // A copy of the first packet of all.
        feed(&mut d, 130, 1000, 1, false, 400);
        d.finish();
        assert_eq!(keys(&d), [("1", 100.0, false), ("2", 40.0, false)]);
    }

    #[test]
    fn keys_dialled_fast_are_each_one() {
        // 40 ms down, 40 ms up: 320 ticks of 640.
        let mut d = Dtmf::default();
        for (n, key) in [1u8, 1, 2, 2, 2].into_iter().enumerate() {
            let (at, ts) = (80 * n as i64, 5000 + 640 * n as u32);
            feed(&mut d, at, ts, key, false, 160);
            for again in 0..3 {
                feed(&mut d, at + 20 + again, ts, key, true, 320);
            }
        }
        d.finish();
        assert_eq!(
            keys(&d),
            [
                ("1", 40.0, false),
                ("1", 40.0, false),
                ("2", 40.0, false),
                ("2", 40.0, false),
                ("2", 40.0, false)
            ]
        );
    }

    #[test]
    fn a_sender_whose_timestamps_go_on_within_a_press_pressed_once() {
        // Each packet, the three ends too, is stamped as if it were audio.
        let mut d = Dtmf::default();
        for n in 0..8u16 {
            let duration = 160 * (n + 1).min(6);
            feed(
                &mut d,
                20 * i64::from(n),
                1000 + 160 * u32::from(n),
                4,
                n >= 5,
                duration,
            );
        }
        d.finish();
        assert_eq!(keys(&d), [("4", 120.0, false)]);
    }

    #[test]
    fn the_same_key_again_after_a_lost_end_is_another() {
        let mut d = Dtmf::default();
        feed(&mut d, 0, 1000, 4, false, 160);
        feed(&mut d, 20, 1000, 4, false, 320);
        let again = EventPacket {
            marker: true,
            ..packet(160, 2280, 4, false, 160)
        };
        d.handle_event(again);
        feed(&mut d, 180, 2280, 4, true, 480);
        d.finish();
        assert_eq!(keys(&d), [("4", 40.0, true), ("4", 60.0, false)]);
    }

    #[test]
    fn a_clock_begun_anew_loses_no_key() {
        let mut d = Dtmf::default();
        feed(&mut d, 0, 900_000, 4, true, 800);
        feed(&mut d, 3000, 1000, 5, true, 800);
        assert_eq!(keys(&d), [("4", 100.0, false), ("5", 100.0, false)]);
    }

    #[test]
    fn the_length_counts_on_the_clock_of_the_event() {
        for (hz, ms) in [(8000, 200.0), (16_000, 100.0), (48_000, 1600.0 / 48.0)] {
            let mut d = Dtmf::default();
            d.handle_event(EventPacket {
                clock: ClockRate::new(hz),
                ..packet(0, 0, 1, true, 1600)
            });
            assert_eq!(d.events()[0].duration_ms, Some(ms), "{hz}");
        }
    }
}
