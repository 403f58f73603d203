//! G.722: 16000 samples a second under an RTP clock of 8000 (RFC 3551 §4.5.2), at 64 kbit/s.

use super::{MAX_SAMPLES, Repeat, SoundDecoder};
use audio_codec::g722::G722Decoder;

pub(super) struct G722 {
    decoder: G722Decoder,
    repeat: Repeat,
}

impl Default for G722 {
    fn default() -> Self {
        G722 {
            decoder: G722Decoder::new(),
            repeat: Repeat::new(16000),
        }
    }
}

impl SoundDecoder for G722 {
    fn rate(&self) -> u32 {
        16000
    }

    fn decode(&mut self, payload: &[u8], out: &mut Vec<i16>) {
        let start = out.len();
        let payload = payload.get(..MAX_SAMPLES / 2).unwrap_or(payload);
        // Two samples an octet.
        out.resize(start + 2 * payload.len(), 0);
        let room = out.get_mut(start..).unwrap_or_default();
        let samples = self.decoder.decode_frame_into(payload, room).unwrap_or(0);
        out.truncate(start + samples);
        self.repeat.heard(out.get(start..).unwrap_or_default());
    }

    fn conceal(&mut self, samples: usize, out: &mut Vec<i16>) {
        self.repeat.conceal(samples, out);
    }
}
