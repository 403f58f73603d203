//! SCTP chunks to user messages (RFC 9260 §6.9, RFC 8260), as a passive observer sees them: chunks may be missing,
//! repeated or out of order.
//!
//! A message in one chunk is lent as it stands in the packet. Fragments of a DATA message have transmission
//! sequence numbers in a row; those of an I-DATA message are numbered within their message.

mod passing;
#[cfg(test)]
mod tests;

use crate::decode::SctpPacket;
use crate::decode::sctp::{DataChunk, data_chunks};
use crate::types::{CaptureTime, Delta, Flow, FrameRef};
use foldhash::fast::RandomState;
use hashbrown::HashMap;
use passing::Passing;
use std::collections::{BTreeMap, VecDeque};
use std::hash::BuildHasher;

/// How often, in capture time, fragments that wait for others are looked at.
const SWEEP: Delta = Delta::from_secs(5);

/// Wanted chunks of a direction that a retransmission is compared with.
const REMEMBERED: usize = 256;

/// Fragments held for one direction; a message of the longest kind has fewer.
const MAX_PIECES: usize = 1024;

/// Bounds of SCTP reassembly.
#[derive(Clone, Copy, Debug)]
pub struct SctpLimits {
    /// Directions of associations followed.
    pub directions: usize,
    /// Longest user message; of a longer one only so much is read.
    pub max_message: usize,
    /// Bytes of fragments held for one direction.
    pub held_per_direction: usize,
    /// Bytes of fragments held in all.
    pub held_total: usize,
    /// How long, in capture time, fragments wait for the others.
    pub timeout: Delta,
}

impl Default for SctpLimits {
    fn default() -> Self {
        SctpLimits {
            directions: 10_000,
            max_message: 1 << 20,
            held_per_direction: 2 << 20,
            held_total: 64 << 20,
            timeout: Delta::from_secs(30),
        }
    }
}

/// What was counted so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SctpCounters {
    /// DATA and I-DATA chunks seen.
    pub chunks: u64,
    /// Messages handed on.
    pub messages: u64,
    /// Those of them joined of fragments.
    pub joined: u64,
    /// Chunks that repeat an earlier one.
    pub retransmissions: u64,
    /// Fragments given up because the others never came.
    pub incomplete: u64,
    /// Fragments given up because too much was held.
    pub overflows: u64,
    /// Messages of which only the beginning was read, because they are too long.
    pub too_long: u64,
    /// Directions forgotten because the table was full.
    pub evicted: u64,
}

/// One user message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SctpMessage<'a> {
    /// Who sent it to whom.
    pub flow: Flow,
    /// Its bytes; part of the packet where one chunk holds them.
    pub bytes: &'a [u8],
    /// The packets that carried it; the last completed it.
    pub frames: &'a [FrameRef],
    /// Time of the last of them.
    pub time: CaptureTime,
    /// The capture lacks bytes of it.
    pub truncated: bool,
    /// It is longer than is read; the rest was passed over.
    pub too_long: bool,
}

/// The associations followed.
#[derive(Debug)]
pub struct SctpMessages {
    limits: SctpLimits,
    /// Whether a payload begins like a message of interest; others are passed over at once.
    begins: fn(&[u8]) -> bool,
    /// By addresses, ports and verification tag.
    table: HashMap<(Flow, u32), Direction, RandomState>,
    hasher: RandomState,
    held: usize,
    next_sweep: Option<CaptureTime>,
    counters: SctpCounters,
}

#[derive(Debug, Default)]
struct Direction {
    /// TSN and content print of the latest wanted chunks. The number alone would take a new association
    /// with an old tag for a retransmission.
    seen: VecDeque<(u32, u64)>,
    pieces: BTreeMap<Place, Piece>,
    /// What is left of messages that were too long.
    passing: Passing,
    held: usize,
    used: CaptureTime,
}

/// Where a fragment belongs: what numbers it, and its number there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    series: Series,
    number: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Series {
    /// The TSNs of a stream's DATA chunks.
    Tsn { stream: u16 },
    /// The fragments of one I-DATA message.
    Message {
        stream: u16,
        unordered: bool,
        message: u32,
    },
}

#[derive(Debug)]
struct Piece {
    bytes: Vec<u8>,
    first: bool,
    last: bool,
    cut: bool,
    frame: FrameRef,
    time: CaptureTime,
}

impl Place {
    fn of(chunk: &DataChunk<'_>) -> Place {
        let stream = chunk.stream;
        match chunk.interleaved {
            None => Place {
                series: Series::Tsn { stream },
                number: chunk.tsn,
            },
            Some((message, number)) => Place {
                series: Series::Message {
                    stream,
                    unordered: chunk.unordered,
                    message,
                },
                number,
            },
        }
    }

    fn before(self) -> Place {
        Place {
            number: self.number.wrapping_sub(1),
            ..self
        }
    }

    fn after(self) -> Place {
        Place {
            number: self.number.wrapping_add(1),
            ..self
        }
    }
}

type Sink<'a> = &'a mut dyn FnMut(SctpMessage<'_>);

impl SctpMessages {
    /// No association yet.
    pub fn new(limits: SctpLimits, begins: fn(&[u8]) -> bool) -> SctpMessages {
        SctpMessages {
            limits,
            begins,
            table: HashMap::default(),
            hasher: RandomState::default(),
            held: 0,
            next_sweep: None,
            counters: SctpCounters::default(),
        }
    }

    /// Takes one packet's chunks in.
    pub fn handle_packet(
        &mut self,
        packet: &SctpPacket<'_>,
        frame: FrameRef,
        time: CaptureTime,
        sink: Sink<'_>,
    ) {
        for chunk in data_chunks(packet) {
            self.counters.chunks += 1;
            // Anything but the beginning of a message of interest: most of what SCTP carries.
            if chunk.first && !(self.begins)(chunk.data) {
                continue;
            }
            let key = (packet.meta.flow, packet.tag);
            if !(chunk.first && chunk.last) {
                self.handle_fragment(&key, &chunk, frame, time, sink);
            } else if self.is_new(&key, &chunk, time) {
                self.counters.messages += 1;
                sink(SctpMessage {
                    flow: key.0,
                    bytes: chunk.data,
                    frames: &[frame],
                    time,
                    truncated: chunk.cut,
                    too_long: false,
                });
            }
        }
    }

    /// Gives up fragments whose others never came.
    pub fn expire(&mut self, now: CaptureTime) {
        if self.held == 0 || self.next_sweep.is_some_and(|due| now < due) {
            return;
        }
        self.next_sweep = Some(now + SWEEP);
        for direction in self.table.values_mut() {
            if direction.held == 0 {
                continue;
            }
            let before = (direction.held, direction.pieces.len());
            direction
                .pieces
                .retain(|_, piece| now - piece.time <= self.limits.timeout);
            direction.held = direction.pieces.values().map(|p| p.bytes.len()).sum();
            self.held -= before.0.saturating_sub(direction.held);
            self.counters.incomplete += (before.1 - direction.pieces.len()) as u64;
        }
    }

    /// What was counted so far.
    pub fn counters(&self) -> SctpCounters {
        self.counters
    }

    /// Directions in the table, and bytes of fragments held.
    pub fn held(&self) -> (usize, usize) {
        (self.table.len(), self.held)
    }

    fn direction(&mut self, key: &(Flow, u32), time: CaptureTime) -> &mut Direction {
        if self.table.len() >= self.limits.directions && !self.table.contains_key(key) {
            self.evict();
        }
        let direction = self.table.entry(*key).or_default();
        direction.used = time;
        direction
    }

    /// Remembers a chunk; false for one that was there before.
    fn is_new(&mut self, key: &(Flow, u32), chunk: &DataChunk<'_>, time: CaptureTime) -> bool {
        let print = (chunk.tsn, self.hasher.hash_one(chunk.data));
        let direction = self.direction(key, time);
        if direction.seen.contains(&print) {
            self.counters.retransmissions += 1;
            return false;
        }
        if direction.seen.len() >= REMEMBERED {
            direction.seen.pop_front();
        }
        direction.seen.push_back(print);
        true
    }

    fn handle_fragment(
        &mut self,
        key: &(Flow, u32),
        chunk: &DataChunk<'_>,
        frame: FrameRef,
        time: CaptureTime,
        sink: Sink<'_>,
    ) {
        if !self.is_new(key, chunk, time) {
            return;
        }
        let limits = self.limits;
        let place = Place::of(chunk);
        let direction = self.direction(key, time);
        if direction.passing.takes(place, chunk.first, chunk.last) {
            return;
        }
        let piece = Piece {
            bytes: chunk.data.to_vec(),
            first: chunk.first,
            last: chunk.last,
            cut: chunk.cut,
            frame,
            time,
        };
        let before = direction.held;
        direction.held += piece.bytes.len();
        if let Some(older) = direction.pieces.insert(place, piece) {
            direction.held -= older.bytes.len();
        }
        let whole = direction.take_whole(place);
        direction.held -= whole.iter().flatten().map(|p| p.bytes.len()).sum::<usize>();
        let after = direction.held;
        let full = after > limits.held_per_direction || direction.pieces.len() > MAX_PIECES;
        self.held = self.held.saturating_sub(before) + after;
        if full || self.held > limits.held_total {
            let long = self.table.get_mut(key).and_then(Direction::take_longest);
            let given = long.iter().flatten().map(|p| p.bytes.len()).sum::<usize>();
            self.held = self.held.saturating_sub(given);
            self.drop_pieces(key);
            if let Some(pieces) = long {
                self.hand_on(key.0, &pieces, (frame, time), true, sink);
            }
        }
        if let Some(pieces) = whole {
            self.hand_on(key.0, &pieces, (frame, time), false, sink);
        }
    }

    fn hand_on(
        &mut self,
        flow: Flow,
        pieces: &[Piece],
        (frame, time): (FrameRef, CaptureTime),
        cut_short: bool,
        sink: Sink<'_>,
    ) {
        let mut bytes = Vec::new();
        let mut frames: Vec<FrameRef> = Vec::new();
        let mut truncated = false;
        for piece in pieces {
            if piece.frame != frame {
                frames.push(piece.frame);
            }
            // What follows a cut does not continue it.
            if !truncated {
                bytes.extend_from_slice(&piece.bytes);
            }
            truncated |= piece.cut;
        }
        let too_long = cut_short || bytes.len() > self.limits.max_message;
        bytes.truncate(self.limits.max_message);
        self.counters.too_long += u64::from(too_long);
        frames.sort_unstable();
        frames.dedup();
        frames.push(frame);
        self.counters.messages += 1;
        self.counters.joined += 1;
        sink(SctpMessage {
            flow,
            bytes: &bytes,
            frames: &frames,
            time,
            truncated,
            too_long,
        });
    }

    /// Forgets a direction's fragments: more is held than the limits allow.
    fn drop_pieces(&mut self, key: &(Flow, u32)) {
        if let Some(direction) = self.table.get_mut(key) {
            self.counters.overflows += direction.pieces.len() as u64;
            self.held = self.held.saturating_sub(direction.held);
            direction.held = 0;
            direction.pieces.clear();
        }
    }

    /// Forgets the eighth of the directions that has been silent longest.
    fn evict(&mut self) {
        let mut order: Vec<(CaptureTime, (Flow, u32))> = self
            .table
            .iter()
            .map(|(key, direction)| (direction.used, *key))
            .collect();
        order.sort_unstable();
        for (_, key) in order.iter().take((order.len() / 8).max(1)) {
            if let Some(direction) = self.table.remove(key) {
                self.held = self.held.saturating_sub(direction.held);
                self.counters.evicted += 1;
            }
        }
    }
}

impl Direction {
    /// Takes out what is there of the longest message; what is still to come of it will be passed over.
    fn take_longest(&mut self) -> Option<Vec<Piece>> {
        let mut longest: Option<(usize, Place, Place)> = None;
        for (start, _) in self.pieces.iter().filter(|(_, piece)| piece.first) {
            let mut len = 0;
            let mut end = *start;
            while let Some(piece) = self.pieces.get(&end).filter(|p| !p.first || end == *start) {
                len += piece.bytes.len();
                end = end.after();
            }
            if longest.is_none_or(|(longer, ..)| len > longer) {
                longest = Some((len, *start, end));
            }
        }
        let (len, start, end) = longest?;
        self.held = self.held.saturating_sub(len);
        self.passing.add(end);
        let mut pieces = Vec::new();
        let mut at = start;
        while at != end {
            pieces.push(self.pieces.remove(&at)?);
            at = at.after();
        }
        Some(pieces)
    }

    /// Takes the message out that the fragment at `place` completes, if it does.
    fn take_whole(&mut self, place: Place) -> Option<Vec<Piece>> {
        // Looking for the end first keeps fragments that come in order cheap: only the last looks back.
        let mut end = place;
        while !self.pieces.get(&end)?.last {
            end = end.after();
            if self.pieces.get(&end)?.first {
                return None;
            }
        }
        let mut start = place;
        while !self.pieces.get(&start)?.first {
            start = start.before();
            if self.pieces.get(&start)?.last {
                return None;
            }
        }
        let mut pieces = Vec::new();
        let mut at = start;
        loop {
            pieces.push(self.pieces.remove(&at)?);
            if at == end {
                return Some(pieces);
            }
            at = at.after();
        }
    }
}
