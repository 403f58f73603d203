//! TCP streams that SDP agrees on: RTP in frames (RFC 4571), messages (MSRP), conference control (BFCP).

use super::{Core, fate};
use crate::decode::{Layer, Stack};
use crate::media::MediaPacket;
use crate::reassembly::TcpLabel;
use crate::rtp::classify::is_bfcp;
use crate::rtp::framed::Framed;
use crate::rtp::msrp::MsrpReader;
use crate::rtp::{MediaClass, classify};
use crate::types::{CaptureTime, Carried, Flow, FlowKey, FrameRef};
use foldhash::fast::RandomState;
use hashbrown::HashMap;

/// Directions that are read at the same time.
const MOST_READ: usize = 1024;
/// Octets of headers that a frame of its own segment would have: TCP, and what IP adds.
const TCP_HEADER: u32 = 20;

/// Directions of streams that are read as SDP says.
#[derive(Default)]
pub(super) struct AgreedStreams {
    readers: HashMap<Flow, Reader, RandomState>,
    /// Connections that were found to be something, and are not labelled yet.
    pub(super) found: Vec<(FlowKey, TcpLabel)>,
    /// Segments of directions that found no room.
    pub(super) refused: u64,
}

enum Reader {
    Frames(Framed),
    Messages(MsrpReader),
    Plain,
}

/// Bytes of a stream as they come.
#[derive(Clone, Copy)]
pub(super) struct Piece<'a> {
    pub(super) flow: Flow,
    pub(super) bytes: &'a [u8],
    pub(super) frame: FrameRef,
    pub(super) time: CaptureTime,
    pub(super) mid_stream: bool,
}

impl AgreedStreams {
    pub(super) fn end(&mut self, flow: Flow) {
        self.readers.remove(&flow);
    }

    pub(super) fn gap(&mut self, flow: Flow) {
        match self.readers.get_mut(&flow) {
            Some(Reader::Frames(framed)) => framed.gap(),
            Some(Reader::Messages(reader)) => reader.gap(),
            Some(Reader::Plain) | None => {}
        }
    }
}

/// True where a frame may hold what shares a media port.
fn looks_right(frame: &[u8]) -> bool {
    classify(frame) != MediaClass::Other
}

impl Core {
    /// True where the bytes are what SDP agrees on for their connection: they are read.
    pub(super) fn read_agreed(&mut self, piece: &Piece<'_>) -> bool {
        let flow = piece.flow;
        if !self.agreed.readers.contains_key(&flow) {
            let known = self.agreed.readers.contains_key(&flow.reversed());
            let Some((reader, label)) = self.agreed_reader(piece, known) else {
                return false;
            };
            if self.agreed.readers.len() >= MOST_READ {
                self.agreed.refused += 1;
                return false;
            }
            self.agreed.readers.insert(flow, reader);
            self.agreed
                .found
                .extend(label.map(|label| (flow.key(), label)));
        }
        let Some(reader) = self.agreed.readers.get_mut(&flow) else {
            return false;
        };
        let stack = match self.segment {
            Some((of, stack)) if of == flow => stack,
            _ => Stack::default(),
        };
        match reader {
            Reader::Frames(framed) => {
                let (media, noting) = (&mut self.media, &mut self.noting);
                framed.push(piece.bytes, looks_right, &mut |frame| {
                    let packet = packet(piece, frame, stack.with(Layer::Framed));
                    media.handle_framed(&packet);
                    if let Some(noting) = noting {
                        noting.framed(&packet);
                    }
                });
            }
            Reader::Messages(messages) => {
                let mut all = Vec::new();
                messages.push(piece.bytes, &mut |seen| all.push(seen));
                self.media
                    .handle_messages(&packet(piece, piece.bytes, stack), &all);
            }
            Reader::Plain => self.media.handle_floor(&packet(piece, piece.bytes, stack)),
        }
        true
    }

    fn agreed_reader(&self, piece: &Piece<'_>, known: bool) -> Option<(Reader, Option<TcpLabel>)> {
        let bytes = piece.bytes;
        let begins = |word: &[u8]| bytes.starts_with(word);
        match self.media.carried_over_tcp(&piece.flow)? {
            Carried::RtpOverTcp => {
                let first = bytes.get(2..).unwrap_or_default();
                let right = known || looks_right(first) || bytes.len() < 3;
                let framed = match piece.mid_stream {
                    true => Framed::in_mid_stream(),
                    false => Framed::default(),
                };
                right.then_some((Reader::Frames(framed), Some(fate::FRAMED_RTP)))
            }
            Carried::Msrp => {
                (known || begins(b"MSRP ") || piece.mid_stream && !fate::is_tls_record(bytes))
                    .then(|| (Reader::Messages(MsrpReader::default()), Some(fate::MSRP)))
            }
            Carried::Bfcp => {
                let is_it = known || is_bfcp(bytes);
                is_it.then_some((Reader::Plain, None))
            }
            Carried::Rtp | Carried::Udptl | Carried::Other => None,
        }
    }
}

/// What came in a stream, as if it were a datagram: with headers of its own, whatever else its segment holds.
fn packet<'a>(piece: &Piece<'_>, payload: &'a [u8], stack: Stack) -> MediaPacket<'a> {
    // A frame is below 64 KiB, a segment's bytes too.
    let len = payload.len() as u32;
    let ip = if piece.flow.src.addr.is_v4() { 20 } else { 40 };
    let length_field = if stack.contains(Layer::Framed) { 2 } else { 0 };
    MediaPacket {
        flow: piece.flow,
        time: piece.time,
        frame: piece.frame,
        payload,
        wire_payload_len: len,
        ip_bytes: len + length_field + TCP_HEADER + ip,
        link_bytes: 14,
        stack,
        ttl: 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::Announcement;
    use crate::pipeline::{Options, Pipeline};
    use crate::types::{CallNo, Direction, Endpoint, MediaKind, MessageId, Party, Scope};

    #[test]
    fn segments_of_directions_beyond_those_that_are_read_are_counted() {
        let mut core = Pipeline::new(Options::default()).core;
        let here = Endpoint::new(std::net::IpAddr::from([192, 0, 2, 1]).into(), 2855);
        let (frame, time) = (FrameRef::default(), CaptureTime::from_nanos(0));
        core.media.announce(Announcement {
            call: CallNo::after(0),
            party: Party::Callee,
            hop: 0,
            kind: MediaKind::Other,
            media_index: 0,
            endpoint: here,
            rtcp: None,
            rtcp_mux: false,
            scope: Scope::NONE,
            formats: Default::default(),
            ptime_ms: None,
            encrypted: false,
            direction: Direction::SendRecv,
            signalling_hosts: [here.addr; 2],
            message: MessageId::after(0),
            frame,
            time,
            candidates: Vec::new(),
            carried: Carried::Msrp,
            ufrag: None,
            ssrcs: Vec::new(),
        });
        let mut send = |port: u16, bytes: &[u8]| {
            core.read_agreed(&Piece {
                flow: Flow {
                    src: Endpoint { port, ..here },
                    dst: here,
                    scope: Scope::NONE,
                },
                bytes,
                frame,
                time,
                mid_stream: false,
            })
        };
        let most = MOST_READ as u16;
        for port in 0..most {
            assert!(send(port, b"MSRP a1 SEND\r\n"));
        }
        assert!(!send(most, b"MSRP a1 SEND\r\n"));
        assert!(!send(most + 1, b"\x16\x03\x01"), "TLS is not read");
        assert!(send(0, b"\r\n"));
        assert_eq!(core.agreed.refused, 1);
    }
}
