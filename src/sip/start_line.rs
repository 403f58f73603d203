//! The first line: what makes bytes a SIP message (RFC 3261 §7.1 and §7.2).

use super::lex::{is_token, is_token_char, trim};
use crate::types::{FlawCode, Method, StatusCode};
use memchr::memchr;
use nom::branch::alt;
use nom::bytes::complete::{tag, tag_no_case, take_till1, take_while_m_n, take_while1};
use nom::character::complete::char;
use nom::combinator::{opt, peek, rest, verify};
use nom::sequence::{preceded, terminated};
use nom::{IResult, Parser};

/// Shortest payload that can be a message.
const MIN_LEN: usize = 16;
/// A method or scheme longer than this is not looked for by [`starts_like_sip`].
const MAX_TOKEN: usize = 64;

/// A request line or a status line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StartLine<'a> {
    /// `INVITE sip:bob@192.0.2.10 SIP/2.0`
    Request {
        /// What is asked for.
        method: Method,
        /// The Request-URI as sent, without stray `<>`.
        uri: &'a [u8],
    },
    /// `SIP/2.0 180 Ringing`
    Response {
        /// The status; `None` when it is not 100 to 699.
        status: Option<StatusCode>,
        /// The status as sent.
        code: &'a [u8],
        /// The reason phrase as sent, often empty.
        reason: &'a [u8],
    },
}

/// How well a line keeps to the grammar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Recognized<'a> {
    /// Exactly a start line.
    Strict(StartLine<'a>),
    /// Only with good will: counts when the headers look like SIP too (three of the five core
    /// headers). The flaw's code and text say what is wrong.
    Lenient(StartLine<'a>, FlawCode, &'static str),
}

/// Cheap look at a datagram: could it be SIP? RTP, RTCP, STUN, DNS and DTLS fail on the first byte.
/// A `true` is only a hint; [`super::parse_message`] decides.
pub fn starts_like_sip(payload: &[u8]) -> bool {
    if payload.len() < MIN_LEN {
        return false;
    }
    let text = skip_line_ends(payload);
    match text {
        [b'S' | b's', b'I' | b'i', b'P' | b'p', b'/', ..] => return true,
        [first, ..] if is_token_char(*first) => {}
        _ => return false,
    }
    has_scheme_second(text) || ends_in_version(text)
}

/// A token, blanks, and a URI's scheme.
fn has_scheme_second(text: &[u8]) -> bool {
    let Some(method) = token_len(text, is_token_char) else {
        return false;
    };
    let blanks = text.get(method..).unwrap_or_default();
    let gap = blanks
        .iter()
        .take_while(|b| matches!(b, b' ' | b'\t'))
        .count();
    let mut uri = blanks.get(gap..).unwrap_or_default();
    if let [b'<', inner @ ..] = uri {
        uri = inner;
    }
    gap > 0
        && uri.first().is_some_and(u8::is_ascii_alphabetic)
        && token_len(uri, is_scheme_char).is_some_and(|n| uri.get(n) == Some(&b':'))
}

/// A first line that ends in a SIP version: a request line whatever its URI.
fn ends_in_version(text: &[u8]) -> bool {
    let line = text.get(..memchr(b'\n', text).unwrap_or(text.len()));
    let line = trim(line.unwrap_or_default());
    let blank = line.iter().rposition(|b| matches!(b, b' ' | b'\t'));
    blank.is_some_and(|at| is_version(line.get(at + 1..).unwrap_or_default()))
}

/// Without the CR and LF that may precede a start line (RFC 3261 §7.5).
pub(crate) fn skip_line_ends(mut v: &[u8]) -> &[u8] {
    while let [b'\r' | b'\n', tail @ ..] = v {
        v = tail;
    }
    v
}

/// Length of the run of `member` bytes at the start, if something else follows within reach.
fn token_len(v: &[u8], member: impl Fn(u8) -> bool) -> Option<usize> {
    v.iter().take(MAX_TOKEN).position(|b| !member(*b))
}

const fn is_scheme_char(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.')
}

/// Reads a line (without its line end). `None`: no start line of SIP.
pub(crate) fn recognize(line: &[u8]) -> Option<Recognized<'_>> {
    if let Ok((_, strict)) = alt((request_line, status_line)).parse(line) {
        return Some(Recognized::Strict(strict));
    }
    if is_other_protocol(line) {
        return None;
    }
    lenient_status(line).or_else(|| lenient_request(line))
}

/// `Method SP Request-URI SP SIP-Version`.
fn request_line(i: &[u8]) -> IResult<&[u8], StartLine<'_>> {
    let (i, method) = terminated(take_while1(is_token_char), char(' ')).parse(i)?;
    let (i, uri) = terminated(
        preceded(
            peek(scheme),
            take_till1(|b: u8| b.is_ascii_whitespace() || b == 0),
        ),
        char(' '),
    )
    .parse(i)?;
    let (i, _) = verify(rest, |v: &[u8]| v.eq_ignore_ascii_case(b"SIP/2.0")).parse(i)?;
    Ok((
        i,
        StartLine::Request {
            method: Method::parse(method),
            uri,
        },
    ))
}

/// `ALPHA *( ALPHA / DIGIT / "+" / "-" / "." ) ":"` (RFC 3986 §3.1).
fn scheme(i: &[u8]) -> IResult<&[u8], &[u8]> {
    verify(
        terminated(take_while1(is_scheme_char), char(':')),
        |s: &[u8]| s.first().is_some_and(u8::is_ascii_alphabetic),
    )
    .parse(i)
}

/// `SIP-Version SP 3DIGIT [SP Reason-Phrase]`; the SP after the code is often forgotten.
fn status_line(i: &[u8]) -> IResult<&[u8], StartLine<'_>> {
    let (i, _) = tag_no_case("SIP/2.0 ").parse(i)?;
    let (i, code) = take_while_m_n(3, 3, |b: u8| b.is_ascii_digit()).parse(i)?;
    let (i, reason) = opt(preceded(tag(" "), rest)).parse(i)?;
    let (i, _) = verify(rest, |v: &[u8]| v.is_empty()).parse(i)?;
    Ok((i, response(code, reason.unwrap_or_default())))
}

fn response<'a>(code: &'a [u8], reason: &'a [u8]) -> StartLine<'a> {
    let status = match code {
        [a, b, c] if code.iter().all(u8::is_ascii_digit) => StatusCode::new(
            u16::from(a - b'0') * 100 + u16::from(b - b'0') * 10 + u16::from(c - b'0'),
        ),
        _ => None,
    };
    StartLine::Response {
        status,
        code,
        reason,
    }
}

fn is_other_protocol(line: &[u8]) -> bool {
    let starts = [&b"HTTP/"[..], b"RTSP/", b"MSRP ", b"ICAP/"];
    let last = line
        .rsplit(|b| *b == b' ')
        .find(|w| !w.is_empty())
        .unwrap_or_default();
    starts.iter().any(|p| line.starts_with(p))
        || [&b"HTTP/"[..], b"RTSP/", b"ICAP/"]
            .iter()
            .any(|p| last.starts_with(p))
}

/// `SIP/` and a version, as a word.
fn is_version(word: &[u8]) -> bool {
    let number = word.get(4..).unwrap_or_default();
    has_prefix(word, b"SIP/")
        && number.first().is_some_and(u8::is_ascii_digit)
        && number.iter().all(|b| b.is_ascii_digit() || *b == b'.')
}

fn version_flaw(version: &[u8], otherwise: &'static str) -> (FlawCode, &'static str) {
    if version.eq_ignore_ascii_case(b"SIP/2.0") {
        (FlawCode::StartLineMalformed, otherwise)
    } else {
        (
            FlawCode::SipVersion,
            "The SIP version is not 2.0; a server answers 505.",
        )
    }
}

fn lenient_status(line: &[u8]) -> Option<Recognized<'_>> {
    let line = trim(line);
    let sp = line.iter().position(|b| matches!(b, b' ' | b'\t'))?;
    let (version, after) = line.split_at(sp);
    if !is_version(version) {
        return None;
    }
    let after = trim(after);
    let digits = after.iter().take_while(|b| b.is_ascii_digit()).count();
    let (code, reason) = after.split_at(digits);
    let start = response(code, trim(reason));
    let (flaw, text) = match &start {
        StartLine::Response { status: None, .. } => (
            FlawCode::StatusCodeInvalid,
            "The status code is not three digits from 100 to 699; the response is discarded.",
        ),
        _ => version_flaw(
            version,
            "The status line does not keep to version SP code SP reason.",
        ),
    };
    Some(Recognized::Lenient(start, flaw, text))
}

fn lenient_request(line: &[u8]) -> Option<Recognized<'_>> {
    let line = trim(line);
    let first = line.iter().position(|b| matches!(b, b' ' | b'\t'))?;
    let last = line.iter().rposition(|b| matches!(b, b' ' | b'\t'))?;
    let method = line.get(..first)?;
    let version = line.get(last + 1..).filter(|word| is_version(word));
    let uri = match version {
        Some(_) => trim(line.get(first..last)?),
        // Without a version at its end, the URI alone tells that this is a request line.
        None => first_word(trim(line.get(first..)?)),
    };
    let names_sip = || {
        [&b"sip:"[..], b"sips:", b"tel:"]
            .iter()
            .any(|s| has_prefix(uri, s))
    };
    if !is_token(method) || memchr(0, line).is_some() || (version.is_none() && !names_sip()) {
        return None;
    }
    let (uri, otherwise) = match uri {
        [] => (uri, "The request line has no Request-URI."),
        [b'<', inner @ .., b'>'] => (
            trim(inner),
            "The Request-URI stands in <>, which a request line does not allow.",
        ),
        plain => (
            plain,
            "The request line does not keep to method SP URI SP version.",
        ),
    };
    let (flaw, text) = match version {
        Some(version) => version_flaw(version, otherwise),
        None => (
            FlawCode::StartLineMalformed,
            "The request line does not end in a SIP version.",
        ),
    };
    Some(Recognized::Lenient(
        StartLine::Request {
            method: Method::parse(method),
            uri,
        },
        flaw,
        text,
    ))
}

fn first_word(v: &[u8]) -> &[u8] {
    let end = v.iter().position(|b| matches!(b, b' ' | b'\t'));
    v.get(..end.unwrap_or(v.len())).unwrap_or_default()
}

fn has_prefix(v: &[u8], prefix: &[u8]) -> bool {
    v.get(..prefix.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

/// True when `line`, perhaps cut at its end, may be the beginning of a start line.
pub(crate) fn may_begin_start_line(line: &[u8]) -> bool {
    const STATUS: &[u8] = b"SIP/2.0 ";
    let n = line.len().min(STATUS.len());
    if n > 0
        && line
            .iter()
            .zip(STATUS)
            .all(|(a, b)| a.eq_ignore_ascii_case(b))
    {
        return true;
    }
    let method = line.iter().take_while(|b| b.is_ascii_uppercase()).count();
    match line.get(method..) {
        Some([]) => (1..=9).contains(&method),
        Some([b' ', uri @ ..]) if method >= 3 => {
            let scheme = uri.iter().take_while(|b| is_scheme_char(**b)).count();
            uri.is_empty() || (scheme > 0 && matches!(uri.get(scheme), None | Some(b':')))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strict(line: &str) -> bool {
        matches!(recognize(line.as_bytes()), Some(Recognized::Strict(_)))
    }

    fn flaw(line: &str) -> Option<&'static str> {
        match recognize(line.as_bytes()) {
            Some(Recognized::Lenient(_, code, _)) => Some(code.as_str()),
            _ => None,
        }
    }

    #[test]
    fn start_lines_within_the_grammar_are_taken_as_they_are() {
        for line in [
            "INVITE sip:bob@192.0.2.10 SIP/2.0",
            "OPTIONS soap.beep://192.0.2.103:3002 SIP/2.0",
            "NEWMETHOD tel:+1 sip/2.0",
            "RE%47IST%45R sip:a SIP/2.0",
            "SIP/2.0 200 OK",
            "SIP/2.0 200",
            "SIP/2.0 100 ",
            "sip/2.0 180 Zvon\u{ed}",
        ] {
            assert!(strict(line), "{line}");
        }
    }

    #[test]
    fn start_lines_beside_the_grammar_are_taken_with_a_flaw() {
        for (line, code) in [
            ("INVITE  sip:a@b  SIP/2.0", "start_line_malformed"),
            ("OPTIONS sip:a@b SIP/2.0  ", "start_line_malformed"),
            ("INVITE sip:a@b; lr SIP/2.0", "start_line_malformed"),
            ("INVITE <sip:a@b> SIP/2.0", "start_line_malformed"),
            ("OPTIONS sip:a@b SIP/7.0", "sip_version"),
            ("SIP/2.0 4294967301 better", "status_code_invalid"),
            ("SIP/3.0 200 OK", "sip_version"),
            ("SIP/2.0  200 OK", "start_line_malformed"),
            ("SIP/2.0 OK", "status_code_invalid"),
            ("INVITE  SIP/2.0", "start_line_malformed"),
            ("ACK SIP/2.0", "start_line_malformed"),
            ("INVITE sip:a@b", "start_line_malformed"),
            ("INVITE sip:a@b SIP 2.0", "start_line_malformed"),
            ("INVITE sip:a@b SIP/2.0 x", "start_line_malformed"),
        ] {
            assert_eq!(flaw(line), Some(code), "{line}");
        }
    }

    #[test]
    fn the_parts_of_a_malformed_request_line_are_still_found() {
        let Some(Recognized::Lenient(StartLine::Request { method, uri }, ..)) =
            recognize(b"INVITE sip:user@example.com; lr SIP/2.0")
        else {
            panic!("not recognized")
        };
        assert_eq!(
            (method, uri),
            (Method::Invite, &b"sip:user@example.com; lr"[..])
        );
    }

    #[test]
    fn a_status_without_reason_has_an_empty_one() {
        let Some(Recognized::Strict(StartLine::Response { status, reason, .. })) =
            recognize(b"SIP/2.0 200")
        else {
            panic!("not recognized")
        };
        assert_eq!(status.map(StatusCode::get), Some(200));
        assert!(reason.is_empty());
    }

    #[test]
    fn other_protocols_are_no_sip() {
        for line in [
            "GET http://a/ HTTP/1.1",
            "HTTP/1.1 200 OK",
            "DESCRIBE rtsp://a/ RTSP/1.0",
            "RTSP/1.0 200 OK",
            "MSRP a786hjs2 SEND",
            "OPTIONS icap://a ICAP/1.0",
            "GET http://a/",
            "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1",
            "hello world",
            "",
        ] {
            assert_eq!(recognize(line.as_bytes()), None, "{line}");
        }
    }

    #[test]
    fn the_first_look_passes_sip_and_stops_the_rest() {
        for yes in [
            "INVITE sip:bob@192.0.2.10 SIP/2.0\r\n",
            "\r\n\r\nSIP/2.0 200 OK\r\n",
            "INVITE  <sip:a@b.example> SIP/2.0",
            "sip/2.0 200 ok\r\n\r\n",
            // Nobody's scheme, but its headers may tell that it is SIP.
            "INVITE bob@192.0.2.10 SIP/2.0\r\n",
            "REGISTER s\u{e9}p:a@b.example SIP/2.0 \r\n",
        ] {
            assert!(starts_like_sip(yes.as_bytes()), "{yes}");
        }
        for no in [
            &b"\x80\x00abcdefghijklmnop"[..],
            b"\x00\x01\x00\x00\x21\x12\xa4\x42abcdefgh",
            b"\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n",
            b"OPTIONS * HTTP/1.1\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: a\r\n",
            b"INVITE sip:a",
            b"M-SEARCH * HTTP/1.1\r\nHOST: a",
        ] {
            assert!(!starts_like_sip(no), "{no:?}");
        }
    }

    #[test]
    fn the_beginning_of_a_start_line_is_told_from_session_description_lines() {
        for yes in [
            "I",
            "INVITE",
            "INVITE ",
            "INVITE si",
            "INVITE sip:a",
            "SIP/2",
            "SIP/2.0 20",
        ] {
            assert!(may_begin_start_line(yes.as_bytes()), "{yes}");
        }
        for no in [
            "",
            "a=sendrecv",
            "m=",
            "s=INVITE sip:",
            "hello",
            "INVITE 123 x",
        ] {
            assert!(!may_begin_start_line(no.as_bytes()), "{no}");
        }
    }
}
