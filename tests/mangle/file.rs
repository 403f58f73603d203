//! A capture file taken apart into what stands before the first record, and records.

use sipflow::decode::{self, Decoded};
use sipflow::types::{CaptureTime, FrameNo, LinkType, Packet, SourceId};

/// A capture file in pieces that can be put together again in any order.
#[derive(Clone)]
pub struct Parts {
    /// File header, or the pcapng blocks before the first packet.
    pub head: Vec<u8>,
    /// Records or blocks.
    pub records: Vec<Vec<u8>>,
    /// Bytes before the packet in a record.
    pub before: usize,
    link: LinkType,
}

impl Parts {
    /// Takes a little-endian pcap or pcapng file apart.
    pub fn of(bytes: &[u8]) -> Parts {
        let word = |at: usize| {
            let field = bytes[at..at + 4].try_into().expect("four bytes");
            u32::from_le_bytes(field) as usize
        };
        let classic = !bytes.starts_with(&[0x0a, 0x0d, 0x0d, 0x0a]);
        let (mut at, before) = if classic { (24, 16) } else { (0, 28) };
        let mut head = bytes[..at].to_vec();
        let mut link = if classic { word(20) } else { 1 };
        let mut records = Vec::new();
        while at < bytes.len() {
            let len = if classic {
                16 + word(at + 8)
            } else {
                word(at + 4)
            };
            let record = bytes[at..at + len].to_vec();
            let is_packet = classic || word(at) == 6;
            if !classic && word(at) == 1 {
                link = word(at + 8) & 0xffff;
            }
            if is_packet || !records.is_empty() {
                records.push(record);
            } else {
                head.extend(record);
            }
            at += len;
        }
        Parts {
            head,
            records,
            before,
            link: LinkType(u16::try_from(link).expect("a link type")),
        }
    }

    /// The file again.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.head.clone();
        self.records.iter().for_each(|r| bytes.extend_from_slice(r));
        bytes
    }

    /// Where the transport payload of a record begins, and the IP header before it, as far as the
    /// decoder finds them.
    pub fn payload_at(&self, record: usize) -> Option<usize> {
        let data = self.records[record].get(self.before..)?;
        let packet = Packet {
            source: SourceId(0),
            frame: FrameNo(1),
            time: CaptureTime::from_nanos(0),
            link: self.link,
            data,
            wire_len: u32::try_from(data.len()).expect("one packet"),
            file_offset: None,
        };
        let payload = match decode::decode(&packet) {
            Decoded::Udp(d) => d.payload,
            Decoded::Tcp(s) => s.payload,
            Decoded::Fragment(f) => f.payload,
            _ => return None,
        };
        let offset = (payload.as_ptr() as usize).checked_sub(data.as_ptr() as usize)?;
        Some(self.before + offset)
    }
}
