//! Why a run ended early, and the exit code of the contract.

use crate::source::SourceError;
use std::io;

/// Why a run ended without its result.
#[derive(Debug)]
pub(super) enum Failure {
    /// An input could not be read.
    Input(SourceError),
    /// Reading stopped early and `--strict` was given; the report was written. What to say, where that was
    /// not said yet.
    Damaged(Option<String>),
    /// Another file that is needed could not be read: which, and why.
    Unreadable(String),
    /// Nothing fits the selection; the words to say, if any.
    NothingMatched(String),
    /// The arguments make no sense together with this input; empty where nothing may be said.
    Usage(String),
    /// Output could not be written: where, and why.
    Output(String, io::Error),
    /// Output is missing in part: where, and how much.
    Lost(String),
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
            | Failure::Damaged(_)
            | Failure::Unreadable(_)
            | Failure::Output(..)
            | Failure::Lost(_)
            | Failure::Texts(_)
            | Failure::Permission(_) => 3,
        }
    }

    /// One line for standard error; `None` where everything was said already.
    pub(super) fn to_line(&self) -> Option<String> {
        match self {
            Failure::Input(error) => Some(error.to_string()),
            Failure::NothingMatched(text) | Failure::Usage(text) if text.is_empty() => None,
            Failure::NothingMatched(text)
            | Failure::Usage(text)
            | Failure::Unreadable(text)
            | Failure::Permission(text)
            | Failure::Lost(text) => Some(text.clone()),
            Failure::Output(to, error) => {
                let advice = advice(error);
                Some(format!("cannot write {to}: {error}{advice}"))
            }
            Failure::Texts(error) => Some(format!("cannot keep the message texts aside: {error}")),
            Failure::Damaged(text) => text.clone(),
            Failure::ClosedPipe => None,
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
            return Failure::ClosedPipe;
        }
        match error.get_ref().and_then(|e| e.downcast_ref::<Unwritten>()) {
            Some(unwritten) => Failure::Lost(unwritten.to_string()),
            None => Failure::Output("the output".to_owned(), error),
        }
    }
}

/// Carries through an [`io::Error`] where it happened and what is there of the output.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {to}: {error}{}; {then}", advice(.error))]
pub(super) struct Unwritten {
    to: String,
    then: String,
    error: io::Error,
}

impl Unwritten {
    /// An error of the same kind that tells all.
    pub(super) fn wrap(to: String, then: String, error: io::Error) -> io::Error {
        let kind = error.kind();
        io::Error::new(kind, Unwritten { to, then, error })
    }
}

/// What to do about an error of the system, where that is not plain from its words.
fn advice(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "; free space there or name another place"
        }
        _ if crate::source::is_out_of_descriptors(error) => {
            "; raise the limit, for example with 'ulimit -n 4096'"
        }
        _ => "",
    }
}
