//! Which call a flow belongs to, by what SDP announced (the rules in order of trust).
//!
//! Both ends announced by the two parties of one call; the destination announced; the source
//! announced; the announced port at a host of the signalling (a NAT changed the address); an announced
//! SSRC. Rules that look at other streams are the tracker's.

use super::announcement::{Announcement, MediaKind, Party};
use super::limits::{Limits, LimitsReached};
use super::record::BindMethod;
use crate::rtp::FormatMap;
use crate::types::{CallNo, CaptureTime, Delta, Endpoint, Flow, FrameRef, HostAddr, Ssrc};
use foldhash::fast::RandomState;
use hashbrown::HashMap;
use std::collections::VecDeque;
use std::sync::Arc;

/// Descriptions of one endpoint, port or source that are looked through, and that are listed.
const LOOKED_THROUGH: usize = 256;
const LISTED: usize = 1024;
/// Descriptions, and hosts, of one call: the youngest; a call that moves on leaves the old ones behind.
const OF_ONE_CALL: usize = 64;
/// Media may begin this long before its answer was seen, and end this long after the BYE.
const BEFORE_ANSWER: Delta = Delta::from_secs(2);
const AFTER_END: Delta = Delta::from_secs(5);

/// How a stream is bound.
#[derive(Clone, Debug, PartialEq)]
pub struct Binding {
    /// The call.
    pub call: CallNo,
    /// Who sends.
    pub from: Option<Party>,
    /// Kind of media.
    pub kind: Option<MediaKind>,
    /// Hop.
    pub leg: u32,
    /// Index of the `m=` line.
    pub media_index: u16,
    /// The rule.
    pub method: BindMethod,
    /// Frame of the description.
    pub setup_frame: Option<FrameRef>,
    /// SRTP.
    pub encrypted: bool,
    /// Payload types as the receiver declared them.
    pub receiver: Option<Arc<FormatMap>>,
    /// Payload types as the sender declared them.
    pub sender: Option<Arc<FormatMap>>,
}

/// One description, with when it was last said.
#[derive(Debug)]
struct Known {
    a: Announcement,
    order: u64,
}

#[derive(Debug)]
struct CallEntry {
    descriptions: Vec<u32>,
    hosts: Vec<(HostAddr, Option<Party>)>,
    answered: Option<CaptureTime>,
    ended: Option<CaptureTime>,
    heard: u8,
}

/// Every description of every call that is open or ended a moment ago.
#[derive(Debug)]
pub struct Directory {
    limits: Limits,
    known: Vec<Option<Known>>,
    free: Vec<u32>,
    calls: HashMap<CallNo, CallEntry, RandomState>,
    media: HashMap<Endpoint, Vec<u32>, RandomState>,
    rtcp: HashMap<Endpoint, Vec<u32>, RandomState>,
    ports: HashMap<u16, Vec<u32>, RandomState>,
    sources: HashMap<Ssrc, Vec<u32>, RandomState>,
    hosts: HashMap<HostAddr, Vec<CallNo>, RandomState>,
    leaving: VecDeque<(CaptureTime, CallNo)>,
    order: u64,
}

/// What an announcement changed.
#[derive(Debug, Default)]
pub struct Announced {
    /// Endpoints media may now come to: flows there are to be looked at again.
    pub endpoints: Vec<Endpoint>,
    /// The payload types of a known description changed.
    pub formats_changed: bool,
}

impl Directory {
    /// An empty directory.
    pub fn new(hasher: RandomState, limits: Limits) -> Self {
        Directory {
            limits,
            known: Vec::new(),
            free: Vec::new(),
            calls: HashMap::with_hasher(hasher.clone()),
            media: HashMap::with_hasher(hasher.clone()),
            rtcp: HashMap::with_hasher(hasher.clone()),
            ports: HashMap::with_hasher(hasher.clone()),
            sources: HashMap::with_hasher(hasher.clone()),
            hosts: HashMap::with_hasher(hasher),
            leaving: VecDeque::new(),
            order: 0,
        }
    }

    /// Takes a description. The same one said again (a re-INVITE, another hop's copy) is renewed.
    pub fn announce(&mut self, mut a: Announcement, reached: &mut LimitsReached) -> Announced {
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
        if let Some(k) = again.and_then(|i| self.known.get_mut(i as usize)?.as_mut()) {
            let formats_changed = k.a.formats != a.formats;
            k.order = order;
            k.a.formats = a.formats;
            k.a.direction = a.direction;
            k.a.ptime_ms = a.ptime_ms;
            k.a.encrypted = a.encrypted;
            return Announced {
                endpoints: vec![a.endpoint],
                formats_changed,
            };
        }
        if self.known.len() - self.free.len() >= self.limits.announcements {
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
            reached.announcements_refused += 1;
            self.forget_description(oldest);
            if let Some(entry) = self.calls.get_mut(&a.call) {
                entry.descriptions.retain(|i| *i != oldest);
            }
        }
        self.insert(a, order, reached)
    }

    fn insert(&mut self, a: Announcement, order: u64, reached: &mut LimitsReached) -> Announced {
        let at = match self.free.pop() {
            Some(at) => at,
            None => {
                self.known.push(None);
                // Bounded by `limits.announcements`, far below 2^32.
                (self.known.len() - 1) as u32
            }
        };
        let mut endpoints = vec![a.endpoint];
        endpoints.extend(&a.candidates);
        // A description without an address (hold by 0.0.0.0) still has a port.
        endpoints.retain(|e| !e.addr.is_unspecified());
        for e in &endpoints {
            let full = list(&mut self.media, *e, at);
            reached.announcements_refused += u64::from(full);
        }
        if let Some(e) = a.rtcp_endpoint() {
            list(&mut self.rtcp, e, at);
        }
        list(&mut self.ports, a.endpoint.port, at);
        for ssrc in &a.ssrcs {
            list(&mut self.sources, *ssrc, at);
        }
        self.enter_call(&a, at);
        if let Some(place) = self.known.get_mut(at as usize) {
            *place = Some(Known { a, order });
        }
        Announced {
            endpoints,
            formats_changed: false,
        }
    }

    fn enter_call(&mut self, a: &Announcement, at: u32) {
        let entry = self.calls.entry(a.call).or_insert_with(|| CallEntry {
            descriptions: Vec::new(),
            hosts: Vec::new(),
            answered: None,
            ended: None,
            heard: 0,
        });
        entry.descriptions.push(at);
        if a.party == Party::Callee {
            entry.answered.get_or_insert(a.time);
        }
        let [h0, h1] = a.signalling_hosts;
        for host in [(a.endpoint.addr, Some(a.party)), (h0, None), (h1, None)] {
            let listed = entry.hosts.iter().any(|h| h.0 == host.0);
            if entry.hosts.contains(&host) || entry.hosts.len() >= OF_ONE_CALL {
                continue;
            }
            entry.hosts.push(host);
            if !listed {
                list(&mut self.hosts, host.0, a.call);
            }
        }
    }

    /// The call is over; its endpoints stay known for a moment.
    pub fn end_call(&mut self, call: CallNo, time: CaptureTime) {
        if let Some(entry) = self.calls.get_mut(&call) {
            entry.ended = Some(time);
            self.leaving
                .push_back((time + self.limits.endpoint_linger, call));
        }
    }

    /// Forgets calls whose moment is over.
    pub fn handle_time(&mut self, now: CaptureTime) {
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
    pub fn next_to_leave(&self, now: CaptureTime) -> bool {
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
        let taken = self.known.get_mut(at as usize).and_then(Option::take);
        let Some(Known { a, .. }) = taken else {
            return;
        };
        self.free.push(at);
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
    }

    /// True where media or RTCP was announced to come to `e`.
    pub fn is_announced(&self, e: &Endpoint) -> bool {
        self.media.contains_key(e) || self.rtcp.contains_key(e)
    }

    /// The media endpoints whose RTCP was announced to come to `e`.
    pub fn media_of_rtcp(&self, e: &Endpoint) -> impl Iterator<Item = Endpoint> + '_ {
        self.at(&self.rtcp, e)
            .iter()
            .filter_map(|i| self.get(*i))
            .map(|k| k.a.endpoint)
    }

    /// When the call ended; `None` while it is open or after it was forgotten.
    pub fn ended(&self, call: CallNo) -> Option<CaptureTime> {
        self.calls.get(&call)?.ended
    }

    /// True while the call is open.
    pub fn is_open(&self, call: CallNo) -> bool {
        self.calls.get(&call).is_some_and(|c| c.ended.is_none())
    }

    /// Notes that a party was heard; true the first time, per kind of media.
    pub fn note_heard(&mut self, call: CallNo, from: Party, kind: MediaKind) -> bool {
        let Some(entry) = self.calls.get_mut(&call) else {
            return false;
        };
        let kind = match kind {
            MediaKind::Audio => 0,
            MediaKind::Video => 1,
            MediaKind::Text => 2,
            _ => 3,
        };
        let bit = 1u8 << (kind * 2 + u8::from(from == Party::Callee));
        let first = entry.heard & bit == 0;
        entry.heard |= bit;
        first
    }

    /// True where RTP of this party came.
    pub fn was_heard(&self, call: CallNo, from: Party) -> bool {
        let mask = if from == Party::Caller { 0x55 } else { 0xaa };
        self.calls.get(&call).is_some_and(|c| c.heard & mask != 0)
    }

    /// Binds a flow by what was announced, best rule first.
    pub fn resolve(&self, flow: &Flow, ssrc: Ssrc) -> Option<Binding> {
        let to = self.at(&self.media, &flow.dst);
        let of = self.at(&self.media, &flow.src);
        self.by_both_ends(flow, to, of)
            .or_else(|| self.by_one_end(flow, ssrc, to, of))
            .or_else(|| self.by_nat_port(flow))
            .or_else(|| self.by_source(ssrc))
    }

    fn by_both_ends(&self, flow: &Flow, to: &[u32], of: &[u32]) -> Option<Binding> {
        let mut best: Option<(Score, u32, u32)> = None;
        // From the end that fewer calls announce to the other by way of its call: all pairs of two
        // ends that thousands announce would be millions.
        let receivers_first = to.len() <= of.len();
        let (from, other_end) = if receivers_first {
            (to, flow.src)
        } else {
            (of, flow.dst)
        };
        for (i, one) in self.newest(from) {
            let of_call = self.calls.get(&one.a.call).map(|c| &c.descriptions);
            for j in of_call.into_iter().flatten().copied() {
                let Some(other) = self.get(j) else { continue };
                if one.a.party == other.a.party || !other.a.receives_at(&other_end) {
                    continue;
                }
                let score = Score {
                    open: self.is_open(one.a.call),
                    // The receiver's description decides.
                    scope: if receivers_first { one } else { other }.a.scope == flow.scope,
                    agreement: u8::from(one.a.leg == other.a.leg)
                        + u8::from(one.a.media_index == other.a.media_index),
                    order: one.order.min(other.order),
                };
                if best.is_none_or(|(b, ..)| score > b) {
                    let (t, o) = if receivers_first { (i, j) } else { (j, i) };
                    best = Some((score, t, o));
                }
            }
        }
        let (_, t, o) = best?;
        let (receiver, sender) = (self.get(t)?, self.get(o)?);
        Some(bind_receiver(
            BindMethod::BothEnds,
            &receiver.a,
            Some(&sender.a),
        ))
    }

    /// Where many calls announce the destination (one port for all of them) and the source belongs to
    /// one call only, the source tells more.
    fn by_one_end(&self, flow: &Flow, ssrc: Ssrc, to: &[u32], of: &[u32]) -> Option<Binding> {
        let best = |list: &[u32], other: HostAddr| {
            self.newest(list)
                .max_by_key(|(_, k)| Score {
                    open: self.is_open(k.a.call),
                    scope: k.a.scope == flow.scope,
                    agreement: self.agreement(&k.a, other, ssrc),
                    order: k.order,
                })
                .map(|(i, _)| i)
        };
        let receiver = best(to, flow.src.addr);
        let sender = best(of, flow.dst.addr);
        if let Some(sender) = sender {
            let unsure =
                receiver.is_none() || (self.open_calls(to) > 1 && self.open_calls(of) == 1);
            if unsure {
                let sender = &self.get(sender)?.a;
                let receiver = self.counterpart(sender);
                return Some(bind_sender(BindMethod::Source, sender, receiver));
            }
        }
        let receiver = &self.get(receiver?)?.a;
        let sender = self.counterpart(receiver);
        Some(bind_receiver(BindMethod::Destination, receiver, sender))
    }

    /// How well a description fits the other end of the flow.
    fn agreement(&self, a: &Announcement, other: HostAddr, ssrc: Ssrc) -> u8 {
        let of_call = self.calls.get(&a.call).map_or(0, |c| {
            let party =
                |h: &(HostAddr, Option<Party>)| h.0 == other && h.1 == Some(a.party.other());
            if c.hosts.iter().any(party) {
                2
            } else {
                u8::from(c.hosts.iter().any(|h| h.0 == other))
            }
        });
        let named = self.at(&self.sources, &ssrc).iter().any(|i| {
            self.get(*i)
                .is_some_and(|k| k.a.call == a.call && k.a.party != a.party)
        });
        of_call + 4 * u8::from(named)
    }

    fn by_nat_port(&self, flow: &Flow) -> Option<Binding> {
        let at = |port: u16, host: HostAddr, other: HostAddr| {
            self.newest(self.at(&self.ports, &port))
                .filter(|(_, k)| {
                    k.a.endpoint.addr != host
                        && (k.a.signalling_hosts.contains(&host)
                            || k.a.signalling_hosts.contains(&other))
                })
                .max_by_key(|(_, k)| Score {
                    open: self.is_open(k.a.call),
                    scope: k.a.scope == flow.scope,
                    agreement: u8::from(k.a.signalling_hosts.contains(&host)),
                    order: k.order,
                })
                .map(|(_, k)| &k.a)
        };
        if let Some(receiver) = at(flow.dst.port, flow.dst.addr, flow.src.addr) {
            let sender = self.counterpart(receiver);
            return Some(bind_receiver(BindMethod::NatPort, receiver, sender));
        }
        // The other way round only where the sending host itself signals.
        let sender = at(flow.src.port, flow.src.addr, flow.dst.addr)
            .filter(|a| a.signalling_hosts.contains(&flow.src.addr))?;
        Some(bind_sender(
            BindMethod::NatPort,
            sender,
            self.counterpart(sender),
        ))
    }

    fn by_source(&self, ssrc: Ssrc) -> Option<Binding> {
        let list = self.at(&self.sources, &ssrc);
        let (_, k) = self.newest(list).max_by_key(|(_, k)| k.order)?;
        let one_call = self.newest(list).all(|(_, o)| o.a.call == k.a.call);
        one_call.then(|| bind_sender(BindMethod::Ssrc, &k.a, self.counterpart(&k.a)))
    }

    /// The one open call that has a host of this flow and was answered when the stream began.
    pub fn by_timing(&self, flow: &Flow, began: CaptureTime) -> Option<Binding> {
        let mut only: Option<CallNo> = None;
        for host in [flow.src.addr, flow.dst.addr] {
            let calls = self.hosts.get(&host).map_or(&[][..], Vec::as_slice);
            // Among so many calls none is the only one.
            if calls.len() >= LISTED {
                return None;
            }
            for call in calls {
                let fits = self.calls.get(call).is_some_and(|c| {
                    c.answered.is_some_and(|t| began >= t - BEFORE_ANSWER)
                        && c.ended.is_none_or(|t| began <= t + AFTER_END)
                });
                if fits && only.is_some_and(|o| o != *call) {
                    return None;
                }
                if fits {
                    only = Some(*call);
                }
            }
        }
        let call = only?;
        let entry = self.calls.get(&call)?;
        let is = |host: HostAddr, party| entry.hosts.contains(&(host, Some(party)));
        let from = match (
            is(flow.src.addr, Party::Caller) || is(flow.dst.addr, Party::Callee),
            is(flow.src.addr, Party::Callee) || is(flow.dst.addr, Party::Caller),
        ) {
            (true, false) => Some(Party::Caller),
            (false, true) => Some(Party::Callee),
            _ => None,
        };
        let described = |party: Party| {
            entry
                .descriptions
                .iter()
                .filter_map(|i| self.get(*i))
                .find(|k| k.a.party == party)
                .map(|k| &k.a)
        };
        let party = from.unwrap_or(Party::Caller);
        let (sender, receiver) = (described(party), described(party.other()));
        Some(Binding {
            from,
            kind: None,
            setup_frame: None,
            sender: sender.map(|a| a.formats.clone()),
            receiver: receiver.map(|a| a.formats.clone()),
            ..bind(BindMethod::Timing, sender.or(receiver)?)
        })
    }

    /// What the other party said about the same media, on the same hop if it did.
    fn counterpart(&self, a: &Announcement) -> Option<&Announcement> {
        let entry = self.calls.get(&a.call)?;
        entry
            .descriptions
            .iter()
            .filter_map(|i| self.get(*i))
            .filter(|k| k.a.party != a.party && k.a.media_index == a.media_index)
            .max_by_key(|k| (k.a.leg == a.leg, k.order))
            .map(|k| &k.a)
    }

    fn open_calls(&self, list: &[u32]) -> usize {
        let mut calls: Vec<CallNo> = self
            .newest(list)
            .map(|(_, k)| k.a.call)
            .filter(|c| self.is_open(*c))
            .collect();
        calls.sort_unstable();
        calls.dedup();
        calls.len()
    }

    /// The youngest entries of a list, as many as are looked through.
    fn newest<'a>(&'a self, list: &'a [u32]) -> impl Iterator<Item = (u32, &'a Known)> {
        // A relay may announce one port for thousands of calls; it is the youngest that talk.
        let from = list.len().saturating_sub(LOOKED_THROUGH);
        list.get(from..)
            .unwrap_or_default()
            .iter()
            .filter_map(|i| Some((*i, self.get(*i)?)))
    }

    fn get(&self, at: u32) -> Option<&Known> {
        self.known.get(at as usize)?.as_ref()
    }

    fn at<'a, K: std::hash::Hash + Eq>(
        &self,
        map: &'a HashMap<K, Vec<u32>, RandomState>,
        key: &K,
    ) -> &'a [u32] {
        map.get(key).map_or(&[], Vec::as_slice)
    }
}

/// What decides between several descriptions, most important first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Score {
    open: bool,
    scope: bool,
    agreement: u8,
    order: u64,
}

/// A binding by a rule that matched the receiver's description.
fn bind_receiver(
    method: BindMethod,
    receiver: &Announcement,
    sender: Option<&Announcement>,
) -> Binding {
    Binding {
        from: Some(receiver.party.other()),
        receiver: Some(receiver.formats.clone()),
        sender: sender.map(|a| a.formats.clone()),
        ..bind(method, receiver)
    }
}

/// A binding by a rule that matched the sender's description.
fn bind_sender(
    method: BindMethod,
    sender: &Announcement,
    receiver: Option<&Announcement>,
) -> Binding {
    Binding {
        from: Some(sender.party),
        receiver: receiver.map(|a| a.formats.clone()),
        sender: Some(sender.formats.clone()),
        ..bind(method, sender)
    }
}

fn bind(method: BindMethod, matched: &Announcement) -> Binding {
    Binding {
        call: matched.call,
        from: None,
        kind: Some(matched.kind),
        leg: matched.leg,
        media_index: matched.media_index,
        method,
        setup_frame: Some(matched.frame),
        encrypted: matched.encrypted,
        receiver: None,
        sender: None,
    }
}

/// Adds to a list; the oldest leaves one that is full. True where it did.
fn list<K, V>(map: &mut HashMap<K, Vec<V>, RandomState>, key: K, value: V) -> bool
where
    K: std::hash::Hash + Eq,
{
    let list = map.entry(key).or_default();
    let full = list.len() >= LISTED;
    if full {
        list.remove(0);
    }
    list.push(value);
    full
}

fn drop_from<K, V>(map: &mut HashMap<K, Vec<V>, RandomState>, key: &K, value: V)
where
    K: std::hash::Hash + Eq,
    V: PartialEq,
{
    if let Some(list) = map.get_mut(key) {
        // Calls end about in the order they began, so it stands near the front.
        if let Some(i) = list.iter().position(|v| *v == value) {
            list.remove(i);
        }
        if list.is_empty() {
            map.remove(key);
        }
    }
}

impl Announcement {
    fn is_same_description(&self, other: &Announcement) -> bool {
        self.call == other.call
            && self.party == other.party
            && self.leg == other.leg
            && self.media_index == other.media_index
            && self.kind == other.kind
            && self.endpoint == other.endpoint
            && self.scope == other.scope
            && self.candidates.len() >= other.candidates.len()
    }

    /// True where media for this party may come to `e`.
    fn receives_at(&self, e: &Endpoint) -> bool {
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
