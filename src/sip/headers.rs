//! The header block as slices: one pass over the lines, nothing copied.

use super::header_name::HeaderName;
use super::lex;
use memchr::memchr_iter;
use std::borrow::Cow;

/// A message with more header lines than this keeps the first ones and says so.
pub(crate) const MAX_HEADERS: usize = 1024;

/// One header line, folded lines included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header<'a> {
    /// Which header.
    pub name: HeaderName,
    /// Its name as sent.
    pub raw_name: &'a [u8],
    /// Its value as sent, trimmed, line folds kept.
    pub value: &'a [u8],
}

impl<'a> Header<'a> {
    /// The value with folded lines joined by one SP.
    pub fn text(&self) -> Cow<'a, [u8]> {
        lex::unfold(self.value)
    }
}

/// The header lines of a message, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers<'a> {
    lines: Vec<Header<'a>>,
}

impl<'a> Headers<'a> {
    /// Every line in order.
    pub fn iter(&self) -> impl Iterator<Item = &Header<'a>> {
        self.lines.iter()
    }
    /// How many lines.
    pub fn len(&self) -> usize {
        self.lines.len()
    }
    /// True when there is no header at all.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }
    /// Value of the first line of that name.
    pub fn first(&self, name: HeaderName) -> Option<&'a [u8]> {
        self.lines.iter().find(|h| h.name == name).map(|h| h.value)
    }
    /// Values of all lines of that name, in order.
    pub fn all(&self, name: HeaderName) -> impl Iterator<Item = &'a [u8]> + '_ {
        self.lines
            .iter()
            .filter(move |h| h.name == name)
            .map(|h| h.value)
    }
    /// Values of all lines spelled that way, compared without regard to case; for headers that
    /// [`HeaderName`] does not know.
    pub fn all_spelled<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'a [u8]> + 's {
        self.lines
            .iter()
            .filter(|h| h.raw_name.eq_ignore_ascii_case(name.as_bytes()))
            .map(|h| h.value)
    }
    /// How many of Via, From, To, Call-ID and CSeq are there.
    pub fn core_count(&self) -> usize {
        let mut seen = [false; 5];
        for h in &self.lines {
            let slot = match h.name {
                HeaderName::Via => 0,
                HeaderName::From => 1,
                HeaderName::To => 2,
                HeaderName::CallId => 3,
                HeaderName::CSeq => 4,
                _ => continue,
            };
            seen[slot] = true;
        }
        seen.iter().filter(|s| **s).count()
    }
}

/// What one pass over a header block found.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scan<'a> {
    /// The lines.
    pub headers: Headers<'a>,
    /// Where the body starts, from the start of the block; its length when no blank line ends it.
    pub end: usize,
    /// A blank line ended the block.
    pub terminated: bool,
    /// Lines that ended with LF alone.
    pub bare_lf: usize,
    /// First line that is neither a header nor a continuation.
    pub malformed: Option<&'a [u8]>,
    /// How many such lines.
    pub malformed_count: usize,
    /// There were more lines than [`MAX_HEADERS`].
    pub overflow: bool,
}

/// Reads header lines from `block` up to and including the blank line.
pub(crate) fn scan_headers(block: &[u8]) -> Scan<'_> {
    let mut scan = Scan {
        headers: Headers {
            lines: Vec::with_capacity(20),
        },
        end: block.len(),
        ..Scan::default()
    };
    // Where the value of the last line starts, which may still grow by folded lines.
    let mut open: Option<usize> = None;
    let mut at = 0;
    let mut ends = memchr_iter(b'\n', block);
    loop {
        let lf = ends.next();
        // A last line without its LF: a cut message.
        let Some(line) = block.get(at..lf.unwrap_or(block.len())) else {
            break;
        };
        let start = at;
        at = lf.map_or(block.len(), |lf| lf + 1);
        let line = match line {
            [head @ .., b'\r'] => head,
            bare => {
                scan.bare_lf += usize::from(lf.is_some());
                bare
            }
        };
        match (line.first(), open) {
            (None, _) => {
                scan.terminated = lf.is_some();
                scan.end = at;
                break;
            }
            (Some(b' ' | b'\t'), Some(value)) => {
                scan.grow(block.get(value..start + line.len()).unwrap_or_default());
            }
            // Names are short: a loop beats a vectorized search here.
            (Some(_), _) => match line.iter().position(|b| *b == b':') {
                Some(colon) if colon > 0 => {
                    let (name, value) = line.split_at(colon);
                    scan.push(name, value.get(1..).unwrap_or_default());
                    open = Some(start + colon + 1);
                }
                _ => {
                    scan.malformed_count += 1;
                    scan.malformed.get_or_insert(line);
                    open = None;
                }
            },
        }
        if lf.is_none() {
            break;
        }
    }
    scan
}

impl<'a> Scan<'a> {
    fn push(&mut self, name: &'a [u8], value: &'a [u8]) {
        if self.headers.lines.len() >= MAX_HEADERS {
            self.overflow = true;
            return;
        }
        let raw_name = lex::trim(name);
        self.headers.lines.push(Header {
            name: HeaderName::parse(raw_name),
            raw_name,
            value: lex::trim(value),
        });
    }

    /// The last line goes on: `value` is what it has now.
    fn grow(&mut self, value: &'a [u8]) {
        if let Some(last) = self.headers.lines.last_mut().filter(|_| !self.overflow) {
            last.value = lex::trim(value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compact_folded_and_spaced_headers_are_the_same_header() {
        let block = b"i: a\r\nCall-ID   :\r\n\tb\r\nCALL-ID:c\r\n\r\nbody: x";
        let s = scan_headers(block);
        let ids: Vec<&[u8]> = s.headers.all(HeaderName::CallId).collect();
        assert_eq!(ids, [&b"a"[..], b"b", b"c"]);
        assert!(s.terminated);
        assert_eq!(&block[s.end..], b"body: x");
    }

    #[test]
    fn a_bare_lf_ends_a_line_and_is_counted() {
        let s = scan_headers(b"a: 1\nb: 2\n\nx");
        assert_eq!((s.headers.len(), s.bare_lf, s.end), (2, 3, 11));
    }

    #[test]
    fn a_cut_block_gives_what_is_there() {
        let s = scan_headers(b"From: a\r\nTo: b");
        assert!(!s.terminated);
        assert_eq!(s.headers.first(HeaderName::To), Some(&b"b"[..]));
        assert_eq!(s.end, 14);
    }

    #[test]
    fn a_line_without_colon_is_kept_as_evidence() {
        let s = scan_headers(b"From: a\r\nrubbish\r\n: x\r\nTo: b\r\n\r\n");
        assert_eq!((s.malformed, s.malformed_count), (Some(&b"rubbish"[..]), 2));
        assert_eq!(s.headers.len(), 2);
    }

    #[test]
    fn the_number_of_lines_kept_is_bounded() {
        let many = b"a:\r\n".repeat(MAX_HEADERS + 5);
        let s = scan_headers(&many);
        assert!(s.overflow);
        assert_eq!(s.headers.len(), MAX_HEADERS);
    }
}
