//! The open streams, found by flow, by SSRC, and by what may still bind them.

use super::chains::Chains;
use super::record::StreamHandle;
use super::slots::{OnFlow, end_of, slot};
use super::stream::Stream;
use crate::types::{Endpoint, Flow, Ssrc, mix};
use foldhash::fast::RandomState;
use hashbrown::HashTable;
use std::hash::BuildHasher;

/// Streams of one source, end or port that are looked through; it is the newest that a new description,
/// stream or report is about.
const LOOKED_AT: usize = 512;

/// Open streams. One look-up of the directed flow finds its newest stream; older ones hang behind it.
#[derive(Debug)]
pub(super) struct StreamTable {
    hasher: RandomState,
    /// Two words of the hasher's, for flows: see [`StreamTable::hash_flow`].
    seeds: [u64; 2],
    slots: Vec<Option<Box<Stream>>>,
    free: Vec<u32>,
    by_flow: HashTable<u32>,
    by_ssrc: Chains,
    /// By either end. The low bit of an entry tells which.
    by_end: Chains,
    /// Streams not bound for good by destination port, for a NAT's sake.
    by_port: Chains,
}

impl StreamTable {
    pub(super) fn new(hasher: RandomState) -> Self {
        StreamTable {
            seeds: [hasher.hash_one(0u8), hasher.hash_one(1u8)],
            hasher,
            slots: Vec::new(),
            free: Vec::new(),
            by_flow: HashTable::new(),
            by_ssrc: Chains::default(),
            by_end: Chains::default(),
            by_port: Chains::default(),
        }
    }

    /// Every RTP packet is looked up by its flow. As `hasher.hash_one(flow)`, seeded at random and
    /// multiplied together, without the general hasher's bookkeeping between words.
    #[inline]
    fn hash_flow(seeds: [u64; 2], flow: &Flow) -> u64 {
        let [src, dst, ports, src_high, dst_high] = flow.words();
        let mut hash = mix(mix(src ^ seeds[0], dst ^ seeds[1]), ports ^ seeds[0]);
        // Both 0 for IPv4.
        if src_high | dst_high != 0 {
            hash = mix(hash ^ src_high, dst_high ^ seeds[1]);
        }
        hash
    }

    pub(super) fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    pub(super) fn get(&self, at: u32) -> Option<&Stream> {
        self.slots.get(at as usize)?.as_deref()
    }

    #[inline]
    pub(super) fn get_mut(&mut self, at: u32) -> Option<&mut Stream> {
        self.slots.get_mut(at as usize)?.as_deref_mut()
    }

    /// Slots of all open streams.
    pub(super) fn open(&self) -> impl Iterator<Item = (u32, &Stream)> {
        // Slots are fewer than the limit on streams, far below 2^32.
        (0u32..)
            .zip(&self.slots)
            .filter_map(|(i, s)| Some((i, s.as_deref()?)))
    }

    /// The newest stream of a flow.
    #[inline]
    pub(super) fn newest_of(&self, flow: &Flow) -> Option<u32> {
        let hash = Self::hash_flow(self.seeds, flow);
        self.by_flow
            .find(hash, |i| self.get(*i).is_some_and(|s| s.flow == *flow))
            .copied()
    }

    /// True where a flow has `many` streams or more.
    pub(super) fn are_on_flow(&self, flow: &Flow, many: usize) -> bool {
        let newest = self.newest_of(flow);
        let all = std::iter::successors(newest, |at| self.get(*at)?.next);
        all.take(many).count() >= many
    }

    /// The stream of a source among those of a flow.
    #[inline]
    pub(super) fn with_ssrc(&self, newest: u32, ssrc: Ssrc) -> Option<u32> {
        let mut at = Some(newest);
        while let Some(i) = at {
            let s = self.get(i)?;
            if s.ssrc == ssrc {
                return Some(i);
            }
            at = s.next;
        }
        None
    }

    /// The stream of a flow and source.
    pub(super) fn find(&self, flow: &Flow, ssrc: Ssrc) -> Option<u32> {
        self.with_ssrc(self.newest_of(flow)?, ssrc)
    }

    /// Open streams of a source, on any flow, the newest first.
    pub(super) fn of_ssrc(&self, ssrc: Ssrc) -> impl Iterator<Item = (u32, &Stream)> {
        self.by_ssrc
            .of(self.hasher.hash_one(ssrc), move |i| {
                self.get(i).is_some_and(|s| s.ssrc == ssrc)
            })
            .take(LOOKED_AT)
            .filter_map(|i| Some((i, self.get(i)?)))
    }

    pub(super) fn insert(&mut self, mut stream: Stream) -> u32 {
        let (flow, ssrc) = (stream.flow, stream.ssrc);
        let newest = self.newest_of(&flow);
        stream.next = newest;
        let at = match self.free.pop() {
            Some(at) => at,
            None => {
                self.slots.push(None);
                (self.slots.len() - 1) as u32 // bounded by the limit on streams
            }
        };
        if let Some(place) = self.slots.get_mut(at as usize) {
            *place = Some(Box::new(stream));
        }
        let (slots, hasher, seeds) = (&self.slots, &self.hasher, self.seeds);
        let flow_hash = Self::hash_flow(seeds, &flow);
        match newest {
            Some(old) => {
                if let Some(entry) = self.by_flow.find_mut(flow_hash, |i| *i == old) {
                    *entry = at;
                }
            }
            None => {
                self.by_flow.insert_unique(flow_hash, at, |i| {
                    slot(slots, *i).map_or(0, |s| Self::hash_flow(seeds, &s.flow))
                });
            }
        }
        self.by_ssrc.insert(
            at,
            hasher.hash_one(ssrc),
            |i| slot(slots, i).is_some_and(|s| s.ssrc == ssrc),
            |i| slot(slots, i).map_or(0, |s| hasher.hash_one(s.ssrc)),
        );
        for (bit, end) in [(0, flow.dst), (1, flow.src)] {
            self.by_end.insert(
                at << 1 | bit,
                hasher.hash_one(end),
                |i| end_of(slots, i) == Some(end),
                |i| end_of(slots, i).map_or(0, |e| hasher.hash_one(e)),
            );
        }
        at
    }

    pub(super) fn remove(&mut self, at: u32) -> Option<Box<Stream>> {
        self.unlist(at);
        let flow = self.get(at)?.flow;
        let newest = self.newest_of(&flow)?;
        let stream = self.slots.get_mut(at as usize)?.take()?;
        let hash = Self::hash_flow(self.seeds, &flow);
        if newest != at {
            let mut i = Some(newest);
            while let Some(s) = i.and_then(|i| self.get_mut(i)) {
                if s.next == Some(at) {
                    s.next = stream.next;
                    break;
                }
                i = s.next;
            }
        } else if let Ok(mut entry) = self.by_flow.find_entry(hash, |i| *i == at) {
            match stream.next {
                Some(next) => *entry.get_mut() = next,
                None => {
                    entry.remove();
                }
            }
        }
        let hash = self.hasher.hash_one(stream.ssrc);
        self.by_ssrc.remove(at, hash);
        for (bit, end) in [(0, flow.dst), (1, flow.src)] {
            let hash = self.hasher.hash_one(end);
            self.by_end.remove(at << 1 | bit, hash);
        }
        self.free.push(at);
        Some(stream)
    }

    /// Lists a stream for later announcements.
    pub(super) fn list(&mut self, at: u32) {
        let Some(s) = self.get_mut(at).filter(|s| !s.listed) else {
            return;
        };
        s.listed = true;
        let flow = s.flow;
        let (slots, hasher) = (&self.slots, &self.hasher);
        let port_of = |i| slot(slots, i).map(|s| s.flow.dst.port);
        self.by_port.insert(
            at,
            hasher.hash_one(flow.dst.port),
            |i| port_of(i) == Some(flow.dst.port),
            |i| port_of(i).map_or(0, |port| hasher.hash_one(port)),
        );
    }

    /// Takes a stream off the lists: it is bound for good.
    pub(super) fn unlist(&mut self, at: u32) {
        let Some(s) = self.get_mut(at).filter(|s| s.listed) else {
            return;
        };
        s.listed = false;
        let flow = s.flow;
        let hash = self.hasher.hash_one(flow.dst.port);
        self.by_port.remove(at, hash);
    }

    /// Streams to or from this end, the newest first.
    pub(super) fn at_end(&self, end: Endpoint) -> impl Iterator<Item = u32> + '_ {
        self.by_end
            .of(self.hasher.hash_one(end), move |i| {
                end_of(&self.slots, i) == Some(end)
            })
            .take(LOOKED_AT)
            .map(|i| i >> 1)
    }

    /// Listed streams with this end or, as a NAT may have changed the address, this destination port.
    pub(super) fn listed_at(&self, end: Endpoint) -> Vec<u32> {
        if self.listed() == 0 {
            return Vec::new();
        }
        let ends = self
            .at_end(end)
            .filter(|i| self.get(*i).is_some_and(|s| s.listed));
        let ports = self.by_port.of(self.hasher.hash_one(end.port), |i| {
            slot(&self.slots, i).is_some_and(|s| s.flow.dst.port == end.port)
        });
        let mut found: Vec<u32> = ends.chain(ports.take(LOOKED_AT)).collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// How many are listed.
    pub(super) fn listed(&self) -> usize {
        self.by_port.len()
    }

    /// True where the slot holds this very stream.
    pub(super) fn holds(&self, at: u32, handle: StreamHandle) -> bool {
        self.get(at).is_some_and(|s| s.handle == handle)
    }
}

impl OnFlow for Stream {
    fn flow(&self) -> &Flow {
        &self.flow
    }
}
