//! IEEE 802.11 data frames, bare or behind radiotap or PPI headers.

use super::super::bytes::{be16, le16, le32};
use super::super::carry::{Carry, NOMINAL_LINK_BYTES};
use super::super::decoded::{Decoded, OtherKind};
use super::super::stack::Layer;
use super::{ethernet, short};
use crate::types::{LinkType, mix};

const FCS_LEN: usize = 4;
const TYPE_MASK: u8 = 0x0c;
const TYPE_DATA: u8 = 0x08;
const SUBTYPE_QOS: u8 = 0x80;
/// Subtypes with this bit carry no payload.
const SUBTYPE_NULL: u8 = 0x40;
const TO_AND_FROM_DS: u8 = 0x03;
const PROTECTED: u8 = 0x40;
const ORDER: u8 = 0x80;
const QOS_AMSDU: u8 = 0x80;

/// LINKTYPE_IEEE802_11: the MAC header first.
pub(super) fn frame<'a>(mut carry: Carry, bytes: &'a [u8]) -> Decoded<'a> {
    carry.link_bytes = NOMINAL_LINK_BYTES;
    carry.stack = carry.stack.with(Layer::Wifi);
    let (Some(&control), Some(&flags)) = (bytes.first(), bytes.get(1)) else {
        return short();
    };
    if control & TYPE_MASK != TYPE_DATA || control & SUBTYPE_NULL != 0 {
        return Decoded::Other(OtherKind::WifiManagement);
    }
    if flags & PROTECTED != 0 {
        return Decoded::Other(OtherKind::EncryptedLink);
    }
    let qos = control & SUBTYPE_QOS != 0;
    let mut header_len = 24;
    if flags & TO_AND_FROM_DS == TO_AND_FROM_DS {
        header_len += 6;
    }
    let amsdu = qos
        && bytes
            .get(header_len)
            .is_some_and(|octet| octet & QOS_AMSDU != 0);
    if qos {
        header_len += 2;
        // The order bit announces an HT control field in QoS frames only.
        if flags & ORDER != 0 {
            header_len += 4;
        }
    }
    // The three addresses tell the hops of one packet apart.
    for at in [4, 10, 16] {
        let word = u64::from(le32(bytes, at).unwrap_or(0)) << 16
            | u64::from(le16(bytes, at + 4).unwrap_or(0));
        carry.link_print = mix(carry.link_print, word);
    }
    let Some(payload) = bytes.get(header_len..) else {
        return short();
    };
    if !amsdu {
        return ethernet::llc(carry, payload);
    }
    // An aggregate: destination, source, length, LLC. Only the first of the packets in it is followed.
    match (be16(payload, 12), payload.get(14..)) {
        (Some(len), Some(rest)) => {
            ethernet::llc(carry, rest.get(..usize::from(len)).unwrap_or(rest))
        }
        _ => short(),
    }
}

/// LINKTYPE_IEEE802_11_RADIOTAP: version, pad, length (little endian), presence words, fields.
pub(super) fn radiotap<'a>(carry: Carry, bytes: &'a [u8]) -> Decoded<'a> {
    let (Some(len), Some(present)) = (le16(bytes, 2), le32(bytes, 4)) else {
        return short();
    };
    let Some(mut inner) = bytes.get(usize::from(len)..) else {
        return short();
    };
    // Whether the frame check sequence was captured stands in the flags field, the second there is.
    let mut fields_at = 8;
    let mut word = present;
    while word & 0x8000_0000 != 0 {
        let Some(next) = le32(bytes, fields_at) else {
            return short();
        };
        word = next;
        fields_at += 4;
    }
    let has_timestamp = present & 1 != 0;
    let has_flags = present & 2 != 0;
    if has_timestamp {
        fields_at = fields_at.next_multiple_of(8) + 8;
    }
    let fcs = has_flags && bytes.get(fields_at).is_some_and(|flags| flags & 0x10 != 0);
    if fcs && carry.cut == 0 {
        inner = inner
            .get(..inner.len().saturating_sub(FCS_LEN))
            .unwrap_or_default();
    }
    frame(carry, inner)
}

/// LINKTYPE_PPI: version, flags, length, link type (little endian), fields.
pub(super) fn ppi<'a>(mut carry: Carry, bytes: &'a [u8]) -> Decoded<'a> {
    let (Some(len), Some(link)) = (le16(bytes, 2), le32(bytes, 4)) else {
        return short();
    };
    let Some(inner) = bytes.get(usize::from(len).max(8)..) else {
        return short();
    };
    if !carry.descend() {
        return super::super::tunnel::too_deep();
    }
    match u16::try_from(link) {
        Ok(link) => super::frame(LinkType(link), carry, inner),
        Err(_) => Decoded::Undecoded(super::UndecodedReason::UnsupportedLinkType),
    }
}
