//! Teredo, IPv6 in UDP through NATs (RFC 4380 §5.1.1).

use super::super::bytes::be16;
use super::super::carry::Carry;
use super::super::decoded::{Decoded, IpMeta};
use super::super::ip;
use super::super::stack::Layer;
use super::{len32, too_deep};

const ORIGIN: u16 = 0;
const AUTHENTICATION: u16 = 1;

/// Authentication and origin indications, each optional, then an IPv6 packet that fills the rest.
pub(super) fn decode<'a>(outer: &IpMeta, bytes: &'a [u8], cut: u32) -> Option<Decoded<'a>> {
    let mut inner = bytes;
    if be16(inner, 0)? == AUTHENTICATION {
        // Client id and authentication value, their lengths first; nonce (8) and confirmation (1).
        let len = 4 + usize::from(*inner.get(2)?) + usize::from(*inner.get(3)?) + 9;
        inner = inner.get(len..)?;
    }
    if be16(inner, 0)? == ORIGIN {
        inner = inner.get(8..)?;
    }
    let payload_len = u32::from(be16(inner, 4)?);
    if inner.first()? >> 4 != 6 || payload_len + 40 != len32(inner).saturating_add(cut) {
        return None;
    }
    Some(
        match Carry::inside(outer, outer.stack.with(Layer::Teredo), inner, cut) {
            Some(carry) => ip::packet(&carry, inner),
            None => too_deep(),
        },
    )
}
