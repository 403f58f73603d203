//! GSM full rate (GSM 06.10): frames of 33 octets that begin with the nibble 0xD (RFC 3551 §4.5.8).

use super::{MAX_SAMPLES, Repeat, SoundDecoder};
use oxideav_gsm::{DecoderState, FRAME_SAMPLES, GSM_BYTE_FRAME_LEN, UnpackedFrame};

pub(super) struct Gsm {
    decoder: DecoderState,
    repeat: Repeat,
}

impl Default for Gsm {
    fn default() -> Self {
        Gsm {
            decoder: DecoderState::new(),
            repeat: Repeat::new(8000),
        }
    }
}

impl SoundDecoder for Gsm {
    fn rate(&self) -> u32 {
        8000
    }

    fn decode(&mut self, payload: &[u8], out: &mut Vec<i16>) {
        let frames = payload.chunks_exact(GSM_BYTE_FRAME_LEN);
        for frame in frames.take(MAX_SAMPLES / FRAME_SAMPLES) {
            match UnpackedFrame::from_gsm_byte_frame(frame) {
                Ok(frame) => {
                    let samples = self.decoder.decode_frame(&frame);
                    self.repeat.heard(&samples);
                    out.extend_from_slice(&samples);
                }
                Err(_) => self.repeat.conceal(FRAME_SAMPLES, out),
            }
        }
    }

    fn conceal(&mut self, samples: usize, out: &mut Vec<i16>) {
        self.repeat.conceal(samples, out);
    }
}
