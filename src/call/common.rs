//! What everything open shares: numbers, transactions, and what is over.

use super::agreement::Lines;
use super::holes::Holes;
use super::other_port::{self, Astray, OtherPortSeen, Owner};
use super::outside::Requests;
use super::tracker::{Closed, Limits};
use super::transaction::Transaction;
use crate::types::{CallId, CaptureTime, Slab};
use foldhash::fast::RandomState;
use std::collections::VecDeque;

/// What was given out and left out so far.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    pub(super) transactions: u32,
    pub(super) dialogs: u32,
    pub(super) calls: u32,
    pub(super) registrations: u32,
    /// Records that had to make room for others of their Call-ID.
    pub(super) closed_early: u64,
    /// Messages beyond `Limits::messages_per_call_id`.
    pub(super) unlisted: u64,
}

/// The next number of a kind.
macro_rules! take_number {
    ($counter:expr, $kind:ident) => {{
        let no = $kind::after($counter);
        $counter = $counter.saturating_add(1);
        no
    }};
}

pub(super) use take_number;

/// What all open Call-IDs share.
#[derive(Default)]
pub(super) struct Common {
    pub(super) limits: Limits,
    pub(super) numbers: Numbers,
    pub(super) transactions: Slab<Transaction>,
    pub(super) closed: VecDeque<Closed>,
    pub(super) requests: Requests,
    pub(super) other_ports: Vec<OtherPortSeen>,
    pub(super) holes: Holes,
    /// Branches are chosen by whoever sends the packets, so their hash is seeded.
    pub(super) hasher: RandomState,
    /// Headers whose value is the Call-ID of another leg, beside the known ones.
    pub(super) leg_headers: Vec<String>,
    /// What calls say of their media.
    pub(super) lines: Lines,
}

impl Common {
    /// `stray`: a response of its Call-ID answers a request that is not there.
    pub(super) fn close_transaction(
        &mut self,
        at: u32,
        call_id: &CallId,
        owner: Owner,
        stray: bool,
        now: CaptureTime,
    ) {
        if let Some(t) = self.transactions.take(at) {
            // A call may have begun under the Call-ID since.
            if owner.call.is_none() {
                self.requests.note(&t, now, stray);
            }
            if let (Some(port), Some((id, _, time))) = (&t.other_port, t.request) {
                let astray = Astray {
                    flow: t.flow,
                    method: &t.method,
                    request: (id, time),
                    port,
                    owner,
                };
                other_port::note(&mut self.other_ports, &astray);
            }
            let record = t.into_record(call_id, now);
            self.closed.push_back(Closed::Transaction(record));
        }
    }
}
