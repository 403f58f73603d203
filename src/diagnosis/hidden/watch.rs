//! Counts over the packets and the messages, beside what a report keeps.

use crate::decode::Datagram;
use crate::pipeline::census::{Census, Tally};
use crate::pipeline::{Onlooker, PacketNote, SeenMessage};
use crate::sip::HeaderName;
use crate::types::{FrameRef, HostAddr, Transport};
use std::collections::BTreeMap;

/// Different ports, and pairs of hosts, that are told apart.
const MAX_KEYS: usize = 65_536;

/// SIP between two hosts, one way.
#[derive(Clone, Copy, Debug, Default)]
pub struct OneWay {
    /// Requests that ask for a response: all but ACK.
    pub requests: u64,
    /// Responses.
    pub responses: u64,
    /// ACK: a response has come, seen or not.
    pub acks: u64,
    /// The first message.
    pub first: Option<FrameRef>,
}

/// Counts over the packets and the messages.
#[derive(Clone, Debug)]
pub struct Watch {
    /// Of the packets, where the pipeline told of them.
    pub census: Box<Census>,
    /// Messages by transport and the port that serves: where a request goes, where a response comes from.
    pub ports: Tally<(Transport, u16)>,
    /// Messages by the pair of hosts, from the first to the second.
    pub ways: BTreeMap<(HostAddr, HostAddr), OneWay>,
    /// Messages cut by the snap length, and the first.
    pub cut: (u64, Option<FrameRef>),
    /// Messages that ran over TLS on another hop by their Via, or name a `sips:` address; and the first.
    pub secure: (u64, Option<FrameRef>),
}

impl Default for Watch {
    fn default() -> Self {
        Watch {
            census: Box::default(),
            ports: Tally::new(MAX_KEYS),
            ways: BTreeMap::new(),
            cut: (0, None),
            secure: (0, None),
        }
    }
}

impl Onlooker for Watch {
    fn message(&mut self, seen: &SeenMessage<'_>) {
        self.census.message(seen);
        let (src, dst) = (seen.flow.src, seen.flow.dst);
        let is_request = seen.message.is_request();
        let server = if is_request { dst.port } else { src.port };
        self.ports.note((seen.transport, server));
        if seen.truncated {
            note(&mut self.cut, seen.frame);
        }
        if !matches!(seen.transport, Transport::Tls | Transport::Wss) && is_secure(seen) {
            note(&mut self.secure, seen.frame);
        }
        let pair = (src.addr, dst.addr);
        if self.ways.len() >= MAX_KEYS && !self.ways.contains_key(&pair) {
            return;
        }
        let way = self.ways.entry(pair).or_default();
        way.first.get_or_insert(seen.frame);
        let is_ack = seen.message.method().is_some_and(|m| m.as_str() == "ACK");
        way.requests += u64::from(is_request && !is_ack);
        way.acks += u64::from(is_ack);
        way.responses += u64::from(!is_request);
    }
    fn packet(&mut self, note: &PacketNote<'_>) {
        self.census.packet(note);
    }
    fn given_up(&mut self, datagram: &Datagram<'_>, frames: &[FrameRef]) {
        self.census.given_up(datagram, frames);
    }
}

fn note(count: &mut (u64, Option<FrameRef>), frame: FrameRef) {
    count.0 += 1;
    count.1.get_or_insert(frame);
}

/// A Via of TLS, or `sips:` in the request line or a Contact (RFC 3261 §19.1, §26.2.2).
fn is_secure(seen: &SeenMessage<'_>) -> bool {
    let sips = |raw: &[u8]| memchr::memmem::find(raw, b"sips:").is_some();
    seen.message.request_uri().is_some_and(sips)
        || seen.message.headers_named(HeaderName::Contact).any(sips)
        || seen.message.vias().any(|v| {
            let t = v.transport;
            t.eq_ignore_ascii_case(b"TLS") || t.eq_ignore_ascii_case(b"WSS")
        })
}
