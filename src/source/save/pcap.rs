//! Classic pcap with nanosecond times (draft-ietf-opsawg-pcap §4, §5), little-endian.

use super::{MAX_SNAP_LEN, SavedInterface, SavedPacket, len32};

const MAGIC_NANOSECONDS: u32 = 0xa1b2_3c4d;
const NANOS_PER_SECOND: i64 = 1_000_000_000;

pub(super) fn file_header(interface: Option<&SavedInterface>, out: &mut Vec<u8>) {
    out.extend_from_slice(&MAGIC_NANOSECONDS.to_le_bytes());
    out.extend_from_slice(&2u16.to_le_bytes());
    out.extend_from_slice(&4u16.to_le_bytes());
    // Time zone and accuracy are zero in every file.
    out.extend_from_slice(&[0; 8]);
    out.extend_from_slice(&interface.map_or(MAX_SNAP_LEN, |i| i.snap_len).to_le_bytes());
    let link = interface.map_or(1, |i| i.link.0);
    out.extend_from_slice(&u32::from(link).to_le_bytes());
}

pub(super) fn packet(p: &SavedPacket<'_>, out: &mut Vec<u8>) {
    let nanos = p.time.as_nanos();
    // Unsigned seconds: the format ends in 2106.
    let seconds = u32::try_from(nanos.div_euclid(NANOS_PER_SECOND)).unwrap_or(0);
    let fraction = u32::try_from(nanos.rem_euclid(NANOS_PER_SECOND)).unwrap_or(0);
    for word in [seconds, fraction, len32(p.data), p.wire_len] {
        out.extend_from_slice(&word.to_le_bytes());
    }
    out.extend_from_slice(p.data);
}
