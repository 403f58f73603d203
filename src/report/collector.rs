//! Keeps what the pipeline hands on until the capture is over.
//!
//! A message is kept as a record of fixed size that says where its bytes are, not as text: they are
//! read again when they are shown.

use super::joined::stream_of_leg;
use super::software::SoftwareSeen;
use crate::call::{
    Beside, CallRecord, DialogRecord, Loose, OtherPortSeen, RegistrationRecord, RequestLoop,
    RequestsRecord, StreamOfLeg, TransactionRecord,
};
use crate::crypto::Passwords;
use crate::decode::Stack;
use crate::diagnosis::{Deviation, FlawSeen};
use crate::media::StreamRecord;
use crate::media::other::OtherRecord;
use crate::pipeline::{SeenMessage, Sink};
use crate::sip::Flaw;
use crate::types::{
    CallNo, CaptureTime, Delta, DialogNo, FileRange, FlawCode, Flow, FrameNo, FrameRef, KindSet,
    MessageId, PackedFrame, RecordKind, RegistrationNo, SourceId, TransactionNo, Transport,
};
use foldhash::fast::RandomState;
use hashbrown::HashTable;
use std::collections::HashMap;
use std::hash::BuildHasher;
use std::io;
use std::sync::Arc;

/// Keeps the bytes of messages that cannot be read again from their file, and reads both kinds.
pub trait TextStore {
    /// Keeps bytes; the number says where.
    fn keep(&mut self, bytes: &[u8]) -> io::Result<u64>;
    /// Gives up everything kept.
    fn clear(&mut self);
    /// Reads kept bytes into `into`, replacing what is there.
    fn read_kept(&mut self, at: u64, len: u32, into: &mut Vec<u8>) -> io::Result<()>;
    /// Reads a range of an input file.
    fn read_file(&mut self, range: FileRange, into: &mut Vec<u8>) -> io::Result<()>;
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Text {
    File {
        source: SourceId,
        offset: u64,
        len: u32,
    },
    Kept {
        at: u64,
        len: u32,
    },
}

/// How much of what was asked for is kept, in bytes, about. What comes later is counted.
#[derive(Clone, Copy, Debug)]
pub struct KeepLimits {
    /// Message records, and the flows they name.
    pub messages: usize,
    /// Calls, registrations and streams together.
    pub records: usize,
    /// Transactions and dialogs together.
    pub transactions: usize,
}

impl KeepLimits {
    /// Messages alone have the room of all.
    pub fn of(keep: KindSet) -> Self {
        let alone = !keep.has_any(KindSet::SUMMARY);
        KeepLimits {
            messages: if alone { 512 << 20 } else { 96 << 20 },
            records: 80 << 20,
            transactions: 88 << 20,
        }
    }

    /// `times` as much of everything.
    pub fn times(self, times: usize) -> Self {
        KeepLimits {
            messages: self.messages.saturating_mul(times),
            records: self.records.saturating_mul(times),
            transactions: self.transactions.saturating_mul(times),
        }
    }
}

/// What was not kept.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct LeftOut {
    pub(super) messages: u64,
    pub(super) transactions: u64,
    pub(super) dialogs: u64,
    pub(super) calls: u64,
    pub(super) registrations: u64,
    pub(super) requests: u64,
    pub(super) streams: u64,
    pub(super) other_media: u64,
}

/// Room that is taken once.
#[derive(Debug)]
struct Room(usize);

impl Room {
    /// Takes it where there is as much, else counts what goes without; the first to go without takes
    /// what is left, so that records are kept up to a moment and not by their size.
    fn take(&mut self, bytes: usize, left_out: &mut u64) -> bool {
        match self.0.checked_sub(bytes) {
            Some(left) => {
                self.0 = left;
                true
            }
            None => {
                self.0 = 0;
                *left_out += 1;
                false
            }
        }
    }
}

/// One message, without its text.
#[derive(Clone, Copy, Debug)]
pub(super) struct MessageRecord {
    pub(super) id: MessageId,
    pub(super) frame: PackedFrame,
    pub(super) time: CaptureTime,
    pub(super) flow: u32,
    pub(super) transport: Transport,
    pub(super) text: Text,
    pub(super) transaction: Option<TransactionNo>,
    pub(super) dialog: Option<DialogNo>,
    pub(super) call: Option<CallNo>,
    pub(super) registration: Option<RegistrationNo>,
    pub(super) retransmission_of: Option<MessageId>,
    pub(super) duplicate_of: Option<MessageId>,
    request_frame: FrameNo,
    request_wait: Delta,
    /// 0 for a request.
    pub(super) status: u16,
    pub(super) truncated: bool,
    pub(super) on_stream: bool,
    /// Nothing was found wrong with it, read as it is read again.
    pub(super) flawless: bool,
    /// Index of [`Collected::stacks`].
    pub(super) stack: u16,
}

impl MessageRecord {
    pub(super) fn of(seen: &SeenMessage<'_>, flow: u32, stack: u16, text: Text) -> Self {
        let p = &seen.placement;
        // No packet has the number 0: it stands for none.
        let (request, request_wait) = p.request.unwrap_or_default();
        // A WebSocket or SCTP message is delimited like a datagram.
        let on_stream = matches!(seen.transport, Transport::Tcp | Transport::Tls);
        MessageRecord {
            id: seen.id,
            frame: seen.frame.into(),
            time: seen.time,
            flow,
            transport: seen.transport,
            text,
            transaction: p.transaction,
            dialog: p.dialog,
            call: p.call,
            registration: p.registration,
            retransmission_of: p.retransmission_of,
            duplicate_of: seen.duplicate_of,
            request_frame: request.frame,
            request_wait,
            status: seen.message.status().map_or(0, |s| s.get()),
            truncated: seen.truncated,
            on_stream,
            // What an agent relayed of a stream came as a datagram.
            flawless: seen.message.flaws.is_empty() && !on_stream && !seen.truncated,
            stack,
        }
    }

    /// For a response: the request's packet and the time since.
    pub(super) fn request(&self) -> Option<(FrameNo, Delta)> {
        (self.request_frame.0 != 0).then_some((self.request_frame, self.request_wait))
    }

    pub(super) fn frame(&self) -> FrameRef {
        self.frame.into()
    }
}

/// What only few messages have.
#[derive(Clone, Debug, Default)]
pub(super) struct Extra {
    pub(super) frames: Vec<FrameNo>,
    pub(super) flaws: Vec<Flaw>,
}

/// Everything the pipeline handed on.
#[derive(Debug, Default)]
pub struct Collected {
    /// What is kept and put into the report. What nobody asks for is let go when it is final, so that memory
    /// does not grow with the capture; findings need calls, registrations and streams until then.
    pub(super) keep: KindSet,
    pub(super) messages: Vec<MessageRecord>,
    pub(super) extras: HashMap<MessageId, Extra>,
    pub(super) flows: Vec<Flow>,
    /// The layers messages came in; the first is none of them, for those beyond what is told apart.
    pub(super) stacks: Vec<Stack>,
    /// Packets of the messages behind those kept, by number, for findings to name.
    frames: Vec<PackedFrame>,
    pub(super) left_out: LeftOut,
    /// Of streams that nobody asked for: what they tell of the legs of calls.
    pub(super) leg_streams: Vec<StreamOfLeg>,
    /// Transactions.
    pub transactions: Vec<TransactionRecord>,
    /// Dialogs.
    pub dialogs: Vec<DialogRecord>,
    /// Calls.
    pub calls: Vec<CallRecord>,
    /// Registrations.
    pub registrations: Vec<RegistrationRecord>,
    /// Requests outside both.
    pub requests: Vec<RequestsRecord>,
    /// Answers that go to another port than the requests come from.
    pub other_ports: Vec<OtherPortSeen>,
    /// Requests outside calls that go round in a loop, the first ones.
    pub loops: Vec<RequestLoop>,
    /// Streams.
    pub streams: Vec<StreamRecord>,
    /// What calls carried beside RTP.
    pub(super) other_media: Vec<OtherRecord>,
    /// What belongs to calls of other Call-IDs.
    pub(super) loose: Vec<Loose>,
    /// Flaws of messages, counted.
    pub flaws: Vec<FlawSeen>,
    /// Departures of messages from the rules, where they were asked for.
    pub deviations: Vec<Deviation>,
    /// What hosts say of themselves.
    pub(super) software: SoftwareSeen,
    /// Those that credentials are checked against.
    pub passwords: Arc<Passwords>,
    /// Hide secrets in the bytes of messages.
    pub mask_secrets: bool,
}

/// A sink that keeps.
pub struct Collector<'t> {
    texts: &'t mut dyn TextStore,
    flow_numbers: HashTable<u32>,
    hasher: RandomState,
    room_messages: Room,
    room_records: Room,
    room_transactions: Room,
    stack_numbers: HashMap<Stack, u16>,
    collected: Collected,
    error: Option<io::Error>,
}

impl<'t> Collector<'t> {
    /// A collector that keeps what `keep` says; texts go to `texts`.
    pub fn new(keep: KindSet, texts: &'t mut dyn TextStore) -> Self {
        Collector::with_limits(keep, KeepLimits::of(keep), texts)
    }

    /// The same, with other limits.
    pub fn with_limits(keep: KindSet, limits: KeepLimits, texts: &'t mut dyn TextStore) -> Self {
        Collector {
            texts,
            flow_numbers: HashTable::new(),
            hasher: RandomState::default(),
            room_messages: Room(limits.messages),
            room_records: Room(limits.records),
            room_transactions: Room(limits.transactions),
            stack_numbers: HashMap::new(),
            collected: Collected {
                keep,
                stacks: vec![Stack::default()],
                ..Collected::default()
            },
            error: None,
        }
    }

    /// Gives up what was kept, texts included.
    pub fn give_up(self) {
        self.texts.clear();
    }

    /// What was kept, sorted by number. An error where texts could not be kept (disk full).
    pub fn finish(self) -> io::Result<Collected> {
        if let Some(error) = self.error {
            return Err(error);
        }
        let mut c = self.collected;
        c.join_legs();
        c.attach_loose();
        c.transactions.sort_unstable_by_key(|r| r.no);
        c.dialogs.sort_unstable_by_key(|r| r.no);
        c.calls.sort_unstable_by_key(|r| r.no);
        c.registrations.sort_unstable_by_key(|r| r.no);
        c.streams.sort_unstable_by_key(|r| r.no);
        Ok(c)
    }

    fn flow_number(&mut self, flow: Flow) -> u32 {
        let (flows, hasher) = (&mut self.collected.flows, &self.hasher);
        let hash = hasher.hash_one(flow);
        let is_it = |at: &u32| flows.get(*at as usize) == Some(&flow);
        if let Some(known) = self.flow_numbers.find(hash, is_it) {
            return *known;
        }
        // As many flows as messages at most, and those are counted in u32.
        let at = u32::try_from(flows.len()).unwrap_or(u32::MAX);
        flows.push(flow);
        self.flow_numbers.insert_unique(hash, at, |other| {
            flows.get(*other as usize).map_or(0, |f| hasher.hash_one(f))
        });
        // More than its record takes; it was kept already.
        self.room_messages.0 = self.room_messages.0.saturating_sub(size_of::<Flow>() + 8);
        at
    }

    /// 0 where there are more kinds than are told apart (65 535).
    fn stack_number(&mut self, stack: Stack) -> u16 {
        if let Some(number) = self.stack_numbers.get(&stack) {
            return *number;
        }
        let stacks = &mut self.collected.stacks;
        let Ok(number) = u16::try_from(stacks.len()) else {
            return 0;
        };
        stacks.push(stack);
        self.stack_numbers.insert(stack, number);
        number
    }

    fn text_of(&mut self, seen: &SeenMessage<'_>) -> Text {
        if let Some(FileRange {
            source,
            offset,
            len,
        }) = seen.location
        {
            return Text::File {
                source,
                offset,
                len,
            };
        }
        let raw = seen.message.raw;
        let at = self.texts.keep(raw).unwrap_or_else(|error| {
            self.error.get_or_insert(error);
            0
        });
        Text::Kept {
            at,
            len: u32::try_from(raw.len()).unwrap_or(u32::MAX),
        }
    }

    fn note_flaws(&mut self, seen: &SeenMessage<'_>) {
        const LISTED: usize = 16;
        const TOLD_APART: usize = 64;
        for flaw in seen.message.flaws.iter().chain(seen.framing_flaws) {
            // The words may hold numbers of the message: beyond some, the code alone has to do.
            let many = self.collected.flaws.len() >= TOLD_APART;
            let known = self.collected.flaws.iter_mut().find(|f| {
                f.code == flaw.code && f.header == flaw.header && (many || f.text == flaw.text)
            });
            match known {
                Some(f) => {
                    f.count += 1;
                    if f.messages.len() < LISTED {
                        f.messages.push(seen.id);
                    }
                }
                None => self.collected.flaws.push(FlawSeen {
                    code: flaw.code,
                    header: flaw.header,
                    text: flaw.text.clone(),
                    source: flaw.source,
                    count: 1,
                    messages: vec![seen.id],
                }),
            }
        }
    }
}

impl Sink for Collector<'_> {
    fn message(&mut self, seen: &SeenMessage<'_>) {
        let keep = self.collected.keep;
        if keep.has(RecordKind::Finding)
            && !(seen.message.flaws.is_empty() && seen.framing_flaws.is_empty())
        {
            self.note_flaws(seen);
        }
        // Documents and reports name the hosts, listings do not.
        if keep.has(RecordKind::Finding) || keep.has(RecordKind::Message) {
            self.collected.software.saw(seen);
        }
        let left_out = &mut self.collected.left_out.messages;
        if !(keep.has(RecordKind::Message)
            && self
                .room_messages
                .take(size_of::<MessageRecord>(), left_out))
        {
            if keep.has(RecordKind::Finding) {
                self.collected.frames.push(seen.frame.into());
            }
            return;
        }
        let text = self.text_of(seen);
        let flow = self.flow_number(seen.flow);
        let stack = self.stack_number(seen.stack);
        let record = MessageRecord::of(seen, flow, stack, text);
        // What stood behind the message is not in its text when that is read again.
        let behind = seen
            .message
            .flaws
            .iter()
            .filter(|f| f.code == FlawCode::ExtraOctets);
        let flaws: Vec<Flaw> = behind.chain(seen.framing_flaws).cloned().collect();
        if seen.frames.len() > 1 || !flaws.is_empty() {
            let frames: Vec<FrameNo> = seen.frames.iter().map(|f| f.frame).collect();
            let texts: usize = flaws.iter().map(|f| f.text.len() + 16).sum();
            let lists = size_of_val(&*frames) + size_of_val(&*flaws) + texts;
            let taken = lists + 2 * size_of::<(MessageId, Extra)>();
            self.room_messages.0 = self.room_messages.0.saturating_sub(taken);
            self.collected
                .extras
                .insert(seen.id, Extra { frames, flaws });
        }
        self.collected.messages.push(record);
    }

    fn transaction(&mut self, record: TransactionRecord) {
        let c = &mut self.collected;
        let (room, out) = (&mut self.room_transactions, &mut c.left_out.transactions);
        if c.keep.has(RecordKind::Transaction) && room.take(record.weight(), out) {
            c.transactions.push(record);
        }
    }

    fn dialog(&mut self, record: DialogRecord) {
        let c = &mut self.collected;
        let (room, out) = (&mut self.room_transactions, &mut c.left_out.dialogs);
        if c.keep.has(RecordKind::Dialog) && room.take(record.weight(), out) {
            c.dialogs.push(record);
        }
    }

    fn call(&mut self, mut record: CallRecord) {
        let c = &mut self.collected;
        if !c.keep.has(RecordKind::Finding) {
            record.forget_evidence();
        }
        let wanted = c.keep.has(RecordKind::Call) || c.keep.has(RecordKind::Finding);
        let mut unasked = 0;
        // Messages name the call that their leg belongs to.
        let for_messages = !wanted && c.keep.has(RecordKind::Message);
        let out = match for_messages {
            true => {
                record.keep_for_joining();
                &mut unasked
            }
            false => &mut c.left_out.calls,
        };
        if (wanted || for_messages) && self.room_records.take(record.weight(), out) {
            c.calls.push(record);
        }
    }

    fn registration(&mut self, record: RegistrationRecord) {
        let c = &mut self.collected;
        let wanted = c.keep.has(RecordKind::Registration) || c.keep.has(RecordKind::Finding);
        let (room, out) = (&mut self.room_records, &mut c.left_out.registrations);
        if wanted && room.take(record.weight(), out) {
            c.registrations.push(record);
        }
    }

    fn beside(&mut self, seen: Beside) {
        let c = &mut self.collected;
        match seen {
            Beside::Loose(loose) => {
                let wanted = c.keep.has(RecordKind::Call) || c.keep.has(RecordKind::Finding);
                let (room, out) = (&mut self.room_records, &mut c.left_out.dialogs);
                if wanted && room.take(loose.weight(), out) {
                    c.loose.push(*loose);
                }
            }
            Beside::Requests(record) => {
                let wanted = c.keep.has(RecordKind::Requests) || c.keep.has(RecordKind::Finding);
                let (room, out) = (&mut self.room_records, &mut c.left_out.requests);
                if wanted && room.take(record.weight(), out) {
                    c.requests.push(record);
                }
            }
            Beside::OtherPort(seen) => c.other_ports.push(seen),
            Beside::Loop(seen) if c.loops.len() < MOST_LOOPS => c.loops.push(*seen),
            Beside::Loop(_) => {}
        }
    }

    fn stream(&mut self, record: StreamRecord) {
        let c = &mut self.collected;
        let wanted = c.keep.has(RecordKind::Stream) || c.keep.has(RecordKind::Finding);
        let (room, out) = (&mut self.room_records, &mut c.left_out.streams);
        if wanted && room.take(record.weight(), out) {
            c.streams.push(record);
        } else if !wanted
            && let Some(stream) = stream_of_leg(&record)
            && room.take(size_of::<StreamOfLeg>(), &mut 0)
        {
            c.leg_streams.push(stream);
        }
    }

    fn other_media(&mut self, record: OtherRecord) {
        let c = &mut self.collected;
        let (room, out) = (&mut self.room_records, &mut c.left_out.other_media);
        let wanted = c.keep.has(RecordKind::Call);
        let is_full = c.other_media.len() >= MOST_OTHER_MEDIA;
        *out += u64::from(wanted && is_full);
        if wanted && !is_full && room.take(record.weight(), out) {
            c.other_media.push(record);
        }
    }
}

/// Things beside RTP that are kept of all calls.
const MOST_OTHER_MEDIA: usize = 100_000;

/// Loops that are kept.
pub(super) const MOST_LOOPS: usize = 100;

impl Collected {
    /// The packet that completed a message.
    pub fn frame_of(&self, id: MessageId) -> Option<FrameRef> {
        let at = id.get() as usize - 1;
        match at.checked_sub(self.messages.len()) {
            None => self.messages.get(at).map(MessageRecord::frame),
            Some(behind) => self.frames.get(behind).map(|f| (*f).into()),
        }
    }
}
