//! Keys from the sound of one stream: the same two tones in windows that follow each other.

use super::bank::{Bank, Hit, KEYPAD};
use crate::types::{CaptureTime, Delta, FrameRef};
use std::collections::VecDeque;

/// A window has 205 samples at 8 kHz, 25.6 ms: the rows fall on whole periods (18, 20, 22, 24).
const WINDOW: u64 = 205;
/// The next window begins 4 ms later.
const HOP: u64 = 32;
/// A window is full of tone where so many hundredths of it, at one end, may lack it.
const LACKING: u64 = 27;
/// Windows that agree before it is a key: tones of 40 ms fill 6 or 7, and those of less than 23 ms (Q.24) at most 3.
const WINDOWS: u32 = 5;
/// A pause shorter than this, in ms, does not end a key: Q.24 has 10 ms at least and 40 between two keys.
const PAUSE_MS: u64 = 28;
/// A key keeps its level, in dB; speech does not.
const STEADY: f32 = 6.0;

/// A key that was heard.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Heard {
    pub(super) key: char,
    pub(super) time: CaptureTime,
    pub(super) frame: FrameRef,
    pub(super) duration_ms: f64,
    /// Both tones, dBm0.
    pub(super) level: f64,
    /// Column against row, dB.
    pub(super) twist: f64,
}

/// Where samples came from.
#[derive(Clone, Copy, Debug)]
struct Anchor {
    sample: u64,
    time: CaptureTime,
    frame: FrameRef,
}

#[derive(Clone, Debug)]
struct Run {
    key: u8,
    /// Begin of its first and last window.
    first: u64,
    last: u64,
    windows: u32,
    /// Samples that did not come since the last window.
    missing: u64,
    time: CaptureTime,
    frame: FrameRef,
    level: f64,
    twist: f64,
    quietest: f32,
    loudest: f32,
}

/// Takes samples, gives keys. Keeps less than a window of samples, and where they came from.
#[derive(Clone, Debug)]
pub(super) struct Detector {
    bank: Bank,
    rate: u64,
    window: usize,
    hop: usize,
    samples: Vec<f32>,
    /// Number of the first of `samples`.
    first: u64,
    anchors: VecDeque<Anchor>,
    run: Option<Run>,
    heard: Vec<Heard>,
}

impl Detector {
    /// For sound of so many samples a second, 8000 or more.
    pub(super) fn new(rate: u32) -> Detector {
        let scaled = |samples: u64| (samples * u64::from(rate) / 8000).max(1) as usize;
        Detector {
            bank: Bank::new(rate),
            rate: u64::from(rate),
            window: scaled(WINDOW),
            hop: scaled(HOP),
            samples: Vec::new(),
            first: 0,
            anchors: VecDeque::new(),
            run: None,
            heard: Vec::new(),
        }
    }

    /// Samples a second.
    pub(super) fn rate(&self) -> u64 {
        self.rate
    }

    /// The samples of a packet that follow those before.
    pub(super) fn handle_samples(&mut self, samples: &[f32], time: CaptureTime, frame: FrameRef) {
        self.anchors.push_back(Anchor {
            sample: self.first + self.samples.len() as u64,
            time,
            frame,
        });
        self.samples.extend_from_slice(samples);
        let mut from = 0;
        while let Some(window) = self.samples.get(from..from + self.window) {
            let hit = self.bank.look(window);
            let place = self.first + from as u64;
            match hit {
                Some(hit) => self.handle_hit(hit, place),
                None => self.handle_nothing(place),
            }
            from += self.hop;
        }
        let from = from.min(self.samples.len());
        self.samples.drain(..from);
        self.first += from as u64;
        while self.anchors.get(1).is_some_and(|a| a.sample <= self.first) {
            self.anchors.pop_front();
        }
    }

    /// So many samples did not come.
    pub(super) fn handle_gap(&mut self, missing: u64) {
        let left = self.samples.len() as u64;
        self.first = self.first.saturating_add(left).saturating_add(missing);
        self.samples.clear();
        self.anchors.clear();
        if let Some(run) = &mut self.run {
            run.missing = run.missing.saturating_add(missing);
        }
    }

    /// Nothing follows on what was.
    pub(super) fn break_off(&mut self) {
        self.close();
        self.first = self.first.saturating_add(self.samples.len() as u64);
        self.samples.clear();
        self.anchors.clear();
    }

    /// True where a window holds the tones of a key.
    pub(super) fn is_key(&mut self, window: &[f32]) -> bool {
        self.bank.look(window).is_some()
    }

    /// True while a key may be down.
    pub(super) fn is_hearing(&self) -> bool {
        self.run.is_some()
    }

    /// Takes out the keys that are over.
    pub(super) fn take(&mut self) -> Vec<Heard> {
        std::mem::take(&mut self.heard)
    }

    fn handle_hit(&mut self, hit: Hit, place: u64) {
        let goes_on = self
            .run
            .as_ref()
            .is_some_and(|run| run.key == hit.key && self.pause(run, place) < self.pause_limit());
        if !goes_on {
            self.close();
        }
        let anchor = self.anchor_of(place);
        let Some(anchor) = anchor else { return };
        let run = self.run.get_or_insert(Run {
            key: hit.key,
            first: place,
            last: place,
            windows: 0,
            missing: 0,
            time: anchor.0,
            frame: anchor.1,
            level: 0.0,
            twist: 0.0,
            quietest: hit.level,
            loudest: hit.level,
        });
        run.last = place;
        run.windows += 1;
        run.missing = 0;
        run.level += f64::from(hit.level);
        run.twist += f64::from(hit.twist);
        run.quietest = run.quietest.min(hit.level);
        run.loudest = run.loudest.max(hit.level);
    }

    fn handle_nothing(&mut self, place: u64) {
        let over = |run: &Run| self.pause(run, place) >= self.pause_limit();
        if self.run.as_ref().is_some_and(over) {
            self.close();
        }
    }

    /// Samples without the tones between the run and a window: a window at either end lacks some.
    fn pause(&self, run: &Run, place: u64) -> u64 {
        let both_ends = self.window as u64 * (100 - 2 * LACKING) / 100;
        (place - run.last).saturating_sub(both_ends + run.missing)
    }

    fn pause_limit(&self) -> u64 {
        PAUSE_MS * self.rate / 1000
    }

    /// When, and in which frame, a window begins to be full of tone.
    fn anchor_of(&self, place: u64) -> Option<(CaptureTime, FrameRef)> {
        let begin = place + self.window as u64 * LACKING / 100;
        let before = self.anchors.iter().rev().find(|a| a.sample <= begin);
        let anchor = before.or(self.anchors.front())?;
        let after = begin.saturating_sub(anchor.sample);
        // Within a packet.
        let nanos = (after.saturating_mul(1_000_000_000) / self.rate) as i64;
        Some((anchor.time + Delta::from_nanos(nanos), anchor.frame))
    }

    fn close(&mut self) {
        let Some(run) = self.run.take() else { return };
        let windows = f64::from(run.windows);
        let is_key = run.windows >= WINDOWS && run.loudest - run.quietest <= STEADY;
        let Some(key) = KEYPAD.get(usize::from(run.key)).filter(|_| is_key) else {
            return;
        };
        let samples = run.last - run.first + self.window as u64 * (100 - 2 * LACKING) / 100;
        self.heard.push(Heard {
            key: char::from(*key),
            time: run.time,
            frame: run.frame,
            duration_ms: samples as f64 * 1000.0 / self.rate as f64,
            level: run.level / windows,
            twist: run.twist / windows,
        });
    }
}
