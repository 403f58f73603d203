//! One packet to an addressed payload: link layers and tunnels, IPv4 and IPv6, UDP and TCP.
//!
//! [`decode`] takes layers off from the outside. Ethernet with VLAN tags, IPv4, IPv6, UDP and TCP are read by
//! hand without leaving the straight line; what is rare (extension headers, quoted packets, other links,
//! tunnels) branches off into a function of its own. Joining fragments is the next layer's work: it hands a
//! whole IP payload back to [`decode_ip_payload`].
//!
//! Invariant: no allocation, no state, no panic on any bytes. Sizes come from the IP and UDP headers, not from
//! what the capture kept; checksums are ignored, because offloading leaves them wrong in honest captures.

mod bytes;
mod carry;
mod decoded;
mod icmp;
mod ip;
mod ipv6_extensions;
mod link;
pub mod sctp;
mod stack;
mod transport;
mod tunnel;

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

pub use decoded::{
    Datagram, Decoded, Fragment, FragmentKey, IcmpError, IpMeta, Meta, OtherKind, Relayed,
    SctpPacket, Segment, UndecodedReason,
};
pub use link::is_decoded;
pub use stack::{Layer, Stack};

use crate::types::Packet;

/// Decodes one captured packet.
#[inline]
pub fn decode<'a>(packet: &Packet<'a>) -> Decoded<'a> {
    let cut = packet.wire_len.saturating_sub(bytes::len32(packet.data));
    let mut decoded = link::frame(packet.link, carry::Carry::new(cut), packet.data);
    if cut > 0
        && let Decoded::Undecoded(reason) = &mut decoded
        && reason.is_short()
    {
        *reason = UndecodedReason::CutBySnaplen;
    }
    decoded
}

/// Decodes the payload of an IP datagram that was joined of fragments. `wire_len` is its length on the
/// wire; more than `payload.len()` when the capture was cut.
pub fn decode_ip_payload<'a>(
    ip: &IpMeta,
    protocol: u8,
    payload: &'a [u8],
    wire_len: u32,
) -> Decoded<'a> {
    if ip.depth > carry::MAX_DEPTH {
        return tunnel::too_deep();
    }
    let cut = wire_len.saturating_sub(bytes::len32(payload));
    ipv6_extensions::resume(ip, protocol, payload, cut)
}
