//! Whether the sound itself is looked at.

use clap::{ArgMatches, Args};

/// Whether the sound itself is looked at. What analyses reads it from [`super::InputArgs::audio`].
#[derive(Args, Clone, Copy, Debug, PartialEq, Eq)]
pub struct HearArgs {
    /// Decode the sound and listen to it: keys (DTMF tones) in the sound of every stream
    ///
    /// Decode the sound of every stream of G.711, G.722 or L16 and listen to it: to keys pressed (DTMF tones). Without it,
    /// keys are listened for only in G.711 of calls that agreed on no telephone-event, and more sparsely: one shorter
    /// than 90 ms may be missed. Enciphered media is never decoded.
    #[arg(long, help_heading = "Input")]
    pub audio: bool,
}

/// True where the command knows the option and it was given.
pub(super) fn is_wanted(matches: &ArgMatches) -> bool {
    matches!(matches.try_get_one::<bool>("audio"), Ok(Some(true)))
}
