//! Every packet in a line, as Wireshark's packet list words it.
//!
//! A row is handed on when it is known what its packet is, and rows leave in the order of their packets. What shows
//! only later (segments of a message, fragments, the first packets of a stream nobody announced) waits for so many
//! packets at most, and is then told by what is known.

mod link;
mod neighbours;
mod rtp;
mod stun;
mod tcp;
mod tls;

use self::tcp::Connections;
use super::words::clean;
use crate::decode::{Datagram, Segment};
use crate::pipeline::{Content, Fate, Outside, PacketNote, SeenMessage, Sink};
use crate::report::listing::PacketRow;
use crate::report::model::Timestamp;
use crate::rtp::RtpHeader;
use crate::rtp::turn::unwrapped;
use crate::sip::{self, Framing, Message};
use crate::types::{Flow, FrameRef, Ssrc};
use foldhash::fast::RandomState;
use hashbrown::HashMap;
use std::borrow::Cow;
use std::collections::VecDeque;
use std::fmt::Write;

/// Rows that wait at most.
const MOST_WAITING: usize = 4096;
/// Rows whose room is kept for the next ones.
const MOST_SPARE: usize = 64;
/// Words between two messages of one packet.
const BETWEEN: &str = " | ";

/// Makes a row of each packet and hands the rows on in order.
pub struct Listing<'p> {
    rows: VecDeque<Waiting>,
    spare: Vec<PacketRow>,
    /// Messages since the last packet.
    said: Vec<Said>,
    /// Waiting packets that may be of a stream.
    candidates: HashMap<(Flow, Ssrc), u32, RandomState>,
    connections: Connections,
    print: &'p mut dyn FnMut(&PacketRow),
}

/// A row, and what it may still become.
struct Waiting {
    row: PacketRow,
    place: FrameRef,
    wait: Wait,
}

enum Wait {
    /// It is what it is.
    Nothing,
    /// Perhaps RTP: its protocol and words then.
    Candidate((Flow, Ssrc), Cow<'static, str>, String),
    /// Perhaps a part of a message that ends in a later packet.
    Segment,
    /// A fragment whose datagram may become whole.
    Fragment,
}

/// A message that ends in a packet.
struct Said {
    frame: FrameRef,
    protocol: &'static str,
    info: String,
}

impl<'p> Listing<'p> {
    /// Hands rows to `print`.
    pub fn new(print: &'p mut dyn FnMut(&PacketRow)) -> Self {
        Listing {
            rows: VecDeque::new(),
            spare: Vec::new(),
            said: Vec::new(),
            candidates: HashMap::default(),
            connections: Connections::default(),
            print,
        }
    }

    /// The capture is over: hands on what waits.
    pub fn finish(&mut self) {
        while let Some(waiting) = self.rows.pop_front() {
            (self.print)(&waiting.row);
        }
        self.candidates.clear();
    }

    fn row(&mut self, note: &PacketNote<'_>) -> PacketRow {
        let mut row = self.spare.pop().unwrap_or_default();
        row.info.clear();
        row.source = note.packet.source.number();
        row.frame = note.packet.frame.0;
        row.time = Timestamp(note.packet.time);
        row.length_bytes = note.packet.wire_len;
        (row.src_port, row.dst_port) = (None, None);
        match (note.outside, note.content, note.flow) {
            // Of a datagram that fragments of a tunnel brought, its own.
            (_, Content::Datagram(_) | Content::Segment(_), Some(flow)) => {
                write_text(&mut row.src, &flow.src.addr);
                write_text(&mut row.dst, &flow.dst.addr);
            }
            (Outside::Ip { src, dst, .. }, ..) => {
                write_text(&mut row.src, &src);
                write_text(&mut row.dst, &dst);
            }
            _ => (row.src, row.dst) = (None, None),
        }
        row
    }

    /// What the packet is; what it may still become.
    fn tell(&mut self, row: &mut PacketRow, note: &PacketNote<'_>) -> Wait {
        let is_quoted = matches!(
            note.fate,
            Fate::IcmpSip | Fate::IcmpMedia | Fate::IcmpError | Fate::FragmentIncomplete
        );
        if let (Some(flow), false) = (note.flow, is_quoted) {
            (row.src_port, row.dst_port) = (Some(flow.src.port), Some(flow.dst.port));
        }
        let own = note.packet.frame_ref();
        if self.said.iter().any(|s| s.frame == own) {
            if let Content::Segment(segment) = note.content {
                self.connections.pass(segment, note.packet.data);
            }
            self.message(row, own);
            return Wait::Nothing;
        }
        match note.content {
            Content::Datagram(d) => datagram(row, note, d),
            Content::Segment(s) => self.segment(row, note, s),
            Content::Other => {
                link::other(row, note);
                match note.fate {
                    Fate::FragmentIncomplete => Wait::Fragment,
                    Fate::OtherSctp | Fate::SipSctp => Wait::Segment,
                    _ => Wait::Nothing,
                }
            }
        }
    }

    /// The messages that end in the packet.
    fn message(&mut self, row: &mut PacketRow, own: FrameRef) {
        row.protocol = Cow::Borrowed("SIP");
        self.said.retain(|said| {
            if said.frame != own {
                return true;
            }
            add_message(row, said.protocol, &said.info);
            false
        });
    }

    fn segment(&mut self, row: &mut PacketRow, note: &PacketNote<'_>, s: &Segment<'_>) -> Wait {
        if note.fate == Fate::RtpTcp && !note.framed.is_empty() {
            self.connections.pass(s, note.packet.data);
            for framed in note.framed {
                let len = u32::try_from(framed.payload.len()).unwrap_or(u32::MAX);
                if !row.info.is_empty() {
                    row.info.push_str(BETWEEN);
                }
                match crate::rtp::rtcp::check(&framed.payload, len) {
                    Some(_) => rtp::rtcp(row, &framed.payload, len),
                    None => rtp::rtp(row, &framed.payload, len, None, false),
                }
            }
            return Wait::Nothing;
        }
        self.connections.tell(row, s, note.packet.data, note.fate);
        let may_be_sip = note.undecided || note.fate == Fate::SipTcp;
        let is_blank = s.payload.iter().all(|b| matches!(b, b'\r' | b'\n'));
        match may_be_sip && !is_blank && row.protocol == "TCP" {
            true => Wait::Segment,
            false => Wait::Nothing,
        }
    }

    /// Messages that ended in earlier packets, and the packets that carried a part of one.
    fn settle(&mut self, note: &PacketNote<'_>) {
        for said in self.said.drain(..) {
            let is_its = |w: &&mut Waiting| w.place == said.frame;
            if let Some(waiting) = self.rows.iter_mut().rev().find(is_its)
                && matches!(waiting.wait, Wait::Segment)
            {
                waiting.row.info.clear();
                add_message(&mut waiting.row, said.protocol, &said.info);
                waiting.wait = Wait::Nothing;
            }
        }
        let own = note.packet.frame_ref();
        let of_messages = note.messages.iter().map(|(frame, _)| *frame);
        for frame in of_messages.filter(|f| *f != own) {
            self.part(
                frame,
                |w| matches!(w, Wait::Segment),
                |row| {
                    if row.protocol == "TCP" {
                        row.info.push_str(" [TCP segment of a reassembled PDU]");
                    }
                },
            );
        }
        if note.frames.len() > 1 {
            for frame in note.frames.iter().filter(|f| **f != own) {
                self.part(
                    *frame,
                    |w| matches!(w, Wait::Fragment),
                    |row| {
                        let _ = write!(row.info, " [Reassembled in #{}]", own.frame.0);
                    },
                );
            }
        }
        if note.fate == Fate::Rtp && !self.candidates.is_empty() {
            self.prove(note);
        }
    }

    fn part(
        &mut self,
        frame: FrameRef,
        is_it: impl Fn(&Wait) -> bool,
        tell: impl FnOnce(&mut PacketRow),
    ) {
        let mut rows = self.rows.iter_mut().rev();
        if let Some(waiting) = rows.find(|w| w.place == frame && is_it(&w.wait)) {
            tell(&mut waiting.row);
            waiting.wait = Wait::Nothing;
        }
    }

    /// The packets before it that looked like RTP are of its stream.
    fn prove(&mut self, note: &PacketNote<'_>) {
        let Content::Datagram(d) = note.content else {
            return;
        };
        let (payload, len) = unwrapped(d.payload, d.wire_payload_len);
        let Some(header) = RtpHeader::parse_known(payload, len) else {
            return;
        };
        let stream = (d.meta.flow, header.ssrc);
        if self.candidates.remove(&stream).is_none() {
            return;
        }
        for waiting in &mut self.rows {
            if let Wait::Candidate(of, protocol, info) = &mut waiting.wait
                && *of == stream
            {
                waiting.row.protocol = std::mem::take(protocol);
                waiting.row.info = std::mem::take(info);
                waiting.wait = Wait::Nothing;
            }
        }
    }

    fn hand_on(&mut self) {
        while self.rows.len() > MOST_WAITING
            || matches!(self.rows.front(), Some(w) if matches!(w.wait, Wait::Nothing))
        {
            let Some(waiting) = self.rows.pop_front() else {
                return;
            };
            if let Wait::Candidate(stream, ..) = waiting.wait
                && let Some(left) = self.candidates.get_mut(&stream)
            {
                *left -= 1;
                if *left == 0 {
                    self.candidates.remove(&stream);
                }
            }
            (self.print)(&waiting.row);
            if self.spare.len() < MOST_SPARE {
                self.spare.push(waiting.row);
            }
        }
    }
}

impl Sink for Listing<'_> {
    fn message(&mut self, seen: &SeenMessage<'_>) {
        self.said.push(Said {
            frame: seen.frame,
            protocol: seen.message.protocol_words(),
            info: seen.message.packet_line(),
        });
    }

    fn packet(&mut self, note: &PacketNote<'_>) {
        let mut row = self.row(note);
        let wait = self.tell(&mut row, note);
        self.settle(note);
        if let Wait::Candidate(stream, ..) = wait {
            *self.candidates.entry(stream).or_default() += 1;
        }
        self.rows.push_back(Waiting {
            row,
            place: note.packet.frame_ref(),
            wait,
        });
        self.hand_on();
    }
}

fn datagram(row: &mut PacketRow, note: &PacketNote<'_>, d: &Datagram<'_>) -> Wait {
    let (payload, len) = (d.payload, d.wire_payload_len);
    match note.fate {
        Fate::SipUdp | Fate::SipUdpCopy => {
            // It waits for its cause, which has the same time.
            match sip::parse_message(payload, Framing::Truncated) {
                Some(m) => parsed(row, &m),
                None => row.protocol = Cow::Borrowed("SIP"),
            }
        }
        Fate::Rtp => {
            let (payload, len) = unwrapped(payload, len);
            rtp::rtp(row, payload, len, note.codec, note.encrypted);
        }
        Fate::RtpUnproven => {
            let (inner, inner_len) = unwrapped(payload, len);
            let stream = RtpHeader::parse_known(inner, inner_len).map(|h| h.ssrc);
            rtp::rtp(row, inner, inner_len, note.codec, note.encrypted);
            let (protocol, info) = (
                std::mem::take(&mut row.protocol),
                std::mem::take(&mut row.info),
            );
            neighbours::udp(row, d);
            if let Some(ssrc) = stream {
                return Wait::Candidate((d.meta.flow, ssrc), protocol, info);
            }
        }
        Fate::Rtcp => {
            let (payload, len) = unwrapped(payload, len);
            rtp::rtcp(row, payload, len);
        }
        Fate::Stun => stun::stun(row, payload, len),
        Fate::Dtls => tls::dtls(row, unwrapped(payload, len).0),
        Fate::T38 => neighbours::t38(row, d),
        Fate::Zrtp => neighbours::zrtp(row, unwrapped(payload, len).0),
        Fate::Bfcp => {
            row.protocol = Cow::Borrowed("BFCP");
            neighbours::length(row, d);
        }
        _ => neighbours::udp(row, d),
    }
    Wait::Nothing
}

fn parsed(row: &mut PacketRow, m: &Message<'_>) {
    row.protocol = Cow::Borrowed("SIP");
    add_message(row, m.protocol_words(), &m.packet_line());
}

fn add_message(row: &mut PacketRow, protocol: &'static str, info: &str) {
    if !row.info.is_empty() {
        row.info.push_str(BETWEEN);
    }
    row.info.push_str(&clean(info));
    // The last word about a body stays, as with Wireshark.
    if protocol != "SIP" || row.protocol == "TCP" || row.protocol == "SCTP" {
        row.protocol = Cow::Borrowed(protocol);
    }
}

fn write_text(into: &mut Option<String>, value: &impl std::fmt::Display) {
    let text = into.get_or_insert_default();
    text.clear();
    let _ = write!(text, "{value}");
}
