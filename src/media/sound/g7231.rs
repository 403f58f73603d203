//! G.723.1: frames of 30 ms, whose length their first two bits say (RFC 3551 §4.5.3).

use super::{MAX_SAMPLES, SoundDecoder};
use oxideav_g7231::qdec::QSynthesis;

const FRAME_SAMPLES: usize = 240;

pub(super) struct G7231 {
    decoder: QSynthesis,
}

impl Default for G7231 {
    fn default() -> Self {
        G7231 {
            decoder: QSynthesis::new(),
        }
    }
}

/// Octets of a frame that begins so: 6.3 kbit/s, 5.3 kbit/s, a description of silence, nothing sent.
fn frame_len(first: u8) -> usize {
    match first & 3 {
        0 => 24,
        1 => 20,
        2 => 4,
        _ => 1,
    }
}

impl SoundDecoder for G7231 {
    fn rate(&self) -> u32 {
        8000
    }

    fn decode(&mut self, mut payload: &[u8], out: &mut Vec<i16>) {
        for _ in 0..MAX_SAMPLES / FRAME_SAMPLES {
            let Some(first) = payload.first() else {
                return;
            };
            let len = frame_len(*first);
            let Some((frame, rest)) = payload.split_at_checked(len) else {
                return;
            };
            payload = rest;
            let samples = match len {
                24 => self.decoder.decode_mpmlq(frame).ok(),
                20 => self.decoder.decode_acelp(frame).ok(),
                _ => None,
            };
            // Silence is not described further here: the sound before fades.
            out.extend(samples.unwrap_or_else(|| self.decoder.decode_erased()));
        }
    }

    fn conceal(&mut self, samples: usize, out: &mut Vec<i16>) {
        let end = out.len() + samples;
        while out.len() < end {
            out.extend(self.decoder.decode_erased());
        }
        out.truncate(end);
    }
}
