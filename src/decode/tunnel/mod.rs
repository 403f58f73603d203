//! Packets inside packets. A tunnel is a file, a row, of [`OVER_IP`] by protocol number or of [`OVER_UDP`] by port
//! (which [`is_udp_tunnel_port`] lists once more), and its [`Layer`](super::stack::Layer).
//!
//! A port proves nothing, so what a UDP row decodes must validate (version bits, lengths, an IP packet or
//! Ethernet frame inside); else the datagram stays a plain one. What enters the scope is what names a
//! network and is the same in both directions: VNI and GRE key, not GTP's TEIDs, L2TP's session ids or
//! MPLS labels, which each receiver hands out for its own direction.

mod erspan;
mod esp;
mod etherip;
mod geneve;
mod gre;
mod gtp;
mod hep;
mod ip_in_ip;
mod l2tp;
pub(super) mod mpls;
mod teredo;
mod tzsp;
mod vxlan;

use super::bytes::{be16, len32};
use super::decoded::{Datagram, Decoded, IpMeta, UndecodedReason};

/// The payload, and how many bytes of it the capture lacks at the end. `None`: this is no such tunnel.
type TunnelDecoder = for<'a> fn(&IpMeta, &'a [u8], u32) -> Option<Decoded<'a>>;

const OVER_IP: &[(u8, TunnelDecoder)] = &[
    (4, ip_in_ip::decode),
    (41, ip_in_ip::decode),
    (47, gre::decode),
    (50, esp::decode),
    (97, etherip::decode),
    (115, l2tp::decode_v3),
    (137, mpls::decode),
];

/// Port, whether the sender's port counts as well, decoder.
const OVER_UDP: &[(u16, bool, TunnelDecoder)] = &[
    (1701, true, l2tp::decode),
    (2152, true, gtp::decode),
    (3544, true, teredo::decode),
    (4500, true, esp::decode_in_udp),
    (4789, true, vxlan::decode),
    (4790, true, vxlan::decode),
    (6081, true, geneve::decode),
    (6635, false, mpls::decode),
    (8472, true, vxlan::decode),
    (9060, false, hep::decode),
    (9061, false, hep::decode),
    (9063, false, hep::decode),
    (37008, false, tzsp::decode),
];

/// Decodes the payload of an IP protocol that carries packets; `None` for any other.
pub(super) fn inside_ip<'a>(
    ip: &IpMeta,
    protocol: u8,
    bytes: &'a [u8],
    cut: u32,
) -> Option<Decoded<'a>> {
    let (_, decode) = OVER_IP.iter().find(|row| row.0 == protocol)?;
    decode(ip, bytes, cut)
}

/// True where [`inside_udp`] is worth a call. Kept apart because every datagram pays for it.
#[inline]
pub(super) fn is_udp_tunnel_port(src: u16, dst: u16) -> bool {
    // Media mostly has higher ports than tunnels, all but one.
    if src > 9063 && dst > 9063 && dst != 37008 {
        return false;
    }
    matches!(
        dst,
        1701 | 2152 | 3544 | 4500 | 4789 | 4790 | 6081 | 6635 | 8472 | 9060 | 9061 | 9063 | 37008
    ) || matches!(src, 1701 | 2152 | 3544 | 4500 | 4789 | 4790 | 6081 | 8472)
}

/// Decodes a datagram on a tunnel's port; `None` where it holds no valid tunnel.
#[cold]
pub(super) fn inside_udp<'a>(ip: &IpMeta, datagram: &Datagram<'a>) -> Option<Decoded<'a>> {
    let mut ip = *ip;
    ip.stack = datagram.meta.stack;
    let (src, dst) = (datagram.meta.flow.src.port, datagram.meta.flow.dst.port);
    let cut = datagram.wire_payload_len - len32(datagram.payload).min(datagram.wire_payload_len);
    let (_, _, decode) = OVER_UDP
        .iter()
        .find(|row| row.0 == dst)
        .or_else(|| OVER_UDP.iter().find(|row| row.0 == src && row.1))?;
    match decode(&ip, datagram.payload, cut) {
        Some(Decoded::Undecoded(reason)) if reason != UndecodedReason::TooDeep => None,
        decoded => decoded,
    }
}

pub(super) fn too_deep<'a>() -> Decoded<'a> {
    Decoded::Undecoded(UndecodedReason::TooDeep)
}

fn short<'a>() -> Decoded<'a> {
    Decoded::Undecoded(UndecodedReason::ShortTunnelHeader)
}

/// True when an IP packet can start here: version, header length, and a length field that fits.
fn plausible_ip(bytes: &[u8], cut: u32) -> bool {
    let available = len32(bytes).saturating_add(cut);
    match bytes.first().map(|octet| octet >> 4) {
        Some(4) => {
            let header_len = bytes.first().map_or(0, |octet| u32::from(octet & 0x0f) * 4);
            let total = be16(bytes, 2).map_or(0, u32::from);
            header_len >= 20
                && bytes.len() >= 20
                && total >= header_len
                && total <= available
                // A reserved flag that must be 0 (RFC 791 §3.1).
                && bytes.get(6).is_some_and(|octet| octet & 0x80 == 0)
        }
        Some(6) => {
            let payload_len = be16(bytes, 4).map_or(0, u32::from);
            bytes.len() >= 40 && payload_len + 40 <= available
        }
        _ => false,
    }
}

/// True when an Ethernet frame with an IP or ARP packet can start here.
fn plausible_frame(bytes: &[u8], cut: u32) -> bool {
    let mut at = 12;
    for _ in 0..3 {
        let rest = bytes.get(at + 2..).unwrap_or_default();
        match be16(bytes, at) {
            Some(0x0800 | 0x86dd) => return plausible_ip(rest, cut),
            // Hardware type 1, Ethernet.
            Some(0x0806) => return be16(rest, 0) == Some(1),
            Some(0x8100 | 0x88a8) => at += 4,
            _ => return false,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ports_asked_for_first_are_those_of_the_rows() {
        let rows = |port: u16, as_sender: bool| {
            OVER_UDP
                .iter()
                .any(|row| row.0 == port && (row.1 || !as_sender))
        };
        for port in 0..=u16::MAX {
            // No tunnel has port 0.
            assert_eq!(is_udp_tunnel_port(0, port), rows(port, false), "to {port}");
            assert_eq!(is_udp_tunnel_port(port, 0), rows(port, true), "of {port}");
        }
    }
}
