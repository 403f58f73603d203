//! Reason (RFC 3326) and Warning (RFC 3261 §20.43).

use crate::sip::lex::{parse_number, split_word, trim, unquote};
use crate::sip::params::Params;
use memchr::memchr;
use std::borrow::Cow;

/// Why a request was sent, or refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason<'a> {
    /// `SIP`, `Q.850`, ... as sent.
    pub protocol: &'a [u8],
    /// The cause: a SIP status or a Q.850 cause value.
    pub cause: Option<u32>,
    /// The text, without quotes.
    pub text: Option<Cow<'a, [u8]>>,
}

impl<'a> Reason<'a> {
    /// Reads one value of the list.
    pub fn parse(value: &'a [u8]) -> Reason<'a> {
        let (protocol, params) = value.split_at(memchr(b';', value).unwrap_or(value.len()));
        let params = Params(params);
        Reason {
            protocol: trim(protocol),
            cause: params
                .value("cause")
                .and_then(parse_number)
                .and_then(|n| u32::try_from(n).ok()),
            text: params.find("text").and_then(|p| p.unquoted()),
        }
    }

    /// The Q.850 cause, if that is what this is.
    pub fn q850(&self) -> Option<u32> {
        self.cause
            .filter(|_| self.protocol.eq_ignore_ascii_case(b"Q.850"))
    }

    /// The SIP status, if that is what this is.
    pub fn sip_status(&self) -> Option<u32> {
        self.cause
            .filter(|_| self.protocol.eq_ignore_ascii_case(b"SIP"))
    }
}

/// One Warning value: three digits, who says it, and the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning<'a> {
    /// The code; `None` when it is not three digits.
    pub code: Option<u16>,
    /// Host or pseudonym of the one who added it.
    pub agent: &'a [u8],
    /// The text, without quotes.
    pub text: Cow<'a, [u8]>,
}

impl<'a> Warning<'a> {
    /// Reads one value of the list.
    pub fn parse(value: &'a [u8]) -> Warning<'a> {
        let (code, rest) = split_word(value);
        let (agent, text) = split_word(rest);
        Warning {
            code: (code.len() == 3)
                .then(|| parse_number(code))
                .flatten()
                .and_then(|n| u16::try_from(n).ok()),
            agent,
            text: unquote(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_tells_its_cause_and_text() {
        let r = Reason::parse(br#"Q.850 ;cause=16 ;text="Terminated; \"ok\"""#);
        assert_eq!((r.q850(), r.sip_status()), (Some(16), None));
        assert_eq!(r.text.as_deref(), Some(&b"Terminated; \"ok\""[..]));
        let s = Reason::parse(br#"SIP;cause=200;text="Call completed elsewhere""#);
        assert_eq!(s.sip_status(), Some(200));
    }

    #[test]
    fn a_warning_tells_who_says_what() {
        let w = Warning::parse(br#"304 trillian "Media type, not available""#);
        assert_eq!((w.code, w.agent), (Some(304), &b"trillian"[..]));
        assert_eq!(&*w.text, b"Media type, not available");
        assert_eq!(Warning::parse(br#"1812 overture "In Progress""#).code, None);
    }
}
