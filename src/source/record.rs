//! What the two file formats have in common: a record, the ways to fail, byte order, limits.

use super::buffer::ReadBuffer;
use crate::types::{CaptureTime, LinkType};
use std::io;

/// A packet as its record describes it; the bytes are in the read buffer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Record {
    /// `None` where the record carries no time (pcapng simple packets).
    pub(super) time: Option<CaptureTime>,
    pub(super) link: LinkType,
    /// Position of the data in the read buffer.
    pub(super) position: usize,
    pub(super) len: usize,
    /// Never less than `len`.
    pub(super) wire_len: u32,
    /// Stream offset of the data.
    pub(super) offset: u64,
}

/// Why a record cannot be read.
#[derive(Debug)]
pub(super) enum Fault {
    /// The input failed: the disk, the pipe or the compressed data.
    Input(io::Error),
    /// The bytes make no sense, or end too early.
    Damage {
        /// What is wrong, as a clause without a full stop.
        reason: String,
        /// Where the record starts.
        offset: u64,
    },
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Fault::Input(error)
    }
}

/// The input ends inside `what`, which starts at the buffer's first available byte and needs `need`.
#[cold]
pub(super) fn cut_short(what: &str, need: usize, buffer: &ReadBuffer) -> Fault {
    Fault::Damage {
        reason: format!(
            "the file ends inside this {what}: {} of {need} bytes are there",
            buffer.available().len()
        ),
        offset: buffer.offset(),
    }
}

/// The longest packet believed where a snap length is declared (0: none). tcpdump's and Wireshark's
/// bound is 256 KiB; odd captures exceed it and their own snap length, random lengths exceed this.
pub(super) fn record_limit(snap_len: u32) -> u32 {
    snap_len.clamp(4 << 20, 64 << 20)
}

/// The byte order of a file or section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ByteOrder {
    Little,
    Big,
}

impl ByteOrder {
    /// The word at a constant place of a header.
    #[inline]
    pub(super) fn u32_at<const N: usize>(self, header: &[u8; N], at: usize) -> u32 {
        match header.get(at..).and_then(<[u8]>::first_chunk::<4>) {
            Some(bytes) => self.u32(*bytes),
            None => 0,
        }
    }

    #[inline]
    pub(super) fn u32(self, bytes: [u8; 4]) -> u32 {
        match self {
            ByteOrder::Little => u32::from_le_bytes(bytes),
            ByteOrder::Big => u32::from_be_bytes(bytes),
        }
    }

    pub(super) fn u16(self, bytes: [u8; 2]) -> u16 {
        match self {
            ByteOrder::Little => u16::from_le_bytes(bytes),
            ByteOrder::Big => u16::from_be_bytes(bytes),
        }
    }

    pub(super) fn u64(self, bytes: [u8; 8]) -> u64 {
        match self {
            ByteOrder::Little => u64::from_le_bytes(bytes),
            ByteOrder::Big => u64::from_be_bytes(bytes),
        }
    }
}
