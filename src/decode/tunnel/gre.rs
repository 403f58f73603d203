//! Generic routing encapsulation (RFC 2784, RFC 2890), NVGRE (RFC 7637) and PPTP's variant (RFC 2637).

use super::super::bytes::{be16, be32};
use super::super::carry::Carry;
use super::super::decoded::{Decoded, IpMeta, OtherKind, UndecodedReason};
use super::super::stack::Layer;
use super::super::{ip, link};
use super::{erspan, plausible_ip, short, too_deep};

const CHECKSUM: u16 = 0x8000;
const ROUTING: u16 = 0x4000;
const KEY: u16 = 0x2000;
const SEQUENCE: u16 = 0x1000;
const ACKNOWLEDGMENT: u16 = 0x0080;

const PPP: u16 = 0x880b;
const BRIDGED: u16 = 0x6558;
const ERSPAN_1_2: u16 = 0x88be;
const ERSPAN_3: u16 = 0x22eb;
const WCCP: u16 = 0x883e;
/// Virtual subnet ids start at 0x1000 (RFC 7637 §3.2); the key's low octet is then a flow id.
const FIRST_NVGRE_KEY: u32 = 0x0010_0000;

pub(super) fn decode<'a>(outer: &IpMeta, bytes: &'a [u8], cut: u32) -> Option<Decoded<'a>> {
    Some(payload(outer, bytes, cut).unwrap_or_else(short))
}

fn payload<'a>(outer: &IpMeta, bytes: &'a [u8], cut: u32) -> Option<Decoded<'a>> {
    let flags = be16(bytes, 0)?;
    let protocol = be16(bytes, 2)?;
    let version = flags & 7;
    if version > 1 || flags & ROUTING != 0 {
        return Some(Decoded::Undecoded(UndecodedReason::BadTunnelHeader));
    }
    let mut at = 4;
    if flags & CHECKSUM != 0 {
        at += 4;
    }
    let mut key = None;
    if flags & KEY != 0 {
        key = Some(be32(bytes, at)?);
        at += 4;
    }
    if flags & SEQUENCE != 0 {
        at += 4;
    }
    if version == 1 && flags & ACKNOWLEDGMENT != 0 {
        at += 4;
    }
    let inner = bytes.get(at..)?;
    if inner.is_empty() {
        // A keepalive, or PPTP's bare acknowledgment.
        return Some(Decoded::Other(OtherKind::TunnelControl));
    }
    let stack = outer.stack.with(Layer::Gre);
    let Some(mut carry) = Carry::inside(outer, stack, inner, cut) else {
        return Some(too_deep());
    };
    // PPTP's key holds a length and the receiver's call id: neither names a network.
    if version == 0
        && let Some(key) = key
    {
        let nvgre = protocol == BRIDGED && key >= FIRST_NVGRE_KEY;
        carry.enter_network(Layer::Gre, if nvgre { key >> 8 } else { key });
    }
    Some(match protocol {
        PPP => link::ppp_protocol(carry, inner),
        BRIDGED => link::ethernet(carry, inner),
        ERSPAN_1_2 if flags & SEQUENCE == 0 => link::ethernet(
            Carry {
                stack: stack.with_id(Layer::Erspan, 0),
                ..carry
            },
            inner,
        ),
        ERSPAN_1_2 => erspan::version_2(carry, inner),
        ERSPAN_3 => erspan::version_3(carry, inner),
        // WCCP version 2 puts a redirect header of four octets before the packet.
        WCCP if !plausible_ip(inner, cut) => ip::packet(&carry, inner.get(4..)?),
        WCCP => ip::packet(&carry, inner),
        ether_type => link::ether_type(carry, ether_type, inner),
    })
}
