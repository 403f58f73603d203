//! Keys pressed, from telephone-event packets (RFC 4733 §2.5).
//!
//! All packets of one press share its RTP timestamp; three packets with the E bit are one event. A
//! press longer than the duration field goes on in segments whose timestamps are 65535 apart.

use crate::rtp::TelephoneEvent;
use crate::rtp::telephone_event::event_name;
use crate::types::{CaptureTime, ClockRate, Delta, FrameRef, RtpTicks};

/// The last event code that is a key: flash. Those above are tones of fax, modem and line (RFC 4733
/// §3.2, RFC 4734).
const LAST_KEY: u8 = 16;
/// Events kept of one stream.
pub(crate) const MAX_EVENTS: usize = 4096;
/// A press without end is over when audio has been back for this long.
const END_BY_AUDIO: Delta = Delta::from_millis(100);
/// Or when nothing came for this long.
const END_BY_SILENCE: Delta = Delta::from_millis(500);

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
    reported: bool,
}

/// The keys of one stream.
#[derive(Clone, Debug, Default)]
pub(crate) struct Dtmf {
    press: Option<Press>,
    events: Vec<DtmfEvent>,
    unkept: u32,
    tones: u32,
}

impl Dtmf {
    /// Takes a telephone-event packet. True when a key is complete.
    pub(crate) fn handle_event(
        &mut self,
        e: TelephoneEvent,
        timestamp: RtpTicks,
        clock: Option<ClockRate>,
        time: CaptureTime,
        frame: FrameRef,
    ) -> bool {
        let mut completed = self.handle_time(time);
        if let Some(press) = &mut self.press {
            let step = timestamp.distance_from(press.segment);
            let same = press.event == e.event;
            if same && step == 0xffff && !press.reported {
                press.before_segment += 0xffff;
                press.segment = timestamp;
                press.in_segment = 0;
            } else if step < 0 {
                return completed; // a late packet of a press already over
            } else if step != 0 || !same {
                completed |= self.close(true);
            }
        }
        let press = self.press.get_or_insert(Press {
            event: e.event,
            first: timestamp,
            segment: timestamp,
            before_segment: 0,
            in_segment: 0,
            time,
            frame,
            last: time,
            packets: 0,
            volume: e.volume,
            clock,
            reported: false,
        });
        press.last = time;
        press.packets += 1;
        press.in_segment = press.in_segment.max(e.duration);
        if e.end && !press.reported {
            press.reported = true;
            let event = press.event(false);
            completed |= self.keep(event);
        }
        completed
    }

    /// Audio goes on: a press whose end was lost is over after a while. True when a key is complete.
    #[inline]
    pub(crate) fn handle_time(&mut self, now: CaptureTime) -> bool {
        match &self.press {
            Some(p) if !p.reported && now - p.last > END_BY_SILENCE => self.close(true),
            _ => false,
        }
    }

    /// An audio packet of the same stream came. True when that completes a key.
    #[inline]
    pub(crate) fn handle_audio(&mut self, now: CaptureTime) -> bool {
        match &self.press {
            Some(p) if !p.reported && now - p.last > END_BY_AUDIO => self.close(true),
            _ => false,
        }
    }

    /// The stream is over.
    pub(crate) fn finish(&mut self) -> bool {
        self.close(true)
    }

    fn close(&mut self, end_missing: bool) -> bool {
        match self.press.take() {
            Some(press) if !press.reported => {
                let event = press.event(end_missing);
                self.keep(event)
            }
            _ => false,
        }
    }

    /// True when it was a key and is kept.
    fn keep(&mut self, event: DtmfEvent) -> bool {
        if event.event > LAST_KEY {
            self.tones = self.tones.saturating_add(1);
            return false;
        }
        if self.events.len() >= MAX_EVENTS {
            self.unkept = self.unkept.saturating_add(1);
            return false;
        }
        self.events.push(event);
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
    fn event(&self, end_missing: bool) -> DtmfEvent {
        let ticks = self.before_segment + u64::from(self.in_segment);
        DtmfEvent {
            digit: event_name(self.event),
            event: self.event,
            time: self.time,
            frame: self.frame,
            timestamp: self.first,
            duration_ms: self
                .clock
                .map(|c| ticks as f64 * 1000.0 / f64::from(c.hz())),
            volume: self.volume,
            packets: self.packets,
            end_missing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feed(d: &mut Dtmf, ms: i64, ts: u32, event: u8, end: bool, duration: u16) -> bool {
        d.handle_event(
            TelephoneEvent {
                event,
                end,
                volume: 10,
                duration,
            },
            RtpTicks(ts),
            ClockRate::new(8000),
            CaptureTime::from_nanos(ms * 1_000_000),
            FrameRef::default(),
        )
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
}
