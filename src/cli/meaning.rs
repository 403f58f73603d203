//! Options that are right alone and may be wrong together: they become one value that can hold only what makes
//! sense, and where they contradict each other the command line is refused with a sentence.

use clap::Args;

/// What options mean together.
pub(super) trait Meaning: Sized {
    /// The options as they are typed.
    type Typed: Args;
    /// What they mean, or why they mean nothing.
    fn of(typed: Self::Typed) -> Result<Self, &'static str>;
}

/// Makes a [`Meaning`] usable where options are flattened.
macro_rules! means {
    ($meaning:ty) => {
        impl clap::Args for $meaning {
            fn augment_args(command: clap::Command) -> clap::Command {
                <<$meaning as $crate::cli::meaning::Meaning>::Typed as clap::Args>::augment_args(
                    command,
                )
            }
            fn augment_args_for_update(command: clap::Command) -> clap::Command {
                Self::augment_args(command)
            }
        }

        impl clap::FromArgMatches for $meaning {
            fn from_arg_matches(matches: &clap::ArgMatches) -> Result<Self, clap::Error> {
                let typed = clap::FromArgMatches::from_arg_matches(matches)?;
                <$meaning as $crate::cli::meaning::Meaning>::of(typed)
                    .map_err($crate::cli::meaning::contradiction)
            }
            fn update_from_arg_matches(
                &mut self,
                matches: &clap::ArgMatches,
            ) -> Result<(), clap::Error> {
                *self = Self::from_arg_matches(matches)?;
                Ok(())
            }
        }
    };
}

pub(super) use means;

/// The sentence as clap says it.
pub(super) fn contradiction(text: &'static str) -> clap::Error {
    clap::Error::raw(clap::error::ErrorKind::ArgumentConflict, text)
}
