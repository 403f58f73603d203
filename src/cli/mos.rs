//! `--mos-profile`.

use crate::types::MosProfile;
use clap::builder::PossibleValue;
use clap::{Args, ValueEnum};

/// By which arithmetic streams are rated.
#[derive(Args, Clone, Copy, Debug)]
pub struct MosArgs {
    /// How MOS is estimated
    #[arg(
        long = "mos-profile",
        value_name = "PROFILE",
        value_enum,
        default_value = "g107",
        help_heading = "Output"
    )]
    pub profile: MosProfile,
}

impl ValueEnum for MosProfile {
    fn value_variants<'a>() -> &'a [Self] {
        MosProfile::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let help = match self {
            MosProfile::G107 => "the E-model of ITU-T G.107: codec and loss; conversation apart",
            MosProfile::Classroom => {
                "what courses teach: R = 93.2 - Ie - 0.024 (codec delay + 20 ms); at most 4.40, 4.07, 3.87, 3.69 for \
                 G.711, G.729, G.723.1 at 6.3 and 5.3 kbit/s"
            }
        };
        Some(PossibleValue::new(self.as_str()).help(help))
    }
}
