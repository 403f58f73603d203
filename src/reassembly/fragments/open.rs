//! One datagram under reassembly.

use super::super::pieces::{Inserted, Piece, Pieces};
use super::{DropReason, Reassembled};
use crate::decode::{Fragment, IpMeta, Layer};
use crate::types::{CaptureTime, Flow, FrameRef};

/// Packets that carry a fragment, on average over those of a datagram.
const MAX_PACKETS_EACH: usize = 4;

/// One datagram under reassembly.
#[derive(Debug)]
pub(super) struct Open {
    ip: IpMeta,
    protocol: u8,
    pieces: Pieces,
    /// Length of the whole, known from the last fragment.
    total: Option<u64>,
    covered: u64,
    fragments: usize,
    pub(super) frames: Vec<FrameRef>,
    pub(super) first_flow: Option<Flow>,
    pub(super) has_first: bool,
    pub(super) first_time: CaptureTime,
    pub(super) touched: u64,
    /// Its key was joined before: these may be copies.
    pub(super) copy: bool,
}

/// What adding a fragment changed.
pub(super) enum Added {
    /// Every byte of it had come before.
    Nothing,
    /// At least one had not.
    Bytes(Inserted),
}

impl Open {
    pub(super) fn new(fragment: &Fragment<'_>, time: CaptureTime, copy: bool) -> Open {
        let mut ip = fragment.ip;
        ip.ip_bytes = 0;
        ip.link_bytes = 0;
        Open {
            ip,
            protocol: fragment.protocol,
            pieces: Pieces::default(),
            total: None,
            covered: 0,
            fragments: 0,
            frames: Vec::new(),
            first_flow: None,
            has_first: false,
            first_time: time,
            touched: 0,
            copy,
        }
    }

    pub(super) fn add(
        &mut self,
        fragment: &Fragment<'_>,
        frames: &[FrameRef],
        time: CaptureTime,
        max_fragments: usize,
    ) -> Result<Added, DropReason> {
        let start = u64::from(fragment.offset);
        let len = u64::from(fragment.wire_payload_len);
        let end = start + len;
        let held = |from: u64, to: u64| {
            self.pieces
                .iter()
                .map(|piece| piece.end().min(to).saturating_sub(piece.start.max(from)))
                .sum::<u64>()
        };
        let overlap = held(start, end);
        let exact = |piece: &Piece| piece.start == start && piece.end() == end;
        if overlap > 0 && fragment.v6 && !self.pieces.iter().any(exact) {
            return Err(DropReason::Overlap);
        }
        if overlap == len {
            return Ok(Added::Nothing);
        }
        // Fragments may stand in fragments: their packets are bounded as well.
        let packets = self.frames.len() + frames.len();
        if self.fragments >= max_fragments || packets > max_fragments * MAX_PACKETS_EACH {
            return Err(DropReason::TooMany);
        }
        // All but the last carry a multiple of eight; two different ends contradict each other.
        let last_end = self.pieces.last().map_or(0, Piece::end);
        let beyond = self.total.is_some_and(|total| end > total);
        if beyond || (fragment.more && len % 8 != 0) || (!fragment.more && end < last_end) {
            return Err(DropReason::BadLength);
        }
        if !fragment.more {
            self.total = Some(end);
        }
        let frame = frames.last().copied().unwrap_or_default();
        let inserted = self
            .pieces
            .insert(start, fragment.payload, len, frame, time);
        self.covered += len - overlap;
        self.fragments += 1;
        self.frames.extend_from_slice(frames);
        let (ip_bytes, link_bytes) = (self.ip.ip_bytes, self.ip.link_bytes);
        let depth = self.ip.depth.max(fragment.ip.depth);
        if fragment.offset == 0 {
            // The first fragment's header stands for the whole, and its protocol (RFC 8200 §4.5).
            self.ip = fragment.ip;
            self.protocol = fragment.protocol;
            self.first_flow = fragment.first_flow();
            self.has_first = true;
        }
        self.ip.depth = depth;
        self.ip.ip_bytes = ip_bytes.saturating_add(fragment.ip.ip_bytes);
        self.ip.link_bytes = link_bytes.saturating_add(fragment.ip.link_bytes);
        Ok(Added::Bytes(inserted))
    }

    pub(super) fn is_complete(&self) -> bool {
        self.total == Some(self.covered)
    }

    /// The bytes of the first fragment; empty before it came.
    pub(super) fn first_bytes(&self) -> &[u8] {
        let first = self.pieces.iter().next().filter(|piece| piece.start == 0);
        first.map_or(&[], |piece| &piece.bytes)
    }

    pub(super) fn held_bytes(&self) -> usize {
        self.pieces.iter().map(|piece| piece.bytes.len()).sum()
    }

    /// The bytes up to the first hole or cut.
    pub(super) fn join(self) -> Reassembled {
        let mut payload = Vec::with_capacity(self.held_bytes());
        for piece in self.pieces.iter() {
            if piece.start != payload.len() as u64 {
                break;
            }
            payload.extend_from_slice(&piece.bytes);
        }
        let seen_end = self.pieces.last().map_or(0, Piece::end);
        let told = udp_length(self.protocol, &payload).unwrap_or(0);
        let wire_len = self.total.unwrap_or(seen_end.max(told));
        let mut ip = self.ip;
        ip.stack = ip.stack.with(Layer::Reassembled);
        // Fragments inside fragments count as tunnels do: both are followed only so deep.
        ip.depth = ip.depth.saturating_add(1);
        Reassembled {
            ip,
            protocol: self.protocol,
            payload,
            wire_len: u32::try_from(wire_len).unwrap_or(u32::MAX),
            frames: self.frames,
            first_time: self.first_time,
        }
    }
}

/// The length a UDP header tells of the whole datagram.
fn udp_length(protocol: u8, payload: &[u8]) -> Option<u64> {
    const UDP: u8 = 17;
    let field = payload.get(4..)?.first_chunk::<2>()?;
    (protocol == UDP).then_some(u64::from(u16::from_be_bytes(*field)))
}
