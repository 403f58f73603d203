//! What is wrong with a message, said so that it can be reported and looked up.

use super::HeaderName;
use crate::types::FlawCode;

/// One thing wrong with a message. The message is still read as far as it makes sense.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// Which rule is broken.
    pub code: FlawCode,
    /// The header concerned, in its long spelling.
    pub header: Option<&'static str>,
    /// What is wrong, in one sentence that is safe to show.
    pub text: String,
    /// Where the rule is written down, as `RFC 3261 §18.3`.
    pub source: Option<&'static str>,
}

impl Flaw {
    /// A flaw of the message as a whole.
    pub fn of_message(code: FlawCode, text: impl Into<String>, source: &'static str) -> Flaw {
        Flaw {
            code,
            header: None,
            text: text.into(),
            source: Some(source),
        }
    }

    /// A flaw of one header.
    pub fn of_header(
        code: FlawCode,
        header: HeaderName,
        text: impl Into<String>,
        source: &'static str,
    ) -> Flaw {
        Flaw {
            code,
            header: header.canonical(),
            text: text.into(),
            source: Some(source),
        }
    }

    /// The message is longer than is read: its `what` beyond `limit` octets are left out.
    pub fn too_long(what: &str, limit: usize) -> Flaw {
        Flaw {
            code: FlawCode::MessageTooLong,
            header: None,
            text: format!(
                "Too long to be read in full: {what}, of which the limit is {limit} octets; the rest is left out."
            ),
            source: None,
        }
    }

    /// A part of the message is not in the capture: `why` says how that came.
    pub fn cut(why: &str) -> Flaw {
        Flaw {
            code: FlawCode::CaptureTruncated,
            header: None,
            text: format!("A part of this message is not in the capture: {why}."),
            source: None,
        }
    }
}
