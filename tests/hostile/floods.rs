//! Floods for the renderers of text: much of one kind within one call, or much of it beside each other.

use super::load::{ACK, Ends, Wire, host};
use sipflow::types::{Delta, Packet};
use std::io::Write;

type Send<'a> = &'a mut dyn FnMut(&Packet<'_>);

const ALICE: [u8; 4] = [192, 0, 2, 1];
const BOB: [u8; 4] = [192, 0, 2, 2];

/// A message of the one call: its parts, written in place.
struct Text<'a> {
    start: &'a str,
    call_id: &'a str,
    from: &'a str,
    to: &'a str,
    branch: u64,
    cseq: (u64, &'a str),
    more: &'a str,
    body: &'a str,
}

impl Default for Text<'_> {
    fn default() -> Self {
        Text {
            start: "INVITE sip:bob@example.org SIP/2.0",
            call_id: "one@example.org",
            from: "<sip:alice@example.org>;tag=a",
            to: "<sip:bob@example.org>",
            branch: 0,
            cseq: (1, "INVITE"),
            more: "",
            body: "",
        }
    }
}

/// A wire with the text of the message at hand.
struct Line<'s, 'p> {
    wire: Wire,
    text: Vec<u8>,
    send: &'s mut (dyn FnMut(&Packet<'_>) + 'p),
}

impl<'s, 'p> Line<'s, 'p> {
    fn new(step: Delta, send: &'s mut (dyn FnMut(&Packet<'_>) + 'p)) -> Self {
        Line {
            wire: Wire::new(step),
            text: Vec::new(),
            send,
        }
    }

    fn sip(&mut self, src: [u8; 4], dst: [u8; 4], t: &Text<'_>) {
        self.text.clear();
        let kind = match t.body {
            "" => "",
            b if b.starts_with("Signal=") => "Content-Type: application/dtmf-relay\r\n",
            _ => "Content-Type: application/sdp\r\n",
        };
        write!(
            self.text,
            "{}\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK{}\r\nFrom: {}\r\nTo: {}\r\n\
             Call-ID: {}\r\nCSeq: {} {}\r\n{}{kind}Content-Length: {}\r\n\r\n{}",
            t.start,
            t.branch,
            t.from,
            t.to,
            t.call_id,
            t.cseq.0,
            t.cseq.1,
            t.more,
            t.body.len(),
            t.body
        )
        .expect("memory takes it");
        (self.send)(&self.wire.udp(&ends(src, 5060, dst, 5060), &self.text));
    }

    fn udp(&mut self, ends: &Ends, payload: &[u8]) {
        (self.send)(&self.wire.udp(ends, payload));
    }

    /// INVITE, 200 and ACK between alice and bob, media at port 4000 of each.
    fn answered(&mut self, call_id: &str, branch: u64) {
        let (offer, answer) = (audio(ALICE, ""), audio(BOB, ""));
        let invite = Text {
            call_id,
            branch,
            body: &offer,
            ..Text::default()
        };
        self.sip(ALICE, BOB, &invite);
        let ok = Text {
            start: "SIP/2.0 200 OK",
            to: TO,
            body: &answer,
            ..invite
        };
        self.sip(BOB, ALICE, &ok);
        let ack = Text {
            start: "ACK sip:bob@example.org SIP/2.0",
            call_id,
            to: TO,
            branch: branch + 1,
            cseq: (1, "ACK"),
            ..Text::default()
        };
        self.sip(ALICE, BOB, &ack);
    }
}

const TO: &str = "<sip:bob@example.org>;tag=b";

fn ends(src: [u8; 4], src_port: u16, dst: [u8; 4], dst_port: u16) -> Ends {
    Ends {
        src,
        src_port,
        dst,
        dst_port,
    }
}

fn audio(host: [u8; 4], more: &str) -> String {
    let [a, b, c, d] = host;
    format!(
        "v=0\r\no=- 1 1 IN IP4 {a}.{b}.{c}.{d}\r\ns=-\r\nc=IN IP4 {a}.{b}.{c}.{d}\r\nt=0 0\r\n\
         m=audio 4000 RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\n{more}"
    )
}

fn short() -> Delta {
    Delta::from_nanos(100_000)
}

/// One INVITE handed on from host to host.
pub fn hosts(n: u64, send: Send<'_>) {
    let mut line = Line::new(short(), send);
    let body = audio(ALICE, "");
    for i in 0..n {
        let invite = Text {
            branch: i,
            body: &body,
            ..Text::default()
        };
        line.sip(host(i), host(i + 1), &invite);
    }
}

/// One INVITE that a proxy sends everywhere, whose targets refuse it as servers do.
pub fn servers(n: u64, send: Send<'_>) {
    let mut line = Line::new(short(), send);
    line.sip(ALICE, BOB, &Text::default());
    for i in 0..n / 2 {
        let invite = Text {
            branch: i + 1,
            ..Text::default()
        };
        line.sip(BOB, host(i), &invite);
        let refusal = Text {
            start: "SIP/2.0 404 Not Found",
            to: TO,
            more: "Server: kamailio\r\n",
            ..invite
        };
        line.sip(host(i), BOB, &refusal);
    }
}

/// The same with names as long as a datagram allows.
pub fn long_names_of_hosts(n: u64, send: Send<'_>) {
    let mut line = Line::new(short(), send);
    let to = format!("<sip:{}@example.org>", "b".repeat(20_000));
    let from = format!("<sip:{}@example.org>;tag=a", "a".repeat(20_000));
    for i in 0..n {
        let invite = Text {
            branch: i,
            to: if i == 0 { &to } else { "<sip:b@example.org>" },
            from: if i == 0 {
                &from
            } else {
                "<sip:a@example.org>;tag=a"
            },
            ..Text::default()
        };
        line.sip(host(i), host(i + 1), &invite);
    }
}

fn rtp(line: &mut Line<'_, '_>, ends: &Ends, seq: u16, kind: u8, payload: &[u8], ssrc: u64) {
    let mut out = vec![0x80, kind];
    out.extend(seq.to_be_bytes());
    out.extend((u32::from(seq) * 160).to_be_bytes());
    out.extend((ssrc as u32).to_be_bytes());
    out.extend(payload);
    line.udp(ends, &out);
}

/// One call with ever new streams to and from where it announced its media.
pub fn streams(n: u64, send: Send<'_>) {
    let mut line = Line::new(short(), send);
    line.answered("one@example.org", 0);
    for i in 0..n / 12 {
        let (to, from) = (
            ends(host(i), 4000, BOB, 4000),
            ends(BOB, 4000, host(i), 4000),
        );
        for seq in 0..6 {
            rtp(&mut line, &to, seq, 0, &[0xff; 160], 2 * i + 1);
            rtp(&mut line, &from, seq, 0, &[0xff; 160], 2 * i + 2);
        }
    }
}

/// Answers without end, each of a dialog of its own.
pub fn forks(n: u64, send: Send<'_>) {
    let mut line = Line::new(short(), send);
    line.sip(ALICE, BOB, &Text::default());
    for i in 1..n {
        let to = format!("<sip:bob@example.org>;tag={i}");
        let ringing = Text {
            start: "SIP/2.0 180 Ringing",
            to: &to,
            ..Text::default()
        };
        line.sip(BOB, ALICE, &ringing);
    }
}

/// Every status there is, with reasons and products of their own.
pub fn statuses_and_products(n: u64, send: Send<'_>) {
    let mut line = Line::new(short(), send);
    line.sip(ALICE, BOB, &Text::default());
    for i in 1..n {
        let start = format!("SIP/2.0 {} Reason {i}", 101 + i % 598);
        let more = format!("Server: product {i}\r\nContact: <sip:{i}@192.0.2.2>\r\n");
        let response = Text {
            start: &start,
            to: TO,
            more: &more,
            ..Text::default()
        };
        line.sip(BOB, ALICE, &response);
    }
}

/// The same INVITE again and again.
pub fn repeats(n: u64, send: Send<'_>) {
    let mut line = Line::new(short(), send);
    for _ in 0..n {
        line.sip(ALICE, BOB, &Text::default());
    }
}

/// Offers in INVITEs of ever new numbers, and as many PRACKs with a session description.
pub fn offers_and_pracks(n: u64, send: Send<'_>) {
    let mut line = Line::new(short(), send);
    for i in 0..n / 2 {
        let body = audio(ALICE, &format!("a=x:{i}\r\n"));
        let invite = Text {
            branch: 2 * i,
            cseq: (2 * i + 1, "INVITE"),
            body: &body,
            ..Text::default()
        };
        line.sip(ALICE, BOB, &invite);
        let prack = Text {
            start: "PRACK sip:bob@example.org SIP/2.0",
            to: TO,
            branch: 2 * i + 1,
            cseq: (2 * i + 2, "PRACK"),
            ..invite
        };
        line.sip(ALICE, BOB, &prack);
    }
}

/// Hold and resume without end.
pub fn events(n: u64, send: Send<'_>) {
    let mut line = Line::new(Delta::from_millis(1), send);
    line.answered("one@example.org", 0);
    for i in 0..n / 2 {
        let way = if i % 2 == 0 { "a=sendonly\r\n" } else { "" };
        let body = audio(ALICE, way);
        let invite = Text {
            to: TO,
            branch: i + 10,
            cseq: (i + 2, "INVITE"),
            body: &body,
            ..Text::default()
        };
        line.sip(ALICE, BOB, &invite);
        let ok = Text {
            start: "SIP/2.0 200 OK",
            ..invite
        };
        line.sip(BOB, ALICE, &ok);
    }
}

/// Digits in INFO, and as many within the media.
pub fn digits(n: u64, send: Send<'_>) {
    let mut line = Line::new(Delta::from_millis(1), send);
    line.answered("one@example.org", 0);
    let media = ends(ALICE, 4000, BOB, 4000);
    for i in 0..n / 4 {
        let info = Text {
            start: "INFO sip:bob@example.org SIP/2.0",
            to: TO,
            branch: i + 10,
            cseq: (i + 2, "INFO"),
            body: "Signal=5\r\nDuration=160\r\n",
            ..Text::default()
        };
        line.sip(ALICE, BOB, &info);
        // One event a timestamp: begun, and ended (RFC 4733 §2.5.1.4).
        for (more, last) in [(0, 0x0a), (1, 0x8a), (2, 0x8a)] {
            let mut out = vec![0x80, 101];
            out.extend(((i * 3 + more) as u16).to_be_bytes());
            out.extend((i as u32 * 8000).to_be_bytes());
            out.extend([0, 0, 0, 7, (i % 10) as u8, last, 1, 0x40]);
            line.udp(&media, &out);
        }
    }
}

/// Messages with as many media lines, formats and contacts as a datagram holds: `n` of them in all.
pub fn lines_of_one_message(n: u64, send: Send<'_>) {
    let mut line = Line::new(Delta::from_millis(1), send);
    const EACH: u64 = 400;
    for i in 0..(n / EACH).max(1) {
        let media: String = (0..EACH)
            .map(|m| {
                let port = 4000 + 2 * m;
                format!("m=audio {port} RTP/AVP 96\r\na=rtpmap:96 codec{m}/8000\r\n")
            })
            .collect();
        let body = audio(ALICE, &media);
        let contacts: String = (0..EACH)
            .map(|c| format!("Contact: <sip:{c}@192.0.2.1>\r\n"))
            .collect();
        let invite = Text {
            branch: i,
            cseq: (i + 1, "INVITE"),
            more: &contacts,
            body: &body,
            ..Text::default()
        };
        line.sip(ALICE, BOB, &invite);
    }
}

/// One message over TCP with `n` octets of body, at most as many as are read, and no blank in it.
pub fn words_without_end(n: u64, send: Send<'_>) {
    let mut wire = Wire::new(short());
    let body = "x".repeat(usize::try_from(n.min(1_000_000)).expect("a length"));
    let text = format!(
        "MESSAGE sip:b@b SIP/2.0\r\nVia: SIP/2.0/TCP 192.0.2.1;branch=z9hG4bK1\r\n\
         From: <sip:a@a>;tag=a\r\nTo: <sip:b@b>\r\nCall-ID: one\r\nCSeq: 1 MESSAGE\r\n\
         Content-Type: text/plain\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut seq = 1;
    for part in text.as_bytes().chunks(1400) {
        send(&wire.tcp(&ends(ALICE, 5060, BOB, 5060), seq, ACK, part));
        seq += 1400;
    }
}

/// Refused calls, each with findings, and as many refused registrations.
pub fn calls_and_registrations(n: u64, send: Send<'_>) {
    let mut line = Line::new(short(), send);
    for i in 0..n / 4 {
        let (call, user) = (format!("call{i}@x"), format!("<sip:{i}@example.org>;tag=a"));
        let invite = Text {
            call_id: &call,
            from: &user,
            branch: 2 * i,
            ..Text::default()
        };
        line.sip(host(i), BOB, &invite);
        let refusal = Text {
            start: "SIP/2.0 488 Not Acceptable Here",
            to: TO,
            ..invite
        };
        line.sip(BOB, host(i), &refusal);
        let registration = format!("registration{i}@x");
        let register = Text {
            start: "REGISTER sip:example.org SIP/2.0",
            call_id: &registration,
            from: &user,
            to: &user,
            branch: 2 * i + 1,
            cseq: (1, "REGISTER"),
            ..Text::default()
        };
        line.sip(host(i), host(i + 1), &register);
        let refusal = Text {
            start: "SIP/2.0 403 Forbidden",
            ..register
        };
        line.sip(host(i + 1), host(i), &refusal);
    }
}

/// Answered calls without media beside streams of no call.
pub fn calls_without_their_streams(n: u64, send: Send<'_>) {
    let mut line = Line::new(Delta::from_millis(1), send);
    for i in 0..n / 9 {
        line.answered(&format!("{i}@x"), 2 * i);
        for seq in 0..6 {
            let stray = ends(host(i), 7000, host(i + 1), 7002);
            rtp(&mut line, &stray, seq, 0, &[0xff; 160], i);
        }
    }
}
