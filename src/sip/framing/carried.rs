//! Which packets carried a message, out of which packet delivered which bytes of the stream.

use super::Framer;
use crate::types::{CaptureTime, FrameRef};

/// The bytes of the stream that one packet delivered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Segment {
    pub(super) end: u64,
    pub(super) frame: FrameRef,
    pub(super) time: CaptureTime,
}

/// The packets of one message.
#[derive(Debug)]
pub(super) struct Carried {
    pub(super) first_time: CaptureTime,
    pub(super) time: CaptureTime,
    pub(super) frames: Vec<FrameRef>,
    pub(super) new_frames: usize,
}

impl Framer {
    /// The packets that carried the `len` bytes at `head`.
    pub(super) fn carried(&mut self, len: usize) -> Carried {
        let end = self.base + (self.head + len) as u64;
        let mut carried = Carried {
            first_time: CaptureTime::default(),
            time: CaptureTime::default(),
            frames: Vec::new(),
            new_frames: 0,
        };
        for segment in &self.segments {
            if carried.frames.is_empty() {
                carried.first_time = segment.time;
            }
            carried.time = segment.time;
            if carried.frames.last() != Some(&segment.frame) {
                carried.frames.push(segment.frame);
            }
            if segment.end >= end {
                break;
            }
        }
        // Two messages share at most the packet in which one ends and the other begins.
        let first = carried.frames.first();
        let shared = first.is_some() && first == self.last_frame.as_ref();
        carried.new_frames = carried.frames.len() - usize::from(shared);
        self.last_frame = carried.frames.last().copied();
        carried
    }
}
