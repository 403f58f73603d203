//! Numbers and dates out of range.

use crate::sip::flaw::Flaw;
use crate::sip::header::numbers::{cseq_method, parse_seconds};
use crate::sip::header_name::HeaderName;
use crate::sip::lex::{leading_number, parse_number, split_list, split_word};
use crate::sip::message::Message;
use crate::types::{Escaped, FlawCode};

/// Checks the first line of a header.
pub(super) fn check(message: &Message<'_>, name: HeaderName, value: &[u8], flaws: &mut Vec<Flaw>) {
    match name {
        HeaderName::CSeq => cseq(message, value, flaws),
        HeaderName::MaxForwards if parse_number(value).is_none_or(|n| n > 255) => {
            flaws.push(Flaw::of_header(
                FlawCode::MaxForwardsOutOfRange,
                name,
                format!("Max-Forwards is {}, not 0 to 255.", shown(value)),
                "RFC 3261 §20.22",
            ));
        }
        HeaderName::Expires if parse_seconds(value).is_none() => flaws.push(Flaw::of_header(
            FlawCode::ExpiresOutOfRange,
            name,
            format!(
                "Expires is {}, not a number below 2^32; 3600 s are assumed.",
                shown(value)
            ),
            "RFC 3261 §20.19",
        )),
        HeaderName::RetryAfter if parse_seconds(value).is_none() => flaws.push(Flaw::of_header(
            FlawCode::RetryAfterOutOfRange,
            name,
            format!("Retry-After is {}, not a number below 2^32.", shown(value)),
            "RFC 3261 §20.33",
        )),
        HeaderName::ContentLength if parse_number(value).is_none() => {
            flaws.push(Flaw::of_header(
                FlawCode::ContentLengthInvalid,
                name,
                format!("Content-Length is {}, not a number.", shown(value)),
                "RFC 3261 §20.14",
            ));
        }
        HeaderName::Date if !value.ends_with(b"GMT") => flaws.push(Flaw::of_header(
            FlawCode::DateNotGmt,
            name,
            format!("Date is {}; SIP dates are in GMT only.", shown(value)),
            "RFC 3261 §20.17",
        )),
        HeaderName::Warning => {
            let bad = |item: &[u8]| split_word(item).0.len() != 3 || leading_number(item).is_none();
            if split_list(value).any(bad) {
                flaws.push(Flaw::of_header(
                    FlawCode::WarningMalformed,
                    name,
                    "A warning code is not three digits.",
                    "RFC 3261 §20.43",
                ));
            }
        }
        _ => {}
    }
}

fn cseq(message: &Message<'_>, value: &[u8], flaws: &mut Vec<Flaw>) {
    let name = HeaderName::CSeq;
    let (number, _) = split_word(value);
    match parse_number(number) {
        Some(n) if n < 1 << 31 => {}
        Some(_) => flaws.push(Flaw::of_header(
            FlawCode::CseqOutOfRange,
            name,
            format!("The CSeq number {} is not below 2^31.", shown(number)),
            "RFC 3261 §8.1.1.5",
        )),
        None => flaws.push(Flaw::of_header(
            FlawCode::CseqMalformed,
            name,
            format!("CSeq is {}, not a number and a method.", shown(value)),
            "RFC 3261 §20.16",
        )),
    }
    let Some(method) = message.method() else {
        return;
    };
    if let Some(other) = cseq_method(value)
        && other != *method
    {
        flaws.push(Flaw::of_header(
            FlawCode::CseqMethodMismatch,
            name,
            format!("The request is {method}, its CSeq says {other}."),
            "RFC 3261 §8.1.1.5",
        ));
    }
}

/// A value in quotes, cut to what fits a sentence.
pub(super) fn shown(value: &[u8]) -> String {
    match value.get(..60) {
        Some(head) if value.len() > 60 => format!("\"{}...\"", Escaped(head)),
        _ => format!("\"{}\"", Escaped(value)),
    }
}
