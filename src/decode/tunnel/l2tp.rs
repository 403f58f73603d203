//! L2TP version 2 over UDP (RFC 2661) and version 3 over IP (RFC 3931).

use super::super::bytes::{be16, be32};
use super::super::carry::Carry;
use super::super::decoded::{Decoded, IpMeta, OtherKind};
use super::super::link;
use super::super::stack::Layer;
use super::{len32, plausible_frame, plausible_ip, too_deep};

const CONTROL: u16 = 0x8000;
const LENGTH: u16 = 0x4000;
const SEQUENCE: u16 = 0x0800;
const OFFSET: u16 = 0x0200;

pub(super) fn decode<'a>(outer: &IpMeta, bytes: &'a [u8], cut: u32) -> Option<Decoded<'a>> {
    let flags = be16(bytes, 0)?;
    // Version 2, and the reserved bits 0.
    if flags & 0x34ff != 0x0002 {
        return None;
    }
    let mut at = 2;
    if flags & LENGTH != 0 {
        if u32::from(be16(bytes, at)?) != len32(bytes).saturating_add(cut) {
            return None;
        }
        at += 2;
    }
    let session = be16(bytes, at + 2)?;
    at += 4;
    if flags & CONTROL != 0 {
        return (flags & LENGTH != 0).then_some(Decoded::Other(OtherKind::TunnelControl));
    }
    if flags & SEQUENCE != 0 {
        at += 4;
    }
    if flags & OFFSET != 0 {
        at += 2 + usize::from(be16(bytes, at)?);
    }
    let inner = bytes.get(at..)?;
    if !plausible_ppp(inner, cut) {
        return None;
    }
    let stack = outer.stack.with_id(Layer::L2tp, u32::from(session));
    Some(match Carry::inside(outer, stack, inner, cut) {
        Some(carry) => link::ppp_protocol(carry, inner),
        None => too_deep(),
    })
}

fn plausible_ppp(bytes: &[u8], cut: u32) -> bool {
    let fields = bytes.strip_prefix(&[0xff, 0x03]).unwrap_or(bytes);
    match fields {
        [0x21 | 0x57, ip @ ..] | [0x00, 0x21 | 0x57, ip @ ..] => plausible_ip(ip, cut),
        // Control protocols: link, authentication, network.
        [0xc0 | 0xc2 | 0x80, _, code, ..] => (1..=15).contains(code),
        _ => false,
    }
}

/// Session id, a cookie of 0, 4 or 8 octets and a sublayer of 0 or 4: only the peers know, so the frame is
/// looked for.
pub(super) fn decode_v3<'a>(outer: &IpMeta, bytes: &'a [u8], cut: u32) -> Option<Decoded<'a>> {
    let session = be32(bytes, 0)?;
    if session == 0 {
        return Some(Decoded::Other(OtherKind::TunnelControl));
    }
    let inner = [4, 8, 12, 16]
        .into_iter()
        .filter_map(|at| bytes.get(at..))
        .find(|inner| plausible_frame(inner, cut))?;
    let stack = outer.stack.with_id(Layer::L2tp, session);
    Some(match Carry::inside(outer, stack, inner, cut) {
        Some(carry) => link::ethernet(carry, inner),
        None => too_deep(),
    })
}
