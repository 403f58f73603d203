//! The transactions open under one Call-ID.

use super::super::common::{Common, take_number};
use super::super::facts::{Arrival, Facts};
use super::super::index::{self, Index};
use super::super::outside::Requests;
use super::super::returned::Returned;
use super::super::transaction::{Matched, Transaction};
use super::OpenCallId;
use crate::types::{CaptureTime, Few, TransactionNo};

impl OpenCallId {
    pub(super) fn place_transaction(
        &mut self,
        facts: &Facts<'_>,
        arrival: &Arrival<'_>,
        found: Option<u32>,
        common: &mut Common,
    ) -> (TransactionNo, Matched) {
        if let Some(returned) = &mut self.returned {
            returned.note_response(facts, arrival);
        }
        if let Some(at) = found
            && let Some(t) = common.transactions.get_mut(at)
        {
            let matched = t.handle(facts, arrival);
            self.other_port |= t.other_port.is_some();
            return (t.no, matched);
        }
        let keep = common.limits.transactions_per_call_id;
        let early = self.make_room(arrival.time, keep, common);
        common.numbers.closed_early += early;
        let no = take_number!(common.numbers.transactions, TransactionNo);
        let mut t = Transaction::new(no, facts, arrival);
        self.stray_answer |= !facts.is_request;
        if facts.is_request {
            self.note_next_request(facts, arrival, common);
            if Returned::concerns(facts) {
                let open = self.transactions.iter().rev().take(Self::LOOKED_THROUGH);
                let open = open.filter_map(|at| common.transactions.get(*at));
                Returned::note(&mut self.returned, open, facts, arrival);
            }
            if self.call.is_none() && Requests::concern(&facts.method) {
                t.group = common.requests.group_of(&facts.method, arrival);
            }
        }
        let matched = Matched {
            own_transaction: true,
            ..t.handle(facts, arrival)
        };
        let at = common.transactions.insert(t);
        self.transactions.push(at);
        match &mut self.index {
            Some(index) => index.insert(at, &common.transactions, &common.hasher),
            None if self.transactions.len() > index::FEW => {
                let all = self.transactions.as_slice();
                let index = Index::of(all, arrival.time, &common.transactions, &common.hasher);
                self.index = Some(Box::new(index));
            }
            None => {}
        }
        (no, matched)
    }

    /// The client asks for something new: answers to what it asked before may have reached it after all.
    fn note_next_request(&mut self, facts: &Facts<'_>, arrival: &Arrival<'_>, common: &mut Common) {
        if !self.other_port {
            return;
        }
        self.other_port = false;
        for &at in self.transactions.iter() {
            let Some(t) = common.transactions.get_mut(at) else {
                continue;
            };
            let same = t.flow.src.addr == arrival.flow.src.addr;
            if let Some(port) = &t.other_port
                && same
                && port.is_heard(&t.method, facts, arrival)
            {
                t.other_port = None;
            }
            self.other_port |= t.other_port.is_some();
        }
    }

    pub(in crate::call) fn find_transaction(
        &self,
        facts: &Facts<'_>,
        arrival: &Arrival<'_>,
        common: &Common,
    ) -> Option<u32> {
        let (open, flow) = (&common.transactions, arrival.flow);
        match &self.index {
            Some(index) => index.find(facts, flow, open, &common.hasher),
            None => {
                // Newest first: retransmissions and answers concern recent requests.
                let mut newest_first = self.transactions.iter().rev().copied();
                newest_first.find(|at| open.get(*at).is_some_and(|t| t.owns(facts, flow)))
            }
        }
    }

    /// Before another one opens: hands on transactions that are due, and the oldest where there are
    /// `keep`; how many of those were not due. Many are looked through only once for as many that
    /// opened since.
    fn make_room(&mut self, now: CaptureTime, keep: usize, common: &mut Common) -> u64 {
        let count = self.transactions.len();
        let worth_a_look = match &mut self.index {
            Some(index) => index.is_worth_a_look(now, count),
            None => true,
        };
        let mut early = 0;
        if worth_a_look {
            early += self.close_transactions(now, keep, common);
        }
        while self.transactions.len() >= keep
            && let Some(&oldest) = self.transactions.first()
        {
            let open = common.transactions.get(oldest);
            early += u64::from(open.is_some_and(|t| !t.is_due(now)));
            self.transactions.remove(oldest);
            if let Some(index) = &mut self.index {
                index.remove(oldest, &common.transactions, &common.hasher);
            }
            common.close_transaction(oldest, &self.call_id, self.owner(), self.stray_answer, now);
        }
        early
    }

    /// Hands on transactions that are due, and the oldest where there are too many: how many those
    /// were.
    pub(in crate::call) fn close_transactions(
        &mut self,
        now: CaptureTime,
        keep: usize,
        common: &mut Common,
    ) -> u64 {
        let is_due = |at: u32, common: &Common| {
            let open = common.transactions.get(at);
            open.is_none_or(|t| t.is_due(now))
        };
        let mut early = 0;
        let mut left = self.transactions.len();
        let mut stay = Few::default();
        for &at in self.transactions.iter() {
            let due = is_due(at, common);
            if due || left >= keep {
                early += u64::from(!due);
                left -= 1;
                common.close_transaction(at, &self.call_id, self.owner(), self.stray_answer, now);
            } else {
                stay.push(at);
            }
        }
        if stay.len() < self.transactions.len() {
            self.transactions = stay;
            if self.index.is_some() {
                let all = self.transactions.as_slice();
                self.index = (all.len() > index::FEW).then(|| {
                    let index = Index::of(all, now, &common.transactions, &common.hasher);
                    Box::new(index)
                });
            }
        }
        if let Some(index) = &mut self.index {
            index.looked(now, &self.transactions, &common.transactions);
        }
        early
    }
}
