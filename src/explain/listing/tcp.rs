//! TCP segments in Wireshark's words, with sequence numbers counted from the connection's beginning.

use super::tls::{TlsState, tls};
use crate::decode::Segment;
use crate::explain::words::clean;
use crate::pipeline::Fate;
use crate::report::listing::PacketRow;
use crate::types::{Flow, FlowKey};
use foldhash::fast::RandomState;
use hashbrown::HashMap;
use std::borrow::Cow;
use std::fmt::Write;

/// Connections known at a time; then all begin anew, as if the capture began there.
const MOST_CONNECTIONS: usize = 10_000;

/// What is known of the connections.
#[derive(Default)]
pub(super) struct Connections {
    known: HashMap<FlowKey, Connection, RandomState>,
}

#[derive(Default)]
struct Connection {
    sides: [Side; 2],
    tls: TlsState,
    /// An HTTP answer turned it into a WebSocket.
    is_websocket: bool,
}

/// One direction.
#[derive(Clone, Copy, Default)]
struct Side {
    /// Where its relative numbers begin.
    base: Option<u32>,
    /// Shift of its window (RFC 7323 §2.2), where its SYN was seen.
    scale: Option<u8>,
    syn_seen: bool,
    /// The relative number behind the highest octet seen.
    next: Option<u32>,
    /// Relative numbers that were passed over.
    hole: Option<(u32, u32)>,
    /// Relative acknowledgment and raw window of the last segment, and how often they came again.
    last_ack: Option<(u32, u16)>,
    same_acks: u32,
}

/// What a header says beside what the decoder reads.
#[derive(Default)]
struct Options {
    window: u16,
    psh: bool,
    urg: bool,
    ece: bool,
    cwr: bool,
    words: String,
    /// Ranges that arrived behind a hole (RFC 2018).
    sacks: [Option<(u32, u32)>; 4],
    scale: Option<u8>,
    known: bool,
}

impl Connections {
    /// Follows a segment that is told otherwise.
    pub(super) fn pass(&mut self, s: &Segment<'_>, data: &[u8]) {
        let options = Options::of(s, data);
        let (connection, side) = self.of(&s.meta.flow);
        let _ = connection.follow(s, &options, side);
        connection.turn(s.payload);
    }

    /// What the segment is.
    pub(super) fn tell(&mut self, row: &mut PacketRow, s: &Segment<'_>, data: &[u8], fate: Fate) {
        row.protocol = Cow::Borrowed("TCP");
        let options = Options::of(s, data);
        let (connection, side) = self.of(&s.meta.flow);
        let flaw = connection.follow(s, &options, side);
        if flaw.is_empty() && !s.payload.is_empty() && connection.content(row, s, fate, side) {
            connection.turn(s.payload);
            return;
        }
        connection.words(row, s, &options, side, &flaw);
    }

    fn of(&mut self, flow: &Flow) -> (&mut Connection, usize) {
        let key = flow.key();
        if self.known.len() >= MOST_CONNECTIONS && !self.known.contains_key(&key) {
            self.known.clear();
        }
        let side = usize::from(key.ends().0 != flow.src);
        (self.known.entry(key).or_default(), side)
    }
}

impl Connection {
    /// What stands in front of the words, as `[TCP Retransmission] `.
    fn follow(&mut self, s: &Segment<'_>, options: &Options, side: usize) -> String {
        let [first, second] = &mut self.sides;
        let (own, other) = match side {
            0 => (first, second),
            _ => (second, first),
        };
        if s.syn {
            // A new connection between the same ports.
            let again = own.syn_seen && own.base != Some(s.seq);
            if again && s.ack.is_none() {
                *other = Side::default();
            }
            if again || !own.syn_seen {
                *own = Side {
                    base: Some(s.seq),
                    scale: options.scale,
                    syn_seen: true,
                    ..Side::default()
                };
            }
        }
        let base = *own.base.get_or_insert(s.seq.wrapping_sub(1));
        if let Some(ack) = s.ack {
            other.base.get_or_insert(ack.wrapping_sub(1));
        }
        let seq = s.seq.wrapping_sub(base);
        let ack = s
            .ack
            .map(|a| a.wrapping_sub(other.base.unwrap_or_default()));
        let len = s.wire_payload_len;
        let end = seq
            .wrapping_add(len)
            .wrapping_add(u32::from(s.syn) + u32::from(s.fin));
        let mut flaw = String::new();
        let is_plain = !s.syn && !s.fin && !s.rst;
        match own.next {
            Some(next) if len <= 1 && is_plain && seq == next.wrapping_sub(1) && seq > 0 => {
                flaw.push_str("[TCP Keep-Alive] ");
            }
            Some(next) if (len > 0 || s.syn || s.fin) && behind(seq, next) => {
                let fills = own
                    .hole
                    .is_some_and(|(from, to)| !behind(seq, from) && behind(seq, to));
                let confirmed = other.last_ack.is_some_and(|(a, _)| !behind(a, end));
                flaw.push_str(match (fills, confirmed) {
                    (true, _) => "[TCP Out-Of-Order] ",
                    (_, true) => "[TCP Spurious Retransmission] ",
                    _ => "[TCP Retransmission] ",
                });
            }
            Some(next) if behind(next, seq) && !s.rst => {
                own.hole = Some((next, seq));
                flaw.push_str("[TCP Previous segment not captured] ");
            }
            _ => {}
        }
        if let (Some(ack), true) = (ack, len == 0 && is_plain && own.next == Some(seq)) {
            match own.last_ack {
                Some((a, w)) if a == ack && w == options.window && options.known => {
                    own.same_acks = own.same_acks.saturating_add(1);
                    if other.next.is_some_and(|n| behind(ack, n)) {
                        let _ = write!(flaw, "[TCP Dup ACK #{}] ", own.same_acks);
                    }
                }
                Some((a, _)) if a == ack && options.known => {
                    own.same_acks = 0;
                    flaw.push_str("[TCP Window Update] ");
                }
                _ => own.same_acks = 0,
            }
        }
        if let Some(ack) = ack {
            own.last_ack = Some((ack, options.window));
        }
        if own.next.is_none_or(|next| behind(next, end)) {
            own.next = Some(end);
        }
        flaw
    }

    fn words(
        &self,
        row: &mut PacketRow,
        s: &Segment<'_>,
        options: &Options,
        side: usize,
        flaw: &str,
    ) {
        let [first, second] = &self.sides;
        let (own, other) = match side {
            0 => (first, second),
            _ => (second, first),
        };
        let (src, dst) = (s.meta.flow.src.port, s.meta.flow.dst.port);
        let _ = write!(row.info, "{flaw}{src} → {dst} [");
        let flags = [
            ("FIN", s.fin),
            ("SYN", s.syn),
            ("RST", s.rst),
            ("PSH", options.psh),
            ("ACK", s.ack.is_some()),
            ("URG", options.urg),
            ("ECE", options.ece),
            ("CWR", options.cwr),
        ];
        for (n, (name, _)) in flags.iter().filter(|(_, set)| *set).enumerate() {
            row.info.push_str(if n > 0 { ", " } else { "" });
            row.info.push_str(name);
        }
        let seq = s.seq.wrapping_sub(own.base.unwrap_or_default());
        let _ = write!(row.info, "] Seq={seq}");
        if let Some(ack) = s.ack {
            let ack = ack.wrapping_sub(other.base.unwrap_or_default());
            let _ = write!(row.info, " Ack={ack}");
        }
        if options.known {
            let both = own.scale.filter(|_| other.scale.is_some() && !s.syn);
            let window = u64::from(options.window) << both.unwrap_or_default().min(14);
            let _ = write!(row.info, " Win={window}");
        }
        let _ = write!(row.info, " Len={}{}", s.wire_payload_len, options.words);
        for (left, right) in options.sacks.iter().flatten() {
            let base = other.base.unwrap_or_default();
            let [left, right] = [left, right].map(|edge| edge.wrapping_sub(base));
            let _ = write!(row.info, " SLE={left} SRE={right}");
        }
    }

    /// What is inside where that is no SIP and stands in one segment.
    fn content(&mut self, row: &mut PacketRow, s: &Segment<'_>, fate: Fate, side: usize) -> bool {
        let p = s.payload;
        match fate {
            Fate::Msrp => return msrp(row, p),
            Fate::SipTls | Fate::Tls => return tls(row, p, &mut self.tls, side),
            _ => {}
        }
        if self.is_websocket {
            return websocket(row, p);
        }
        let is_http = p.starts_with(b"HTTP/1.")
            || [&b"GET "[..], b"POST ", b"PUT ", b"HEAD "]
                .iter()
                .any(|m| p.starts_with(m));
        let Some(line) = line(p).filter(|line| is_http && contains_http(line)) else {
            return false;
        };
        row.protocol = Cow::Borrowed("HTTP");
        let _ = write!(row.info, "{} ", clean(&String::from_utf8_lossy(line)));
        true
    }

    /// An HTTP answer may turn the connection into a WebSocket (RFC 6455 §4.2.2).
    fn turn(&mut self, payload: &[u8]) {
        self.is_websocket |= payload.starts_with(b"HTTP/1.1 101");
    }
}

/// True where `a` is before `b` in the circle of numbers.
fn behind(a: u32, b: u32) -> bool {
    a != b && b.wrapping_sub(a) < 1 << 31
}

fn line(p: &[u8]) -> Option<&[u8]> {
    p.split(|b| matches!(b, b'\r' | b'\n')).next()
}

fn contains_http(line: &[u8]) -> bool {
    memchr::memmem::find(line, b"HTTP/1.").is_some()
}

/// `MSRP id SEND`, `MSRP id 200 OK` (RFC 4975 §7).
fn msrp(row: &mut PacketRow, p: &[u8]) -> bool {
    let Some(line) = line(p).filter(|line| line.starts_with(b"MSRP ")) else {
        return false;
    };
    row.protocol = Cow::Borrowed("MSRP");
    let text = clean(&String::from_utf8_lossy(line));
    let mut words = text.splitn(3, ' ').skip(1);
    let (id, what) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
    let kind = match what.starts_with(|c: char| c.is_ascii_digit()) {
        true => "Response",
        false => "Request",
    };
    let _ = write!(row.info, "{kind}: {what} Transaction ID: {id}");
    true
}

/// A frame that fills the segment (RFC 6455 §5.2).
fn websocket(row: &mut PacketRow, p: &[u8]) -> bool {
    let Some(&[first, second]) = p.first_chunk::<2>() else {
        return false;
    };
    let masked = second & 0x80 != 0;
    let (len, head) = match (second & 0x7f, p.get(2..4)) {
        (126, Some(&[a, b])) => (usize::from(u16::from_be_bytes([a, b])), 4),
        (126 | 127, _) => return false,
        (n, _) => (usize::from(n), 2),
    };
    if head + len + if masked { 4 } else { 0 } != p.len() {
        return false;
    }
    let name = match first & 0x0f {
        0 => "Continuation",
        1 => "Text",
        2 => "Binary",
        8 => "Connection Close",
        9 => "Ping",
        10 => "Pong",
        _ => return false,
    };
    row.protocol = Cow::Borrowed("WebSocket");
    let fin = if first & 0x80 != 0 {
        " [FIN]"
    } else {
        "[FRAGMENT] "
    };
    let mask = if masked { " [MASKED]" } else { " " };
    let _ = write!(row.info, "WebSocket {name}{fin}{mask}");
    true
}

impl Options {
    fn of(s: &Segment<'_>, data: &[u8]) -> Options {
        let Some(header) = s.header_in(data) else {
            return Options::default();
        };
        let flag = |bit: u8| header.get(13).is_some_and(|b| b & bit != 0);
        let mut options = Options {
            psh: flag(0x08),
            urg: flag(0x20),
            ece: flag(0x40),
            cwr: flag(0x80),
            known: true,
            ..Options::default()
        };
        if let Some(&[w0, w1]) = header.get(14..16) {
            options.window = u16::from_be_bytes([w0, w1]);
        }
        options.read(header.get(20..).unwrap_or_default(), s.syn);
        options
    }

    /// Options by their kind (RFC 9293 §3.2, RFC 7323, RFC 2018).
    fn read(&mut self, mut rest: &[u8], syn: bool) {
        let out = &mut self.words;
        while let Some(&kind) = rest.first() {
            let len = match kind {
                0 => break,
                1 => 1,
                _ => usize::from(rest.get(1).copied().unwrap_or_default()),
            };
            let Some(value) = rest.get(..len).filter(|v| !v.is_empty()) else {
                break;
            };
            let word = |at: usize| {
                let bytes = value.get(at..at + 4)?;
                Some(u32::from_be_bytes(*bytes.first_chunk()?))
            };
            let _ = match (kind, value) {
                (2, &[_, _, a, b]) => write!(out, " MSS={}", u16::from_be_bytes([a, b])),
                (3, &[_, _, shift]) if syn => {
                    self.scale = Some(shift);
                    write!(out, " WS={}", 1u32 << shift.min(14))
                }
                (4, _) => write!(out, " SACK_PERM"),
                (5, _) => {
                    for (n, range) in self.sacks.iter_mut().enumerate() {
                        let at = 2 + n * 8;
                        *range = word(at).zip(word(at + 4));
                    }
                    Ok(())
                }
                (8, _) => match (word(2), word(6)) {
                    (Some(value), Some(echo)) => write!(out, " TSval={value} TSecr={echo}"),
                    _ => Ok(()),
                },
                _ => Ok(()),
            };
            rest = rest.get(len..).unwrap_or_default();
        }
    }
}
