//! Header lines beyond those that are read: passed over one by one, for the sake of the body they announce.

use super::cut::{BodyFacts, Reach, is_strict_start_line};
use crate::sip::headers::scan_headers;
use memchr::memchr;

/// The header lines that are still to come.
#[derive(Clone, Copy, Debug)]
pub(super) struct HeaderTail {
    /// What the lines so far say.
    pub(super) facts: BodyFacts,
    /// The next byte continues a line whose beginning is passed over.
    inside_line: bool,
    /// Lines are missing among them.
    pub(super) behind_hole: bool,
    /// No header ends before this offset.
    searched: usize,
}

/// What stands at the start of the bytes at hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// So many bytes of header lines.
    Header(usize),
    /// So many bytes of blank line.
    Blank(usize),
    /// A start line: the end of this message was lost.
    Start,
    /// More bytes are needed.
    Unknown,
}

impl HeaderTail {
    pub(super) fn new(facts: BodyFacts, inside_line: bool) -> HeaderTail {
        HeaderTail {
            facts,
            inside_line,
            behind_hole: false,
            searched: 0,
        }
    }

    /// `missing` bytes are missing here, behind the first `len` of a line.
    pub(super) fn after_hole(mut self, len: usize, missing: u64) -> HeaderTail {
        self.inside_line |= len > 0 || missing > 0;
        self.searched = 0;
        if missing > 0 {
            self.behind_hole = true;
            self.facts.forget_length();
        }
        self
    }

    /// Reads one header with its folded lines; of one longer than `max` nothing is known.
    pub(super) fn read(&mut self, v: &[u8], reach: Reach, max: usize) -> Line {
        if v.is_empty() {
            return Line::Unknown;
        }
        if self.inside_line {
            let lf = memchr(b'\n', v);
            self.inside_line = lf.is_none();
            return Line::Header(lf.map_or(v.len(), |lf| lf + 1));
        }
        match v {
            [b'\n', ..] => return Line::Blank(1),
            [b'\r', b'\n', ..] => return Line::Blank(2),
            [b'\r'] => return Line::Unknown,
            _ => {}
        }
        loop {
            let found = memchr(b'\n', v.get(self.searched..).unwrap_or_default());
            let Some(lf) = found.map(|lf| self.searched + lf) else {
                self.searched = v.len();
                if v.len() > max {
                    self.inside_line = true;
                    return self.header(v.len());
                }
                return Line::Unknown;
            };
            if lf > max {
                return self.header(lf + 1);
            }
            match v.get(lf + 1) {
                Some(b' ' | b'\t') => self.searched = lf + 1,
                None if !reach.is_over() => {
                    self.searched = lf;
                    return Line::Unknown;
                }
                _ => return self.note(v.get(..lf + 1).unwrap_or_default()),
            }
        }
    }

    fn header(&mut self, len: usize) -> Line {
        self.searched = 0;
        Line::Header(len)
    }

    fn note(&mut self, header: &[u8]) -> Line {
        let first = memchr(b'\n', header).and_then(|lf| header.get(..lf));
        if first.is_some_and(is_strict_start_line) {
            return Line::Start;
        }
        // Content-Length, Content-Type and their short forms.
        if matches!(header.first(), Some(b'C' | b'c' | b'L' | b'l')) {
            self.facts.add(&scan_headers(header).headers);
        }
        self.header(header.len())
    }
}
