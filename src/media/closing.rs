//! How streams end: idle ones closed, numbers settled, records made.

use super::points::Settled;
use super::record::StreamHandle;
use super::stream::{Before, Stream};
use super::tracker::Tracker;
use crate::types::{CaptureTime, Delta, StreamNo};
use std::cmp::Reverse;

/// A stream that may get its number: order of first packet, slot, handle. The oldest comes first.
pub(super) type Unnumbered = Reverse<(u64, u32, StreamHandle)>;

impl Tracker {
    /// The table is full: streams silent for a while leave it. Looked for once a second only, for a
    /// full table tends to stay full.
    #[cold]
    pub(super) fn make_room(&mut self, now: CaptureTime) {
        const SILENT: Delta = Delta::from_secs(10);
        const EVERY: Delta = Delta::from_secs(1);
        if self.made_room.is_some_and(|at| (now - at).abs() < EVERY) {
            return;
        }
        self.made_room = Some(now);
        self.close_idle(now, SILENT, SILENT);
    }

    pub(super) fn close_idle(&mut self, now: CaptureTime, after_call: Delta, otherwise: Delta) {
        let mut idle: Vec<(u64, u32)> = Vec::new();
        for (at, s) in self.streams.open() {
            let silent = now - s.meter.last_time();
            let open = s
                .binding
                .as_deref()
                .is_none_or(|b| self.directory.is_open(b.call));
            if silent > if open { otherwise } else { after_call } {
                idle.push((s.order, at));
            }
        }
        idle.sort_unstable();
        for (_, at) in idle {
            self.close(at);
        }
    }

    /// Gives numbers to all streams older than anything still in probation.
    pub(super) fn settle_numbers(&mut self) {
        let until = self.probation.oldest().unwrap_or(u64::MAX);
        self.number_before(until);
    }

    pub(super) fn number_before(&mut self, until: u64) {
        while let Some(Reverse((order, at, handle))) = self.unnumbered.peek().copied() {
            if order >= until {
                break;
            }
            self.unnumbered.pop();
            if !self.streams.holds(at, handle) {
                continue;
            }
            let no = StreamNo::after(self.numbered);
            self.numbered = self.numbered.saturating_add(1);
            if let Some(s) = self.streams.get_mut(at) {
                s.no = Some(no);
            }
        }
    }

    pub(super) fn close(&mut self, at: u32) {
        if self.streams.get(at).is_some_and(|s| s.no.is_none()) {
            self.settle_numbers();
        }
        let Some(s) = self.streams.get(at) else {
            return;
        };
        let order = s.order;
        if s.no.is_none() {
            // Closed while older packets are in probation (a full table): its turn is now.
            self.number_before(order.saturating_add(1));
        }
        let Some(s) = self.streams.get_mut(at) else {
            return;
        };
        s.meter.finish();
        let Some(mut stream) = self.streams.remove(at) else {
            return;
        };
        let settled = self.settle_points(&mut stream);
        let continues = match stream.before {
            Before::Open(slot, handle) if self.streams.holds(slot, handle) => self
                .streams
                .get(slot)
                .filter(|b| stream.took_over_from(b.meter.last_time()))
                .and_then(|b| b.no),
            Before::Closed(no) => Some(no),
            _ => None,
        };
        let Some(no) = stream.no else { return };
        self.hand_on(at, &stream, no);
        self.ready
            .push_back(stream.into_record(no, continues, settled));
    }

    /// The points of a stream that closes; the other direction is told who saw it.
    fn settle_points(&mut self, stream: &mut Stream) -> Settled {
        if !self.ranges.are_several() {
            return Settled::default();
        }
        let reverse = self.streams.newest_of(&stream.flow.reversed());
        let reverse = reverse.and_then(|r| self.streams.get_mut(r));
        let other_way = reverse.map(|other| {
            other.note_other_way(stream.seen_at());
            other.seen_at()
        });
        stream.settle_points(other_way, &self.ranges)
    }

    /// Tells streams that came after on the same flow under which number this one closed.
    pub(super) fn hand_on(&mut self, at: u32, closed: &Stream, no: StreamNo) {
        let mut next = self.streams.newest_of(&closed.flow);
        while let Some(s) = next.and_then(|i| self.streams.get_mut(i)) {
            if matches!(s.before, Before::Open(slot, handle) if slot == at && handle == closed.handle)
            {
                s.before = if s.took_over_from(closed.meter.last_time()) {
                    Before::Closed(no)
                } else {
                    Before::Nothing
                };
            }
            next = s.next;
        }
    }
}
