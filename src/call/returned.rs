//! A request that comes back to a host it has passed already: any but the INVITE that begins a call, which
//! `looping.rs` follows.
//!
//! The Via of an earlier copy stands in one that comes later: it is the same request, sent on. The first time it comes
//! back it may go elsewhere from there (a spiral); coming back with the same Request-URI and Route, or to a 482 or 483,
//! it is in a loop, unless it arrives in the end.

use super::facts::{Arrival, Facts};
use super::looping::{Looping, MAX_HOSTS, target_of};
use super::other_port::Owner;
use super::transaction::Transaction;
use crate::types::{CallNo, CaptureTime, Endpoint, MessageId, Method, RegistrationNo, StatusCode};

/// A request that goes round in a loop.
#[derive(Clone, Debug, PartialEq)]
pub struct RequestLoop {
    /// Its method.
    pub method: Method,
    /// Its CSeq number.
    pub cseq: u32,
    /// Where it comes again.
    pub at: Endpoint,
    /// How often it came there, the first time included.
    pub passes: u32,
    /// The hosts it passes between two arrivals.
    pub hosts: Vec<Endpoint>,
    /// Its first copy, and the second that reached that host.
    pub messages: [MessageId; 2],
    /// When it came again.
    pub time: CaptureTime,
    /// The first 482 or 483, the message with it, and who sent it.
    pub refused: Option<(StatusCode, MessageId, Endpoint)>,
    /// The call it belongs to.
    pub call: Option<CallNo>,
    /// The registration it belongs to.
    pub registration: Option<RegistrationNo>,
}

/// A request that came back.
#[derive(Clone, Debug)]
pub(super) struct Returned {
    seen: RequestLoop,
    /// What it asked for when it came back first.
    target: u32,
    /// It came back with the same once more.
    is_same: bool,
    /// A 2xx says that it reached who it is for.
    arrives: bool,
}

impl Returned {
    /// True for a request that may be followed: one that a host has sent on.
    pub(super) fn concerns(facts: &Facts<'_>) -> bool {
        facts.is_request
            && facts.vias >= 2
            && match facts.method {
                Method::Cancel => false,
                Method::Invite => facts.to_tag.is_some(),
                _ => true,
            }
    }

    /// A request that opens a transaction; `earlier` are those of its Call-ID, newest first.
    pub(super) fn note<'t>(
        returned: &mut Option<Box<Returned>>,
        earlier: impl Iterator<Item = &'t Transaction> + Clone,
        facts: &Facts<'_>,
        arrival: &Arrival<'_>,
    ) {
        let to = arrival.flow.dst;
        let mut copies = earlier.filter(|t| t.method == facts.method && t.cseq == facts.cseq);
        let since = copies.clone();
        let is_it = |t: &&Transaction| {
            t.flow.dst == to && t.flow.scope == arrival.flow.scope && t.is_sent_on_in(arrival)
        };
        let Some((first, ..)) = copies.find(is_it).and_then(|t| t.request) else {
            return;
        };
        match returned {
            Some(known) if known.is_of(facts) => {
                if known.seen.at == to {
                    known.seen.passes += 1;
                    known.is_same |= known.target == target_of(arrival);
                }
            }
            Some(known) if known.is_loop() => {}
            other => {
                *other = Some(Box::new(Returned {
                    seen: RequestLoop {
                        method: facts.method.clone(),
                        cseq: facts.cseq,
                        at: to,
                        passes: 2,
                        hosts: hosts_between(to, since),
                        messages: [first, arrival.id],
                        time: arrival.time,
                        refused: None,
                        call: None,
                        registration: None,
                    },
                    target: target_of(arrival),
                    is_same: false,
                    arrives: false,
                }));
            }
        }
    }

    /// A response under the same Call-ID.
    pub(super) fn note_response(&mut self, facts: &Facts<'_>, arrival: &Arrival<'_>) {
        let Some(status) = facts.status.filter(|_| self.is_of(facts)) else {
            return;
        };
        self.arrives |= status.is_success();
        if Looping::is_refusal(status) {
            let refused = (status, arrival.id, arrival.flow.src);
            self.seen.refused.get_or_insert(refused);
        }
    }

    fn is_of(&self, facts: &Facts<'_>) -> bool {
        self.seen.method == facts.method && self.seen.cseq == facts.cseq
    }

    fn is_loop(&self) -> bool {
        !self.arrives && (self.is_same || self.seen.refused.is_some())
    }

    /// The loop, where it is one.
    pub(super) fn into_loop(self, owner: Owner) -> Option<RequestLoop> {
        self.is_loop().then_some(RequestLoop {
            call: owner.call,
            registration: owner.registration,
            ..self.seen
        })
    }
}

/// Who received it from its arrival at `to` on, that host first; `since` is newest first.
fn hosts_between<'t>(to: Endpoint, since: impl Iterator<Item = &'t Transaction>) -> Vec<Endpoint> {
    let mut hosts = vec![to];
    for host in since.map(|t| t.flow.dst).take_while(|host| *host != to) {
        if !hosts.contains(&host) && hosts.len() < MAX_HOSTS {
            hosts.push(host);
        }
    }
    if let Some(rest) = hosts.get_mut(1..) {
        rest.reverse();
    }
    hosts
}

#[cfg(test)]
impl RequestLoop {
    /// An OPTIONS that two proxies send to each other four times, for tests of rules.
    pub(crate) fn sample(messages: [MessageId; 2], refused: MessageId) -> RequestLoop {
        let at = |octet| Endpoint::new(crate::types::HostAddr::v4([192, 0, 2, octet]), 5060);
        RequestLoop {
            method: Method::Options,
            cseq: 1,
            at: at(5),
            passes: 4,
            hosts: vec![at(5), at(6)],
            messages,
            time: CaptureTime::MIN,
            refused: StatusCode::new(483).map(|s| (s, refused, at(5))),
            call: None,
            registration: None,
        }
    }
}
