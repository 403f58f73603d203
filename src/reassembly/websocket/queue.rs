//! Bytes of a stream that wait for the rest of a frame, and the packets they came in.

use crate::types::{CaptureTime, FrameRef};
use std::collections::VecDeque;

/// Which packets carried something.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Carried {
    /// In order, each once in a row.
    pub(super) frames: Vec<FrameRef>,
    pub(super) first_time: CaptureTime,
    pub(super) time: CaptureTime,
}

impl Carried {
    fn add(&mut self, frame: FrameRef, time: CaptureTime) {
        if self.frames.is_empty() {
            self.first_time = time;
        }
        self.time = time;
        if self.frames.last() != Some(&frame) {
            self.frames.push(frame);
        }
    }

    /// Adds the packets of what follows.
    pub(super) fn append(&mut self, next: Carried) {
        if self.frames.is_empty() {
            *self = next;
            return;
        }
        self.time = next.time;
        let again = self.frames.last() == next.frames.first();
        self.frames
            .extend(next.frames.into_iter().skip(usize::from(again)));
    }
}

#[derive(Clone, Copy, Debug)]
struct Segment {
    /// Stream position of the first byte after it.
    end: u64,
    frame: FrameRef,
    time: CaptureTime,
}

/// A stretch of a byte stream.
#[derive(Debug, Default)]
pub(super) struct ByteQueue {
    buffer: Vec<u8>,
    head: usize,
    /// Stream position of `buffer[0]`.
    base: u64,
    segments: VecDeque<Segment>,
}

impl ByteQueue {
    pub(super) fn push(&mut self, bytes: &[u8], frame: FrameRef, time: CaptureTime) {
        self.buffer.extend_from_slice(bytes);
        // A length fits 64 bits.
        let end = self.base + self.buffer.len() as u64;
        self.segments.push_back(Segment { end, frame, time });
    }

    /// What waits.
    pub(super) fn rest(&self) -> &[u8] {
        self.buffer.get(self.head..).unwrap_or_default()
    }

    /// Drops the first `len` bytes.
    pub(super) fn consume(&mut self, len: usize) {
        self.head = self.head.saturating_add(len).min(self.buffer.len());
        let position = self.base + self.head as u64;
        while self.segments.front().is_some_and(|s| s.end <= position) {
            self.segments.pop_front();
        }
        if self.head == self.buffer.len() {
            // Connections are silent most of the time: keep nothing for them.
            *self = ByteQueue {
                base: position,
                ..ByteQueue::default()
            };
        } else if self.head > self.buffer.len() / 2 {
            self.buffer.drain(..self.head);
            self.base = position;
            self.head = 0;
        }
    }

    /// The packets that carried the first `len` bytes.
    pub(super) fn carried(&self, len: usize) -> Carried {
        let end = self.base + self.head as u64 + len as u64;
        let mut carried = Carried::default();
        for segment in &self.segments {
            carried.add(segment.frame, segment.time);
            if segment.end >= end {
                break;
            }
        }
        carried
    }
}
