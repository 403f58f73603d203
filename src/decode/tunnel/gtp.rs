//! GTP-U, the user plane of mobile networks (3GPP TS 29.281 §5): version 1, message 255 carries a packet.

use super::super::bytes::{be16, be32};
use super::super::carry::Carry;
use super::super::decoded::{Decoded, IpMeta, OtherKind};
use super::super::stack::Layer;
use super::super::{ip, link};
use super::{len32, plausible_frame, plausible_ip, too_deep};

const VERSION_1_GTP: u8 = 0x30;
const G_PDU: u8 = 255;
/// Extension header, sequence number, N-PDU number: any of them adds all four octets.
const ANY_OPTION: u8 = 0x07;
const EXTENSION: u8 = 0x04;
const MAX_EXTENSIONS: usize = 8;

pub(super) fn decode<'a>(outer: &IpMeta, bytes: &'a [u8], cut: u32) -> Option<Decoded<'a>> {
    let (&flags, &message) = (bytes.first()?, bytes.get(1)?);
    let len = u32::from(be16(bytes, 2)?);
    let teid = be32(bytes, 4)?;
    if flags & 0xf0 != VERSION_1_GTP || len + 8 > len32(bytes).saturating_add(cut) {
        return None;
    }
    if message != G_PDU {
        // Echo, error indication, supported extensions, end marker.
        return matches!(message, 1 | 2 | 26 | 31 | 254)
            .then_some(Decoded::Other(OtherKind::TunnelControl));
    }
    let mut at = 8;
    if flags & ANY_OPTION != 0 {
        let mut next = *bytes.get(11)?;
        at = 12;
        if flags & EXTENSION != 0 {
            for _ in 0..MAX_EXTENSIONS {
                if next == 0 {
                    break;
                }
                // Length in units of four octets, the last octet names the next.
                let extension_len = usize::from(*bytes.get(at)?) * 4;
                at += extension_len.max(4);
                next = *bytes.get(at - 1)?;
            }
        }
    }
    let inner = bytes.get(at..)?;
    let is_ip = plausible_ip(inner, cut);
    if !is_ip && !plausible_frame(inner, cut) {
        return None;
    }
    // Each direction of a bearer has a TEID of its own, so it cannot tell networks apart.
    let stack = outer.stack.with_id(Layer::Gtp, teid);
    Some(match Carry::inside(outer, stack, inner, cut) {
        Some(carry) if is_ip => ip::packet(&carry, inner),
        Some(carry) => link::ethernet(carry, inner),
        None => too_deep(),
    })
}
