//! Packets of several interfaces, put in order of time.

use crate::types::{CaptureTime, FrameNo, LinkType, Packet, SourceId};
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
#[derive(Debug, Default)]
pub(super) struct Reorder {
    heap: BinaryHeap<Reverse<Waiting>>,
    bytes: usize,
    pushed: u64,
}

impl Reorder {
    pub(super) fn push(&mut self, interface: u32, packet: &Packet<'_>) {
        self.pushed += 1;
        self.bytes += packet.data.len();
        self.heap.push(Reverse(Waiting {
            time: packet.time,
            order: self.pushed,
            interface,
            link: packet.link,
            wire_len: packet.wire_len,
            data: packet.data.into(),
        }));
    }

    /// The next packet that need not wait any longer: it is not after `due`, up to which every interface has
    /// told all it has, or too much waits.
    pub(super) fn pop(&mut self, due: CaptureTime) -> Option<(u32, Waiting)> {
        let Reverse(next) = self.heap.peek()?;
        if next.time > due && self.bytes <= MAX_BYTES {
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

    fn push(order: &mut Reorder, interface: u32, ms: i64, data: &[u8]) {
        order.push(
            interface,
            &Packet {
                source: SourceId(0),
                frame: FrameNo(0),
                time: at(ms),
                link: LinkType(1),
                data,
                wire_len: 1,
                file_offset: None,
            },
        );
    }

    fn at(ms: i64) -> CaptureTime {
        CaptureTime::from_nanos(ms * 1_000_000)
    }

    fn popped(order: &mut Reorder, due: CaptureTime) -> Vec<(u32, i64)> {
        let next = || order.pop(due);
        std::iter::from_fn(next)
            .map(|(interface, p)| (interface, p.time.as_nanos() / 1_000_000))
            .collect()
    }

    #[test]
    fn packets_come_out_in_order_of_time_and_not_before_all_interfaces_have_told() {
        let mut order = Reorder::default();
        for (interface, ms) in [(0, 1000), (0, 1100), (1, 900), (1, 1101)] {
            push(&mut order, interface, ms, &[0]);
        }
        assert_eq!(popped(&mut order, at(900)), [(1, 900)]);
        let rest = popped(&mut order, CaptureTime::MAX);
        assert_eq!(rest, [(0, 1000), (0, 1100), (1, 1101)]);
    }

    #[test]
    fn what_waits_is_bounded() {
        let mut order = Reorder::default();
        let mib = vec![0; 1 << 20];
        for ms in 0..34 {
            push(&mut order, 0, ms, &mib);
        }
        // 32 MiB may wait.
        assert_eq!(popped(&mut order, CaptureTime::MIN), [(0, 0), (0, 1)]);
    }
}
