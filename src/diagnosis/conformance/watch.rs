//! Looks at each message of a capture and at what it answers, and counts what departs from the rules.
//!
//! Repetitions, copies of the capture and messages whose header fields are not all there are passed over, and what
//! several hops show is told at the first one.

mod credentials;
mod dialog;
mod headers;
mod recent;
mod responses;

use super::deviation::{Deviation, DeviationGroup, DeviationKind};
use crate::pipeline::{Onlooker, SeenMessage};
use crate::sip::Message;
use crate::types::{FlawCode, Method, StatusCode, TransactionNo, Transport};
use credentials::{Counted, Offered};
use dialog::{Allowed, Described, Sent};
use hashbrown::HashMap;
use recent::Recent;
use responses::Asked;
use std::borrow::Cow;
use std::hash::{BuildHasher, Hash};

/// Groups that are told apart; later ones are not told.
const MOST_GROUPS: usize = 4096;
/// Messages, calls and registrations named of one group.
const NAMED: usize = 8;

/// Flaws of messages in which header fields are not found.
const UNREADABLE: [FlawCode; 4] = [
    FlawCode::HeaderMalformed,
    FlawCode::HeadersUnterminated,
    FlawCode::TooManyHeaders,
    FlawCode::StreamDesync,
];

/// Counts what departs from the rules of SIP, in bounded memory.
#[derive(Default)]
pub struct ConformanceWatch {
    asked: Recent<TransactionNo, Asked>,
    branches: Recent<u64, u64>,
    sent: Recent<u64, Sent>,
    forwarded: Recent<u64, (usize, u8)>,
    allowed: Recent<u64, Allowed>,
    described: Recent<u64, Described>,
    offered: Recent<u64, Offered>,
    counted: Recent<u64, Counted>,
    told: Recent<u64, ()>,
    groups: HashMap<DeviationGroup, usize>,
    found: Vec<Deviation>,
    hasher: foldhash::quality::FixedState,
}

impl Onlooker for ConformanceWatch {
    fn message(&mut self, seen: &SeenMessage<'_>) {
        let m = seen.message;
        // What is missing may stand in a line that cannot be read.
        let is_readable = !m.flaws.iter().any(|flaw| UNREADABLE.contains(&flaw.code));
        if seen.duplicate_of.is_some() || seen.truncated || m.is_cut_in_headers() || !is_readable {
            return;
        }
        let Some(method) = m.transaction_method() else {
            return;
        };
        if m.is_request() {
            // What has the branch of an earlier request looks like its repetition.
            self.branch(seen, &method);
            self.as_its_invite(seen, &method);
        }
        if seen.placement.retransmission_of.is_some() {
            return;
        }
        match m.status() {
            None => {
                // What stands in a request is of who made it: on the first hop that is its sender.
                if m.via_count() == 1 {
                    self.request_headers(seen, &method);
                    self.credentials(seen, &method);
                }
                self.request_in_dialog(seen, &method);
                self.max_forwards(seen, &method);
                self.remember_request(seen, &method);
            }
            Some(status) => {
                self.response_headers(seen, &method, status);
                self.against_request(seen, &method, status);
                self.against_branch(seen, &method);
                self.challenge(seen, &method, status);
            }
        }
        self.description(seen, &method);
        self.allow(m);
    }
}

impl ConformanceWatch {
    /// What was found, in order of the first messages.
    pub fn into_deviations(self) -> Vec<Deviation> {
        self.found
    }

    fn hash(&self, of: impl Hash) -> u64 {
        self.hasher.hash_one(of)
    }

    /// Counts one message. `clause`: where the rule is written down.
    fn tell(
        &mut self,
        seen: &SeenMessage<'_>,
        kind: DeviationKind,
        method: &Method,
        what: impl Into<Cow<'static, str>>,
        clause: &'static str,
    ) {
        let (m, what) = (seen.message, what.into());
        let status = m.status();
        if !self.is_first_hop(m, kind, &what) {
            return;
        }
        let group = DeviationGroup {
            kind,
            is_request: status.is_none(),
            method: Some(method.clone()).filter(|_| !kind.is_of_all_methods()),
            status: status.filter(|_| !kind.is_of_all_methods()),
            what,
            clause,
            sender: match seen.transport {
                Transport::Udp => seen.flow.src.to_string(),
                _ => seen.flow.src.addr.to_string(),
            },
        };
        let at = match self.groups.get(&group) {
            Some(at) => *at,
            None if self.found.len() >= MOST_GROUPS => return,
            None => {
                let at = self.found.len();
                self.groups.insert(group.clone(), at);
                self.found.push(Deviation {
                    group,
                    count: 0,
                    messages: Vec::new(),
                    calls: Vec::new(),
                    registrations: Vec::new(),
                });
                at
            }
        };
        let Some(deviation) = self.found.get_mut(at) else {
            return;
        };
        deviation.count += 1;
        if deviation.messages.len() < NAMED {
            deviation.messages.push(seen.id);
        }
        add(&mut deviation.calls, seen.placement.call);
        add(&mut deviation.registrations, seen.placement.registration);
    }

    /// False for a message that another hop has shown.
    fn is_first_hop(&mut self, m: &Message<'_>, kind: DeviationKind, what: &str) -> bool {
        let status = m.status().map(StatusCode::get);
        let cseq = m.cseq().map(|c| (c.number, c.method.as_str().to_owned()));
        let key = self.hash((
            kind,
            what,
            status,
            m.call_id(),
            cseq,
            m.from_tag(),
            m.to_tag(),
        ));
        self.told.insert(key, ()).is_none()
    }
}

fn add<T: PartialEq>(list: &mut Vec<T>, one: Option<T>) {
    if let Some(one) = one.filter(|one| list.len() < NAMED && !list.contains(one)) {
        list.push(one);
    }
}
