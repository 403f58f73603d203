//! Ethernet II, VLAN tags (IEEE 802.1Q), 802.3 with LLC and SNAP, and what Ethernet types lead to.

use super::super::bytes::{be16, be32, le64};
use super::super::carry::Carry;
use super::super::decoded::{Decoded, OtherKind};
use super::super::stack::Layer;
use super::super::{ip, tunnel};
use super::short;
use crate::types::mix;
use etherparse::{LaxMacsecPayloadSlice, LaxMacsecSlice};

const HEADER_LEN: usize = 14;
const VLAN_LEN: usize = 4;
/// Tags inside each other that are followed.
const MAX_TAGS: usize = 8;

const IPV4: u16 = 0x0800;
const ARP: u16 = 0x0806;
const IPV6: u16 = 0x86dd;
const PPPOE_DISCOVERY: u16 = 0x8863;
const PPPOE_SESSION: u16 = 0x8864;
const MPLS_UNICAST: u16 = 0x8847;
const MPLS_MULTICAST: u16 = 0x8848;
const MACSEC: u16 = 0x88e5;
const BACKBONE: u16 = 0x88e7;
const VN_TAG: u16 = 0x8926;
const BRIDGED: u16 = 0x6558;
/// Smaller values of the type field are 802.3 lengths.
const FIRST_TYPE: u16 = 0x0600;

/// Decodes an Ethernet frame. The straight line from here to UDP and TCP is one function once it is
/// compiled: handing each layer's findings to the next through memory would cost as much as
/// the layers.
#[inline(always)]
pub(super) fn straight<'a>(mut carry: Carry, bytes: &'a [u8]) -> Decoded<'a> {
    let Some((h, rest)) = bytes.split_first_chunk::<HEADER_LEN>() else {
        return short();
    };
    // Twelve address octets as two overlapping words.
    let word = |at| le64(h, at).unwrap_or(0);
    let addresses = mix(word(0), word(4));
    carry.link_print = mix(carry.link_print, addresses);
    carry.stack = carry.stack.with(Layer::Ethernet);
    carry.link_bytes = carry.link_bytes.saturating_add(HEADER_LEN as u16); // 14
    match u16::from_be_bytes([h[12], h[13]]) {
        IPV4 | IPV6 => ip::straight(&carry, rest),
        other => ether_type(carry, other, rest),
    }
}

/// Decodes an Ethernet frame, anywhere but at the start of a packet.
pub(in super::super) fn frame<'a>(carry: Carry, bytes: &'a [u8]) -> Decoded<'a> {
    straight(carry, bytes)
}

/// Decodes what an Ethernet type (or 802.3 length) announces.
pub(in super::super) fn ether_type<'a>(
    mut carry: Carry,
    mut ether_type: u16,
    mut bytes: &'a [u8],
) -> Decoded<'a> {
    for _ in 0..MAX_TAGS {
        match ether_type {
            IPV4 | IPV6 => return ip::packet(&carry, bytes),
            // The last two are what switches used for stacked tags before 802.1ad.
            0x8100 | 0x88a8 | 0x9100 | 0x9200 => {
                let Some((tag, rest)) = bytes.split_first_chunk::<VLAN_LEN>() else {
                    return short();
                };
                carry.enter_vlan(u16::from_be_bytes([tag[0], tag[1]]));
                carry.add_link_bytes(VLAN_LEN);
                ether_type = u16::from_be_bytes([tag[2], tag[3]]);
                bytes = rest;
            }
            _ => return rare(carry, ether_type, bytes),
        }
    }
    Decoded::Other(OtherKind::EtherType(ether_type))
}

#[cold]
fn rare<'a>(carry: Carry, kind: u16, bytes: &'a [u8]) -> Decoded<'a> {
    match kind {
        ARP => Decoded::Other(OtherKind::Arp),
        MPLS_UNICAST | MPLS_MULTICAST => tunnel::mpls::labels(carry, bytes),
        PPPOE_SESSION => super::ppp::pppoe(carry, bytes),
        PPPOE_DISCOVERY => Decoded::Other(OtherKind::PppControl),
        BRIDGED => nested_frame(carry, bytes),
        MACSEC => macsec(carry, bytes),
        BACKBONE => backbone(carry, bytes),
        VN_TAG => vn_tag(carry, bytes),
        len if len < FIRST_TYPE => {
            // Octets after the 802.3 length are padding.
            let len = usize::from(len);
            llc(carry, bytes.get(..len).unwrap_or(bytes))
        }
        other => Decoded::Other(OtherKind::EtherType(other)),
    }
}

/// A whole Ethernet frame inside another link layer.
pub(super) fn nested_frame<'a>(mut carry: Carry, bytes: &'a [u8]) -> Decoded<'a> {
    if !carry.descend() {
        return super::super::tunnel::too_deep();
    }
    frame(carry, bytes)
}

/// IEEE 802.2 LLC, with SNAP where it says so (RFC 1042).
pub(super) fn llc<'a>(mut carry: Carry, bytes: &'a [u8]) -> Decoded<'a> {
    carry.stack = carry.stack.with(Layer::Llc);
    match bytes {
        // OUI 0 is RFC 1042's, 00-00-f8 that of bridges (802.1H).
        [0xaa, 0xaa, 0x03, 0x00, 0x00, 0x00 | 0xf8, rest @ ..] => match be16(rest, 0) {
            // A length here would lead back to LLC for ever.
            Some(kind) if kind >= FIRST_TYPE => {
                if !carry.descend() {
                    return super::super::tunnel::too_deep();
                }
                carry.add_link_bytes(8);
                ether_type(carry, kind, rest.get(2..).unwrap_or_default())
            }
            _ => Decoded::Other(OtherKind::Llc),
        },
        [0x06, 0x06, 0x03, rest @ ..] => {
            carry.add_link_bytes(3);
            ip::packet(&carry, rest)
        }
        [] => short(),
        _ => Decoded::Other(OtherKind::Llc),
    }
}

/// MACsec (IEEE 802.1AE): readable where only integrity is protected.
fn macsec<'a>(mut carry: Carry, bytes: &'a [u8]) -> Decoded<'a> {
    let Ok(slice) = LaxMacsecSlice::from_slice(bytes) else {
        return short();
    };
    match slice.payload {
        LaxMacsecPayloadSlice::Unmodified(payload) if carry.descend() => {
            carry.stack = carry.stack.with(Layer::Macsec);
            carry.add_link_bytes(slice.header.slice().len());
            ether_type(carry, payload.ether_type.0, payload.payload)
        }
        LaxMacsecPayloadSlice::Unmodified(_) => super::super::tunnel::too_deep(),
        LaxMacsecPayloadSlice::Modified { .. } => Decoded::Other(OtherKind::EncryptedLink),
    }
}

/// Provider backbone bridging (IEEE 802.1ah): a 24-bit service id, then the customer's frame.
fn backbone<'a>(mut carry: Carry, bytes: &'a [u8]) -> Decoded<'a> {
    let (Some(tag), Some(inner)) = (be32(bytes, 0), bytes.get(4..)) else {
        return short();
    };
    carry.stack = carry.stack.with_id(Layer::Pbb, tag & 0x00ff_ffff);
    carry.add_link_bytes(4);
    nested_frame(carry, inner)
}

/// VN-Tag (IEEE 802.1BR's forerunner): four octets, then an Ethernet type.
fn vn_tag<'a>(mut carry: Carry, bytes: &'a [u8]) -> Decoded<'a> {
    let (Some(kind), Some(inner)) = (be16(bytes, 4), bytes.get(6..)) else {
        return short();
    };
    if !carry.descend() {
        return super::super::tunnel::too_deep();
    }
    carry.stack = carry.stack.with(Layer::VnTag);
    carry.add_link_bytes(6);
    ether_type(carry, kind, inner)
}
