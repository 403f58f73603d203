//! Where a message's headers and body end in a stream. Pure: the same bytes give the same cut,
//! however many of them are there already.

use super::FramerLimits;
use super::suspect::Suspect;
use crate::sip::header_name::HeaderName;
use crate::sip::headers::{Headers, Scan, scan_headers};
use crate::sip::lex::{is_token, parse_number};
use crate::sip::media_type::MediaType;
use crate::sip::start_line::{Recognized, may_begin_start_line, recognize};
use memchr::{memchr, memchr_iter, memrchr};

/// What may still follow the bytes at hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// More bytes of the same message may come.
    More,
    /// The sender waits for an answer: it has sent what it wanted to send.
    Settled,
    /// Bytes are missing here, so many.
    Hole(u64),
    /// Nothing follows: the stream ended.
    Ended,
}

impl Reach {
    /// Nothing adjoins the bytes at hand.
    pub(super) fn is_over(self) -> bool {
        matches!(self, Reach::Hole(_) | Reach::Ended)
    }

    /// Why `part` of a message is not all there.
    pub(super) fn why(self, part: &str) -> String {
        match self {
            Reach::Hole(missing @ 1..) => {
                format!("a hole of {missing} octets in the stream begins within {part}")
            }
            Reach::Hole(0) => format!("a hole in the stream begins within {part}"),
            _ => format!("the capture or the connection ends within {part}"),
        }
    }
}

/// A larger Content-Length is a mistake, not the length of something that somebody sent.
const BELIEVABLE: usize = 256 << 20;

/// How the end of a body is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BodyRule {
    /// Content-Length.
    Length(usize),
    /// Content-Length, of a body longer than is read; in its middle: what is left of it.
    Beyond(usize),
    /// No Content-Length and no Content-Type: there is no body.
    Empty,
    /// No Content-Length: the lines that look like a session description.
    SdpLines,
    /// No Content-Length: up to the next start line.
    NextStartLine,
}

/// What the headers say about the body.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct BodyFacts {
    /// Content-Length, where it is a number.
    declared: Option<usize>,
    has_length: bool,
    has_type: bool,
    sdp: bool,
    /// The body may hold start lines that begin no message.
    opaque: bool,
}

impl BodyFacts {
    pub(super) fn of(headers: &Headers<'_>) -> BodyFacts {
        let mut facts = BodyFacts::default();
        facts.add(headers);
        facts
    }

    /// Takes in what later header lines say; the first of a name counts.
    pub(super) fn add(&mut self, headers: &Headers<'_>) {
        let length = headers.first(HeaderName::ContentLength);
        if let (false, Some(length)) = (self.has_length, length) {
            self.has_length = true;
            self.declared = parse_number(length).map(|n| usize::try_from(n).unwrap_or(usize::MAX));
        }
        let content_type = headers.first(HeaderName::ContentType).map(MediaType::parse);
        if let (false, Some(kind)) = (self.has_type, content_type) {
            self.has_type = true;
            self.sdp = kind.is_sdp();
            self.opaque = kind.is_message() || kind.is_multipart();
        }
    }

    /// Lines are missing here, so that the next Content-Length may be another message's.
    pub(super) fn forget_length(&mut self) {
        self.has_length = false;
    }
}

/// A message whose headers are complete.
#[derive(Clone, Copy, Debug)]
pub(super) struct BodyPlan {
    pub(super) start: usize,
    pub(super) rule: BodyRule,
    pub(super) sdp: bool,
    pub(super) opaque: bool,
    /// Content-Length, when it is not believed.
    pub(super) too_large: Option<usize>,
    /// Lines before this offset of the body begin no message (of a session description: are read).
    pub(super) checked: usize,
    /// No line ends between there and this offset.
    pub(super) searched: usize,
    /// What stands at `checked` continues a line whose beginning is passed over.
    pub(super) inside_line: bool,
    /// What looks like a message there.
    pub(super) suspect: Option<Suspect>,
}

/// Where the message ends; lengths count from its start line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BodyEnd {
    /// More bytes are needed.
    Unknown,
    /// Here.
    At(usize),
    /// Here, because another message begins before Content-Length is used up.
    NextMessage { len: usize, announced: usize },
    /// Here, because nothing more was captured.
    Missing { len: usize, announced: usize },
    /// Here, because more is not read.
    TooLong { len: usize, announced: usize },
}

impl BodyPlan {
    pub(super) fn new(facts: &BodyFacts, start: usize, max_body: usize) -> BodyPlan {
        let BodyFacts { declared, sdp, .. } = *facts;
        BodyPlan {
            start,
            rule: match declared {
                Some(n) if n <= max_body => BodyRule::Length(n),
                Some(n) if n <= BELIEVABLE => BodyRule::Beyond(n),
                _ if sdp => BodyRule::SdpLines,
                _ if facts.has_type => BodyRule::NextStartLine,
                _ => BodyRule::Empty,
            },
            sdp,
            opaque: facts.opaque,
            too_large: declared.filter(|n| *n > max_body.max(BELIEVABLE)),
            checked: 0,
            searched: 0,
            inside_line: false,
            suspect: None,
        }
    }

    /// The Content-Length that was not believed.
    pub(super) fn too_large(&self) -> Option<usize> {
        self.too_large
    }

    /// Finds the end in `message`, the bytes from the start line on.
    pub(super) fn end(&mut self, message: &[u8], reach: Reach, limits: FramerLimits) -> BodyEnd {
        let max_body = limits.max_body;
        let body = message.get(self.start..).unwrap_or_default();
        match self.rule {
            BodyRule::Empty => BodyEnd::At(self.start),
            BodyRule::Length(announced) => self.by_length(body, announced, reach, limits),
            BodyRule::Beyond(announced) => self.too_long(body, announced, reach, limits),
            BodyRule::SdpLines => {
                let found = self.sdp_extent(body);
                self.undeclared(found, body, reach, max_body)
            }
            BodyRule::NextStartLine => {
                let found = self.next_message(body, reach != Reach::More);
                self.undeclared(found, body, reach, max_body)
            }
        }
    }

    fn undeclared(
        &self,
        found: Option<usize>,
        body: &[u8],
        reach: Reach,
        max_body: usize,
    ) -> BodyEnd {
        match found {
            Some(len) => BodyEnd::At(self.start + len.min(max_body)),
            None if reach != Reach::More || body.len() > max_body => {
                BodyEnd::At(self.start + body.len().min(max_body))
            }
            None => BodyEnd::Unknown,
        }
    }

    /// Offset of the line end of the line at `at`, from there. What was searched before is not
    /// searched again: the body may come octet by octet.
    fn line_end(&mut self, body: &[u8], at: usize) -> Option<usize> {
        let from = self.searched.max(at);
        let found = memchr(b'\n', body.get(from..)?).map(|lf| from + lf);
        self.searched = found.unwrap_or(body.len());
        found.map(|lf| lf - at)
    }

    /// Length of the lines that look like a session description; `None` when more may follow.
    fn sdp_extent(&mut self, body: &[u8]) -> Option<usize> {
        loop {
            match body.get(self.checked..)? {
                [] => return None,
                [kind] if kind.is_ascii_lowercase() => return None,
                [kind, b'=', ..] if kind.is_ascii_lowercase() => {}
                _ => return Some(self.checked),
            }
            self.checked += self.line_end(body, self.checked)? + 1;
        }
    }

    /// Offset of a start line in `body` that begins a message. In a session description any start
    /// line does; elsewhere three core headers must follow it. Only complete lines count, except
    /// that a session description must not end in the beginning of a start line.
    pub(super) fn next_message(&mut self, body: &[u8], complete: bool) -> Option<usize> {
        let mut at = self.checked;
        while let Some(rest) = body.get(at..) {
            let Some(lf) = self.line_end(body, at) else {
                break;
            };
            if is_strict_start_line(rest.get(..lf).unwrap_or_default()) {
                if self.sdp {
                    return Some(at);
                }
                match begins_message(rest.get(lf + 1..).unwrap_or_default()) {
                    Some(true) => return Some(at),
                    None if !complete => {
                        // More headers may come.
                        self.checked = at;
                        return None;
                    }
                    _ => {}
                }
            }
            at += lf + 1;
        }
        self.checked = at;
        let tail = body.get(at..).unwrap_or_default();
        let cut_start_line = complete && self.sdp && at > 0 && may_begin_start_line(tail);
        cut_start_line.then_some(at)
    }
}

/// Whether three core headers follow a start line before a blank line or the next start line; `None`
/// when the bytes end before that is known.
fn begins_message(after: &[u8]) -> Option<bool> {
    // Looked at again for every segment, so not without an end.
    const ENOUGH: usize = 8 << 10;
    let enough = after.len() >= ENOUGH;
    let after = after.get(..ENOUGH).unwrap_or(after);
    // A line that is not complete may become any header.
    let lines = memrchr(b'\n', after).map_or(0, |end| end + 1);
    let mut block = after.get(..lines).unwrap_or_default();
    let mut scan = scan_headers(block);
    let mut known = scan.terminated || enough;
    if let Some(next) = start_line_within(&scan, block) {
        block = block.get(..next).unwrap_or_default();
        scan = scan_headers(block);
        known = true;
    }
    if scan.headers.core_count() >= 3 {
        Some(true)
    } else {
        known.then_some(false)
    }
}

/// Offset just after the blank line, which is not before `from` (an offset of a line feed, or one
/// that can be searched again).
pub(super) fn headers_end(v: &[u8], from: usize) -> Option<usize> {
    let tail = v.get(from..)?;
    memchr_iter(b'\n', tail).find_map(|lf| {
        let at = from + lf + 1;
        match v.get(at..)? {
            [b'\n', ..] => Some(at + 1),
            [b'\r', b'\n', ..] => Some(at + 2),
            _ => None,
        }
    })
}

/// Offset of a start line that stands among header lines. Looked for only where a line is no header.
pub(super) fn start_line_within(scan: &Scan<'_>, block: &[u8]) -> Option<usize> {
    let odd = scan.malformed.is_some()
        || scan
            .headers
            .iter()
            .any(|h| h.name == HeaderName::Other && !is_token(h.raw_name));
    if !odd {
        return None;
    }
    let mut at = 0;
    for lf in memchr_iter(b'\n', block) {
        if is_strict_start_line(block.get(at..lf)?) {
            return Some(at);
        }
        at = lf + 1;
    }
    None
}

pub(super) fn is_strict_start_line(line: &[u8]) -> bool {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    // Almost every line of a body has `=` second or no version at either end.
    let candidate = line.len() >= 11
        && (line
            .get(..4)
            .is_some_and(|v| v.eq_ignore_ascii_case(b"SIP/"))
            || line
                .get(line.len() - 7..)
                .is_some_and(|v| v.eq_ignore_ascii_case(b"SIP/2.0")));
    candidate && matches!(recognize(line), Some(Recognized::Strict(_)))
}

/// True for a stream that starts like another protocol.
pub(super) fn is_foreign(v: &[u8]) -> bool {
    const STARTS: [&[u8]; 11] = [
        b"GET ",
        b"POST ",
        b"PUT ",
        b"HEAD ",
        b"HTTP/",
        b"RTSP/",
        b"MSRP ",
        b"ICAP/",
        b"SSH-",
        b"\x16\x03",
        b"\x17\x03",
    ];
    if STARTS.iter().any(|s| v.starts_with(s)) {
        return true;
    }
    let line = memchr(b'\n', v).and_then(|lf| v.get(..lf));
    line.is_some_and(|line| {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let last = line.rsplit(|b| *b == b' ').next().unwrap_or_default();
        last.starts_with(b"HTTP/") || last.starts_with(b"RTSP/") || last.starts_with(b"ICAP/")
    })
}
