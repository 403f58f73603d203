//! Opus at its 48000 samples a second (RFC 6716, RFC 7587); stereo is mixed by the decoder.

use super::SoundDecoder;
use ropus::{Channels, DecodeMode, Decoder};

const RATE: u32 = 48000;
/// 120 ms, the longest packet (RFC 6716 §2).
const LONGEST: usize = 5760;

pub(super) struct Opus {
    decoder: Decoder,
    /// Samples of the last packet: concealment comes in pieces of that length.
    packet: usize,
    buffer: Vec<i16>,
}

impl Opus {
    pub(super) fn new() -> Option<Self> {
        Some(Opus {
            decoder: Decoder::new(RATE, Channels::Mono).ok()?,
            packet: 0,
            buffer: vec![0; LONGEST],
        })
    }

    /// Appends what the decoder makes of `payload` in `room` samples; an empty one is a lost packet.
    fn append(&mut self, payload: &[u8], room: usize, out: &mut Vec<i16>) -> usize {
        let buffer = self.buffer.get_mut(..room).unwrap_or_default();
        let decoded = self.decoder.decode(payload, buffer, DecodeMode::Normal);
        let samples = buffer.get(..decoded.unwrap_or(0)).unwrap_or_default();
        out.extend_from_slice(samples);
        samples.len()
    }
}

impl SoundDecoder for Opus {
    fn rate(&self) -> u32 {
        RATE
    }

    fn decode(&mut self, payload: &[u8], out: &mut Vec<i16>) {
        if payload.is_empty() {
            return;
        }
        match self.append(payload, LONGEST, out) {
            0 => {}
            samples => self.packet = samples,
        }
    }

    fn conceal(&mut self, samples: usize, out: &mut Vec<i16>) {
        let end = out.len() + samples;
        while self.packet > 0 && out.len() < end {
            if self.append(&[], self.packet, out) == 0 {
                break;
            }
        }
        out.resize(end, 0);
    }
}
