//! Why a run ended early, and the exit code of the contract.

use crate::source::SourceError;
use std::io;

/// Why a run ended without its result.
#[derive(Debug)]
pub(super) enum Failure {
    /// An input could not be read.
    Input(SourceError),
    /// Reading stopped early and `--strict` was given; the report was written.
    Damaged,
    /// Nothing fits the selection; the words to say, if any.
    NothingMatched(String),
    /// The arguments make no sense together with this input.
    Usage(String),
    /// Output could not be written: where, and why.
    Output(String, io::Error),
    /// A text could not be kept or read again.
    Texts(io::Error),
    /// The system would not let us.
    #[cfg_attr(not(feature = "live"), allow(dead_code))]
    Permission(String),
    /// Whoever read our output has left.
    ClosedPipe,
}

impl Failure {
    pub(super) fn exit_code(&self) -> u8 {
        match self {
            Failure::ClosedPipe => 0,
            Failure::NothingMatched(_) => 1,
            Failure::Usage(_) => 2,
            Failure::Input(_)
            | Failure::Damaged
            | Failure::Output(..)
            | Failure::Texts(_)
            | Failure::Permission(_) => 3,
        }
    }

    /// One line for standard error; `None` where everything was said already.
    pub(super) fn to_line(&self) -> Option<String> {
        match self {
            Failure::Input(error) => Some(error.to_string()),
            Failure::NothingMatched(text) if text.is_empty() => None,
            Failure::NothingMatched(text) | Failure::Usage(text) | Failure::Permission(text) => {
                Some(text.clone())
            }
            Failure::Output(to, error) => Some(format!("cannot write {to}: {error}")),
            Failure::Texts(error) => Some(format!("cannot keep the message texts aside: {error}")),
            Failure::Damaged | Failure::ClosedPipe => None,
        }
    }
}

impl From<SourceError> for Failure {
    fn from(error: SourceError) -> Self {
        Failure::Input(error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            Failure::ClosedPipe
        } else {
            Failure::Output("the output".to_owned(), error)
        }
    }
}
