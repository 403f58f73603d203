//! Ethernet in IP (RFC 3378): version 3, twelve zero bits, a frame.

use super::super::carry::Carry;
use super::super::decoded::{Decoded, IpMeta, UndecodedReason};
use super::super::link;
use super::{short, too_deep};

pub(super) fn decode<'a>(ip: &IpMeta, bytes: &'a [u8], cut: u32) -> Option<Decoded<'a>> {
    let Some((header, inner)) = bytes.split_first_chunk::<2>() else {
        return Some(short());
    };
    if header[0] >> 4 != 3 {
        return Some(Decoded::Undecoded(UndecodedReason::BadTunnelHeader));
    }
    Some(match Carry::inside(ip, ip.stack, inner, cut) {
        Some(carry) => link::ethernet(carry, inner),
        None => too_deep(),
    })
}
