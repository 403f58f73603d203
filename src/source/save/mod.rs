//! Packets to bytes of a capture file: pcap and pcapng, nanosecond times, native to every reader.
//!
//! Pure: the caller owns the file. A record is appended whole, so what was written up to any record is a
//! capture that can be read.

mod pcap;
mod pcapng;

use crate::types::{CaptureTime, LinkType};

/// The longest packet that is written whole, as libpcap's default snap length.
pub const MAX_SNAP_LEN: u32 = 262_144;

/// The format of a saved capture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SaveFormat {
    /// Classic pcap: one link type.
    Pcap,
    /// pcapng: several interfaces, what they dropped.
    Pcapng,
}

impl SaveFormat {
    /// What a file's name asks for: `.pcapng` and `.ntar` are pcapng, everything else pcap.
    pub fn of_name(name: &str) -> SaveFormat {
        let name = name.to_ascii_lowercase();
        if name.ends_with(".pcapng") || name.ends_with(".ntar") {
            SaveFormat::Pcapng
        } else {
            SaveFormat::Pcap
        }
    }
}

/// One interface of a saved capture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedInterface {
    /// As the system names it.
    pub name: String,
    /// How to read a packet's first header.
    pub link: LinkType,
    /// Bytes kept of a packet at most.
    pub snap_len: u32,
    /// The capture filter, as the user wrote it or as it was widened.
    pub filter: Option<String>,
}

/// What an interface counted from the start of the capture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InterfaceCounts {
    /// Packets that passed the filter, as the system counts them.
    pub received: u64,
    /// Packets dropped by the system for want of buffer.
    pub dropped: u64,
    /// Packets dropped by the interface or its driver.
    pub dropped_by_interface: u64,
}

impl InterfaceCounts {
    /// The sum: before and after an interface was opened again.
    pub fn and(self, other: InterfaceCounts) -> InterfaceCounts {
        InterfaceCounts {
            received: self.received + other.received,
            dropped: self.dropped + other.dropped,
            dropped_by_interface: self.dropped_by_interface + other.dropped_by_interface,
        }
    }
}

/// One packet to be saved.
#[derive(Clone, Copy, Debug)]
pub struct SavedPacket<'a> {
    /// Index of its interface in the list the encoder was made with.
    pub interface: u32,
    /// When it was captured.
    pub time: CaptureTime,
    /// The bytes captured.
    pub data: &'a [u8],
    /// Its length on the wire.
    pub wire_len: u32,
}

/// Writes the parts of one capture file.
#[derive(Clone, Debug)]
pub struct Encoder {
    format: SaveFormat,
    interfaces: Vec<SavedInterface>,
}

/// Classic pcap holds one link type.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "pcap holds one link type and these interfaces have several: name the file .pcapng instead"
)]
pub struct SeveralLinkTypes;

impl Encoder {
    /// An encoder for packets of these interfaces.
    pub fn new(
        format: SaveFormat,
        interfaces: Vec<SavedInterface>,
    ) -> Result<Encoder, SeveralLinkTypes> {
        let mut links = interfaces.iter().map(|i| i.link);
        let first = links.next();
        if format == SaveFormat::Pcap && links.any(|link| Some(link) != first) {
            return Err(SeveralLinkTypes);
        }
        Ok(Encoder { format, interfaces })
    }

    /// Appends what every file begins with: the file header, in pcapng a section and its interfaces.
    pub fn start(&self, out: &mut Vec<u8>) {
        match self.format {
            SaveFormat::Pcap => pcap::file_header(self.interfaces.first(), out),
            SaveFormat::Pcapng => {
                pcapng::section_header(out);
                for interface in &self.interfaces {
                    pcapng::interface_description(interface, out);
                }
            }
        }
    }

    /// Appends the record of one packet.
    pub fn packet(&self, packet: &SavedPacket<'_>, out: &mut Vec<u8>) {
        match self.format {
            SaveFormat::Pcap => pcap::packet(packet, out),
            SaveFormat::Pcapng => pcapng::packet(packet, out),
        }
    }

    /// What an interface counted up to `time`; classic pcap has no place for it.
    pub fn counts(
        &self,
        interface: u32,
        time: CaptureTime,
        counts: &InterfaceCounts,
        out: &mut Vec<u8>,
    ) {
        if self.format == SaveFormat::Pcapng {
            pcapng::interface_statistics(interface, time, counts, out);
        }
    }
}

/// A length as the formats write it; no packet is longer.
fn len32(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::CaptureFile;
    use crate::types::SourceId;

    fn interface(name: &str, link: u16) -> SavedInterface {
        SavedInterface {
            name: name.to_owned(),
            link: LinkType(link),
            snap_len: MAX_SNAP_LEN,
            filter: Some("port 5060".to_owned()),
        }
    }

    fn saved<'a>(interface: u32, nanos: i64, data: &'a [u8], more: u32) -> SavedPacket<'a> {
        SavedPacket {
            interface,
            time: CaptureTime::from_nanos(nanos),
            data,
            wire_len: len32(data) + more,
        }
    }

    /// Time, link type, bytes and length on the wire.
    type Read = (i64, u16, Vec<u8>, u32);

    /// The packets as they are read again.
    fn read_again(bytes: Vec<u8>) -> (Vec<Read>, crate::source::SourceInfo) {
        let reader = Box::new(std::io::Cursor::new(bytes));
        let mut file = CaptureFile::from_reader("x", SourceId(0), reader).unwrap();
        let mut packets = Vec::new();
        while file.advance() {
            let p = file.packet();
            packets.push((p.time.as_nanos(), p.link.0, p.data.to_vec(), p.wire_len));
        }
        (packets, file.info().clone())
    }

    #[test]
    fn what_is_saved_reads_the_same_again_in_both_formats() {
        // A time after 2038 and one with nine decimals; lengths of every remainder by four.
        let packets = [
            saved(0, 1_763_712_345_123_456_789, b"a", 0),
            saved(0, 2_500_000_000_000_000_001, b"", 70),
            saved(0, 2_500_000_000_000_000_002, b"abcdefg", 1000),
            saved(0, 2_500_000_000_000_000_003, b"abcdefgh", 0),
        ];
        for format in [SaveFormat::Pcap, SaveFormat::Pcapng] {
            let encoder = Encoder::new(format, vec![interface("eth0", 1)]).unwrap();
            let mut bytes = Vec::new();
            encoder.start(&mut bytes);
            for packet in &packets {
                encoder.packet(packet, &mut bytes);
            }
            let (read, info) = read_again(bytes);
            let expected: Vec<_> = packets
                .iter()
                .map(|p| (p.time.as_nanos(), 1, p.data.to_vec(), p.wire_len))
                .collect();
            assert_eq!(read, expected, "{format:?}");
            assert_eq!(info.damage, None);
            assert_eq!(info.snap_len, Some(MAX_SNAP_LEN));
        }
    }

    #[test]
    fn pcapng_keeps_interfaces_apart_and_says_what_they_dropped() {
        let interfaces = vec![interface("eth0", 1), interface("wg0", 101)];
        assert_eq!(
            Encoder::new(SaveFormat::Pcap, interfaces.clone()).err(),
            Some(SeveralLinkTypes)
        );
        let encoder = Encoder::new(SaveFormat::Pcapng, interfaces).unwrap();
        let mut bytes = Vec::new();
        encoder.start(&mut bytes);
        encoder.packet(&saved(1, 5, b"ip", 0), &mut bytes);
        encoder.packet(&saved(0, 6, b"frame", 0), &mut bytes);
        for (interface, dropped) in [(0, 3), (1, 4)] {
            let counts = InterfaceCounts {
                received: 10,
                dropped,
                dropped_by_interface: 1,
            };
            encoder.counts(interface, CaptureTime::from_nanos(7), &counts, &mut bytes);
        }
        let (read, info) = read_again(bytes);
        let seen: Vec<_> = read.iter().map(|p| (p.1, p.2.as_slice())).collect();
        assert_eq!(seen, [(101, &b"ip"[..]), (1, &b"frame"[..])]);
        // 3 + 4 by the system, 1 + 1 by the interfaces.
        assert_eq!(info.interface_drops.by_system, Some(7));
        assert_eq!(info.interface_drops.by_interface, Some(2));
        assert!(info.application.unwrap().starts_with("sipflow"));
    }

    #[test]
    fn the_name_says_the_format() {
        assert_eq!(SaveFormat::of_name("a.PCAPNG"), SaveFormat::Pcapng);
        assert_eq!(SaveFormat::of_name("a.pcap"), SaveFormat::Pcap);
        assert_eq!(SaveFormat::of_name("-"), SaveFormat::Pcap);
    }
}
