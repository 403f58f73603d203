//! Where bytes that are looked at stand in the file they came from.

use crate::types::{FileRange, Packet};

/// Where `inner`, a part of the packet's data, stands in the file; `None` where it is no part of it.
pub(super) fn locate(packet: &Packet<'_>, inner: &[u8]) -> Option<FileRange> {
    let at = offset_in(packet.data, inner)?;
    Some(FileRange {
        source: packet.source,
        offset: packet.file_offset? + at as u64,
        len: u32::try_from(inner.len()).ok()?,
    })
}

/// The same, for a part of what is located already.
pub(super) fn narrow(range: FileRange, outer: &[u8], inner: &[u8]) -> Option<FileRange> {
    let at = offset_in(outer, inner)?;
    Some(FileRange {
        offset: range.offset + at as u64,
        len: u32::try_from(inner.len()).ok()?,
        ..range
    })
}

/// How far into `outer` its part `inner` starts; `None` where it is no part of it.
fn offset_in(outer: &[u8], inner: &[u8]) -> Option<usize> {
    let at = (inner.as_ptr() as usize).checked_sub(outer.as_ptr() as usize)?;
    (at + inner.len() <= outer.len()).then_some(at)
}
