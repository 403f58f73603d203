//! CSeq, RAck and the delta-seconds headers (RFC 3261 §20.16, RFC 3262 §7.2).

use crate::sip::lex::{leading_number, parse_number, split_word, trim};
use crate::types::Method;

/// What a malformed expiry counts as (RFC 3261 §20.10).
pub(crate) const DEFAULT_EXPIRES: u32 = 3600;

/// Which request of its sender a message is, or answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CSeq {
    /// The sequence number. The RFC keeps it below 2^31; anything that fits is given.
    pub number: u32,
    /// Method of the request; a response repeats it.
    pub method: Method,
}

impl CSeq {
    /// Reads `number method`. `None` when the number is missing or does not fit 32 bits.
    pub fn parse(value: &[u8]) -> Option<CSeq> {
        let (number, method) = split_word(value);
        Some(CSeq {
            number: u32::try_from(parse_number(number)?).ok()?,
            method: parse_method(method)?,
        })
    }
}

/// The method of a CSeq value, even when its number is out of range.
pub(crate) fn cseq_method(value: &[u8]) -> Option<Method> {
    parse_method(split_word(value).1)
}

fn parse_method(word: &[u8]) -> Option<Method> {
    let (method, _) = split_word(word);
    (!method.is_empty()).then(|| Method::parse(method))
}

/// A RAck value: which reliable provisional response a PRACK acknowledges.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RAck {
    /// RSeq of the response.
    pub rseq: u32,
    /// CSeq number of the request it answered.
    pub cseq: u32,
    /// Method of that request.
    pub method: Method,
}

impl RAck {
    /// Reads `rseq cseq method`.
    pub fn parse(value: &[u8]) -> Option<RAck> {
        let (rseq, rest) = split_word(value);
        let cseq = CSeq::parse(rest)?;
        Some(RAck {
            rseq: u32::try_from(parse_number(rseq)?).ok()?,
            cseq: cseq.number,
            method: cseq.method,
        })
    }
}

/// Seconds from the start of a value (a comment or parameters may follow). `None` when there are no
/// digits or they exceed 2^32-1.
pub(crate) fn parse_seconds(value: &[u8]) -> Option<u32> {
    leading_number(trim(value)).and_then(|n| u32::try_from(n).ok())
}

/// Seconds, or 3600 when they cannot be read.
pub(crate) fn parse_seconds_or_default(value: &[u8]) -> u32 {
    parse_seconds(value).unwrap_or(DEFAULT_EXPIRES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folded_cseq_with_leading_zeros_is_read() {
        let c = CSeq::parse(b"0009\r\n  INVITE").unwrap();
        assert_eq!((c.number, c.method), (9, Method::Invite));
    }

    #[test]
    fn a_number_beyond_32_bits_is_not_clamped() {
        assert_eq!(CSeq::parse(b"36893488147419103232 REGISTER"), None);
        assert_eq!(
            cseq_method(b"36893488147419103232 REGISTER"),
            Some(Method::Register)
        );
        assert_eq!(CSeq::parse(b"INVITE"), None);
        assert_eq!(CSeq::parse(b"1"), None);
    }

    #[test]
    fn rack_names_response_and_request() {
        let r = RAck::parse(b"776656 1 INVITE").unwrap();
        assert_eq!((r.rseq, r.cseq, r.method), (776656, 1, Method::Invite));
    }

    #[test]
    fn seconds_may_be_followed_by_a_comment() {
        assert_eq!(
            parse_seconds(b"18000 (in a meeting);duration=3600"),
            Some(18000)
        );
        assert_eq!(parse_seconds(b"949302838503028349304023988"), None);
        assert_eq!(parse_seconds(b"-1"), None);
    }
}
