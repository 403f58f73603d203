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
use crate::types::{CaptureTime, LinkType};

const SECTION_HEADER: u32 = 0x0a0d_0d0a;
const INTERFACE_DESCRIPTION: u32 = 1;
const OBSOLETE_PACKET: u32 = 2;
const SIMPLE_PACKET: u32 = 3;
const INTERFACE_STATISTICS: u32 = 5;
const ENHANCED_PACKET: u32 = 6;
const DECRYPTION_SECRETS: u32 = 10;

/// Type, length, length again.
const FRAME_LEN: u32 = 12;
/// Up to the data of an enhanced packet block.
const PACKET_HEADER: usize = 28;
/// An enhanced packet block without data: header and trailer.
const PACKET_FRAME: u32 = 32;
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

/// What the header of an enhanced (or obsolete) packet block says.
#[derive(Clone, Copy, Debug)]
struct PacketFields {
    time: CaptureTime,
    captured: u32,
    wire: u32,
    link: LinkType,
}

impl PacketFields {
    #[inline]
    fn read(order: ByteOrder, head: &[u8; PACKET_HEADER], interface: &Interface) -> Self {
        let stamp = u64::from(order.u32_at(head, 12)) << 32 | u64::from(order.u32_at(head, 16));
        PacketFields {
            time: interface.clock.time(stamp),
            captured: order.u32_at(head, 20),
            wire: order.u32_at(head, 24),
            link: LinkType(interface.link),
        }
    }

    /// Passes over the block, whose data is lent from where it stands.
    #[inline]
    fn record(self, block_len: usize, buffer: &mut ReadBuffer) -> Record {
        let record = Record {
            time: Some(self.time),
            link: self.link,
            position: buffer.position() + PACKET_HEADER,
            len: self.captured as usize,
            wire_len: self.wire.max(self.captured),
            offset: buffer.offset() + PACKET_HEADER as u64,
        };
        buffer.advance(block_len);
        record
    }
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
        match self.enhanced_packet_at_hand(buffer.available()) {
            Some((packet, block_len)) => Ok(Some(packet.record(block_len, buffer))),
            None => self.next_with_care(buffer, info),
        }
    }

    /// The enhanced packet block at the start of `available` and how far to step, where all of it
    /// is there and in order: nearly every packet of a file. All else is for
    /// [`PcapngWalker::next_with_care`].
    #[inline]
    fn enhanced_packet_at_hand(&self, available: &[u8]) -> Option<(PacketFields, usize)> {
        let head = available.first_chunk::<PACKET_HEADER>()?;
        let order = self.order;
        let total = order.u32_at(head, 4);
        let block = available.get(..total as usize)?;
        let trailer = order.u32(*block.last_chunk::<4>()?);
        let interface = self.interfaces.get(order.u32_at(head, 8) as usize)?;
        let packet = PacketFields::read(order, head, interface);
        let in_order = order.u32_at(head, 0) == ENHANCED_PACKET
            && trailer == total
            && total.is_multiple_of(4)
            && total.checked_sub(PACKET_FRAME)? >= packet.captured
            && packet.captured <= record_limit(0);
        in_order.then_some((packet, block.len()))
    }

    /// The next packet, whatever blocks come before it.
    #[inline(never)]
    fn next_with_care(
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
                ENHANCED_PACKET | OBSOLETE_PACKET => {
                    self.packet_block(kind, total, buffer, info)?
                }
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
    fn packet_block(
        &mut self,
        kind: u32,
        total: u32,
        buffer: &mut ReadBuffer,
        info: &mut SourceInfo,
    ) -> Result<Option<Record>, Fault> {
        let block_len = self.whole_packet_block(PACKET_HEADER, total, buffer)?;
        let Some(head) = buffer.available().first_chunk::<PACKET_HEADER>() else {
            return Ok(None);
        };
        let number = if kind == OBSOLETE_PACKET {
            u32::from(self.order.u16([head[8], head[9]])) // constants within the array
        } else {
            self.order.u32_at(head, 8)
        };
        let Some(interface) = self.interfaces.get(number as usize) else {
            return Ok(self.skip_unknown(number, block_len, buffer, info));
        };
        let packet = PacketFields::read(self.order, head, interface);
        let room = total - PACKET_FRAME; // at least 0: checked with the header's length
        if packet.captured > room || packet.captured > record_limit(interface.snap_len) {
            return Err(too_much_captured(packet.captured, total, buffer));
        }
        Ok(Some(packet.record(block_len, buffer)))
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
