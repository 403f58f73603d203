//! One window of samples: does it hold the two tones of a key, and little else?
//!
//! The powers at the eight frequencies of Q.23 by Goertzel's recurrence, under a Hann window so that one tone does not
//! leak into the place of another; those of the strongest row and column again 2 % beside their frequency, which tells
//! how far off the tone is: senders are by up to 1.5 % (Q.24).

use std::f64::consts::TAU;

/// Frequencies of the rows, then of the columns, in Hz.
const TONES: [f64; 8] = [697.0, 770.0, 852.0, 941.0, 1209.0, 1336.0, 1477.0, 1633.0];
/// The keys in rows of four.
pub(super) const KEYPAD: &[u8; 16] = b"123A456B789C*0#D";
/// Where the power of a tone is looked for as well, relative to its frequency.
const BESIDE: f64 = 0.02;

/// The strongest tone of a group has this many times the power of the others: 8 dB.
const DOMINANCE: f32 = 6.31;
/// Both tones together have this share of all power.
const SHARE: f32 = 0.8;
/// The column against the row in dB: -8 to +4 (Q.24), and one for what a short window blurs.
const TWIST: std::ops::RangeInclusive<f32> = -9.0..=5.0;
/// Twice the frequency has at most this share of a tone's power: voices have it, keys do not.
const HARMONIC: f32 = 0.1;
/// A tone beside another nearer than this cannot be told from it, in Hz.
const NEAR: f64 = 110.0;
/// A tone may be so far off its frequency: 1.5 % (Q.24), and what a short window blurs.
const OFF: f32 = 0.021;
/// How the Hann window bends: 1.31 half a bin away, 1.39 a bin away.
const BEND: f32 = 1.34;
/// Mean square of a tone of 0 dBm0: G.711's largest tone has +3.17 dBm0 (µ-law).
const ZERO_DBM0: f32 = 22_302.0 * 22_302.0 / 2.0;
/// Both tones together at least, in dBm0.
const QUIETEST: f32 = -42.0;

/// The frequencies of a key's two tones in Hz, row and column; `None` for what is no key.
pub(crate) fn tones_of(key: u8) -> Option<(f64, f64)> {
    let place = KEYPAD.iter().position(|k| *k == key)?;
    Some((*TONES.get(place / 4)?, *TONES.get(4 + place % 4)?))
}

/// What a window holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Hit {
    /// Place in [`KEYPAD`].
    pub(super) key: u8,
    /// Power of both tones, in dBm0.
    pub(super) level: f32,
    /// The column against the row, in dB.
    pub(super) twist: f32,
}

/// The filters for one sampling rate.
#[derive(Clone, Debug)]
pub(super) struct Bank {
    /// `2 cos ω` of the tones.
    nominal: [f32; 8],
    /// Of the tones 2 % below, 2 % above, and at twice their frequency.
    beside: [[f32; 3]; 8],
    /// The Hann window last used.
    shape: Vec<f32>,
    /// Of the samples under the window.
    samples: Vec<f32>,
    /// Samples a second.
    rate: f32,
    /// Mean square of the quietest key.
    quietest: f32,
}

impl Bank {
    pub(super) fn new(rate: u32) -> Bank {
        let coefficient = |hz: f64| (2.0 * (TAU * hz / f64::from(rate)).cos()) as f32;
        let beside = |hz: f64| [1.0 - BESIDE, 1.0 + BESIDE, 2.0].map(|by| coefficient(hz * by));
        Bank {
            nominal: TONES.map(coefficient),
            beside: TONES.map(beside),
            shape: Vec::new(),
            samples: Vec::new(),
            rate: rate as f32,
            quietest: ZERO_DBM0 * 10f32.powf(QUIETEST / 10.0),
        }
    }

    /// Looks at a window of about 20 to 26 ms.
    pub(super) fn look(&mut self, window: &[f32]) -> Option<Hit> {
        let samples = window.len() as f32;
        let all: f32 = window.iter().map(|x| x * x).sum();
        if all < self.quietest * samples {
            return None;
        }
        self.fit(window);
        let window = &self.samples;
        let energy: f32 = window.iter().map(|x| x * x).sum();
        let power = powers(window, &self.nominal);
        let (row, column) = (strongest(&power, 0), strongest(&power, 4));
        // Far from being a key.
        if at(&power, row) + at(&power, column) < energy * SHARE / 2.0 {
            return None;
        }
        let places = |tone: usize| self.beside.get(tone).copied().unwrap_or_default();
        let ([a, b, c], [d, e, f]) = (places(row), places(column));
        let [
            below_row,
            above_row,
            twice_row,
            below_column,
            above_column,
            twice_column,
            ..,
        ] = powers(window, &[a, b, c, d, e, f, 0.0, 0.0]);
        let hz = |tone: usize| TONES.get(tone).copied().unwrap_or_default();
        let bins = |tone: usize| hz(tone) as f32 / self.rate * samples;
        let low = peak(below_row, at(&power, row), above_row, bins(row))?;
        let high = peak(below_column, at(&power, column), above_column, bins(column))?;
        let stands_out = |group: usize, own: usize, strength: f32| {
            (group..group + 4).all(|i| i == own || at(&power, i) * DOMINANCE <= strength)
        };
        let beside_column = (2.0 * hz(row) - hz(column)).abs() < NEAR;
        let twist = 10.0 * (high / low).log10();
        let fits = low + high >= energy * SHARE
            && TWIST.contains(&twist)
            && stands_out(0, row, low)
            && stands_out(4, column, high)
            && (beside_column || twice_row <= low * HARMONIC)
            && twice_column <= high * HARMONIC;
        fits.then(|| Hit {
            // Both below 4.
            key: (row * 4 + column - 4) as u8,
            // The window takes 3/8 of the power.
            level: 10.0 * ((low + high) / (samples * 0.375) / ZERO_DBM0).log10(),
            twist,
        })
    }

    /// Puts the samples under a Hann window of their number.
    fn fit(&mut self, window: &[f32]) {
        if self.shape.len() != window.len() {
            // cos ((n + ½) ω) by its recurrence, from n = 0 and n = -1, which are the same.
            let step = TAU / window.len() as f64;
            let (twice, first) = (2.0 * step.cos(), (step / 2.0).cos());
            let cosines = std::iter::successors(Some((first, first)), |(now, before)| {
                Some((twice * now - before, *now))
            });
            self.shape.clear();
            let shape = cosines.map(|(now, _)| (0.5 - 0.5 * now) as f32);
            self.shape.extend(shape.take(window.len()));
        }
        self.samples.clear();
        let shaped = window.iter().zip(&self.shape).map(|(x, w)| x * w);
        self.samples.extend(shaped);
    }
}

fn at(of: &[f32; 8], i: usize) -> f32 {
    of.get(i).copied().unwrap_or_default()
}

/// The strongest of four from `group` on.
fn strongest(power: &[f32; 8], group: usize) -> usize {
    (group..group + 4)
        .max_by(|a, b| at(power, *a).total_cmp(&at(power, *b)))
        .unwrap_or(group)
}

/// The power of a tone at its true frequency by two of three places, `None` where that is too far off. Near its peak the
/// logarithm of a tone's power falls by [`BEND`] for each bin squared.
fn peak(below: f32, middle: f32, above: f32, bins: f32) -> Option<f32> {
    const STEP: f32 = BESIDE as f32;
    let bend = BEND * bins * bins;
    let by = |beside: f32| ((beside / middle).ln() / bend + STEP * STEP) / (2.0 * STEP);
    let off = if below > above { -by(below) } else { by(above) };
    (off.abs() <= OFF).then(|| middle * (bend * off * off).exp())
}

/// The share of the window's energy at eight frequencies, each by `2 cos ω`.
fn powers(window: &[f32], coefficients: &[f32; 8]) -> [f32; 8] {
    let (mut one, mut two) = ([0.0f32; 8], [0.0f32; 8]);
    for x in window {
        let mut next = [0.0f32; 8];
        for (((next, c), one), two) in next.iter_mut().zip(coefficients).zip(&one).zip(&two) {
            *next = x + c * one - two;
        }
        (one, two) = (next, one);
    }
    // Of a tone under a Hann window: half the samples squared come together, three eighths of the power are there.
    let scale = 3.0 / window.len().max(1) as f32;
    let mut power = [0.0; 8];
    for (((p, c), a), b) in power.iter_mut().zip(coefficients).zip(&one).zip(&two) {
        *p = (a * a + b * b - c * a * b) * scale;
    }
    power
}
