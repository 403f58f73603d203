//! ICMP (RFC 792) and ICMPv6 (RFC 4443) errors and the packet they quote.

use super::bytes::be32;
use super::decoded::{Decoded, IcmpError, IpMeta, OtherKind};
use super::ipv6_extensions::fragment_offset;
use super::transport;
use etherparse::LaxIpSlice;

/// Types that report a packet's fate: unreachable, source quench, redirect, time exceeded, parameter problem.
const V4_ERRORS: [u8; 5] = [3, 4, 5, 11, 12];
/// Unreachable, packet too big, time exceeded, parameter problem.
const V6_ERRORS: [u8; 4] = [1, 2, 3, 4];

/// Decodes an ICMP message.
pub(super) fn v4<'a>(ip: &IpMeta, bytes: &'a [u8]) -> Decoded<'a> {
    error(ip, false, &V4_ERRORS, bytes).map_or(Decoded::Other(OtherKind::Icmp), Decoded::Icmp)
}

/// Decodes an ICMPv6 message.
pub(super) fn v6<'a>(ip: &IpMeta, bytes: &'a [u8]) -> Decoded<'a> {
    error(ip, true, &V6_ERRORS, bytes).map_or(Decoded::Other(OtherKind::Icmp), Decoded::Icmp)
}

fn error<'a>(ip: &IpMeta, v6: bool, errors: &[u8], bytes: &'a [u8]) -> Option<IcmpError<'a>> {
    let (&kind, &code) = (bytes.first()?, bytes.get(1)?);
    if !errors.contains(&kind) {
        return None;
    }
    // Quoted packets are cut on purpose (RFC 792: 8 bytes after the header), hence the lax slice.
    let quoted_packet = bytes.get(8..)?;
    let (quoted_ip, _) = LaxIpSlice::from_slice(quoted_packet).ok()?;
    // A later fragment has no ports to tell.
    if is_later_fragment(&quoted_ip, quoted_packet) {
        return None;
    }
    let protocol = quoted_ip.payload_ip_number().0;
    if !transport::has_ports(protocol) {
        return None;
    }
    let quoted_bytes = quoted_ip.payload().payload;
    let (src, dst) = transport::ports(quoted_bytes)?;
    let header_len = match protocol {
        transport::TCP => usize::from(quoted_bytes.get(12).map_or(0, |octet| octet >> 4)) * 4,
        transport::SCTP => 12,
        _ => 8,
    };
    let mut quoted = ip.flow(src, dst);
    quoted.src.addr = quoted_ip.source_addr().into();
    quoted.dst.addr = quoted_ip.destination_addr().into();
    Some(IcmpError {
        ip: *ip,
        v6,
        kind,
        code,
        info: be32(bytes, 4)?,
        quoted,
        quoted_protocol: protocol,
        quoted_payload: quoted_bytes.get(header_len..).unwrap_or_default(),
    })
}

fn is_later_fragment(ip: &LaxIpSlice<'_>, bytes: &[u8]) -> bool {
    match ip {
        LaxIpSlice::Ipv4(v4) => v4.header().fragments_offset().value() != 0,
        // Walked here: etherparse's iterator trusts headers its lax slice has left out as too short.
        LaxIpSlice::Ipv6(v6) => {
            let headers = bytes.get(v6.header().slice().len()..).unwrap_or_default();
            fragment_offset(v6.header().next_header().0, headers).is_some_and(|offset| offset != 0)
        }
    }
}
