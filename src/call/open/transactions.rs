//! The transactions open under one Call-ID.

use super::super::common::{Common, take_number};
use super::super::facts::{Arrival, Facts};
use super::super::index::{self, Index};
use super::super::outside::Requests;
use super::super::returned::Returned;
use super::super::timers::{GaveUp, Timer};
use super::super::transaction::{AckFlaw, Matched, Transaction};
use super::OpenCallId;
use crate::types::{CaptureTime, Few, Method, StatusCode, TransactionNo};

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
            let no = t.no;
            if arrival.duplicate_of.is_none() {
                self.note_cause(at, facts, arrival, &matched, common);
            }
            return (no, matched);
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
            ack_flaw: self.note_ack(facts, arrival, common),
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

    /// An ACK that opens a transaction: which INVITE it acknowledges, and whether its branch is right
    /// (RFC 3261 §17.1.1.3, §8.1.1.7).
    fn note_ack(
        &self,
        facts: &Facts<'_>,
        arrival: &Arrival<'_>,
        common: &mut Common,
    ) -> Option<AckFlaw> {
        if !facts.is_request || facts.method != Method::Ack || arrival.duplicate_of.is_some() {
            return None;
        }
        let mut flaw = None;
        for &at in self.transactions.iter().rev().take(Self::LOOKED_THROUGH) {
            let Some(t) = common.transactions.get_mut(at) else {
                continue;
            };
            let (src, dst) = (arrival.flow.src.addr, arrival.flow.dst.addr);
            let (client, server) = (t.flow.src.addr, t.flow.dst.addr);
            let is_it = t.method == Method::Invite && t.cseq == facts.cseq;
            if !is_it || (src != client && dst != server) {
                continue;
            }
            let Some((status, _, answer)) = t.final_response else {
                continue;
            };
            let same_hop = src == client && dst == server;
            let told = same_hop && t.has_final_of(facts.to_tag.unwrap_or_default());
            let branch = Some(facts.branch).filter(|_| facts.has_rfc3261_branch());
            if told && let (Some(of_ack), Some(of_invite)) = (branch, t.branch()) {
                let is_same = of_ack.eq_ignore_ascii_case(of_invite);
                let wrong = is_same == status.is_success();
                flaw = flaw.or(wrong.then_some(AckFlaw {
                    status,
                    answer,
                    ack: arrival.id,
                    came_again: false,
                }));
            }
            if status.is_success() || told {
                t.note_ack(facts.to_tag.unwrap_or_default(), arrival);
            }
        }
        flaw
    }

    /// What a repeated ACK answers, and what a server waited for that answers 408.
    fn note_cause(
        &self,
        at: u32,
        facts: &Facts<'_>,
        arrival: &Arrival<'_>,
        matched: &Matched,
        common: &mut Common,
    ) {
        let is_ack = facts.is_request && facts.method == Method::Ack;
        let open = || self.transactions.iter().rev().take(Self::LOOKED_THROUGH);
        if is_ack && matched.retransmission_of.is_some() {
            let (src, dst) = (arrival.flow.src.addr, arrival.flow.dst.addr);
            let invites = open().filter_map(|at| common.transactions.get(*at));
            let invites = invites.filter(|t| {
                let (client, server) = (t.flow.src.addr, t.flow.dst.addr);
                t.method == Method::Invite
                    && t.cseq == facts.cseq
                    && (src == client || dst == server)
            });
            let answered = invites.filter_map(Transaction::last_repeated_answer).max();
            let ack = common.transactions.get_mut(at);
            let ack = ack.filter(|t| t.method == Method::Ack);
            if let (Some(t), Some(time)) = (ack, answered) {
                t.note_repeated_answer(time);
            }
        }
        let timed_out = facts.status.map(StatusCode::get) == Some(408);
        if timed_out && facts.method == Method::Invite && matched.retransmission_of.is_none() {
            let server = arrival.flow.src.addr;
            let own = open().filter_map(|at| common.transactions.get(*at));
            let mut own = own.filter(|t| {
                t.method == Method::Invite && t.cseq == facts.cseq && t.flow.src.addr == server
            });
            let gave_up = own.next().and_then(|t| {
                let (_, _, sent) = t.request.filter(|_| t.final_response.is_none())?;
                let (timer, since) = match t.is_proceeding() {
                    true => (Timer::C, t.last()),
                    false => (Timer::B, sent),
                };
                Some(GaveUp {
                    timer,
                    message: arrival.id,
                    waited: arrival.time - since,
                })
            });
            // Of several branches the others may have been answered: which one it waited for is not known.
            let gave_up = gave_up.filter(|_| own.next().is_none());
            if let (Some(t), Some(gave_up)) = (common.transactions.get_mut(at), gave_up) {
                t.note_gave_up(gave_up, arrival);
            }
        }
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
