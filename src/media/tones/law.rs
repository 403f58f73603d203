//! Samples of payloads: G.711 and 16 bits linear here, G.722 by its decoder.

use crate::media::sound::{a_law, mu_law};

/// What is decoded here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Law {
    Mu,
    A,
    /// 16 bits, network byte order, so many channels (RFC 3551 §4.5.11).
    Linear {
        channels: u8,
    },
    /// G.722: an octet is two samples, and one tick of its clock (RFC 3551 §4.5.2).
    G722,
}

impl Law {
    /// The law of an encoding name.
    pub(super) fn of_codec(name: &str, channels: Option<u8>) -> Option<Law> {
        let is = |known: &str| name.eq_ignore_ascii_case(known);
        match () {
            () if is("PCMU") => Some(Law::Mu),
            () if is("PCMA") => Some(Law::A),
            () if is("L16") => Some(Law::Linear {
                channels: channels.unwrap_or(1).max(1),
            }),
            () if cfg!(feature = "audio") && is("G722") => Some(Law::G722),
            () => None,
        }
    }

    /// True for G.711: a sample an octet.
    pub(super) const fn is_g711(self) -> bool {
        matches!(self, Law::Mu | Law::A)
    }

    /// The samples of the octets of G.711.
    #[inline]
    pub(super) fn table(self) -> &'static [f32; 256] {
        match self {
            Law::A => &A_LAW,
            _ => &MU_LAW,
        }
    }

    /// Octets of one tick.
    pub(super) const fn octets(self) -> usize {
        match self {
            Law::Linear { channels } => 2 * channels as usize,
            Law::Mu | Law::A | Law::G722 => 1,
        }
    }

    /// Samples of one tick.
    pub(super) const fn samples(self) -> u32 {
        match self {
            Law::G722 => 2,
            Law::Mu | Law::A | Law::Linear { .. } => 1,
        }
    }

    /// Appends the samples of a payload; of G.722 none.
    pub(super) fn decode(self, payload: &[u8], out: &mut Vec<f32>) {
        match self {
            Law::Mu | Law::A => {
                let table = self.table();
                // An octet is an index of 256 entries.
                out.extend(payload.iter().map(|o| table[usize::from(*o)]));
            }
            Law::G722 => {}
            Law::Linear { channels } => {
                let (pairs, _) = payload.as_chunks::<2>();
                let channels = usize::from(channels);
                out.extend(pairs.chunks_exact(channels).map(|frame| {
                    let sum: f32 = frame
                        .iter()
                        .map(|s| f32::from(i16::from_be_bytes(*s)))
                        .sum();
                    sum / channels as f32
                }));
            }
        }
    }
}

static MU_LAW: [f32; 256] = table(true);
static A_LAW: [f32; 256] = table(false);

const fn table(is_mu: bool) -> [f32; 256] {
    let mut table = [0.0; 256];
    let mut octet = 0;
    while octet < 256 {
        // Below 256.
        let code = octet as u8;
        table[octet] = if is_mu { mu_law(code) } else { a_law(code) } as f32;
        octet += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_of_both_laws_are_those_of_g_711() {
        let mu = [0xff, 0x80, 0x00, 0xf0].map(|o: usize| Law::Mu.table()[o]);
        assert_eq!(mu, [0.0, 32124.0, -32124.0, 120.0]);
        let a = [0xd5, 0xaa, 0x2a, 0xc5].map(|o: usize| Law::A.table()[o]);
        assert_eq!(a, [8.0, 32256.0, -32256.0, 264.0]);
    }

    #[test]
    fn two_channels_are_averaged() {
        let mut out = Vec::new();
        Law::Linear { channels: 2 }.decode(&[0, 100, 0, 50, 0xff, 0xfe, 0, 2, 9], &mut out);
        assert_eq!(out, [75.0, 0.0]);
    }
}
