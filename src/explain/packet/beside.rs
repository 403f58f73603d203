//! What shares the ports of media with RTP, taken apart: TURN's wrapping, DTLS, ZRTP.

use super::PacketDescription;
use crate::explain::words::counted;
use crate::rtp::MediaClass;
use crate::rtp::classify::classify_cut;
use crate::rtp::dtls::{ALERT, APPLICATION_DATA, CHANGE_CIPHER_SPEC, HANDSHAKE, records};
use crate::rtp::t30::T30;
use crate::rtp::t38::{Field, Ifp, IfpKind};
use crate::rtp::turn::{Wrapping, wrapped};
use crate::rtp::udptl::{Recovery, Udptl};
use crate::rtp::zrtp::message;

/// Records of a datagram that are named.
const MOST_RECORDS: usize = 8;

impl PacketDescription {
    /// What a relay wraps; the datagram as it is where it wraps nothing.
    pub(super) fn unwrapped<'a>(&mut self, payload: &'a [u8], wire_len: u32) -> (&'a [u8], u32) {
        let Some(inner) = wrapped(payload, wire_len) else {
            return (payload, wire_len);
        };
        match inner.by {
            Wrapping::Channel(channel) => self.field(
                "TURN channel",
                &format!("{channel:#06x}"),
                Some("what follows goes through a relay: the number stands for the peer (RFC 8656 §12)"),
            ),
            Wrapping::Indication { method, peer } => {
                let (name, meaning) = match method {
                    6 => (
                        "Send",
                        "asks a relay to pass on what follows (RFC 8656 §11)",
                    ),
                    _ => (
                        "Data",
                        "a relay passes on what it got from the peer (RFC 8656 §11)",
                    ),
                };
                self.field("TURN indication", name, Some(meaning));
                if let Some(peer) = peer {
                    self.field("peer", &peer.to_string(), None);
                }
            }
        }
        (inner.payload, inner.wire_len)
    }

    pub(super) fn dtls(&mut self, payload: &[u8]) {
        "DTLS".clone_into(&mut self.what);
        for record in records(payload).take(MOST_RECORDS) {
            let version = match record.version {
                [_, 255] => "DTLS 1.0",
                _ => "DTLS 1.2 (or 1.3, which looks the same)",
            };
            let alert = record.alert();
            let said = match (record.kind, record.epoch) {
                (HANDSHAKE, 0) => record
                    .body
                    .first()
                    .map_or("handshake", |kind| handshake(*kind)),
                (HANDSHAKE, _) => "handshake, enciphered",
                (CHANGE_CIPHER_SPEC, _) => "ChangeCipherSpec: from here on this side uses the keys",
                (ALERT, 0) => match alert {
                    Some([2, _]) => "fatal alert",
                    _ => "alert",
                },
                (ALERT, _) => "alert, enciphered",
                (APPLICATION_DATA, _) => "application data, enciphered",
                _ => "a record of a kind not known here",
            };
            let said = format!("{said}, {} octets", record.len);
            self.field("record", &said, Some(version));
            if let Some([_, number]) = alert {
                self.field("alert", &number.to_string(), Some("RFC 5246 §7.2"));
            }
        }
    }

    pub(super) fn t38(&mut self, payload: &[u8]) {
        "T.38 (fax)".clone_into(&mut self.what);
        let Some(udptl) = Udptl::parse(payload) else {
            return;
        };
        let number = udptl.sequence.to_string();
        self.field(
            "UDPTL sequence number",
            &number,
            Some("goes up by one a packet: a gap is loss"),
        );
        let Some((ifp, _)) = Ifp::parse_either(udptl.primary, false) else {
            return;
        };
        let what = match ifp.kind {
            IfpKind::Indicator(_) => "a signal on the line",
            IfpKind::Data(0) => "what the machines say to each other (T.30)",
            IfpKind::Data(_) => "a piece of a page, or of the training before it",
        };
        self.field("carries", &ifp.kind.words(), Some(what));
        for (field, octets) in ifp.fields.iter().take(MOST_RECORDS) {
            let name = match field {
                Field::Hdlc => "octets of a frame",
                Field::HdlcEnd => "the carrier ends",
                Field::FrameGood => "the frame ends, its check sum is right",
                Field::FrameBad => "the frame ends, its check sum is wrong",
                Field::FrameGoodEnd => "the frame ends, its check sum is right; the carrier ends",
                Field::FrameBadEnd => "the frame ends, its check sum is wrong; the carrier ends",
                Field::Page => "octets of a page",
                Field::PageEnd => "the page's carrier ends",
                Field::Other => "a field of a later version",
            };
            let value = match octets.len() {
                0 => name.to_owned(),
                n => format!("{name}: {n}"),
            };
            let message = T30::parse(octets).filter(|_| *field == Field::Hdlc);
            let said = message.and_then(|m| Some(format!("{}: {}", m.name()?, m.meaning())));
            self.field("field", &value, said.as_deref());
        }
        let (value, meaning) = match &udptl.recovery {
            Recovery::Repeated(packets) => (
                counted(
                    packets.len() as u64,
                    "packet before it, repeated",
                    "packets before it, repeated",
                ),
                "a lost packet is in one of the next ones again",
            ),
            Recovery::Parity { span, entries } => (
                format!("{entries} parity packets, each over {span}"),
                "of the packets under one parity a single lost one is made good",
            ),
        };
        self.field("error correction", &value, Some(meaning));
    }

    pub(super) fn msrp(&mut self, payload: &[u8]) {
        "MSRP over TCP".clone_into(&mut self.what);
        let line = payload.split(|b| matches!(b, b'\r' | b'\n')).next();
        let line = line.filter(|line| line.starts_with(b"MSRP "));
        if let Some(line) = line {
            let line = String::from_utf8_lossy(line.get(..200).unwrap_or(line)).into_owned();
            self.field(
                "begins with",
                &line,
                Some("a request or an answer of a session of messages (RFC 4975)"),
            );
        }
    }

    pub(super) fn framed(&mut self, payload: &[u8]) {
        "RTP over TCP".clone_into(&mut self.what);
        let Some((&len, rest)) = payload.split_first_chunk::<2>() else {
            return;
        };
        let len = u16::from_be_bytes(len);
        let inner = rest.get(..usize::from(len)).unwrap_or(rest);
        if classify_cut(inner, u32::from(len)) == MediaClass::Rtp {
            let value = format!("{len} octets");
            self.field(
                "frame",
                &value,
                Some("its length stands before each packet (RFC 4571)"),
            );
            self.rtp(inner, u32::from(len));
            "RTP over TCP".clone_into(&mut self.what);
        }
    }

    pub(super) fn zrtp(&mut self, payload: &[u8]) {
        "ZRTP".clone_into(&mut self.what);
        let Some(kind) = message(payload).map(|m| m.name()) else {
            return;
        };
        let meaning = match &*kind {
            "Hello" => "says which algorithms it can",
            "HelloACK" => "has got the Hello",
            "Commit" => "chooses the algorithms",
            "DHPart1" | "DHPart2" => "its half of the key agreement",
            "Confirm1" | "Confirm2" => "proves that it has the keys",
            "Conf2ACK" => "the keys are agreed on",
            "Error" => "gives up",
            "GoClear" => "wants to go on without encryption",
            _ => "",
        };
        let meaning = (!meaning.is_empty()).then_some(meaning);
        self.field("message", &kind, meaning);
    }
}

/// Types of handshake messages (RFC 5246 §7.4, RFC 6347 §4.3.2).
fn handshake(kind: u8) -> &'static str {
    match kind {
        1 => "ClientHello",
        2 => "ServerHello",
        3 => "HelloVerifyRequest",
        11 => "Certificate",
        12 => "ServerKeyExchange",
        13 => "CertificateRequest",
        14 => "ServerHelloDone",
        15 => "CertificateVerify",
        16 => "ClientKeyExchange",
        20 => "Finished",
        _ => "handshake",
    }
}
