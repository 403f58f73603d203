//! HEP, how capture agents send SIP to a collector (Homer, heplify): version 3 in chunks, versions 1 and 2 with a
//! fixed header. What it carries is handed on as one datagram between the inner addresses, with the time and the
//! transport the agent saw.

use super::super::bytes::{be16, be32, le32, len32};
use super::super::decoded::{Datagram, Decoded, IpMeta, Relayed};
use super::super::stack::Layer;
use crate::types::{CaptureTime, HostAddr};

const MAGIC: &[u8] = b"HEP3";
const INET: u8 = 2;
const INET6: u8 = 10;

const PROTOCOL: u16 = 2;
const IPV4_SRC: u16 = 3;
const IPV4_DST: u16 = 4;
const IPV6_SRC: u16 = 5;
const IPV6_DST: u16 = 6;
const SRC_PORT: u16 = 7;
const DST_PORT: u16 = 8;
const SECONDS: u16 = 9;
const MICROSECONDS: u16 = 10;
const PAYLOAD: u16 = 15;
const COMPRESSED_PAYLOAD: u16 = 16;

#[derive(Default)]
struct Inner<'a> {
    src: Option<HostAddr>,
    dst: Option<HostAddr>,
    src_port: u16,
    dst_port: u16,
    protocol: Option<u8>,
    seconds: Option<u32>,
    microseconds: u32,
    payload: &'a [u8],
    compressed: bool,
}

impl Inner<'_> {
    /// `None` where the agent left it out or wrote nonsense.
    fn time(&self) -> Option<CaptureTime> {
        let seconds = self.seconds.filter(|s| *s > 0)?;
        let micros = Some(self.microseconds).filter(|us| *us < 1_000_000)?;
        let nanos = i64::from(micros) * 1000;
        Some(CaptureTime::from_secs_nanos(i64::from(seconds), nanos))
    }
}

pub(super) fn decode<'a>(outer: &IpMeta, bytes: &'a [u8], cut: u32) -> Option<Decoded<'a>> {
    let inner = if bytes.starts_with(MAGIC) {
        chunks(bytes, cut)?
    } else {
        fixed(bytes)?
    };
    let mut ip = *outer;
    ip.src = inner.src?;
    ip.dst = inner.dst?;
    let before = len32(bytes).saturating_sub(len32(inner.payload));
    ip.ip_bytes = outer.ip_bytes.saturating_sub(before);
    Some(Decoded::Relayed(Relayed {
        datagram: Datagram {
            meta: ip.with_ports(inner.src_port, inner.dst_port, ip.stack.with(Layer::Hep)),
            payload: inner.payload,
            wire_payload_len: len32(inner.payload).saturating_add(cut),
            checksum: 0,
        },
        time: inner.time(),
        protocol: inner.protocol,
        compressed: inner.compressed,
    }))
}

/// Version 3: total length, then (vendor, type, length with its own six octets, value).
fn chunks(bytes: &[u8], cut: u32) -> Option<Inner<'_>> {
    let total = be16(bytes, 4)?;
    if u32::from(total) > len32(bytes).saturating_add(cut) {
        return None;
    }
    let mut inner = Inner::default();
    // What stands behind the total length belongs to nobody.
    let bytes = bytes.get(..usize::from(total)).unwrap_or(bytes);
    let mut rest = bytes.get(6..)?;
    while let (Some(vendor), Some(kind), Some(len)) = (be16(rest, 0), be16(rest, 2), be16(rest, 4))
    {
        let len = usize::from(len);
        if len < 6 {
            // Nobody knows where the next one is; what was read may do.
            break;
        }
        let value = rest.get(6..len).or_else(|| rest.get(6..))?;
        rest = rest.get(len..).unwrap_or_default();
        if vendor != 0 {
            continue;
        }
        match kind {
            IPV4_SRC => inner.src = value.first_chunk().map(|a| HostAddr::v4(*a)),
            IPV4_DST => inner.dst = value.first_chunk().map(|a| HostAddr::v4(*a)),
            IPV6_SRC => inner.src = value.first_chunk().map(|a| HostAddr::v6(*a)),
            IPV6_DST => inner.dst = value.first_chunk().map(|a| HostAddr::v6(*a)),
            SRC_PORT => inner.src_port = be16(value, 0).unwrap_or_default(),
            DST_PORT => inner.dst_port = be16(value, 0).unwrap_or_default(),
            PROTOCOL => inner.protocol = value.first().copied(),
            SECONDS => inner.seconds = be32(value, 0),
            MICROSECONDS => inner.microseconds = be32(value, 0).unwrap_or(u32::MAX),
            PAYLOAD => (inner.payload, inner.compressed) = (value, false),
            COMPRESSED_PAYLOAD => (inner.payload, inner.compressed) = (value, true),
            _ => {}
        }
    }
    Some(inner)
}

/// Versions 1 and 2: version, header length, family, protocol, ports, addresses; 2 adds a timestamp and agent id.
fn fixed(bytes: &[u8]) -> Option<Inner<'_>> {
    let [version @ (1 | 2), header_len, family, protocol, ..] = bytes else {
        return None;
    };
    let header_len = usize::from(*header_len);
    let (src, dst, addresses_end) = match *family {
        INET => (v4_at(bytes, 8)?, v4_at(bytes, 12)?, 16),
        INET6 => (v6_at(bytes, 8)?, v6_at(bytes, 24)?, 40),
        _ => return None,
    };
    // Agents count version 2's trailer (seconds, microseconds, agent id: 10 or, padded, 12) in or leave it out.
    let payload_at = match version {
        1 => addresses_end,
        _ if header_len > addresses_end => header_len,
        _ => addresses_end + 12,
    };
    if header_len < addresses_end {
        return None;
    }
    // The trailer is little-endian, unlike the rest.
    let time = |at| Some(*version).filter(|v| *v == 2).and(le32(bytes, at));
    Some(Inner {
        src: Some(src),
        dst: Some(dst),
        src_port: be16(bytes, 4)?,
        dst_port: be16(bytes, 6)?,
        protocol: Some(*protocol),
        seconds: time(addresses_end),
        microseconds: time(addresses_end + 4).unwrap_or_default(),
        payload: bytes.get(payload_at..)?,
        compressed: false,
    })
}

fn v4_at(bytes: &[u8], at: usize) -> Option<HostAddr> {
    bytes.get(at..)?.first_chunk().map(|a| HostAddr::v4(*a))
}

fn v6_at(bytes: &[u8], at: usize) -> Option<HostAddr> {
    bytes.get(at..)?.first_chunk().map(|a| HostAddr::v6(*a))
}
