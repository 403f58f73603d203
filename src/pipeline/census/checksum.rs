//! The UDP checksum (RFC 768, RFC 8200 §8.1). The analysis never judges it; the census counts what would
//! not have passed.

use crate::decode::{Datagram, Layer};
use std::net::IpAddr;

/// What became of the checksums looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Checksums {
    /// Datagrams whose checksum fits.
    pub right: u64,
    /// Datagrams whose checksum does not fit: offloading, or damage.
    pub wrong: u64,
    /// Datagrams sent without one.
    pub absent: u64,
    /// Datagrams of which the capture does not hold all bytes.
    pub cut: u64,
}

impl Checksums {
    pub(super) fn note(&mut self, datagram: &Datagram<'_>) {
        if datagram.meta.stack.contains(Layer::UdpLite) || datagram.meta.stack.contains(Layer::Hep)
        {
            return;
        }
        if datagram.checksum == 0 {
            self.absent += 1;
        } else if datagram.payload.len() < datagram.wire_payload_len as usize {
            self.cut += 1;
        } else if fits(datagram) {
            self.right += 1;
        } else {
            self.wrong += 1;
        }
    }
}

fn fits(datagram: &Datagram<'_>) -> bool {
    const UDP: u64 = 17;
    const HEADER_LEN: u64 = 8;
    let flow = datagram.meta.flow;
    let len = u64::from(datagram.wire_payload_len) + HEADER_LEN;
    // The pseudo-header holds the length in 16 or 32 bits; folding makes them the same.
    let mut sum = UDP + len;
    for addr in [flow.src.addr, flow.dst.addr] {
        sum += match addr.ip() {
            IpAddr::V4(a) => words(&a.octets()),
            IpAddr::V6(a) => words(&a.octets()),
        };
    }
    sum += u64::from(flow.src.port) + u64::from(flow.dst.port) + len;
    sum += u64::from(datagram.checksum) + words(datagram.payload);
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    sum == 0xffff
}

/// The sum of the 16-bit words, an odd last octet padded with zero.
fn words(bytes: &[u8]) -> u64 {
    let chunks = bytes.chunks(2);
    chunks
        .map(|pair| match *pair {
            [high, low] => u64::from(u16::from_be_bytes([high, low])),
            [high] => u64::from(high) << 8,
            _ => 0,
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::{Decoded, decode, testing};

    fn judged(checksum: u16, payload: &[u8]) -> Checksums {
        let mut udp = testing::udp(5060, 5060, payload);
        udp[6..8].copy_from_slice(&checksum.to_be_bytes());
        let frame = testing::eth(0x0800, &testing::ipv4(17, &udp));
        let packet = testing::packet(1, &frame);
        let Decoded::Udp(datagram) = decode(&packet) else {
            panic!("UDP")
        };
        let mut checksums = Checksums::default();
        checksums.note(&datagram);
        checksums
    }

    #[test]
    fn a_checksum_is_judged_with_the_addresses_it_covers() {
        // 192.0.2.1 -> 192.0.2.2, protocol 17, length 11, ports 5060, payload "abc":
        // c000+0201 + c000+0202 + 0011 + 000b + 13c4+13c4 + 000b + 6162+6300 = 27014, folded 7016;
        // its complement is 8fe9.
        assert_eq!(judged(0x8fe9, b"abc").right, 1);
        assert_eq!(judged(0x8fe8, b"abc").wrong, 1);
        assert_eq!(judged(0, b"abc").absent, 1);
    }
}
