//! What a stream sounds like, in pieces of 20 ms: silence, digital silence, sound.
//!
//! The pieces lie on one grid of capture time for all streams, so that those of two sides can be laid side by side.

use super::Piece;
use crate::types::{CaptureTime, Delta};

/// Length of a piece.
pub(super) const STEP: Delta = Delta::from_millis(20);
/// A piece below this level, in dB against full scale (dBov), is silence.
pub const SILENT_BELOW_DBOV: f64 = -50.0;
/// What digital silence is said to have (RFC 6464 §3).
pub(super) const LEAST_DBOV: f64 = -127.0;
/// Pieces kept of a stream: 24 hours, 1 MiB. What comes later is not looked at.
const MOST_PIECES: usize = 24 * 3600 * 50;

/// What a piece of 20 ms holds. In order: where two hops carry one sound, the higher one is what is heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Held {
    /// No packet, or one that is no sound (comfort noise, a key), or nothing that is decoded here.
    Unknown = 0,
    /// Every sample is the same.
    Digital = 1,
    /// Below −50 dBov.
    Silent = 2,
    /// Sound.
    Active = 3,
}

impl Held {
    const ALL: [Held; 4] = [Held::Unknown, Held::Digital, Held::Silent, Held::Active];

    /// True for silence of both kinds.
    pub fn is_silence(self) -> bool {
        matches!(self, Held::Digital | Held::Silent)
    }
}

/// Pieces of one stream by place on the grid, two bits each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Activity {
    first: i64,
    pieces: Vec<u8>,
}

/// The place on the grid of a time.
pub(super) fn place(time: CaptureTime) -> i64 {
    time.as_nanos().div_euclid(STEP.as_nanos())
}

/// When the piece at a place begins.
pub(super) fn time_of(place: i64) -> CaptureTime {
    CaptureTime::from_nanos(place.saturating_mul(STEP.as_nanos()))
}

impl Activity {
    /// What the piece at a place of the grid holds.
    pub(super) fn at(&self, place: i64) -> Held {
        let Ok(n) = usize::try_from(place.saturating_sub(self.first)) else {
            return Held::Unknown;
        };
        let four = self.pieces.get(n / 4).copied().unwrap_or(0);
        let code = usize::from(four >> (2 * (n % 4)) & 3);
        Held::ALL.get(code).copied().unwrap_or(Held::Unknown)
    }

    fn set(&mut self, place: i64, held: Held) {
        if self.pieces.is_empty() {
            self.first = place;
        }
        let Ok(n) = usize::try_from(place.saturating_sub(self.first)) else {
            return;
        };
        if n >= MOST_PIECES || self.at(place) >= held {
            return;
        }
        if self.pieces.len() <= n / 4 {
            self.pieces.resize(n / 4 + 1, 0);
        }
        if let Some(four) = self.pieces.get_mut(n / 4) {
            let shift = 2 * (n % 4);
            *four = *four & !(3 << shift) | (held as u8) << shift;
        }
    }

    /// All of them, from the first on.
    fn each(&self) -> impl Iterator<Item = Held> + '_ {
        let count = 4 * self.pieces.len() as i64;
        (self.first..self.first + count).map(|place| self.at(place))
    }

    /// About how many bytes it takes.
    pub fn weight(&self) -> usize {
        size_of::<Self>() + self.pieces.capacity()
    }
}

/// What a stream sounded like.
#[derive(Clone, Debug, PartialEq)]
pub struct SoundFigures {
    /// Seconds of it that were decoded.
    pub heard_s: f64,
    /// Level of all of it, in dBov: 0 is a square wave at full scale, a sine at full scale −3.01.
    pub level_dbov: f64,
    /// Level of what is no silence; `None` where all is.
    pub active_level_dbov: Option<f64>,
    /// Largest sample, in dB against full scale.
    pub peak_dbov: f64,
    /// Level of its first 20 ms.
    pub first_dbov: f64,
    /// Share of the pieces that are silence, digital silence among them.
    pub silent_percent: f64,
    /// Share of the pieces in which every sample is the same.
    pub digital_percent: f64,
    /// Longest silence without a piece unknown in it.
    pub longest_silence_s: f64,
    /// Piece by piece.
    pub activity: Activity,
}

/// What was made of a stream's sound where that was asked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StreamSound {
    /// What it sounded like; `None` where nothing of it could be decoded.
    pub figures: Option<SoundFigures>,
    /// Why some or all of it was not decoded.
    pub reason: Option<String>,
}

/// The piece under way.
#[derive(Clone, Copy, Debug)]
struct Open {
    place: i64,
    rate: u32,
    samples: u32,
    squares: f64,
    first: i16,
    is_constant: bool,
}

/// Measures the sound of one stream.
#[derive(Clone, Debug, Default)]
pub struct SoundMeter {
    open: Option<Open>,
    activity: Activity,
    heard: Delta,
    /// Sums over whole pieces, of mean squares.
    power: f64,
    pieces: u64,
    active_power: f64,
    active: u64,
    digital: u64,
    peak: u16,
    first: Option<f64>,
}

impl SoundMeter {
    /// Takes sound in the order it was sent.
    pub fn handle_piece(&mut self, piece: &Piece<'_>) {
        let rate = i64::from(piece.rate.max(1));
        let mut rest = piece.samples;
        let mut done = 0;
        while !rest.is_empty() {
            let from = piece.time + samples(done, rate);
            let here = place(from);
            // To the end of that piece of the grid, one sample at least.
            let left = time_of(here + 1) - from;
            let count = (left.as_nanos() * rate).div_euclid(1_000_000_000) + 1;
            let count = usize::try_from(count).unwrap_or(1).clamp(1, rest.len());
            let (now, later) = rest.split_at(count);
            self.take(here, piece.rate, now);
            done += count as i64;
            rest = later;
        }
        // The samples of a piece fit an i64 many times over.
        let count = piece.samples.len() as i64;
        self.heard += Delta::from_nanos(count * 1_000_000_000 / rate);
    }

    fn take(&mut self, place: i64, rate: u32, samples: &[i16]) {
        if self.open.is_some_and(|o| o.place != place) {
            self.close();
        }
        let Some(first) = samples.first().copied() else {
            return;
        };
        let open = self.open.get_or_insert(Open {
            place,
            rate,
            samples: 0,
            squares: 0.0,
            first,
            is_constant: true,
        });
        let first = open.first;
        // 20 ms of squares of 16 bits are far below 2^63.
        let squares: i64 = samples.iter().map(|s| i64::from(*s) * i64::from(*s)).sum();
        open.squares += squares as f64;
        open.is_constant &= samples.iter().all(|s| *s == first);
        open.samples = open.samples.saturating_add(samples.len() as u32);
        let peak = samples.iter().map(|s| s.unsigned_abs()).max();
        self.peak = self.peak.max(peak.unwrap_or(0));
    }

    /// A piece of which half came is judged.
    fn close(&mut self) {
        let Some(open) = self.open.take() else { return };
        if open.samples < open.rate / 100 {
            return;
        }
        let power = open.squares / f64::from(open.samples.max(1));
        let level = dbov(power);
        let held = match (open.is_constant, level >= SILENT_BELOW_DBOV) {
            (true, _) => Held::Digital,
            (false, false) => Held::Silent,
            (false, true) => Held::Active,
        };
        self.first.get_or_insert(level);
        self.power += power;
        self.pieces += 1;
        if held == Held::Active {
            self.active_power += power;
            self.active += 1;
        }
        self.digital += u64::from(held == Held::Digital);
        self.activity.set(open.place, held);
    }

    /// Nothing more comes; `None` where there was no sound.
    pub fn finish(mut self) -> Option<SoundFigures> {
        self.close();
        let pieces = self.pieces as f64;
        let (mut run, mut longest) = (0u64, 0);
        for held in self.activity.each() {
            run = if held.is_silence() { run + 1 } else { 0 };
            longest = longest.max(run);
        }
        let peak = f64::from(self.peak);
        (self.pieces > 0).then(|| SoundFigures {
            heard_s: self.heard.as_secs_f64(),
            level_dbov: dbov(self.power / pieces),
            active_level_dbov: (self.active > 0)
                .then(|| dbov(self.active_power / self.active as f64)),
            peak_dbov: dbov(peak * peak),
            first_dbov: self.first.unwrap_or(LEAST_DBOV),
            silent_percent: 100.0 * (self.pieces - self.active) as f64 / pieces,
            digital_percent: 100.0 * self.digital as f64 / pieces,
            longest_silence_s: longest as f64 * STEP.as_secs_f64(),
            activity: self.activity,
        })
    }
}

#[cfg(test)]
impl SoundFigures {
    /// One second a letter: `#` sound, `.` faint noise, `0` digital silence, a space nothing.
    pub(crate) fn sample(from: CaptureTime, seconds: &str) -> SoundFigures {
        let mut meter = SoundMeter::default();
        for (letter, n) in seconds.chars().zip(0..) {
            let samples: Vec<i16> = match letter {
                '#' => [3000, -3000].repeat(4000),
                '.' => [10, -10].repeat(4000),
                '0' => vec![0; 8000],
                _ => continue,
            };
            meter.handle_piece(&Piece {
                time: from + Delta::from_secs(n),
                rate: 8000,
                continues: true,
                samples: &samples,
            });
        }
        meter.finish().expect("sound")
    }
}

fn samples(count: i64, rate: i64) -> Delta {
    // The next nanosecond, so that a sample on the grid's line is behind it.
    Delta::from_nanos((count * 1_000_000_000 + rate - 1).div_euclid(rate))
}

/// The level of a mean square of samples.
fn dbov(mean_square: f64) -> f64 {
    (10.0 * (mean_square / (32768.0 * 32768.0)).log10()).max(LEAST_DBOV)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Figures of these pieces of 8 kHz, from a time on the grid on.
    fn figures(samples: &[i16]) -> SoundFigures {
        let mut meter = SoundMeter::default();
        // As packets of 20 ms that do not begin on the grid.
        for (n, packet) in samples.chunks(160).enumerate() {
            meter.handle_piece(&Piece {
                time: CaptureTime::from_nanos(n as i64 * 20_000_000 + 7_000_000),
                rate: 8000,
                continues: true,
                samples: packet,
            });
        }
        meter.finish().expect("sound")
    }

    fn sine(amplitude: f64, count: usize) -> Vec<i16> {
        (0..count)
            .map(|n| (amplitude * (n as f64 * std::f64::consts::TAU / 8.0).sin()).round() as i16)
            .collect()
    }

    #[test]
    fn a_sine_is_three_decibels_below_its_peak() {
        // 1000 Hz at 3276.8: 20 lg 0.1 = -20 dB its peak, -23.01 its level.
        let f = figures(&sine(3276.8, 8000));
        assert!((f.level_dbov + 23.01).abs() < 0.01, "{}", f.level_dbov);
        assert!((f.peak_dbov + 20.0).abs() < 0.01, "{}", f.peak_dbov);
        assert_eq!((f.silent_percent, f.heard_s), (0.0, 1.0));
    }

    #[test]
    fn the_zeros_of_g711_are_digital_silence() {
        // A-law 0xD5 is +8: 20 lg (8 / 32768) = -72.25 dBov.
        let f = figures(&[8; 1600]);
        assert_eq!((f.silent_percent, f.digital_percent), (100.0, 100.0));
        assert!((f.level_dbov + 72.25).abs() < 0.01);
        assert_eq!(f.active_level_dbov, None);
        assert_eq!(figures(&[0; 1600]).level_dbov, -127.0);
    }

    #[test]
    fn faint_noise_is_silence_and_not_digital() {
        // 20 lg (100 / 32768) = -50.31; at 104 it is -49.97.
        let square = |a: i16| [a, -a].repeat(800);
        let f = figures(&square(100));
        assert_eq!((f.silent_percent, f.digital_percent), (100.0, 0.0));
        assert_eq!(figures(&square(104)).silent_percent, 0.0);
    }

    #[test]
    fn the_longest_silence_is_between_the_sounds() {
        let mut all = sine(3000.0, 1600);
        all.extend([0; 4800]);
        all.extend(sine(3000.0, 1600));
        let f = figures(&all);
        // 600 ms, less the piece at each end in which there is sound too.
        assert!(
            (f.longest_silence_s - 0.58).abs() < 1e-9,
            "{}",
            f.longest_silence_s
        );
        assert!(f.first_dbov > -25.0);
    }
}
