//! Which calls or messages to keep.

use super::number::number;
use clap::Args;
use std::fmt;
use std::str::FromStr;

/// Which calls or messages to keep. Options of different names must all fit; several values of one option are alternatives.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Selection (all that are given must fit)")]
pub struct SelectArgs {
    /// Call number N of the report; several with commas
    #[arg(long = "call", value_name = "N", value_delimiter = ',',
          value_parser = |t: &str| number::<u32>(t, 1..=u32::MAX, "3 or 3,5"))]
    pub calls: Vec<u32>,
    /// The From header contains TEXT, in any case
    #[arg(long, value_name = "TEXT")]
    pub from: Option<String>,
    /// The To header contains TEXT, in any case
    #[arg(long, value_name = "TEXT")]
    pub to: Option<String>,
    /// User-Agent or Server contains TEXT, in any case
    #[arg(long, value_name = "TEXT")]
    pub ua: Option<String>,
    /// The Call-ID contains TEXT, byte for byte
    #[arg(long, value_name = "TEXT")]
    pub call_id: Option<String>,
    /// The method is METHOD; of a response, that of its CSeq; several with commas
    #[arg(long = "method", value_name = "METHOD", value_delimiter = ',')]
    pub methods: Vec<String>,
    /// The response's status is CODE: 486, or 4xx for a class; several with commas
    #[arg(long = "status", value_name = "CODE", value_delimiter = ',')]
    pub statuses: Vec<StatusPattern>,
}

impl SelectArgs {
    /// True when nothing was asked for, so everything fits.
    pub fn is_empty(&self) -> bool {
        self.calls.is_empty() && !self.asks_messages()
    }

    /// True when messages have to be looked at: more is asked for than numbers of calls.
    pub fn asks_messages(&self) -> bool {
        let SelectArgs {
            calls: _,
            from,
            to,
            ua,
            call_id,
            methods,
            statuses,
        } = self;
        from.is_some()
            || to.is_some()
            || ua.is_some()
            || call_id.is_some()
            || !methods.is_empty()
            || !statuses.is_empty()
    }
}

/// Messages by their text.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Selection (all that are given must fit)")]
pub struct MatchArgs {
    /// The message's text matches REGEX, anywhere in it
    #[arg(short = 'm', long = "match", value_name = "REGEX", value_parser = regex_text)]
    pub pattern: Option<String>,
    /// REGEX matches in any case
    #[arg(long, requires = "pattern")]
    pub ignore_case: bool,
}

/// Keeps a pattern as typed once it is known to compile, so that a typing error is wrong usage and
/// not a failure halfway through a capture.
fn regex_text(text: &str) -> Result<String, regex::Error> {
    regex::bytes::Regex::new(text).map(|_| text.to_string())
}

/// A status code, or a class of them (RFC 3261 §7.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StatusPattern {
    /// `486`.
    Code(u16),
    /// `4xx`: the first digit, 1 to 6.
    Class(u8),
}

impl StatusPattern {
    /// True when `status` fits.
    pub fn matches(self, status: u16) -> bool {
        match self {
            StatusPattern::Code(code) => status == code,
            StatusPattern::Class(digit) => status / 100 == u16::from(digit),
        }
    }
}

impl fmt::Display for StatusPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StatusPattern::Code(code) => write!(f, "{code}"),
            StatusPattern::Class(digit) => write!(f, "{digit}xx"),
        }
    }
}

impl FromStr for StatusPattern {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "expected three digits as 486, or a class as 4xx".to_string();
        match text.as_bytes() {
            [digit @ b'1'..=b'6', b'x' | b'X', b'x' | b'X'] => {
                Ok(StatusPattern::Class(digit - b'0'))
            }
            [b'1'..=b'6', b'0'..=b'9', b'0'..=b'9'] => {
                text.parse().map(StatusPattern::Code).map_err(|_| wrong())
            }
            _ => Err(wrong()),
        }
    }
}
