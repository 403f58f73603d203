//! Packets of several interfaces, put in order of time.

use crate::types::{CaptureTime, Delta, FrameNo, LinkType, Packet, SourceId};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Bytes that may wait; beyond, the earliest go on at once.
const MAX_BYTES: usize = 32 << 20;

/// A packet that waits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Waiting {
    time: CaptureTime,
    /// Packets of the same time stay in the order they came.
    order: u64,
    interface: u32,
    link: LinkType,
    wire_len: u32,
    data: Box<[u8]>,
}

impl Waiting {
    pub(super) fn lend(&self) -> Packet<'_> {
        Packet {
            source: SourceId(0),
            frame: FrameNo(0),
            time: self.time,
            link: self.link,
            data: &self.data,
            wire_len: self.wire_len,
            file_offset: None,
        }
    }
}

/// The packets that wait for earlier ones.
#[derive(Debug)]
pub(super) struct Reorder {
    patience: Delta,
    heap: BinaryHeap<Reverse<Waiting>>,
    bytes: usize,
    pushed: u64,
    latest: CaptureTime,
}

impl Reorder {
    pub(super) fn new(patience: Delta) -> Reorder {
        Reorder {
            patience,
            heap: BinaryHeap::new(),
            bytes: 0,
            pushed: 0,
            latest: CaptureTime::MIN,
        }
    }

    pub(super) fn push(&mut self, interface: u32, packet: &Packet<'_>) {
        self.pushed += 1;
        self.bytes += packet.data.len();
        self.latest = self.latest.max(packet.time);
        self.heap.push(Reverse(Waiting {
            time: packet.time,
            order: self.pushed,
            interface,
            link: packet.link,
            wire_len: packet.wire_len,
            data: packet.data.into(),
        }));
    }

    /// The next packet that need not wait any longer: later ones have come long enough, or it is not after
    /// `due`, or too much waits.
    pub(super) fn pop(&mut self, due: CaptureTime) -> Option<(u32, Waiting)> {
        let Reverse(next) = self.heap.peek()?;
        let waited = next.time <= due || self.latest - next.time >= self.patience;
        if !waited && self.bytes <= MAX_BYTES {
            return None;
        }
        let Reverse(next) = self.heap.pop()?;
        self.bytes -= next.data.len();
        Some((next.interface, next))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_come_out_in_order_of_time_once_later_ones_have_come() {
        let mut order = Reorder::new(Delta::from_millis(200));
        let mut push = |interface, ms: i64| {
            let data = [0];
            order.push(
                interface,
                &Packet {
                    source: SourceId(0),
                    frame: FrameNo(0),
                    time: CaptureTime::from_nanos(ms * 1_000_000),
                    link: LinkType(1),
                    data: &data,
                    wire_len: 1,
                    file_offset: None,
                },
            );
        };
        push(0, 1000);
        push(0, 1100);
        push(1, 900);
        push(1, 1101);
        let never = CaptureTime::MIN;
        let mut out = Vec::new();
        while let Some((interface, p)) = order.pop(never) {
            out.push((interface, p.time.as_nanos() / 1_000_000));
        }
        // 1101 - 900 >= 200; 1101 - 1000 is not.
        assert_eq!(out, [(1, 900)]);
        while let Some((interface, p)) = order.pop(CaptureTime::MAX) {
            out.push((interface, p.time.as_nanos() / 1_000_000));
        }
        assert_eq!(out, [(1, 900), (0, 1000), (0, 1100), (1, 1101)]);
    }
}
