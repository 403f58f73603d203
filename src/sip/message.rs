//! A message: start line, header lines, body, all borrowed from the bytes it came in.

use super::check;
use super::flaw::Flaw;
use super::header::numbers::cseq_method;
use super::header::{CSeq, NameAddr, Via};
use super::header_name::HeaderName;
use super::headers::{Headers, Scan, scan_headers};
use super::keys::Hop;
use super::lex::{parse_number, split_via_list};
use super::media_type::MediaType;
use super::start_line::{Recognized, StartLine, recognize, skip_line_ends};
use crate::types::{FlawCode, Method, StatusCode};
use memchr::{memchr, memmem, memrchr};
use std::cell::OnceCell;

/// How the bytes were delimited, which decides where the body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Framing {
    /// One datagram (or one WebSocket message): Content-Length may cut it, its absence is legal.
    Datagram,
    /// Cut out of a byte stream by [`super::Framer`], which has judged Content-Length already.
    Stream,
    /// The capture lost the tail (snap length, a gap): what is missing is not the sender's fault.
    Truncated,
}

/// One SIP message. Typed values are read when asked for.
#[derive(Clone, Debug)]
pub struct Message<'a> {
    /// Request line or status line.
    pub start: StartLine<'a>,
    /// The header lines in order; typed values are read from them when asked for.
    pub headers: Headers<'a>,
    /// The body, as far as Content-Length says and the bytes are there.
    pub body: &'a [u8],
    /// From the start line to the end of the body.
    pub raw: &'a [u8],
    /// What is wrong with it, in the order found.
    pub flaws: Vec<Flaw>,
    /// Read once, as several look each message up by them.
    pub(super) hop: Option<Hop<'a>>,
    cseq: OnceCell<Option<CSeq>>,
}

/// Reads a message. `None` only when the bytes are not SIP; anything else wrong becomes a flaw.
pub fn parse_message(bytes: &[u8], framing: Framing) -> Option<Message<'_>> {
    let mut message = parse_unchecked(bytes, framing)?;
    let mut flaws = std::mem::take(&mut message.flaws);
    check::message_flaws(&message, framing, &mut flaws);
    message.flaws = flaws;
    message.hop = message.read_hop();
    Some(message)
}

/// Reads a message again that had no flaw: its headers are not looked through for any.
pub fn parse_flawless(bytes: &[u8], framing: Framing) -> Option<Message<'_>> {
    let mut message = parse_unchecked(bytes, framing)?;
    message.hop = message.read_hop();
    Some(message)
}

fn parse_unchecked(bytes: &[u8], framing: Framing) -> Option<Message<'_>> {
    let bytes = skip_line_ends(bytes);
    let lf = memchr(b'\n', bytes);
    let line = bytes.get(..lf.unwrap_or(bytes.len()))?;
    let (line, bare_lf) = match line {
        [head @ .., b'\r'] => (head, false),
        bare => (bare, lf.is_some()),
    };
    let recognized = recognize(line)?;
    let mut block = bytes.get(lf.map_or(bytes.len(), |lf| lf + 1)..)?;
    if framing == Framing::Truncated {
        block = whole_lines(block);
    }
    let mut scan = scan_headers(block);
    scan.bare_lf += usize::from(bare_lf);
    let mut flaws = Vec::new();
    let start = match recognized {
        Recognized::Strict(start) => start,
        Recognized::Lenient(start, code, text) => {
            if scan.headers.core_count() < 3 {
                return None;
            }
            flaws.push(Flaw::of_message(code, text, "RFC 3261 §7"));
            start
        }
    };
    let rest = block.get(scan.end..).unwrap_or_default();
    let (body, extra) = cut_body(rest, &scan, framing, &mut flaws);
    check::line_flaws(&scan, framing, &mut flaws);
    let raw = bytes.get(..bytes.len() - extra).unwrap_or(bytes);
    Some(Message {
        start,
        headers: scan.headers,
        body,
        raw,
        flaws,
        hop: None,
        cseq: OnceCell::new(),
    })
}

/// Without a header line that the capture cut: it would tell something else than what was sent. Behind the blank line
/// all is kept.
fn whole_lines(block: &[u8]) -> &[u8] {
    let lines = upto_last_line_end(block);
    let is_over = [&b"\r\n\r\n"[..], b"\n\n"]
        .iter()
        .any(|e| memmem::find(lines, e).is_some())
        || [&b"\r\n"[..], b"\n"].iter().any(|e| lines.starts_with(e));
    if is_over { block } else { lines }
}

fn upto_last_line_end(v: &[u8]) -> &[u8] {
    let end = memrchr(b'\n', v).map_or(0, |lf| lf + 1);
    v.get(..end).unwrap_or_default()
}

/// The body and how many octets follow it (RFC 3261 §18.3).
fn cut_body<'a>(
    rest: &'a [u8],
    scan: &Scan<'_>,
    framing: Framing,
    flaws: &mut Vec<Flaw>,
) -> (&'a [u8], usize) {
    let declared = scan.headers.first(HeaderName::ContentLength);
    let Some(length) = declared.and_then(parse_number) else {
        return (rest, 0);
    };
    let have = rest.len();
    match usize::try_from(length).ok().and_then(|n| rest.get(..n)) {
        Some(body) => {
            let extra = have - body.len();
            if extra > 0 && framing == Framing::Datagram {
                flaws.push(Flaw::of_header(
                    FlawCode::ExtraOctets,
                    HeaderName::ContentLength,
                    format!("{extra} octets follow the {length} that Content-Length announces; they are ignored."),
                    "RFC 3261 §18.3",
                ));
            }
            (body, extra)
        }
        None => {
            if framing == Framing::Datagram && scan.terminated {
                flaws.push(Flaw::of_header(
                    FlawCode::BodyTruncated,
                    HeaderName::ContentLength,
                    format!("Content-Length announces {length} octets, the datagram holds {have}."),
                    "RFC 3261 §18.3",
                ));
            }
            let kind = scan.headers.first(HeaderName::ContentType);
            let is_lines = kind
                .map(MediaType::parse)
                .is_some_and(|kind| kind.is_sdp() || kind.is_multipart());
            match framing == Framing::Truncated && is_lines {
                // A line of it that is cut would tell something else too.
                true => (upto_last_line_end(rest), 0),
                false => (rest, 0),
            }
        }
    }
}

impl<'a> Message<'a> {
    /// True for a request.
    pub fn is_request(&self) -> bool {
        matches!(self.start, StartLine::Request { .. })
    }

    /// A request's own method.
    pub fn method(&self) -> Option<&Method> {
        match &self.start {
            StartLine::Request { method, .. } => Some(method),
            StartLine::Response { .. } => None,
        }
    }

    /// A request's Request-URI as sent, without stray `<>`.
    pub fn request_uri(&self) -> Option<&'a [u8]> {
        match &self.start {
            StartLine::Request { uri, .. } => Some(uri),
            StartLine::Response { .. } => None,
        }
    }

    /// A response's status, when it is one.
    pub fn status(&self) -> Option<StatusCode> {
        match &self.start {
            StartLine::Request { .. } => None,
            StartLine::Response { status, .. } => *status,
        }
    }

    /// A response's reason phrase.
    pub fn reason(&self) -> Option<&'a [u8]> {
        match &self.start {
            StartLine::Request { .. } => None,
            StartLine::Response { reason, .. } => Some(reason),
        }
    }

    /// The Call-ID, byte for byte; `None` when absent or empty.
    pub fn call_id(&self) -> Option<&'a [u8]> {
        self.headers
            .first(HeaderName::CallId)
            .filter(|v| !v.is_empty())
    }

    /// CSeq, when its number fits 32 bits.
    pub fn cseq(&self) -> Option<&CSeq> {
        let read = || CSeq::parse(self.headers.first(HeaderName::CSeq)?);
        self.cseq.get_or_init(read).as_ref()
    }

    /// The method of the transaction: the start line's, or for a response that of its CSeq.
    pub fn transaction_method(&self) -> Option<Method> {
        match &self.start {
            StartLine::Request { method, .. } => Some(method.clone()),
            StartLine::Response { .. } => match self.cseq() {
                Some(cseq) => Some(cseq.method.clone()),
                None => cseq_method(self.headers.first(HeaderName::CSeq)?),
            },
        }
    }

    /// The topmost Via: who sent the request on this hop; the response goes back there.
    pub fn top_via(&self) -> Option<Via<'a>> {
        self.vias().next()
    }

    /// Every Via, topmost first.
    pub fn vias(&self) -> impl Iterator<Item = Via<'a>> + '_ {
        self.headers
            .all(HeaderName::Via)
            .flat_map(split_via_list)
            .map(Via::parse)
    }

    /// From: who the request is from, so in the callee's own requests the callee; responses repeat it.
    pub fn from(&self) -> Option<NameAddr<'a>> {
        self.headers.first(HeaderName::From).map(NameAddr::parse)
    }

    /// To: whom the request is for; responses repeat it and may add a tag.
    pub fn to(&self) -> Option<NameAddr<'a>> {
        self.headers.first(HeaderName::To).map(NameAddr::parse)
    }

    /// True when To carries a tag. A request with one is within a dialog; a response may have one without making a
    /// dialog (RFC 3261 §8.2.6.2).
    pub fn has_to_tag(&self) -> bool {
        self.to().is_some_and(|to| to.tag().is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REQUEST: &str = "INVITE sip:bob@192.0.2.10 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.11;branch=z9hG4bKa\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:bob@b>\r\nCall-ID: c@d\r\nCSeq: 7 INVITE\r\n";

    fn codes(m: &Message<'_>) -> Vec<&'static str> {
        m.flaws.iter().map(|f| f.code.as_str()).collect()
    }

    #[test]
    fn the_fields_a_message_is_keyed_by_are_given() {
        let text = format!("\r\n\r\n{REQUEST}\r\n");
        let m = parse_message(text.as_bytes(), Framing::Datagram).unwrap();
        assert_eq!(m.method(), Some(&Method::Invite));
        assert_eq!(m.call_id(), Some(&b"c@d"[..]));
        assert_eq!(m.cseq().map(|c| c.number), Some(7));
        assert_eq!(m.from().unwrap().tag(), Some(&b"1"[..]));
        assert!(!m.has_to_tag());
        assert_eq!(m.top_via().unwrap().branch, Some(&b"z9hG4bKa"[..]));
        assert!(m.flaws.is_empty(), "{:?}", m.flaws);
        assert_eq!(m.raw, &text.as_bytes()[4..]);
    }

    #[test]
    fn a_datagram_longer_than_content_length_is_cut() {
        let text = format!("{REQUEST}l: 3\r\nc: text/plain\r\n\r\nabcINVITE x");
        let m = parse_message(text.as_bytes(), Framing::Datagram).unwrap();
        assert_eq!(m.body, b"abc");
        assert!(m.raw.ends_with(b"abc"));
        assert_eq!(codes(&m), ["extra_octets"]);
    }

    #[test]
    fn a_datagram_shorter_than_content_length_is_said_unless_the_capture_cut_it() {
        let text = format!("{REQUEST}l: 30\r\nc: text/plain\r\n\r\nabc");
        let m = parse_message(text.as_bytes(), Framing::Datagram).unwrap();
        assert_eq!((m.body, codes(&m)), (&b"abc"[..], vec!["body_truncated"]));
        let m = parse_message(text.as_bytes(), Framing::Truncated).unwrap();
        assert!(m.flaws.is_empty(), "{:?}", m.flaws);
    }

    #[test]
    fn what_the_capture_cut_ends_with_its_last_whole_line() {
        let text = format!("{REQUEST}l: 30\r\nc: application/sdp\r\n\r\nv=0\r\nm=audio 40");
        for (end, body) in [(text.len(), &b"v=0\r\n"[..]), (text.len() - 10, b"v=0\r\n")] {
            let m = parse_message(&text.as_bytes()[..end], Framing::Truncated).unwrap();
            assert_eq!((m.body, codes(&m)), (body, vec![]));
        }
        // Half a Content-Length, half a header name.
        for cut in ["30\r\nc:", "\r\nc: app", "tion/sdp"] {
            let end = text.find(cut).unwrap() + 1;
            let m = parse_message(&text.as_bytes()[..end], Framing::Truncated).unwrap();
            assert_eq!((m.headers.core_count(), codes(&m)), (5, vec![]), "{cut}");
            assert_eq!(m.content_type(), None);
        }
    }

    #[test]
    fn without_content_length_a_datagram_ends_the_body_and_a_stream_misses_it() {
        let text = format!("{REQUEST}c: text/plain\r\n\r\nabc");
        let m = parse_message(text.as_bytes(), Framing::Datagram).unwrap();
        assert_eq!((m.body, codes(&m)), (&b"abc"[..], vec![]));
        let m = parse_message(text.as_bytes(), Framing::Stream).unwrap();
        assert_eq!(codes(&m), ["missing_content_length"]);
    }

    #[test]
    fn a_response_takes_its_method_from_cseq() {
        let text = "SIP/2.0 180 Zvon\u{ed}\r\nCSeq: 99999999999 INVITE\r\n\r\n";
        let m = parse_message(text.as_bytes(), Framing::Datagram).unwrap();
        assert_eq!(m.transaction_method(), Some(Method::Invite));
        assert!(m.cseq().is_none());
        assert_eq!(m.reason(), Some("Zvon\u{ed}".as_bytes()));
    }

    #[test]
    fn a_lenient_start_line_needs_headers_that_look_like_sip() {
        let bad = REQUEST.replace("INVITE sip", "INVITE  sip");
        let m = parse_message(bad.as_bytes(), Framing::Truncated).unwrap();
        assert_eq!(codes(&m), ["start_line_malformed"]);
        assert!(
            parse_message(
                b"INVITE  sip:a SIP/2.0\r\nFrom: x\r\nTo: y\r\n\r\n",
                Framing::Datagram
            )
            .is_none()
        );
    }

    #[test]
    fn bytes_that_are_not_sip_give_nothing() {
        for no in [
            &b""[..],
            b"\r\n\r\n",
            b"\0\0\0\0",
            b"jaK",
            b"HTTP/1.1 200 OK\r\n\r\n",
            b"\x80\0",
        ] {
            assert!(parse_message(no, Framing::Datagram).is_none());
        }
    }
}
