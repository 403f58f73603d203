//! Flows nobody announced that may be RTP: held until five packets of one source prove it.
//!
//! A quarter of all random datagrams passes for version 2, so nothing becomes a stream on looks alone.
//! What passed through here counts in its stream from the first packet on.

use super::chains::Chains;
use super::measure::bandwidth::Lengths;
use super::packet::MediaPacket;
use super::slots::{OnFlow, end_of, slot};
use crate::decode::Stack;
use crate::rtp::{RtpHeader, payload_type};
use crate::types::{CaptureTime, Delta, Endpoint, Flow, FrameRef, Ssrc};
use foldhash::fast::RandomState;
use hashbrown::HashTable;
use std::collections::VecDeque;
use std::hash::BuildHasher;

/// Steps from packet to packet needed: five packets.
const STEPS: u8 = 4;
/// Largest step of the sequence number.
const MAX_STEP: i16 = 100;
/// Packets kept of one flow; a timestamp that never moves is believed after this many.
const MAX_PACKETS: usize = 16;
/// Packets kept at most with those that prove nothing.
const MAX_HELD: usize = 64;
/// Copies and stragglers forgiven.
const MAX_ODD: u8 = 8;
/// Displacing a flow younger than this is worth telling.
const YOUNG: Delta = Delta::from_secs(5);

/// A packet as remembered.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Held {
    /// Arrival.
    pub time: CaptureTime,
    /// Frame.
    pub frame: FrameRef,
    /// RTP header.
    pub header: RtpHeader,
    /// Lengths.
    pub lengths: Lengths,
    head: [u8; 4],
    head_len: u8,
}

impl Held {
    pub(super) fn new(p: &MediaPacket<'_>, header: RtpHeader) -> Self {
        let payload = header.payload(p.payload);
        let mut head = [0; 4];
        let n = payload.len().min(head.len());
        head.iter_mut()
            .zip(payload)
            .for_each(|(to, from)| *to = *from);
        Held {
            time: p.time,
            frame: p.frame,
            header,
            lengths: p.lengths(header.payload_len),
            head,
            // At most 4.
            head_len: n as u8,
        }
    }

    /// The first octets of the payload: enough for a telephone event.
    pub(crate) fn payload(&self) -> &[u8] {
        self.head.get(..usize::from(self.head_len)).unwrap_or(&[])
    }
}

/// A flow in probation.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    /// Its flow.
    pub flow: Flow,
    /// The layers of its first packet.
    pub stack: Stack,
    /// Its source.
    pub ssrc: Ssrc,
    /// Order number of its first packet.
    pub order: u64,
    first: Held,
    more: Vec<Held>,
    last: RtpHeader,
    serial: u64,
    steps: u8,
    odd: u8,
    type_changes: u8,
    moved: bool,
}

impl Candidate {
    /// Its packets so far, in order of arrival.
    pub(crate) fn packets(&self) -> impl Iterator<Item = &Held> {
        std::iter::once(&self.first).chain(&self.more)
    }

    fn new(flow: Flow, stack: Stack, held: Held, order: u64, serial: u64) -> Self {
        Candidate {
            flow,
            stack,
            ssrc: held.header.ssrc,
            order,
            last: held.header,
            first: held,
            more: Vec::new(),
            serial,
            steps: 0,
            odd: 0,
            type_changes: 0,
            moved: false,
        }
    }

    fn restart(&mut self, held: Held, order: u64, serial: u64) {
        self.more.clear();
        self.first = held;
        self.last = held.header;
        (self.order, self.serial) = (order, serial);
        (self.steps, self.odd, self.type_changes, self.moved) = (0, 0, 0, false);
    }

    /// Takes the next packet of the same flow and source. False when it contradicts those before.
    fn handle_packet(&mut self, held: Held) -> bool {
        let h = held.header;
        let step = h.seq.distance_from(self.last.seq);
        let ticks = h.timestamp.distance_from(self.last.timestamp);
        // Comfort noise and four-octet events come between packets of another type.
        let beside = h.payload_type.get() == 13 || h.payload_len == 4;
        if (1..=MAX_STEP).contains(&step) && (ticks >= 0 || beside) {
            if h.payload_type != self.last.payload_type && !beside {
                self.type_changes += 1;
                if self.type_changes > 1 {
                    return false;
                }
            }
            self.steps = self.steps.saturating_add(1);
            self.moved |= ticks > 0;
            if !beside {
                self.last = h;
            } else {
                self.last.seq = h.seq;
            }
        } else if step == 0 && ticks == 0 || (-MAX_STEP..0).contains(&step) && ticks <= 0 {
            self.odd += 1;
            if self.odd > MAX_ODD {
                return false;
            }
        } else {
            return false;
        }
        self.more.push(held);
        true
    }

    /// Takes a packet that proves nothing but would count if the others do. False when it does not fit.
    fn hold(&mut self, held: Held) -> bool {
        let h = held.header;
        let fits = (1..=MAX_STEP).contains(&h.seq.distance_from(self.last.seq))
            && h.timestamp.distance_from(self.last.timestamp) >= 0
            && h.payload_type == self.last.payload_type
            && self.more.len() < MAX_HELD;
        if fits {
            self.last = h;
            self.more.push(held);
        }
        fits
    }

    fn is_proven(&self) -> bool {
        self.steps >= STEPS
            && (self.moved || self.more.len() + 1 >= MAX_PACKETS || self.is_one_key_press())
    }

    /// The timestamp of a telephone event stands still (RFC 4733 §2.1): one event code whose duration
    /// never shrinks is proof enough.
    fn is_one_key_press(&self) -> bool {
        let press = |h: &Held| match h.payload() {
            &[event, _, high, low] if h.header.payload_len == 4 => {
                Some((event, u16::from_be_bytes([high, low])))
            }
            _ => None,
        };
        let mut last = press(&self.first);
        last.is_some()
            && self.more.iter().all(|held| {
                let next = press(held);
                let grows = matches!((last, next), (Some((a, before)), Some((b, now))) if a == b && now >= before);
                last = next;
                grows
            })
    }
}

/// The table of flows in probation.
#[derive(Debug)]
pub(crate) struct Probation {
    hasher: RandomState,
    slots: Vec<Option<Box<Candidate>>>,
    free: Vec<u32>,
    by_source: HashTable<u32>,
    by_end: Chains,
    queue: VecDeque<(u32, u64)>,
    serial: u64,
    limit: usize,
    patience: Delta,
    /// Flows displaced while young.
    pub displaced: u64,
}

/// What became of a packet handed to probation.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// Not yet.
    Waiting,
    /// Proven: the candidate leaves with all its packets.
    Proven(Box<Candidate>),
    /// Cannot be RTP.
    Rejected,
}

impl Probation {
    /// An empty table of at most `limit` flows, each for at most `patience`.
    pub(crate) fn new(hasher: RandomState, limit: usize, patience: Delta) -> Self {
        Probation {
            hasher,
            slots: Vec::new(),
            free: Vec::new(),
            by_source: HashTable::new(),
            by_end: Chains::default(),
            queue: VecDeque::new(),
            serial: 0,
            limit: limit.max(1),
            patience,
            displaced: 0,
        }
    }

    /// Takes a packet that may be RTP.
    pub(crate) fn handle_packet(
        &mut self,
        p: &MediaPacket<'_>,
        header: RtpHeader,
        order: u64,
    ) -> Verdict {
        if is_name_service(p.flow.src.port) || is_name_service(p.flow.dst.port) {
            return Verdict::Rejected;
        }
        if !payload_type::is_plausible(header.payload_type) {
            return Verdict::Rejected;
        }
        let held = Held::new(p, header);
        let hash = self.hash(&p.flow, header.ssrc);
        let found = self.by_source.find(hash, |i| {
            slot(&self.slots, *i).is_some_and(|c| c.ssrc == header.ssrc && c.flow == p.flow)
        });
        let Some(&at) = found else {
            self.insert((p.flow, p.stack), held, order, hash);
            return Verdict::Waiting;
        };
        let patience = self.patience;
        let Some(candidate) = self.slots.get_mut(at as usize).and_then(Option::as_mut) else {
            return Verdict::Waiting;
        };
        let stale = p.time - candidate.first.time > patience;
        if stale || !candidate.handle_packet(held) {
            // Begins again with this packet, as the youngest.
            self.serial += 1;
            candidate.restart(held, order, self.serial);
            self.queue.push_back((at, self.serial));
            self.shorten_queue();
        } else if candidate.is_proven()
            && let Some(proven) = self.remove(at)
        {
            return Verdict::Proven(proven);
        }
        Verdict::Waiting
    }

    /// Takes a packet whose padding does not fit: no evidence, but of a source in probation it may well
    /// be, as SRTP enciphers the padding count (RFC 3711 §3.1). False when no such source waits.
    pub(crate) fn hold(&mut self, p: &MediaPacket<'_>, header: RtpHeader) -> bool {
        let hash = self.hash(&p.flow, header.ssrc);
        let found = self.by_source.find(hash, |i| {
            slot(&self.slots, *i).is_some_and(|c| c.ssrc == header.ssrc && c.flow == p.flow)
        });
        let Some(&at) = found else { return false };
        let candidate = self.slots.get_mut(at as usize).and_then(Option::as_mut);
        candidate
            .is_some_and(|c| p.time - c.first.time <= self.patience && c.hold(Held::new(p, header)))
    }

    fn insert(&mut self, (flow, stack): (Flow, Stack), held: Held, order: u64, hash: u64) {
        while self.len() >= self.limit && self.displace(held.time) {}
        self.serial += 1;
        let candidate = Box::new(Candidate::new(flow, stack, held, order, self.serial));
        let at = match self.free.pop() {
            Some(at) => at,
            None => {
                self.slots.push(None);
                // The table is bounded far below 2^32.
                (self.slots.len() - 1) as u32
            }
        };
        if let Some(place) = self.slots.get_mut(at as usize) {
            *place = Some(candidate);
        }
        self.queue.push_back((at, self.serial));
        self.shorten_queue();
        let (slots, hasher) = (&self.slots, &self.hasher);
        self.by_source.insert_unique(hash, at, |i| {
            slot(slots, *i).map_or(0, |c| hasher.hash_one((c.flow, c.ssrc)))
        });
        // Either end of a flow finds it; a rehash cannot tell which end an entry stands for, so the
        // low bit of the entry does.
        for (bit, end) in [(0, flow.dst), (1, flow.src)] {
            self.by_end.insert(
                at << 1 | bit,
                hasher.hash_one(end),
                |i| end_of(slots, i) == Some(end),
                |i| end_of(slots, i).map_or(0, |e| hasher.hash_one(e)),
            );
        }
    }

    /// Restarted flows leave their old places in the queue behind.
    fn shorten_queue(&mut self) {
        if self.queue.len() > 4 * self.limit {
            let slots = &self.slots;
            self.queue
                .retain(|(at, serial)| slot(slots, *at).is_some_and(|c| c.serial == *serial));
        }
    }

    /// Puts the oldest flow out. False when there is none.
    fn displace(&mut self, now: CaptureTime) -> bool {
        while let Some((at, serial)) = self.queue.pop_front() {
            let live = slot(&self.slots, at).filter(|c| c.serial == serial);
            if let Some(c) = live {
                // One packet of noise is no loss.
                if !c.more.is_empty() && now - c.first.time < YOUNG {
                    self.displaced += 1;
                }
                self.remove(at);
                return true;
            }
        }
        false
    }

    fn remove(&mut self, at: u32) -> Option<Box<Candidate>> {
        let candidate = self.slots.get_mut(at as usize)?.take()?;
        let hash = self.hash(&candidate.flow, candidate.ssrc);
        if let Ok(entry) = self.by_source.find_entry(hash, |i| *i == at) {
            entry.remove();
        }
        for (bit, end) in [(0, candidate.flow.dst), (1, candidate.flow.src)] {
            let hash = self.hasher.hash_one(end);
            self.by_end.remove(at << 1 | bit, hash);
        }
        self.free.push(at);
        Some(candidate)
    }

    /// Takes out every flow with this end: its description has come.
    #[allow(
        clippy::vec_box,
        reason = "they lie boxed in their slots and are large"
    )]
    pub(crate) fn take_by_end(&mut self, end: Endpoint) -> Vec<Box<Candidate>> {
        if self.is_empty() {
            return Vec::new();
        }
        let hash = self.hasher.hash_one(end);
        let mut found: Vec<u32> = self
            .by_end
            .of(hash, |i| end_of(&self.slots, i) == Some(end))
            .map(|i| i >> 1)
            .collect();
        found.sort_unstable();
        found.dedup();
        let mut taken: Vec<_> = found.into_iter().filter_map(|at| self.remove(at)).collect();
        taken.sort_by_key(|c| c.order);
        taken
    }

    /// Lets go of flows whose time is over.
    pub(crate) fn handle_time(&mut self, now: CaptureTime) {
        while let Some(&(at, serial)) = self.queue.front() {
            match slot(&self.slots, at).filter(|c| c.serial == serial) {
                Some(c) if now - c.first.time <= self.patience => break,
                Some(_) => {
                    self.remove(at);
                }
                None => {}
            }
            self.queue.pop_front();
        }
    }

    /// Order number of the oldest packet still waiting.
    pub(crate) fn oldest(&mut self) -> Option<u64> {
        while let Some(&(at, serial)) = self.queue.front() {
            match slot(&self.slots, at).filter(|c| c.serial == serial) {
                Some(c) => return Some(c.order),
                None => {
                    self.queue.pop_front();
                }
            }
        }
        None
    }

    /// Flows waiting.
    pub(crate) fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    /// True when none waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn hash(&self, flow: &Flow, ssrc: Ssrc) -> u64 {
        self.hasher.hash_one((*flow, ssrc))
    }
}

impl OnFlow for Candidate {
    fn flow(&self) -> &Flow {
        &self.flow
    }
}

/// DNS, multicast DNS, LLMNR, NetBIOS names, NTP, SNMP, SSDP: datagrams whose first octets may read
/// as version 2 and whose counters may move.
fn is_name_service(port: u16) -> bool {
    matches!(port, 53 | 123 | 137 | 138 | 161 | 1900 | 5353 | 5355)
}
