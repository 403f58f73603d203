//! G.711: a sample an octet (ITU-T G.711; RFC 3551 §4.5.14).

use super::{Repeat, SoundDecoder};
use crate::types::ClockRate;

/// The sample of a µ-law octet.
pub const fn mu_law(octet: u8) -> i16 {
    let code = !octet;
    let magnitude = (((code as i16 & 0x0f) << 3) + 0x84) << ((code & 0x70) >> 4);
    match code & 0x80 {
        0 => magnitude - 0x84,
        _ => 0x84 - magnitude,
    }
}

/// The sample of an A-law octet.
pub const fn a_law(octet: u8) -> i16 {
    let code = octet ^ 0x55;
    let step = (code as i16 & 0x0f) << 4;
    let magnitude = match (code & 0x70) >> 4 {
        0 => step + 8,
        segment => (step + 0x108) << (segment - 1),
    };
    match code & 0x80 {
        0 => -magnitude,
        _ => magnitude,
    }
}

const fn table(of: Law) -> [i16; 256] {
    let mut table = [0; 256];
    let mut octet = 0;
    while octet < 256 {
        table[octet] = match of {
            Law::Mu => mu_law(octet as u8),
            Law::A => a_law(octet as u8),
        };
        octet += 1;
    }
    table
}

enum Law {
    Mu,
    A,
}

static MU_LAW: [i16; 256] = table(Law::Mu);
static A_LAW: [i16; 256] = table(Law::A);

pub(super) struct G711 {
    table: &'static [i16; 256],
    rate: u32,
    repeat: Repeat,
}

impl G711 {
    pub(super) fn mu_law(clock: Option<ClockRate>) -> Self {
        G711::new(&MU_LAW, clock)
    }

    pub(super) fn a_law(clock: Option<ClockRate>) -> Self {
        G711::new(&A_LAW, clock)
    }

    /// At other clocks than 8000 Hz (`PCMU/16000`) it is the same octet a sample.
    fn new(table: &'static [i16; 256], clock: Option<ClockRate>) -> Self {
        let rate = super::linear::rate_of(clock, 8000);
        G711 {
            table,
            rate,
            repeat: Repeat::new(rate),
        }
    }
}

impl SoundDecoder for G711 {
    fn rate(&self) -> u32 {
        self.rate
    }

    fn decode(&mut self, payload: &[u8], out: &mut Vec<i16>) {
        let start = out.len();
        let octets = payload.iter().take(super::MAX_SAMPLES);
        // An octet is an index of 256 entries.
        out.extend(octets.map(|o| self.table[usize::from(*o)]));
        self.repeat.heard(out.get(start..).unwrap_or_default());
    }

    fn conceal(&mut self, samples: usize, out: &mut Vec<i16>) {
        self.repeat.conceal(samples, out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn octets_have_the_values_of_the_tables_of_g_711() {
        // Table 2a and 2b of G.711, scaled to 16 bits (µ-law by 4, A-law by 16 halves): ends, zeros and a middle.
        for (octet, value) in [
            (0xff, 0),
            (0x7f, 0),
            (0x80, 32124),
            (0x00, -32124),
            (0xf0, 120),
        ] {
            assert_eq!(mu_law(octet), value, "{octet:#x}");
        }
        for (octet, value) in [
            (0xd5, 8),
            (0x55, -8),
            (0xaa, 32256),
            (0x2a, -32256),
            (0xc5, 264),
        ] {
            assert_eq!(a_law(octet), value, "{octet:#x}");
        }
    }

    #[test]
    fn larger_magnitudes_have_larger_samples() {
        // Downwards in the code upwards in magnitude (µ-law); A-law once every other bit is turned back.
        let mu: Vec<i16> = (0x80..=0xffu8).map(mu_law).collect();
        assert!(mu.windows(2).all(|w| w[0] > w[1]));
        let a: Vec<i16> = (0x80..=0xffu8).map(|c| a_law(c ^ 0x55)).collect();
        assert!(a.windows(2).all(|w| w[0] < w[1]));
    }
}
