//! The blocks around the packets. Their bodies are parsed by pcap-parser; numbers in options are
//! decoded here, because pcap-parser reads those in little-endian order only, and powers of two as
//! a time resolution not at all.

use super::*;
use pcap_parser::PcapNGOption;
use pcap_parser::pcapng::{
    parse_decryptionsecretsblock_be, parse_decryptionsecretsblock_le,
    parse_interfacedescriptionblock_be, parse_interfacedescriptionblock_le,
    parse_interfacestatisticsblock_be, parse_interfacestatisticsblock_le, parse_sectionheaderblock,
};

const OPT_END: u16 = 0;
const OPT_COMMENT: u16 = 1;
const SHB_HARDWARE: u16 = 2;
const SHB_OS: u16 = 3;
const SHB_USERAPPL: u16 = 4;
const IF_TSRESOL: u16 = 9;
const IF_TSOFFSET: u16 = 14;
const ISB_IFDROP: u16 = 5;
const ISB_OSDROP: u16 = 7;

/// Characters of a text option that are kept.
const MAX_TEXT: usize = 1024;

impl PcapngWalker {
    /// Any block that holds no packet.
    #[cold]
    pub(super) fn other_block(
        &mut self,
        kind: u32,
        total: u32,
        buffer: &mut ReadBuffer,
        info: &mut SourceInfo,
    ) -> Result<(), Fault> {
        if kind == SECTION_HEADER {
            return self.section_header(buffer, info);
        }
        if total < FRAME_LEN {
            return Err(bad_length(total, buffer));
        }
        let known = matches!(
            kind,
            INTERFACE_DESCRIPTION | INTERFACE_STATISTICS | DECRYPTION_SECRETS
        );
        if !known || total > MAX_HELD_BLOCK {
            if kind == INTERFACE_DESCRIPTION {
                return Err(bad_length(total, buffer));
            }
            if super::super::classic::begins_capture(buffer.available()) {
                return Err(Fault::Damage {
                    reason: "it is no block".to_owned(),
                    offset: buffer.offset(),
                });
            }
            return self.step_over(total, buffer);
        }
        let block_len = padded(total) as usize;
        if !buffer.fill(block_len)? {
            return Err(cut_short("block", block_len, buffer));
        }
        self.check_trailer(total, block_len, buffer)?;
        match kind {
            INTERFACE_DESCRIPTION => self.interface_description(block_len, buffer, info)?,
            INTERFACE_STATISTICS => self.interface_statistics(block_len, buffer, info),
            _ => self.decryption_secrets(block_len, buffer, info),
        }
        buffer.advance(block_len);
        Ok(())
    }

    /// A section header: byte order and interfaces start anew.
    pub(super) fn section_header(
        &mut self,
        buffer: &mut ReadBuffer,
        info: &mut SourceInfo,
    ) -> Result<(), Fault> {
        const MIN_LEN: u32 = 28;
        if !buffer.fill(12)? {
            return Err(cut_short("section header", 12, buffer));
        }
        let Some(head) = buffer.available().first_chunk::<12>() else {
            return Ok(());
        };
        let [.., b0, b1, b2, b3] = *head;
        self.order = match [b0, b1, b2, b3] {
            [0x4d, 0x3c, 0x2b, 0x1a] => ByteOrder::Little,
            [0x1a, 0x2b, 0x3c, 0x4d] => ByteOrder::Big,
            magic => {
                return Err(Fault::Damage {
                    reason: format!(
                        "a section header's byte-order magic is {:08x} instead of 1a2b3c4d",
                        u32::from_be_bytes(magic)
                    ),
                    offset: buffer.offset(),
                });
            }
        };
        let total = self.order.u32_at(head, 4);
        if !(MIN_LEN..=MAX_HELD_BLOCK).contains(&total) {
            return Err(bad_length(total, buffer));
        }
        let block_len = padded(total) as usize;
        if !buffer.fill(block_len)? {
            return Err(cut_short("section header", block_len, buffer));
        }
        self.check_trailer(total, block_len, buffer)?;
        let block = buffer.available().get(..block_len).unwrap_or(&[]);
        let (_, header) =
            parse_sectionheaderblock(block).map_err(|_| malformed("section header", buffer))?;
        if header.major_version != 1 {
            info.warn(|| {
                format!(
                    "The section at byte {} is of pcapng version {}.{}; read as version 1.0.",
                    buffer.offset(),
                    header.major_version,
                    header.minor_version
                )
            });
        }
        for (code, value) in options(&header.options) {
            match code {
                OPT_COMMENT => info.add_comment(text(value)),
                SHB_HARDWARE => info.hardware = Some(text(value)),
                SHB_OS => info.os = Some(text(value)),
                SHB_USERAPPL => info.application = Some(text(value)),
                _ => {}
            }
        }
        self.interfaces.clear();
        buffer.advance(block_len);
        Ok(())
    }

    fn interface_description(
        &mut self,
        block_len: usize,
        buffer: &ReadBuffer,
        info: &mut SourceInfo,
    ) -> Result<(), Fault> {
        let block = buffer.available().get(..block_len).unwrap_or(&[]);
        let parsed = match self.order {
            ByteOrder::Little => parse_interfacedescriptionblock_le(block),
            ByteOrder::Big => parse_interfacedescriptionblock_be(block),
        };
        let (_, description) = parsed.map_err(|_| malformed("interface description", buffer))?;
        if self.interfaces.len() >= MAX_INTERFACES {
            info.warn(|| {
                format!("More than {MAX_INTERFACES} interfaces are described; packets of the others cannot be decoded.")
            });
            return Ok(());
        }
        let (mut resolution, mut offset) = (6, 0);
        for (code, value) in options(&description.options) {
            match (code, value) {
                (IF_TSRESOL, [v]) => resolution = *v,
                (IF_TSOFFSET, value) => {
                    if let Ok(bytes) = <[u8; 8]>::try_from(value) {
                        offset = self.order.u64(bytes).cast_signed();
                    }
                }
                _ => {}
            }
        }
        let link = (description.linktype.0 & 0xffff) as u16; // the field has 16 bits
        info.add_link_type(LinkType(link));
        info.add_snap_len(description.snaplen);
        self.interfaces.push(Interface {
            link,
            snap_len: description.snaplen,
            clock: InterfaceClock::new(resolution, offset),
            dropped: (None, None),
        });
        Ok(())
    }

    /// Drop counters run from the start of the capture, so the latest of an interface replaces the
    /// earlier.
    fn interface_statistics(
        &mut self,
        block_len: usize,
        buffer: &ReadBuffer,
        info: &mut SourceInfo,
    ) {
        let block = buffer.available().get(..block_len).unwrap_or(&[]);
        let parsed = match self.order {
            ByteOrder::Little => parse_interfacestatisticsblock_le(block),
            ByteOrder::Big => parse_interfacestatisticsblock_be(block),
        };
        let Ok((_, statistics)) = parsed else {
            info.warn(|| {
                format!(
                    "The interface statistics at byte {} are malformed.",
                    buffer.offset()
                )
            });
            return;
        };
        let Some(interface) = self.interfaces.get_mut(statistics.if_id as usize) else {
            return;
        };
        for (code, value) in options(&statistics.options) {
            let Ok(bytes) = <[u8; 8]>::try_from(value) else {
                continue;
            };
            let count = self.order.u64(bytes);
            let (sum, latest) = match code {
                ISB_IFDROP => (
                    &mut info.interface_drops.by_interface,
                    &mut interface.dropped.0,
                ),
                ISB_OSDROP => (
                    &mut info.interface_drops.by_system,
                    &mut interface.dropped.1,
                ),
                _ => continue,
            };
            let others = sum.unwrap_or(0).saturating_sub(latest.unwrap_or(0));
            *sum = Some(others.saturating_add(count));
            *latest = Some(count);
        }
    }

    fn decryption_secrets(&self, block_len: usize, buffer: &ReadBuffer, info: &mut SourceInfo) {
        let block = buffer.available().get(..block_len).unwrap_or(&[]);
        let parsed = match self.order {
            ByteOrder::Little => parse_decryptionsecretsblock_le(block),
            ByteOrder::Big => parse_decryptionsecretsblock_be(block),
        };
        match parsed {
            Ok((_, secrets)) => {
                let data = secrets.data;
                let len = (secrets.secrets_len as usize).min(data.len());
                info.add_secrets(secrets.secrets_type.0, data.get(..len).unwrap_or(&[]));
            }
            Err(_) => info.warn(|| {
                format!(
                    "The decryption secrets at byte {} are malformed.",
                    buffer.offset()
                )
            }),
        }
    }

    /// Passes over a block of any length without holding it.
    fn step_over(&self, total: u32, buffer: &mut ReadBuffer) -> Result<(), Fault> {
        let offset = buffer.offset();
        let block_len = u64::from(padded(total));
        let skipped = buffer.skip(block_len - 4)?; // at least 8: the length was checked
        if !buffer.fill(4)? {
            return Err(Fault::Damage {
                reason: format!(
                    "the file ends inside this block: {} of {block_len} bytes are there",
                    skipped + buffer.available().len() as u64
                ),
                offset,
            });
        }
        match buffer
            .available()
            .first_chunk::<4>()
            .map(|b| self.order.u32(*b))
        {
            Some(again) if again == total || again == padded(total) => {
                buffer.advance(4);
                Ok(())
            }
            again => Err(lengths_differ(total, again, offset)),
        }
    }
}

/// The options before the end marker; the first whose length is wrong ends them too.
fn options<'a>(options: &'a [PcapNGOption<'a>]) -> impl Iterator<Item = (u16, &'a [u8])> {
    options
        .iter()
        .take_while(|o| o.code.0 != OPT_END)
        .map_while(|o| Some((o.code.0, o.as_bytes().ok()?)))
}

fn text(value: &[u8]) -> String {
    String::from_utf8_lossy(value)
        .trim_end_matches('\0')
        .chars()
        .take(MAX_TEXT)
        .collect()
}

fn malformed(what: &str, buffer: &ReadBuffer) -> Fault {
    Fault::Damage {
        reason: format!("a malformed {what}"),
        offset: buffer.offset(),
    }
}
