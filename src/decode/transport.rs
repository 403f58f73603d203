//! UDP (RFC 768), TCP (RFC 9293) and the other protocols an IP header can name.

use super::bytes::{be16, len32};
use super::decoded::{Datagram, Decoded, IpMeta, OtherKind, Segment, UndecodedReason};
use super::stack::Layer;
use super::{icmp, ipv6_extensions, sctp, tunnel};

pub(super) const ICMP: u8 = 1;
pub(super) const IGMP: u8 = 2;
pub(super) const TCP: u8 = 6;
pub(super) const UDP: u8 = 17;
pub(super) const ICMPV6: u8 = 58;
pub(super) const SCTP: u8 = 132;
pub(super) const UDP_LITE: u8 = 136;
const AUTHENTICATION: u8 = 51;

/// Decodes an IP payload, of which the capture lacks the last `cut` bytes.
#[inline(always)]
pub(super) fn payload<'a>(ip: &IpMeta, protocol: u8, bytes: &'a [u8], cut: u32) -> Decoded<'a> {
    match protocol {
        UDP => udp(ip, bytes, cut),
        TCP => tcp(ip, bytes, cut),
        other => rare(ip, other, bytes, cut),
    }
}

/// True for the protocols whose header starts with two ports.
pub(super) const fn has_ports(protocol: u8) -> bool {
    matches!(protocol, TCP | UDP | SCTP | UDP_LITE)
}

/// The ports such a header starts with.
pub(super) fn ports(bytes: &[u8]) -> Option<(u16, u16)> {
    Some((be16(bytes, 0)?, be16(bytes, 2)?))
}

#[inline(always)]
fn udp<'a>(ip: &IpMeta, bytes: &'a [u8], cut: u32) -> Decoded<'a> {
    let Some((h, rest)) = bytes.split_first_chunk::<8>() else {
        return Decoded::Undecoded(UndecodedReason::ShortUdpHeader);
    };
    let available = len32(rest).saturating_add(cut);
    // A length of 0 is a jumbogram (RFC 2675 §4): the payload is what the IP header left.
    let wire_payload_len = match u32::from(u16::from_be_bytes([h[4], h[5]])) {
        0 => available,
        len @ 8.. if len - 8 <= available => len - 8,
        _ => return Decoded::Undecoded(UndecodedReason::BadUdpLength),
    };
    let (src, dst) = (
        u16::from_be_bytes([h[0], h[1]]),
        u16::from_be_bytes([h[2], h[3]]),
    );
    let payload = rest.get(..wire_payload_len as usize).unwrap_or(rest);
    if tunnel::is_udp_tunnel_port(src, dst)
        && let Some(inner) = inside_udp(ip, (src, dst), payload, wire_payload_len)
    {
        return inner;
    }
    // Built where it is returned: one more copy of it is felt in the run time.
    Decoded::Udp(Datagram {
        meta: ip.with_ports(src, dst, ip.stack.with(Layer::Udp)),
        payload,
        wire_payload_len,
        checksum: u16::from_be_bytes([h[6], h[7]]),
    })
}

#[cold]
fn inside_udp<'a>(
    ip: &IpMeta,
    (src, dst): (u16, u16),
    payload: &'a [u8],
    wire_payload_len: u32,
) -> Option<Decoded<'a>> {
    tunnel::inside_udp(
        ip,
        &Datagram {
            meta: ip.with_ports(src, dst, ip.stack.with(Layer::Udp)),
            payload,
            wire_payload_len,
            checksum: 0, // of the outer header, which no tunnel asks for
        },
    )
}

#[inline]
fn tcp<'a>(ip: &IpMeta, bytes: &'a [u8], cut: u32) -> Decoded<'a> {
    let Some(h) = bytes.first_chunk::<20>() else {
        return Decoded::Undecoded(UndecodedReason::ShortTcpHeader);
    };
    let header_len = u32::from(h[12] >> 4) * 4;
    let wire_len = len32(bytes).saturating_add(cut);
    if header_len < 20 || header_len > wire_len {
        return Decoded::Undecoded(UndecodedReason::BadTcpHeaderLength);
    }
    let flags = h[13];
    Decoded::Tcp(Segment {
        meta: ip.with_ports(
            u16::from_be_bytes([h[0], h[1]]),
            u16::from_be_bytes([h[2], h[3]]),
            ip.stack.with(Layer::Tcp),
        ),
        seq: u32::from_be_bytes([h[4], h[5], h[6], h[7]]),
        ack: (flags & 0x10 != 0).then(|| u32::from_be_bytes([h[8], h[9], h[10], h[11]])),
        syn: flags & 0x02 != 0,
        fin: flags & 0x01 != 0,
        rst: flags & 0x04 != 0,
        payload: bytes.get(header_len as usize..).unwrap_or_default(),
        wire_payload_len: wire_len - header_len,
    })
}

#[cold]
fn rare<'a>(ip: &IpMeta, protocol: u8, bytes: &'a [u8], cut: u32) -> Decoded<'a> {
    match protocol {
        ICMP => icmp::v4(ip, bytes),
        ICMPV6 => icmp::v6(ip, bytes),
        SCTP => sctp::packet(ip, bytes),
        UDP_LITE => udp_lite(ip, bytes, cut),
        IGMP => Decoded::Other(OtherKind::Igmp),
        AUTHENTICATION => ipv6_extensions::resume(ip, protocol, bytes, cut),
        _ => tunnel::inside_ip(ip, protocol, bytes, cut)
            .unwrap_or(Decoded::Other(OtherKind::IpProtocol(protocol))),
    }
}

/// UDP-Lite (RFC 3828): the length field tells what the checksum covers, the payload is all there is.
fn udp_lite<'a>(ip: &IpMeta, bytes: &'a [u8], cut: u32) -> Decoded<'a> {
    let Some((h, rest)) = bytes.split_first_chunk::<8>() else {
        return Decoded::Undecoded(UndecodedReason::ShortUdpHeader);
    };
    Decoded::Udp(Datagram {
        meta: ip.with_ports(
            u16::from_be_bytes([h[0], h[1]]),
            u16::from_be_bytes([h[2], h[3]]),
            ip.stack.with(Layer::UdpLite),
        ),
        payload: rest,
        wire_payload_len: len32(rest).saturating_add(cut),
        checksum: u16::from_be_bytes([h[6], h[7]]),
    })
}
