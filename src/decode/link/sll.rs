//! Linux cooked captures, as the "any" device makes them (LINKTYPE_LINUX_SLL, LINKTYPE_LINUX_SLL2).

use super::super::bytes::{be16, be32};
use super::super::carry::{Carry, NOMINAL_LINK_BYTES};
use super::super::decoded::{Decoded, OtherKind};
use super::super::ip;
use super::super::stack::Layer;
use super::{ethernet, short};
use crate::types::mix;

/// Protocol numbers of the kernel's own, below the Ethernet types.
const NOVELL_RAW: u16 = 0x0001;
const LLC: u16 = 0x0004;
/// ARPHRD_* whose packets are no Ethernet-typed payload.
const NETLINK: u16 = 824;
const RADIOTAP: u16 = 803;
/// ARPHRD_* of devices without a link header: tun, IP-in-IP, SIT, raw (where the protocol may be 0).
const IP_DEVICES: [u16; 4] = [65534, 768, 776, 519];

/// Version 1: packet type, ARPHRD, address length, address (8), protocol.
pub(super) fn v1<'a>(mut carry: Carry, bytes: &'a [u8]) -> Decoded<'a> {
    let Some((h, rest)) = bytes.split_first_chunk::<16>() else {
        return short();
    };
    let [
        t0,
        t1,
        hw0,
        hw1,
        _,
        _,
        a0,
        a1,
        a2,
        a3,
        a4,
        a5,
        a6,
        a7,
        p0,
        p1,
    ] = *h;
    carry.link_print = mix(
        u64::from_be_bytes([0, 0, 0, 0, t0, t1, hw0, hw1]),
        u64::from_be_bytes([a0, a1, a2, a3, a4, a5, a6, a7]),
    );
    carry.stack = carry.stack.with(Layer::Sll);
    payload(
        carry,
        u16::from_be_bytes([hw0, hw1]),
        u16::from_be_bytes([p0, p1]),
        rest,
    )
}

/// Version 2: protocol, reserved, interface index, ARPHRD, packet type, address length, address (8).
pub(super) fn v2<'a>(mut carry: Carry, bytes: &'a [u8]) -> Decoded<'a> {
    let (Some(protocol), Some(interface), Some(hardware), Some(kind), Some(rest)) = (
        be16(bytes, 0),
        be32(bytes, 4),
        be16(bytes, 8),
        bytes.get(10),
        bytes.get(20..),
    ) else {
        return short();
    };
    let address =
        u64::from(be32(bytes, 12).unwrap_or(0)) << 32 | u64::from(be32(bytes, 16).unwrap_or(0));
    carry.link_print = mix(u64::from(interface) << 32 | u64::from(*kind), address);
    carry.stack = carry.stack.with(Layer::Sll2);
    payload(carry, hardware, protocol, rest)
}

fn payload<'a>(mut carry: Carry, hardware: u16, protocol: u16, bytes: &'a [u8]) -> Decoded<'a> {
    carry.link_bytes = NOMINAL_LINK_BYTES;
    match (hardware, protocol) {
        (NETLINK, _) => Decoded::Other(OtherKind::NotNetwork),
        (RADIOTAP, _) => super::wifi::radiotap(carry, bytes),
        (_, NOVELL_RAW) => Decoded::Other(OtherKind::EtherType(protocol)),
        (_, LLC) => ethernet::llc(carry, bytes),
        (hardware, 0) if IP_DEVICES.contains(&hardware) => ip::packet(&carry, bytes),
        (_, kind) if kind < 0x0600 => Decoded::Other(OtherKind::EtherType(kind)),
        (_, kind) => ethernet::ether_type(carry, kind, bytes),
    }
}
