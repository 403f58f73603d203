//! IPsec ESP (RFC 4303), readable where the cipher is NULL (RFC 2410) as IMS networks use it for SIP.
//! Nothing in the packet says so; the trailer is looked for at the places the usual check values leave, and what
//! it describes has to fit to the byte (RFC 5879 does the same).

use super::super::bytes::be16;
use super::super::carry::Carry;
use super::super::decoded::{Decoded, IpMeta, OtherKind};
use super::super::stack::Layer;
use super::super::{ip, transport};
use super::{len32, too_deep};
use crate::types::HostAddr;
use etherparse::TcpHeaderSlice;
use std::net::IpAddr;

const HEADER_LEN: usize = 8;
const IPV4: u8 = 4;
const IPV6: u8 = 41;
/// Lengths of the check value: HMAC-MD5/SHA1-96, SHA-256-128, SHA-384-192, SHA-512-256, none.
const CHECK_LENGTHS: [usize; 5] = [12, 16, 24, 32, 0];

pub(super) fn decode<'a>(outer: &IpMeta, bytes: &'a [u8], cut: u32) -> Option<Decoded<'a>> {
    let Some((protocol, inner)) = null_cipher(outer, bytes, cut) else {
        return Some(Decoded::Other(OtherKind::Esp));
    };
    let mut outer = *outer;
    outer.stack = outer.stack.with(Layer::Esp);
    Some(if matches!(protocol, IPV4 | IPV6) {
        match Carry::inside(&outer, outer.stack, inner, 0) {
            Some(carry) => ip::packet(&carry, inner),
            None => too_deep(),
        }
    } else {
        // The transport payload may not lead back here for ever.
        outer.depth += 1;
        transport::payload(&outer, protocol, inner, 0)
    })
}

/// ESP through NATs on port 4500 (RFC 3948); stays a datagram where it cannot be read.
pub(super) fn decode_in_udp<'a>(outer: &IpMeta, bytes: &'a [u8], cut: u32) -> Option<Decoded<'a>> {
    // Four zero octets mark IKE.
    if bytes.starts_with(&[0; 4]) {
        return None;
    }
    match decode(outer, bytes, cut) {
        Some(Decoded::Other(_)) => None,
        decoded => decoded,
    }
}

fn null_cipher<'a>(outer: &IpMeta, bytes: &'a [u8], cut: u32) -> Option<(u8, &'a [u8])> {
    if cut > 0 || outer.depth >= super::super::carry::MAX_DEPTH {
        return None;
    }
    let body = bytes.get(HEADER_LEN..)?;
    CHECK_LENGTHS.into_iter().find_map(|check_len| {
        let sealed = body.get(..body.len().checked_sub(check_len)?)?;
        let [rest @ .., pad_len, protocol] = sealed else {
            return None;
        };
        let (pad_len, protocol) = (*pad_len, *protocol);
        let (inner, padding) =
            rest.split_at_checked(rest.len().checked_sub(usize::from(pad_len))?)?;
        // Padding counts 1, 2, 3 (RFC 4303 §2.4).
        let counts = padding
            .iter()
            .zip(1u8..)
            .all(|(octet, count)| *octet == count);
        (counts && fits(outer, protocol, inner)).then_some((protocol, inner))
    })
}

fn fits(outer: &IpMeta, protocol: u8, inner: &[u8]) -> bool {
    let len = len32(inner);
    match protocol {
        transport::UDP => inner.len() >= 8 && be16(inner, 4).map(u32::from) == Some(len),
        transport::TCP => tcp_checksum_holds(outer.src, outer.dst, inner),
        IPV4 => inner.first() == Some(&0x45) && be16(inner, 2).map(u32::from) == Some(len),
        IPV6 => {
            inner.first().is_some_and(|octet| octet >> 4 == 6)
                && be16(inner, 4).map(|payload| u32::from(payload) + 40) == Some(len)
        }
        _ => false,
    }
}

/// TCP has no length of its own, but its checksum was computed before encryption.
fn tcp_checksum_holds(src: HostAddr, dst: HostAddr, inner: &[u8]) -> bool {
    let Ok(header) = TcpHeaderSlice::from_slice(inner) else {
        return false;
    };
    let Some(payload) = inner.get(header.slice().len()..) else {
        return false;
    };
    let computed = match (src.ip(), dst.ip()) {
        (IpAddr::V4(src), IpAddr::V4(dst)) => {
            header.calc_checksum_ipv4_raw(src.octets(), dst.octets(), payload)
        }
        (IpAddr::V6(src), IpAddr::V6(dst)) => {
            header.calc_checksum_ipv6_raw(src.octets(), dst.octets(), payload)
        }
        _ => return false,
    };
    computed.is_ok_and(|sum| sum == header.checksum())
}
