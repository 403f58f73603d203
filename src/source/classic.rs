//! The classic pcap format: a 24-byte file header, then records of a 16-byte header and the packet.
//!
//! The file header is read by pcap-parser. The records are walked by hand: one path for both byte
//! orders, both resolutions and the modified header, with every length checked before it is used.

use super::buffer::ReadBuffer;
use super::info::SourceInfo;
use super::record::{ByteOrder, Fault, Record, cut_short, record_limit};
use crate::types::{CaptureTime, LinkType};

/// The length of the file header.
pub(super) const FILE_HEADER_LEN: usize = 24;

/// Walks the records of a pcap file.
#[derive(Debug)]
pub(super) struct ClassicWalker {
    order: ByteOrder,
    /// Nanoseconds in one unit of the fraction.
    fraction_unit: i64,
    /// 16, or 24 in the modified format.
    header_len: usize,
    lengths: Lengths,
    link: LinkType,
    max_len: u32,
}

/// The order of the two lengths of a record: libpcap before 2.3 wrote the wire length first, 2.3
/// was written both ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lengths {
    CapturedFirst,
    WireFirst,
    SmallerIsCaptured,
}

impl ClassicWalker {
    /// Reads the file header; the buffer holds at least [`FILE_HEADER_LEN`] bytes, the first of
    /// them a pcap magic. `None` where pcap-parser does not know the header after all.
    pub(super) fn parse_file_header(
        buffer: &mut ReadBuffer,
        info: &mut SourceInfo,
    ) -> Option<Self> {
        let head: &[u8; FILE_HEADER_LEN] = buffer.available().first_chunk()?;
        let (header, modified) = parse_header(head)?;
        let link = LinkType((header.network.0 & 0xffff) as u16); // the upper half is about the FCS
        info.add_link_type(link);
        info.add_snap_len(header.snaplen);
        let version = (header.version_major, header.version_minor);
        let lengths = match version {
            (2, 0..=2) | (543, _) => Lengths::WireFirst,
            (2, 3) => Lengths::SmallerIsCaptured,
            _ => Lengths::CapturedFirst,
        };
        if !matches!(version.0, 2 | 543) {
            info.warn(|| {
                format!(
                    "The file header names pcap version {}.{}; read as version 2.4.",
                    version.0, version.1
                )
            });
        }
        let walker = ClassicWalker {
            order: if header.is_bigendian() {
                ByteOrder::Big
            } else {
                ByteOrder::Little
            },
            fraction_unit: if header.is_nanosecond_precision() {
                1
            } else {
                1000
            },
            header_len: if modified { 24 } else { 16 },
            lengths,
            link,
            max_len: record_limit(header.snaplen),
        };
        buffer.advance(FILE_HEADER_LEN);
        Some(walker)
    }

    /// The next record; `None` at the end of the file.
    #[inline]
    pub(super) fn next(&mut self, buffer: &mut ReadBuffer) -> Result<Option<Record>, Fault> {
        if !buffer.fill(self.header_len)? {
            return self.end(buffer);
        }
        let Some(header) = buffer.available().first_chunk::<16>() else {
            return Ok(None);
        };
        let order = self.order;
        let seconds = order.u32_at(header, 0);
        let fraction = order.u32_at(header, 4);
        let (captured, wire) = self.ordered(order.u32_at(header, 8), order.u32_at(header, 12));
        if captured > self.max_len {
            return Err(self.too_long(captured, buffer));
        }
        if captured == 0 && wire == 0 && begins_capture(header) {
            return Err(Fault::Damage {
                reason: "it is no packet".to_owned(),
                offset: buffer.offset(),
            });
        }
        let len = captured as usize; // u32 into usize: sipflow runs on 32 bits and more
        if !buffer.fill(self.header_len + len)? {
            return Err(cut_short("packet", self.header_len + len, buffer));
        }
        buffer.advance(self.header_len);
        let record = Record {
            time: Some(CaptureTime::from_secs_nanos(
                i64::from(seconds),
                i64::from(fraction) * self.fraction_unit,
            )),
            link: self.link,
            position: buffer.position(),
            len,
            wire_len: wire.max(captured),
            offset: buffer.offset(),
        };
        buffer.advance(len);
        Ok(Some(record))
    }

    /// Captured and wire length.
    #[inline]
    fn ordered(&self, first: u32, second: u32) -> (u32, u32) {
        match self.lengths {
            Lengths::CapturedFirst => (first, second),
            Lengths::WireFirst => (second, first),
            Lengths::SmallerIsCaptured => (first.min(second), first.max(second)),
        }
    }

    #[cold]
    fn end(&self, buffer: &ReadBuffer) -> Result<Option<Record>, Fault> {
        if buffer.available().is_empty() {
            Ok(None)
        } else {
            Err(cut_short("packet's record header", self.header_len, buffer))
        }
    }

    #[cold]
    fn too_long(&self, captured: u32, buffer: &ReadBuffer) -> Fault {
        Fault::Damage {
            reason: format!(
                "its record claims {captured} captured bytes, more than the {} a packet may have here",
                self.max_len
            ),
            offset: buffer.offset(),
        }
    }
}

/// True where a capture of this format begins: magic number and version 2.4.
#[cold]
pub(super) fn begins_capture(bytes: &[u8]) -> bool {
    let is_version = matches!(bytes.get(4..8), Some([2, 0, 4, 0] | [0, 2, 0, 4]));
    is_version && super::sniff::capture_format(bytes) == Some(super::info::CaptureFormat::Pcap)
}

/// The file header, and whether its records have the 8 more bytes of the modified format.
fn parse_header(head: &[u8; FILE_HEADER_LEN]) -> Option<(pcap_parser::PcapHeader, bool)> {
    const MODIFIED_BE: [u8; 4] = [0xa1, 0xb2, 0xcd, 0x34];
    let mut head = *head;
    let big_modified = head.starts_with(&MODIFIED_BE);
    if big_modified {
        // pcap-parser knows the modified format in little-endian order only; the rest of the
        // header is the same.
        if let Some(magic) = head.first_chunk_mut::<4>() {
            *magic = [0xa1, 0xb2, 0xc3, 0xd4];
        }
    }
    let (_, header) = pcap_parser::pcap::parse_pcap_header(&head).ok()?;
    let modified = big_modified || header.is_modified_format();
    Some((header, modified))
}
