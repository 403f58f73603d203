//! L16: samples as they are, high octet first (RFC 3551 §4.5.11).

use super::{MAX_SAMPLES, Repeat, SoundDecoder, SoundFormat};
use crate::types::ClockRate;

/// Rates sound can have: a clock beyond is a mistake of whoever wrote the SDP.
const RATES: std::ops::RangeInclusive<u32> = 4000..=192_000;

/// The clock as a rate of samples, else `usual`.
pub(super) fn rate_of(clock: Option<ClockRate>, usual: u32) -> u32 {
    let hz = clock.map_or(usual, ClockRate::hz);
    if RATES.contains(&hz) { hz } else { usual }
}

pub(super) struct Linear16 {
    rate: u32,
    channels: usize,
    repeat: Repeat,
}

impl Linear16 {
    pub(super) fn new(format: SoundFormat<'_>) -> Self {
        let rate = rate_of(format.clock, 44100);
        Linear16 {
            rate,
            channels: format.channels.map_or(1, |n| usize::from(n.max(1))),
            repeat: Repeat::new(rate),
        }
    }
}

impl SoundDecoder for Linear16 {
    fn rate(&self) -> u32 {
        self.rate
    }

    fn decode(&mut self, payload: &[u8], out: &mut Vec<i16>) {
        let start = out.len();
        let frames = payload.chunks_exact(2 * self.channels).take(MAX_SAMPLES);
        out.extend(frames.map(|frame| {
            let (samples, _) = frame.as_chunks::<2>();
            let sum: i32 = samples
                .iter()
                .map(|s| i32::from(i16::from_be_bytes(*s)))
                .sum();
            // The mean of values of 16 bits has 16 bits; there are at most 255 of them.
            (sum / self.channels as i32) as i16
        }));
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
    fn samples_have_their_high_octet_first_and_channels_are_averaged() {
        let format = |channels| SoundFormat {
            codec: Some("L16"),
            clock: ClockRate::new(16000),
            channels,
        };
        let mut out = Vec::new();
        let mut one = Linear16::new(format(None));
        one.decode(&[0x01, 0x02, 0xff, 0xff, 9], &mut out);
        assert_eq!((one.rate(), &out[..]), (16000, &[0x0102, -1][..]));
        out.clear();
        Linear16::new(format(Some(2))).decode(&[0, 10, 0, 20, 0x80, 0, 0x80, 0], &mut out);
        assert_eq!(out, [15, -32768]);
    }

    #[test]
    fn a_clock_that_no_sound_has_is_not_believed() {
        assert_eq!(rate_of(ClockRate::new(4_000_000_000), 8000), 8000);
        assert_eq!(rate_of(None, 8000), 8000);
    }
}
