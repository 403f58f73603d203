//! Wireshark's "export PDUs to file" (LINKTYPE_WIRESHARK_UPPER_PDU): tags with addresses, then the message,
//! often the plain text of what had been encrypted. Each is handed on as one datagram.

use super::super::bytes::{be16, be32, len32};
use super::super::carry::Carry;
use super::super::decoded::{Datagram, Decoded, IpMeta, OtherKind, UndecodedReason};
use super::super::stack::Layer;
use super::short;
use crate::types::HostAddr;

const END: u16 = 0;
const PROTOCOL_NAME: u16 = 12;
const IPV4_SRC: u16 = 20;
const IPV4_DST: u16 = 21;
const IPV6_SRC: u16 = 22;
const IPV6_DST: u16 = 23;
const SRC_PORT: u16 = 25;
const DST_PORT: u16 = 26;

/// (type, length, value padded to four octets) in network order up to an end tag.
pub(super) fn frame<'a>(carry: Carry, bytes: &'a [u8]) -> Decoded<'a> {
    let (mut src, mut dst) = (None, None);
    let (mut src_port, mut dst_port) = (0, 0);
    let mut named = false;
    let mut rest = bytes;
    let payload = loop {
        let (Some(tag), Some(len)) = (be16(rest, 0), be16(rest, 2)) else {
            return short();
        };
        let len = usize::from(len);
        let Some(value) = rest.get(4..4 + len) else {
            return short();
        };
        rest = rest.get(4 + len..).unwrap_or_default();
        match tag {
            END => break rest,
            PROTOCOL_NAME => named = true,
            IPV4_SRC => src = v4(value),
            IPV4_DST => dst = v4(value),
            IPV6_SRC => src = v6(value),
            IPV6_DST => dst = v6(value),
            SRC_PORT => src_port = port(value),
            DST_PORT => dst_port = port(value),
            _ => {}
        }
    };
    let (Some(src), Some(dst)) = (src, dst) else {
        return if named {
            Decoded::Other(OtherKind::NotNetwork)
        } else {
            Decoded::Undecoded(UndecodedReason::BadLinkHeader)
        };
    };
    let wire_payload_len = len32(payload).saturating_add(carry.cut);
    let ip = IpMeta {
        src,
        dst,
        scope: carry.scope,
        ip_id: None,
        ttl: 0,
        dscp: 0,
        ip_bytes: wire_payload_len,
        link_bytes: 0,
        link_print: 0,
        stack: carry.stack,
        depth: 0,
    };
    Decoded::Udp(Datagram {
        meta: ip.with_ports(src_port, dst_port, carry.stack.with(Layer::ExportedPdu)),
        payload,
        wire_payload_len,
        checksum: 0,
    })
}

fn v4(value: &[u8]) -> Option<HostAddr> {
    value.first_chunk().map(|octets| HostAddr::v4(*octets))
}

fn v6(value: &[u8]) -> Option<HostAddr> {
    value.first_chunk().map(|octets| HostAddr::v6(*octets))
}

fn port(value: &[u8]) -> u16 {
    be32(value, 0)
        .and_then(|word| u16::try_from(word).ok())
        .unwrap_or(0)
}
