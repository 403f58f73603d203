//! Captures made from the project's own by leaving out or changing packets: what a filter, a snap length
//! or a mirror of one direction would have left.

use crate::support;

/// A classic capture in little-endian order with microseconds, taken apart.
#[derive(Clone)]
pub struct Capture {
    header: Vec<u8>,
    pub packets: Vec<Packet>,
}

#[derive(Clone)]
pub struct Packet {
    pub secs: u32,
    pub frac: u32,
    pub wire_len: u32,
    pub data: Vec<u8>,
}

impl Capture {
    pub fn of_case(case: &str) -> Capture {
        let path = support::testdata("cases").join(case).join("capture.pcap");
        let bytes = std::fs::read(path).expect("capture");
        let word = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().expect("word"));
        let mut at = 24;
        let mut packets = Vec::new();
        while at + 16 <= bytes.len() {
            let len = word(at + 8) as usize;
            packets.push(Packet {
                secs: word(at),
                frac: word(at + 4),
                wire_len: word(at + 12),
                data: bytes[at + 16..at + 16 + len].to_vec(),
            });
            at += 16 + len;
        }
        Capture {
            header: bytes[..24].to_vec(),
            packets,
        }
    }

    pub fn keep(mut self, mut wanted: impl FnMut(&Packet) -> bool) -> Capture {
        self.packets.retain(|p| wanted(p));
        self
    }

    pub fn each(mut self, change: impl FnMut(&mut Packet)) -> Capture {
        self.packets.iter_mut().for_each(change);
        self
    }

    pub fn sorted(mut self) -> Capture {
        self.packets.sort_by_key(|p| (p.secs, p.frac));
        self
    }

    /// Replaces bytes by as many others, wherever they stand.
    pub fn replace(self, old: &[u8], new: &[u8]) -> Capture {
        assert_eq!(old.len(), new.len());
        self.each(|p| {
            for at in 0..p.data.len().saturating_sub(old.len() - 1) {
                if &p.data[at..at + old.len()] == old {
                    p.data[at..at + old.len()].copy_from_slice(new);
                }
            }
        })
    }

    pub fn link_type(mut self, number: u32) -> Capture {
        self.header[20..24].copy_from_slice(&number.to_le_bytes());
        self
    }

    pub fn bytes(&self) -> Vec<u8> {
        let mut out = self.header.clone();
        for p in &self.packets {
            let len = u32::try_from(p.data.len()).expect("short");
            for word in [p.secs, p.frac, len, p.wire_len] {
                out.extend_from_slice(&word.to_le_bytes());
            }
            out.extend_from_slice(&p.data);
        }
        out
    }
}

/// Ethernet and IPv4 without options, as in the cases used here.
impl Packet {
    fn is_ipv4(&self) -> bool {
        self.data.get(12..14) == Some(&[8, 0])
    }

    pub fn protocol(&self) -> Option<u8> {
        self.is_ipv4().then(|| self.data[23])
    }

    pub fn source(&self) -> Option<[u8; 4]> {
        self.is_ipv4()
            .then(|| self.data[26..30].try_into().expect("four"))
    }

    /// The two ports of UDP and TCP.
    pub fn ports(&self) -> Option<[u16; 2]> {
        let ports = self
            .data
            .get(34..38)
            .filter(|_| matches!(self.protocol(), Some(6 | 17)))?;
        Some([
            u16::from_be_bytes([ports[0], ports[1]]),
            u16::from_be_bytes([ports[2], ports[3]]),
        ])
    }

    pub fn is_sip(&self) -> bool {
        self.ports().is_some_and(|p| p.contains(&5060))
    }

    pub fn is_media(&self) -> bool {
        self.protocol() == Some(17) && !self.is_sip()
    }

    pub fn is_later_fragment(&self) -> bool {
        self.is_ipv4() && u16::from_be_bytes([self.data[20], self.data[21]]) & 0x1fff != 0
    }

    /// What follows the UDP header.
    pub fn udp_payload(&mut self) -> &mut [u8] {
        &mut self.data[42..]
    }
}

/// One block of a pcapng file in little-endian order.
pub fn block(kind: u32, body: &[u8]) -> Vec<u8> {
    let mut body = body.to_vec();
    body.resize(body.len().next_multiple_of(4), 0);
    let len = u32::try_from(body.len() + 12).expect("short");
    [
        &kind.to_le_bytes()[..],
        &len.to_le_bytes(),
        &body,
        &len.to_le_bytes(),
    ]
    .concat()
}

/// Section header and one Ethernet interface.
pub fn pcapng() -> Vec<u8> {
    let section = [
        &0x1a2b_3c4d_u32.to_le_bytes()[..],
        &[1, 0, 0, 0],
        &[0xff; 8],
    ]
    .concat();
    [
        block(0x0a0d_0d0a, &section),
        block(1, &[1, 0, 0, 0, 0, 0, 0, 0]),
    ]
    .concat()
}

/// An enhanced packet block.
pub fn enhanced(interface: u32, data: &[u8]) -> Vec<u8> {
    let len = u32::try_from(data.len()).expect("short").to_le_bytes();
    let head = [
        &interface.to_le_bytes()[..],
        &[0; 4],
        &1_000_000_u32.to_le_bytes(),
        &len,
        &len,
    ]
    .concat();
    block(6, &[&head[..], data].concat())
}

/// Interface statistics that say how many packets interface and system dropped.
pub fn statistics(by_interface: u64, by_system: u64) -> Vec<u8> {
    let mut body = vec![0; 12];
    for (code, count) in [(5u16, by_interface), (7, by_system)] {
        body.extend_from_slice(&code.to_le_bytes());
        body.extend_from_slice(&8u16.to_le_bytes());
        body.extend_from_slice(&count.to_le_bytes());
    }
    body.extend_from_slice(&[0; 4]);
    block(5, &body)
}
