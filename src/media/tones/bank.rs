//! One window of samples: does it hold the two tones of a key, and little else?
//!
//! The powers at the eight frequencies of Q.23 by Goertzel's recurrence; those of the strongest row and column again a
//! little beside their frequency, for senders are off by up to 1.5 % (Q.24).

use std::f64::consts::TAU;

/// Frequencies of the rows, then of the columns, in Hz.
const TONES: [f64; 8] = [697.0, 770.0, 852.0, 941.0, 1209.0, 1336.0, 1477.0, 1633.0];
/// The keys in rows of four.
pub(super) const KEYPAD: &[u8; 16] = b"123A456B789C*0#D";
/// Where the power of a tone is looked for, relative to its frequency, beside the middle.
const BESIDE: [f64; 4] = [-0.02, -0.01, 0.01, 0.02];

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
/// How much more power 2 % beside the frequency than 1 %: the tone is more than 1.5 % off.
const OFF: f32 = 1.12;
/// Mean square of a tone of 0 dBm0: G.711's largest tone has +3.17 dBm0 (µ-law).
const ZERO_DBM0: f32 = 22_302.0 * 22_302.0 / 2.0;
/// Both tones together at least, in dBm0.
const QUIETEST: f32 = -42.0;

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
    /// Of a row (0 to 3) or column (4 to 7), at the places of [`BESIDE`].
    beside: [[f32; 4]; 8],
    /// Of twice the frequency.
    twice: [f32; 8],
    /// Mean square of the quietest key.
    quietest: f32,
}

impl Bank {
    pub(super) fn new(rate: u32) -> Bank {
        let coefficient = |hz: f64| (2.0 * (TAU * hz / f64::from(rate)).cos()) as f32;
        Bank {
            nominal: TONES.map(coefficient),
            beside: TONES.map(|hz| BESIDE.map(|off| coefficient(hz * (1.0 + off)))),
            twice: TONES.map(|hz| coefficient(2.0 * hz)),
            quietest: ZERO_DBM0 * 10f32.powf(QUIETEST / 10.0),
        }
    }

    /// Looks at a window of about 20 to 26 ms.
    pub(super) fn look(&self, window: &[f32]) -> Option<Hit> {
        let energy: f32 = window.iter().map(|x| x * x).sum();
        let samples = window.len() as f32;
        if energy < self.quietest * samples {
            return None;
        }
        let power = powers(window, &self.nominal);
        let (row, column) = (strongest(&power, 0), strongest(&power, 4));
        // Far from being a key.
        if at(&power, row) + at(&power, column) < energy * SHARE / 2.0 {
            return None;
        }
        let mut coefficients = [0.0; 8];
        let places = [row, column].map(|tone| self.beside.get(tone).copied().unwrap_or_default());
        for (to, from) in coefficients.iter_mut().zip(places.as_flattened()) {
            *to = *from;
        }
        let beside = powers(window, &coefficients);
        let (low, high) = beside.split_at(4);
        let low = tone(at(&power, row), low)?;
        let high = tone(at(&power, column), high)?;
        let stands_out = |group: usize, own: usize, strength: f32| {
            (group..group + 4).all(|i| i == own || at(&power, i) * DOMINANCE <= strength)
        };
        let twist = 10.0 * (high / low).log10();
        let fits = low + high >= energy * SHARE
            && TWIST.contains(&twist)
            && stands_out(0, row, low)
            && stands_out(4, column, high)
            && !self.has_harmonics(window, (row, low), (column, high));
        fits.then(|| Hit {
            // Both below 4.
            key: (row * 4 + column - 4) as u8,
            level: 10.0 * ((low + high) / samples / ZERO_DBM0).log10(),
            twist,
        })
    }

    fn has_harmonics(&self, window: &[f32], row: (usize, f32), column: (usize, f32)) -> bool {
        let hz = |tone: usize| TONES.get(tone).copied().unwrap_or_default();
        let beside_column = (2.0 * hz(row.0) - hz(column.0)).abs() < NEAR;
        let mut coefficients = [0.0; 8];
        coefficients[0] = at(&self.twice, row.0);
        coefficients[1] = at(&self.twice, column.0);
        let power = powers(window, &coefficients);
        (!beside_column && power[0] > row.1 * HARMONIC) || power[1] > column.1 * HARMONIC
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

/// The power of a tone near its frequency; `None` where it lies too far beside.
fn tone(middle: f32, beside: &[f32]) -> Option<f32> {
    let &[below_2, below_1, above_1, above_2] = beside else {
        return None;
    };
    let near = middle.max(below_1).max(above_1);
    let far = |two: f32, one: f32| two > near && two > one * OFF;
    let is_off = far(below_2, below_1) || far(above_2, above_1);
    (!is_off).then(|| near.max(below_2).max(above_2))
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
    let scale = 2.0 / window.len().max(1) as f32;
    let mut power = [0.0; 8];
    for (((p, c), a), b) in power.iter_mut().zip(coefficients).zip(&one).zip(&two) {
        *p = (a * a + b * b - c * a * b) * scale;
    }
    power
}
