//! What looks like a message within a body: a quotation, or the proof that the body's announced length is wrong.

use super::FramerLimits;
use super::cut::{BodyFacts, BodyPlan, BodyRule, Reach, headers_end, is_strict_start_line};
use crate::sip::headers::scan_headers;
use crate::sip::start_line::{Recognized, StartLine, may_begin_start_line, recognize};
use crate::types::Method;
use memchr::{memchr, memrchr};

/// What looks like a message in a body, and what follows it. Offsets count from the body's first byte at hand.
#[derive(Clone, Copy, Debug)]
pub(super) struct Suspect {
    first: Span,
    /// The last of the messages that follow one another from here on.
    last: Span,
    /// How many those are.
    count: usize,
    /// Where the next one begins.
    next: usize,
    /// Its blank line is not before this offset.
    searched: usize,
    /// What follows is no message, or does not say where it ends, or is the same again.
    broken: bool,
}

/// An answer proves at most so many messages: in a long text a segment ends where a message does sooner or later, and
/// the other side may speak just then.
const UNANSWERED: usize = 8;

#[derive(Clone, Copy, Debug)]
struct Span {
    at: usize,
    end: usize,
}

impl Span {
    fn after(self, len: usize) -> Option<Span> {
        Some(Span {
            at: self.at.checked_sub(len)?,
            end: self.end.checked_sub(len)?,
        })
    }

    fn of(self, body: &[u8]) -> &[u8] {
        body.get(self.at..self.end).unwrap_or_default()
    }
}

impl Suspect {
    /// A start line at `at`.
    pub(super) fn new(at: usize) -> Suspect {
        let span = Span { at, end: at };
        Suspect {
            first: span,
            last: span,
            count: 0,
            next: at,
            searched: at,
            broken: false,
        }
    }

    /// Where its start line is.
    pub(super) fn at(&self) -> usize {
        self.first.at
    }

    /// The messages before this offset share the verdict, since they share what follows: each is read once.
    pub(super) fn judged(&self) -> usize {
        self.last.at
    }

    /// The same after the first `len` bytes of the body are gone; `None` where it is gone too.
    pub(super) fn after(self, len: usize) -> Option<Suspect> {
        Some(Suspect {
            first: self.first.after(len)?,
            last: self.last.after(len)?,
            next: self.next.checked_sub(len)?,
            searched: self.searched.checked_sub(len)?,
            ..self
        })
    }

    /// Whether the next message begins here and the announced length is wrong; `None` where that is to be seen.
    pub(super) fn proves_wrong(
        &mut self,
        sdp: bool,
        body: &[u8],
        left: usize,
        reach: Reach,
        limits: FramerLimits,
    ) -> Option<bool> {
        let held = self.at().saturating_add(limits.max_body);
        if left > held {
            // The announced end is too far away to wait for it.
            if let Some(seen) = body.get(..held) {
                self.follow(seen, limits);
                return Some(sdp || self.is_followed_by_another(seen));
            }
        } else if let Some((inside, tail)) = body.split_at_checked(left) {
            let line = inside.get(self.at()..).unwrap_or_default();
            // Only the beginning of a start line that goes on behind the announced end: no session description ends so.
            let is_cut = memchr(b'\n', line).is_none();
            return match is_cut {
                true => Some(true),
                false => is_no_message(inside, tail, reach, limits.max_header),
            };
        }
        match reach {
            Reach::More => None,
            Reach::Settled => {
                self.follow(body, limits);
                let few = self.count <= UNANSWERED;
                (few && self.ends_with(body)).then_some(true)
            }
            // The announced end comes behind the hole, and tells.
            Reach::Hole(missing) if !sdp && missing <= left.saturating_sub(body.len()) as u64 => {
                Some(false)
            }
            Reach::Hole(_) => {
                self.follow(body, limits);
                Some(sdp || self.ends_with(body))
            }
            Reach::Ended => Some(true),
        }
    }

    /// The messages from here on end where the bytes do.
    fn ends_with(&self, body: &[u8]) -> bool {
        self.count > 0 && self.next == body.len()
    }

    /// Nothing but messages follows this one, none of them the same again: no stream repeats itself, a text may.
    fn is_followed_by_another(&self, body: &[u8]) -> bool {
        let next = body.get(self.next..).unwrap_or_default();
        let line = memchr(b'\n', next).and_then(|lf| next.get(..lf));
        let last = self.last.of(body);
        let more = line.is_some_and(is_strict_start_line) && !next.starts_with(last);
        !self.broken && (self.count > 1 || (self.count == 1 && more))
    }

    /// Reads on among the messages from here on. What was read before is not read again.
    fn follow(&mut self, body: &[u8], limits: FramerLimits) {
        while !self.broken {
            let Some(rest) = body.get(self.next..) else {
                return;
            };
            self.next += rest.len() - skip_line_ends(rest).len();
            self.searched = self.searched.max(self.next);
            let Some(blank) = headers_end(body, self.searched) else {
                self.searched = body.len().saturating_sub(2).max(self.next);
                return;
            };
            let Some(end) = message_end(body, self.next, blank, limits) else {
                self.broken = true;
                return;
            };
            let span = Span { at: self.next, end };
            let same = |other: Span| self.count > 0 && other.of(body) == span.of(body);
            if same(self.first) || same(self.last) {
                self.broken = true;
                return;
            }
            if self.count == 0 {
                self.first = span;
            }
            self.last = span;
            self.count += 1;
            self.next = end;
        }
    }
}

/// Where the message at `at` ends, if it is one and says so; its headers end at `blank`.
fn message_end(body: &[u8], at: usize, blank: usize, limits: FramerLimits) -> Option<usize> {
    let message = body.get(at..blank)?;
    let (line, headers) = message.split_at_checked(memchr(b'\n', message)?)?;
    if !is_strict_start_line(line) {
        return None;
    }
    let facts = BodyFacts::of(&scan_headers(headers.get(1..)?).headers);
    match BodyPlan::new(&facts, blank, limits.max_body).rule {
        BodyRule::Length(n) => Some(blank + n),
        BodyRule::Empty => Some(blank),
        _ => None,
    }
}

/// Whether something else than a message stands at the start of `tail`, where the body `inside` is announced to end.
fn is_no_message(inside: &[u8], tail: &[u8], reach: Reach, max_line: usize) -> Option<bool> {
    let next = skip_line_ends(tail);
    match memchr(b'\n', next) {
        Some(lf) if lf <= max_line => {
            let line = next.get(..lf).unwrap_or_default();
            let recognized = recognize(line.strip_suffix(b"\r").unwrap_or(line));
            let adjoins = next.len() == tail.len();
            Some(match recognized {
                Some(Recognized::Strict(StartLine::Request { method, .. })) if adjoins => {
                    is_unheard_of(&method) && splits_start_line(inside, line, max_line)
                }
                // The end of a request line that is cut in two.
                Some(Recognized::Lenient(StartLine::Request { uri: [], .. }, ..)) => true,
                other => other.is_none(),
            })
        }
        None if next.len() <= max_line && reach == Reach::More => None,
        _ if next.is_empty() => Some(false),
        _ => Some(!may_begin_start_line(next)),
    }
}

/// Whether the end of `inside` and `line` are one start line: `MESS` and `AGE sip:bob@example.com SIP/2.0`.
fn splits_start_line(inside: &[u8], line: &[u8], max_line: usize) -> bool {
    let from = memrchr(b'\n', inside).map_or(0, |lf| lf + 1);
    let begun = inside.get(from..).unwrap_or_default();
    if begun.is_empty() || begun.len() > max_line {
        return false;
    }
    let whole = [begun, line.strip_suffix(b"\r").unwrap_or(line)].concat();
    matches!(recognize(&whole), Some(Recognized::Strict(StartLine::Request { method, .. })) if !is_unheard_of(&method))
}

fn is_unheard_of(method: &Method) -> bool {
    matches!(method, Method::Other(_))
}

fn skip_line_ends(v: &[u8]) -> &[u8] {
    let ends = v.iter().take_while(|b| matches!(b, b'\r' | b'\n')).count();
    v.get(ends..).unwrap_or_default()
}
