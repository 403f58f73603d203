//! What was seen, from the census to the document.

use super::{
    ChecksumsSeen, LinkTypeSeen, PortSeen, PortSide, RtpSeen, SipSeen, StackSeen, TcpKind, TcpSeen,
    UnknownUdpSeen, VlanSeen,
};
use crate::decode;
use crate::decode::Layer;
use crate::pipeline::census::{Census, Tally};
use crate::pipeline::{Fate, Summary};
use crate::report::Collected;
use crate::source;
use crate::types::{Escaped, FrameRef, Transport};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// Rows of the lists that may be long.
const SHOWN: usize = 10;

pub(super) fn sip(summary: &Summary, c: &Collected, ports: &Tally<(Transport, u16)>) -> SipSeen {
    let ranked = ports.ranked();
    let more: u64 = ranked.iter().skip(SHOWN).map(|(_, n)| n).sum();
    SipSeen {
        messages: summary.counters.sip_messages,
        packets: summary.counters.fates.sip(),
        calls: c.calls.len() as u64,
        registrations: c.registrations.len() as u64,
        ports: ranked
            .into_iter()
            .take(SHOWN)
            .map(|((transport, port), messages)| PortSeen {
                transport,
                port,
                messages,
            })
            .collect(),
        ports_more: more + ports.beyond(),
    }
}

pub(super) fn rtp(summary: &Summary, c: &Collected) -> RtpSeen {
    let ports: BTreeSet<u16> = c.streams.iter().map(|s| s.flow.dst.port).collect();
    let framed = c.streams.iter().filter(|s| s.stack.contains(Layer::Framed));
    let in_frames: u64 = framed.map(|s| s.counted).sum();
    RtpSeen {
        streams: c.streams.len() as u64,
        streams_of_calls: c.streams.iter().filter(|s| s.call.is_some()).count() as u64,
        encrypted_streams: c.streams.iter().filter(|s| s.encrypted).count() as u64,
        packets: summary.counters.fates.of(Fate::Rtp) + in_frames,
        ports: ports.len() as u64,
        lowest_port: ports.first().copied(),
        highest_port: ports.last().copied(),
    }
}

pub(super) fn link_types(census: &Census) -> Vec<LinkTypeSeen> {
    let ranked = census.links.ranked();
    ranked
        .into_iter()
        .map(|(link, packets)| LinkTypeSeen {
            name: source::link_type_name(link).into_owned(),
            number: link.0,
            decoded: decode::is_decoded(link),
            packets,
        })
        .collect()
}

pub(super) fn stacks(census: &Census) -> Vec<StackSeen> {
    let ranked = census.stacks.ranked();
    ranked
        .into_iter()
        .map(|(stack, packets)| StackSeen {
            layers: stack.0.to_string(),
            packets,
        })
        .collect()
}

pub(super) fn vlans(census: &Census) -> Vec<VlanSeen> {
    let ranked = census.vlans.ranked();
    ranked
        .into_iter()
        .map(|(id, packets)| VlanSeen { id, packets })
        .collect()
}

/// The list and the packets beyond it.
pub(super) fn unknown_udp(census: &Census) -> (Vec<UnknownUdpSeen>, u64) {
    let all = census.unknown_udp();
    let more = all.iter().skip(SHOWN).map(|u| u.packets).sum();
    let shown = all.iter().take(SHOWN).map(|u| {
        let side = match u.from_port {
            0 => PortSide::To,
            n if n == u.packets => PortSide::From,
            _ => PortSide::Both,
        };
        let (source, frame) = place(u.frame);
        UnknownUdpSeen {
            port: u.port,
            side,
            guess: u.guess,
            title: u.guess.words().to_owned(),
            packets: u.packets,
            src: u.flow.src.into(),
            dst: u.flow.dst.into(),
            source,
            frame,
            head_hex: hex(u.head()),
            head: printable(u.head()),
        }
    });
    (shown.collect(), more)
}

/// The list and the packets beyond it.
pub(super) fn tcp(census: &Census) -> (Vec<TcpSeen>, u64) {
    let mut by_port: BTreeMap<(u16, TcpKind), TcpSeen> = BTreeMap::new();
    for t in census.tcp() {
        let kind = match t.fate {
            Fate::SipTcp => TcpKind::Sip,
            Fate::SipTls | Fate::Tls => TcpKind::Tls,
            Fate::WebSocket => TcpKind::WebSocket,
            _ if t.head().is_empty() => TcpKind::Silent,
            _ => TcpKind::Other,
        };
        let (source, frame) = place(t.frame);
        let seen = by_port.entry((t.port(), kind)).or_insert_with(|| TcpSeen {
            port: t.port(),
            kind,
            connections: 0,
            packets: 0,
            source,
            frame,
            head: printable(t.head()),
        });
        seen.connections += 1;
        seen.packets += t.packets.iter().sum::<u64>();
    }
    let mut all: Vec<TcpSeen> = by_port.into_values().collect();
    all.sort_by_key(|t| std::cmp::Reverse(t.packets));
    let more = all.iter().skip(SHOWN).map(|t| t.packets).sum();
    all.truncate(SHOWN);
    (all, more)
}

pub(super) fn checksums(census: &Census) -> ChecksumsSeen {
    let c = census.checksums;
    ChecksumsSeen {
        right: c.right,
        wrong: c.wrong,
        absent: c.absent,
        cut: c.cut,
    }
}

/// The file, from 1, and the frame.
pub(super) fn place(frame: FrameRef) -> (u32, u64) {
    (frame.source.number(), frame.frame.0)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut out, b| {
        // Writing to a String cannot fail.
        let _ = write!(out, "{b:02x}");
        out
    })
}

/// ASCII as it is, line ends by name, everything else as `\xNN`.
fn printable(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut out, b| {
        let _ = match *b {
            b' '..=b'~' | b'\r' | b'\n' | b'\t' => write!(out, "{}", Escaped(&[*b])),
            other => write!(out, "\\x{other:02x}"),
        };
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_bytes_are_shown_as_text_and_as_hexadecimal() {
        assert_eq!(printable(b"OK\r\n\x80\xe9\x1b"), "OK\\r\\n\\x80\\xe9\\x1b");
        assert_eq!(hex(b"OK\x80"), "4f4b80");
    }
}
