//! Whether the sound itself is looked at.

use clap::{ArgMatches, Args};

/// Whether the sound itself is looked at. What analyses reads it from [`super::InputArgs::audio`].
#[derive(Args, Clone, Copy, Debug, PartialEq, Eq)]
pub struct AudioArgs {
    /// Decode the sound and listen to it: keys in the sound of every stream
    ///
    /// Decode the sound of every stream whose codec can be decoded, and listen to it: to keys pressed (DTMF tones).
    /// Without it, keys are listened for only in G.711 of calls that agreed on no telephone-event, and more sparsely.
    /// Enciphered media is never decoded.
    #[arg(long, help_heading = "Input")]
    pub audio: bool,
}

/// True where the command knows the option and it was given.
pub(super) fn is_wanted(matches: &ArgMatches) -> bool {
    matches!(matches.try_get_one::<bool>("audio"), Ok(Some(true)))
}
