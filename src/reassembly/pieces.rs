//! Byte ranges that arrived in any order, kept sorted and without overlap: the first copy of a byte wins.

use crate::types::{CaptureTime, FrameRef};
use std::collections::VecDeque;

/// One range as it came.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    /// Where it belongs, in bytes from the start of the stream or datagram.
    pub(super) start: u64,
    /// What was captured of it.
    pub(super) bytes: Vec<u8>,
    /// What the wire carried of it; more than `bytes.len()` when the capture was cut.
    pub(super) wire_len: u64,
    /// The packet it came in.
    pub(super) frame: FrameRef,
    /// When that was captured.
    pub(super) time: CaptureTime,
}

impl Piece {
    /// First byte after it.
    pub(super) fn end(&self) -> u64 {
        self.start.saturating_add(self.wire_len)
    }
}

/// What became of bytes that were put in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Inserted {
    /// Bytes that were new and are kept.
    pub(super) kept: usize,
    /// Some bytes were there before.
    pub(super) overlapped: bool,
    /// Some of them with another value.
    pub(super) conflicting: bool,
}

/// A sorted set of pieces.
#[derive(Clone, Debug, Default)]
pub(super) struct Pieces {
    sorted: VecDeque<Piece>,
}

impl Pieces {
    /// Copies what is new of `bytes`.
    pub(super) fn insert(
        &mut self,
        start: u64,
        bytes: &[u8],
        wire_len: u64,
        frame: FrameRef,
        time: CaptureTime,
    ) -> Inserted {
        let mut inserted = Inserted::default();
        let end = start.saturating_add(wire_len);
        let mut cursor = start;
        let mut at = self.sorted.partition_point(|piece| piece.end() <= start);
        while cursor < end {
            let (gap_end, held_end) = match self.sorted.get(at) {
                Some(held) if held.start < end => (held.start.max(cursor), held.end()),
                _ => (end, end),
            };
            if gap_end > cursor {
                let captured = slice(bytes, start, cursor, gap_end);
                inserted.kept += captured.len();
                let piece = Piece {
                    start: cursor,
                    bytes: captured.to_vec(),
                    wire_len: gap_end - cursor,
                    frame,
                    time,
                };
                self.sorted.insert(at, piece);
                at += 1;
            }
            if let Some(held) = self.sorted.get(at).filter(|held| held.start < end) {
                inserted.overlapped = true;
                let from = held.start.max(start);
                let to = held_end.min(end);
                let before = slice(&held.bytes, held.start, from, to);
                let now = slice(bytes, start, from, to);
                inserted.conflicting |= before.iter().zip(now).any(|(a, b)| a != b);
                at += 1;
            }
            cursor = held_end.max(cursor);
        }
        inserted
    }

    /// The piece that begins first.
    pub(super) fn first(&self) -> Option<&Piece> {
        self.sorted.front()
    }

    /// Takes out the piece that begins first.
    pub(super) fn pop_first(&mut self) -> Option<Piece> {
        self.sorted.pop_front()
    }

    /// The piece that begins last.
    pub(super) fn last(&self) -> Option<&Piece> {
        self.sorted.back()
    }

    /// All of them in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Piece> {
        self.sorted.iter()
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.sorted.len()
    }

    /// True when there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.sorted.is_empty()
    }
}

/// The part `from..to` of bytes that begin at `start`, as far as it was captured.
fn slice(bytes: &[u8], start: u64, from: u64, to: u64) -> &[u8] {
    let offset = |at: u64| usize::try_from(at.saturating_sub(start)).unwrap_or(usize::MAX);
    let to = offset(to).min(bytes.len());
    bytes.get(offset(from).min(to)..to).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn insert(pieces: &mut Pieces, start: u64, bytes: &[u8]) -> Inserted {
        let (frame, time) = (FrameRef::default(), CaptureTime::default());
        pieces.insert(start, bytes, bytes.len() as u64, frame, time)
    }

    fn text(pieces: &Pieces) -> String {
        let part = |p: &Piece| format!("{}{}", p.start, String::from_utf8_lossy(&p.bytes));
        pieces.iter().map(part).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn the_first_copy_of_a_byte_wins() {
        let mut pieces = Pieces::default();
        insert(&mut pieces, 4, b"ef");
        insert(&mut pieces, 8, b"ij");
        let got = insert(&mut pieces, 2, b"cdXfghiYkl");
        assert_eq!(text(&pieces), "2cd 4ef 6gh 8ij 10kl");
        assert_eq!((got.kept, got.overlapped, got.conflicting), (6, true, true));
        let again = insert(&mut pieces, 3, b"defg");
        assert_eq!(
            (again.kept, again.overlapped, again.conflicting),
            (0, true, false)
        );
    }

    #[test]
    fn neighbours_do_not_overlap() {
        let mut pieces = Pieces::default();
        insert(&mut pieces, 2, b"cd");
        assert!(!insert(&mut pieces, 0, b"ab").overlapped);
        assert!(!insert(&mut pieces, 4, b"ef").overlapped);
        assert_eq!(text(&pieces), "0ab 2cd 4ef");
    }

    #[test]
    fn a_cut_piece_holds_its_whole_place() {
        let mut pieces = Pieces::default();
        let (frame, time) = (FrameRef::default(), CaptureTime::default());
        pieces.insert(0, b"ab", 6, frame, time);
        let got = insert(&mut pieces, 4, b"ef");
        assert_eq!(
            (got.kept, got.overlapped, got.conflicting),
            (0, true, false)
        );
    }
}
