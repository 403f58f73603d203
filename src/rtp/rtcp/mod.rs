//! RTCP (RFC 3550 §6): the packets of a compound datagram.

pub(crate) mod app;
pub(crate) mod bye;
pub(crate) mod compound;
pub(crate) mod feedback;
pub(crate) mod rr;
pub(crate) mod sdes;
pub(crate) mod sr;
pub(crate) mod voip;
pub(crate) mod xr;

pub use app::App;
pub use bye::Bye;
pub use compound::{Flaw, flaw};
pub use feedback::{Asks, Feedback};
pub use rr::{ReceiverReport, ReportBlock, ReportBlocks};
pub use sdes::{Sdes, SdesItem};
pub use sr::SenderReport;
pub use voip::{BufferKind, Concealment, VoipMetrics};
pub use xr::{Answer, Answers, ExtendedReport, XrBlock, XrContent, block_name};

use crate::types::Ssrc;

/// How far a datagram passes for RTCP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Validity {
    /// A.2 holds: starts with SR or RR, every packet is version 2, padding only on the last, and the
    /// lengths add up to the datagram, up to three octets at its end. The number of packets in it.
    Compound(u32),
    /// The same without SR or RR in front (RFC 5506).
    ReducedSize(u32),
    /// Only the first header holds: enciphered (SRTCP, RFC 3711 §3.4) or cut by the snap length.
    /// Nothing behind the first sender's SSRC is to be believed if it is enciphered.
    HeaderOnly,
}

/// Checks a datagram of `wire_len` octets of which `captured` is there. `None`: not RTCP.
pub fn check(captured: &[u8], wire_len: u32) -> Option<Validity> {
    let wire_len = (wire_len as usize).max(captured.len());
    let first = Header::read(captured)?;
    if !(192..=223).contains(&first.packet_type) || first.len() > wire_len {
        return None;
    }
    let header_only = || {
        // SRTCP puts at least index and tag (4 + 4 octets) behind the packets.
        let cut = captured.len() < wire_len;
        ((200..=207).contains(&first.packet_type)
            && first.len() >= 8
            && (cut || first.len() + 8 <= wire_len))
            .then_some(Validity::HeaderOnly)
    };
    let mut at = 0usize;
    let mut packets = 0u32;
    let mut padded = false;
    while at < wire_len {
        let Some(header) = captured.get(at..).and_then(Header::read) else {
            // Too few octets for a header are none of SRTCP either, whose index alone takes four (RFC 3711 §3.4): a
            // sender that counts wrong.
            match packets > 0 && wire_len - at < 4 {
                true => break,
                false => return header_only(),
            }
        };
        if padded || !(192..=223).contains(&header.packet_type) || header.len() > wire_len - at {
            return header_only();
        }
        padded = header.padding;
        packets += 1;
        at += header.len();
    }
    Some(match first.packet_type {
        200 | 201 => Validity::Compound(packets),
        _ => Validity::ReducedSize(packets),
    })
}

/// The SSRC that speaks first; stands in clear even in SRTCP.
pub fn first_sender(captured: &[u8]) -> Option<Ssrc> {
    captured.get(4..).and_then(read_ssrc)
}

/// True where a datagram of which only the first header holds ends like SRTCP (RFC 3711 §3.4): a word with the E bit and
/// a small index stands before a tag of 10, 4 or 16 octets, or last (RFC 7714 §9.2).
pub fn looks_enciphered(payload: &[u8]) -> bool {
    // An index counts the packets of a session: a report a second for half a year.
    const LARGEST: u32 = 1 << 24;
    [14, 8, 20, 4].into_iter().any(|back| {
        let at = payload.len().checked_sub(back).filter(|at| *at >= 8);
        let word = at.and_then(|at| read_u32(payload, at));
        word.is_some_and(|w| w & 1 << 31 != 0 && w & !(1 << 31) < LARGEST)
    })
}

/// The four octets before a packet's contents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Header {
    padding: bool,
    count: u8,
    packet_type: u8,
    words: u16,
}

impl Header {
    fn read(bytes: &[u8]) -> Option<Header> {
        let &[b0, packet_type, l0, l1] = bytes.first_chunk::<4>()?;
        (b0 >> 6 == 2).then_some(Header {
            padding: b0 & 0x20 != 0,
            count: b0 & 0x1f,
            packet_type,
            words: u16::from_be_bytes([l0, l1]),
        })
    }
    fn len(self) -> usize {
        (usize::from(self.words) + 1) * 4
    }
}

/// One packet of a compound.
#[derive(Clone, Copy, Debug)]
pub enum RtcpPacket<'a> {
    /// Packet type 200.
    SenderReport(SenderReport<'a>),
    /// Packet type 201.
    ReceiverReport(ReceiverReport<'a>),
    /// Packet type 202: names of sources.
    Sdes(Sdes<'a>),
    /// Packet type 203: sources leave.
    Bye(Bye<'a>),
    /// Packet type 204: known to an application only.
    App(App<'a>),
    /// Packet types 205 (transport) and 206 (payload specific).
    Feedback(Feedback<'a>),
    /// Packet type 207.
    ExtendedReport(ExtendedReport<'a>),
    /// Any other type, or contents too short for their type.
    Unknown {
        /// The packet type octet.
        packet_type: u8,
    },
}

/// The packets of a datagram that passed [`check`]; stops at the first octet that is not there.
pub fn packets(captured: &[u8]) -> Packets<'_> {
    Packets { rest: captured }
}

/// Iterator of [`packets`].
#[derive(Clone, Debug)]
pub struct Packets<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Packets<'a> {
    type Item = RtcpPacket<'a>;

    fn next(&mut self) -> Option<RtcpPacket<'a>> {
        let header = Header::read(self.rest)?;
        let end = header.len().min(self.rest.len());
        let (packet, rest) = self.rest.split_at_checked(end)?;
        self.rest = rest;
        let mut body = packet.get(4..)?;
        if header.padding {
            let pad = body.last().map_or(0, |n| usize::from(*n));
            body = body.get(..body.len().saturating_sub(pad))?;
        }
        let count = header.count;
        let parsed = match header.packet_type {
            200 => SenderReport::parse(count, body).map(RtcpPacket::SenderReport),
            201 => ReceiverReport::parse(count, body).map(RtcpPacket::ReceiverReport),
            202 => Some(RtcpPacket::Sdes(Sdes::new(count, body))),
            203 => Some(RtcpPacket::Bye(Bye::new(count, body))),
            204 => App::parse(count, body).map(RtcpPacket::App),
            205 | 206 => Feedback::parse(header.packet_type, count, body).map(RtcpPacket::Feedback),
            207 => ExtendedReport::parse(body).map(RtcpPacket::ExtendedReport),
            _ => None,
        };
        Some(parsed.unwrap_or(RtcpPacket::Unknown {
            packet_type: header.packet_type,
        }))
    }
}

fn read_ssrc(bytes: &[u8]) -> Option<Ssrc> {
    read_u32(bytes, 0).map(Ssrc)
}

fn read_u32(bytes: &[u8], at: usize) -> Option<u32> {
    let word = bytes.get(at..)?.first_chunk::<4>()?;
    Some(u32::from_be_bytes(*word))
}

fn read_u16(bytes: &[u8], at: usize) -> Option<u16> {
    let half = bytes.get(at..)?.first_chunk::<2>()?;
    Some(u16::from_be_bytes(*half))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SR of 0x11 with no blocks, then SDES with CNAME "a@b" for it.
    pub(super) fn sr_sdes() -> Vec<u8> {
        let mut v = vec![0x80, 200, 0, 6];
        v.extend(0x11u32.to_be_bytes());
        v.extend([0; 20]);
        v.extend([0x81, 202, 0, 3]);
        v.extend(0x11u32.to_be_bytes());
        v.extend(b"\x01\x03a@b\0\0\0");
        v
    }

    #[test]
    fn a_compound_is_walked_packet_by_packet() {
        let v = sr_sdes();
        assert_eq!(check(&v, v.len() as u32), Some(Validity::Compound(2)));
        let kinds: Vec<_> = packets(&v).collect();
        assert!(matches!(kinds[0], RtcpPacket::SenderReport(_)));
        assert!(matches!(kinds[1], RtcpPacket::Sdes(_)));
        assert_eq!(kinds.len(), 2);
    }

    #[test]
    fn lengths_that_do_not_add_up_leave_only_the_header() {
        let mut v = sr_sdes();
        v.extend([0x5a; 14]); // an SRTCP index and an 80-bit tag
        assert_eq!(check(&v, v.len() as u32), Some(Validity::HeaderOnly));
        assert_eq!(check(&v[..28], 28), Some(Validity::Compound(1)));
        // The first packet longer than the datagram: not RTCP at all.
        assert_eq!(check(&[0x80, 200, 0, 9, 0, 0, 0, 1], 8), None);
    }

    #[test]
    fn a_sender_that_appends_two_octets_is_read() {
        let mut v = sr_sdes();
        v.extend([0; 2]);
        assert_eq!(check(&v, v.len() as u32), Some(Validity::Compound(2)));
        assert_eq!(flaw(&v, v.len() as u32), Some(Flaw::Trailing));
        assert_eq!(check(&v[..29], v.len() as u32), Some(Validity::HeaderOnly));
    }

    #[test]
    fn the_index_before_the_tag_tells_srtcp_from_broken_lengths() {
        let mut v = sr_sdes();
        v.extend([0x80, 0, 0, 5]); // E, index 5
        v.extend([0x5a; 10]);
        assert_eq!(check(&v, v.len() as u32), Some(Validity::HeaderOnly));
        assert!(looks_enciphered(&v));
        let mut v = sr_sdes();
        v.extend([0x5a; 12]);
        assert!(!looks_enciphered(&v));
    }

    #[test]
    fn feedback_alone_is_reduced_size() {
        let nack = [0x81, 205, 0, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 9, 0, 0];
        assert_eq!(check(&nack, 16), Some(Validity::ReducedSize(1)));
    }

    #[test]
    fn padding_before_the_last_packet_is_not_a_compound() {
        let mut v = sr_sdes();
        v[0] |= 0x20;
        // The rest may still be SRTCP, so the header stands.
        assert_eq!(check(&v, v.len() as u32), Some(Validity::HeaderOnly));
    }
}
