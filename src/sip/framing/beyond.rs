//! Bodies longer than is read: the announced octets are passed over, and only what proves the announcement wrong
//! ends them earlier.
//!
//! A start line with its headers in such a body is a quotation or the next message. What stands where the body is
//! announced to end tells which; until then the bytes from there on are held, as many as a body may have.

use super::FramerLimits;
use super::cut::{
    BodyEnd, BodyFacts, BodyPlan, BodyRule, Reach, headers_end, is_strict_start_line,
};
use crate::sip::headers::scan_headers;
use crate::sip::start_line::{may_begin_start_line, recognize};
use memchr::memchr;

/// What looks like a message in a body.
#[derive(Clone, Copy, Debug)]
pub(super) struct Suspect {
    /// Where its start line is; offsets count from the body's first byte at hand.
    at: usize,
    /// Its blank line is not before this offset.
    searched: usize,
    /// Where it ends, once its headers are there; `None` within for one that does not say.
    end: Option<Option<usize>>,
}

/// How far a body can be passed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Passed {
    /// So many bytes are done with, and more of the body follows.
    Over(usize),
    /// After so many bytes, as announced.
    End(usize),
    /// After so many bytes, because another message begins there.
    NextMessage(usize),
}

impl BodyPlan {
    /// The end of what is listed of a body of `announced` octets.
    pub(super) fn too_long(
        &mut self,
        body: &[u8],
        announced: usize,
        reach: Reach,
        limits: FramerLimits,
    ) -> BodyEnd {
        let max = limits.max_body;
        let too_long = BodyEnd::TooLong {
            len: self.start + max,
            announced,
        };
        match self.pass(body, announced, reach, limits) {
            Passed::Over(safe) if safe >= max => too_long,
            Passed::End(_) => too_long,
            Passed::NextMessage(at) if at > max => too_long,
            Passed::NextMessage(at) => BodyEnd::NextMessage {
                len: self.start + at,
                announced,
            },
            Passed::Over(_) if reach.is_over() => BodyEnd::Missing {
                len: self.start + body.len().min(max),
                announced,
            },
            Passed::Over(_) => BodyEnd::Unknown,
        }
    }

    /// What is left of the body after its first `len` bytes, which are gone.
    pub(super) fn after(mut self, len: usize) -> BodyPlan {
        if let BodyRule::Beyond(left) = self.rule {
            self.rule = BodyRule::Beyond(left.saturating_sub(len));
        }
        self.start = 0;
        self.inside_line &= self.checked >= len;
        self.checked = self.checked.saturating_sub(len);
        self.searched = self.searched.saturating_sub(len);
        self.suspect = self.suspect.and_then(|suspect| {
            Some(Suspect {
                at: suspect.at.checked_sub(len)?,
                searched: suspect.searched.checked_sub(len)?,
                end: suspect.end.map(|end| end?.checked_sub(len)),
            })
        });
        self
    }

    /// The same after `missing` more bytes that nobody saw; `None` where the body ended among them.
    pub(super) fn after_hole(self, len: usize, missing: u64) -> Option<BodyPlan> {
        let missing = usize::try_from(missing).ok()?;
        let BodyRule::Beyond(left) = self.rule else {
            return None;
        };
        let left = left.checked_sub(len)?.checked_sub(missing)?;
        Some(BodyPlan {
            rule: BodyRule::Beyond(left),
            start: 0,
            checked: 0,
            searched: 0,
            // Nobody knows whether a line begins there.
            inside_line: missing > 0 || self.inside_line || len > self.checked,
            suspect: None,
            ..self
        })
    }

    /// How many of the announced octets are left.
    pub(super) fn left(&self) -> usize {
        match self.rule {
            BodyRule::Beyond(left) => left,
            _ => 0,
        }
    }

    /// Looks at `body`, of which `left` octets are announced, and at what follows it.
    pub(super) fn pass(
        &mut self,
        body: &[u8],
        left: usize,
        reach: Reach,
        limits: FramerLimits,
    ) -> Passed {
        let inside = body.get(..left).unwrap_or(body);
        let complete = inside.len() == left;
        while !self.opaque {
            if self.suspect.is_none() {
                self.suspect = self.next_suspect(inside, complete, limits.max_header);
            }
            let Some(mut suspect) = self.suspect else {
                break;
            };
            // No session description holds a start line.
            let wrong = match self.sdp {
                true => Some(true),
                false => suspect.proves_wrong(body, left, reach, limits),
            };
            self.suspect = Some(suspect);
            match wrong {
                Some(true) => return Passed::NextMessage(suspect.at),
                Some(false) => {
                    self.suspect = None;
                    let line = inside.get(suspect.at..).unwrap_or_default();
                    self.checked = suspect.at + memchr(b'\n', line).map_or(line.len(), |lf| lf + 1);
                }
                None => return Passed::Over(suspect.at),
            }
        }
        if complete {
            Passed::End(left)
        } else if self.opaque {
            Passed::Over(inside.len())
        } else if self.sdp
            && reach == Reach::Settled
            && self.start > 0
            && (1..=limits.max_header).contains(&inside.len())
        {
            // Nobody waits in the middle of a session description.
            Passed::NextMessage(inside.len())
        } else {
            Passed::Over(self.checked)
        }
    }

    /// As [`BodyPlan::next_message`], with an end to the patience for a line.
    fn next_suspect(&mut self, inside: &[u8], complete: bool, max_line: usize) -> Option<Suspect> {
        loop {
            if self.inside_line {
                let rest = inside.get(self.checked..).unwrap_or_default();
                let lf = memchr(b'\n', rest);
                self.inside_line = lf.is_none();
                self.checked += lf.map_or(rest.len(), |lf| lf + 1);
            }
            if let Some(at) = self.next_message(inside, complete) {
                return Some(Suspect {
                    at,
                    searched: at,
                    end: None,
                });
            }
            let open = inside.get(self.checked..).unwrap_or_default();
            if open.len() <= max_line || memchr(b'\n', open).is_some() {
                return None;
            }
            self.inside_line = true;
        }
    }
}

impl Suspect {
    /// Whether the next message begins here and the announced length is wrong; `None` where that is to be seen.
    fn proves_wrong(
        &mut self,
        body: &[u8],
        left: usize,
        reach: Reach,
        limits: FramerLimits,
    ) -> Option<bool> {
        let held = self.at.saturating_add(limits.max_body);
        if left > held {
            // The announced end is too far away to wait for it.
            if let Some(seen) = body.get(..held) {
                return Some(self.is_followed_by_another(seen, limits));
            }
        } else if let Some(tail) = body.get(left..) {
            return is_no_message(tail, reach, limits.max_header);
        }
        match reach {
            Reach::More => None,
            Reach::Settled => (self.ends(body, limits) == Some(body.len())).then_some(true),
            Reach::Hole => Some(
                self.ends(body, limits) == Some(body.len())
                    || self.is_followed_by_another(body, limits),
            ),
            Reach::Ended => Some(true),
        }
    }

    /// Another message, not the same again, follows this one.
    fn is_followed_by_another(&mut self, body: &[u8], limits: FramerLimits) -> bool {
        let Some(end) = self.ends(body, limits) else {
            return false;
        };
        let next = skip_line_ends(body.get(end..).unwrap_or_default());
        let line = memchr(b'\n', next).and_then(|lf| next.get(..lf));
        let this = body.get(self.at..end).unwrap_or_default();
        line.is_some_and(is_strict_start_line) && !next.starts_with(this)
    }

    /// Where it ends, if it says.
    fn ends(&mut self, body: &[u8], limits: FramerLimits) -> Option<usize> {
        if self.end.is_none() {
            match headers_end(body, self.searched) {
                None => self.searched = body.len().saturating_sub(2).max(self.at),
                Some(blank) => {
                    let message = body.get(self.at..blank).unwrap_or_default();
                    let headers = message.get(memchr(b'\n', message)? + 1..)?;
                    let facts = BodyFacts::of(&scan_headers(headers).headers);
                    self.end = Some(match BodyPlan::new(&facts, blank, limits.max_body).rule {
                        BodyRule::Length(n) => Some(blank + n),
                        BodyRule::Empty => Some(blank),
                        _ => None,
                    });
                }
            }
        }
        self.end?
    }
}

/// Whether something else than a message stands at the start of `tail`, where a body is announced to end.
fn is_no_message(tail: &[u8], reach: Reach, max_line: usize) -> Option<bool> {
    let tail = skip_line_ends(tail);
    match memchr(b'\n', tail) {
        Some(lf) if lf <= max_line => {
            let line = tail.get(..lf).unwrap_or_default();
            Some(recognize(line.strip_suffix(b"\r").unwrap_or(line)).is_none())
        }
        None if tail.len() <= max_line && reach == Reach::More => None,
        _ if tail.is_empty() => Some(false),
        _ => Some(!may_begin_start_line(tail)),
    }
}

fn skip_line_ends(v: &[u8]) -> &[u8] {
    let ends = v.iter().take_while(|b| matches!(b, b'\r' | b'\n')).count();
    v.get(ends..).unwrap_or_default()
}
