//! Sound from payloads: one decoder a file, found through the codec registry.
//!
//! A decoder takes the payloads of one payload type of one stream in the order they were sent, and gives samples of
//! one channel; the sound of several channels is averaged. What each was checked against is said in `docs/audio.md`.
//!
//! Invariant: no payload makes a decoder panic, and none gives more than [`MAX_SAMPLES`] samples.

mod activity;
mod choose;
mod conceal;
mod g711;
mod g726;
mod linear;
mod no_sound;
mod packing;
mod resample;
mod sequence;
mod storage;
mod talk;
mod track;

#[cfg(feature = "audio")]
mod g722;
#[cfg(feature = "audio")]
mod g7231;
#[cfg(feature = "audio")]
mod g729;
#[cfg(feature = "audio")]
mod gsm;
#[cfg(feature = "audio")]
mod opus;

#[cfg(test)]
mod tests;
#[cfg(test)]
mod vectors;

pub use activity::{Activity, Held, SILENT_BELOW_DBOV, SoundFigures, SoundMeter, StreamSound};
pub use choose::choose;
pub use conceal::Repeat;
pub use g711::{a_law, mu_law};
pub use no_sound::NoSound;
pub use resample::Resampler;
pub use sequence::{Ordered, Sequencer, SoundPacket};
pub use storage::{Storage, storage_of};
pub use talk::{DEAD_AIR, Sides, Talk};
pub use track::{Piece, Track, TrackFigures, TrackFormat};

use crate::types::ClockRate;
use crate::types::codec::{self, Sound};

/// Samples that one payload gives at most: 120 ms at 48 kHz, and what else fits a datagram.
pub const MAX_SAMPLES: usize = 1 << 17;

/// Makes sound of the payloads of one payload type, in the order they were sent.
pub trait SoundDecoder: Send {
    /// Samples a second of what it gives. It may differ from the RTP clock: G.722 has a clock of 8000 Hz and
    /// 16000 samples a second (RFC 3551 §4.5.2).
    fn rate(&self) -> u32;

    /// Appends the samples of a payload, one channel of 16 bits. What is not a whole frame is left out.
    fn decode(&mut self, payload: &[u8], out: &mut Vec<i16>);

    /// Appends `samples` samples for sound that did not come: the codec's own concealment where it has one, else the
    /// last sound again, fading within 60 ms. Call it also where silence is wanted, so that the decoder knows of the loss.
    fn conceal(&mut self, samples: usize, out: &mut Vec<i16>);
}

/// What a decoder needs to know of a payload type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SoundFormat<'a> {
    /// Encoding name as written; `None` for a dynamic type that no SDP names.
    pub codec: Option<&'a str>,
    /// RTP clock.
    pub clock: Option<ClockRate>,
    /// Audio channels; `None` where nothing says: one.
    pub channels: Option<u8>,
}

/// A decoder for a payload type, or why there is none. Of encrypted media never ask: its payload is noise.
pub fn decoder(format: SoundFormat<'_>) -> Result<Box<dyn SoundDecoder>, NoSound> {
    let Some(name) = format.codec else {
        return Err(NoSound::Unnamed);
    };
    let known = codec::find(name);
    let Some(sound) = known.and_then(|codec| codec.sound) else {
        return Err(NoSound::of(name, known));
    };
    Ok(match sound {
        Sound::MuLaw => Box::new(g711::G711::mu_law(format.clock)),
        Sound::ALaw => Box::new(g711::G711::a_law(format.clock)),
        Sound::Linear16 => Box::new(linear::Linear16::new(format)),
        Sound::G726(bits) => Box::new(g726::G726::new(bits, packing::of_name(name))),
        #[cfg(feature = "audio")]
        Sound::G722 => Box::new(g722::G722::default()),
        #[cfg(feature = "audio")]
        Sound::Gsm => Box::new(gsm::Gsm::default()),
        #[cfg(feature = "audio")]
        Sound::G729 => Box::new(g729::G729::default()),
        #[cfg(feature = "audio")]
        Sound::G7231 => Box::new(g7231::G7231::default()),
        #[cfg(feature = "audio")]
        Sound::Opus => Box::new(opus::Opus::new().ok_or_else(|| NoSound::of(name, known))?),
        #[cfg(not(feature = "audio"))]
        Sound::G722 | Sound::Gsm | Sound::G729 | Sound::G7231 | Sound::Opus => {
            return Err(NoSound::LeftOut(name.to_owned()));
        }
    })
}
