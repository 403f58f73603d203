//! Several captures as one, in time order.

use super::error::SourceError;
use super::file::CaptureFile;
use super::info::SourceInfo;
use crate::types::{CaptureTime, Delta, FrameNo, LinkType, Packet, SourceId};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::mem::replace;
use std::path::Path;

/// Several inputs read as one capture.
///
/// The earliest of the inputs' next packets comes first; equal times come in the order the inputs
/// were given, and the packets of one input always in the order of its file.
#[derive(Debug)]
pub struct Merged {
    files: Vec<CaptureFile>,
    /// Next packet of every input that has one but the current, the earliest on top.
    heads: BinaryHeap<Reverse<(CaptureTime, usize)>>,
    /// Index of the input whose packet is lent; none has it before the first packet and after the last.
    current: usize,
    started: bool,
}

impl Merged {
    /// Opens every path, in the order given; `-` is standard input. Inputs are numbered from 0.
    pub fn open(paths: &[impl AsRef<Path>]) -> Result<Merged, SourceError> {
        let limit = usize::from(u16::MAX);
        if paths.len() > limit {
            return Err(SourceError::TooMany {
                count: paths.len(),
                limit,
            });
        }
        let files: Result<Vec<_>, _> = paths
            .iter()
            .zip(0..)
            .map(|(path, number)| CaptureFile::open(path, SourceId(number)))
            .collect();
        files.map(Merged::from_files)
    }

    /// Merges inputs opened before; the n-th is expected to carry the n-th [`SourceId`].
    pub fn from_files(files: Vec<CaptureFile>) -> Merged {
        Merged {
            heads: BinaryHeap::with_capacity(files.len()),
            files,
            current: 0,
            started: false,
        }
    }

    /// Adds `offset` to every time of an input; to be called before the first packet is read.
    pub fn set_clock_offset(&mut self, source: SourceId, offset: Delta) {
        if let Some(file) = self.files.get_mut(usize::from(source.0)) {
            file.set_clock_offset(offset);
        }
    }

    /// Reads the next packet; false when every input is at its end.
    #[inline]
    pub fn advance(&mut self) -> bool {
        if let [only] = self.files.as_mut_slice() {
            return only.advance();
        }
        self.advance_merged()
    }

    fn advance_merged(&mut self) -> bool {
        if !self.started {
            self.start();
        } else if let Some(file) = self.files.get_mut(self.current)
            // Only now is the packet lent before given up, so its input may read on.
            && file.advance()
        {
            // Mostly the input stays the earliest: the others are looked at only where it does not.
            let own = Reverse((file.time(), self.current));
            if self.heads.peek().is_some_and(|first| *first > own)
                && let Some(mut first) = self.heads.peek_mut()
            {
                self.current = replace(&mut *first, own).0.1;
            }
            return true;
        }
        match self.heads.pop() {
            Some(Reverse((_, index))) => {
                self.current = index;
                true
            }
            None => {
                self.current = usize::MAX;
                false
            }
        }
    }

    #[cold]
    fn start(&mut self) {
        self.started = true;
        self.current = usize::MAX;
        for (index, file) in self.files.iter_mut().enumerate() {
            if file.advance() {
                self.heads.push(Reverse((file.time(), index)));
            }
        }
    }

    /// The current packet, lent from its input's read buffer; meaningful after
    /// [`Merged::advance`] returned true.
    #[inline]
    pub fn packet(&self) -> Packet<'_> {
        match self.files.get(self.current) {
            Some(file) => file.packet(),
            None => NO_PACKET,
        }
    }

    /// What every input is, in the order given.
    pub fn infos(&self) -> impl ExactSizeIterator<Item = &SourceInfo> {
        self.files.iter().map(CaptureFile::info)
    }

    /// What one input is.
    pub fn info(&self, source: SourceId) -> Option<&SourceInfo> {
        self.files.get(usize::from(source.0)).map(CaptureFile::info)
    }

    /// Bytes read from outside so far over all inputs, before decompression, and how many there
    /// are where that is known of every input.
    pub fn progress(&self) -> (u64, Option<u64>) {
        self.files
            .iter()
            .map(CaptureFile::progress)
            .fold((0, Some(0)), |(read, total), (r, t)| {
                (read + r, total.zip(t).map(|(a, b)| a + b))
            })
    }
}

const NO_PACKET: Packet<'static> = Packet {
    source: SourceId(0),
    frame: FrameNo(0),
    time: CaptureTime::from_nanos(0),
    link: LinkType(0),
    data: &[],
    wire_len: 0,
    file_offset: None,
};
