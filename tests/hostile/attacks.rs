//! The floods: each hands `n` packets of one kind to `send`.

use super::load::{ACK, Ends, SYN, Wire, host};
use sipflow::types::{Delta, Packet};
use std::io::Write;

type Send<'a> = &'a mut dyn FnMut(&Packet<'_>);

const PROXY: [u8; 4] = [192, 0, 2, 1];

fn to_proxy(n: u64) -> Ends {
    Ends {
        src: host(n),
        src_port: 5060,
        dst: PROXY,
        dst_port: 5060,
    }
}

/// An INVITE with a body, rewritten in place.
fn invite(out: &mut Vec<u8>, n: u64, call_id: &str, body: &str) {
    out.clear();
    let kind = if body.is_empty() {
        ""
    } else {
        "Content-Type: application/sdp\r\n"
    };
    write!(
        out,
        "INVITE sip:bob@example.org SIP/2.0\r\n\
         Via: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK{n}\r\n\
         From: <sip:alice@example.org>;tag={n}\r\nTo: <sip:bob@example.org>\r\n\
         Call-ID: {call_id}\r\nCSeq: 1 INVITE\r\nMax-Forwards: 70\r\n\
         Contact: <sip:alice@10.0.0.1>\r\n{kind}Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .expect("memory takes it");
}

fn audio_at(host: [u8; 4], port: u16, more: &str) -> String {
    let [a, b, c, d] = host;
    format!(
        "v=0\r\no=- 1 1 IN IP4 {a}.{b}.{c}.{d}\r\ns=-\r\nc=IN IP4 {a}.{b}.{c}.{d}\r\nt=0 0\r\n\
         m=audio {port} RTP/AVP 0\r\n{more}"
    )
}

/// Calls that are only asked for, each with a Call-ID of its own; 10 000 a second.
pub fn call_ids(n: u64, send: Send<'_>) {
    let mut wire = Wire::new(Delta::from_nanos(100_000));
    let mut text = Vec::new();
    for i in 0..n {
        invite(&mut text, i, &format!("{i}@example.org"), "");
        send(&wire.udp(&to_proxy(i), &text));
    }
}

/// The same with a session description: each announces an address of its own.
pub fn half_open_invites(n: u64, send: Send<'_>) {
    let mut wire = Wire::new(Delta::from_nanos(100_000));
    let mut text = Vec::new();
    for i in 0..n {
        let port = 10_000 + (i % 50_000) as u16;
        let body = audio_at(host(i / 50), port, "");
        invite(&mut text, i, &format!("{i}@example.org"), &body);
        send(&wire.udp(&to_proxy(i), &text));
    }
}

/// All announce one address, as calls through one relay may.
pub fn one_address_announced(n: u64, send: Send<'_>) {
    let mut wire = Wire::new(Delta::from_nanos(100_000));
    let mut text = Vec::new();
    let body = audio_at([192, 0, 2, 9], 4000, "");
    for i in 0..n {
        invite(&mut text, i, &format!("{i}@example.org"), &body);
        send(&wire.udp(&to_proxy(i), &text));
    }
}

/// Each announces as many sources as a datagram holds.
pub fn announced_sources(n: u64, send: Send<'_>) {
    let mut wire = Wire::new(Delta::from_nanos(100_000));
    let mut text = Vec::new();
    for i in 0..n {
        let more: String = (0..2000)
            .map(|s| format!("a=ssrc:{} x\r\n", i * 2000 + s))
            .collect();
        let body = audio_at(host(i), 4000, &more);
        invite(&mut text, i, &format!("{i}@example.org"), &body);
        send(&wire.udp(&to_proxy(i), &text));
    }
}

/// Call-IDs, URIs and tags as long as a datagram holds.
pub fn long_names(n: u64, send: Send<'_>) {
    let mut wire = Wire::new(Delta::from_nanos(100_000));
    let long = "x".repeat(20_000);
    let mut text = Vec::new();
    for i in 0..n {
        text.clear();
        write!(
            text,
            "INVITE sip:b@b SIP/2.0\r\nVia: SIP/2.0/UDP {long};branch=z9hG4bK{i}{long}\r\n\
             From: <sip:{long}@a>;tag={i}\r\nTo: <sip:b@b>\r\nCall-ID: {i}\r\nCSeq: 1 INVITE\r\n\r\n"
        )
        .expect("memory takes it");
        send(&wire.udp(&to_proxy(i), &text));
    }
}

/// One call that never ends: requests inside it, each a transaction of its own.
pub fn one_endless_call(n: u64, send: Send<'_>) {
    let mut wire = Wire::new(Delta::from_millis(1));
    let mut text = Vec::new();
    invite(&mut text, 0, "endless", "");
    send(&wire.udp(&to_proxy(1), &text));
    for i in 1..n {
        text.clear();
        write!(
            text,
            "INFO sip:b@b SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK{i}\r\n\
             From: <sip:a@a>;tag=0\r\nTo: <sip:b@b>;tag=1\r\nCall-ID: endless\r\n\
             CSeq: {i} INFO\r\nContent-Length: 0\r\n\r\n"
        )
        .expect("memory takes it");
        send(&wire.udp(&to_proxy(1), &text));
    }
}

/// Registrations that never stop under one Call-ID.
pub fn one_endless_registration(n: u64, send: Send<'_>) {
    let mut wire = Wire::new(Delta::from_millis(1));
    let mut text = Vec::new();
    for i in 0..n {
        text.clear();
        write!(
            text,
            "REGISTER sip:b SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK{i}\r\n\
             From: <sip:a@a>;tag=0\r\nTo: <sip:a@a>\r\nCall-ID: endless\r\n\
             CSeq: {i} REGISTER\r\nContact: <sip:a@10.0.0.1>\r\nContent-Length: 0\r\n\r\n"
        )
        .expect("memory takes it");
        send(&wire.udp(&to_proxy(1), &text));
    }
}

/// First fragments whose rest never comes: full ones, of datagrams of their own.
pub fn fragments(n: u64, send: Send<'_>) {
    let mut wire = Wire::new(Delta::from_nanos(10_000));
    let payload = [0x55; 1480];
    for i in 0..n {
        let id = (i % 65_536) as u16;
        send(&wire.fragment(&to_proxy(i / 65_536), id, 0, &payload));
    }
}

/// Connections that are never opened.
pub fn syns(n: u64, send: Send<'_>) {
    let mut wire = Wire::new(Delta::from_nanos(10_000));
    for i in 0..n {
        send(&wire.tcp(&to_proxy(i), 7, SYN, b""));
    }
}

/// One connection: a byte is missing, everything behind it is there.
pub fn behind_a_hole(n: u64, send: Send<'_>) {
    // 100 Mbit/s of full segments.
    let mut wire = Wire::new(Delta::from_nanos(116_800));
    let ends = to_proxy(1);
    send(&wire.tcp(&ends, 0, SYN, b""));
    let line = b"INVITE sip:b@b SIP/2.0\r\n";
    send(&wire.tcp(&ends, 1, ACK, line));
    let payload = [b'x'; 1460];
    let mut seq = 2 + line.len() as u32;
    for _ in 2..n {
        send(&wire.tcp(&ends, seq, ACK, &payload));
        seq = seq.wrapping_add(1460);
    }
}

/// One connection: every second byte is missing.
pub fn crumbs_behind_holes(n: u64, send: Send<'_>) {
    let mut wire = Wire::new(Delta::from_nanos(1000));
    let ends = to_proxy(1);
    send(&wire.tcp(&ends, 0, SYN, b""));
    for i in 1..n {
        send(&wire.tcp(&ends, (i as u32).wrapping_mul(2), ACK, b"x"));
    }
}

/// One message whose headers do not end.
pub fn endless_headers(n: u64, send: Send<'_>) {
    let mut wire = Wire::new(Delta::from_nanos(100_000));
    let ends = to_proxy(1);
    let mut seq = 1u32;
    send(&wire.tcp(&ends, 0, SYN, b""));
    let mut start = Vec::new();
    invite(&mut start, 1, "long", "");
    start.truncate(start.len() - 2);
    send(&wire.tcp(&ends, seq, ACK, &start));
    seq += start.len() as u32;
    let line = format!("X-Long: {}\r\n", "y".repeat(1440));
    for _ in 2..n {
        send(&wire.tcp(&ends, seq, ACK, line.as_bytes()));
        seq = seq.wrapping_add(line.len() as u32);
    }
}

/// Connections that each begin a message and leave it at that.
pub fn unfinished_messages(n: u64, send: Send<'_>) {
    let mut wire = Wire::new(Delta::from_nanos(10_000));
    let mut start = Vec::new();
    invite(&mut start, 1, "open", "");
    start.truncate(start.len() - 2);
    start.truncate(start.len() - "Content-Length: 0\r\n".len());
    start.extend_from_slice(b"Content-Length: 900000\r\n\r\n");
    let filler = [b'z'; 1400];
    // Each connection sends 600 segments, one after the other, as a flood of real ones would.
    let connections = n.div_ceil(600);
    for i in 0..connections {
        let ends = to_proxy(i);
        let mut seq = 1u32;
        send(&wire.tcp(&ends, 0, SYN, b""));
        send(&wire.tcp(&ends, seq, ACK, &start));
        seq += start.len() as u32;
        for _ in 0..598 {
            send(&wire.tcp(&ends, seq, ACK, &filler));
            seq += filler.len() as u32;
        }
    }
}

fn rtp(out: &mut Vec<u8>, seq: u16, ssrc: u32) {
    out.clear();
    out.extend([0x80, 0]);
    out.extend(seq.to_be_bytes());
    out.extend((u32::from(seq) * 160).to_be_bytes());
    out.extend(ssrc.to_be_bytes());
    out.resize(172, 0xff);
}

/// One announced flow, every packet from another source.
pub fn sources_on_one_flow(n: u64, send: Send<'_>) {
    let mut wire = Wire::new(Delta::from_nanos(100_000));
    let mut text = Vec::new();
    invite(&mut text, 1, "media", &audio_at([192, 0, 2, 9], 4000, ""));
    send(&wire.udp(&to_proxy(1), &text));
    let ends = Ends {
        src: host(1),
        src_port: 4000,
        dst: [192, 0, 2, 9],
        dst_port: 4000,
    };
    let mut payload = Vec::new();
    for i in 1..n {
        rtp(&mut payload, 1, i as u32);
        send(&wire.udp(&ends, &payload));
    }
}

/// Flows nobody announced, one packet each.
pub fn lone_rtp_packets(n: u64, send: Send<'_>) {
    let mut wire = Wire::new(Delta::from_nanos(10_000));
    let mut payload = Vec::new();
    for i in 0..n {
        let ends = Ends {
            src: host(i),
            src_port: 4000,
            dst: [192, 0, 2, 9],
            dst_port: 4000,
        };
        rtp(&mut payload, 1, i as u32);
        send(&wire.udp(&ends, &payload));
    }
}

/// Flows nobody announced, six packets each: every one of them proves to be a stream.
pub fn proven_streams(n: u64, send: Send<'_>) {
    let mut wire = Wire::new(Delta::from_nanos(20_000));
    let mut payload = Vec::new();
    for i in 0..n / 6 {
        let ends = Ends {
            src: host(i),
            src_port: 4000,
            dst: [192, 0, 2, 9],
            dst_port: 4000,
        };
        for seq in 0..6 {
            rtp(&mut payload, seq, i as u32);
            send(&wire.udp(&ends, &payload));
        }
    }
}

/// One message sent octet by octet whose body has no line end.
pub fn octet_by_octet(n: u64, send: Send<'_>) {
    bodies_octet_by_octet(n, "Content-Length: 1000000\r\n\r\n", b"z", send);
}

/// The same with a session description that does not say how long it is.
pub fn session_octet_by_octet(n: u64, send: Send<'_>) {
    let head = "Content-Type: application/sdp\r\n\r\n";
    bodies_octet_by_octet(n, head, b"a=x\r\n", send);
}

/// The same with the beginning of another message in the body.
pub fn message_in_message_octet_by_octet(n: u64, send: Send<'_>) {
    let head = "Content-Type: text/plain\r\nContent-Length: 1000000\r\n\r\nBYE sip:a@b SIP/2.0\r\n";
    bodies_octet_by_octet(n, head, b"X-Y: z\r\n", send);
}

fn bodies_octet_by_octet(n: u64, head: &str, body: &[u8], send: Send<'_>) {
    let mut wire = Wire::new(Delta::from_nanos(10_000));
    let ends = to_proxy(1);
    let mut start = Vec::new();
    invite(&mut start, 1, "octets", "");
    start.truncate(start.len() - "Content-Length: 0\r\n\r\n".len());
    start.extend_from_slice(head.as_bytes());
    send(&wire.tcp(&ends, 0, SYN, b""));
    let mut seq = 1u32;
    let text = start.iter().chain(body.iter().cycle());
    for octet in text.take(usize::try_from(n - 1).expect("a count")) {
        send(&wire.tcp(&ends, seq, ACK, &[*octet]));
        seq = seq.wrapping_add(1);
    }
}

/// Two addresses that a thousand calls announce, and packets between them of ever new sources.
pub fn sources_between_crowded_ends(n: u64, send: Send<'_>) {
    let mut wire = Wire::new(Delta::from_nanos(100_000));
    let (a, b) = ([192, 0, 2, 8], [192, 0, 2, 9]);
    let mut text = Vec::new();
    for i in 0..2000 {
        let body = audio_at(if i % 2 == 0 { a } else { b }, 4000, "a=ssrc:7 x\r\n");
        invite(&mut text, i, &format!("{i}@example.org"), &body);
        send(&wire.udp(&to_proxy(i), &text));
    }
    let ends = Ends {
        src: a,
        src_port: 4000,
        dst: b,
        dst_port: 4000,
    };
    let mut payload = Vec::new();
    for i in 2000..n {
        rtp(&mut payload, 1, i as u32);
        send(&wire.udp(&ends, &payload));
    }
}

/// Half-open calls a minute and a half apart.
pub fn slow_half_open_invites(n: u64, send: Send<'_>) {
    let mut wire = Wire::new(Delta::from_secs(90));
    let mut text = Vec::new();
    for i in 0..n {
        let body = audio_at(host(i), 4000, "");
        invite(&mut text, i, &format!("{i}@example.org"), &body);
        send(&wire.udp(&to_proxy(i), &text));
    }
}

/// `open` requests of one Call-ID that nobody answers, and then the first one again and again.
pub fn answers_out_of_many(open: u64, messages: u64, send: Send<'_>) {
    let mut wire = Wire::new(Delta::from_nanos(1000));
    let mut text = Vec::new();
    for i in 0..open + messages {
        let branch = if i < open { i } else { 0 };
        text.clear();
        write!(
            text,
            "INFO sip:b@b SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK{branch}\r\n\
             From: <sip:a@a>;tag=0\r\nTo: <sip:b@b>;tag=1\r\nCall-ID: many\r\n\
             CSeq: {branch} INFO\r\nX: {i}\r\nContent-Length: 0\r\n\r\n"
        )
        .expect("memory takes it");
        send(&wire.udp(&to_proxy(1), &text));
    }
}

/// One SIP message of [`steady_load`], from or to the proxy.
struct Said<'a> {
    start: &'a str,
    call_id: &'a str,
    method: &'a str,
    cseq: u32,
    to_tag: &'a str,
    more: &'a str,
}

fn say(out: &mut Vec<u8>, s: &Said<'_>) {
    let (id, cseq, method) = (s.call_id, s.cseq, s.method);
    out.clear();
    write!(
        out,
        "{}\r\nVia: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK{id}{cseq}{method}\r\n\
         From: <sip:alice@example.org>;tag={id}\r\nTo: <sip:bob@example.org>{}\r\n\
         Call-ID: {id}\r\nCSeq: {cseq} {method}\r\n{}Content-Length: 0\r\n\r\n",
        s.start, s.to_tag, s.more
    )
    .expect("memory takes it");
}

/// Each second of `hours` a call of two minutes begins, one in ten is never answered and one in
/// fifty never ended; a hundred phones register for an hour each every half hour, and take
/// another Call-ID every four hours. `None` after each
/// hour.
pub fn steady_load(hours: u64, send: &mut dyn FnMut(Option<&Packet<'_>>)) {
    let mut wire = Wire::new(Delta::from_nanos(0));
    let start = wire.now;
    let mut text = Vec::new();
    for second in 0..hours * 3600 {
        wire.now = start + Delta::from_secs(i64::try_from(second).expect("a week"));
        let id = |n: u64| format!("call{n:08}");
        let mut put = |call_id: &str, lines: [(&str, &str, u32, &str, &str); 2]| {
            for (start, method, cseq, to_tag, more) in lines {
                let said = Said {
                    start,
                    call_id,
                    method,
                    cseq,
                    to_tag,
                    more,
                };
                say(&mut text, &said);
                let mut ends = to_proxy(1);
                if start.starts_with("SIP") {
                    (ends.src, ends.dst) = (ends.dst, ends.src);
                }
                send(Some(&wire.udp(&ends, &text)));
            }
        };
        let (invite, bye) = (
            "INVITE sip:bob@example.org SIP/2.0",
            "BYE sip:bob@example.org SIP/2.0",
        );
        let answer = if second % 10 == 0 {
            "SIP/2.0 180 R"
        } else {
            "SIP/2.0 200 OK"
        };
        let tag = ";tag=b";
        put(
            &id(second),
            [
                (invite, "INVITE", 1, "", ""),
                (answer, "INVITE", 1, tag, ""),
            ],
        );
        if let Some(old) = second.checked_sub(120)
            && !old.is_multiple_of(10)
            && old % 50 != 7
        {
            let ok = "SIP/2.0 200 OK";
            put(
                &id(old),
                [(bye, "BYE", 2, tag, ""), (ok, "BYE", 2, tag, "")],
            );
        }
        if second.is_multiple_of(18) {
            let phone = format!("phone{}-{}", second / 18 % 100, second / 14_400);
            let cseq = u32::try_from(second / 1800 + 1).expect("a week");
            let more = "Contact: <sip:alice@10.0.0.1>;expires=3600\r\n";
            let ok = "SIP/2.0 200 OK";
            let register = "REGISTER sip:example.org SIP/2.0";
            put(
                &phone,
                [
                    (register, "REGISTER", cseq, "", more),
                    (ok, "REGISTER", cseq, tag, more),
                ],
            );
        }
        if (second + 1).is_multiple_of(3600) {
            send(None);
        }
    }
}

/// `streams` streams to one port of hosts of their own, all of one source, and then `descriptions` of media
/// there: of calls of their own, or one call's with ever other formats.
pub fn descriptions_of_many(streams: u64, descriptions: u64, one_call: bool, send: Send<'_>) {
    let mut wire = Wire::new(Delta::from_nanos(1000));
    let relay = [192, 0, 2, 9];
    let mut payload = Vec::new();
    for i in 0..streams {
        let ends = Ends {
            src: host(i),
            src_port: 4000,
            dst: relay,
            dst_port: 4000,
        };
        for seq in 0..5 {
            rtp(&mut payload, seq, 7);
            send(&wire.udp(&ends, &payload));
        }
    }
    let mut text = Vec::new();
    for i in 0..descriptions {
        let more = format!("a=rtpmap:0 PCMU/{}\r\n", 8000 + i % 2);
        let id = if one_call { 0 } else { i };
        let body = audio_at(relay, 4000, &more);
        invite(&mut text, i, &format!("{id}@example.org"), &body);
        send(&wire.udp(&to_proxy(0), &text));
    }
}
