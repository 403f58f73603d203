//! What is wrong with a message that could nevertheless be read (RFC 3261, tried on RFC 4475).
//!
//! Runs for every message, so each check starts with a look that costs almost nothing on a clean one.

mod address;
mod clean;
mod policy;
mod uri;
mod value;

use super::flaw::Flaw;
use super::header_name::{Cardinality, HeaderName};
use super::headers::{MAX_HEADERS, Scan};
use super::lex;
use super::message::{Framing, Message};
use crate::types::{Escaped, FlawCode};

/// Flaws of the line structure.
pub(crate) fn line_flaws(scan: &Scan<'_>, framing: Framing, flaws: &mut Vec<Flaw>) {
    if scan.bare_lf > 0 {
        flaws.push(Flaw::of_message(
            FlawCode::BareLf,
            format!("{} lines end with LF instead of CRLF.", scan.bare_lf),
            "RFC 3261 §7",
        ));
    }
    if !scan.terminated && framing != Framing::Truncated {
        flaws.push(Flaw::of_message(
            FlawCode::HeadersUnterminated,
            "No blank line ends the headers.",
            "RFC 3261 §7",
        ));
    }
    if let Some(line) = scan.malformed {
        let line = &super::secrets::without_parameters(line.get(..80).unwrap_or(line));
        flaws.push(Flaw::of_message(
            FlawCode::HeaderMalformed,
            format!(
                "{} lines among the headers are no headers, the first is \"{}\".",
                scan.malformed_count,
                Escaped(line)
            ),
            "RFC 3261 §7.3",
        ));
    }
    if scan.overflow {
        flaws.push(Flaw::of_message(
            FlawCode::TooManyHeaders,
            format!("There are more than {MAX_HEADERS} header lines; the rest is not read."),
            "RFC 3261 §7.3",
        ));
    }
}

/// Flaws of the headers' values and of what is missing or there twice.
pub(crate) fn message_flaws(message: &Message<'_>, framing: Framing, flaws: &mut Vec<Flaw>) {
    let mut seen = Seen::default();
    for header in message.headers.iter() {
        if header.name == HeaderName::Other {
            if !lex::is_token(header.raw_name) {
                flaws.push(Flaw::of_message(
                    FlawCode::HeaderMalformed,
                    format!(
                        "\"{}\" is no header name.",
                        Escaped(header.raw_name.get(..80).unwrap_or(header.raw_name))
                    ),
                    "RFC 3261 §7.3.1",
                ));
            }
            continue;
        }
        if seen.insert(header.name) {
            repeated(message, header.name, header.value, flaws);
        } else {
            value::check(message, header.name, header.value, flaws);
        }
        address::check(header.name, header.value, flaws);
    }
    missing(&seen, message, framing, flaws);
    policy::check(message, &seen, flaws);
}

/// Which headers the message has.
#[derive(Default)]
pub(super) struct Seen([u64; 4]);

impl Seen {
    /// True when the header was there already.
    fn insert(&mut self, name: HeaderName) -> bool {
        let n = usize::from(name as u8);
        let bit = 1u64 << (n % 64);
        match self.0.get_mut(n / 64) {
            Some(word) => {
                let had = *word & bit != 0;
                *word |= bit;
                had
            }
            None => false,
        }
    }

    pub(super) fn has(&self, name: HeaderName) -> bool {
        let n = usize::from(name as u8);
        self.0
            .get(n / 64)
            .is_some_and(|word| word & (1u64 << (n % 64)) != 0)
    }
}

/// A second line of a header.
fn repeated(message: &Message<'_>, name: HeaderName, value: &[u8], flaws: &mut Vec<Flaw>) {
    if name.cardinality() != Cardinality::Single {
        return;
    }
    if name == HeaderName::ContentLength
        && message.headers.first(name).and_then(lex::parse_number) != lex::parse_number(value)
    {
        flaws.push(Flaw::of_header(
            FlawCode::ContentLengthConflict,
            name,
            "Content-Length is given twice with different values; the first is used.",
            "RFC 3261 §20.14",
        ));
        return;
    }
    let known = flaws
        .iter()
        .any(|f| f.code == FlawCode::RepeatedHeader && f.header == name.canonical());
    if !known {
        flaws.push(Flaw::of_header(
            FlawCode::RepeatedHeader,
            name,
            format!(
                "{} may be given once and is given several times; the first is used.",
                name.as_str()
            ),
            "RFC 3261 §7.3.1",
        ));
    }
}

fn missing(seen: &Seen, message: &Message<'_>, framing: Framing, flaws: &mut Vec<Flaw>) {
    const CORE: [HeaderName; 5] = [
        HeaderName::Via,
        HeaderName::From,
        HeaderName::To,
        HeaderName::CallId,
        HeaderName::CSeq,
    ];
    if framing == Framing::Truncated && message.body.is_empty() {
        // The missing header may be in the part the capture lost.
        return;
    }
    for name in CORE {
        if !seen.has(name) {
            flaws.push(Flaw::of_header(
                FlawCode::MissingHeader,
                name,
                format!("{} is mandatory and missing.", name.as_str()),
                "RFC 3261 §8.1.1",
            ));
        }
    }
    if framing == Framing::Stream && !seen.has(HeaderName::ContentLength) {
        flaws.push(Flaw::of_header(
            FlawCode::MissingContentLength,
            HeaderName::ContentLength,
            "Content-Length is mandatory on a stream and missing; where the body ends is a guess.",
            "RFC 3261 §18.3",
        ));
    }
    if !message.body.is_empty() && !seen.has(HeaderName::ContentType) {
        flaws.push(Flaw::of_header(
            FlawCode::MissingContentType,
            HeaderName::ContentType,
            "There is a body and no Content-Type.",
            "RFC 3261 §20.15",
        ));
    }
}
