//! The RTP fixed header (RFC 3550 §5.1) and its validity check (A.1).

use crate::types::{PayloadType, RtpTicks, SeqNo, Ssrc};

/// The length of the header without CSRC list and extension.
pub(crate) const FIXED_LEN: usize = 12;

/// An RTP header and where its payload stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RtpHeader {
    /// Always 2.
    pub version: u8,
    /// The P bit: padding octets follow the payload.
    pub padding: bool,
    /// The X bit: one header extension follows the CSRC list.
    pub extension: bool,
    /// Number of contributing sources that a mixer lists, 0 to 15.
    pub csrc_count: u8,
    /// The M bit; its meaning is the profile's (RFC 3551 §4.1: start of a talkspurt).
    pub marker: bool,
    /// The PT field: what it means, the session description or RFC 3551 says.
    pub payload_type: PayloadType,
    /// Goes up by one a packet and wraps at 16 bits.
    pub seq: SeqNo,
    /// Sampling instant in ticks of the payload's clock.
    pub timestamp: RtpTicks,
    /// Names the source within the RTP session; chosen at random by the sender.
    pub ssrc: Ssrc,
    /// Octets before the payload: fixed header, CSRC list, extension.
    pub header_len: u32,
    /// Octets of payload on the wire, padding removed. Where the capture cut the last octet off,
    /// the padding is unknown and counts as payload.
    pub payload_len: u32,
}

impl RtpHeader {
    /// Reads a header out of `captured`, the part the capture kept of a datagram of `wire_len` octets.
    /// `None` unless A.1 holds: version 2, a payload type that is not one of RTCP's (72 to 76), CSRC
    /// list and extension that fit, and a padding count that fits.
    #[inline]
    pub fn parse(captured: &[u8], wire_len: u32) -> Option<RtpHeader> {
        Self::read(captured, wire_len, true)
    }

    /// As [`parse`](Self::parse), for a stream known to be RTP: a padding count that does not fit is
    /// taken as payload. SRTP enciphers the padding and ends in its tag (RFC 3711 §3.1), so the last
    /// octet says nothing there.
    #[inline]
    pub fn parse_known(captured: &[u8], wire_len: u32) -> Option<RtpHeader> {
        Self::read(captured, wire_len, false)
    }

    #[inline]
    fn read(captured: &[u8], wire_len: u32, check_padding: bool) -> Option<RtpHeader> {
        let fixed = captured.first_chunk::<FIXED_LEN>()?;
        let [b0, b1, s0, s1, t0, t1, t2, t3, c0, c1, c2, c3] = *fixed;
        let payload_type = PayloadType::from_header_octet(b1);
        if b0 >> 6 != 2 || (72..=76).contains(&payload_type.get()) {
            return None;
        }
        // A datagram is at least as long as what was captured of it.
        let wire_len = u64::from(wire_len).max(captured.len() as u64);
        let csrc_count = b0 & 0x0f;
        let mut header_len = FIXED_LEN as u64 + 4 * u64::from(csrc_count);
        let extension = b0 & 0x10 != 0;
        if extension {
            let words = usize::try_from(header_len)
                .ok()
                .and_then(|at| captured.get(at + 2..at + 4))
                .map_or(0, |w| w.iter().fold(0u64, |n, b| n << 8 | u64::from(*b)));
            header_len += 4 + 4 * words;
        }
        let mut payload_len = wire_len.checked_sub(header_len)?;
        let padding = b0 & 0x20 != 0;
        if padding && captured.len() as u64 == wire_len {
            let count = captured.last().map_or(0, |b| u64::from(*b));
            match payload_len.checked_sub(count) {
                Some(rest) if count > 0 => payload_len = rest,
                _ if check_padding => return None,
                _ => {}
            }
        }
        Some(RtpHeader {
            version: 2,
            padding,
            extension,
            csrc_count,
            marker: b1 & 0x80 != 0,
            payload_type,
            seq: SeqNo(u16::from_be_bytes([s0, s1])),
            timestamp: RtpTicks(u32::from_be_bytes([t0, t1, t2, t3])),
            ssrc: Ssrc(u32::from_be_bytes([c0, c1, c2, c3])),
            // `wire_len` is a u32 or a slice's length below it; both lengths are within it.
            header_len: u32::try_from(header_len).ok()?,
            payload_len: u32::try_from(payload_len).ok()?,
        })
    }

    /// The payload octets the capture kept of it.
    pub fn payload<'a>(&self, captured: &'a [u8]) -> &'a [u8] {
        let start = self.header_len as usize;
        let end = start.saturating_add(self.payload_len as usize);
        captured
            .get(start..end.min(captured.len()))
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(b0: u8, tail: &[u8]) -> Vec<u8> {
        let mut v = vec![b0, 0x80, 0x01, 0x02, 0, 0, 3, 0xe8, 0, 0, 0x12, 0x34];
        v.extend_from_slice(tail);
        v
    }

    #[test]
    fn a_plain_header_is_read_field_by_field() {
        let p = packet(0x80, &[1, 2, 3]);
        let h = RtpHeader::parse(&p, 15).unwrap();
        assert_eq!(
            (h.seq, h.timestamp, h.ssrc),
            (SeqNo(0x102), RtpTicks(1000), Ssrc(0x1234))
        );
        assert!(h.marker && !h.padding && !h.extension);
        assert_eq!((h.header_len, h.payload_len), (12, 3));
        assert_eq!(h.payload(&p), &[1, 2, 3]);
    }

    #[test]
    fn csrc_list_and_extension_are_header_and_padding_is_neither() {
        // CC=1 (4 octets), X with 1 word (8 octets), payload 2, padding 3.
        let p = packet(
            0xb1,
            &[9, 9, 9, 9, 0xbe, 0xde, 0, 1, 0, 0, 0, 0, 7, 8, 0, 0, 3],
        );
        let h = RtpHeader::parse(&p, p.len() as u32).unwrap();
        assert_eq!((h.header_len, h.payload_len), (24, 2));
        assert_eq!(h.payload(&p), &[7, 8]);
    }

    #[test]
    fn a_padding_count_beyond_the_payload_is_not_rtp_unless_the_stream_is_known() {
        let p = packet(0xa0, &[1, 2, 200]);
        assert_eq!(RtpHeader::parse(&p, 15), None);
        assert_eq!(RtpHeader::parse_known(&p, 15).unwrap().payload_len, 3);
        let zero = packet(0xa0, &[1, 2, 0]);
        assert_eq!(RtpHeader::parse(&zero, 15), None);
    }

    #[test]
    fn a_packet_cut_after_the_header_keeps_its_wire_length() {
        let p = packet(0x80, &[]);
        let h = RtpHeader::parse(&p, 172).unwrap();
        assert_eq!((h.payload_len, h.payload(&p).len()), (160, 0));
    }

    #[test]
    fn what_a1_refuses_is_refused() {
        assert_eq!(RtpHeader::parse(&packet(0x40, &[0; 20]), 32), None); // version 1
        assert_eq!(RtpHeader::parse(&packet(0x8f, &[0; 20]), 32), None); // 15 CSRC in 20 octets
        let mut sr = packet(0x80, &[0; 20]);
        sr[1] = 200; // an RTCP sender report read as marker + 72
        assert_eq!(RtpHeader::parse(&sr, 32), None);
        assert_eq!(RtpHeader::parse(&[0x80; 11], 11), None);
        // An extension longer than the datagram.
        let long = packet(0x90, &[0xbe, 0xde, 0xff, 0xff, 0, 0]);
        assert_eq!(RtpHeader::parse(&long, 18), None);
    }
}
