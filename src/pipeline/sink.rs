//! What comes out of the pipeline.

use super::fate::{Fate, Fates};
use super::note::PacketNote;
use crate::call::{
    Beside, CallRecord, DialogRecord, Placement, RegistrationRecord, TransactionRecord,
};
use crate::crypto::Passwords;
use crate::decode::{Datagram, Stack};
use crate::media::StreamRecord;
use crate::media::other::OtherRecord;
use crate::sip::{Flaw, Message};
use crate::types::{CaptureTime, FileRange, Flow, FrameRef, MessageId, Transport};
use std::collections::BTreeMap;

/// A message at the moment it is seen, with its bytes still lent.
#[derive(Clone, Copy, Debug)]
pub struct SeenMessage<'a> {
    /// Its number in the report.
    pub id: MessageId,
    /// The packet that completed it.
    pub frame: FrameRef,
    /// All packets that carried it.
    pub frames: &'a [FrameRef],
    /// Time of `frame`.
    pub time: CaptureTime,
    /// The transport it came over, HEP's word for relayed ones.
    pub transport: Transport,
    /// From where to where.
    pub flow: Flow,
    /// Where its bytes stand in the file; `None` where they were reassembled or the input is piped.
    pub location: Option<FileRange>,
    /// The first copy, when the capture holds the packet twice.
    pub duplicate_of: Option<MessageId>,
    /// The message.
    pub message: &'a Message<'a>,
    /// The tail is missing or was not read: a snap length cut it, later fragments or bytes of the stream never came,
    /// or it is longer than is read.
    pub truncated: bool,
    /// The layers of the packet that completed it.
    pub stack: Stack,
    /// What was wrong with its framing on a stream.
    pub framing_flaws: &'a [Flaw],
    /// The transaction, dialog, call and registration it belongs to.
    pub placement: Placement,
    /// The passwords that are known; mostly none.
    pub passwords: &'a Passwords,
}

/// Takes what the pipeline hands on. Records are final when they arrive.
pub trait Sink {
    /// A message, in the order of completion.
    fn message(&mut self, _: &SeenMessage<'_>) {}
    /// A transaction that is over.
    fn transaction(&mut self, _: TransactionRecord) {}
    /// A dialog that is over.
    fn dialog(&mut self, _: DialogRecord) {}
    /// A call that is over.
    fn call(&mut self, _: CallRecord) {}
    /// A registration that is over.
    fn registration(&mut self, _: RegistrationRecord) {}
    /// What is known of more than one Call-ID when the capture is over.
    fn beside(&mut self, _: Beside) {}
    /// A stream that is over.
    fn stream(&mut self, _: StreamRecord) {}
    /// What a call carried beside RTP, when it is over.
    fn other_media(&mut self, _: OtherRecord) {}
    /// Capture time has come to that: what is due by then follows, and [`Sink::time`] after it.
    fn due(&mut self, _: CaptureTime) {}
    /// Capture time has moved on: about once a second of it.
    fn time(&mut self, _: CaptureTime) {}
    /// What became of a packet, where [`super::Options::notes`] asks for it: one note for each, in order, after
    /// whatever the packet completed.
    fn packet(&mut self, _: &PacketNote<'_>) {}
    /// A datagram of SIP is shown although later fragments never came. Its packets were noted as fragments before.
    fn given_up(&mut self, _: &Datagram<'_>, _: &[FrameRef]) {}
}

/// Sees what passes on its way to a [`Sink`].
pub trait Onlooker {
    /// As [`Sink::message`].
    fn message(&mut self, _: &SeenMessage<'_>) {}
    /// As [`Sink::transaction`].
    fn transaction(&mut self, _: &TransactionRecord) {}
    /// As [`Sink::call`].
    fn call(&mut self, _: &CallRecord) {}
    /// As [`Sink::packet`].
    fn packet(&mut self, _: &PacketNote<'_>) {}
    /// As [`Sink::given_up`].
    fn given_up(&mut self, _: &Datagram<'_>, _: &[FrameRef]) {}
}

/// Looks at the notes alone.
impl<F: FnMut(&PacketNote<'_>)> Onlooker for F {
    fn packet(&mut self, note: &PacketNote<'_>) {
        self(note);
    }
}

/// Hands everything to a sink, where another looks on.
pub struct Watched<'s> {
    /// Takes the records.
    pub records: &'s mut dyn Sink,
    /// Sees them before.
    pub onlooker: &'s mut dyn Onlooker,
}

impl Sink for Watched<'_> {
    fn message(&mut self, seen: &SeenMessage<'_>) {
        self.onlooker.message(seen);
        self.records.message(seen);
    }
    fn transaction(&mut self, record: TransactionRecord) {
        self.onlooker.transaction(&record);
        self.records.transaction(record);
    }
    fn dialog(&mut self, record: DialogRecord) {
        self.records.dialog(record);
    }
    fn call(&mut self, record: CallRecord) {
        self.onlooker.call(&record);
        self.records.call(record);
    }
    fn registration(&mut self, record: RegistrationRecord) {
        self.records.registration(record);
    }
    fn beside(&mut self, seen: Beside) {
        self.records.beside(seen);
    }
    fn stream(&mut self, record: StreamRecord) {
        self.records.stream(record);
    }
    fn other_media(&mut self, record: OtherRecord) {
        self.records.other_media(record);
    }
    fn due(&mut self, now: CaptureTime) {
        self.records.due(now);
    }
    fn time(&mut self, now: CaptureTime) {
        self.records.time(now);
    }
    fn packet(&mut self, note: &PacketNote<'_>) {
        self.onlooker.packet(note);
        self.records.packet(note);
    }
    fn given_up(&mut self, datagram: &Datagram<'_>, frames: &[FrameRef]) {
        self.onlooker.given_up(datagram, frames);
        self.records.given_up(datagram, frames);
    }
}

/// What was counted over the whole capture.
#[derive(Clone, Debug, Default)]
pub struct Counters {
    /// Packets handled.
    pub packets: u64,
    /// SIP messages.
    pub sip_messages: u64,
    /// Every packet by what became of it; complete when the capture is over.
    pub fates: Fates,
    /// Requests by method; retransmissions and other hops count too.
    pub requests: BTreeMap<String, u64>,
    /// Responses by status code; retransmissions and other hops count too.
    pub responses: BTreeMap<u16, u64>,
    /// Messages sent again by a SIP element.
    pub retransmissions: u64,
    /// Second copies made by the capture.
    pub capture_duplicates: u64,
    /// Packets of SIP messages that are shown although later fragments never came.
    pub sip_fragments: u64,
    /// Packets of streams.
    pub rtp_packets: u64,
    /// RTCP packets.
    pub rtcp_packets: u64,
    /// STUN packets.
    pub stun_packets: u64,
    /// Holes in byte streams of SIP.
    pub sip_gaps: u64,
    /// The bytes they swallowed.
    pub sip_gap_bytes: u64,
    /// Packets nobody could read, by reason.
    pub undecoded: BTreeMap<&'static str, u64>,
    /// SIP messages and packets of streams by the layers that carried them.
    pub encapsulations: Encapsulations,
}

/// Counts by layers, their numbers left out.
#[derive(Clone, Debug, Default)]
pub struct Encapsulations {
    /// Few and seldom changing: a list is faster than a table.
    counts: Vec<(Stack, u64)>,
    others: u64,
}

impl Encapsulations {
    /// Different ones that are told apart.
    const MOST: usize = 64;

    pub(super) fn add(&mut self, stack: Stack, count: u64) {
        let kind = stack.without_numbers();
        let full = self.counts.len() >= Self::MOST;
        match self.counts.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, n)) => *n += count,
            None if !full => self.counts.push((kind, count)),
            None => self.others += count,
        }
    }

    /// The layers, and what they carried, in the order they were first seen.
    pub fn iter(&self) -> impl Iterator<Item = (Stack, u64)> + '_ {
        self.counts.iter().copied()
    }

    /// What was carried by further ones.
    pub fn others(&self) -> u64 {
        self.others
    }
}

impl Counters {
    /// The fate of such packets.
    pub(super) fn note_undecoded(&mut self, reason: &'static str, packets: u64) -> Fate {
        *self.undecoded.entry(reason).or_default() += packets;
        self.fates.add(Fate::Undecoded, packets);
        Fate::Undecoded
    }

    pub(super) fn note_message(&mut self, message: &Message<'_>, retransmission: bool) {
        self.sip_messages += 1;
        self.retransmissions += u64::from(retransmission);
        match (message.method(), message.status()) {
            (Some(method), _) => {
                // Methods are free tokens: a flood of invented ones must not fill memory.
                const MOST: usize = 256;
                let full = self.requests.len() >= MOST;
                match self.requests.get_mut(method.as_str()) {
                    Some(n) => *n += 1,
                    None if full => *self.requests.entry("(other)".to_owned()).or_default() += 1,
                    None => drop(self.requests.insert(method.as_str().to_owned(), 1)),
                }
            }
            (None, Some(status)) => *self.responses.entry(status.get()).or_default() += 1,
            (None, None) => {}
        }
    }

    /// Packets that were read but are neither SIP nor media.
    pub fn other_packets(&self) -> u64 {
        let known = |f: Fate| {
            let media = matches!(f, Fate::Rtp | Fate::Rtcp | Fate::Stun | Fate::RtpTcp);
            f.is_sip() || media || f == Fate::Undecoded
        };
        let others = self.fates.iter().filter(|(f, _)| !known(*f));
        others.map(|(_, packets)| packets).sum()
    }
}
