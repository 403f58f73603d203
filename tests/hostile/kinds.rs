//! Floods of packets of one kind, as small as they can be: what costs the most memory for an octet.

use super::attacks;
use super::floods;
use super::load::{ACK, Ends, SYN, Wire, host};
use super::program::Flood;
use sipflow::types::{Delta, Packet};
use std::io::Write;

type Send<'a> = &'a mut dyn FnMut(&Packet<'_>);

/// Every kind, by the name of its row in docs/robustness.md.
pub const KINDS: [(&str, Flood); 29] = [
    ("INVITEs with several flaws each", flawed_invites),
    ("INVITEs of two headers", two_headers),
    (
        "INVITEs of two headers, a flow each",
        two_headers_a_flow_each,
    ),
    ("half-open INVITEs", attacks::call_ids),
    ("half-open INVITEs with SDP", attacks::half_open_invites),
    ("half-open INVITEs, a TCP connection each", over_tcp),
    ("INVITEs with URIs of 600 octets", long_uris),
    ("INVITEs, each with an ICMP error", icmp_of_invites),
    ("every INVITE twice, as a capture of two places", duplicates),
    (
        "refused calls and registrations",
        floods::calls_and_registrations,
    ),
    ("answered calls that never end", answered),
    ("answered calls with many media lines", media_lines),
    ("one call with ever new INFOs", attacks::one_endless_call),
    ("one call with ever new answers", floods::forks),
    ("REGISTERs, an address of record each", registers),
    ("SUBSCRIBEs", subscribes),
    ("OPTIONS", options),
    ("BYEs", byes),
    ("INFOs with a key each", keys_in_info),
    ("one call with keys in INFO and RTP", floods::digits),
    ("RTP streams of six packets", small_streams),
    ("RTP streams of six packets of one source", one_source),
    ("RTP streams of one call", floods::streams),
    ("RTP streams with a key each", keys_in_rtp),
    ("RTP streams with RTCP", streams_with_rtcp),
    ("RTCP of ever new sources", rtcp),
    ("RTP packets alone", attacks::lone_rtp_packets),
    ("ICMP errors that quote RTP", icmp_of_rtp),
    ("SYNs", attacks::syns),
];

const BOB: [u8; 4] = [192, 0, 2, 1];

fn from(n: u64, port: u16) -> Ends {
    Ends {
        src: host(n),
        src_port: port,
        dst: BOB,
        dst_port: port,
    }
}

fn wire() -> Wire {
    Wire::new(Delta::from_nanos(100_000))
}

/// Each a datagram of a Call-ID of its own, written by `text`.
fn datagrams(n: u64, send: Send<'_>, mut text: impl FnMut(u64, &mut Vec<u8>)) {
    let (mut wire, mut out) = (wire(), Vec::new());
    for i in 0..n {
        out.clear();
        text(i, &mut out);
        send(&wire.udp(&from(i, 5060), &out));
    }
}

macro_rules! put {
    ($out:expr, $($text:tt)+) => {
        write!($out, $($text)+).expect("memory takes it")
    };
}

fn flawed_invites(n: u64, send: Send<'_>) {
    datagrams(n, send, |i, out| {
        put!(
            out,
            "INVITE b SIP/2.0\r\nVia: x\r\nFrom: a\r\nTo: <b\r\nCall-ID: {i}\r\nCSeq: 1 BYE\r\n\
             Contact: <\r\nMax-Forwards: x\r\nContent-Length: 9\r\n\r\n"
        );
    });
}

fn two_headers(n: u64, send: Send<'_>) {
    let (mut wire, mut out) = (wire(), Vec::new());
    for i in 0..n {
        out.clear();
        put!(
            out,
            "INVITE a:b SIP/2.0\r\nCall-ID:{i}\r\nCSeq:1 INVITE\r\n\r\n"
        );
        send(&wire.udp(&from(1, 5060), &out));
    }
}

fn two_headers_a_flow_each(n: u64, send: Send<'_>) {
    let (mut wire, mut out) = (wire(), Vec::new());
    for i in 0..n {
        out.clear();
        put!(
            out,
            "INVITE a:b SIP/2.0\r\nCall-ID:{i}\r\nCSeq:1 INVITE\r\n\r\n"
        );
        let ends = Ends {
            src_port: 1024 + (i % 60_000) as u16,
            ..from(i, 5060)
        };
        send(&wire.udp(&ends, &out));
    }
}

/// Shortest whole request outside of a dialog.
fn request(out: &mut Vec<u8>, method: &str, i: u64, more: &str, body: &str) {
    put!(
        out,
        "{method} sip:b SIP/2.0\r\nv:SIP/2.0/UDP a;branch=z9hG4bK{i}\r\nf:<sip:{i}@a>;tag={i}\r\n\
         t:<sip:b>\r\ni:{i}\r\nCSeq:1 {method}\r\n{more}l:{}\r\n\r\n{body}",
        body.len()
    );
}

fn over_tcp(n: u64, send: Send<'_>) {
    let (mut wire, mut out) = (wire(), Vec::new());
    for i in 0..n / 2 {
        let ends = from(i, 5060);
        send(&wire.tcp(&ends, 0, SYN, b""));
        out.clear();
        request(&mut out, "INVITE", i, "", "");
        send(&wire.tcp(&ends, 1, ACK, &out));
    }
}

fn long_uris(n: u64, send: Send<'_>) {
    let long = "x".repeat(600);
    datagrams(n, send, |i, out| {
        put!(
            out,
            "INVITE sip:b@b SIP/2.0\r\nv:SIP/2.0/UDP a;branch=z9hG4bK{i}\r\nf:<sip:{i}{long}@a>;tag={i}\r\n\
             t:<sip:{i}{long}@b>\r\ni:{i}\r\nCSeq:1 INVITE\r\nl:0\r\n\r\n"
        );
    });
}

fn icmp_of_invites(n: u64, send: Send<'_>) {
    let (mut wire, mut out) = (wire(), Vec::new());
    for i in 0..n / 2 {
        out.clear();
        request(&mut out, "INVITE", i, "", "");
        send(&wire.udp(&from(i, 5060), &out));
        send(&wire.port_unreachable(&from(i, 5060), &out));
    }
}

fn icmp_of_rtp(n: u64, send: Send<'_>) {
    let mut wire = wire();
    for i in 0..n {
        let packet = rtp(0, 0, i, &[]);
        send(&wire.port_unreachable(&from(i, 4000), &packet));
    }
}

fn duplicates(n: u64, send: Send<'_>) {
    let (mut wire, mut out) = (wire(), Vec::new());
    for i in 0..n / 2 {
        out.clear();
        request(&mut out, "INVITE", i, "", "");
        send(&wire.udp(&from(i, 5060), &out));
        send(&wire.udp(&from(i, 5060), &out));
    }
}

fn session(i: u64, port: u64, media: u64) -> String {
    let [a, b, c, d] = host(i);
    let mut text =
        format!("v=0\r\no=- 1 1 IN IP4 a\r\ns=-\r\nc=IN IP4 {a}.{b}.{c}.{d}\r\nt=0 0\r\n");
    for m in 0..media {
        text.push_str(&format!("m=audio {} RTP/AVP 0\r\n", port + 2 * m));
    }
    text
}

fn answered(n: u64, send: Send<'_>) {
    answered_with(n, 1, send);
}

fn media_lines(n: u64, send: Send<'_>) {
    answered_with(n, 100, send);
}

fn answered_with(n: u64, media: u64, send: Send<'_>) {
    let (mut wire, mut out) = (wire(), Vec::new());
    for i in 0..n / 2 {
        let (there, back) = (from(i, 5060), from(i, 5060));
        let back = Ends {
            src: back.dst,
            dst: back.src,
            ..back
        };
        let kind = "c:application/sdp\r\n";
        out.clear();
        request(&mut out, "INVITE", i, kind, &session(i, 4000, media));
        send(&wire.udp(&there, &out));
        let body = session(i, 6000, media);
        out.clear();
        put!(
            out,
            "SIP/2.0 200 OK\r\nv:SIP/2.0/UDP a;branch=z9hG4bK{i}\r\nf:<sip:{i}@a>;tag={i}\r\n\
             t:<sip:b>;tag=b\r\ni:{i}\r\nCSeq:1 INVITE\r\n{kind}l:{}\r\n\r\n{body}",
            body.len()
        );
        send(&wire.udp(&back, &out));
    }
}

fn registers(n: u64, send: Send<'_>) {
    datagrams(n, send, |i, out| {
        put!(
            out,
            "REGISTER sip:b SIP/2.0\r\nv:SIP/2.0/UDP a;branch=z9hG4bK{i}\r\nf:<sip:{i}@b>;tag={i}\r\n\
             t:<sip:{i}@b>\r\ni:{i}\r\nCSeq:1 REGISTER\r\nm:<sip:{i}@a>\r\nl:0\r\n\r\n"
        );
    });
}

fn subscribes(n: u64, send: Send<'_>) {
    datagrams(n, send, |i, out| {
        request(out, "SUBSCRIBE", i, "o:presence\r\n", "");
    });
}

fn options(n: u64, send: Send<'_>) {
    datagrams(n, send, |i, out| request(out, "OPTIONS", i, "", ""));
}

fn byes(n: u64, send: Send<'_>) {
    datagrams(n, send, |i, out| request(out, "BYE", i, "", ""));
}

fn keys_in_info(n: u64, send: Send<'_>) {
    datagrams(n, send, |i, out| {
        let kind = "c:application/dtmf-relay\r\n";
        request(out, "INFO", i, kind, "Signal=5\r\nDuration=160\r\n");
    });
}

fn rtp(kind: u8, seq: u16, ssrc: u64, payload: &[u8]) -> Vec<u8> {
    let mut out = vec![0x80, kind];
    out.extend(seq.to_be_bytes());
    out.extend((u32::from(seq) * 160).to_be_bytes());
    out.extend((ssrc as u32).to_be_bytes());
    out.extend(payload);
    out
}

/// Six packets of each stream to one end.
fn streams_of(n: u64, send: Send<'_>, ssrc: impl Fn(u64) -> u64) {
    let mut wire = wire();
    for i in 0..n / 6 {
        for seq in 0..6 {
            send(&wire.udp(&from(i, 4000), &rtp(0, seq, ssrc(i), &[0xff; 4])));
        }
    }
}

fn small_streams(n: u64, send: Send<'_>) {
    streams_of(n, send, |i| i + 1);
}

/// The same, all of one SSRC.
pub fn one_source(n: u64, send: Send<'_>) {
    streams_of(n, send, |_| 7);
}

/// Each stream is proven, and then a key is pressed (RFC 4733).
fn keys_in_rtp(n: u64, send: Send<'_>) {
    let mut wire = wire();
    for i in 0..n / 8 {
        let ends = from(i, 4000);
        for seq in 0..5 {
            send(&wire.udp(&ends, &rtp(0, seq, i + 1, &[0xff; 4])));
        }
        for (seq, end) in [(5u16, 0x0a), (6, 0x8a), (7, 0x8a)] {
            let mut packet = rtp(101, seq, i + 1, &[5, end, 1, 0x40]);
            // All of one key have the time of its beginning.
            packet[4..8].copy_from_slice(&800u32.to_be_bytes());
            send(&wire.udp(&ends, &packet));
        }
    }
}

/// A sender report without blocks (RFC 3550 §6.4.1), with a SDES CNAME behind it.
fn sender_report(ssrc: u64) -> Vec<u8> {
    let ssrc = (ssrc as u32).to_be_bytes();
    let mut out = vec![0x80, 200, 0, 6];
    out.extend(ssrc);
    out.extend([
        0xe0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 6, 0, 0, 3, 0xc0,
    ]);
    out.extend([0x81, 202, 0, 3]);
    out.extend(ssrc);
    out.extend([1, 4, b'a', b'@', b'b', b'c', 0, 0]);
    out
}

fn streams_with_rtcp(n: u64, send: Send<'_>) {
    let mut wire = wire();
    for i in 0..n / 6 {
        for seq in 0..5 {
            send(&wire.udp(&from(i, 4000), &rtp(0, seq, i + 1, &[0xff; 4])));
        }
        send(&wire.udp(&from(i, 4001), &sender_report(i + 1)));
    }
}

fn rtcp(n: u64, send: Send<'_>) {
    let mut wire = wire();
    for i in 0..n {
        send(&wire.udp(&from(i, 4001), &sender_report(i + 1)));
    }
}
