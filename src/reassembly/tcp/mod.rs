//! TCP segments to byte streams (RFC 9293), as a passive observer sees them: either end may be missing, packets
//! may be lost from the capture that arrived at the receiver.

mod event;
mod half;
#[cfg(test)]
mod tests;

pub use event::{EndReason, StreamEvent, TcpCounters, TcpLabel, TcpLimits};

use crate::decode::Segment;
use crate::types::{CaptureTime, Delta, Flow, FlowKey, FrameRef};
use half::{Chunk, Half, Out};
use hashbrown::HashMap;
use hashbrown::hash_map::Entry;

/// How often, in capture time, holes that nothing more arrives behind are looked at.
const EXPIRE_INTERVAL: Delta = Delta::from_millis(100);

/// The connections followed.
#[derive(Debug)]
pub struct TcpStreams {
    limits: TcpLimits,
    table: HashMap<FlowKey, Connection, foldhash::fast::RandomState>,
    /// Connections with bytes queued behind a hole, in the order in which that began.
    with_holes: Vec<FlowKey>,
    next_expiry: Option<CaptureTime>,
    queued: usize,
    serial: u64,
    counters: TcpCounters,
    /// Packets by the label their connection has now.
    labelled: [u64; TcpLabel::COUNT],
    /// Label and packets of connections that were open at the end.
    finished: HashMap<FlowKey, (TcpLabel, u64), foldhash::fast::RandomState>,
}

/// Both directions of a connection.
#[derive(Debug)]
struct Connection {
    /// The direction of `halves[0]`: from the lower endpoint.
    flow: Flow,
    halves: [Half; 2],
    born: u64,
    used: u64,
    ignored: bool,
    /// It stands in `TcpStreams::with_holes`.
    listed: bool,
    label: TcpLabel,
    /// Packets counted under `label`.
    packets: u64,
}

impl Connection {
    fn new(flow: Flow, serial: u64) -> Connection {
        Connection {
            flow,
            halves: [Half::default(), Half::default()],
            born: serial,
            used: serial,
            ignored: false,
            listed: false,
            label: TcpLabel::UNKNOWN,
            packets: 0,
        }
    }

    fn is_over(&self) -> bool {
        self.halves.iter().all(Half::is_over)
    }

    fn count(&mut self, packets: u64, labelled: &mut [u64; TcpLabel::COUNT]) -> TcpLabel {
        self.packets += packets;
        note(labelled, self.label, packets);
        self.label
    }

    fn queued(&self) -> usize {
        self.halves.iter().map(Half::queued).sum()
    }

    fn flow_of(&self, direction: usize) -> Flow {
        if direction == 0 {
            self.flow
        } else {
            self.flow.reversed()
        }
    }

    /// Delivers what is queued behind holes and says that both directions are over.
    fn end(&mut self, reason: EndReason, counters: &mut TcpCounters, sink: Sink<'_>) {
        for direction in [0, 1] {
            let flow = self.flow_of(direction);
            let Some(half) = self.halves.get_mut(direction) else {
                continue;
            };
            let mut out = Out {
                flow,
                counters: &mut *counters,
                sink: &mut *sink,
            };
            half.flush(&mut out);
            half.end(reason, &mut out);
        }
    }
}

fn note(labelled: &mut [u64; TcpLabel::COUNT], label: TcpLabel, packets: u64) {
    if let Some(count) = labelled.get_mut(label.index()) {
        *count += packets;
    }
}

type Sink<'a> = &'a mut dyn FnMut(StreamEvent<'_>);

impl TcpStreams {
    /// No connection yet.
    pub fn new(limits: TcpLimits) -> Self {
        TcpStreams {
            limits,
            table: HashMap::default(),
            with_holes: Vec::new(),
            next_expiry: None,
            queued: 0,
            serial: 0,
            counters: TcpCounters::default(),
            labelled: [0; TcpLabel::COUNT],
            finished: HashMap::default(),
        }
    }

    /// Takes one segment in. Bytes in order are lent to `sink` as they stand in the packet. Gives the label of
    /// its connection.
    pub fn handle_segment(
        &mut self,
        segment: &Segment<'_>,
        frame: FrameRef,
        time: CaptureTime,
        sink: &mut dyn FnMut(StreamEvent<'_>),
    ) -> TcpLabel {
        self.counters.segments += 1;
        self.serial += 1;
        let flow = segment.meta.flow;
        let key = flow.key();
        if self.table.len() >= self.limits.flows && !self.table.contains_key(&key) {
            self.evict(sink);
        }
        let connection = match self.table.entry(key) {
            Entry::Occupied(entry) => entry.into_mut(),
            // What has neither a beginning nor bytes needs no memory.
            Entry::Vacant(_) if !segment.syn && segment.wire_payload_len == 0 => {
                note(&mut self.labelled, TcpLabel::UNKNOWN, 1);
                return TcpLabel::UNKNOWN;
            }
            Entry::Vacant(entry) => {
                self.counters.connections += 1;
                let (low, _) = key.ends();
                let from_low = if flow.src == low {
                    flow
                } else {
                    flow.reversed()
                };
                entry.insert(Connection::new(from_low, self.serial))
            }
        };
        connection.used = self.serial;
        if connection.ignored && !segment.syn {
            self.counters.ignored_segments += 1;
            return connection.count(1, &mut self.labelled);
        }
        let before = connection.queued();
        connection.handle(segment, frame, time, &self.limits, &mut self.counters, sink);
        let label = connection.count(1, &mut self.labelled);
        let after = connection.queued();
        self.queued = self.queued + after - before;
        if after > 0 && self.queued > self.limits.queued_total {
            self.counters.queue_overflows += 1;
            for direction in [0, 1] {
                let flow = connection.flow_of(direction);
                if let Some(half) = connection.halves.get_mut(direction) {
                    half.flush(&mut Out {
                        flow,
                        counters: &mut self.counters,
                        sink,
                    });
                }
            }
            self.queued -= after;
        } else if after > 0 && !connection.listed {
            connection.listed = true;
            self.with_holes.push(key);
        }
        label
    }

    /// True while the connection is followed.
    pub fn is_open(&self, key: FlowKey) -> bool {
        self.table.contains_key(&key)
    }

    /// Labels a connection, its packets so far included.
    pub fn label(&mut self, key: FlowKey, label: TcpLabel) {
        let (old, packets) = match self.table.get_mut(&key) {
            Some(c) => (&mut c.label, c.packets),
            None => match self.finished.get_mut(&key) {
                Some((old, packets)) => (old, *packets),
                None => return,
            },
        };
        if let Some(count) = self.labelled.get_mut(old.index()) {
            *count -= packets;
        }
        note(&mut self.labelled, label, packets);
        *old = label;
    }

    /// Counts more packets to a connection: those of a segment that came in IP fragments.
    pub fn count_more(&mut self, key: FlowKey, packets: u64) {
        match self.table.get_mut(&key) {
            Some(connection) => {
                connection.count(packets, &mut self.labelled);
            }
            None => note(&mut self.labelled, TcpLabel::UNKNOWN, packets),
        }
    }

    /// Packets by the label of their connection. They add up to the packets handled.
    pub fn packets_by_label(&self) -> [u64; TcpLabel::COUNT] {
        self.labelled
    }

    /// From now on nothing of this connection is kept or reported, until a new one uses its ports.
    pub fn ignore(&mut self, key: FlowKey) {
        if let Some(connection) = self.table.get_mut(&key) {
            self.queued -= connection.queued();
            connection.ignored = true;
            connection.halves.iter_mut().for_each(Half::forget);
        }
    }

    /// True while a connection is ignored.
    pub fn is_ignored(&self, key: FlowKey) -> bool {
        self.table
            .get(&key)
            .is_some_and(|connection| connection.ignored)
    }

    /// Declares holes lost behind which bytes have waited too long; cheap when there are none.
    pub fn expire(&mut self, now: CaptureTime, sink: &mut dyn FnMut(StreamEvent<'_>)) {
        if self.with_holes.is_empty()
            || self
                .next_expiry
                .is_some_and(|due| now < due && due - now <= EXPIRE_INTERVAL)
        {
            return;
        }
        self.next_expiry = Some(now + EXPIRE_INTERVAL);
        let keys = std::mem::take(&mut self.with_holes);
        for key in keys {
            let Some(connection) = self.table.get_mut(&key) else {
                continue;
            };
            let before = connection.queued();
            for direction in [0, 1] {
                let flow = connection.flow_of(direction);
                if let Some(half) = connection.halves.get_mut(direction) {
                    let mut out = Out {
                        flow,
                        counters: &mut self.counters,
                        sink,
                    };
                    half.expire(now, self.limits.hole_timeout, &mut out);
                }
            }
            let after = connection.queued();
            self.queued = self.queued + after - before;
            connection.listed = after > 0;
            if after > 0 {
                self.with_holes.push(key);
            }
        }
    }

    /// Delivers what is queued behind holes and ends every stream, at the end of the capture.
    pub fn finish(&mut self, sink: &mut dyn FnMut(StreamEvent<'_>)) {
        let mut all: Vec<Connection> = self
            .table
            .drain()
            .map(|(_, connection)| connection)
            .collect();
        all.sort_unstable_by_key(|connection| connection.born);
        for mut connection in all {
            let (label, packets) = (connection.label, connection.packets);
            self.finished
                .insert(connection.flow.key(), (label, packets));
            connection.end(EndReason::CaptureEnd, &mut self.counters, sink);
        }
        self.with_holes.clear();
        self.queued = 0;
    }

    /// What was counted so far.
    pub fn counters(&self) -> TcpCounters {
        self.counters
    }

    /// Connections in the table, and bytes queued behind holes.
    pub fn held(&self) -> (usize, usize) {
        (self.table.len(), self.queued)
    }

    /// Drops an eighth of the connections: those that are over or ignored first, then those that have
    /// been silent longest.
    fn evict(&mut self, sink: &mut dyn FnMut(StreamEvent<'_>)) {
        let mut order: Vec<(bool, u64, FlowKey)> = self
            .table
            .iter()
            .map(|(key, c)| (!(c.ignored || c.is_over()), c.used, *key))
            .collect();
        order.sort_unstable();
        for (live, _, key) in order.iter().take((order.len() / 8).max(1)) {
            if let Some(mut connection) = self.table.remove(key) {
                self.queued -= connection.queued();
                self.counters.evicted += u64::from(*live);
                connection.end(EndReason::Evicted, &mut self.counters, sink);
            }
        }
        self.with_holes.retain(|key| self.table.contains_key(key));
    }
}

impl Connection {
    fn handle(
        &mut self,
        segment: &Segment<'_>,
        frame: FrameRef,
        time: CaptureTime,
        limits: &TcpLimits,
        counters: &mut TcpCounters,
        sink: Sink<'_>,
    ) {
        let flow = segment.meta.flow;
        let from_low = flow == self.flow;
        if segment.syn && self.is_reused(segment, from_low) {
            self.end(EndReason::PortReused, counters, sink);
            let born = self.born;
            let listed = self.listed;
            *self = Connection::new(self.flow, self.used);
            (self.born, self.listed) = (born, listed);
            counters.connections += 1;
        }
        if self.ignored {
            return;
        }
        let [low, high] = &mut self.halves;
        let (own, peer) = if from_low { (low, high) } else { (high, low) };
        let mut seq = segment.seq;
        if segment.syn {
            seq = seq.wrapping_add(1);
            own.start_at_syn(seq);
        }
        if let Some(ack) = segment.ack {
            // A SYN-ACK acknowledges the SYN, so it tells where the other direction begins.
            if segment.syn {
                peer.start_at_syn(ack);
            }
            let mut out = Out {
                flow: flow.reversed(),
                counters: &mut *counters,
                sink: &mut *sink,
            };
            peer.acknowledged(ack, &mut out);
        }
        let mut out = Out {
            flow,
            counters: &mut *counters,
            sink: &mut *sink,
        };
        if segment.wire_payload_len > 0 {
            let chunk = Chunk {
                seq,
                bytes: segment.payload,
                wire_len: segment.wire_payload_len,
                frame,
                time,
            };
            own.handle(&chunk, limits, &mut out);
        }
        if segment.fin {
            own.finish_at(seq.wrapping_add(segment.wire_payload_len), &mut out);
        }
        if segment.rst && !self.is_over() {
            let [low, high] = &self.halves;
            let own = if from_low { low } else { high };
            if own.accepts_reset(seq) {
                counters.resets += 1;
                self.end(EndReason::Reset, counters, sink);
            } else {
                counters.bad_resets += 1;
            }
        }
    }

    /// True for the SYN of another connection between the same ports.
    fn is_reused(&self, segment: &Segment<'_>, from_low: bool) -> bool {
        let [low, high] = &self.halves;
        let (own, peer) = if from_low { (low, high) } else { (high, low) };
        let begins = segment.seq.wrapping_add(1);
        own.begins_elsewhere(begins)
            || segment
                .ack
                .is_some_and(|ack| peer.begins_elsewhere(ack) && !peer.has_sent(ack))
    }
}
