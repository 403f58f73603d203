//! Encapsulated remote SPAN (draft-foschiano-erspan): a switch's mirror of somebody else's frames, inside GRE.
//! The session id names the mirror, not the network, so it stays out of the scope.

use super::super::bytes::{be16, be32};
use super::super::carry::Carry;
use super::super::decoded::{Decoded, OtherKind, UndecodedReason};
use super::super::stack::Layer;
use super::super::{ip, link};
use super::short;

const SESSION_MASK: u16 = 0x03ff;

/// Type II: version 1, VLAN, session, index; eight octets.
pub(super) fn version_2<'a>(carry: Carry, bytes: &'a [u8]) -> Decoded<'a> {
    frame(carry, bytes, 1, 8, link::ethernet)
}

/// Type III: version 2, VLAN, session, timestamp, flags; twelve octets, with flag O eight more.
pub(super) fn version_3<'a>(carry: Carry, bytes: &'a [u8]) -> Decoded<'a> {
    let Some(flags) = be32(bytes, 8) else {
        return short();
    };
    let header_len = if flags & 1 != 0 { 20 } else { 12 };
    // The frame type's five bits: 0 is Ethernet, 2 is IP.
    match flags >> 10 & 0x1f {
        0 => frame(carry, bytes, 2, header_len, link::ethernet),
        2 => frame(carry, bytes, 2, header_len, |carry, inner| {
            ip::packet(&carry, inner)
        }),
        _ => Decoded::Other(OtherKind::Llc),
    }
}

fn frame<'a>(
    mut carry: Carry,
    bytes: &'a [u8],
    version: u8,
    header_len: usize,
    decode: fn(Carry, &'a [u8]) -> Decoded<'a>,
) -> Decoded<'a> {
    let (Some(first), Some(session), Some(inner)) =
        (bytes.first(), be16(bytes, 2), bytes.get(header_len..))
    else {
        return short();
    };
    if first >> 4 != version {
        return Decoded::Undecoded(UndecodedReason::BadTunnelHeader);
    }
    carry.stack = carry
        .stack
        .with_id(Layer::Erspan, u32::from(session & SESSION_MASK));
    carry.add_link_bytes(header_len);
    decode(carry, inner)
}
