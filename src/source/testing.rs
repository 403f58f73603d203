//! Capture files for tests, written by hand: nothing here is shared with the readers.

use super::{CaptureFile, SourceError, SourceInfo};
use crate::types::SourceId;
use std::io::{self, Read};

/// A packet as read, with its data copied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) source: u16,
    pub(super) frame: u64,
    pub(super) nanos: i64,
    pub(super) link: u16,
    pub(super) data: Vec<u8>,
    pub(super) wire_len: u32,
    pub(super) file_offset: Option<u64>,
}

impl Seen {
    pub(super) fn of(packet: crate::types::Packet<'_>) -> Seen {
        Seen {
            source: packet.source.0,
            frame: packet.frame.0,
            nanos: packet.time.as_nanos(),
            link: packet.link.0,
            data: packet.data.to_vec(),
            wire_len: packet.wire_len,
            file_offset: packet.file_offset,
        }
    }
}

pub(super) fn read_all(mut file: CaptureFile) -> (Vec<Seen>, SourceInfo) {
    let mut seen = Vec::new();
    while file.advance() {
        seen.push(Seen::of(file.packet()));
    }
    assert!(!file.advance(), "the end stays the end");
    (seen, file.info().clone())
}

pub(super) fn open_bytes(bytes: &[u8]) -> Result<CaptureFile, SourceError> {
    CaptureFile::from_reader(
        "test.pcap",
        SourceId(0),
        Box::new(io::Cursor::new(bytes.to_vec())),
    )
}

pub(super) fn read_bytes(bytes: &[u8]) -> (Vec<Seen>, SourceInfo) {
    read_all(open_bytes(bytes).unwrap())
}

/// Hands out a few bytes at a time, as a pipe may.
pub(super) struct Dribble(pub(super) Vec<u8>, pub(super) usize);

impl Read for Dribble {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let n = self.1.min(out.len()).min(self.0.len());
        out[..n].copy_from_slice(&self.0[..n]);
        self.0.drain(..n);
        Ok(n)
    }
}

/// Writes numbers in one byte order.
#[derive(Clone, Copy)]
pub(super) enum Order {
    Little,
    Big,
}

impl Order {
    pub(super) fn u16(self, v: u16) -> [u8; 2] {
        match self {
            Order::Little => v.to_le_bytes(),
            Order::Big => v.to_be_bytes(),
        }
    }
    pub(super) fn u32(self, v: u32) -> [u8; 4] {
        match self {
            Order::Little => v.to_le_bytes(),
            Order::Big => v.to_be_bytes(),
        }
    }
    pub(super) fn u64(self, v: u64) -> [u8; 8] {
        match self {
            Order::Little => v.to_le_bytes(),
            Order::Big => v.to_be_bytes(),
        }
    }
}

/// A classic pcap file in the making.
pub(super) struct Pcap {
    pub(super) bytes: Vec<u8>,
    order: Order,
    modified: bool,
    /// Where a cut leaves no damage: behind the file header and behind every record.
    pub(super) borders: Vec<usize>,
}

pub(super) const MICROS: u32 = 0xa1b2_c3d4;
pub(super) const NANOS: u32 = 0xa1b2_3c4d;
pub(super) const MODIFIED: u32 = 0xa1b2_cd34;

impl Pcap {
    pub(super) fn new(order: Order, magic: u32, link: u32) -> Self {
        Pcap::of_version(order, magic, link, 2, 4)
    }

    pub(super) fn of_version(order: Order, magic: u32, link: u32, major: u16, minor: u16) -> Self {
        let mut bytes = Vec::new();
        bytes.extend(order.u32(magic));
        bytes.extend(order.u16(major));
        bytes.extend(order.u16(minor));
        bytes.extend(order.u32(0)); // zone
        bytes.extend(order.u32(0)); // accuracy
        bytes.extend(order.u32(65535)); // snap length
        bytes.extend(order.u32(link));
        Pcap {
            borders: vec![bytes.len()],
            bytes,
            order,
            modified: magic == MODIFIED,
        }
    }

    pub(super) fn packet(self, sec: u32, frac: u32, data: &[u8]) -> Self {
        let len = data.len() as u32;
        self.record(sec, frac, len, len, data)
    }

    pub(super) fn record(
        mut self,
        sec: u32,
        frac: u32,
        captured: u32,
        wire: u32,
        data: &[u8],
    ) -> Self {
        for v in [sec, frac, captured, wire] {
            self.bytes.extend(self.order.u32(v));
        }
        if self.modified {
            self.bytes.extend([0xee; 8]);
        }
        self.bytes.extend(data);
        self.borders.push(self.bytes.len());
        self
    }
}

/// A pcapng file in the making.
pub(super) struct Ng {
    pub(super) bytes: Vec<u8>,
    order: Order,
    /// Behind every block.
    pub(super) borders: Vec<usize>,
    /// Behind every block that holds a packet.
    pub(super) packet_ends: Vec<usize>,
}

impl Ng {
    pub(super) fn new(order: Order) -> Self {
        Ng {
            bytes: Vec::new(),
            order,
            borders: Vec::new(),
            packet_ends: Vec::new(),
        }
        .section(order, &[])
    }

    pub(super) fn block(mut self, kind: u32, body: &[u8]) -> Self {
        let mut body = body.to_vec();
        body.resize(body.len().next_multiple_of(4), 0);
        let total = self.order.u32(body.len() as u32 + 12);
        self.bytes.extend(self.order.u32(kind));
        self.bytes.extend(total);
        self.bytes.extend(body);
        self.bytes.extend(total);
        self.borders.push(self.bytes.len());
        self
    }

    fn packet_done(mut self) -> Self {
        self.packet_ends.push(self.bytes.len());
        self
    }

    pub(super) fn options(&self, options: &[(u16, &[u8])]) -> Vec<u8> {
        let mut out = Vec::new();
        for (code, value) in options {
            out.extend(self.order.u16(*code));
            out.extend(self.order.u16(value.len() as u16));
            out.extend(*value);
            out.resize(out.len().next_multiple_of(4), 0);
        }
        if !options.is_empty() {
            out.extend([0; 4]);
        }
        out
    }

    pub(super) fn section(mut self, order: Order, options: &[(u16, &[u8])]) -> Self {
        self.order = order;
        let mut body = Vec::new();
        body.extend(order.u32(0x1a2b_3c4d));
        body.extend(order.u16(1));
        body.extend(order.u16(0));
        body.extend(order.u64(u64::MAX)); // length not given
        body.extend(self.options(options));
        self.block(0x0a0d_0d0a, &body)
    }

    pub(super) fn interface(self, link: u16, snap_len: u32, options: &[(u16, &[u8])]) -> Self {
        let mut body = Vec::new();
        body.extend(self.order.u16(link));
        body.extend(self.order.u16(0));
        body.extend(self.order.u32(snap_len));
        body.extend(self.options(options));
        self.block(1, &body)
    }

    pub(super) fn packet(self, interface: u32, stamp: u64, data: &[u8]) -> Self {
        let len = data.len() as u32;
        self.enhanced(interface, stamp, len, len, data)
    }

    pub(super) fn enhanced(
        self,
        interface: u32,
        stamp: u64,
        captured: u32,
        wire: u32,
        data: &[u8],
    ) -> Self {
        let mut body = Vec::new();
        let (high, low) = ((stamp >> 32) as u32, stamp as u32);
        for v in [interface, high, low, captured, wire] {
            body.extend(self.order.u32(v));
        }
        body.extend(data);
        self.block(6, &body).packet_done()
    }

    pub(super) fn obsolete(self, interface: u16, stamp: u64, data: &[u8]) -> Self {
        let mut body = Vec::new();
        body.extend(self.order.u16(interface));
        body.extend(self.order.u16(9)); // drops
        let (high, low) = ((stamp >> 32) as u32, stamp as u32);
        for v in [high, low, data.len() as u32, data.len() as u32] {
            body.extend(self.order.u32(v));
        }
        body.extend(data);
        self.block(2, &body).packet_done()
    }

    pub(super) fn simple(self, wire: u32, data: &[u8]) -> Self {
        let mut body = self.order.u32(wire).to_vec();
        body.extend(data);
        self.block(3, &body).packet_done()
    }

    pub(super) fn statistics(self, interface: u32, options: &[(u16, &[u8])]) -> Self {
        let mut body = self.order.u32(interface).to_vec();
        body.extend([0; 8]);
        body.extend(self.options(options));
        self.block(5, &body)
    }

    pub(super) fn secrets(self, kind: u32, data: &[u8]) -> Self {
        let mut body = self.order.u32(kind).to_vec();
        body.extend(self.order.u32(data.len() as u32));
        body.extend(data);
        self.block(10, &body)
    }
}
