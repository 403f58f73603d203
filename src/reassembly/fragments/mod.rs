//! IPv4 and IPv6 reassembly (RFC 791 §3.2, RFC 8200 §4.5), for what was captured, not for a receiver.

mod open;
#[cfg(test)]
mod tests;

use crate::decode::{Fragment, FragmentKey, IpMeta};
use crate::types::{CaptureTime, Delta, Flow, FrameRef, HostAddr, vocabulary};
use hashbrown::HashMap;
use open::{Added, Open};
use std::collections::VecDeque;

/// Largest IP payload (16-bit length).
const MAX_DATAGRAM: u64 = 65_535;
/// Datagrams of two hosts that are looked into for what a message of theirs is the answer to.
const LOOKED_INTO: usize = 16;

/// Bounds of fragment reassembly: memory and patience.
#[derive(Clone, Copy, Debug)]
pub struct FragmentLimits {
    /// How long fragments wait for the rest, in capture time.
    pub timeout: Delta,
    /// Datagrams under reassembly.
    pub datagrams: usize,
    /// Fragments kept of one datagram.
    pub fragments: usize,
    /// Bytes of all fragments held.
    pub bytes: usize,
    /// Fragments that come this soon after their datagram was joined are copies made by the capture.
    pub copies: Delta,
}

impl Default for FragmentLimits {
    fn default() -> Self {
        FragmentLimits {
            timeout: Delta::from_secs(30),
            datagrams: 1024,
            fragments: 64,
            bytes: 16 << 20,
            copies: Delta::from_millis(50),
        }
    }
}

/// A datagram's IP payload, joined; decode it with [`crate::decode::decode_ip_payload`].
#[derive(Clone, Debug)]
pub struct Reassembled {
    /// IP header of the first fragment; its `ip_bytes` and `link_bytes` are sums over all fragments.
    pub ip: IpMeta,
    /// What the payload is, by its IP protocol number.
    pub protocol: u8,
    /// The payload; shorter than `wire_len` when the capture cut a fragment.
    pub payload: Vec<u8>,
    /// Length of the payload on the wire.
    pub wire_len: u32,
    /// The fragments' packets in order of arrival.
    pub frames: Vec<FrameRef>,
    /// When the first of them was captured.
    pub first_time: CaptureTime,
}

/// What is there of a datagram whose first fragment came and whose rest did not.
#[derive(Clone, Debug)]
pub struct Incomplete {
    /// The bytes up to the first hole. `wire_len` is what the fragments or the UDP header told.
    pub part: Reassembled,
    /// When it was first seen.
    pub time: CaptureTime,
}

/// What became of a fragment.
#[derive(Debug)]
pub enum FragmentOutcome {
    /// Kept until the rest comes.
    Pending,
    /// It was the last one missing.
    Complete(Box<Reassembled>),
    /// Every byte of it had come before: the capture holds it twice.
    Copy,
    /// Not used, and why.
    Dropped(DropReason),
}

vocabulary! {
    /// Why a fragment was not used.
    pub enum DropReason {
        /// It reaches beyond the largest datagram, or beyond the datagram's end.
        BadLength = "fragment_bad_length",
        /// IPv6 fragments that overlap discard their datagram (RFC 5722).
        Overlap = "fragment_overlap",
        /// More fragments of one datagram than are kept.
        TooMany = "fragment_limit",
    }
}

/// What was counted so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FragmentCounters {
    /// Fragments seen.
    pub fragments: u64,
    /// Datagrams joined.
    pub reassembled: u64,
    /// Fragments whose bytes had all come before.
    pub duplicates: u64,
    /// IPv4 fragments that overlap earlier ones (the earlier bytes were kept).
    pub overlaps: u64,
    /// Of those, with other bytes: damage or an attempt to mislead.
    pub conflicts: u64,
    /// Fragments dropped for another reason.
    pub dropped: u64,
    /// Of those, fragments beyond what is kept of one datagram.
    pub too_many: u64,
    /// Datagrams that waited too long.
    pub timed_out: u64,
    /// Datagrams given up because a table was full.
    pub evicted: u64,
}

/// First fragments whose rest never came, as when a filter on ports hides the fragments without ports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MissingFragments {
    /// Datagrams of which the first fragment came and others did not.
    pub without_rest: u64,
    /// Of those, datagrams of which *only* the first fragment came.
    pub only_first: u64,
    /// Datagrams of which later fragments came without the first.
    pub without_first: u64,
    /// The first packet concerned.
    pub frame: Option<FrameRef>,
    /// Its flow, where the fragment has ports.
    pub flow: Option<Flow>,
}

/// The fragments held, by datagram.
#[derive(Debug)]
pub struct Fragments {
    limits: FragmentLimits,
    open: HashMap<FragmentKey, Open, foldhash::fast::RandomState>,
    /// Datagrams joined lately: copies of their fragments do not count as missing.
    done: HashMap<FragmentKey, CaptureTime, foldhash::fast::RandomState>,
    bytes: usize,
    serial: u64,
    next_sweep: Option<CaptureTime>,
    counters: FragmentCounters,
    missing: MissingFragments,
    waiting: VecDeque<Incomplete>,
}

impl Fragments {
    /// Nothing held yet.
    pub fn new(limits: FragmentLimits) -> Self {
        Fragments {
            limits,
            open: HashMap::default(),
            done: HashMap::default(),
            bytes: 0,
            serial: 0,
            next_sweep: None,
            counters: FragmentCounters::default(),
            missing: MissingFragments::default(),
            waiting: VecDeque::new(),
        }
    }

    /// Takes one fragment in. `frames` are the packets that carried it: several where it stands in a
    /// tunnel whose own packets came in fragments.
    pub fn handle_fragment(
        &mut self,
        fragment: &Fragment<'_>,
        frames: &[FrameRef],
        time: CaptureTime,
    ) -> FragmentOutcome {
        self.counters.fragments += 1;
        self.expire(time);
        let key = fragment.key();
        let end = u64::from(fragment.offset) + u64::from(fragment.wire_payload_len);
        if end > MAX_DATAGRAM || fragment.wire_payload_len == 0 {
            return self.dropped(DropReason::BadLength);
        }
        if self.open.len() >= self.limits.datagrams && !self.open.contains_key(&key) {
            self.evict();
        }
        let joined = self.done.get(&key).copied();
        if joined.is_some_and(|at| (time - at).abs() < self.limits.copies) {
            self.counters.duplicates += 1;
            return FragmentOutcome::Copy;
        }
        let copy = joined.is_some();
        let serial = self.serial;
        self.serial += 1;
        let open = self
            .open
            .entry(key)
            .or_insert_with(|| Open::new(fragment, time, copy));
        open.touched = serial;
        match open.add(fragment, frames, time, self.limits.fragments) {
            Ok(Added::Nothing) => {
                self.counters.duplicates += 1;
                return FragmentOutcome::Copy;
            }
            Ok(Added::Bytes(added)) => {
                self.bytes += added.kept;
                self.counters.overlaps += u64::from(added.overlapped);
                self.counters.conflicts += u64::from(added.conflicting);
            }
            Err(DropReason::Overlap) => {
                if let Some(open) = self.open.remove(&key) {
                    self.bytes -= open.held_bytes();
                }
                // What is still to come of it is discarded as well.
                self.remember(key, time);
                return self.dropped(DropReason::Overlap);
            }
            Err(reason) => {
                if open.frames.is_empty() {
                    self.open.remove(&key);
                }
                return self.dropped(reason);
            }
        }
        if !open.is_complete() {
            if self.bytes > self.limits.bytes {
                self.evict();
            }
            return FragmentOutcome::Pending;
        }
        let Some(open) = self.open.remove(&key) else {
            return FragmentOutcome::Pending;
        };
        self.bytes -= open.held_bytes();
        self.counters.reassembled += 1;
        self.remember(key, time);
        FragmentOutcome::Complete(Box::new(open.join()))
    }

    /// Gives up what has waited longer than the limit; cheap when nothing is due.
    pub fn expire(&mut self, now: CaptureTime) {
        if self.open.is_empty() && self.done.is_empty() {
            return;
        }
        // Looking through the tables once a second is often enough for a limit of many.
        if self
            .next_sweep
            .is_some_and(|due| now < due && due - now <= Delta::from_secs(1))
        {
            return;
        }
        self.next_sweep = Some(now + Delta::from_secs(1));
        let timeout = self.limits.timeout;
        self.done
            .retain(|_, joined| (now - *joined).abs() <= timeout);
        let mut due: Vec<(u64, FragmentKey)> = self
            .open
            .iter()
            .filter(|(_, open)| (now - open.first_time).abs() > timeout)
            .map(|(key, open)| (open.touched, *key))
            .collect();
        due.sort_unstable();
        self.counters.timed_out += due.len() as u64;
        for (_, key) in due {
            self.give_up(key);
        }
    }

    /// Gives up everything still held, at the end of the capture.
    pub fn finish(&mut self) {
        let mut keys: Vec<(u64, FragmentKey)> = self
            .open
            .iter()
            .map(|(key, open)| (open.touched, *key))
            .collect();
        keys.sort_unstable();
        for (_, key) in keys {
            self.give_up(key);
        }
    }

    /// True while fragments wait for others.
    #[inline]
    pub fn are_waiting(&self) -> bool {
        !self.open.is_empty()
    }

    /// Gives up datagrams between two hosts that `shows` accepts by their key and first bytes: it is known
    /// otherwise that they arrived, so the capture will not get their rest.
    pub fn give_up_between(
        &mut self,
        hosts: (HostAddr, HostAddr),
        time: CaptureTime,
        shows: impl Fn(&FragmentKey, &[u8]) -> bool,
    ) {
        let between = self
            .open
            .iter()
            .filter(|(key, open)| open.has_first && key.hosts() == hosts);
        let mut found: Vec<(u64, FragmentKey)> = between
            .take(LOOKED_INTO)
            .filter(|(key, open)| shows(key, open.first_bytes()))
            .map(|(key, open)| (open.touched, *key))
            .collect();
        found.sort_unstable();
        for (_, key) in found {
            self.give_up(key);
            // What may still come of it is not missing its beginning.
            self.remember(key, time);
        }
    }

    /// A datagram that was given up although its first fragment is there, so that what it says can be shown
    /// as cut. As many wait here as datagrams may be open; later ones are only counted.
    pub fn poll_incomplete(&mut self) -> Option<Incomplete> {
        self.waiting.pop_front()
    }

    /// What never got its rest; complete after [`Fragments::finish`].
    pub fn missing(&self) -> MissingFragments {
        self.missing
    }

    /// What was counted so far.
    pub fn counters(&self) -> FragmentCounters {
        self.counters
    }

    fn remember(&mut self, key: FragmentKey, time: CaptureTime) {
        if self.done.len() >= self.limits.datagrams {
            self.done.clear();
        }
        self.done.insert(key, time);
    }

    fn dropped(&mut self, reason: DropReason) -> FragmentOutcome {
        self.counters.dropped += 1;
        self.counters.too_many += u64::from(reason == DropReason::TooMany);
        FragmentOutcome::Dropped(reason)
    }

    /// Gives up the eighth of the datagrams that was touched longest ago, so that a flood of fragments pays for
    /// one search in many insertions.
    fn evict(&mut self) {
        let mut keys: Vec<(u64, FragmentKey)> = self
            .open
            .iter()
            .map(|(key, open)| (open.touched, *key))
            .collect();
        keys.sort_unstable();
        for (_, key) in keys.iter().take((keys.len() / 8).max(1)) {
            self.counters.evicted += 1;
            self.give_up(*key);
        }
    }

    fn give_up(&mut self, key: FragmentKey) {
        let Some(open) = self.open.remove(&key) else {
            return;
        };
        self.bytes -= open.held_bytes();
        if open.copy {
            return;
        }
        let frame = open.frames.first().copied();
        if !open.has_first {
            self.missing.without_first += 1;
            return;
        }
        self.missing.without_rest += 1;
        self.missing.only_first += u64::from(open.frames.len() == 1);
        let earlier = match (self.missing.frame, frame) {
            (Some(known), Some(this)) => this < known,
            (known, _) => known.is_none(),
        };
        if earlier {
            self.missing.frame = frame;
            self.missing.flow = open.first_flow;
        }
        if self.waiting.len() < self.limits.datagrams {
            let time = open.first_time;
            let part = open.join();
            self.waiting.push_back(Incomplete { part, time });
        }
    }
}
