//! SCTP chunks to user messages (RFC 9260 §6.9, RFC 8260), as a passive observer sees them: chunks may be missing,
//! repeated or out of order.
//!
//! A message in one chunk is lent as it stands in the packet. Fragments of a DATA message have transmission
//! sequence numbers in a row; those of an I-DATA message are numbered within their message.

use crate::decode::SctpPacket;
use crate::decode::sctp::{DataChunk, data_chunks};
use crate::types::{CaptureTime, Delta, Flow, FrameRef};
use foldhash::fast::RandomState;
use hashbrown::HashMap;
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
    /// Longest user message.
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
            self.drop_pieces(key);
        }
        if let Some(pieces) = whole {
            self.hand_on(key.0, &pieces, frame, time, sink);
        }
    }

    fn hand_on(
        &mut self,
        flow: Flow,
        pieces: &[Piece],
        frame: FrameRef,
        time: CaptureTime,
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
        if bytes.len() > self.limits.max_message {
            self.counters.overflows += 1;
            return;
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::testing::{ipv4, join, packet};
    use crate::decode::{Decoded, decode};
    use crate::types::{FrameNo, SourceId};
    use proptest::prelude::*;

    const BEGIN: u8 = 2;
    const END: u8 = 1;
    const WHOLE: u8 = BEGIN | END;

    fn data(flags: u8, tsn: u32, stream: u16, text: &[u8]) -> Vec<u8> {
        chunk(
            0,
            flags,
            tsn,
            &[&stream.to_be_bytes()[..], &[0, 9, 0, 0, 0, 0]].concat(),
            text,
        )
    }

    /// `number` is the protocol of a first piece, the fragment number of any other.
    fn i_data(flags: u8, tsn: u32, message: u32, number: u32, text: &[u8]) -> Vec<u8> {
        let words = [
            &[0, 1, 0, 0][..],
            &message.to_be_bytes(),
            &number.to_be_bytes(),
        ];
        chunk(64, flags, tsn, &words.concat(), text)
    }

    fn chunk(kind: u8, flags: u8, tsn: u32, header: &[u8], text: &[u8]) -> Vec<u8> {
        let len = (8 + header.len() + text.len()) as u16;
        let mut out = join(&[
            &[kind, flags],
            &len.to_be_bytes(),
            &tsn.to_be_bytes(),
            header,
            text,
        ]);
        out.resize(out.len().next_multiple_of(4), 0);
        out
    }

    fn messages() -> SctpMessages {
        SctpMessages::new(SctpLimits::default(), |text| text.starts_with(b"SIP"))
    }

    fn push_at(into: &mut SctpMessages, n: u64, secs: i64, chunks: &[&[u8]]) -> Vec<String> {
        let tag = [&[0x13, 0xc4, 0x13, 0xc6, 0, 0, 0, 7, 0, 0, 0, 0][..]];
        let ip = ipv4(132, &join(&[&tag, chunks].concat()));
        let Decoded::Sctp(decoded) = decode(&packet(101, &ip)) else {
            panic!("no SCTP")
        };
        let frame = FrameRef {
            source: SourceId(0),
            frame: FrameNo(n),
        };
        let mut out = vec![];
        into.handle_packet(
            &decoded,
            frame,
            CaptureTime::from_secs_nanos(secs, 0),
            &mut |m| {
                let frames: Vec<u64> = m.frames.iter().map(|f| f.frame.0).collect();
                let cut = if m.truncated { " cut" } else { "" };
                out.push(format!(
                    "{} {frames:?}{cut}",
                    String::from_utf8_lossy(m.bytes)
                ));
            },
        );
        out
    }

    fn push(into: &mut SctpMessages, n: u64, chunks: &[&[u8]]) -> Vec<String> {
        push_at(into, n, 0, chunks)
    }

    #[test]
    fn whole_messages_of_interest_are_handed_on_once() {
        let mut m = messages();
        let (one, two) = (data(WHOLE, 1, 0, b"SIP one"), data(WHOLE, 2, 0, b"SIP two"));
        let other = data(WHOLE, 3, 0, b"diameter");
        assert_eq!(
            push(&mut m, 1, &[&one, &other, &two]),
            ["SIP one [1]", "SIP two [1]"]
        );
        assert!(push(&mut m, 2, &[&two]).is_empty());
        assert_eq!(
            (m.counters().retransmissions, m.counters().messages),
            (1, 2)
        );
        // The same number with other content is another message.
        assert_eq!(
            push(&mut m, 3, &[&data(WHOLE, 2, 0, b"SIP new")]),
            ["SIP new [3]"]
        );
    }

    #[test]
    fn fragments_are_joined_in_any_order_and_over_the_end_of_the_numbers() {
        let parts = [
            data(BEGIN, u32::MAX, 5, b"SIP a"),
            data(0, 0, 5, b"b"),
            data(END, 1, 5, b"c"),
        ];
        for order in [
            [0, 1, 2],
            [0, 2, 1],
            [1, 0, 2],
            [1, 2, 0],
            [2, 0, 1],
            [2, 1, 0],
        ] {
            let mut m = messages();
            let mut got = vec![];
            for (n, at) in (1..).zip(order) {
                got.extend(push(&mut m, n, &[&parts[at]]));
            }
            assert_eq!(got, ["SIP abc [1, 2, 3]"], "{order:?}");
            assert_eq!(m.held().1, 0);
        }
    }

    #[test]
    fn fragments_of_two_messages_are_kept_apart() {
        let mut m = messages();
        let mixed = [
            i_data(BEGIN, 10, 1, 0, b"SIP x"),
            i_data(BEGIN, 11, 2, 0, b"SIP y"),
            i_data(END, 12, 1, 1, b"1"),
            i_data(END, 13, 2, 1, b"2"),
        ];
        let chunks: Vec<&[u8]> = mixed.iter().map(|c| &c[..]).collect();
        assert_eq!(push(&mut m, 4, &chunks), ["SIP x1 [4]", "SIP y2 [4]"]);
        // The end of one message is no end for the next.
        let end = data(END, 20, 0, b"-");
        let begin = data(BEGIN, 19, 1, b"SIP z");
        assert!(push(&mut m, 5, &[&end, &begin]).is_empty());
    }

    #[test]
    fn a_missing_fragment_is_given_up_in_time() {
        let mut m = messages();
        push_at(&mut m, 1, 0, &[&data(BEGIN, 1, 0, b"SIP a")]);
        m.expire(CaptureTime::from_secs_nanos(20, 0));
        assert_eq!(m.held().1, 5);
        m.expire(CaptureTime::from_secs_nanos(31, 0));
        assert_eq!((m.held().1, m.counters().incomplete), (0, 1));
    }

    #[test]
    fn endless_fragments_are_bounded() {
        let mut m = messages();
        push(&mut m, 1, &[&data(BEGIN, 0, 0, b"SIP a")]);
        for tsn in 1..5000 {
            push(&mut m, 2, &[&data(0, tsn, 0, &[b'x'; 1000])]);
            assert!(m.held().1 <= 2 << 20);
        }
        assert!(m.counters().overflows >= 4000);
    }

    #[test]
    fn a_cut_fragment_ends_the_message_and_says_so() {
        let mut m = messages();
        push(&mut m, 1, &[&data(BEGIN, 1, 0, b"SIP a")]);
        let last = data(END, 2, 0, b"0123456789");
        assert_eq!(push(&mut m, 2, &[&last[..20]]), ["SIP a0123 [1, 2] cut"]);
    }

    proptest! {
        #[test]
        fn no_bytes_panic(chunks in prop::collection::vec(any::<u8>(), 0..400)) {
            let mut m = messages();
            push(&mut m, 1, &[&data(BEGIN, 1, 0, b"SIP a"), &chunks]);
            prop_assert!(m.held().1 < 2000);
        }
    }
}
