//! A small packet writer for tests, independent of the decoder: each function puts one header before
//! bytes, so a packet is written from the inside out.

#![allow(missing_docs)]

use crate::types::{CaptureTime, FrameNo, LinkType, Packet, SourceId};
use std::net::Ipv6Addr;

pub(crate) const A: [u8; 4] = [192, 0, 2, 1];
pub(crate) const B: [u8; 4] = [192, 0, 2, 2];
pub(crate) const A6: &str = "2001:db8::1";
pub(crate) const B6: &str = "2001:db8::2";

/// A packet that was captured whole.
pub(crate) fn packet(link: u16, data: &[u8]) -> Packet<'_> {
    cut_packet(link, data, data.len())
}

/// A packet of which the wire carried `wire_len` bytes.
pub(crate) fn cut_packet(link: u16, data: &[u8], wire_len: usize) -> Packet<'_> {
    Packet {
        source: SourceId(0),
        frame: FrameNo(1),
        time: CaptureTime::from_nanos(0),
        link: LinkType(link),
        data,
        wire_len: u32::try_from(wire_len).unwrap(),
        file_offset: None,
    }
}

fn word(value: usize) -> [u8; 2] {
    u16::try_from(value).unwrap().to_be_bytes()
}

pub(crate) fn join(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

pub(crate) fn eth(kind: u16, inner: &[u8]) -> Vec<u8> {
    join(&[
        &[0x02, 0, 0, 0, 0, 0x02],
        &[0x02, 0, 0, 0, 0, 0x01],
        &kind.to_be_bytes(),
        inner,
    ])
}

/// A VLAN tag; its own type stands in the header before it.
pub(crate) fn vlan(id: u16, kind: u16, inner: &[u8]) -> Vec<u8> {
    join(&[&id.to_be_bytes(), &kind.to_be_bytes(), inner])
}

pub(crate) fn ipv4(protocol: u8, inner: &[u8]) -> Vec<u8> {
    ipv4_with(A, B, 0x1234, 0, protocol, inner)
}

/// `flags` is the flags and fragment offset word.
pub(crate) fn ipv4_with(
    src: [u8; 4],
    dst: [u8; 4],
    id: u16,
    flags: u16,
    protocol: u8,
    inner: &[u8],
) -> Vec<u8> {
    join(&[
        &[0x45, 0xb8],
        &word(20 + inner.len()),
        &id.to_be_bytes(),
        &flags.to_be_bytes(),
        &[64, protocol, 0, 0],
        &src,
        &dst,
        inner,
    ])
}

pub(crate) fn ipv6(next: u8, inner: &[u8]) -> Vec<u8> {
    let src: Ipv6Addr = A6.parse().unwrap();
    let dst: Ipv6Addr = B6.parse().unwrap();
    join(&[
        &[0x6b, 0x80, 0, 0], // traffic class 0xb8
        &word(inner.len()),
        &[next, 63],
        &src.octets(),
        &dst.octets(),
        inner,
    ])
}

/// An IPv6 extension header of eight octets.
pub(crate) fn ipv6_option(next: u8, inner: &[u8]) -> Vec<u8> {
    join(&[&[next, 0, 1, 4, 0, 0, 0, 0], inner])
}

/// An IPv6 fragment header; `offset` in bytes.
pub(crate) fn ipv6_fragment(next: u8, id: u32, offset: u16, more: bool, inner: &[u8]) -> Vec<u8> {
    let field = offset | u16::from(more);
    join(&[&[next, 0], &field.to_be_bytes(), &id.to_be_bytes(), inner])
}

pub(crate) fn udp(src: u16, dst: u16, inner: &[u8]) -> Vec<u8> {
    join(&[
        &src.to_be_bytes(),
        &dst.to_be_bytes(),
        &word(8 + inner.len()),
        &[0xab, 0xcd],
        inner,
    ])
}

pub(crate) const FIN: u8 = 1;
pub(crate) const SYN: u8 = 2;
pub(crate) const ACK: u8 = 16;

pub(crate) fn tcp(src: u16, dst: u16, seq: u32, ack: u32, flags: u8, inner: &[u8]) -> Vec<u8> {
    join(&[
        &src.to_be_bytes(),
        &dst.to_be_bytes(),
        &seq.to_be_bytes(),
        &ack.to_be_bytes(),
        &[0x50, flags, 0xff, 0xff, 0, 0, 0, 0],
        inner,
    ])
}

/// The commonest packet: 5060 to 5062 over IPv4.
pub(crate) fn sip_ip(inner: &[u8]) -> Vec<u8> {
    ipv4(17, &udp(5060, 5062, inner))
}
