//! Every description of every call that is open, or ended a moment ago, and how to find it.
//!
//! Invariant: what a call announced leaves every index when the call is forgotten. Endpoints are found
//! by address alone, not by VLAN or tunnel: signalling and media may run in different ones.

use super::announcement::Announcement;
use super::limits::{Limits, LimitsReached};
use crate::types::{
    CallNo, CaptureTime, Carried, Endpoint, Few, Flow, HostAddr, Party, Slab, Ssrc,
};
use foldhash::fast::RandomState;
use hashbrown::HashMap;
use std::collections::VecDeque;

/// Descriptions of one endpoint, port or source that are looked through, and that are listed.
const LOOKED_THROUGH: usize = 256;
pub(super) const LISTED: usize = 1024;
/// Descriptions, and hosts, of one call: the youngest; a call that moves on leaves the old ones behind.
const OF_ONE_CALL: usize = 64;

/// Streams noted of one call.
const STREAMS_OF_ONE_CALL: usize = 32;

/// One description, with when it was last said.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) a: Announcement,
    pub(super) order: u64,
}

#[derive(Debug)]
pub(super) struct CallEntry {
    pub(super) descriptions: Vec<u32>,
    pub(super) hosts: Vec<(HostAddr, Option<Party>)>,
    pub(super) answered: Option<CaptureTime>,
    /// When its first description came.
    began: CaptureTime,
    /// When both parties had described themselves.
    complete: Option<CaptureTime>,
    pub(super) ended: Option<CaptureTime>,
    /// Streams that were bound to it, the first [`STREAMS_OF_ONE_CALL`]; some may have gone since.
    streams: Vec<u32>,
}

impl CallEntry {
    fn new(began: CaptureTime) -> CallEntry {
        CallEntry {
            descriptions: Vec::new(),
            hosts: Vec::new(),
            answered: None,
            began,
            complete: None,
            ended: None,
            streams: Vec::new(),
        }
    }

    fn list_hosts<const N: usize>(
        &mut self,
        hosts: [(HostAddr, Option<Party>); N],
        call: CallNo,
        index: &mut HashMap<HostAddr, Few<CallNo, 1>, RandomState>,
    ) {
        for host in hosts {
            let listed = self.hosts.iter().any(|h| h.0 == host.0);
            if self.hosts.contains(&host) || self.hosts.len() >= OF_ONE_CALL {
                continue;
            }
            self.hosts.push(host);
            if !listed {
                list(index, host.0, call);
            }
        }
    }

    /// The party whose signalling comes from that host, where it is one only.
    pub(super) fn party_at(&self, host: HostAddr) -> Option<Party> {
        let mut parties = self
            .hosts
            .iter()
            .filter(|h| h.0 == host)
            .filter_map(|h| h.1);
        let first = parties.next()?;
        parties.all(|p| p == first).then_some(first)
    }

    fn has_host(&self, host: HostAddr) -> bool {
        self.hosts.iter().any(|h| h.0 == host)
    }

    /// True where both ends of the flow signal.
    pub(super) fn has_both(&self, flow: &Flow) -> bool {
        self.has_host(flow.src.addr) && self.has_host(flow.dst.addr)
    }
}

/// Every description of every call that is open or ended a moment ago.
#[derive(Debug)]
pub(crate) struct Directory {
    limits: Limits,
    known: Slab<Known>,
    pub(super) calls: HashMap<CallNo, CallEntry, RandomState>,
    pub(super) media: HashMap<Endpoint, Few<u32, 1>, RandomState>,
    rtcp: HashMap<Endpoint, Few<u32, 1>, RandomState>,
    pub(super) ports: HashMap<u16, Few<u32, 3>, RandomState>,
    pub(super) sources: HashMap<Ssrc, Few<u32, 1>, RandomState>,
    pub(super) ufrags: HashMap<Box<str>, Few<u32, 1>, RandomState>,
    pub(super) hosts: HashMap<HostAddr, Few<CallNo, 1>, RandomState>,
    leaving: VecDeque<(CaptureTime, CallNo)>,
    order: u64,
    /// Descriptions of T.38, MSRP and other things that are no RTP in datagrams.
    others: usize,
}

/// What an announcement changed.
#[derive(Debug, Default)]
pub(crate) struct Announced {
    /// Endpoints media may now come to: flows there are to be looked at again.
    pub(super) endpoints: Few<Endpoint, 1>,
    /// The payload types of a known description changed.
    pub formats_changed: bool,
}

impl Directory {
    /// An empty directory.
    pub(crate) fn new(hasher: RandomState, limits: Limits) -> Self {
        Directory {
            limits,
            known: Slab::default(),
            calls: HashMap::with_hasher(hasher.clone()),
            media: HashMap::with_hasher(hasher.clone()),
            rtcp: HashMap::with_hasher(hasher.clone()),
            ports: HashMap::with_hasher(hasher.clone()),
            sources: HashMap::with_hasher(hasher.clone()),
            ufrags: HashMap::with_hasher(hasher.clone()),
            hosts: HashMap::with_hasher(hasher),
            leaving: VecDeque::new(),
            order: 0,
            others: 0,
        }
    }

    /// Takes a description. The same one said again (a re-INVITE, another hop's copy) is renewed.
    pub(crate) fn announce(
        &mut self,
        mut a: Announcement,
        reached: &mut LimitsReached,
    ) -> Announced {
        self.order += 1;
        let order = self.order;
        if a.endpoint.port == 0 {
            return Announced::default();
        }
        if let Some(entry) = self.calls.get_mut(&a.call) {
            entry.ended = None;
        }
        // By way of the call: thousands of calls may announce one endpoint.
        let of_call = self.calls.get(&a.call).map(|c| c.descriptions.as_slice());
        let again = of_call
            .unwrap_or_default()
            .iter()
            .rev()
            .copied()
            .find(|i| self.get(*i).is_some_and(|k| k.a.is_same_description(&a)));
        if let Some(k) = again.and_then(|i| self.known.get_mut(i)) {
            let formats_changed = k.a.formats != a.formats;
            k.order = order;
            k.a.formats = a.formats;
            k.a.direction = a.direction;
            k.a.ptime_ms = a.ptime_ms;
            k.a.encrypted = a.encrypted;
            return Announced {
                endpoints: Few::one(a.endpoint),
                formats_changed,
            };
        }
        if self.known.len() >= self.limits.announcements {
            reached.announcements_refused += 1;
            return Announced::default();
        }
        let room = self.limits.endpoints_per_announcement.saturating_sub(1);
        reached.endpoints_refused += a.candidates.len().saturating_sub(room) as u64;
        a.candidates.truncate(room);
        a.candidates.retain(|c| c.port != 0 && *c != a.endpoint);
        a.candidates.sort_unstable();
        a.candidates.dedup();
        a.ssrcs.sort_unstable();
        a.ssrcs.dedup();
        let most = self.limits.sources_per_announcement;
        reached.sources_refused += a.ssrcs.len().saturating_sub(most) as u64;
        a.ssrcs.truncate(most);
        let oldest = self.calls.get(&a.call).and_then(|c| {
            (c.descriptions.len() >= OF_ONE_CALL).then(|| c.descriptions.first().copied())?
        });
        if let Some(oldest) = oldest {
            reached.of_call_displaced += 1;
            self.forget_description(oldest);
            if let Some(entry) = self.calls.get_mut(&a.call) {
                entry.descriptions.retain(|i| *i != oldest);
            }
        }
        self.insert(a, order, reached)
    }

    fn insert(&mut self, a: Announcement, order: u64, reached: &mut LimitsReached) -> Announced {
        let at = self.known.next();
        let endpoints: Few<Endpoint, 1> = std::iter::once(a.endpoint)
            .chain(a.candidates.iter().copied())
            // A description without an address (hold by 0.0.0.0) still has a port.
            .filter(|e| !e.addr.is_unspecified())
            .collect();
        for e in endpoints.as_slice() {
            let full = list(&mut self.media, *e, at);
            reached.of_endpoint_displaced += u64::from(full);
        }
        if let Some(e) = a.rtcp_endpoint() {
            list(&mut self.rtcp, e, at);
        }
        list(&mut self.ports, a.endpoint.port, at);
        for ssrc in &a.ssrcs {
            list(&mut self.sources, *ssrc, at);
        }
        if let Some(ufrag) = &a.ufrag {
            list(&mut self.ufrags, ufrag.clone(), at);
        }
        self.others += usize::from(a.carried != Carried::Rtp);
        self.enter_call(&a, at);
        self.known.insert(Known { a, order });
        Announced {
            endpoints,
            formats_changed: false,
        }
    }

    fn enter_call(&mut self, a: &Announcement, at: u32) {
        let entry = self
            .calls
            .entry(a.call)
            .or_insert_with(|| CallEntry::new(a.time));
        if entry.complete.is_none() {
            let known = &self.known;
            let mut others = entry.descriptions.iter().filter_map(|i| known.get(*i));
            let both = others.any(|k| k.a.party != a.party);
            entry.complete = both.then_some(a.time);
        }
        entry.descriptions.push(at);
        if a.party == Party::Callee {
            entry.answered.get_or_insert(a.time);
        }
        let [h0, h1] = a.signalling_hosts;
        let hosts = [(a.endpoint.addr, Some(a.party)), (h0, None), (h1, None)];
        entry.list_hosts(hosts, a.call, &mut self.hosts);
    }

    /// A call that announced nothing, and who signals from the sending host of `flow`.
    #[cold]
    pub(crate) fn note_party(
        &mut self,
        call: CallNo,
        party: Party,
        flow: Flow,
        since: CaptureTime,
    ) {
        if self.calls.len() >= self.limits.announcements && !self.calls.contains_key(&call) {
            return;
        }
        let entry = self
            .calls
            .entry(call)
            .or_insert_with(|| CallEntry::new(since));
        entry.answered.get_or_insert(since);
        entry.list_hosts(
            [(flow.src.addr, Some(party)), (flow.dst.addr, None)],
            call,
            &mut self.hosts,
        );
    }

    /// The call is over; its endpoints stay known for a moment.
    pub(crate) fn end_call(&mut self, call: CallNo, time: CaptureTime) {
        if let Some(entry) = self.calls.get_mut(&call) {
            entry.ended = Some(time);
            self.leaving
                .push_back((time + self.limits.endpoint_linger, call));
        }
    }

    /// Forgets calls whose moment is over.
    pub(crate) fn handle_time(&mut self, now: CaptureTime) {
        while let Some(&(when, call)) = self.leaving.front() {
            if when > now {
                break;
            }
            self.leaving.pop_front();
            // Announced again in between, or ended again later: another entry is waiting.
            let over = self
                .calls
                .get(&call)
                .and_then(|c| c.ended)
                .is_some_and(|ended| ended + self.limits.endpoint_linger <= now);
            if over {
                self.forget(call);
            }
        }
    }

    /// The next call to be forgotten by `now`, before it is.
    pub(crate) fn next_to_leave(&self, now: CaptureTime) -> bool {
        self.leaving.front().is_some_and(|(when, _)| *when <= now)
    }

    fn forget(&mut self, call: CallNo) {
        let Some(entry) = self.calls.remove(&call) else {
            return;
        };
        for at in entry.descriptions {
            self.forget_description(at);
        }
        for (host, _) in entry.hosts {
            drop_from(&mut self.hosts, &host, call);
        }
    }

    /// Takes a description off every list but its call's.
    fn forget_description(&mut self, at: u32) {
        let Some(Known { a, .. }) = self.known.take(at) else {
            return;
        };
        for e in std::iter::once(&a.endpoint).chain(&a.candidates) {
            drop_from(&mut self.media, e, at);
        }
        if let Some(e) = a.rtcp_endpoint() {
            drop_from(&mut self.rtcp, &e, at);
        }
        drop_from(&mut self.ports, &a.endpoint.port, at);
        for ssrc in &a.ssrcs {
            drop_from(&mut self.sources, ssrc, at);
        }
        if let Some(ufrag) = &a.ufrag {
            drop_from(&mut self.ufrags, ufrag, at);
        }
        let other = usize::from(a.carried != Carried::Rtp);
        self.others = self.others.saturating_sub(other);
    }

    /// True where media or RTCP was announced to come to `e`.
    pub(crate) fn is_announced(&self, e: &Endpoint) -> bool {
        self.media.contains_key(e) || self.rtcp.contains_key(e)
    }

    /// Grows with every description: what was not found may be found now.
    pub(super) fn age(&self) -> u64 {
        self.order
    }

    /// True where anything is described that is no RTP in datagrams.
    #[inline]
    pub(super) fn has_others(&self) -> bool {
        self.others > 0
    }

    /// What the newest description of either end, the receiver's first, agrees on.
    pub(super) fn carried_on(&self, flow: &Flow) -> Option<Carried> {
        let at = |end: &Endpoint| {
            let there = self.newest(self.at(&self.media, end));
            there.max_by_key(|(_, k)| k.order).map(|(_, k)| k.a.carried)
        };
        at(&flow.dst).or_else(|| at(&flow.src))
    }

    /// The media endpoints whose RTCP was announced to come to `e`.
    pub(crate) fn media_of_rtcp(&self, e: &Endpoint) -> impl Iterator<Item = Endpoint> + '_ {
        self.at(&self.rtcp, e)
            .iter()
            .filter_map(|i| self.get(*i))
            .map(|k| k.a.endpoint)
    }

    /// Where media of the call may come to.
    pub(super) fn ends_of(&self, call: CallNo) -> impl Iterator<Item = Endpoint> + '_ {
        let of_call = self.calls.get(&call).map(|c| c.descriptions.as_slice());
        let known = of_call.unwrap_or_default().iter();
        known.filter_map(|i| self.get(*i)).map(|k| k.a.endpoint)
    }

    /// When the call ended; `None` while it is open or after it was forgotten.
    pub(crate) fn ended(&self, call: CallNo) -> Option<CaptureTime> {
        self.calls.get(&call)?.ended
    }

    /// When its first description came.
    pub(crate) fn began(&self, call: CallNo) -> Option<CaptureTime> {
        Some(self.calls.get(&call)?.began)
    }

    /// When the call had descriptions of both parties.
    pub(crate) fn complete(&self, call: CallNo) -> Option<CaptureTime> {
        self.calls.get(&call)?.complete
    }

    /// Ends of the call that another call announces as well.
    pub(crate) fn shared_ends(&self, call: CallNo) -> Vec<Endpoint> {
        let of_call = self.calls.get(&call).map(|c| c.descriptions.as_slice());
        let ends = of_call.unwrap_or_default().iter();
        ends.filter_map(|i| self.get(*i))
            .map(|k| k.a.endpoint)
            .filter(|end| {
                let there = self.newest(self.at(&self.media, end));
                there.into_iter().any(|(_, k)| k.a.call != call)
            })
            .collect()
    }

    /// A stream was bound to the call.
    pub(super) fn note_stream(&mut self, call: CallNo, at: u32) {
        if let Some(entry) = self.calls.get_mut(&call)
            && entry.streams.len() < STREAMS_OF_ONE_CALL
            && !entry.streams.contains(&at)
        {
            entry.streams.push(at);
        }
    }

    /// The streams that were bound to the call, of which some may have gone; `None` where there were too many to note.
    /// Thousands of calls may share an end, so this way to its streams is shorter.
    pub(super) fn streams_of(&self, call: CallNo) -> Option<&[u32]> {
        let streams = self.calls.get(&call).map(|c| c.streams.as_slice());
        Some(streams.unwrap_or_default()).filter(|s| s.len() < STREAMS_OF_ONE_CALL)
    }

    /// True while the call is open.
    pub(crate) fn is_open(&self, call: CallNo) -> bool {
        self.calls.get(&call).is_some_and(|c| c.ended.is_none())
    }

    /// The youngest entries of a list, as many as are looked through.
    pub(super) fn newest<'a>(&'a self, list: &'a [u32]) -> impl Iterator<Item = (u32, &'a Known)> {
        // A relay may announce one port for thousands of calls; it is the youngest that talk.
        let from = list.len().saturating_sub(LOOKED_THROUGH);
        list.get(from..)
            .unwrap_or_default()
            .iter()
            .filter_map(|i| Some((*i, self.get(*i)?)))
    }

    pub(super) fn get(&self, at: u32) -> Option<&Known> {
        self.known.get(at)
    }

    pub(super) fn at<'a, K: std::hash::Hash + Eq, const N: usize>(
        &self,
        map: &'a HashMap<K, Few<u32, N>, RandomState>,
        key: &K,
    ) -> &'a [u32] {
        map.get(key).map_or(&[], Few::as_slice)
    }
}

/// Adds to a list; the oldest leaves one that is full. True where it did.
fn list<K, V, const N: usize>(
    map: &mut HashMap<K, Few<V, N>, RandomState>,
    key: K,
    value: V,
) -> bool
where
    K: std::hash::Hash + Eq,
    V: Copy + PartialEq,
{
    let list = map.entry(key).or_default();
    let oldest = list.as_slice().first().copied();
    let oldest = oldest.filter(|_| list.as_slice().len() >= LISTED);
    if let Some(oldest) = oldest {
        list.remove(oldest);
    }
    list.push(value);
    oldest.is_some()
}

fn drop_from<K, V, const N: usize>(map: &mut HashMap<K, Few<V, N>, RandomState>, key: &K, value: V)
where
    K: std::hash::Hash + Eq,
    V: Copy + PartialEq,
{
    if let Some(list) = map.get_mut(key) {
        // Calls end about in the order they began, so it stands near the front.
        list.remove(value);
        if list.as_slice().is_empty() {
            map.remove(key);
        }
    }
}

impl Announcement {
    fn is_same_description(&self, other: &Announcement) -> bool {
        self.call == other.call
            && self.party == other.party
            && self.hop == other.hop
            && self.media_index == other.media_index
            && self.kind == other.kind
            && self.endpoint == other.endpoint
            && self.carried == other.carried
            && self.ufrag == other.ufrag
            && self.scope == other.scope
            && self.candidates.len() >= other.candidates.len()
    }

    /// True where media for this party may come to `e`.
    pub(super) fn receives_at(&self, e: &Endpoint) -> bool {
        self.endpoint == *e || self.candidates.contains(e)
    }

    /// Where RTCP is to come, when not muxed (RFC 3605, RFC 5761).
    fn rtcp_endpoint(&self) -> Option<Endpoint> {
        if self.rtcp.is_some() {
            return self.rtcp;
        }
        let port = self.endpoint.port.checked_add(1)?;
        (!self.rtcp_mux).then(|| Endpoint::new(self.endpoint.addr, port))
    }
}
