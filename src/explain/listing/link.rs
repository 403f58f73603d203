//! What is no UDP and no TCP: address resolution, ICMP, group membership, fragments, and what is not read at all.

use crate::decode::{self, Decoded, OtherKind};
use crate::pipeline::{Fate, Outside, PacketNote};
use crate::report::listing::PacketRow;
use crate::types::Packet;
use std::borrow::Cow;
use std::fmt::Write;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

const IPV4: u16 = 0x0800;
const ARP: u16 = 0x0806;
const IPV6: u16 = 0x86dd;

/// What stands behind the link header.
#[derive(Clone, Copy, Debug, Default)]
struct Inside<'a> {
    ether_type: Option<u16>,
    payload: &'a [u8],
    from: Option<[u8; 6]>,
    to: Option<[u8; 6]>,
}

/// An IP packet.
#[derive(Clone, Copy, Debug)]
struct Ip<'a> {
    src: IpAddr,
    dst: IpAddr,
    protocol: u8,
    ttl: u8,
    payload: &'a [u8],
}

/// The packet, of which neither a datagram nor a segment was read.
pub(super) fn other(row: &mut PacketRow, note: &PacketNote<'_>) {
    match note.outside {
        Outside::Ip { .. } => {
            let decoded = decode::decode(note.packet);
            match decoded {
                Decoded::Fragment(f) => {
                    row.protocol = Cow::Borrowed(if f.v6 { "IPv6" } else { "IPv4" });
                    let (name, number) = (protocol_name(f.protocol), f.protocol);
                    let _ = match f.v6 {
                        true => write!(
                            row.info,
                            "IPv6 fragment (off={} more={} ident=0x{:08x} nxt={number})",
                            f.offset,
                            if f.more { "y" } else { "n" },
                            f.id
                        ),
                        false => write!(
                            row.info,
                            "Fragmented IP protocol (proto={name} {number}, off={}, ID={:04x})",
                            f.offset, f.id
                        ),
                    };
                }
                Decoded::Sctp(s) => sctp(row, s.chunks),
                Decoded::Icmp(e) if e.v6 => {
                    row.protocol = Cow::Borrowed("ICMPv6");
                    icmpv6(row, &[e.kind, e.code], e.ip.ttl);
                }
                Decoded::Icmp(e) => {
                    row.protocol = Cow::Borrowed("ICMP");
                    icmp(row, &[e.kind, e.code], e.ip.ttl);
                }
                _ => outside(row, note),
            }
        }
        _ => outside(row, note),
    }
}

/// By the link header and the first IP header.
fn outside(row: &mut PacketRow, note: &PacketNote<'_>) {
    let inside = unwrap(note.packet);
    let kind = match note.outside {
        Outside::Other(kind) => Some(kind),
        _ => None,
    };
    if let Some(ip) = ip(&inside) {
        row.src = Some(ip.src.to_string());
        row.dst = Some(ip.dst.to_string());
        if let Some(kind @ (OtherKind::Icmp | OtherKind::Igmp)) = kind {
            // In a tunnel the outer header names another protocol.
            match (kind, ip.protocol) {
                (OtherKind::Icmp, 1) => {
                    row.protocol = Cow::Borrowed("ICMP");
                    return icmp(row, ip.payload, ip.ttl);
                }
                (OtherKind::Icmp, 58) => {
                    row.protocol = Cow::Borrowed("ICMPv6");
                    return icmpv6(row, ip.payload, ip.ttl);
                }
                (OtherKind::Igmp, 2) => return igmp(row, ip.payload),
                (OtherKind::Icmp, _) => row.protocol = Cow::Borrowed("ICMP"),
                _ => row.protocol = Cow::Borrowed("IGMP"),
            }
            let name = protocol_name(ip.protocol);
            let _ = match name {
                "" => write!(row.info, "in a tunnel between these hosts"),
                name => write!(row.info, "in a tunnel ({name}) between these hosts"),
            };
            return;
        }
        row.protocol = match protocol_name(ip.protocol) {
            "" => Cow::Borrowed(if ip.src.is_ipv4() { "IPv4" } else { "IPv6" }),
            name => Cow::Borrowed(name),
        };
        if let (50, Some(spi)) = (ip.protocol, ip.payload.first_chunk::<4>()) {
            let _ = write!(row.info, "ESP (SPI=0x{:08x})", u32::from_be_bytes(*spi));
        }
        return unread(row, note);
    }
    let mac = |octets: Option<[u8; 6]>| {
        octets.map(|[a, b, c, d, e, f]| format!("{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{f:02x}"))
    };
    (row.src, row.dst) = (mac(inside.from), mac(inside.to));
    match (kind, inside.ether_type) {
        (_, Some(ARP)) => arp(row, inside.payload),
        (_, Some(0x88cc)) => row.protocol = Cow::Borrowed("LLDP"),
        (_, Some(0x888e)) => row.protocol = Cow::Borrowed("EAPOL"),
        (Some(OtherKind::Llc), _) => llc(row, inside.payload),
        (Some(OtherKind::WifiManagement | OtherKind::EncryptedLink), _) => {
            row.protocol = Cow::Borrowed("802.11");
        }
        (Some(OtherKind::PppControl), _) => row.protocol = Cow::Borrowed("PPP"),
        (_, Some(ether_type)) => {
            row.protocol = Cow::Owned(format!("0x{ether_type:04x}"));
            row.info.push_str("Ethernet II");
        }
        _ => row.protocol = Cow::Borrowed("-"),
    }
    unread(row, note);
}

/// Why nothing more is said.
fn unread(row: &mut PacketRow, note: &PacketNote<'_>) {
    if !row.info.is_empty() {
        return;
    }
    match (note.outside, note.fate) {
        (Outside::Undecoded(reason), _) => {
            let _ = write!(row.info, "not read: {}", reason.as_str().replace('_', " "));
        }
        (_, Fate::Esp) => row.info.push_str("ESP"),
        (Outside::Other(kind), _) => {
            let _ = write!(row.info, "{}", kind.to_string().replace('_', " "));
        }
        _ => {}
    }
}

fn be16(bytes: &[u8], at: usize) -> Option<u16> {
    let pair = bytes.get(at..at.checked_add(2)?)?;
    Some(u16::from_be_bytes(*pair.first_chunk()?))
}

fn unwrap<'a>(packet: &Packet<'a>) -> Inside<'a> {
    let data = packet.data;
    let mac = |at: usize| data.get(at..at + 6)?.first_chunk::<6>().copied();
    let (from, to, at, behind) = match packet.link.0 {
        1 => (mac(6), mac(0), 12, 14),
        113 => (mac(6), None, 14, 16),
        276 => (mac(12), None, 0, 20),
        0 | 108 | 12 | 14 | 101 | 228 | 229 => {
            let skip = if matches!(packet.link.0, 0 | 108) {
                4
            } else {
                0
            };
            let payload = data.get(skip..).unwrap_or_default();
            let ether_type = match payload.first().map(|b| b >> 4) {
                Some(4) => Some(IPV4),
                Some(6) => Some(IPV6),
                _ => None,
            };
            return Inside {
                ether_type,
                payload,
                ..Inside::default()
            };
        }
        _ => return Inside::default(),
    };
    let (mut at, mut behind) = (at, behind);
    let mut ether_type = be16(data, at);
    // VLAN tags.
    for _ in 0..4 {
        if !matches!(ether_type, Some(0x8100 | 0x88a8 | 0x9100 | 0x9200)) {
            break;
        }
        at = behind + 2;
        behind += 4;
        ether_type = be16(data, at);
    }
    Inside {
        // A length, not a type (IEEE 802.3).
        ether_type: ether_type.filter(|t| *t >= 0x0600),
        payload: data.get(behind..).unwrap_or_default(),
        from,
        to,
    }
}

fn ip<'a>(inside: &Inside<'a>) -> Option<Ip<'a>> {
    let p = inside.payload;
    match inside.ether_type? {
        IPV4 => {
            let h = p.first_chunk::<20>()?;
            let [
                first,
                _,
                l0,
                l1,
                _,
                _,
                _,
                _,
                ttl,
                protocol,
                _,
                _,
                s0,
                s1,
                s2,
                s3,
                d0,
                d1,
                d2,
                d3,
            ] = *h;
            let header = usize::from(first & 0x0f) * 4;
            let end = usize::from(u16::from_be_bytes([l0, l1])).min(p.len());
            Some(Ip {
                src: Ipv4Addr::new(s0, s1, s2, s3).into(),
                dst: Ipv4Addr::new(d0, d1, d2, d3).into(),
                protocol,
                ttl,
                payload: p.get(header..end.max(header)).unwrap_or_default(),
            })
        }
        IPV6 => {
            let src: [u8; 16] = *p.get(8..24)?.first_chunk()?;
            let dst: [u8; 16] = *p.get(24..40)?.first_chunk()?;
            let end = 40 + usize::from(be16(p, 4)?);
            let mut protocol = *p.get(6)?;
            let mut rest = p.get(40..end.min(p.len()))?;
            for _ in 0..8 {
                if !matches!(protocol, 0 | 43 | 60) {
                    break;
                }
                let &[next, len] = rest.first_chunk::<2>()?;
                protocol = next;
                rest = rest.get((usize::from(len) + 1) * 8..)?;
            }
            Some(Ip {
                src: Ipv6Addr::from(src).into(),
                dst: Ipv6Addr::from(dst).into(),
                protocol,
                ttl: *p.get(7)?,
                payload: rest,
            })
        }
        _ => None,
    }
}

fn protocol_name(protocol: u8) -> &'static str {
    match protocol {
        1 => "ICMP",
        2 => "IGMP",
        4 => "IPIP",
        6 => "TCP",
        17 => "UDP",
        41 => "IPv6",
        46 => "RSVP",
        47 => "GRE",
        50 => "ESP",
        51 => "AH",
        58 => "ICMPv6",
        89 => "OSPF",
        103 => "PIM",
        112 => "VRRP",
        132 => "SCTP",
        136 => "UDPlite",
        _ => "",
    }
}

/// Address resolution (RFC 826) of IPv4 over Ethernet.
fn arp(row: &mut PacketRow, p: &[u8]) {
    row.protocol = Cow::Borrowed("ARP");
    let Some(h) = p.first_chunk::<28>() else {
        return;
    };
    let [
        ..,
        o0,
        o1,
        m0,
        m1,
        m2,
        m3,
        m4,
        m5,
        s0,
        s1,
        s2,
        s3,
        _,
        _,
        _,
        _,
        _,
        _,
        t0,
        t1,
        t2,
        t3,
    ] = *h;
    let sender = Ipv4Addr::new(s0, s1, s2, s3);
    let target = Ipv4Addr::new(t0, t1, t2, t3);
    let operation = u16::from_be_bytes([o0, o1]);
    let mac = format_args!("{m0:02x}:{m1:02x}:{m2:02x}:{m3:02x}:{m4:02x}:{m5:02x}").to_string();
    let _ = match operation {
        1 if sender.is_unspecified() => write!(row.info, "Who has {target}? (ARP Probe)"),
        1 if sender == target => write!(row.info, "ARP Announcement for {target}"),
        1 => write!(row.info, "Who has {target}? Tell {sender}"),
        2 if sender == target => write!(row.info, "Gratuitous ARP for {target} (Reply)"),
        2 => write!(row.info, "{sender} is at {mac}"),
        n => write!(row.info, "Unknown ARP opcode 0x{n:04x}"),
    };
}

fn llc(row: &mut PacketRow, p: &[u8]) {
    let is_tree = p.starts_with(&[0x42, 0x42, 3]);
    row.protocol = Cow::Borrowed(if is_tree { "STP" } else { "LLC" });
}

/// RFC 792, RFC 1812 §5.2.7.1.
fn icmp(row: &mut PacketRow, p: &[u8], ttl: u8) {
    let Some(&[kind, code]) = p.first_chunk::<2>() else {
        return;
    };
    if let (0 | 8, Some(id), Some(seq)) = (kind, be16(p, 4), be16(p, 6)) {
        let what = if kind == 8 { "request " } else { "reply   " };
        let _ = write!(
            row.info,
            "Echo (ping) {what} id=0x{id:04x}, seq={seq}/{}, ttl={ttl}",
            seq.swap_bytes()
        );
        return;
    }
    let what = match kind {
        0 => "Echo (ping) reply",
        3 => "Destination unreachable",
        4 => "Source quench (flow control)",
        5 => "Redirect",
        8 => "Echo (ping) request",
        9 => "Mobile IP Advertisement",
        10 => "Router solicitation",
        11 => "Time-to-live exceeded",
        12 => "Parameter problem",
        13 => "Timestamp request",
        14 => "Timestamp reply",
        _ => "Obsolete or malformed?",
    };
    row.info.push_str(what);
    let why = match (kind, code) {
        (3, 0) => "Network unreachable",
        (3, 1) => "Host unreachable",
        (3, 2) => "Protocol unreachable",
        (3, 3) => "Port unreachable",
        (3, 4) => "Fragmentation needed",
        (3, 5) => "Source route failed",
        (3, 6) => "Network unknown",
        (3, 7) => "Host unknown",
        (3, 9) => "Network administratively prohibited",
        (3, 10) => "Host administratively prohibited",
        (3, 13) => "Communication administratively filtered",
        (5, 0) => "Redirect for network",
        (5, 1) => "Redirect for host",
        (11, 0) => "Time to live exceeded in transit",
        (11, 1) => "Fragment reassembly time exceeded",
        _ => return,
    };
    let _ = write!(row.info, " ({why})");
}

/// RFC 4443, RFC 4861, RFC 3810.
fn icmpv6(row: &mut PacketRow, p: &[u8], ttl: u8) {
    let Some(&[kind, code]) = p.first_chunk::<2>() else {
        return;
    };
    let target = || {
        let octets: [u8; 16] = *p.get(8..24)?.first_chunk()?;
        Some(Ipv6Addr::from(octets))
    };
    // The first option: a link address.
    let link = || match p.get(24..32) {
        Some(&[1 | 2, 1, a, b, c, d, e, f]) => {
            Some(format!("{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{f:02x}"))
        }
        _ => None,
    };
    let _ = match (kind, code) {
        (1, _) => {
            let why = match code {
                0 => "no route to destination",
                1 => "Administratively prohibited",
                3 => "Address unreachable",
                4 => "Port unreachable",
                _ => "code unknown",
            };
            write!(row.info, "Destination Unreachable ({why})")
        }
        (2, _) => write!(row.info, "Packet Too Big"),
        (3, 0) => write!(row.info, "Time Exceeded (hop limit exceeded in transit)"),
        (3, _) => write!(
            row.info,
            "Time Exceeded (fragment reassembly time exceeded)"
        ),
        (4, _) => write!(row.info, "Parameter Problem"),
        (128 | 129, _) => {
            let what = if kind == 128 { "request" } else { "reply" };
            match (be16(p, 4), be16(p, 6)) {
                (Some(id), Some(seq)) => write!(
                    row.info,
                    "Echo (ping) {what} id=0x{id:04x}, seq={seq}, hop limit={ttl}"
                ),
                _ => write!(row.info, "Echo (ping) {what}"),
            }
        }
        (130, _) => write!(row.info, "Multicast Listener Query"),
        (131, _) => write!(row.info, "Multicast Listener Report"),
        (132, _) => write!(row.info, "Multicast Listener Done"),
        (133, _) => write!(row.info, "Router Solicitation"),
        (134, _) => write!(row.info, "Router Advertisement"),
        (135, _) => match (target(), link()) {
            (Some(target), Some(mac)) => {
                write!(row.info, "Neighbor Solicitation for {target} from {mac}")
            }
            (Some(target), None) => write!(row.info, "Neighbor Solicitation for {target}"),
            _ => write!(row.info, "Neighbor Solicitation"),
        },
        (136, _) => {
            let flags = p.get(4).copied().unwrap_or_default();
            let set = [(0x80, "rtr"), (0x40, "sol"), (0x20, "ovr")];
            let set = set.iter().filter(|(bit, _)| flags & bit != 0);
            let set: Vec<&str> = set.map(|(_, word)| *word).collect();
            let _ = match target() {
                Some(target) => write!(
                    row.info,
                    "Neighbor Advertisement {target} ({})",
                    set.join(", ")
                ),
                None => write!(row.info, "Neighbor Advertisement"),
            };
            match link() {
                Some(mac) => write!(row.info, " is at {mac}"),
                None => Ok(()),
            }
        }
        (143, _) => write!(row.info, "Multicast Listener Report Message v2"),
        _ => write!(row.info, "Unknown ({kind})"),
    };
}

/// RFC 2236, RFC 3376.
fn igmp(row: &mut PacketRow, p: &[u8]) {
    let Some(&[kind, _, _, _, g0, g1, g2, g3]) = p.first_chunk::<8>() else {
        row.protocol = Cow::Borrowed("IGMP");
        return;
    };
    let group = Ipv4Addr::new(g0, g1, g2, g3);
    row.protocol = Cow::Borrowed(match kind {
        0x11 if p.len() >= 12 => "IGMPv3",
        0x12 => "IGMPv1",
        0x22 => "IGMPv3",
        _ => "IGMPv2",
    });
    let _ = match kind {
        0x11 if group.is_unspecified() => write!(row.info, "Membership Query, general"),
        0x11 => write!(row.info, "Membership Query, specific for group {group}"),
        0x12 | 0x16 => write!(row.info, "Membership Report group {group}"),
        0x17 => write!(row.info, "Leave Group {group}"),
        0x22 => {
            row.info.push_str("Membership Report");
            records(
                row,
                p.get(8..).unwrap_or_default(),
                u16::from_be_bytes([g2, g3]),
            );
            Ok(())
        }
        n => write!(row.info, "type 0x{n:02x}"),
    };
}

/// Group records of a report (RFC 3376 §4.2.4).
fn records(row: &mut PacketRow, mut rest: &[u8], count: u16) {
    for _ in 0..count.min(16) {
        let Some(&[kind, aux, n0, n1, g0, g1, g2, g3]) = rest.first_chunk::<8>() else {
            return;
        };
        let group = Ipv4Addr::new(g0, g1, g2, g3);
        let sources = usize::from(u16::from_be_bytes([n0, n1]));
        let _ = match (kind, sources) {
            (2 | 4, 0) => write!(row.info, " / Join group {group} for any sources"),
            (1 | 3, 0) => write!(row.info, " / Leave group {group}"),
            (2 | 4, n) => write!(row.info, " / Join group {group}, {n} sources excluded"),
            (1 | 3, n) => write!(row.info, " / Join group {group} for {n} sources"),
            (5, n) => write!(row.info, " / Group {group}, new sources: {n}"),
            (6, n) => write!(row.info, " / Group {group}, blocked sources: {n}"),
            _ => Ok(()),
        };
        let len = 8 + sources * 4 + usize::from(aux) * 4;
        rest = rest.get(len..).unwrap_or_default();
    }
}

/// The chunks of an SCTP packet (RFC 9260 §3.2).
fn sctp(row: &mut PacketRow, mut chunks: &[u8]) {
    row.protocol = Cow::Borrowed("SCTP");
    for _ in 0..16 {
        let Some(&[kind, flags, l0, l1]) = chunks.first_chunk::<4>() else {
            return;
        };
        let len = usize::from(u16::from_be_bytes([l0, l1]));
        let word = |at: usize| {
            let bytes = chunks.get(at..at + 4)?;
            Some(u32::from_be_bytes(*bytes.first_chunk()?))
        };
        let _ = match (kind, word(4), word(8)) {
            (0, Some(tsn), _) => {
                let piece = if flags & 3 == 3 {
                    ""
                } else {
                    "(Message Fragment) "
                };
                write!(row.info, "DATA (TSN={tsn}) {piece}")
            }
            (1, ..) => write!(row.info, "INIT "),
            (2, ..) => write!(row.info, "INIT_ACK "),
            (3, Some(ack), Some(window)) => {
                write!(row.info, "SACK (Ack={ack}, Arwnd={window}) ")
            }
            (4, ..) => write!(row.info, "HEARTBEAT "),
            (5, ..) => write!(row.info, "HEARTBEAT_ACK "),
            (6, ..) => write!(row.info, "ABORT "),
            (7, ..) => write!(row.info, "SHUTDOWN "),
            (8, ..) => write!(row.info, "SHUTDOWN_ACK "),
            (9, ..) => write!(row.info, "ERROR "),
            (10, ..) => write!(row.info, "COOKIE_ECHO "),
            (11, ..) => write!(row.info, "COOKIE_ACK "),
            (14, ..) => write!(row.info, "SHUTDOWN_COMPLETE "),
            _ => write!(row.info, "chunk {kind} "),
        };
        chunks = chunks
            .get(len.next_multiple_of(4).max(4)..)
            .unwrap_or_default();
    }
}
