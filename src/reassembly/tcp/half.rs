//! One direction of a connection.

use super::super::pieces::Pieces;
use super::event::{EndReason, StreamEvent, TcpCounters, TcpLimits};
use crate::types::{CaptureTime, Delta, Flow, FrameRef};
use std::hash::BuildHasher;

/// A jump this far is no reordering: another connection, or a long interruption of the capture.
const FAR: u32 = 16 << 20;
/// Counted for each queued piece beside its bytes, so that many tiny ones are bounded as well.
const PIECE_OVERHEAD: usize = 64;
/// Segments delivered last, remembered to tell a retransmission from a conflict.
const REMEMBERED: usize = 4;
/// A reset this near to the expected number is believed; the receiver's window is not known here.
const RESET_WINDOW: u32 = 1 << 20;

/// Where events go.
pub(super) struct Out<'a> {
    pub(super) flow: Flow,
    pub(super) counters: &'a mut TcpCounters,
    pub(super) sink: &'a mut dyn FnMut(StreamEvent<'_>),
}

/// The payload of one segment.
#[derive(Clone, Copy)]
pub(super) struct Chunk<'a> {
    pub(super) seq: u32,
    pub(super) bytes: &'a [u8],
    /// At least 1; more than `bytes.len()` when the capture was cut.
    pub(super) wire_len: u32,
    pub(super) frame: FrameRef,
    pub(super) time: CaptureTime,
}

/// Sequence numbers wrap, so they are turned into offsets from the first byte at once.
#[derive(Debug, Default)]
pub(super) struct Half {
    place: Option<Place>,
    mid_stream: bool,
    queue: Pieces,
    queued_bytes: usize,
    /// When the oldest queued piece came.
    waiting_since: Option<CaptureTime>,
    fin_at: Option<u64>,
    /// The number the peer acknowledged last: what it expects next.
    acknowledged: Option<u32>,
    over: bool,
    delivered: [Delivered; REMEMBERED],
    turn: usize,
}

/// How far the stream was delivered.
#[derive(Clone, Copy, Debug)]
struct Place {
    /// Sequence number of offset 0.
    first_seq: u32,
    /// Sequence number of the next byte.
    seq: u32,
    /// The same as an offset from the first byte.
    offset: u64,
}

/// A segment delivered in order.
#[derive(Clone, Copy, Debug, Default)]
struct Delivered {
    offset: u64,
    len: u32,
    print: u64,
}

impl Half {
    pub(super) fn is_over(&self) -> bool {
        self.over
    }

    /// Memory used by what waits behind holes.
    pub(super) fn queued(&self) -> usize {
        self.queued_bytes + self.queue.len() * PIECE_OVERHEAD
    }

    /// Drops what waits.
    pub(super) fn forget(&mut self) {
        self.queue = Pieces::default();
        self.queued_bytes = 0;
        self.waiting_since = None;
    }

    /// The first byte has the sequence number `seq`, as a SYN told.
    pub(super) fn start_at_syn(&mut self, seq: u32) {
        match &self.place {
            None => {
                self.place = Some(Place {
                    first_seq: seq,
                    seq,
                    offset: 0,
                })
            }
            // The SYN was captured behind the first bytes.
            Some(place) if place.first_seq == seq => self.mid_stream = false,
            Some(_) => {}
        }
    }

    /// True when bytes are known and begin at another number.
    pub(super) fn begins_elsewhere(&self, seq: u32) -> bool {
        self.place.is_some_and(|place| place.first_seq != seq)
    }

    /// True when `seq` lies in what was delivered, as the number a late SYN-ACK acknowledges does.
    pub(super) fn has_sent(&self, seq: u32) -> bool {
        self.place.is_some_and(|place| {
            u64::from(place.seq.wrapping_sub(seq)) <= place.offset && !self.over
        })
    }

    /// True for a reset the receiver would believe: the number it expects (RFC 5961 §3.2), or near to it,
    /// because what was captured may be ahead of or behind what it got.
    pub(super) fn accepts_reset(&self, seq: u32) -> bool {
        self.acknowledged == Some(seq)
            || self.place.is_none_or(|place| {
                let ahead = seq.wrapping_sub(place.seq);
                ahead <= RESET_WINDOW || ahead.wrapping_neg() <= 1
            })
    }

    /// Takes the bytes of a segment in.
    pub(super) fn handle(&mut self, chunk: &Chunk<'_>, limits: &TcpLimits, out: &mut Out<'_>) {
        let mut place = match self.place {
            Some(place) => place,
            None => self.start_mid_stream(chunk.seq, out),
        };
        // RFC 9293 §3.4: numbers compare by their wrapping difference.
        let mut ahead = chunk.seq.wrapping_sub(place.seq) as i32;
        if ahead.unsigned_abs() > FAR {
            self.flush(out);
            self.end(EndReason::PortReused, out);
            *self = Half::default();
            place = self.start_mid_stream(chunk.seq, out);
            ahead = 0;
        }
        if ahead > 0 {
            self.enqueue(
                place.offset + u64::from(ahead.unsigned_abs()),
                chunk,
                limits,
                out,
            );
            return;
        }
        let known = ahead.unsigned_abs();
        if known >= chunk.wire_len {
            self.repeated(place, chunk, known, out);
            return;
        }
        if self.over || self.fin_at.is_some_and(|fin| place.offset >= fin) {
            out.counters.after_end += 1;
            return;
        }
        // Up to what is queued the bytes are new; queued ones came first and win.
        let room = self
            .queue
            .first()
            .map_or(u64::MAX, |piece| piece.start - place.offset);
        if u64::from(chunk.wire_len - known) > room {
            self.enqueue(place.offset, &skip(chunk, known), limits, out);
            return;
        }
        let new = skip(chunk, known);
        self.deliver(new.bytes, u64::from(new.wire_len), new.frame, new.time, out);
        if !self.queue.is_empty() {
            self.drain(out);
        }
        self.end_at_fin(out);
    }

    /// The peer acknowledged up to `ack`: bytes missing before that are missing from the capture only.
    pub(super) fn acknowledged(&mut self, ack: u32, out: &mut Out<'_>) {
        self.acknowledged = Some(ack);
        if self.queue.is_empty() && self.fin_at.is_none() {
            return;
        }
        let Some(place) = self.place else { return };
        let ahead = ack.wrapping_sub(place.seq) as i32; // wrapping difference, as above
        let Ok(ahead) = u64::try_from(ahead) else {
            return;
        };
        let acknowledged = place.offset + ahead;
        while self
            .queue
            .first()
            .is_some_and(|piece| piece.start <= acknowledged)
        {
            self.skip_hole(out);
        }
        // All that is missing before an acknowledged FIN is the last of the bytes.
        if let (Some(place), Some(fin)) = (&mut self.place, self.fin_at)
            && self.queue.is_empty()
            && place.offset < fin
            && fin <= acknowledged
        {
            let missing = fin - place.offset;
            place.advance(missing);
            out.gap(missing);
        }
        self.end_at_fin(out);
    }

    /// Declares the holes lost that something has waited behind for longer than `timeout`.
    pub(super) fn expire(&mut self, now: CaptureTime, timeout: Delta, out: &mut Out<'_>) {
        while self
            .waiting_since
            .is_some_and(|since| (now - since).abs() > timeout)
        {
            self.skip_hole(out);
        }
        self.end_at_fin(out);
    }

    /// Delivers what waits, declaring every hole lost.
    pub(super) fn flush(&mut self, out: &mut Out<'_>) {
        while !self.queue.is_empty() {
            self.skip_hole(out);
        }
        // What the peer acknowledged was sent, though nothing behind it shows that it is missing. One octet may be a FIN.
        if let (Some(place), Some(ack), false) = (&mut self.place, self.acknowledged, self.over)
            && let Ok(ahead @ 2..=FAR) = u32::try_from(ack.wrapping_sub(place.seq) as i32)
        {
            let missing = u64::from(ahead);
            place.advance(missing);
            out.gap(missing);
        }
        self.end_at_fin(out);
    }

    /// The FIN stands at `seq`.
    pub(super) fn finish_at(&mut self, seq: u32, out: &mut Out<'_>) {
        let place = self.place.unwrap_or(Place {
            first_seq: seq,
            seq,
            offset: 0,
        });
        self.place = Some(place);
        let ahead = i64::from(seq.wrapping_sub(place.seq) as i32); // wrapping difference
        if ahead.unsigned_abs() > u64::from(FAR) {
            return;
        }
        self.fin_at = Some(place.offset.saturating_add_signed(ahead));
        self.end_at_fin(out);
    }

    /// Says once that nothing more follows.
    pub(super) fn end(&mut self, reason: EndReason, out: &mut Out<'_>) {
        if self.over {
            return;
        }
        self.over = true;
        let silent = self.place.is_none_or(|place| place.offset == 0);
        // A refused or closed connection is news; one that ends for our own reasons without a byte is none.
        if silent && !matches!(reason, EndReason::Fin | EndReason::Reset) {
            return;
        }
        (out.sink)(StreamEvent::End {
            flow: out.flow,
            reason,
        });
    }

    fn start_mid_stream(&mut self, seq: u32, out: &mut Out<'_>) -> Place {
        let place = Place {
            first_seq: seq,
            seq,
            offset: 0,
        };
        self.place = Some(place);
        self.mid_stream = true;
        out.counters.mid_stream += 1;
        place
    }

    fn end_at_fin(&mut self, out: &mut Out<'_>) {
        if let (Some(place), Some(fin)) = (self.place, self.fin_at)
            && place.offset >= fin
        {
            self.end(EndReason::Fin, out);
        }
    }

    fn enqueue(&mut self, start: u64, chunk: &Chunk<'_>, limits: &TcpLimits, out: &mut Out<'_>) {
        if self.over || self.fin_at.is_some_and(|fin| start >= fin) {
            out.counters.after_end += 1;
            return;
        }
        let wire_len = u64::from(chunk.wire_len);
        let inserted = self
            .queue
            .insert(start, chunk.bytes, wire_len, chunk.frame, chunk.time);
        self.queued_bytes += inserted.kept;
        if inserted.kept > 0 {
            out.counters.out_of_order += 1;
        } else {
            out.counters.retransmissions += 1;
        }
        out.counters.conflicts += u64::from(inserted.conflicting);
        self.waiting_since = Some(self.waiting_since.map_or(chunk.time, |t| t.min(chunk.time)));
        self.drain(out);
        if self.queued() > limits.queued_per_direction {
            out.counters.queue_overflows += 1;
            while self.queued() > limits.queued_per_direction / 2 {
                self.skip_hole(out);
            }
        }
        self.expire(chunk.time, limits.hole_timeout, out);
    }

    /// Gives the hole before the first queued piece up and delivers what follows it.
    fn skip_hole(&mut self, out: &mut Out<'_>) {
        if let (Some(place), Some(first)) = (&mut self.place, self.queue.first()) {
            let missing = first.start.saturating_sub(place.offset);
            place.advance(missing);
            if missing > 0 {
                out.gap(missing);
            }
        }
        self.drain(out);
    }

    /// Delivers what is queued without a hole before it.
    fn drain(&mut self, out: &mut Out<'_>) {
        while let Some(place) = self.place
            && self
                .queue
                .first()
                .is_some_and(|piece| piece.start <= place.offset)
            && let Some(piece) = self.queue.pop_first()
        {
            self.queued_bytes -= piece.bytes.len();
            let known = place.offset - piece.start;
            if known < piece.wire_len {
                let from = usize::try_from(known).unwrap_or(usize::MAX);
                let bytes = piece.bytes.get(from..).unwrap_or_default();
                self.deliver(bytes, piece.wire_len - known, piece.frame, piece.time, out);
            }
        }
        self.waiting_since = self.queue.iter().map(|piece| piece.time).min();
    }

    /// Hands on the next bytes. What the capture cut off behind them cannot come any more: a
    /// retransmission would be cut as well.
    fn deliver(
        &mut self,
        bytes: &[u8],
        wire_len: u64,
        frame: FrameRef,
        time: CaptureTime,
        out: &mut Out<'_>,
    ) {
        let Some(place) = &mut self.place else { return };
        let offset = place.offset;
        place.advance(wire_len);
        if !bytes.is_empty() {
            out.counters.bytes += bytes.len() as u64;
            (out.sink)(StreamEvent::Data {
                flow: out.flow,
                bytes,
                frame,
                time,
                mid_stream: self.mid_stream,
            });
        }
        let cut = wire_len.saturating_sub(bytes.len() as u64);
        if cut > 0 {
            out.gap(cut);
        }
        if let Some(slot) = self.delivered.get_mut(self.turn % REMEMBERED) {
            *slot = Delivered {
                offset,
                len: super::super::len32(bytes),
                print: print(bytes),
            };
        }
        self.turn = self.turn.wrapping_add(1);
    }

    /// A segment without a new byte: a keep-alive probe, a retransmission, or a conflict.
    fn repeated(&mut self, place: Place, chunk: &Chunk<'_>, known: u32, out: &mut Out<'_>) {
        // A probe repeats the last byte, with any value (RFC 9293 §3.8.4).
        if chunk.wire_len == 1 && known == 1 {
            out.counters.keep_alives += 1;
            return;
        }
        out.counters.retransmissions += 1;
        let Some(offset) = place.offset.checked_sub(u64::from(known)) else {
            return;
        };
        let len = super::super::len32(chunk.bytes);
        let same_place = |held: &&Delivered| held.offset == offset && held.len == len && len > 0;
        if let Some(held) = self.delivered.iter().find(same_place)
            && held.print != print(chunk.bytes)
        {
            out.counters.conflicts += 1;
        }
    }
}

impl Place {
    fn advance(&mut self, by: u64) {
        self.offset += by;
        self.seq = self.seq.wrapping_add(by as u32); // numbers wrap
    }
}

impl Out<'_> {
    fn gap(&mut self, missing: u64) {
        self.counters.gaps += 1;
        self.counters.gap_bytes += missing;
        (self.sink)(StreamEvent::Gap {
            flow: self.flow,
            missing,
        });
    }
}

fn skip<'a>(chunk: &Chunk<'a>, known: u32) -> Chunk<'a> {
    Chunk {
        seq: chunk.seq.wrapping_add(known),
        bytes: chunk.bytes.get(known as usize..).unwrap_or_default(),
        wire_len: chunk.wire_len - known,
        ..*chunk
    }
}

fn print(bytes: &[u8]) -> u64 {
    foldhash::fast::FixedState::default().hash_one(bytes)
}
