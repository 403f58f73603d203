//! Why a payload type gives no sound.

use crate::types::Escaped;
use crate::types::codec::Codec;
use crate::types::media::MediaKind;
use std::fmt;

/// Why there is no decoder for a payload type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoSound {
    /// A dynamic payload type that no SDP names.
    Unnamed,
    /// The codec is known and nothing here decodes it.
    NoDecoder(String),
    /// The name is not known.
    Unknown(String),
    /// It carries no sound: video, text, events, comfort noise, repair.
    NotSound(String),
    /// This build has no decoder for it: it was made without the feature `audio`.
    LeftOut(String),
}

impl NoSound {
    pub(super) fn of(name: &str, codec: Option<&Codec>) -> NoSound {
        let name = name.to_owned();
        match codec {
            Some(c) if c.kind != MediaKind::Audio || c.role.is_auxiliary() => {
                NoSound::NotSound(name)
            }
            Some(_) => NoSound::NoDecoder(name),
            None => NoSound::Unknown(name),
        }
    }
}

impl fmt::Display for NoSound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NoSound::Unnamed => {
                write!(f, "the payload type is dynamic and no SDP names its codec")
            }
            NoSound::NoDecoder(name) => write!(f, "there is no decoder for {}", Escaped::of(name)),
            NoSound::Unknown(name) => write!(f, "{} is no codec known here", Escaped::of(name)),
            NoSound::NotSound(name) => write!(f, "{} carries no sound", Escaped::of(name)),
            NoSound::LeftOut(name) => write!(
                f,
                "this build has no decoder for {}: it was made without the feature audio",
                Escaped::of(name)
            ),
        }
    }
}
