//! IPv4 or IPv6 straight inside IP: IP-in-IP (RFC 2003), 6in4 (RFC 4213), 4in6 (RFC 2473).

use super::super::carry::Carry;
use super::super::decoded::{Decoded, IpMeta};
use super::super::ip;
use super::too_deep;

pub(super) fn decode<'a>(outer: &IpMeta, bytes: &'a [u8], cut: u32) -> Option<Decoded<'a>> {
    Some(match Carry::inside(outer, outer.stack, bytes, cut) {
        Some(carry) => ip::packet(&carry, bytes),
        None => too_deep(),
    })
}
