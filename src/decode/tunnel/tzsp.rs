//! TaZmen Sniffer Protocol, how access points and RouterOS hand on what they sniff.

use super::super::bytes::be16;
use super::super::carry::Carry;
use super::super::decoded::{Decoded, IpMeta};
use super::super::link;
use super::super::stack::Layer;
use super::too_deep;
use crate::types::LinkType;

const VERSION: u8 = 1;
const TAG_PADDING: u8 = 0;
const TAG_END: u8 = 1;

/// Version, type, encapsulated protocol, tags, frame.
pub(super) fn decode<'a>(outer: &IpMeta, bytes: &'a [u8], cut: u32) -> Option<Decoded<'a>> {
    let (&version, &kind) = (bytes.first()?, bytes.get(1)?);
    // Received or transmitted frame.
    if version != VERSION || kind > 1 {
        return None;
    }
    let link_type = match be16(bytes, 2)? {
        0x01 => LinkType(1),
        0x12 => LinkType(105),
        0x7f => LinkType(127),
        _ => return None,
    };
    let mut at = 4;
    loop {
        match *bytes.get(at)? {
            TAG_PADDING => at += 1,
            TAG_END => break,
            _ => at += 2 + usize::from(*bytes.get(at + 1)?),
        }
    }
    let inner = bytes.get(at + 1..)?;
    Some(
        match Carry::inside(outer, outer.stack.with(Layer::Tzsp), inner, cut) {
            Some(carry) => link::frame(link_type, carry, inner),
            None => too_deep(),
        },
    )
}
