//! BSD loopback: four octets of address family, then IP (LINKTYPE_NULL, LINKTYPE_LOOP).

use super::super::carry::{Carry, NOMINAL_LINK_BYTES};
use super::super::decoded::{Decoded, OtherKind};
use super::super::ip;
use super::super::stack::Layer;
use super::short;

/// AF_INET everywhere; AF_INET6 of Linux, NetBSD/OpenBSD, FreeBSD, macOS. Windows (23) as well.
const FAMILIES: [u32; 6] = [2, 10, 23, 24, 28, 30];

/// The family in the byte order of the machine that captured, which the file does not tell.
pub(super) fn host_order<'a>(carry: Carry, bytes: &'a [u8]) -> Decoded<'a> {
    let Some((word, rest)) = bytes.split_first_chunk::<4>() else {
        return short();
    };
    let family = u32::from_le_bytes(*word);
    payload(
        carry,
        // Families are small numbers, so a big one is a small one read backwards.
        if family > 0xffff {
            family.swap_bytes()
        } else {
            family
        },
        rest,
    )
}

/// The family in network order.
pub(super) fn network_order<'a>(carry: Carry, bytes: &'a [u8]) -> Decoded<'a> {
    match bytes.split_first_chunk::<4>() {
        Some((word, rest)) => payload(carry, u32::from_be_bytes(*word), rest),
        None => short(),
    }
}

fn payload<'a>(mut carry: Carry, family: u32, bytes: &'a [u8]) -> Decoded<'a> {
    carry.link_bytes = NOMINAL_LINK_BYTES;
    carry.stack = carry.stack.with(Layer::Null);
    if FAMILIES.contains(&family) {
        ip::packet(&carry, bytes)
    } else {
        Decoded::Other(OtherKind::NotNetwork)
    }
}
