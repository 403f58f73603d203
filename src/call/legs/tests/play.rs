//! Legs and what happens on them, as a capture of them would show.

use super::super::*;
use crate::call::{Arrival, Closed, Limits, Tracker};
use crate::sip::{Framing, parse_message};
use crate::types::{Endpoint, FrameNo, FrameRef, HostAddr, Scope, SourceId, Transport};

/// A leg: two hosts, named by their last octet, and two users.
pub(super) struct Wire<'a> {
    call_id: &'a str,
    way: (u8, u8),
    users: (&'a str, &'a str),
}

/// What was captured. The server is host 10.
pub(super) struct Play<'a> {
    pub(super) legs: Vec<Wire<'a>>,
    pub(super) sent: Vec<(f64, u8, u8, String)>,
    pub(super) headers: Vec<String>,
    pub(super) streams: Vec<StreamOfLeg>,
}

pub(super) fn host(octet: u8) -> Endpoint {
    Endpoint::new(HostAddr::v4([192, 0, 2, octet]), 5060)
}

pub(super) fn at(ms: f64) -> CaptureTime {
    CaptureTime::from_nanos((ms * 1e6).round() as i64)
}

/// A description: its origin's session id, and the port at a host.
pub(super) fn sdp(session: &str, octet: u8, port: u16) -> String {
    format!(
        "v=0\r\no=- {session} 1 IN IP4 192.0.2.{octet}\r\ns=-\r\nc=IN IP4 192.0.2.{octet}\r\nt=0 0\r\n\
         m=audio {port} RTP/AVP 0\r\n"
    )
}

impl<'a> Play<'a> {
    /// Legs as `call-id from>to caller>callee`.
    pub(super) fn of(legs: &[&'a str]) -> Play<'a> {
        let legs = legs.iter().map(|text| {
            let mut words = text.split(' ');
            let call_id = words.next().unwrap();
            let (from, to) = words.next().unwrap().split_once('>').unwrap();
            let users = words.next().unwrap().split_once('>').unwrap();
            let way = (from.parse().unwrap(), to.parse().unwrap());
            Wire {
                call_id,
                way,
                users,
            }
        });
        Play {
            legs: legs.collect(),
            sent: Vec::new(),
            headers: Vec::new(),
            streams: Vec::new(),
        }
    }

    /// Sends `what` on a leg, in milliseconds: `INVITE`, `180`, `200`, `486`, `CANCEL`, `BYE`, `<BYE` of the callee,
    /// `<REFER`; `RE` and `<RE` are re-INVITEs, each answered at once by `RE200`, `<RE200`.
    pub(super) fn on(mut self, leg: usize, ms: f64, what: &str, more: &str, body: &str) -> Self {
        let Wire {
            call_id,
            way,
            users,
        } = &self.legs[leg];
        let word = what.trim_start_matches('<');
        let by_callee = what.starts_with('<');
        let from = format!("<sip:{}@example.com>;tag=f{leg}", users.0);
        let to = format!("<sip:{}@example.com>", users.1);
        let tagged = format!("{to};tag=t{leg}");
        let (method, cseq) = match word {
            "INVITE" | "ACK" | "CANCEL" | "180" | "183" | "200" | "486" | "487" | "503" => (
                if word.starts_with(|c: char| c.is_ascii_digit()) {
                    "INVITE"
                } else {
                    word
                },
                1,
            ),
            "RE" | "RE200" => ("INVITE", 7),
            _ => (word.trim_end_matches("200"), 8),
        };
        let is_response = word.starts_with(|c: char| c.is_ascii_digit()) || word.ends_with("200");
        let initial = matches!(word, "INVITE" | "CANCEL");
        let start = match is_response {
            true => format!("SIP/2.0 {} x", &word[word.len() - 3..]),
            false => format!("{method} sip:x@example.com SIP/2.0"),
        };
        let (one, two) = match by_callee {
            true => (tagged.clone(), from.clone()),
            false => (from.clone(), if initial { to } else { tagged }),
        };
        // A response goes against its request.
        let (src, dst) = if by_callee != is_response {
            (way.1, way.0)
        } else {
            (way.0, way.1)
        };
        let branch = if method == "CANCEL" { "INVITE" } else { method };
        let ack = if word == "ACK" { "a" } else { "" };
        let text = format!(
            "{start}\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK{leg}{branch}{cseq}{ack}\r\nFrom: {one}\r\nTo: {two}\r\n\
             Call-ID: {call_id}\r\nCSeq: {cseq} {method}\r\n{more}{}Content-Length: {}\r\n\r\n{body}",
            if body.is_empty() {
                ""
            } else {
                "Content-Type: application/sdp\r\n"
            },
            body.len(),
        );
        self.sent.push((ms, src, dst, text));
        self
    }

    /// INVITE, 180, 200, BYE of the caller at those times.
    pub(super) fn call(mut self, leg: usize, times: [f64; 4]) -> Self {
        let server = self.legs[leg].way.0;
        let callee = self.legs[leg].way.1;
        let port = 4000 + 10 * leg as u16;
        let offer = sdp(&format!("5{leg}711"), server, port);
        let answer = sdp(&format!("6{leg}822"), callee, port + 2);
        for (ms, what, body) in [
            (times[0], "INVITE", offer.as_str()),
            (times[1], "180", ""),
            (times[2], "200", answer.as_str()),
            (times[2] + 1.0, "ACK", ""),
            (times[3], "BYE", ""),
            (times[3] + 1.0, "BYE200", ""),
        ] {
            self = self.on(leg, ms, what, "", body);
        }
        self
    }

    pub(super) fn records(&self) -> Vec<CallRecord> {
        let mut sent: Vec<&(f64, u8, u8, String)> = self.sent.iter().collect();
        sent.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut tracker = Tracker::new(Limits::default()).with_leg_headers(&self.headers);
        for (i, (ms, from, to, text)) in sent.into_iter().enumerate() {
            let message = parse_message(text.as_bytes(), Framing::Datagram).unwrap();
            let body = message.sdp();
            let described = body.as_deref().map(crate::sdp::parse);
            tracker.handle_message(&Arrival {
                id: MessageId::after(i as u32),
                frame: FrameRef {
                    source: SourceId(0),
                    frame: FrameNo(i as u64 + 1),
                },
                time: at(*ms),
                transport: Transport::Udp,
                flow: Flow {
                    src: host(*from),
                    dst: host(*to),
                    scope: Scope::NONE,
                },
                duplicate_of: None,
                message: &message,
                sdp: described.as_ref(),
                passwords: &crate::crypto::Passwords::default(),
            });
        }
        while tracker.finish() {}
        let closed = std::iter::from_fn(|| tracker.poll_closed());
        let mut calls: Vec<CallRecord> = closed
            .filter_map(|c| match c {
                Closed::Call(call) => Some(*call),
                _ => None,
            })
            .collect();
        calls.sort_by_key(|c| c.no);
        calls
    }

    pub(super) fn united(&self) -> Vec<CallRecord> {
        unite(self.records(), &self.streams).calls
    }

    /// The Call-IDs of each call, its first leg first, and by what the others were joined.
    pub(super) fn told(&self) -> Vec<String> {
        let told = self.united().into_iter().map(|call| {
            let more = call.legs.iter().skip(1);
            let more: Vec<String> = more
                .map(|l| format!(" +{} {}", l.call_id.to_text(), l.joined_by))
                .collect();
            let maybe = match call.possible_legs.len() {
                0 => String::new(),
                n => format!(" ?{n}"),
            };
            format!("{}{}{maybe}", call.call_id.to_text(), more.concat())
        });
        told.collect()
    }
}

/// When the server's leg does what the caller's does a little later.
pub(super) const FIRST: [f64; 4] = [0.0, 202.0, 2003.0, 8000.0];
pub(super) const SECOND: [f64; 4] = [5.0, 200.0, 2000.0, 8003.0];
