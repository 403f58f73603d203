//! PPP (RFC 1661), in HDLC-like framing (RFC 1662) or PPPoE (RFC 2516).

use super::super::bytes::be16;
use super::super::carry::{Carry, NOMINAL_LINK_BYTES};
use super::super::decoded::{Decoded, OtherKind, UndecodedReason};
use super::super::stack::Layer;
use super::super::{ip, tunnel};
use super::short;

const IPV4: u16 = 0x0021;
const IPV6: u16 = 0x0057;
const BRIDGED: u16 = 0x0031;
const MPLS_UNICAST: u16 = 0x0281;
const MPLS_MULTICAST: u16 = 0x0283;

/// LINKTYPE_PPP and LINKTYPE_PPP_HDLC: with or without address and control octets, or Cisco's HDLC.
pub(super) fn frame<'a>(mut carry: Carry, bytes: &'a [u8]) -> Decoded<'a> {
    carry.link_bytes = NOMINAL_LINK_BYTES;
    match bytes {
        // Cisco HDLC: unicast or multicast address, 0, an Ethernet type.
        [0x0f | 0x8f, 0x00, rest @ ..] => match (be16(rest, 0), rest.get(2..)) {
            (Some(kind), Some(payload)) => super::ether_type(carry, kind, payload),
            _ => short(),
        },
        _ => protocol(carry, bytes),
    }
}

/// LINKTYPE_PPP_ETHER: a PPPoE session header without the Ethernet one.
pub(super) fn pppoe_frame<'a>(mut carry: Carry, bytes: &'a [u8]) -> Decoded<'a> {
    carry.link_bytes = NOMINAL_LINK_BYTES;
    pppoe(carry, bytes)
}

/// A PPPoE session packet: version 1, type 1, code 0, session, length.
pub(super) fn pppoe<'a>(mut carry: Carry, bytes: &'a [u8]) -> Decoded<'a> {
    let Some((h, rest)) = bytes.split_first_chunk::<6>() else {
        return short();
    };
    if h[0] != 0x11 {
        return Decoded::Undecoded(UndecodedReason::BadLinkHeader);
    }
    if h[1] != 0 {
        return Decoded::Other(OtherKind::PppControl);
    }
    carry.stack = carry
        .stack
        .with_id(Layer::Pppoe, u32::from(u16::from_be_bytes([h[2], h[3]])));
    carry.add_link_bytes(6);
    protocol(carry, rest)
}

/// Decodes from the PPP protocol field, or the address octet before it, on.
pub(in super::super) fn protocol<'a>(mut carry: Carry, bytes: &'a [u8]) -> Decoded<'a> {
    carry.stack = carry.stack.with(Layer::Ppp);
    let fields = match bytes {
        [0xff, 0x03, rest @ ..] => rest,
        other => other,
    };
    // An odd first octet is a compressed protocol field (RFC 1661 §6.5).
    let (protocol, payload) = match fields {
        [short, rest @ ..] if short & 1 == 1 => (u16::from(*short), rest),
        [high, low, rest @ ..] => (u16::from_be_bytes([*high, *low]), rest),
        _ => return short(),
    };
    carry.add_link_bytes(bytes.len() - payload.len());
    match protocol {
        IPV4 | IPV6 => ip::packet(&carry, payload),
        MPLS_UNICAST | MPLS_MULTICAST => tunnel::mpls::labels(carry, payload),
        // Bridged frames (RFC 3518): flags, MAC type, then the frame.
        BRIDGED => match payload.get(2..) {
            Some(frame) => super::ethernet::nested_frame(carry, frame),
            None => short(),
        },
        _ => Decoded::Other(OtherKind::PppControl),
    }
}
