//! IPv4 (RFC 791) and IPv6 (RFC 8200) headers.

use super::bytes::len32;
use super::carry::Carry;
use super::decoded::{Decoded, Fragment, IpMeta, UndecodedReason};
use super::stack::Layer;
use super::{ipv6_extensions, transport};
use crate::types::HostAddr;

const MORE_FRAGMENTS: u16 = 0x2000;
const OFFSET_MASK: u16 = 0x1fff;

/// Decodes an IP packet by its version nibble.
pub(super) fn packet<'a>(carry: &Carry, bytes: &'a [u8]) -> Decoded<'a> {
    straight(carry, bytes)
}

/// The same, made part of its caller.
#[inline(always)]
pub(super) fn straight<'a>(carry: &Carry, bytes: &'a [u8]) -> Decoded<'a> {
    match bytes.first().map(|octet| octet >> 4) {
        Some(4) => v4(carry, bytes),
        Some(6) => v6(carry, bytes),
        Some(_) => Decoded::Undecoded(UndecodedReason::BadIpVersion),
        None => Decoded::Undecoded(UndecodedReason::ShortIpHeader),
    }
}

#[inline(always)]
fn v4<'a>(carry: &Carry, bytes: &'a [u8]) -> Decoded<'a> {
    let Some(h) = bytes.first_chunk::<20>() else {
        return Decoded::Undecoded(UndecodedReason::ShortIpHeader);
    };
    let header_len = usize::from(h[0] & 0x0f) * 4;
    if header_len < 20 {
        return Decoded::Undecoded(UndecodedReason::BadIpHeaderLength);
    }
    // A length of 0 is what segmentation offload leaves for the card to fill in.
    let ip_bytes = match u32::from(u16::from_be_bytes([h[2], h[3]])) {
        0 => len32(bytes).saturating_add(carry.cut),
        total => total,
    };
    if (ip_bytes as usize) < header_len {
        return Decoded::Undecoded(UndecodedReason::BadIpLength);
    }
    let end = bytes.len().min(ip_bytes as usize);
    let Some(payload) = bytes.get(header_len..end) else {
        return Decoded::Undecoded(UndecodedReason::ShortIpHeader);
    };
    let cut = ip_bytes.saturating_sub(len32(bytes));
    let id = u16::from_be_bytes([h[4], h[5]]);
    let ip = IpMeta {
        src: HostAddr::v4([h[12], h[13], h[14], h[15]]),
        dst: HostAddr::v4([h[16], h[17], h[18], h[19]]),
        scope: carry.scope,
        ip_id: (id != 0).then_some(u32::from(id)),
        ttl: h[8],
        dscp: h[1] >> 2,
        ip_bytes,
        link_bytes: carry.link_bytes,
        link_print: carry.link_print,
        stack: carry.stack.with(Layer::Ipv4),
        depth: carry.depth,
    };
    let flags = u16::from_be_bytes([h[6], h[7]]);
    if flags & (MORE_FRAGMENTS | OFFSET_MASK) != 0 {
        return fragment(&ip, h[9], flags, id, payload, cut);
    }
    transport::payload(&ip, h[9], payload, cut)
}

#[cold]
fn fragment<'a>(
    ip: &IpMeta,
    protocol: u8,
    flags: u16,
    id: u16,
    payload: &'a [u8],
    cut: u32,
) -> Decoded<'a> {
    Decoded::Fragment(Fragment {
        ip: *ip,
        v6: false,
        protocol,
        id: u32::from(id),
        offset: u32::from(flags & OFFSET_MASK) * 8,
        more: flags & MORE_FRAGMENTS != 0,
        payload,
        wire_payload_len: len32(payload).saturating_add(cut),
    })
}

#[inline(always)]
fn v6<'a>(carry: &Carry, bytes: &'a [u8]) -> Decoded<'a> {
    let Some((h, rest)) = bytes.split_first_chunk::<40>() else {
        return Decoded::Undecoded(UndecodedReason::ShortIpHeader);
    };
    // A length of 0 is a jumbogram (RFC 2675) or segmentation offload; "no next header" has none.
    let payload_len = match (u32::from(u16::from_be_bytes([h[4], h[5]])), h[6]) {
        (0, ipv6_extensions::NO_NEXT_HEADER) => 0,
        (0, _) => len32(rest).saturating_add(carry.cut),
        (len, _) => len,
    };
    let payload = rest.get(..payload_len as usize).unwrap_or(rest);
    let cut = payload_len.saturating_sub(len32(payload));
    let mut src = [0; 16];
    let mut dst = [0; 16];
    src.copy_from_slice(&h[8..24]);
    dst.copy_from_slice(&h[24..40]);
    let ip = IpMeta {
        src: HostAddr::v6(src),
        dst: HostAddr::v6(dst),
        scope: carry.scope,
        ip_id: None,
        ttl: h[7],
        dscp: (u16::from_be_bytes([h[0], h[1]]) >> 6 & 0x3f) as u8, // six bits
        ip_bytes: payload_len.saturating_add(40),
        link_bytes: carry.link_bytes,
        link_print: carry.link_print,
        stack: carry.stack.with(Layer::Ipv6),
        depth: carry.depth,
    };
    if matches!(h[6], transport::UDP | transport::TCP) {
        return transport::payload(&ip, h[6], payload, cut);
    }
    ipv6_extensions::resume(&ip, h[6], payload, cut)
}
