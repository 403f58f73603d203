//! Reads the packets of streams again, and gives each to the ear of its stream.

use crate::app::analyse::read_with;
use crate::app::failure::Failure;
use crate::cli::{DiagnosticsArgs, InputArgs};
use crate::decode::{Datagram, Meta, Stack};
use crate::media::StreamRecord;
use crate::media::sound::SoundPacket;
use crate::pipeline::{Content, Fate, FramedNote, PacketNote, Sink, Watched};
use crate::rtp::RtpHeader;
use crate::rtp::turn::unwrapped;
use crate::types::{CaptureTime, Flow, FrameRef, SourceId, Ssrc};
use std::collections::HashMap;
use std::io;
use std::sync::Arc;

/// What listens to one stream.
pub(in crate::app) trait Ear {
    /// A packet of the stream, in order of arrival; second copies too.
    fn hear(&mut self, packet: SoundPacket) -> io::Result<()>;
}

/// Keeps nothing of what is found out again.
struct Nothing;
impl Sink for Nothing {}

/// A stream and where its packets are.
struct Wanted {
    at: usize,
    first: FrameRef,
    last: FrameRef,
    /// The file nearest the receiver, where several capture points saw it and each is one file.
    only: Option<SourceId>,
}

/// Reads the captures once more. `ears` belong to `streams` by place.
pub(in crate::app) fn listen<E: Ear>(
    input: &InputArgs,
    said: &DiagnosticsArgs,
    streams: &[StreamRecord],
    ears: &mut [E],
) -> Result<(), Failure> {
    read_again(input, said, streams, &mut |at, packet| {
        let Some(ear) = ears.get_mut(at) else {
            return Ok(());
        };
        ear.hear(SoundPacket {
            seq: packet.header.seq,
            timestamp: packet.header.timestamp,
            payload_type: packet.header.payload_type,
            time: packet.time,
            payload: packet.header.payload(packet.datagram.payload).to_owned(),
        })
    })
}

/// A packet of a stream, read again.
pub(in crate::app) struct PacketAgain<'a> {
    /// Arrival.
    pub(in crate::app) time: CaptureTime,
    /// Frame.
    pub(in crate::app) frame: FrameRef,
    /// Its RTP header.
    pub(in crate::app) header: RtpHeader,
    /// The datagram it came in, or that a relay wrapped.
    pub(in crate::app) datagram: &'a Datagram<'a>,
    /// The capture itself holds it a second time, and this is the second.
    pub(in crate::app) is_copy: bool,
}

/// Takes a packet of the stream at a place among those asked for.
type Each<'a> = dyn FnMut(usize, &PacketAgain<'_>) -> io::Result<()> + 'a;

/// Reads the captures once more and hands on the packets of `streams`, in order of arrival.
pub(in crate::app) fn read_again(
    input: &InputArgs,
    said: &DiagnosticsArgs,
    streams: &[StreamRecord],
    each: &mut Each<'_>,
) -> Result<(), Failure> {
    let mut wanted: HashMap<(Flow, Ssrc), Vec<Wanted>> = HashMap::new();
    for (at, s) in streams.iter().enumerate() {
        let points = s.points.len();
        let last_point = s.points.last().map(|p| p.source);
        wanted.entry((s.flow, s.ssrc)).or_default().push(Wanted {
            at,
            first: s.first_frame,
            last: s.last_frame,
            only: last_point.filter(|_| points > 1 && points == input.files.len()),
        });
    }
    let mut failed = None;
    let mut note = |note: &PacketNote<'_>| {
        if failed.is_none() {
            failed = hand_on(note, &wanted, each).err();
        }
    };
    let quiet = DiagnosticsArgs {
        quiet: true,
        ..said.clone()
    };
    let records = &mut Nothing;
    let sink = &mut Watched {
        records,
        onlooker: &mut note,
    };
    read_with(input, &quiet, true, &Arc::default(), sink)?;
    failed.map_or(Ok(()), |error| Err(Failure::Texts(error)))
}

fn hand_on(
    note: &PacketNote<'_>,
    wanted: &HashMap<(Flow, Ssrc), Vec<Wanted>>,
    each: &mut Each<'_>,
) -> io::Result<()> {
    for framed in note.framed {
        hand_on_framed(framed, wanted, each)?;
    }
    // A copy at another point of the network is not in the first file; what waited to be proven was not yet RTP.
    let may_be = matches!(note.fate, Fate::Rtp | Fate::RtpUnproven | Fate::UdpCopy);
    let (Content::Datagram(datagram), true) = (note.content, may_be) else {
        return Ok(());
    };
    let (payload, wire_payload_len) = unwrapped(datagram.payload, datagram.wire_payload_len);
    let Some(header) = RtpHeader::parse_known(payload, wire_payload_len) else {
        return Ok(());
    };
    let Some(here) = wanted.get(&(datagram.meta.flow, header.ssrc)) else {
        return Ok(());
    };
    let frame = note.packet.frame_ref();
    let Some(wanted) = here.iter().find(|w| w.has(frame)) else {
        return Ok(());
    };
    each(
        wanted.at,
        &PacketAgain {
            time: note.packet.time,
            frame,
            header,
            datagram: &Datagram {
                payload,
                wire_payload_len,
                ..*datagram
            },
            is_copy: note.fate == Fate::UdpCopy && wanted.only.is_none(),
        },
    )
}

/// A packet that came in a TCP stream.
fn hand_on_framed(
    framed: &FramedNote,
    wanted: &HashMap<(Flow, Ssrc), Vec<Wanted>>,
    each: &mut Each<'_>,
) -> io::Result<()> {
    // Its length stood in two octets.
    let wire_payload_len = framed.payload.len() as u32;
    let Some(header) = RtpHeader::parse_known(&framed.payload, wire_payload_len) else {
        return Ok(());
    };
    let here = wanted.get(&(framed.flow, header.ssrc));
    let Some(wanted) = here.and_then(|here| here.iter().find(|w| w.has(framed.frame))) else {
        return Ok(());
    };
    each(
        wanted.at,
        &PacketAgain {
            time: framed.time,
            frame: framed.frame,
            header,
            datagram: &Datagram {
                meta: Meta {
                    flow: framed.flow,
                    ip_id: None,
                    ttl: 0,
                    dscp: 0,
                    ip_bytes: framed.ip_bytes,
                    link_bytes: 14,
                    link_print: 0,
                    stack: Stack::default(),
                },
                payload: &framed.payload,
                wire_payload_len,
                checksum: 0,
            },
            is_copy: false,
        },
    )
}

impl Wanted {
    /// True where a packet of its flow and source is its own.
    fn has(&self, frame: FrameRef) -> bool {
        let (after, before) = (
            frame.source != self.first.source || frame.frame >= self.first.frame,
            frame.source != self.last.source || frame.frame <= self.last.frame,
        );
        after && before && self.only.is_none_or(|only| only == frame.source)
    }
}
