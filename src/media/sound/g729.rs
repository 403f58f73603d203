//! G.729 with annexes A and B: frames of 10 octets, the last of a packet perhaps a description of silence of 2
//! (RFC 3551 §4.5.6).

use super::{MAX_SAMPLES, SoundDecoder};
use g729_sys::{Decoder, FRAME_SAMPLES, VOICE_FRAME_BYTES};

/// Octets of a description of silence (annex B).
const SILENCE: usize = 2;

#[derive(Default)]
pub(super) struct G729 {
    decoder: Decoder,
    /// The last frame described silence: what is missing then was not sent.
    silent: bool,
}

impl SoundDecoder for G729 {
    fn rate(&self) -> u32 {
        8000
    }

    fn decode(&mut self, payload: &[u8], out: &mut Vec<i16>) {
        let frames = payload.chunks(VOICE_FRAME_BYTES);
        for frame in frames.take(MAX_SAMPLES / FRAME_SAMPLES) {
            match frame.len() {
                VOICE_FRAME_BYTES => self.silent = false,
                SILENCE => self.silent = true,
                _ => continue,
            }
            out.extend(self.decoder.decode(frame, false, self.silent, false));
        }
    }

    fn conceal(&mut self, samples: usize, out: &mut Vec<i16>) {
        let end = out.len() + samples;
        while out.len() < end {
            out.extend(self.decoder.decode(&[], true, self.silent, false));
        }
        out.truncate(end);
    }
}
