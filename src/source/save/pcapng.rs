//! pcapng blocks (draft-ietf-opsawg-pcapng §4), little-endian, nanosecond times.

use super::{InterfaceCounts, SavedInterface, SavedPacket, len32};
use crate::types::CaptureTime;

const SECTION_HEADER: u32 = 0x0a0d_0d0a;
const INTERFACE_DESCRIPTION: u32 = 1;
const ENHANCED_PACKET: u32 = 6;
const INTERFACE_STATISTICS: u32 = 5;

const END_OF_OPTIONS: u16 = 0;
const IF_NAME: u16 = 2;
const IF_TIMESTAMP_RESOLUTION: u16 = 9;
const IF_FILTER: u16 = 11;
const SECTION_APPLICATION: u16 = 4;
const RECEIVED: u16 = 4;
const DROPPED_BY_INTERFACE: u16 = 5;
const DROPPED_BY_SYSTEM: u16 = 7;

pub(super) fn section_header(out: &mut Vec<u8>) {
    block(SECTION_HEADER, out, |out| {
        out.extend_from_slice(&0x1a2b_3c4d_u32.to_le_bytes());
        out.extend_from_slice(&1u16.to_le_bytes());
        out.extend_from_slice(&0u16.to_le_bytes());
        // The section's length is not known while it is written.
        out.extend_from_slice(&u64::MAX.to_le_bytes());
        let program = concat!("sipflow ", env!("CARGO_PKG_VERSION"));
        option(SECTION_APPLICATION, program.as_bytes(), out);
        option(END_OF_OPTIONS, &[], out);
    });
}

pub(super) fn interface_description(interface: &SavedInterface, out: &mut Vec<u8>) {
    block(INTERFACE_DESCRIPTION, out, |out| {
        out.extend_from_slice(&interface.link.0.to_le_bytes());
        out.extend_from_slice(&0u16.to_le_bytes());
        out.extend_from_slice(&interface.snap_len.to_le_bytes());
        option(IF_NAME, interface.name.as_bytes(), out);
        option(IF_TIMESTAMP_RESOLUTION, &[9], out);
        if let Some(filter) = &interface.filter {
            // 0: the filter as text, in libpcap's language.
            let value: Vec<u8> = std::iter::once(0).chain(filter.bytes()).collect();
            option(IF_FILTER, &value, out);
        }
        option(END_OF_OPTIONS, &[], out);
    });
}

pub(super) fn packet(p: &SavedPacket<'_>, out: &mut Vec<u8>) {
    block(ENHANCED_PACKET, out, |out| {
        out.extend_from_slice(&p.interface.to_le_bytes());
        timestamp(p.time, out);
        out.extend_from_slice(&len32(p.data).to_le_bytes());
        out.extend_from_slice(&p.wire_len.to_le_bytes());
        padded(p.data, out);
    });
}

pub(super) fn interface_statistics(
    interface: u32,
    time: CaptureTime,
    counts: &InterfaceCounts,
    out: &mut Vec<u8>,
) {
    block(INTERFACE_STATISTICS, out, |out| {
        out.extend_from_slice(&interface.to_le_bytes());
        timestamp(time, out);
        for (code, count) in [
            (RECEIVED, counts.received),
            (DROPPED_BY_INTERFACE, counts.dropped_by_interface),
            (DROPPED_BY_SYSTEM, counts.dropped),
        ] {
            option(code, &count.to_le_bytes(), out);
        }
        option(END_OF_OPTIONS, &[], out);
    });
}

/// Type and length around what `body` writes; the length stands at both ends.
fn block(kind: u32, out: &mut Vec<u8>, body: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend_from_slice(&kind.to_le_bytes());
    out.extend_from_slice(&[0; 4]);
    body(out);
    let len = u32::try_from(out.len() - start + 4).unwrap_or(u32::MAX);
    out.extend_from_slice(&len.to_le_bytes());
    if let Some(field) = out.get_mut(start + 4..start + 8) {
        field.copy_from_slice(&len.to_le_bytes());
    }
}

/// The upper half first, whatever the byte order.
fn timestamp(time: CaptureTime, out: &mut Vec<u8>) {
    let nanos = u64::try_from(time.as_nanos()).unwrap_or(0);
    // Both halves of 64 bits.
    out.extend_from_slice(&((nanos >> 32) as u32).to_le_bytes());
    out.extend_from_slice(&(nanos as u32).to_le_bytes());
}

/// A value longer than its length field can say is left out.
fn option(code: u16, value: &[u8], out: &mut Vec<u8>) {
    let Ok(len) = u16::try_from(value.len()) else {
        return;
    };
    out.extend_from_slice(&code.to_le_bytes());
    out.extend_from_slice(&len.to_le_bytes());
    padded(value, out);
}

fn padded(bytes: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(bytes);
    out.resize(out.len() + bytes.len().wrapping_neg() % 4, 0);
}
