//! Passing over what belongs to no message, counted, until the stream is taken for something else.

use super::{Framer, FramerLimits, Reach, Sync, Verdict};
use memchr::memchr;
use std::collections::VecDeque;

impl Framer {
    /// Passes over line ends, counting keep-alives. False when nothing is left to look at.
    pub(super) fn skip_line_ends(&mut self) -> bool {
        if self.inside_line {
            match memchr(b'\n', self.rest()) {
                Some(lf) => {
                    self.skip(lf + 1);
                    self.inside_line = false;
                }
                None => {
                    self.skip(self.rest().len());
                    return false;
                }
            }
        }
        loop {
            let (len, pings, pongs) = match self.rest() {
                [] => return false,
                [b'\r', b'\n', b'\r', b'\n', ..] => (4, 1, 0),
                [b'\r', b'\n', ..] => (2, 0, 1),
                [b'\r'] if self.reach == Reach::More => return false,
                [b'\r' | b'\n', ..] => (1, 0, 0),
                _ => return true,
            };
            if self.sync == Sync::Lost {
                self.skip(len);
                continue;
            }
            self.counters.pings += pings;
            self.counters.pongs += pongs;
            self.consume(len);
        }
    }

    /// Passes over bytes that belong to no message.
    pub(super) fn skip(&mut self, len: usize) {
        let bytes = len as u64;
        self.note_skipped(len);
        if self.sync == Sync::Boundary {
            self.counters.desyncs += 1;
            self.desync = Some(0);
        }
        if let Some(skipped) = &mut self.desync {
            *skipped += bytes;
        }
        self.sync = Sync::Lost;
        self.consume(len);
        self.lose_patience();
    }

    pub(super) fn note_skipped(&mut self, len: usize) {
        self.counters.skipped_bytes += len as u64;
        if self.mid_stream && self.verdict == Verdict::Undecided {
            let skipped = self.rest().get(..len).unwrap_or_default();
            self.is_binary |= memchr(0, skipped).is_some();
        }
    }

    /// Takes the stream as something else, once enough was seen.
    pub(super) fn lose_patience(&mut self) {
        let FramerLimits {
            max_header,
            max_body,
            probe,
        } = self.limits;
        let patience = match self.mid_stream && !self.is_binary {
            true => probe.max(max_header.saturating_add(max_body)),
            false => probe,
        };
        if self.verdict == Verdict::Undecided && self.counters.skipped_bytes > patience as u64 {
            self.give_up();
        }
    }

    pub(super) fn give_up(&mut self) {
        self.verdict = Verdict::NotSip;
        self.passing = None;
        self.buffer = Vec::new();
        self.head = 0;
        self.segments = VecDeque::new();
    }
}
