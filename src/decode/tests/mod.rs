//! Whole packets, written by [`testing`](super::testing).

mod carriers;

use super::testing::*;
use super::*;
use crate::types::{CaptureTime, LinkType, Scope};
use carriers::{carriers, hep3};

const SIP: &[u8] = b"OPTIONS sip:a SIP/2.0\r\n";

fn datagram<'a>(link: u16, data: &'a [u8]) -> Datagram<'a> {
    match decode(&packet(link, data)) {
        Decoded::Udp(datagram) => datagram,
        Decoded::Relayed(relayed) => relayed.datagram,
        other => panic!("{other:?}"),
    }
}

fn relayed<'a>(data: &'a [u8]) -> Relayed<'a> {
    match decode(&packet(101, data)) {
        Decoded::Relayed(relayed) => relayed,
        other => panic!("{other:?}"),
    }
}

fn reason(link: u16, data: &[u8]) -> &'static str {
    match decode(&packet(link, data)) {
        Decoded::Undecoded(reason) => reason.as_str(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_link_and_tunnel_leads_to_the_innermost_payload() {
    for (link, stack, data) in carriers() {
        let got = datagram(link, &data);
        assert_eq!(got.meta.stack.to_string(), stack);
        assert_eq!(got.payload, SIP, "{stack}");
        assert_eq!(got.wire_payload_len as usize, SIP.len(), "{stack}");
        let flow = got.meta.flow.to_string();
        assert!(
            flow == "192.0.2.1:5060 -> 192.0.2.2:5062"
                || flow == "[2001:db8::1]:5060 -> [2001:db8::2]:5062",
            "{stack}: {flow}"
        );
    }
}

#[test]
fn no_prefix_of_any_packet_panics_or_invents_payload() {
    for (link, stack, data) in carriers() {
        for end in 0..data.len() {
            for wire_len in [end, data.len()] {
                let cut = cut_packet(link, &data[..end], wire_len);
                if let Decoded::Udp(datagram) | Decoded::Relayed(Relayed { datagram, .. }) =
                    decode(&cut)
                {
                    let len = datagram.payload.len();
                    let captured = data[..end].windows(len.max(1));
                    assert!(
                        len == 0 || captured.into_iter().any(|bytes| bytes == datagram.payload),
                        "{stack} {end}"
                    );
                }
            }
        }
    }
}

#[test]
fn no_flipped_byte_panics() {
    for (link, _, data) in carriers() {
        for at in 0..data.len().min(120) {
            for value in [0, 1, 0x7f, 0x80, 0xff] {
                let mut damaged = data.clone();
                damaged[at] = value;
                let _ = decode(&packet(link, &damaged));
            }
        }
    }
}

#[test]
fn the_ip_header_gives_id_ttl_dscp_and_sizes() {
    // 20 + 8 + 23 = 51 bytes of IP; traffic class 0xb8 is DSCP 46.
    let data = eth(0x8100, &vlan(110, 0x0800, &sip_ip(SIP)));
    let meta = datagram(1, &data).meta;
    assert_eq!((meta.ip_id, meta.ttl, meta.dscp), (Some(0x1234), 64, 46));
    assert_eq!((meta.ip_bytes, meta.link_bytes), (51, 18));
    assert_eq!(meta.flow.scope, Scope(110));
    let data = eth(0x86dd, &ipv6(17, &udp(5060, 5062, SIP)));
    let got = datagram(1, &data);
    assert_eq!(
        (got.meta.ip_id, got.meta.ttl, got.meta.dscp),
        (None, 63, 46)
    );
    assert_eq!((got.meta.ip_bytes, got.meta.link_bytes), (71, 14));
    assert_eq!(got.checksum, 0xabcd);
}

#[test]
fn bytes_of_a_tunnel_count_as_link_bytes() {
    // 14 nominal + 20 outer IP + 4 GRE before the inner IP header.
    let data = ipv4(47, &join(&[&[0, 0, 8, 0], &sip_ip(SIP)]));
    assert_eq!(datagram(101, &data).meta.link_bytes, 38);
    // 14 + 20 + 8 UDP + 8 VXLAN + 14 inner Ethernet.
    let inner = join(&[&[8, 0, 0, 0, 0, 0, 42, 0], &eth(0x0800, &sip_ip(SIP))]);
    let data = ipv4(17, &udp(40000, 4789, &inner));
    assert_eq!(datagram(101, &data).meta.link_bytes, 64);
}

#[test]
fn ethernet_padding_is_no_payload() {
    let mut data = eth(0x0800, &sip_ip(b"hi"));
    data.resize(60, 0);
    assert_eq!(datagram(1, &data).payload, b"hi");
}

#[test]
fn a_cut_packet_keeps_its_size_on_the_wire() {
    let data = eth(0x0800, &sip_ip(SIP));
    let cut = cut_packet(1, &data[..14 + 20 + 8 + 5], data.len());
    let Decoded::Udp(got) = decode(&cut) else {
        panic!("no datagram")
    };
    assert_eq!((got.payload, got.wire_payload_len), (&SIP[..5], 23));
    let cut = cut_packet(1, &data[..14 + 20 + 4], data.len());
    assert!(matches!(
        decode(&cut),
        Decoded::Undecoded(UndecodedReason::CutBySnaplen)
    ));
}

#[test]
fn a_total_length_of_zero_means_what_the_wire_carried() {
    let mut data = eth(0x0800, &sip_ip(SIP));
    data[16..18].fill(0);
    let got = datagram(1, &data);
    assert_eq!((got.payload, got.meta.ip_bytes), (SIP, 51));
}

#[test]
fn lengths_that_contradict_each_other_are_named() {
    let mut data = eth(0x0800, &sip_ip(SIP));
    data[16..18].copy_from_slice(&[0, 19]);
    assert_eq!(reason(1, &data), "bad_ip_length");
    let mut data = eth(0x0800, &sip_ip(SIP));
    data[38..40].copy_from_slice(&[0, 7]);
    assert_eq!(reason(1, &data), "bad_udp_length");
    data[38..40].copy_from_slice(&[0, 32]); // one more than there is
    assert_eq!(reason(1, &data), "bad_udp_length");
    let mut data = eth(0x0800, &sip_ip(SIP));
    data[14] = 0x44;
    assert_eq!(reason(1, &data), "bad_ip_header_length");
    data[14] = 0x55;
    assert_eq!(reason(1, &data), "bad_ip_version");
    assert_eq!(reason(1, &data[..13]), "short_link_header");
    assert_eq!(reason(147, &data), "unsupported_link_type");
}

#[test]
fn ip_options_and_extension_headers_are_stepped_over() {
    let mut with_options = sip_ip(SIP);
    with_options[0] = 0x46;
    with_options[3] += 4;
    with_options.splice(20..20, [1, 1, 1, 0]);
    assert_eq!(datagram(101, &with_options).payload, SIP);
    // hop-by-hop, routing, destination, mobility-like, host identity, shim6, atomic fragment
    let chain = ipv6_fragment(17, 77, 0, false, &udp(5060, 5062, SIP));
    let chain = ipv6_option(140, &ipv6_option(44, &chain));
    let data = ipv6(
        0,
        &ipv6_option(43, &ipv6_option(60, &ipv6_option(139, &chain))),
    );
    let got = datagram(101, &data);
    assert_eq!((got.payload, got.meta.ip_id), (SIP, Some(77)));
    let mut endless = udp(5060, 5062, SIP);
    for _ in 0..10 {
        endless = ipv6_option(60, &endless);
    }
    let data = ipv6(60, &endless);
    assert_eq!(reason(101, &data), "too_many_extensions");
}

#[test]
fn fragments_tell_their_place() {
    let whole = udp(5060, 5062, SIP);
    let data = ipv4_with(A, B, 9, 0x2000, 17, &whole[..16]);
    let Decoded::Fragment(first) = decode(&packet(101, &data)) else {
        panic!("no fragment")
    };
    assert_eq!((first.offset, first.more, first.id), (0, true, 9));
    let flow = first.first_flow().map(|flow| flow.to_string());
    assert_eq!(flow.as_deref(), Some("192.0.2.1:5060 -> 192.0.2.2:5062"));
    let data = ipv4_with(A, B, 9, 2, 17, &whole[16..]);
    let Decoded::Fragment(last) = decode(&packet(101, &data)) else {
        panic!("no fragment")
    };
    assert_eq!(
        (last.offset, last.more, last.payload),
        (16, false, &whole[16..])
    );
    assert_eq!((last.key() == first.key(), last.first_flow()), (true, None));
    // A later IPv6 fragment whose next header says "destination options": its bytes are no header.
    let data = ipv6(44, &ipv6_fragment(60, 5, 16, false, &[0xff; 9]));
    let Decoded::Fragment(later) = decode(&packet(101, &data)) else {
        panic!("no fragment")
    };
    assert_eq!((later.protocol, later.payload.len()), (60, 9));
}

#[test]
fn tcp_flags_and_payload_are_told() {
    let data = ipv4(6, &tcp(5060, 5062, 100, 200, SYN | FIN | ACK, b"abc"));
    let Decoded::Tcp(got) = decode(&packet(101, &data)) else {
        panic!("no segment")
    };
    assert_eq!(
        (got.seq, got.ack, got.payload),
        (100, Some(200), &b"abc"[..])
    );
    assert_eq!((got.syn, got.fin, got.rst), (true, true, false));
    let mut bad = ipv4(6, &tcp(1, 2, 0, 0, 0, b""));
    bad[32] = 0x40;
    assert_eq!(reason(101, &bad), "bad_tcp_header_length");
    bad[32] = 0x60;
    assert_eq!(reason(101, &bad), "bad_tcp_header_length");
}

#[test]
fn an_icmp_error_names_the_flow_that_failed() {
    let rejected = sip_ip(SIP);
    // Port unreachable, from B about A's packet; 4 bytes of payload quoted.
    let quote = join(&[&[3, 3, 0, 0, 0, 0, 5, 220], &rejected[..32]]);
    let data = ipv4_with(B, A, 1, 0, 1, &quote);
    let Decoded::Icmp(got) = decode(&packet(101, &data)) else {
        panic!("no error")
    };
    assert_eq!((got.kind, got.code, got.info), (3, 3, 1500));
    assert_eq!(got.quoted.to_string(), "192.0.2.1:5060 -> 192.0.2.2:5062");
    assert_eq!(got.ip.src.to_string(), "192.0.2.2");
    assert_eq!((got.quoted_protocol, got.quoted_payload), (17, &SIP[..4]));
    // Packet too big, behind a hop-by-hop header.
    let quote = join(&[&[2, 0, 0, 0, 0, 0, 5, 0], &ipv6(17, &udp(5060, 5062, SIP))]);
    let data = ipv6(0, &ipv6_option(58, &quote));
    let Decoded::Icmp(got) = decode(&packet(101, &data)) else {
        panic!("no error")
    };
    assert_eq!((got.v6, got.kind, got.info), (true, 2, 1280));
    assert_eq!(got.quoted_payload, SIP);
    // An echo request quotes nothing.
    let data = ipv4(1, &[8, 0, 0, 0, 0, 1, 0, 1]);
    assert!(matches!(
        decode(&packet(101, &data)),
        Decoded::Other(OtherKind::Icmp)
    ));
}

/// ICMPv6 "no route", quoting `packet`.
fn unreachable6(quoted: &[u8]) -> Vec<u8> {
    ipv6(58, &join(&[&[1, 0, 0, 0, 0, 0, 0, 0], quoted]))
}

#[test]
fn an_error_that_quotes_a_cut_extension_header_reads_nothing_beyond_it() {
    // A whole header, any other behind it that says it is 80 octets long, and not all of it quoted.
    for first in 0..=255 {
        for there in 0..40 {
            let headers = [17, 9, 0, 0, 1, 2, 0, 0].repeat(5);
            let chain = ipv6_option(first, &headers[..there]);
            let data = unreachable6(&ipv6(0, &chain));
            decode(&packet(101, &data));
        }
    }
}

#[test]
fn an_error_that_quotes_a_later_fragment_names_no_flow() {
    let quoted = |offset| {
        let inner = udp(5060, 5062, SIP);
        ipv6(
            0,
            &ipv6_option(44, &ipv6_fragment(17, 7, offset, true, &inner)),
        )
    };
    let first = unreachable6(&quoted(0));
    let later = unreachable6(&quoted(8));
    assert!(matches!(decode(&packet(101, &first)), Decoded::Icmp(_)));
    assert!(!matches!(decode(&packet(101, &later)), Decoded::Icmp(_)));
}

#[test]
fn sctp_data_chunks_are_found_between_others() {
    let chunks = join(&[
        &[3, 0, 0, 6, 9, 9, 0, 0], // a SACK-like chunk of 6, padded
        &[0, 3, 0, 18, 0, 0, 0, 5, 0, 1, 0, 0, 0, 0, 0, 0],
        b"hi",
        &[0, 0],
    ]);
    let data = ipv4(132, &join(&[&[0x13, 0xc4, 0x13, 0xc6], &[0; 8], &chunks]));
    let Decoded::Sctp(got) = decode(&packet(101, &data)) else {
        panic!("no SCTP")
    };
    let found: Vec<_> = sctp::data_chunks(&got).collect();
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].tsn, found[0].stream, found[0].data),
        (5, 1, &b"hi"[..])
    );
    assert!(found[0].first && found[0].last);
}

#[test]
fn a_capture_agent_says_when_and_over_what_it_saw_the_payload() {
    let chunks = [
        (2, &[6u8][..]),
        (9, &[0x58, 0x4d, 0x36, 0x5c]),
        (10, &[0, 0x0f, 0x42, 0x3f]),
    ];
    let data = hep3(&chunks, 15);
    let got = relayed(&data);
    let time = CaptureTime::from_secs_nanos(0x584d_365c, 999_999_000);
    assert_eq!((got.time, got.protocol), (Some(time), Some(6)));
    assert!(!got.compressed);
    // A microsecond part that is none, no time at all, a compressed payload.
    let nonsense = hep3(&[(9, &[0, 0, 0, 1]), (10, &[0xff; 4])], 16);
    assert_eq!(relayed(&nonsense).time, None);
    assert!(relayed(&nonsense).compressed);
    assert_eq!(relayed(&hep3(&[], 15)).time, None);
}

/// The packet with `value` written `at` octets behind the magic.
fn hep3_with(at: usize, value: &[u8]) -> Vec<u8> {
    let mut data = hep3(&[], 15);
    let magic = data.windows(4).position(|w| w == b"HEP3").unwrap();
    data[magic + at..magic + at + value.len()].copy_from_slice(value);
    data
}

#[test]
fn lengths_that_lie_in_hep_cost_only_what_they_hide() {
    // Two addresses of ten octets and two ports of eight, from the sixth octet on; then the payload.
    let (second_port, payload) = (6 + 10 + 10 + 8, 6 + 10 + 10 + 8 + 8);
    let whole = hep3(&[], 15);
    let text = relayed(&whole).datagram.payload.to_vec();
    // The payload's chunk says more than there is, or less.
    let longer = hep3_with(payload + 4, &[0xff, 0xff]);
    assert_eq!(relayed(&longer).datagram.payload, text);
    let shorter = hep3_with(payload + 4, &[0, 16]);
    assert_eq!(relayed(&shorter).datagram.payload, &text[..10]);
    // A chunk shorter than its own header ends the reading: what was read is there.
    let broken = hep3_with(payload + 4, &[0, 5]);
    let got = relayed(&broken).datagram;
    assert_eq!((got.meta.flow.src.port, got.payload), (5060, &b""[..]));
    // A port of no octets is none.
    let mut no_port = hep3_with(second_port + 4, &[0, 6]);
    let at = no_port.windows(4).position(|w| w == b"HEP3").unwrap() + second_port + 6;
    // Its two octets begin a chunk of another vendor, which is passed over: two octets are too few for one.
    no_port.drain(at..at + 2);
    let total = (payload - 2 + 6 + text.len()) as u16;
    no_port[at - second_port - 2..at - second_port].copy_from_slice(&total.to_be_bytes());
    let got = relayed(&no_port).datagram;
    assert_eq!((got.meta.flow.dst.port, got.payload), (0, &text[..]));
    // Chunks behind the total length count for nothing.
    let ends_early = hep3_with(4, &(payload as u16).to_be_bytes());
    assert_eq!(relayed(&ends_early).datagram.payload, b"");
    // A total length beyond the packet: no HEP.
    let beyond = hep3_with(4, &[0xff, 0xff]);
    assert!(!matches!(
        decode(&packet(101, &beyond)),
        Decoded::Relayed(_)
    ));
}

#[test]
fn an_sctp_chunk_too_short_for_its_header_hides_no_other() {
    let short = [0, 3, 0, 8, 0, 0, 0, 1];
    let sound = [
        &[0, 3, 0, 18, 0, 0, 0, 5, 0, 1, 0, 0, 0, 0, 0, 0][..],
        b"hi",
    ]
    .concat();
    let head = [0x13, 0xc4, 0x13, 0xc6, 0, 0, 0, 7, 0, 0, 0, 0];
    let ip = ipv4(132, &join(&[&head, &short, &sound]));
    let Decoded::Sctp(got) = decode(&packet(101, &ip)) else {
        panic!("no SCTP")
    };
    let found: Vec<_> = sctp::data_chunks(&got).map(|c| c.data).collect();
    assert_eq!(found, [b"hi"]);
}

#[test]
fn a_version_2_trailer_is_little_endian_and_may_be_counted_in() {
    let trailer = [0x5c, 0x36, 0x4d, 0x58, 1, 0, 0, 0, 7, 0, 0, 0];
    for header_len in [16, 28] {
        let head = [2, header_len, 2, 132, 0x13, 0xc4, 0x13, 0xc6];
        let data = ipv4(
            17,
            &udp(40000, 9060, &join(&[&head, &A, &B, &trailer, SIP])),
        );
        let got = relayed(&data);
        assert_eq!(
            got.time,
            Some(CaptureTime::from_secs_nanos(0x584d_365c, 1000))
        );
        assert_eq!((got.protocol, got.datagram.payload), (Some(132), SIP));
    }
}

#[test]
fn other_traffic_is_named_not_failed() {
    for (data, kind) in [
        (eth(0x0806, &[0; 28]), OtherKind::Arp),
        (eth(0x88cc, &[0; 28]), OtherKind::EtherType(0x88cc)),
        (eth(38, &[0x42, 0x42, 3]), OtherKind::Llc),
        (eth(0x0800, &ipv4(2, &[0; 8])), OtherKind::Igmp),
        (eth(0x0800, &ipv4(89, &[0; 8])), OtherKind::IpProtocol(89)),
        (eth(0x0800, &ipv4(50, &[0x5a; 64])), OtherKind::Esp),
        (eth(0x8863, &[0; 28]), OtherKind::PppControl),
    ] {
        match decode(&packet(1, &data)) {
            Decoded::Other(got) => assert_eq!(got, kind),
            other => panic!("{kind:?}: {other:?}"),
        }
    }
}

#[test]
fn a_tunnel_port_without_a_tunnel_stays_a_datagram() {
    for port in [1701, 2152, 3544, 4500, 4789, 6081, 8472, 9060, 37008] {
        for payload in [SIP, &[0x80; 40], &[0; 60], &[8, 0, 0, 0, 0, 0, 1, 0]] {
            let data = ipv4(17, &udp(port, port, payload));
            let got = datagram(101, &data);
            assert_eq!((got.payload, got.meta.flow.dst.port), (payload, port));
        }
    }
}

#[test]
fn tunnels_are_followed_eight_deep() {
    let nested = |levels: usize| (0..levels).fold(sip_ip(SIP), |inner, _| ipv4(4, &inner));
    assert_eq!(datagram(101, &nested(8)).payload, SIP);
    assert_eq!(reason(101, &nested(9)), "too_deep");
}

#[test]
fn networks_with_equal_addresses_stay_apart() {
    let frame = eth(0x0800, &sip_ip(SIP));
    let vxlan = |vni: u8| {
        ipv4(
            17,
            &udp(1, 4789, &join(&[&[8, 0, 0, 0, 0, 0, vni, 0], &frame])),
        )
    };
    let stacked = |outer| {
        eth(
            0x88a8,
            &vlan(outer, 0x8100, &vlan(20, 0x0800, &sip_ip(SIP))),
        )
    };
    let scopes: Vec<Scope> = [
        (101, vxlan(1)),
        (101, vxlan(2)),
        (1, stacked(1)),
        (1, stacked(2)),
        (1, eth(0x8100, &vlan(20, 0x0800, &sip_ip(SIP)))),
        (1, frame.clone()),
    ]
    .iter()
    .map(|(link, data)| datagram(*link, data).meta.flow.scope)
    .collect();
    let distinct: std::collections::HashSet<_> = scopes.iter().collect();
    assert_eq!(distinct.len(), scopes.len(), "{scopes:?}");
    assert_eq!(scopes[4..], [Scope(20), Scope::NONE]);
    // A priority tag (id 0) names no network.
    let data = eth(0x8100, &vlan(0x2000, 0x0800, &sip_ip(SIP)));
    assert_eq!(datagram(1, &data).meta.flow.scope, Scope::NONE);
}

#[test]
fn both_directions_of_a_bearer_share_a_scope() {
    let gtp = |teid: u8| {
        let inner = sip_ip(SIP);
        let len = u8::try_from(inner.len()).unwrap();
        ipv4(
            17,
            &udp(
                2152,
                2152,
                &join(&[&[0x30, 255, 0, len, 0, 0, 0, teid], &inner]),
            ),
        )
    };
    let (up, down) = (gtp(1), gtp(2));
    assert_eq!(
        datagram(101, &up).meta.flow.scope,
        datagram(101, &down).meta.flow.scope
    );
}

#[test]
fn copies_of_one_packet_differ_in_their_link_print() {
    let one = eth(0x0800, &sip_ip(SIP));
    let mut other = one.clone();
    other[11] ^= 1;
    let prints = [&one, &other].map(|data| datagram(1, data).meta.link_print);
    assert_ne!(prints[0], prints[1]);
    // The "any" device: the same packet leaving one interface and entering another.
    let sll2 = |interface: u8, kind: u8| {
        join(&[
            &[8, 0, 0, 0, 0, 0, 0, interface, 0, 1, kind, 6],
            &[0; 8],
            &sip_ip(SIP),
        ])
    };
    let (out, into) = (sll2(3, 4), sll2(5, 0));
    assert_ne!(
        datagram(276, &out).meta.link_print,
        datagram(276, &into).meta.link_print
    );
}

#[test]
fn the_ip_layer_agrees_with_etherparse() {
    let packets = [
        eth(0x0800, &sip_ip(SIP)),
        eth(0x86dd, &ipv6(17, &udp(5060, 5062, SIP))),
        eth(0x8100, &vlan(110, 0x0800, &sip_ip(SIP))),
        eth(
            0x86dd,
            &ipv6(0, &ipv6_option(60, &ipv6_option(17, &udp(5060, 5062, SIP)))),
        ),
    ];
    for data in packets {
        let slice = etherparse::LaxSlicedPacket::from_ethernet(&data).unwrap();
        let Some(etherparse::TransportSlice::Udp(udp)) = slice.transport else {
            panic!("no UDP")
        };
        let got = datagram(1, &data);
        assert_eq!(got.payload, udp.payload());
        assert_eq!(got.meta.flow.src.port, udp.source_port());
    }
}

#[test]
fn link_types_have_names() {
    assert!(is_decoded(LinkType(276)));
    assert!(!is_decoded(LinkType(147)));
}

proptest::proptest! {
    #[test]
    fn no_bytes_on_any_link_panic(
        mut bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200),
        link in proptest::sample::select(vec![0, 1, 9, 12, 14, 50, 51, 101, 105, 108, 113, 127, 192, 228, 229, 239, 252, 276]),
        protocol in proptest::sample::select(vec![0, 4, 6, 17, 41, 43, 44, 47, 50, 51, 97, 115, 132, 137]),
        port in proptest::sample::select(vec![1701u16, 2152, 3544, 4500, 4789, 4790, 6081, 6635, 8472, 9060, 9061, 9063, 37008]),
        missing in 0usize..100,
    ) {
        let _ = decode(&cut_packet(link, &bytes, bytes.len() + missing));
        // The same bytes where a tunnel's header is expected.
        let tunnel = ipv4(protocol, &bytes);
        let _ = decode(&packet(101, &tunnel));
        let tunnel = ipv6(protocol, &bytes);
        let _ = decode(&cut_packet(101, &tunnel, tunnel.len() + missing));
        if let Some(first) = bytes.first_mut() {
            *first &= 0x3f;
        }
        let tunnel = ipv4(17, &udp(port, port, &bytes));
        let _ = decode(&packet(101, &tunnel));
    }
}
