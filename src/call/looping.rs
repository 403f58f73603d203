//! An INVITE that comes back to a host it has passed already (RFC 3261 §16.3, RFC 5393).
//!
//! A request may pass a host twice where it goes somewhere else the second time (a spiral): its Request-URI or its
//! Route has changed. The same request coming the same way again is a loop.

use super::compact::{block, rows};
use super::facts::{Arrival, Facts};
use super::record::Hop;
use crate::types::{Endpoint, MessageId, StatusCode};
use foldhash::quality::FixedState;
use std::hash::{BuildHasher, Hash, Hasher};

/// Hosts named of one loop.
pub(super) const MAX_HOSTS: usize = 8;

/// What was seen of a loop.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Looping {
    /// Where the same request came again, and its second arrival there.
    pub again: Option<(Endpoint, MessageId)>,
    /// How often it came there, the first time included.
    pub passes: u32,
    /// The hosts it passed between the two arrivals.
    pub hosts: Vec<Endpoint>,
    /// The first 482 or 483, the message with it, and who sent it.
    pub refused: Option<(StatusCode, MessageId, Endpoint)>,
    /// Max-Forwards of the first INVITE, where a 482 or 483 came.
    pub max_forwards: Option<u8>,
}

impl Looping {
    /// True for the statuses that say it (RFC 3261 §21.4.19, §21.4.20).
    pub(super) fn is_refusal(status: StatusCode) -> bool {
        matches!(status.get(), 482 | 483)
    }

    /// A copy of the INVITE on a hop not seen before; `targets` are those of `hops`.
    pub(super) fn of_hop(
        hops: &[Hop],
        targets: &[u32],
        target: u32,
        facts: &Facts<'_>,
        arrival: &Arrival<'_>,
    ) -> Option<Vec<Endpoint>> {
        let to = arrival.flow.dst;
        let mut before = hops.iter().zip(targets).enumerate();
        let (at, _) = before.find(|(_, (h, t))| {
            h.flow.dst == to
                && h.flow.scope == arrival.flow.scope
                && h.vias < facts.vias
                && **t == target
        })?;
        // Two ways that meet there are no loop: it must have sent the request on itself.
        let sent_on = |h: &Hop| h.flow.src.addr == to.addr;
        let is_own = |v: crate::sip::Via<'_>| v.sent_by_host == to.addr.to_string().as_bytes();
        if !hops.iter().skip(at + 1).any(sent_on) && !arrival.message.vias().any(is_own) {
            return None;
        }
        let mut hosts: Vec<Endpoint> = vec![to];
        for hop in hops.iter().skip(at + 1).map(|h| h.flow.dst) {
            if !hosts.contains(&hop) && hosts.len() < MAX_HOSTS {
                hosts.push(hop);
            }
        }
        Some(hosts)
    }

    pub(super) fn note_pass(&mut self, hosts: Vec<Endpoint>, arrival: &Arrival<'_>) {
        let to = arrival.flow.dst;
        match &self.again {
            None => {
                self.again = Some((to, arrival.id));
                self.passes = 2;
                self.hosts = hosts;
            }
            Some((at, _)) => self.passes += u32::from(*at == to),
        }
    }

    pub(super) fn weight(&self) -> usize {
        block(size_of::<Self>()) + rows(&self.hosts)
    }
}

/// Where a request asks to be sent: Request-URI and Route, which decide it (RFC 5393 §4.2.1).
pub(super) fn target_of(arrival: &Arrival<'_>) -> u32 {
    let mut hasher = FixedState::default().build_hasher();
    arrival.message.request_uri().hash(&mut hasher);
    for route in arrival.message.headers_named(crate::sip::HeaderName::Route) {
        route.hash(&mut hasher);
    }
    (hasher.finish() >> 32) as u32
}
