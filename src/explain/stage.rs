//! Where the hosts of a scene stand: one place an address, in the order the call took.

use super::scene::Host;
use crate::report::model::{
    Call, EndpointRef, Leg, Message, MessageKind, OtherMedia, PartyRef, Stream,
};
use crate::types::Party;
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

/// The records of a scene, and the place of each host.
pub(super) struct Stage<'a> {
    pub(super) hosts: Vec<Host>,
    /// The place of each host by its key.
    places: HashMap<String, usize>,
    /// Messages in time order, copies made by the capture left out.
    pub(super) messages: Vec<&'a Message>,
    /// Streams in time order.
    pub(super) streams: Vec<&'a Stream>,
    /// What went beside RTP, of hosts that are to be seen.
    pub(super) beside: Vec<&'a OtherMedia>,
    /// How many copies were left out.
    pub(super) hidden_duplicates: usize,
    /// Addresses that stand for several hosts, told apart by port (a capture on one machine).
    split: HashSet<String>,
    /// Another call has taken the place of this one before it was answered (RFC 3891).
    pub(super) is_taken: bool,
    /// Servers, which tell of the ringing of others.
    pub(super) servers: HashSet<usize>,
    /// REGISTERs that remove bindings, and their answers.
    pub(super) removals: HashSet<u32>,
}

impl<'a> Stage<'a> {
    /// With no hosts yet.
    pub(super) fn of(mut messages: Vec<&'a Message>, mut streams: Vec<&'a Stream>) -> Stage<'a> {
        let before = messages.len();
        messages.retain(|m| m.capture_duplicate_of.is_none());
        let hidden_duplicates = before - messages.len();
        messages.sort_by_key(|m| (m.time, m.id));
        streams.sort_by_key(|s| (s.first_time, s.id));
        let split = messages
            .iter()
            .filter(|m| m.src.address == m.dst.address)
            .map(|m| m.src.address.clone())
            .collect();
        Stage {
            hosts: Vec::new(),
            places: HashMap::new(),
            messages,
            streams,
            beside: Vec::new(),
            hidden_duplicates,
            split,
            is_taken: false,
            servers: HashSet::new(),
            removals: HashSet::new(),
        }
    }

    /// The hosts a call's INVITE went through, caller first.
    pub(super) fn path_of(&self, call: &Call) -> Vec<String> {
        let hops = call.legs.iter().flat_map(|leg| &leg.hops);
        let mut path: Vec<String> = hops.filter_map(|hop| self.key_of_hop(hop)).collect();
        // A capture that begins within the call may begin with a response or with the callee's BYE.
        if let Some(caller) = self.callers_key(call) {
            if path.is_empty() {
                path.push(caller);
            } else if path.last() == Some(&caller) && call.legs.len() < 2 {
                path.reverse();
            }
        }
        path
    }

    /// The places of a leg's hosts in the order of its INVITE.
    pub(super) fn places_of_leg(&self, leg: &Leg) -> Vec<usize> {
        let keys = leg.hops.iter().filter_map(|hop| self.key_of_hop(hop));
        keys.filter_map(|key| self.place_of_key(&key)).collect()
    }

    /// Where the caller is.
    pub(super) fn callers_host(&self, call: &Call) -> Option<usize> {
        self.place_of_key(&self.callers_key(call)?)
    }

    /// The first message that names the caller in From or To tells. The request's sender is the From
    /// side, the response's sender the To side (RFC 3261 §8.1.1, §8.2.6).
    fn callers_key(&self, call: &Call) -> Option<String> {
        let names = |p: &Option<PartyRef>| p.as_ref().is_some_and(|p| p.uri == call.caller.uri);
        self.messages.iter().find_map(|m| {
            let request = m.kind == MessageKind::Request;
            let end = match (names(&m.from), names(&m.to)) {
                (true, _) if request => &m.src,
                (true, _) => &m.dst,
                (false, true) if request => &m.dst,
                (false, true) => &m.src,
                (false, false) => return None,
            };
            Some(self.key(end).into_owned())
        })
    }

    fn key<'e>(&self, endpoint: &'e EndpointRef) -> Cow<'e, str> {
        if self.split.contains(&endpoint.address) {
            endpoint.to_string().into()
        } else {
            endpoint.address.as_str().into()
        }
    }

    fn key_of_hop(&self, hop: &str) -> Option<String> {
        let (address, port) = hop.rsplit_once(':')?;
        let address = address.trim_start_matches('[').trim_end_matches(']');
        let port = port.parse().ok()?;
        let end = EndpointRef {
            address: address.into(),
            port,
        };
        Some(self.key(&end).into_owned())
    }

    /// Places in the order the INVITE took, then of appearance; media hosts last.
    pub(super) fn place_hosts(&mut self, path: Vec<String>) {
        let spoke: Vec<Cow<'_, str>> = self
            .messages
            .iter()
            .flat_map(|m| [self.key(&m.src), self.key(&m.dst)])
            .collect();
        let known: HashSet<&str> = spoke.iter().map(|key| &**key).collect();
        let beside = self.beside.iter().flat_map(|o| [&o.src, &o.dst]);
        let media = self
            .streams
            .iter()
            .flat_map(|s| [&s.src, &s.dst])
            .chain(beside)
            .filter(|e| !self.split.contains(&e.address))
            .map(|e| e.address.as_str());
        let mut hosts: Vec<Host> = Vec::new();
        let mut places: HashMap<String, usize> = HashMap::new();
        let on_path = path.iter().map(String::as_str);
        let on_path = on_path.filter(|key| known.contains(key));
        let spoken = spoke.iter().map(|key| &**key);
        for key in on_path.chain(spoken).chain(media) {
            if !places.contains_key(key) {
                places.insert(key.to_owned(), hosts.len());
                hosts.push(Host::at(key));
            }
        }
        self.hosts = hosts;
        self.places = places;
    }

    fn place_of_key(&self, key: &str) -> Option<usize> {
        self.places.get(key).copied()
    }

    /// The place of an address that took part in the signalling.
    pub(super) fn place(&self, end: &EndpointRef) -> Option<usize> {
        self.place_of_key(&self.key(end))
    }

    /// The places a message goes from and to.
    pub(super) fn way_of(&self, m: &Message) -> Option<(usize, usize)> {
        Some((self.place(&m.src)?, self.place(&m.dst)?))
    }

    /// The places a stream goes from and to. On one machine ports do not tell: caller and callee, the
    /// `ends`, do.
    pub(super) fn way_of_stream(
        &self,
        s: &Stream,
        ends: Option<(usize, usize)>,
    ) -> Option<(usize, usize)> {
        self.way_between(&s.src, &s.dst, s.from, ends)
    }

    /// The same of anything that a party, `by`, sends.
    pub(super) fn way_between(
        &self,
        src: &EndpointRef,
        dst: &EndpointRef,
        by: Option<Party>,
        ends: Option<(usize, usize)>,
    ) -> Option<(usize, usize)> {
        if let (Some(a), Some(b)) = (
            self.place_of_key(&src.address),
            self.place_of_key(&dst.address),
        ) {
            return Some((a, b));
        }
        let (caller, callee) = ends?;
        match by? {
            Party::Caller => Some((caller, callee)),
            Party::Callee => Some((callee, caller)),
        }
    }
}
