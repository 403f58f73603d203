//! A captured packet as a source lends it.

use super::time::CaptureTime;
use std::fmt;

/// Index of an input file, from 0 in the order given. The report shows it from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(pub u16);

impl SourceId {
    /// From 1, as the report shows it.
    pub fn number(self) -> u32 {
        u32::from(self.0) + 1
    }
}

/// A packet's 1-based number in its file, as Wireshark counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FrameNo(pub u64);

impl fmt::Display for FrameNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}

/// A packet among several files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FrameRef {
    /// The input.
    pub source: SourceId,
    /// Which packet in it.
    pub frame: FrameNo,
}

/// A link-layer type as the pcap file format numbers it (LINKTYPE_*), the lower 16 bits only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkType(pub u16);

/// Where bytes stand in a file that can be read again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileRange {
    /// The input.
    pub source: SourceId,
    /// First byte, from the file's start.
    pub offset: u64,
    /// How many bytes.
    pub len: u32,
}

/// One captured packet, lent by a source for as long as it is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Packet<'a> {
    /// Which input.
    pub source: SourceId,
    /// Its number in that input.
    pub frame: FrameNo,
    /// When it was captured, by the capturing host's clock, a clock offset included.
    pub time: CaptureTime,
    /// How to read its first header.
    pub link: LinkType,
    /// What the capture kept, from the first link header on.
    pub data: &'a [u8],
    /// Its length on the wire, never less than `data.len()`.
    pub wire_len: u32,
    /// Where `data` starts in its file, if that file can be read again (not piped, not compressed).
    pub file_offset: Option<u64>,
}

impl Packet<'_> {
    /// True when the capture kept less than the wire carried (snap length).
    pub fn is_truncated(&self) -> bool {
        (self.data.len() as u64) < u64::from(self.wire_len)
    }
    /// Frame and source in one.
    pub fn frame_ref(&self) -> FrameRef {
        FrameRef {
            source: self.source,
            frame: self.frame,
        }
    }
}
