//! Sound for tests: keys, noise like speech, music; and the companding of G.711, written from its definition.
//!
//! Independent of the detector: sines by their phase, no table of it is used.

use std::f64::consts::TAU;

/// A key as a sender makes it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Key {
    pub(super) key: char,
    pub(super) on_ms: u32,
    pub(super) off_ms: u32,
    /// Of the stronger tone, in dBm0.
    pub(super) level: f64,
    /// Column against row in dB.
    pub(super) twist: f64,
    /// Relative error of the row's and of the column's frequency.
    pub(super) off: (f64, f64),
}

impl Key {
    pub(super) const fn new(key: char) -> Key {
        Key {
            key,
            on_ms: 80,
            off_ms: 80,
            level: -10.0,
            twist: 0.0,
            off: (0.0, 0.0),
        }
    }
}

/// ITU-T Q.23 table 1.
pub(super) fn frequencies(key: char) -> (f64, f64) {
    let rows = ["123A", "456B", "789C", "*0#D"];
    let row = rows.iter().position(|r| r.contains(key)).unwrap();
    let column = rows[row].find(key).unwrap();
    (
        [697.0, 770.0, 852.0, 941.0][row],
        [1209.0, 1336.0, 1477.0, 1633.0][column],
    )
}

/// A sine of 0 dBm0 has this amplitude: full scale is 3.17 dBm0.
pub(super) fn amplitude(dbm0: f64) -> f64 {
    32_124.0 * 10f64.powf((dbm0 - 3.17) / 20.0)
}

/// Samples of keys one after the other; `lead` samples of silence first.
pub(super) fn keys(keys: &[Key], rate: u32, lead: usize) -> Vec<f64> {
    let mut out = vec![0.0; lead];
    for k in keys {
        let (row, column) = frequencies(k.key);
        let (row, column) = (row * (1.0 + k.off.0), column * (1.0 + k.off.1));
        let (low, high) = match k.twist > 0.0 {
            true => (k.level - k.twist, k.level),
            false => (k.level, k.level + k.twist),
        };
        let (low, high) = (amplitude(low), amplitude(high));
        let rate_of = f64::from(rate);
        for n in 0..k.on_ms * rate / 1000 {
            let t = f64::from(n) / rate_of;
            out.push(low * (TAU * row * t + 0.7).sin() + high * (TAU * column * t + 2.1).sin());
        }
        out.extend((0..k.off_ms * rate / 1000).map(|_| 0.0));
    }
    out
}

/// A small generator of numbers (xorshift), so that tests are the same every time.
#[derive(Clone, Debug)]
pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
    /// From 0 to 1.
    pub(super) fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }
    /// About normal.
    pub(super) fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.unit()).sum::<f64>() - 6.0
    }
}

/// Like speech: pulses of a gliding pitch, or noise, through four resonances that move every 40 to 200 ms.
pub(super) fn speech(seconds: u32, seed: u64) -> Vec<f64> {
    let mut r = Random(seed);
    let mut out: Vec<f64> = Vec::new();
    let total = seconds as usize * 8000;
    let mut phase = 0.0;
    let mut state = [[0.0f64; 2]; 4];
    while out.len() < total {
        let length = (320.0 + 1280.0 * r.unit()) as usize;
        let voiced = r.unit() < 0.75;
        let (pitch, glide) = (80.0 + 240.0 * r.unit(), 0.8 + 0.4 * r.unit());
        let formants = [
            250.0 + 700.0 * r.unit(),
            800.0 + 1500.0 * r.unit(),
            2000.0 + 1000.0 * r.unit(),
            3300.0,
        ];
        let gain = 3000.0 * (0.1 + r.unit());
        for n in 0..length {
            let f = pitch * glide.powf(n as f64 / length as f64);
            phase += f / 8000.0;
            let source = match voiced {
                true if phase >= 1.0 => 8.0,
                true => 0.0,
                false => r.normal(),
            };
            phase = phase.fract();
            let mut y = 0.0;
            for (i, (hz, s)) in formants.iter().zip(&mut state).enumerate() {
                let radius = (-std::f64::consts::PI * (60.0 + 40.0 * i as f64) / 8000.0).exp();
                let x = source + 2.0 * radius * (TAU * hz / 8000.0).cos() * s[0]
                    - radius * radius * s[1];
                *s = [x, s[0]];
                y += x * (1.0 - radius) / (1.0 + i as f64);
            }
            out.push((y * gain).clamp(-32_000.0, 32_000.0));
        }
    }
    out
}

/// Like music: two to four tones of the scale at once, each with five harmonics that die away.
pub(super) fn music(seconds: u32, seed: u64) -> Vec<f64> {
    let mut r = Random(seed);
    let mut out: Vec<f64> = Vec::new();
    while out.len() < seconds as usize * 8000 {
        let length = (800.0 + 3200.0 * r.unit()) as usize;
        let notes: Vec<f64> = (0..2 + r.next() % 3)
            .map(|_| 220.0 * 2f64.powf((r.next() % 30) as f64 / 12.0))
            .collect();
        for n in 0..length {
            let t = n as f64 / 8000.0;
            let fade = (-3.0 * t).exp();
            let sum: f64 = notes
                .iter()
                .flat_map(|hz| {
                    (1..6).map(move |h| (TAU * hz * f64::from(h) * t).sin() / f64::from(h * h))
                })
                .sum();
            out.push(3000.0 * fade * sum);
        }
    }
    out
}

/// G.711 µ-law of a sample, by its formula: eight segments of 16 steps.
pub(super) fn to_mu_law(sample: f64) -> u8 {
    let magnitude = (sample.abs().min(32_635.0) + 132.0) as u32;
    let segment = (31 - magnitude.leading_zeros()).saturating_sub(7);
    let step = (magnitude >> (segment + 3)) & 0x0f;
    let sign = if sample < 0.0 { 0x80 } else { 0 };
    !(sign | (segment << 4) as u8 | step as u8)
}

/// G.711 A-law of a sample.
pub(super) fn to_a_law(sample: f64) -> u8 {
    let magnitude = sample.abs().min(32_700.0) as u32;
    let segment = (32 - (magnitude >> 8).leading_zeros()).min(7);
    let step = (magnitude >> if segment == 0 { 4 } else { segment + 3 }) & 0x0f;
    let sign = if sample < 0.0 { 0 } else { 0x80 };
    (sign | (segment << 4) as u8 | step as u8) ^ 0x55
}
