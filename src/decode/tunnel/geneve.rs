//! GENEVE (RFC 8926): version 0, options, Ethernet type, VNI.

use super::super::bytes::{be16, be32};
use super::super::carry::Carry;
use super::super::decoded::{Decoded, IpMeta};
use super::super::stack::Layer;
use super::super::{ip, link};
use super::{plausible_frame, plausible_ip, too_deep};

const BRIDGED: u16 = 0x6558;

pub(super) fn decode<'a>(outer: &IpMeta, bytes: &'a [u8], cut: u32) -> Option<Decoded<'a>> {
    let &first = bytes.first()?;
    if first >> 6 != 0 || *bytes.get(7)? != 0 {
        return None;
    }
    let inner = bytes.get(8 + usize::from(first & 0x3f) * 4..)?;
    let bridged = match be16(bytes, 2)? {
        BRIDGED => plausible_frame(inner, cut).then_some(true)?,
        0x0800 | 0x86dd => plausible_ip(inner, cut).then_some(false)?,
        _ => return None,
    };
    let vni = be32(bytes, 4)? >> 8;
    let stack = outer.stack.with_id(Layer::Geneve, vni);
    let Some(mut carry) = Carry::inside(outer, stack, inner, cut) else {
        return Some(too_deep());
    };
    carry.enter_network(Layer::Geneve, vni);
    Some(if bridged {
        link::ethernet(carry, inner)
    } else {
        ip::packet(&carry, inner)
    })
}
