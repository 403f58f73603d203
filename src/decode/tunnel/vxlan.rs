//! VXLAN (RFC 7348), its group policy extension, and VXLAN-GPE.

use super::super::bytes::be32;
use super::super::carry::Carry;
use super::super::decoded::{Decoded, IpMeta};
use super::super::stack::Layer;
use super::super::{ip, link};
use super::{plausible_frame, plausible_ip, too_deep};

const VNI_VALID: u8 = 0x08;
/// VXLAN-GPE's fourth octet: what is inside. Plain VXLAN keeps it 0; the P bit that goes with it is often forgotten.
const NEXT_IP: [u8; 2] = [1, 2];

pub(super) fn decode<'a>(outer: &IpMeta, bytes: &'a [u8], cut: u32) -> Option<Decoded<'a>> {
    let (header, inner) = bytes.split_first_chunk::<8>()?;
    let [flags, _, _, next, .., reserved] = *header;
    if flags & VNI_VALID == 0 || reserved != 0 {
        return None;
    }
    let is_ip = NEXT_IP.contains(&next);
    if !(is_ip && plausible_ip(inner, cut) || !is_ip && plausible_frame(inner, cut)) {
        return None;
    }
    let vni = be32(bytes, 4)? >> 8;
    let stack = outer.stack.with_id(Layer::Vxlan, vni);
    let Some(mut carry) = Carry::inside(outer, stack, inner, cut) else {
        return Some(too_deep());
    };
    carry.enter_network(Layer::Vxlan, vni);
    Some(if is_ip {
        ip::packet(&carry, inner)
    } else {
        link::ethernet(carry, inner)
    })
}
