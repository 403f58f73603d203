//! Messages out of a byte stream, one framer for each direction (RFC 3261 §18.3, RFC 5626 §4.4.1).
//!
//! Bytes go in as the reassembly delivers them, messages come out, each with the packets that
//! carried it. After a hole, a wrong Content-Length or a start in mid-stream the framer looks for
//! the next start line; what it passed over is counted, never silent.
//!
//! Invariant: how the stream is split into pushes does not change the messages.

mod beyond;
mod carried;
mod cut;
mod framed;
mod header_tail;
#[cfg(test)]
mod long_tests;
mod passing;
mod skipping;
mod suspect;
#[cfg(test)]
mod tests;

use super::flaw::Flaw;
use super::header_name::HeaderName;
use super::headers::scan_headers;
use super::message::Framing;
use super::start_line::{Recognized, recognize};
use crate::types::{CaptureTime, FlawCode, FrameRef};
use carried::{Carried, Segment};
use cut::{BodyEnd, BodyFacts, BodyPlan, Reach};
pub use framed::{Framed, FramerCounters, FramerLimits, Verdict};
use memchr::{memchr, memrchr};
use passing::Passing;
use std::collections::VecDeque;

/// Cuts one direction of a stream into messages.
#[derive(Debug)]
pub struct Framer {
    limits: FramerLimits,
    /// Bytes not yet given out, from `head` on.
    buffer: Vec<u8>,
    head: usize,
    /// Stream position of `buffer[0]`.
    base: u64,
    /// Which packet delivered the bytes up to `end`.
    segments: VecDeque<Segment>,
    /// Length of the message last given out; dropped when the next one is asked for.
    lent: usize,
    sync: Sync,
    /// Bytes passed over since a start line was missed after a message.
    desync: Option<u64>,
    /// Content-Length of the last message, of which this much was not there when the next began.
    overrun: Option<usize>,
    /// The bytes at `head` continue a line whose beginning was given up.
    inside_line: bool,
    /// The stream was begun before the capture, perhaps in the middle of a long message.
    mid_stream: bool,
    /// What was passed over held a NUL, which text has not.
    is_binary: bool,
    reach: Reach,
    pending: Pending,
    /// The rest of a message that was given out already stands at `head`.
    passing: Option<Passing>,
    /// Messages cut before a hole.
    ready: VecDeque<Owned>,
    current: Option<Owned>,
    verdict: Verdict,
    counters: FramerCounters,
    /// Packets that carried nothing but a part of a message that was passed over.
    passed_packets: usize,
    /// The last packet that carried a message.
    last_frame: Option<FrameRef>,
}

/// What is known about the bytes at `head`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sync {
    /// The first byte of the stream as captured.
    Fresh,
    /// Just after a message.
    Boundary,
    /// Anywhere.
    Lost,
}

/// Progress on the message at `head`, so that a push does not read the buffer from its start again.
#[derive(Debug, Default)]
struct Pending {
    /// The blank line is not before this offset.
    searched: usize,
    /// Headers are complete.
    plan: Option<BodyPlan>,
}

#[derive(Debug)]
struct Owned {
    bytes: Vec<u8>,
    cut: Cut,
    carried: Carried,
}

/// A message of `len` bytes at `head`.
#[derive(Debug)]
struct Cut {
    len: usize,
    framing: Framing,
    flaws: Vec<Flaw>,
}

impl Framer {
    /// A framer at the first captured byte of a stream's direction.
    pub fn new(limits: FramerLimits) -> Framer {
        Framer {
            limits,
            buffer: Vec::new(),
            head: 0,
            base: 0,
            segments: VecDeque::new(),
            lent: 0,
            sync: Sync::Fresh,
            desync: None,
            overrun: None,
            inside_line: false,
            mid_stream: false,
            is_binary: false,
            reach: Reach::More,
            pending: Pending::default(),
            passing: None,
            ready: VecDeque::new(),
            current: None,
            verdict: Verdict::Undecided,
            counters: FramerCounters::default(),
            passed_packets: 0,
            last_frame: None,
        }
    }

    /// The same for a stream that was begun before the capture.
    pub fn in_mid_stream(limits: FramerLimits) -> Framer {
        Framer {
            mid_stream: true,
            ..Framer::new(limits)
        }
    }

    /// Takes the next bytes in sequence order. Call [`Framer::next`] until it gives `None` after
    /// each push.
    pub fn push(&mut self, bytes: &[u8], frame: FrameRef, time: CaptureTime) {
        if bytes.is_empty() || self.verdict == Verdict::NotSip {
            return;
        }
        self.drop_lent();
        self.reach = Reach::More;
        self.buffer.extend_from_slice(bytes);
        // A length fits 64 bits.
        let end = self.base + self.buffer.len() as u64;
        self.segments.push_back(Segment { end, frame, time });
    }

    /// `missing` bytes were lost: what is buffered cannot be completed. A message whose headers are
    /// there is still given out, as far as it goes.
    pub fn gap(&mut self, missing: u64) {
        self.counters.gaps += 1;
        self.counters.lost_bytes = self.counters.lost_bytes.saturating_add(missing);
        self.close(Some(missing));
        self.sync = Sync::Lost;
    }

    /// The stream ended, or the capture did.
    pub fn finish(&mut self) {
        self.close(None);
        self.sync = Sync::Lost;
    }

    /// The other side has spoken, so this side is not in the middle of a message: one without
    /// Content-Length is complete as it stands. Call it before bytes of the other direction are
    /// handled, then drain [`Framer::next`].
    pub fn settle(&mut self) {
        if self.reach == Reach::More {
            self.reach = Reach::Settled;
        }
    }

    /// The next complete message.
    // Not an Iterator: the message borrows the framer's buffer.
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self) -> Option<Framed<'_>> {
        self.drop_lent();
        self.current = self.ready.pop_front();
        if self.current.is_none() {
            let cut = self.extract()?;
            self.lent = cut.len;
            let carried = self.carried(cut.len);
            let bytes = self.buffer.get(self.head..self.head + cut.len)?;
            return Some(framed(bytes, cut, carried));
        }
        let Owned {
            bytes,
            cut,
            carried,
        } = self.current.as_mut()?;
        let cut = Cut {
            len: cut.len,
            framing: cut.framing,
            flaws: std::mem::take(&mut cut.flaws),
        };
        let carried = Carried {
            frames: std::mem::take(&mut carried.frames),
            ..*carried
        };
        Some(framed(bytes, cut, carried))
    }

    /// Whether this is SIP at all.
    pub fn verdict(&self) -> Verdict {
        self.verdict
    }

    /// What was passed over.
    pub fn counters(&self) -> FramerCounters {
        self.counters
    }

    /// Packets since the last call that carried nothing but a part of a message beyond what is read of it.
    pub fn take_passed_packets(&mut self) -> usize {
        std::mem::take(&mut self.passed_packets)
    }

    /// Bytes held for messages not yet complete.
    pub fn buffered(&self) -> usize {
        self.buffer.len() - self.head - self.lent
    }

    /// Memory held for them.
    pub fn held(&self) -> usize {
        self.buffer.capacity() + self.segments.capacity() * size_of::<Segment>()
    }

    fn rest(&self) -> &[u8] {
        self.buffer.get(self.head..).unwrap_or_default()
    }

    /// Looks for a complete message at `head`, passing over what is none.
    fn extract(&mut self) -> Option<Cut> {
        loop {
            if self.verdict == Verdict::NotSip || !self.pass() || !self.skip_line_ends() {
                return None;
            }
            if self.sync == Sync::Fresh && cut::is_foreign(self.rest()) {
                self.give_up();
                return None;
            }
            let Some(lf) = memchr(b'\n', self.rest()) else {
                if self.reach.is_over() {
                    self.skip(self.rest().len());
                } else if self.rest().len() > self.limits.max_header {
                    if self.pass_endless_start_line() {
                        continue;
                    }
                    self.skip(self.rest().len());
                    self.inside_line = true;
                }
                return None;
            };
            if lf > self.limits.max_header && self.pass_endless_start_line() {
                continue;
            }
            if lf > self.limits.max_header || !self.is_start_line(lf) {
                let fresh = self.sync == Sync::Fresh;
                self.skip(lf + 1);
                if fresh && self.mid_stream {
                    self.pass_unseen_headers();
                }
                continue;
            }
            match self.headers(lf) {
                Progress::Done => {}
                Progress::Wait => return None,
                Progress::Skipped => continue,
                Progress::Cut(len) => {
                    let why = self.reach.why("its headers");
                    let mut flaws = self.message_found();
                    flaws.push(Flaw::cut(&why));
                    return Some(Cut {
                        len,
                        framing: Framing::Truncated,
                        flaws,
                    });
                }
                Progress::TooLong(len) => {
                    let mut flaws = self.message_found();
                    flaws.push(Flaw::too_long("headers", self.limits.max_header));
                    return Some(Cut {
                        len,
                        framing: Framing::Truncated,
                        flaws,
                    });
                }
            }
            return self.body();
        }
    }

    /// Strict start lines count anywhere; lenient ones only where a message must begin.
    fn is_start_line(&self, lf: usize) -> bool {
        let line = self.rest().get(..lf).unwrap_or_default();
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        match recognize(line) {
            Some(Recognized::Strict(_)) => true,
            Some(Recognized::Lenient(..)) => self.sync != Sync::Lost,
            None => false,
        }
    }

    /// Waits for the blank line, then judges the header block and plans the body.
    fn headers(&mut self, lf: usize) -> Progress {
        if self.pending.plan.is_some() {
            return Progress::Done;
        }
        let max = self.limits.max_header;
        let from = self.pending.searched.max(lf);
        let end = cut::headers_end(self.rest(), from);
        let Some(end) = end.filter(|end| *end <= max) else {
            if end.is_some() || self.rest().len() > max {
                return self.headers_too_long(lf);
            }
            if self.reach.is_over() {
                // A line that is cut would tell something else than what was sent.
                let lines = memrchr(b'\n', self.rest()).map_or(0, |last| last + 1);
                if self.is_worth_showing(lf, lines) {
                    self.pass_headers_behind_hole(lf, lines);
                    return Progress::Cut(lines);
                }
                let rest_is_known = self.is_sure(lf) && self.pass_headers_behind_hole(lf, lines);
                self.skip(match rest_is_known {
                    true => self.rest().len(),
                    false => lf + 1,
                });
                return Progress::Skipped;
            }
            self.pending.searched = self.rest().len().saturating_sub(2);
            return Progress::Wait;
        };
        let sure = self.is_sure(lf);
        let block = self.rest().get(lf + 1..end).unwrap_or_default();
        let scan = scan_headers(block);
        // The beginning of a message whose end was lost, followed by a whole one.
        if let Some(at) = cut::start_line_within(&scan, block) {
            self.skip(lf + 1 + at);
            return Progress::Skipped;
        }
        if !sure && scan.headers.core_count() < 3 {
            self.skip(lf + 1);
            return Progress::Skipped;
        }
        self.pending.plan = Some(BodyPlan::new(
            &BodyFacts::of(&scan.headers),
            end,
            self.limits.max_body,
        ));
        Progress::Done
    }

    /// A start line that needs no headers to be believed.
    fn is_sure(&self, lf: usize) -> bool {
        let start = self.rest().get(..lf).unwrap_or_default();
        let start = start.strip_suffix(b"\r").unwrap_or(start);
        let strict = matches!(recognize(start), Some(Recognized::Strict(_)));
        strict && self.sync != Sync::Lost
    }

    /// True for a start line with headers that tell whose message it is, though not where they end.
    fn is_worth_showing(&self, lf: usize, end: usize) -> bool {
        let block = self.rest().get(lf + 1..end).unwrap_or_default();
        let scan = scan_headers(block);
        scan.headers.core_count() >= 3 && cut::start_line_within(&scan, block).is_none()
    }

    /// The message's end, once it is there.
    fn body(&mut self) -> Option<Cut> {
        let mut plan = self.pending.plan.take()?;
        let end = plan.end(self.rest(), self.reach, self.limits);
        let (len, framing, mismatch) = match end {
            BodyEnd::Unknown => {
                self.pending.plan = Some(plan);
                return None;
            }
            BodyEnd::At(len) => (len, Framing::Stream, plan.too_large()),
            BodyEnd::NextMessage { len, announced } => (len, Framing::Stream, Some(announced)),
            BodyEnd::Missing { len, announced } => {
                self.pass_rest_of(plan, len);
                return Some(self.truncated(len, announced));
            }
            BodyEnd::TooLong { len, announced } => {
                self.counters.too_long += 1;
                self.pass_rest_of(plan, len);
                let mut flaws = self.message_found();
                flaws.push(Flaw::too_long(
                    &format!("{announced} octets of body"),
                    self.limits.max_body,
                ));
                return Some(Cut {
                    len,
                    framing: Framing::Stream,
                    flaws,
                });
            }
        };
        let mut flaws = self.message_found();
        self.counters.too_long += u64::from(plan.too_large().is_some());
        if let Some(announced) = mismatch {
            flaws.push(Flaw::of_header(
                FlawCode::ContentLengthMismatch,
                HeaderName::ContentLength,
                format!(
                    "Content-Length announces {announced} octets, but the next message begins or the limit is reached before."
                ),
                "RFC 3261 §18.3",
            ));
        }
        Some(Cut {
            len,
            framing,
            flaws,
        })
    }

    fn truncated(&mut self, len: usize, announced: usize) -> Cut {
        let why = self
            .reach
            .why(&format!("the {announced} octets of its body"));
        let mut flaws = self.message_found();
        flaws.push(Flaw::cut(&why));
        Cut {
            len,
            framing: Framing::Truncated,
            flaws,
        }
    }

    /// Notes that a message ends here, and gives the flaw of what was passed over before it.
    fn message_found(&mut self) -> Vec<Flaw> {
        self.sync = Sync::Boundary;
        self.verdict = Verdict::Sip;
        self.pending = Pending::default();
        let desync = self.desync.take();
        let text = match self.overrun.take() {
            Some(octets) => format!(
                "The Content-Length of the message before announces {octets} octets more than there are."
            ),
            None => match desync {
                Some(skipped) => format!(
                    "{skipped} octets before this message belong to none; an earlier Content-Length was too small or missing."
                ),
                None => return Vec::new(),
            },
        };
        vec![Flaw::of_message(
            FlawCode::StreamDesync,
            text,
            "RFC 3261 §18.3",
        )]
    }

    /// Gives out what can still be given out and forgets the rest.
    fn close(&mut self, missing: Option<u64>) {
        self.drop_lent();
        self.reach = match missing {
            Some(missing) => Reach::Hole(missing),
            None => Reach::Ended,
        };
        while let Some(cut) = self.extract() {
            let carried = self.carried(cut.len);
            let bytes = self.rest().get(..cut.len).unwrap_or_default().to_vec();
            self.consume(cut.len);
            self.ready.push_back(Owned {
                bytes,
                cut,
                carried,
            });
        }
        let rest = self.rest().len();
        self.passing = self
            .passing
            .take()
            .and_then(|passing| passing.after_hole(rest, missing?));
        self.desync = None;
        self.overrun = None;
        self.inside_line = false;
        self.pending = Pending::default();
        self.consume(rest);
    }

    fn drop_lent(&mut self) {
        let lent = std::mem::take(&mut self.lent);
        if lent > 0 {
            self.consume(lent);
        }
    }

    fn consume(&mut self, len: usize) {
        self.head = (self.head + len).min(self.buffer.len());
        self.pending = Pending::default();
        let position = self.base + self.head as u64;
        while self.segments.front().is_some_and(|s| s.end <= position) {
            self.segments.pop_front();
        }
        if self.head == self.buffer.len() {
            // Connections live for hours and are silent most of the time: keep nothing for them.
            self.buffer = Vec::new();
            self.segments = VecDeque::new();
            self.base = position;
            self.head = 0;
            return;
        }
        // Moving the rest down costs less than half of what was read since the last time.
        if self.head > self.buffer.len() / 2 {
            self.buffer.drain(..self.head);
            self.base = position;
            self.head = 0;
        }
    }
}

enum Progress {
    Done,
    Wait,
    Skipped,
    /// Nothing follows: the headers stay as they are, up to here.
    Cut(usize),
    /// More headers are not read: they stay as they are, up to here.
    TooLong(usize),
}

fn framed(bytes: &[u8], cut: Cut, carried: Carried) -> Framed<'_> {
    Framed {
        bytes,
        framing: cut.framing,
        first_time: carried.first_time,
        time: carried.time,
        frames: carried.frames,
        new_frames: carried.new_frames,
        flaws: cut.flaws,
    }
}
