//! One message in every link layer and tunnel there is a decoder for. tshark 4.0.17 finds SIP in each of them as
//! well (TZSP by "decode as", ESP with its NULL heuristic on), but for HEP, which it does not know on this port, and
//! the pseudowire, whose control word it takes for an address.

use super::super::testing::*;
use super::SIP;

/// Link type, the stack it shall show, the packet. All carry `SIP` from 192.0.2.1:5060 to 192.0.2.2:5062
/// or its IPv6 likeness.
pub(super) fn carriers() -> Vec<(u16, &'static str, Vec<u8>)> {
    let v4 = sip_ip(SIP);
    let v6 = ipv6(17, &udp(5060, 5062, SIP));
    let frame = eth(0x0800, &v4);
    let mut sll = vec![0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, 0x08, 0];
    sll.extend(&v4);
    let mut sll_vlan = vec![0, 4, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, 0x81, 0];
    sll_vlan.extend(vlan(7, 0x0800, &v4));
    let mut sll2 = vec![
        0x86, 0xdd, 0, 0, 0, 0, 0, 3, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0,
    ];
    sll2.extend(&v6);
    let mut wlan = vec![0x88, 0x01, 0, 0];
    wlan.extend([2; 18]);
    wlan.extend([0, 0, 0, 0, 0xaa, 0xaa, 3, 0, 0, 0, 8, 0]);
    wlan.extend(&v4);
    // Flags field with the FCS bit.
    let mut radiotap = vec![0, 0, 9, 0, 2, 0, 0, 0, 0x10];
    radiotap.extend(&wlan);
    radiotap.extend([0xfc; 4]);
    let gre_ip = ipv4(47, &join(&[&[0, 0, 8, 0], &v4]));
    let gre_key = ipv4(
        47,
        &join(&[
            &[0xb0, 0, 0x65, 0x58],
            &[0; 4],
            &[0, 0, 0, 9],
            &[0; 4],
            &frame,
        ]),
    );
    let erspan1 = ipv4(47, &join(&[&[0, 0, 0x88, 0xbe], &frame]));
    let erspan2 = ipv4(
        47,
        &join(&[
            &[0x10, 0, 0x88, 0xbe, 0, 0, 0, 1],
            &[0x10, 0, 0, 100, 0, 0, 0, 0],
            &frame,
        ]),
    );
    let erspan3 = ipv4(
        47,
        &join(&[
            &[0x10, 0, 0x22, 0xeb, 0, 0, 0, 1],
            &[0x20, 0, 0, 101, 0, 0, 0, 0, 0, 0, 0, 1],
            &[0; 8],
            &frame,
        ]),
    );
    let vxlan = ipv4(
        17,
        &udp(40000, 4789, &join(&[&[8, 0, 0, 0, 0, 0, 42, 0], &frame])),
    );
    let geneve = ipv4(
        17,
        &udp(
            40000,
            6081,
            &join(&[&[1, 0, 0x65, 0x58, 0, 0, 43, 0], &[0; 4], &frame]),
        ),
    );
    let gtp_len = u16::try_from(v4.len() + 8).unwrap().to_be_bytes();
    let gtp = ipv4(
        17,
        &udp(
            2152,
            2152,
            &join(&[
                &[0x34, 0xff],
                &gtp_len,
                &[0, 0, 0, 5, 0, 0, 0, 0x85],
                &[1, 0, 9, 0], // PDU session container
                &v4,
            ]),
        ),
    );
    let l2tp = ipv4(
        17,
        &udp(
            1701,
            1701,
            &join(&[&[0, 2, 0, 1, 0, 6], &[0xff, 3, 0, 0x21], &v4]),
        ),
    );
    let tzsp = ipv4(
        17,
        &udp(
            40000,
            37008,
            &join(&[&[1, 0, 0, 1, 0, 10, 1, 9, 1], &frame]),
        ),
    );
    let teredo = ipv4(
        17,
        &udp(40000, 3544, &join(&[&[0, 0, 1, 2, 3, 4, 5, 6], &v6])),
    );
    let pppoe_len = u8::try_from(v4.len() + 2).unwrap();
    let pppoe = join(&[&[0x11, 0, 0, 3, 0, pppoe_len, 0, 0x21], &v4]);
    let mpls = join(&[&[0, 1, 0x60, 64, 0, 1, 0x71, 64], &v4]); // labels 22 and 23
    let pseudowire = join(&[&[0, 1, 0x71, 64, 0, 0, 0, 0], &frame]);
    let ah = ipv4(
        51,
        &join(&[
            &[17, 4, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1],
            &[0; 12],
            &udp(5060, 5062, SIP),
        ]),
    );
    // Padding 1, next header 17, check value of 12.
    let esp = ipv4(
        50,
        &join(&[
            &[0, 0, 0, 1, 0, 0, 0, 1],
            &udp(5060, 5062, SIP),
            &[1, 1, 17],
            &[7; 12],
        ]),
    );
    let pdu = {
        let mut tags = vec![0, 12, 0, 4];
        tags.extend(b"sip\0");
        tags.extend([0, 20, 0, 4, 192, 0, 2, 1, 0, 21, 0, 4, 192, 0, 2, 2]);
        tags.extend([0, 25, 0, 4, 0, 0, 0x13, 0xc4, 0, 26, 0, 4, 0, 0, 0x13, 0xc6]);
        tags.extend([0, 0, 0, 0]);
        tags.extend(SIP);
        tags
    };
    let hep3 = hep3(&[(1, &[2]), (2, &[17])], 15);
    let hep1 = ipv4(
        17,
        &udp(
            40000,
            9060,
            &join(&[&[1, 16, 2, 17, 0x13, 0xc4, 0x13, 0xc6], &A, &B, SIP]),
        ),
    );
    let nflog = {
        let len = u16::try_from(v4.len() + 4).unwrap().to_le_bytes();
        join(&[&[2, 0, 0, 0], &[8, 0, 4, 0, 0, 0, 0, 2], &len, &[9, 0], &v4])
    };
    let llc_len = u16::try_from(v4.len() + 8).unwrap();
    vec![
        (1, "eth/ip/udp", frame.clone()),
        (1, "eth/ipv6/udp", eth(0x86dd, &v6)),
        (
            1,
            "eth/vlan(110)/ip/udp",
            eth(0x8100, &vlan(110, 0x0800, &v4)),
        ),
        (
            1,
            "eth/vlan(10)/vlan(20)/ip/udp",
            eth(0x88a8, &vlan(10, 0x8100, &vlan(20, 0x0800, &v4))),
        ),
        (
            1,
            "eth/llc/ip/udp",
            eth(llc_len, &join(&[&[0xaa, 0xaa, 3, 0, 0, 0, 8, 0], &v4])),
        ),
        (0, "null/ip/udp", join(&[&[2, 0, 0, 0], &v4])),
        (0, "null/ipv6/udp", join(&[&[0, 0, 0, 30], &v6])),
        (108, "null/ip/udp", join(&[&[0, 0, 0, 2], &v4])),
        (101, "raw/ip/udp", v4.clone()),
        (12, "raw/ipv6/udp", v6.clone()),
        (228, "raw/ip/udp", v4.clone()),
        (229, "raw/ipv6/udp", v6.clone()),
        (113, "sll/ip/udp", sll),
        (113, "sll/vlan(7)/ip/udp", sll_vlan),
        (276, "sll2/ipv6/udp", sll2),
        (9, "ppp/ip/udp", join(&[&[0xff, 3, 0, 0x21], &v4])),
        (50, "ppp/ip/udp", join(&[&[0x21], &v4])),
        (50, "ip/udp", join(&[&[0x0f, 0, 8, 0], &v4])),
        (51, "pppoe(3)/ppp/ip/udp", pppoe.clone()),
        (1, "eth/pppoe(3)/ppp/ip/udp", eth(0x8864, &pppoe)),
        (105, "wlan/llc/ip/udp", wlan.clone()),
        (127, "wlan/llc/ip/udp", radiotap),
        (
            192,
            "wlan/llc/ip/udp",
            join(&[&[0, 0, 8, 0, 105, 0, 0, 0], &wlan]),
        ),
        (239, "nflog/ip/udp", nflog),
        (252, "exported_pdu", pdu),
        (1, "eth/mpls(23)/ip/udp", eth(0x8847, &mpls)),
        (1, "eth/mpls(23)/eth/ip/udp", eth(0x8847, &pseudowire)),
        (
            1,
            "eth/macsec/ip/udp",
            eth(0x88e5, &join(&[&[0, 0, 0, 0, 0, 1, 8, 0], &v4])),
        ),
        (
            1,
            "eth/pbb(5)/eth/ip/udp",
            eth(0x88e7, &join(&[&[0, 0, 0, 5], &frame])),
        ),
        (
            1,
            "eth/vntag/ip/udp",
            eth(0x8926, &join(&[&[0, 0, 0, 0, 8, 0], &v4])),
        ),
        (101, "raw/ip/ip/udp", ipv4(4, &v4)),
        (101, "raw/ip/ipv6/udp", ipv4(41, &v6)),
        (101, "raw/ipv6/ip/udp", ipv6(4, &v4)),
        (101, "raw/ip/gre/ip/udp", gre_ip),
        (101, "raw/ip/gre/eth/ip/udp", gre_key),
        (101, "raw/ip/gre/erspan(0)/eth/ip/udp", erspan1),
        (101, "raw/ip/gre/erspan(100)/eth/ip/udp", erspan2),
        (101, "raw/ip/gre/erspan(101)/eth/ip/udp", erspan3),
        (
            101,
            "raw/ip/eth/ip/udp",
            ipv4(97, &join(&[&[0x30, 0], &frame])),
        ),
        (101, "raw/ip/mpls(23)/ip/udp", ipv4(137, &mpls)),
        (101, "raw/ip/ah/udp", ah),
        (101, "raw/ip/esp/udp", esp),
        (101, "raw/ip/udp/vxlan(42)/eth/ip/udp", vxlan),
        (101, "raw/ip/udp/geneve(43)/eth/ip/udp", geneve),
        (101, "raw/ip/udp/gtp(5)/ip/udp", gtp),
        (101, "raw/ip/udp/l2tp(6)/ppp/ip/udp", l2tp),
        (101, "raw/ip/udp/tzsp/eth/ip/udp", tzsp),
        (101, "raw/ip/udp/teredo/ipv6/udp", teredo),
        (101, "raw/ip/udp/hep", hep3),
        (101, "raw/ip/udp/hep", hep1),
    ]
}

/// HEP version 3 with [`SIP`] in a chunk of the given kind, and the chunks `more` before it.
pub(super) fn hep3(more: &[(u16, &[u8])], payload: u16) -> Vec<u8> {
    let (from, to) = (5060u16.to_be_bytes(), 5062u16.to_be_bytes());
    let addresses = [(3, &A[..]), (4, &B), (7, &from), (8, &to), (payload, SIP)];
    let mut chunks = vec![];
    for (kind, value) in more.iter().chain(&addresses) {
        chunks.extend([0, 0]);
        chunks.extend(kind.to_be_bytes());
        chunks.extend(u16::try_from(value.len() + 6).unwrap().to_be_bytes());
        chunks.extend(*value);
    }
    let len = u16::try_from(chunks.len() + 6).unwrap().to_be_bytes();
    ipv4(17, &udp(40000, 9060, &join(&[b"HEP3", &len, &chunks])))
}
