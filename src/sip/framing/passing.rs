//! The rest of a message that is longer than is read: it is passed over, not kept, up to where it ends.

use super::beyond::Passed;
use super::cut::{self, BodyFacts, BodyPlan, BodyRule, Reach};
use super::header_tail::{HeaderTail, Line};
use super::{Framer, Progress, Sync, Verdict};
use crate::sip::headers::scan_headers;
use crate::sip::start_line::starts_like_sip;
use memchr::memrchr_iter;

/// What stands where a message was cut.
#[derive(Clone, Copy, Debug)]
pub(super) enum Passing {
    /// Header lines.
    Headers(HeaderTail),
    /// Octets of the body.
    Body(BodyPlan),
}

impl Passing {
    /// The same after `len` bytes and then `missing` ones that nobody saw.
    pub(super) fn after_hole(self, len: usize, missing: u64) -> Option<Passing> {
        match self {
            Passing::Headers(tail) => Some(Passing::Headers(tail.after_hole(len, missing))),
            Passing::Body(plan) => plan.after_hole(len, missing).map(Passing::Body),
        }
    }
}

impl Framer {
    /// Passes over what is left of a message given out already. False when more of it is still to come.
    pub(super) fn pass(&mut self) -> bool {
        while let Some(passing) = self.passing.take() {
            let more = match passing {
                Passing::Headers(tail) => self.pass_header(tail),
                Passing::Body(plan) => self.pass_body(plan),
            };
            if self.verdict == Verdict::NotSip {
                self.passing = None;
            }
            if !more {
                return false;
            }
        }
        self.verdict != Verdict::NotSip
    }

    fn pass_header(&mut self, mut tail: HeaderTail) -> bool {
        let line = tail.read(self.rest(), self.reach, self.limits.max_header);
        match line {
            Line::Header(len) => {
                self.consume_passed(len);
                self.passing = Some(Passing::Headers(tail));
            }
            Line::Blank(len) => {
                self.consume_passed(len);
                self.plan_rest(&tail);
            }
            Line::Start => self.sync = Sync::Lost,
            Line::Unknown => {
                self.passing = Some(Passing::Headers(tail));
                return false;
            }
        }
        true
    }

    /// The headers are passed; what follows is the body.
    fn plan_rest(&mut self, tail: &HeaderTail) {
        let plan = BodyPlan::new(&tail.facts, 0, 0);
        match plan.rule {
            // Perhaps the blank line stood in a body behind the hole.
            BodyRule::Empty if tail.behind_hole => self.sync = Sync::Lost,
            BodyRule::Beyond(_) => self.passing = Some(Passing::Body(plan)),
            // Of no octets.
            BodyRule::Length(_) | BodyRule::Empty => self.sync = Sync::Boundary,
            BodyRule::SdpLines | BodyRule::NextStartLine => self.sync = Sync::Lost,
        }
    }

    fn pass_body(&mut self, mut plan: BodyPlan) -> bool {
        let left = plan.left();
        match plan.pass(self.rest(), left, self.reach, self.limits) {
            Passed::Over(len) => {
                self.consume_passed(len);
                self.passing = Some(Passing::Body(plan.after(len)));
                return false;
            }
            Passed::End(len) => {
                self.consume_passed(len);
                self.sync = Sync::Boundary;
            }
            Passed::NextMessage(at) => {
                self.consume_passed(at);
                self.sync = Sync::Lost;
                self.overrun = Some(left - at);
            }
        }
        true
    }

    fn consume_passed(&mut self, len: usize) {
        if self.verdict == Verdict::Undecided {
            self.note_skipped(len);
            self.consume(len);
            self.lose_patience();
            return;
        }
        let end = self.base + (self.head + len) as u64;
        for segment in self.segments.iter().take_while(|_| len > 0) {
            if self.last_frame != Some(segment.frame) {
                self.last_frame = Some(segment.frame);
                self.passed_packets += 1;
            }
            if segment.end >= end {
                break;
            }
        }
        self.consume(len);
    }

    /// What of the planned body comes after the first `len` bytes of the message is passed over.
    pub(super) fn pass_rest_of(&mut self, mut plan: BodyPlan, len: usize) {
        if let (BodyRule::Length(n), Reach::Hole(_)) = (plan.rule, self.reach) {
            plan.rule = BodyRule::Beyond(n);
        }
        if let BodyRule::Beyond(_) = plan.rule {
            let listed = len.saturating_sub(plan.start);
            self.passing = Some(Passing::Body(plan.after(listed)));
        }
    }

    /// The headers from the line end at `lf` to `end` have a hole behind them; the other lines follow it. False where
    /// nothing follows.
    pub(super) fn pass_headers_behind_hole(&mut self, lf: usize, end: usize) -> bool {
        let block = self.rest().get(lf + 1..end).unwrap_or_default();
        let scan = scan_headers(block);
        let follows =
            matches!(self.reach, Reach::Hole(_)) && cut::start_line_within(&scan, block).is_none();
        if follows {
            let tail = HeaderTail::new(BodyFacts::of(&scan.headers), false);
            self.verdict = Verdict::Sip;
            self.passing = Some(Passing::Headers(tail));
        }
        follows
    }

    /// The stream begins in its middle, perhaps among headers: a Content-Length there tells where the next message is.
    pub(super) fn pass_unseen_headers(&mut self) {
        let mut tail = HeaderTail::new(BodyFacts::default(), false);
        tail.behind_hole = true;
        self.passing = Some(Passing::Headers(tail));
    }

    /// Judges the headers of a message whose blank line is not among the bytes that are read; `lf` ends its start
    /// line.
    pub(super) fn headers_too_long(&mut self, lf: usize) -> Progress {
        let read = self.rest().get(..self.limits.max_header);
        // A header goes on where the next line begins with a blank.
        let ends_header = |at: &usize| !matches!(self.rest().get(at + 1), Some(b' ' | b'\t'));
        let end = memrchr_iter(b'\n', read.unwrap_or_default())
            .find(ends_header)
            .map_or(lf + 1, |at| (at + 1).max(lf + 1));
        let block = self.rest().get(lf + 1..end).unwrap_or_default();
        let scan = scan_headers(block);
        let next = cut::start_line_within(&scan, block);
        let believed = self.is_sure(lf) || scan.headers.core_count() >= 3;
        let facts = BodyFacts::of(&scan.headers);
        if next.is_none() {
            self.counters.too_long += 1;
        }
        if next.is_some() || !believed {
            self.skip(lf + 1 + next.unwrap_or_default());
            return Progress::Skipped;
        }
        self.passing = Some(Passing::Headers(HeaderTail::new(facts, false)));
        Progress::TooLong(end)
    }

    /// A first line that begins like a request but is longer than is read: the message is passed over unseen.
    pub(super) fn pass_endless_start_line(&mut self) -> bool {
        let read = self.rest().get(..self.limits.max_header);
        let like_sip = self.sync != Sync::Lost && read.is_some_and(starts_like_sip);
        if like_sip {
            self.counters.too_long += 1;
            self.verdict = Verdict::Sip;
            let tail = HeaderTail::new(BodyFacts::default(), true);
            self.passing = Some(Passing::Headers(tail));
        }
        like_sip
    }
}
