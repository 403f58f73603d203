//! What capture agents relay (HEP): when and over what the agent saw it, and compressed payloads.

use super::packets::Origin;
use super::{Capture, Core, Fate, Sink};
use crate::decode::Relayed;
use crate::sip::{self, Framing};
use crate::types::{CaptureTime, Delta, Transport};
use flate2::read::{MultiGzDecoder, ZlibDecoder};
use std::io::Read;

/// Longest payload after inflating.
const MAX_PAYLOAD: u64 = 1 << 20;

const TCP: u8 = 6;
/// XNS IDP, dead since long; Kamailio writes it for TLS and WebSocket.
const STAND_IN: u8 = 22;
const SCTP: u8 = 132;

/// How far agents' clocks are behind the capture's, at most. Never positive: what is due must not be closed
/// early, late does no harm.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct AgentLag(Delta);

impl AgentLag {
    /// Notes the time an agent gives, if it does, in a packet that was captured at `captured`.
    pub(super) fn note(&mut self, agent: Option<CaptureTime>, captured: CaptureTime) {
        self.0 = agent.map_or(self.0, |agent| self.0.min(agent - captured));
    }

    /// The time up to which everything has been seen, at capture time `now`.
    pub(super) fn apply(self, now: CaptureTime) -> CaptureTime {
        now + self.0
    }
}

impl Core {
    /// Takes what an agent relayed, unpacked; what became of it.
    pub(super) fn handle_relayed(
        &mut self,
        relayed: &Relayed<'_>,
        origin: &Origin<'_>,
        sink: &mut dyn Sink,
    ) -> Fate {
        let datagram = &relayed.datagram;
        let capture = Capture::of(origin, datagram);
        let capture = Capture {
            time: relayed.time.unwrap_or(capture.time),
            transport: transport(relayed.protocol, datagram.payload),
            truncated: capture.truncated || origin.too_long,
            too_long: origin.too_long,
            ..capture
        };
        let on_stream = matches!(capture.transport, Transport::Tcp | Transport::Tls);
        if on_stream && let Some(fate) = self.handle_piece(datagram.payload, &capture, sink) {
            return fate;
        }
        // Media is carried by UDP.
        if capture.transport != Transport::Udp && !sip::starts_like_sip(datagram.payload) {
            return Fate::OtherUdp;
        }
        self.handle_datagram(datagram, capture, origin.unbroken(), sink)
    }
}

/// What carried the payload where the agent saw it.
fn transport(protocol: Option<u8>, payload: &[u8]) -> Transport {
    match protocol {
        Some(TCP) => Transport::Tcp,
        Some(SCTP) => Transport::Sctp,
        // Only the message itself can tell.
        Some(STAND_IN) => {
            let message = sip::parse_message(payload, Framing::Datagram);
            let via = message.as_ref().and_then(sip::Message::top_via);
            let named = via.map(|via| via.transport.to_ascii_lowercase());
            match named.as_deref() {
                Some(b"ws") => Transport::Ws,
                Some(b"wss") => Transport::Wss,
                _ => Transport::Tls,
            }
        }
        _ => Transport::Udp,
    }
}

/// gzip (RFC 1952) or zlib (RFC 1950), as far as it can be read, and whether there is more than is read; `None` where
/// nothing can.
pub(super) fn inflate(bytes: &[u8]) -> Option<(Vec<u8>, bool)> {
    let mut out = Vec::new();
    // An error shows in what came out before it.
    let _ = if bytes.starts_with(&[0x1f, 0x8b]) {
        MultiGzDecoder::new(bytes)
            .take(MAX_PAYLOAD + 1)
            .read_to_end(&mut out)
    } else {
        ZlibDecoder::new(bytes)
            .take(MAX_PAYLOAD + 1)
            .read_to_end(&mut out)
    };
    let too_long = out.len() as u64 > MAX_PAYLOAD;
    if too_long {
        out.pop();
    }
    (!out.is_empty()).then_some((out, too_long))
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::read::{GzEncoder, ZlibEncoder};

    fn via(transport: &str) -> Vec<u8> {
        format!("OPTIONS sip:a SIP/2.0\r\nVia: SIP/2.0/{transport} h;branch=z9hG4bK1\r\n\r\n")
            .into()
    }

    #[test]
    fn the_agent_names_the_transport_or_the_message_does() {
        assert_eq!(transport(Some(17), b""), Transport::Udp);
        assert_eq!(transport(Some(6), &via("TLS")), Transport::Tcp);
        assert_eq!(transport(Some(132), b""), Transport::Sctp);
        assert_eq!(transport(Some(22), &via("WSS")), Transport::Wss);
        assert_eq!(transport(Some(22), &via("ws")), Transport::Ws);
        assert_eq!(transport(Some(22), &via("TLS")), Transport::Tls);
        assert_eq!(transport(None, b""), Transport::Udp);
    }

    #[test]
    fn payloads_are_inflated_up_to_a_limit() {
        let pack = |text: &[u8]| {
            let (mut gzip, mut zlib) = (vec![], vec![]);
            let level = Compression::best();
            GzEncoder::new(text, level).read_to_end(&mut gzip).unwrap();
            ZlibEncoder::new(text, level)
                .read_to_end(&mut zlib)
                .unwrap();
            [gzip, zlib]
        };
        for packed in pack(b"OPTIONS sip:a SIP/2.0") {
            let (text, too_long) = inflate(&packed).unwrap();
            assert_eq!(
                (&text[..], too_long),
                (&b"OPTIONS sip:a SIP/2.0"[..], false)
            );
        }
        for bomb in pack(&vec![0; 4 << 20]) {
            let (text, too_long) = inflate(&bomb).unwrap();
            assert_eq!((text.len() as u64, too_long), (MAX_PAYLOAD, true));
        }
        for whole in pack(&vec![b'a'; 1 << 20]) {
            let (text, too_long) = inflate(&whole).unwrap();
            assert_eq!((text.len() as u64, too_long), (MAX_PAYLOAD, false));
        }
        assert_eq!(inflate(b"neither"), None);
    }

    #[test]
    fn what_is_due_waits_for_the_slowest_agent() {
        let at = |ms: i64| CaptureTime::from_nanos(ms * 1_000_000);
        let mut lag = AgentLag::default();
        lag.note(Some(at(900)), at(1000));
        lag.note(None, at(1100));
        lag.note(Some(at(5000)), at(1200));
        assert_eq!(lag.apply(at(2000)), at(1900));
    }
}
