//! One note a packet: what it turned out to be, for whoever saves, counts or exports packets by it.
//!
//! Invariant: notes change nothing of what else is handed on, and cost nothing where nobody asks for them.

use super::{Core, Fate};
use crate::decode::{Datagram, Decoded, OtherKind, Segment, Stack, UndecodedReason};
use crate::media::{MediaPacket, StreamHandle};
use crate::types::{CallNo, CaptureTime, Flow, FrameRef, HostAddr, Packet};

/// A packet and what became of it.
#[derive(Clone, Copy, Debug)]
pub struct PacketNote<'a> {
    /// The packet.
    pub packet: &'a Packet<'a>,
    /// What it is on its link.
    pub outside: Outside,
    /// What became of it, as far as is known now.
    pub fate: Fate,
    /// Later packets of its flow or its datagram may tell more.
    pub undecided: bool,
    /// From where to where; of an ICMP error that of the packet it quotes. `None` where it has no ports.
    pub flow: Option<Flow>,
    /// The call of its message or its media.
    pub call: Option<CallNo>,
    /// The stream it is a packet of, as its record names it.
    pub stream: Option<StreamHandle>,
    /// Encoding name of a stream's payload type, by SDP or RFC 3551.
    pub codec: Option<&'a str>,
    /// It is of a stream that is SRTP by SDP.
    pub encrypted: bool,
    /// The packets of the datagram it completed, itself included: one, or fragments in order of arrival.
    pub frames: &'a [FrameRef],
    /// Every packet of the messages that were completed since the last note, and the message's call: this one
    /// and earlier ones.
    pub messages: &'a [(FrameRef, Option<CallNo>)],
    /// Datagrams in frames of TCP streams (RFC 4571) that became whole since the last note.
    pub framed: &'a [FramedNote],
    /// What it brought; where it completed a datagram, that.
    pub content: Content<'a>,
}

/// A datagram that came in a frame of a TCP stream.
#[derive(Clone, Debug)]
pub struct FramedNote {
    /// The stream's direction.
    pub flow: Flow,
    /// The packet that completed it.
    pub frame: FrameRef,
    /// When that came.
    pub time: CaptureTime,
    /// The datagram.
    pub payload: Vec<u8>,
    /// Its length with headers of its own.
    pub ip_bytes: u32,
}

/// What a packet is on its link, before fragments are joined.
#[derive(Clone, Copy, Debug)]
pub enum Outside {
    /// IP: the layers around its payload and the hosts of the innermost IP header.
    Ip {
        /// The layers.
        stack: Stack,
        /// Sender.
        src: HostAddr,
        /// Receiver.
        dst: HostAddr,
    },
    /// No IP, or an IP protocol without use here.
    Other(OtherKind),
    /// Not understood.
    Undecoded(UndecodedReason),
}

/// What a packet brought.
#[derive(Clone, Copy, Debug)]
pub enum Content<'a> {
    /// A whole UDP datagram, unpacked where a capture agent had compressed it.
    Datagram(&'a Datagram<'a>),
    /// A TCP segment.
    Segment(&'a Segment<'a>),
    /// Neither.
    Other,
}

/// Whether a packet is SIP or media.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Voip {
    /// It is.
    Yes,
    /// Later packets of its flow or its datagram will tell.
    Undecided,
    /// It is something else.
    No,
}

impl PacketNote<'_> {
    /// Whether it is SIP or media.
    pub fn voip(&self) -> Voip {
        match self.fate {
            Fate::SipUdp
            | Fate::SipUdpCopy
            | Fate::SipTcp
            | Fate::SipTcpBare
            | Fate::SipTls
            | Fate::SipSctp
            | Fate::IcmpSip
            | Fate::IcmpMedia
            | Fate::Rtp
            | Fate::Rtcp
            | Fate::T38
            | Fate::Bfcp
            | Fate::Msrp
            | Fate::RtpTcp
            | Fate::Zrtp => Voip::Yes,
            // Of use where it goes to an end that a call announced.
            Fate::Stun | Fate::Dtls if self.call.is_some() => Voip::Yes,
            _ if self.undecided => Voip::Undecided,
            _ => Voip::No,
        }
    }
}

impl Outside {
    fn of(decoded: &Decoded<'_>) -> Outside {
        let (stack, src, dst) = match decoded {
            Decoded::Udp(d) => (d.meta.stack, d.meta.flow.src.addr, d.meta.flow.dst.addr),
            Decoded::Tcp(s) => (s.meta.stack, s.meta.flow.src.addr, s.meta.flow.dst.addr),
            Decoded::Sctp(s) => (s.meta.stack, s.meta.flow.src.addr, s.meta.flow.dst.addr),
            Decoded::Relayed(r) => {
                let meta = &r.datagram.meta;
                (meta.stack, meta.flow.src.addr, meta.flow.dst.addr)
            }
            Decoded::Fragment(f) => (f.ip.stack, f.ip.src, f.ip.dst),
            Decoded::Icmp(e) => (e.ip.stack, e.ip.src, e.ip.dst),
            Decoded::Other(kind) => return Outside::Other(*kind),
            Decoded::Undecoded(reason) => return Outside::Undecoded(*reason),
        };
        Outside::Ip { stack, src, dst }
    }
}

/// What is gathered for the next note.
#[derive(Debug, Default)]
pub(super) struct Noting {
    outside: Option<Outside>,
    messages: Vec<(FrameRef, Option<CallNo>)>,
    framed: Vec<FramedNote>,
}

impl Noting {
    /// A packet came off the link.
    pub(super) fn begin(&mut self, decoded: &Decoded<'_>) {
        self.outside = Some(Outside::of(decoded));
    }

    /// A frame of a TCP stream is whole.
    pub(super) fn framed(&mut self, p: &MediaPacket<'_>) {
        self.framed.push(FramedNote {
            flow: p.flow,
            frame: p.frame,
            time: p.time,
            payload: p.payload.to_vec(),
            ip_bytes: p.ip_bytes,
        });
    }

    /// A message is complete.
    pub(super) fn message(&mut self, frames: &[FrameRef], call: Option<CallNo>) {
        self.messages.extend(frames.iter().map(|f| (*f, call)));
    }
}

impl Core {
    /// The note of a packet, where notes are asked for. `decoded`: what became of it once joined and unpacked.
    #[cold]
    pub(super) fn note<'a>(
        &mut self,
        (packet, frames): (&'a Packet<'a>, &'a [FrameRef]),
        decoded: &'a Decoded<'a>,
        (fate, undecided): (Fate, bool),
        tell: impl FnOnce(&PacketNote<'_>),
    ) {
        let Some(noting) = &mut self.noting else {
            return;
        };
        let Some(outside) = noting.outside.take() else {
            return;
        };
        let own = packet.frame_ref();
        let of_message = noting.messages.iter().find(|(frame, _)| *frame == own);
        let mut call = of_message.and_then(|(_, call)| *call);
        let mut carrying = None;
        let (flow, content) = match decoded {
            Decoded::Udp(datagram) => (Some(datagram.meta.flow), Content::Datagram(datagram)),
            Decoded::Relayed(relayed) => (
                Some(relayed.datagram.meta.flow),
                Content::Datagram(&relayed.datagram),
            ),
            Decoded::Tcp(segment) => (Some(segment.meta.flow), Content::Segment(segment)),
            Decoded::Sctp(sctp) => (Some(sctp.meta.flow), Content::Other),
            Decoded::Icmp(error) => (Some(error.quoted), Content::Other),
            Decoded::Fragment(_) | Decoded::Other(_) | Decoded::Undecoded(_) => {
                (None, Content::Other)
            }
        };
        if let (Content::Datagram(datagram), false) = (content, fate.is_sip()) {
            call = self.media.call_on(&datagram.meta.flow);
            if fate == Fate::Rtp {
                carrying = self.media.stream_of(datagram);
            }
        }
        if let (Decoded::Icmp(error), true) = (decoded, fate != Fate::IcmpSip) {
            call = self.media.call_on(&error.quoted);
        }
        tell(&PacketNote {
            packet,
            outside,
            fate,
            undecided: undecided || fate.may_change(),
            flow,
            call,
            stream: carrying.map(|c| c.stream),
            codec: carrying.and_then(|c| c.codec),
            encrypted: carrying.is_some_and(|c| c.encrypted),
            frames,
            messages: &noting.messages,
            framed: &noting.framed,
            content,
        });
        noting.messages.clear();
        noting.framed.clear();
    }
}
