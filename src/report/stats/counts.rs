//! What is counted while a capture is read, beside the records that are kept: in bounded memory.

use super::values::{OF_ROW, Values};
use crate::call::TransactionRecord;
use crate::pipeline::{Onlooker, SeenMessage};
use crate::report::software::SoftwareSeen;
use crate::types::{Endpoint, Method, Scope, StatusCode};
use foldhash::fast::RandomState;
use hashbrown::HashMap;
use std::collections::BTreeMap;

/// Methods told apart; SIP has 14.
const MOST_METHODS: usize = 64;
/// Hops told apart, and servers.
const MOST_ROWS: usize = 1024;

/// Requests of one method.
#[derive(Debug)]
pub(super) struct OfMethod {
    pub(super) transactions: u64,
    pub(super) retransmissions: u64,
    pub(super) unanswered: u64,
    pub(super) first: Values,
    pub(super) last: Values,
}

/// Requests from one host to another.
#[derive(Debug)]
pub(super) struct OfHop {
    pub(super) requests: u64,
    pub(super) methods: BTreeMap<Method, u64>,
    pub(super) statuses: BTreeMap<StatusCode, u64>,
    pub(super) retransmissions: u64,
    pub(super) unanswered: u64,
    pub(super) response: Values,
}

/// Requests to one end.
#[derive(Debug)]
pub(super) struct OfServer {
    pub(super) requests: u64,
    pub(super) unanswered: u64,
    pub(super) response: Values,
}

/// From where to where; ports are 0 unless both are on one host.
pub(super) type HopKey = (Endpoint, Endpoint, Scope);

/// What was counted beside the records.
#[derive(Debug, Default)]
pub struct StatsCounts {
    pub(super) methods: BTreeMap<Method, OfMethod>,
    pub(super) hops: HashMap<HopKey, OfHop, RandomState>,
    pub(super) hops_more: u64,
    pub(super) servers: HashMap<Endpoint, OfServer, RandomState>,
    /// Requests to servers that found no row.
    pub(super) servers_more: u64,
    pub(super) software: SoftwareSeen,
}

impl Onlooker for StatsCounts {
    fn message(&mut self, seen: &SeenMessage<'_>) {
        self.software.saw(seen);
    }
    fn transaction(&mut self, r: &TransactionRecord) {
        // Responses whose request is not in the capture are timed by nothing: they count as messages alone.
        let answers = r.final_status.is_some() || !r.provisional().is_empty();
        if answers && r.first_response.is_none() {
            return;
        }
        let is_ack = r.method == Method::Ack;
        let no_final = u64::from(!is_ack && r.final_status.is_none());
        let has_room = self.methods.len() < MOST_METHODS;
        let method = match has_room || self.methods.contains_key(&r.method) {
            true => r.method.clone(),
            false => Method::Other("(other)".into()),
        };
        let of = self
            .methods
            .entry(method.clone())
            .or_insert_with(|| OfMethod {
                transactions: 0,
                retransmissions: 0,
                unanswered: 0,
                first: Values::new(OF_ROW),
                last: Values::new(OF_ROW),
            });
        of.transactions += 1;
        of.retransmissions += u64::from(r.retransmissions);
        of.unanswered += no_final;
        of.first.add(r.first_response);
        of.last.add(r.final_response);
        // A hop has its ACKs with the INVITEs, and nothing answers them.
        if is_ack {
            return;
        }
        self.at_hop(r, method, no_final);
        self.at_server(r);
    }
}

impl StatsCounts {
    fn at_hop(&mut self, r: &TransactionRecord, method: Method, no_final: u64) {
        let (mut from, mut to) = (r.flow.src, r.flow.dst);
        if from.addr != to.addr {
            (from.port, to.port) = (0, 0);
        }
        let key = (from, to, r.flow.scope);
        if self.hops.len() >= MOST_ROWS && !self.hops.contains_key(&key) {
            self.hops_more += 1;
            return;
        }
        let hop = self.hops.entry(key).or_insert_with(|| OfHop {
            requests: 0,
            methods: BTreeMap::new(),
            statuses: BTreeMap::new(),
            retransmissions: 0,
            unanswered: 0,
            response: Values::new(OF_ROW),
        });
        hop.requests += 1;
        *hop.methods.entry(method).or_default() += 1;
        if let Some(status) = r.final_status {
            *hop.statuses.entry(status).or_default() += 1;
        }
        hop.retransmissions += u64::from(r.retransmissions);
        hop.unanswered += no_final;
        hop.response.add(r.first_response);
    }

    fn at_server(&mut self, r: &TransactionRecord) {
        let mut end = r.flow.dst;
        if self.servers.len() >= MOST_ROWS && !self.servers.contains_key(&end) {
            // Connections of one phone come from ever new ports.
            end.port = 0;
            if self.servers.len() >= 2 * MOST_ROWS && !self.servers.contains_key(&end) {
                self.servers_more += 1;
                return;
            }
        }
        let server = self.servers.entry(end).or_insert_with(|| OfServer {
            requests: 0,
            unanswered: 0,
            response: Values::new(OF_ROW),
        });
        server.requests += 1;
        server.unanswered += u64::from(r.final_status.is_none() && r.first_response.is_none());
        server.response.add(r.first_response);
    }
}
