//! The pcapng format: blocks of a type, a length, a body and the length again, grouped in sections.
//!
//! The packet blocks, nearly all of a file, are read by hand here; section headers, interface
//! descriptions, statistics and secrets go through pcap-parser in [`blocks`]; everything else is
//! stepped over by its length.

mod blocks;

use super::buffer::ReadBuffer;
use super::clock::InterfaceClock;
use super::info::SourceInfo;
use super::record::{ByteOrder, Fault, Record, cut_short, record_limit};
use crate::types::LinkType;

const SECTION_HEADER: u32 = 0x0a0d_0d0a;
const INTERFACE_DESCRIPTION: u32 = 1;
const OBSOLETE_PACKET: u32 = 2;
const SIMPLE_PACKET: u32 = 3;
const INTERFACE_STATISTICS: u32 = 5;
const ENHANCED_PACKET: u32 = 6;
const DECRYPTION_SECRETS: u32 = 10;

/// Type, length, length again.
const FRAME_LEN: u32 = 12;
/// The largest block without a packet that is held in memory; a larger one is stepped over.
const MAX_HELD_BLOCK: u32 = 8 << 20;
/// Interfaces one section may describe.
const MAX_INTERFACES: usize = 1 << 16;

/// Walks the blocks of a pcapng file.
#[derive(Debug)]
pub(super) struct PcapngWalker {
    order: ByteOrder,
    /// Of the current section.
    interfaces: Vec<Interface>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Interface {
    link: u16,
    snap_len: u32,
    clock: InterfaceClock,
    /// The latest statistics: dropped by the interface, by the system.
    dropped: (Option<u64>, Option<u64>),
}

impl PcapngWalker {
    /// Reads the first section header.
    pub(super) fn parse_first_section(
        buffer: &mut ReadBuffer,
        info: &mut SourceInfo,
    ) -> Result<Self, Fault> {
        let mut walker = PcapngWalker {
            order: ByteOrder::Little,
            interfaces: Vec::new(),
        };
        walker.section_header(buffer, info)?;
        Ok(walker)
    }

    /// The next packet; `None` at the end of the file.
    #[inline]
    pub(super) fn next(
        &mut self,
        buffer: &mut ReadBuffer,
        info: &mut SourceInfo,
    ) -> Result<Option<Record>, Fault> {
        loop {
            if !buffer.fill(8)? {
                return end(buffer);
            }
            let Some(head) = buffer.available().first_chunk::<8>() else {
                return Ok(None);
            };
            let kind = self.order.u32_at(head, 0);
            let total = self.order.u32_at(head, 4);
            let record = match kind {
                ENHANCED_PACKET => self.packet_block(false, total, buffer, info)?,
                OBSOLETE_PACKET => self.packet_block(true, total, buffer, info)?,
                SIMPLE_PACKET => self.simple_packet(total, buffer, info)?,
                _ => {
                    self.other_block(kind, total, buffer, info)?;
                    None
                }
            };
            if record.is_some() {
                return Ok(record);
            }
        }
    }

    /// An enhanced packet block, or the obsolete block that differs only in a 16-bit interface
    /// number. `None` where it names an interface nobody described.
    #[inline]
    fn packet_block(
        &mut self,
        obsolete: bool,
        total: u32,
        buffer: &mut ReadBuffer,
        info: &mut SourceInfo,
    ) -> Result<Option<Record>, Fault> {
        const HEADER: usize = 28;
        let block_len = self.whole_packet_block(HEADER, total, buffer)?;
        let Some(head) = buffer.available().first_chunk::<HEADER>() else {
            return Ok(None);
        };
        let order = self.order;
        let number = if obsolete {
            u32::from(order.u16([head[8], head[9]])) // constants within the array
        } else {
            order.u32_at(head, 8)
        };
        let stamp =
            u64::from(order.u32_at(head, 12)) << 32 | u64::from(order.u32_at(head, 16));
        let captured = order.u32_at(head, 20);
        let wire = order.u32_at(head, 24);
        let room = total - FRAME_LEN - 20; // at least 0: checked with the header length
        let Some(interface) = self.interfaces.get(number as usize) else {
            return Ok(self.skip_unknown(number, block_len, buffer, info));
        };
        if captured > room || captured > record_limit(interface.snap_len) {
            return Err(too_much_captured(captured, total, buffer));
        }
        let record = Record {
            time: Some(interface.clock.time(stamp)),
            link: LinkType(interface.link),
            position: buffer.position() + HEADER,
            len: captured as usize,
            wire_len: wire.max(captured),
            offset: buffer.offset() + HEADER as u64,
        };
        buffer.advance(block_len);
        Ok(Some(record))
    }

    /// A simple packet block: no time, no captured length, always of the first interface.
    #[cold]
    fn simple_packet(
        &mut self,
        total: u32,
        buffer: &mut ReadBuffer,
        info: &mut SourceInfo,
    ) -> Result<Option<Record>, Fault> {
        const HEADER: usize = 12;
        let block_len = self.whole_packet_block(HEADER, total, buffer)?;
        let Some(head) = buffer.available().first_chunk::<HEADER>() else {
            return Ok(None);
        };
        let wire = self.order.u32_at(head, 8);
        let Some(interface) = self.interfaces.first() else {
            return Ok(self.skip_unknown(0, block_len, buffer, info));
        };
        let snap_len = match interface.snap_len {
            0 => u32::MAX,
            n => n,
        };
        let captured = wire.min(snap_len);
        if captured > total - FRAME_LEN - 4 {
            return Err(too_much_captured(captured, total, buffer));
        }
        info.warn(|| {
            "Simple packet blocks carry no time; their packets are given the time of the packet before."
                .to_owned()
        });
        let record = Record {
            time: None,
            link: LinkType(interface.link),
            position: buffer.position() + HEADER,
            len: captured as usize,
            wire_len: wire,
            offset: buffer.offset() + HEADER as u64,
        };
        buffer.advance(block_len);
        Ok(Some(record))
    }

    /// Makes all of a packet block available and checks its two lengths; returns how far to step.
    #[inline]
    fn whole_packet_block(
        &self,
        header_len: usize,
        total: u32,
        buffer: &mut ReadBuffer,
    ) -> Result<usize, Fault> {
        // The largest packet, and room for its options.
        const MAX_PACKET_BLOCK: u32 = (64 << 20) + (1 << 20);
        if (total as usize) < header_len + 4 || total > MAX_PACKET_BLOCK {
            return Err(bad_length(total, buffer));
        }
        let block_len = padded(total) as usize;
        if !buffer.fill(block_len)? {
            return Err(cut_short("packet's block", block_len, buffer));
        }
        self.check_trailer(total, block_len, buffer)?;
        Ok(block_len)
    }

    /// The length behind the body must repeat the one before it.
    #[inline]
    fn check_trailer(
        &self,
        total: u32,
        block_len: usize,
        buffer: &ReadBuffer,
    ) -> Result<(), Fault> {
        let block = buffer.available().get(..block_len).unwrap_or(&[]);
        match block.last_chunk::<4>().map(|b| self.order.u32(*b)) {
            Some(again) if again == total || again == padded(total) => Ok(()),
            again => Err(lengths_differ(total, again, buffer.offset())),
        }
    }

    #[cold]
    fn skip_unknown(
        &self,
        number: u32,
        block_len: usize,
        buffer: &mut ReadBuffer,
        info: &mut SourceInfo,
    ) -> Option<Record> {
        info.skipped_packets += 1;
        let frame = info.packets + info.skipped_packets;
        let offset = buffer.offset();
        if info.skipped_packets == 1 {
            info.warn(|| {
                format!(
                    "Packet #{frame} at byte {offset} names interface {number}, which the file does not \
                     describe; it and others like it are counted but cannot be decoded."
                )
            });
        }
        buffer.advance(block_len);
        None
    }
}

/// The end of the file, or a piece of a block.
#[cold]
fn end(buffer: &ReadBuffer) -> Result<Option<Record>, Fault> {
    if buffer.available().is_empty() {
        Ok(None)
    } else {
        Err(cut_short("block's header", 8, buffer))
    }
}

/// Blocks are padded to 32 bits; some writers count the padding and some do not.
#[inline]
fn padded(total: u32) -> u32 {
    total.saturating_add(3) & !3
}

#[cold]
fn bad_length(total: u32, buffer: &ReadBuffer) -> Fault {
    Fault::Damage {
        reason: format!("a block claims an impossible length of {total} bytes"),
        offset: buffer.offset(),
    }
}

#[cold]
fn lengths_differ(total: u32, again: Option<u32>, offset: u64) -> Fault {
    Fault::Damage {
        reason: format!(
            "a block's length is {total} before its body and {} after it",
            again.unwrap_or(0)
        ),
        offset,
    }
}

#[cold]
fn too_much_captured(captured: u32, total: u32, buffer: &ReadBuffer) -> Fault {
    Fault::Damage {
        reason: format!("its block of {total} bytes claims {captured} captured bytes"),
        offset: buffer.offset(),
    }
}
