//! MPLS label stacks (RFC 3032): over Ethernet, PPP, IP (RFC 4023) or UDP (RFC 7510).

use super::super::bytes::be32;
use super::super::carry::Carry;
use super::super::decoded::{Decoded, IpMeta, OtherKind, UndecodedReason};
use super::super::stack::Layer;
use super::super::{ip, link};
use super::{plausible_frame, plausible_ip, too_deep};

const BOTTOM: u32 = 0x100;
const MAX_LABELS: usize = 16;
const CONTROL_WORD_LEN: usize = 4;

/// Decodes labels to the bottom of the stack and what is below. Nothing says what that is: an IP packet by
/// its version nibble, else the Ethernet frame of a pseudowire, with or without control word (RFC 4448).
pub(in super::super) fn labels<'a>(mut carry: Carry, bytes: &'a [u8]) -> Decoded<'a> {
    let mut rest = bytes;
    for _ in 0..MAX_LABELS {
        let (Some(entry), Some(after)) = (be32(rest, 0), rest.get(4..)) else {
            return super::short();
        };
        rest = after;
        if entry & BOTTOM == 0 {
            continue;
        }
        if !carry.descend() {
            return too_deep();
        }
        carry.stack = carry.stack.with_id(Layer::Mpls, entry >> 12);
        carry.add_link_bytes(bytes.len() - rest.len());
        return below(carry, rest);
    }
    Decoded::Undecoded(UndecodedReason::BadTunnelHeader)
}

fn below<'a>(mut carry: Carry, bytes: &'a [u8]) -> Decoded<'a> {
    let after_word = bytes.get(CONTROL_WORD_LEN..).unwrap_or_default();
    if plausible_ip(bytes, carry.cut) {
        return ip::packet(&carry, bytes);
    }
    if bytes.first().is_some_and(|octet| octet >> 4 == 0) && plausible_frame(after_word, carry.cut)
    {
        carry.add_link_bytes(CONTROL_WORD_LEN);
        return link::ethernet(carry, after_word);
    }
    if plausible_frame(bytes, carry.cut) {
        return link::ethernet(carry, bytes);
    }
    match bytes.first().map(|octet| octet >> 4) {
        // Damaged or cut IP: let the IP layer say what is wrong.
        Some(4 | 6) => ip::packet(&carry, bytes),
        None => super::short(),
        // An associated channel (RFC 4385), or a pseudowire with nothing in it for us.
        _ => Decoded::Other(OtherKind::TunnelControl),
    }
}

/// Labels straight inside IP or UDP.
pub(super) fn decode<'a>(outer: &IpMeta, bytes: &'a [u8], cut: u32) -> Option<Decoded<'a>> {
    Some(match Carry::inside(outer, outer.stack, bytes, cut) {
        Some(carry) => labels(carry, bytes),
        None => too_deep(),
    })
}
