//! Everything open under one Call-ID, and how a message finds its place there.

mod dialogs;
mod transactions;

use super::call::Call;
use super::common::{Common, take_number};
use super::dialog::{Dialog, DialogState};
use super::facts::{Arrival, Facts};
use super::index::Index;
use super::loose::{self, Loose};
use super::other_port::Owner;
use super::quality::QualityReport;
use super::record::{CallRecord, IcmpSeen};
use super::registration::{self, Registration};
use super::returned::Returned;
use super::state::Moved;
use super::table::Expires;
use super::tracker::{Beside, Closed, Limits, Placement};
use super::transaction::{Matched, TIMER_64_T1, Transaction};
use crate::types::{
    CallId, CallNo, CaptureTime, Delta, Few, MessageId, Method, Party, RegistrationNo,
    TransactionNo,
};

/// Legs under one Call-ID beyond the first; what comes beyond them counts for the first.
const MAX_ONWARD: usize = 16;

/// Most Call-IDs have none: a vector, which is three words, behind one.
#[derive(Default)]
#[expect(clippy::box_collection)]
struct Onward(Option<Box<Vec<Call>>>);

impl Onward {
    fn as_slice(&self) -> &[Call] {
        self.0.as_ref().map_or(&[], |calls| calls)
    }

    fn iter_mut(&mut self) -> impl Iterator<Item = &mut Call> {
        self.0.iter_mut().flat_map(|calls| calls.iter_mut())
    }

    fn push(&mut self, call: Call) {
        self.0.get_or_insert_default().push(call);
    }

    fn take(&mut self) -> Vec<Call> {
        self.0.take().map_or(Vec::new(), |calls| *calls)
    }
}

/// Everything open under one Call-ID.
pub(super) struct OpenCallId {
    call_id: CallId,
    /// Where they stand in [`Common::transactions`], oldest first.
    transactions: Few<u32, 3>,
    /// Finds them where they are many.
    index: Option<Box<Index>>,
    dialogs: Vec<Dialog>,
    pub(super) call: Option<Box<Call>>,
    /// Legs that a server between made under the same Call-ID.
    onward: Onward,
    registration: Option<Box<Registration>>,
    loose: Option<Box<Loose>>,
    /// A request that came back to a host it had passed.
    returned: Option<Box<Returned>>,
    /// A response came whose request is not there: another host may have answered.
    stray_answer: bool,
    /// Some answer went to another port than its request came from.
    other_port: bool,
    messages: u32,
    /// Bytes last said of it, see [`OpenCallId::weigh`].
    weight: u32,
    last: CaptureTime,
    ringing_idle: Delta,
    answered_idle: Delta,
}

impl Expires for OpenCallId {
    fn call_id(&self) -> &CallId {
        &self.call_id
    }

    fn due(&self) -> CaptureTime {
        if self.is_bound_only() && !self.transactions.is_empty() {
            return self.last + TIMER_64_T1;
        }
        let linger = match &self.call {
            Some(call)
                if call.is_settled() && self.onward.as_slice().iter().all(|c| c.is_settled()) =>
            {
                TIMER_64_T1
            }
            Some(call) if call.is_answered() => self.answered_idle,
            Some(_) => self.ringing_idle,
            None if self
                .dialogs
                .iter()
                .any(|d| d.state == DialogState::Confirmed) =>
            {
                self.answered_idle
            }
            None => TIMER_64_T1,
        };
        let bound = self
            .registration
            .as_ref()
            .and_then(|r| r.bound_until())
            .unwrap_or(CaptureTime::MIN);
        (self.last + linger).max(bound + TIMER_64_T1)
    }
}

impl OpenCallId {
    pub(super) fn new(call_id: &[u8], time: CaptureTime, limits: &Limits) -> Self {
        OpenCallId {
            call_id: CallId::new(call_id),
            transactions: Few::default(),
            index: None,
            dialogs: Vec::new(),
            call: None,
            onward: Onward::default(),
            registration: None,
            loose: None,
            returned: None,
            stray_answer: false,
            other_port: false,
            messages: 0,
            weight: 0,
            last: time,
            ringing_idle: limits.ringing_idle,
            answered_idle: limits.answered_idle,
        }
    }

    /// True where nothing but a binding that has not run out keeps it open: a registration may last
    /// hours, its transactions need not.
    fn is_bound_only(&self) -> bool {
        self.registration.is_some() && self.call.is_none() && self.dialogs.is_empty()
    }

    /// True of a message whose cause has not been seen, `found` being its transaction: a response whose request, an ACK
    /// or BYE whose answer, new credentials whose challenge.
    pub(super) fn lacks_cause(
        &self,
        facts: &Facts<'_>,
        found: Option<u32>,
        common: &Common,
    ) -> bool {
        if !facts.is_request {
            let found = found.and_then(|at| common.transactions.get(at));
            return found.is_none_or(|t| t.request.is_none());
        }
        if found.is_some() {
            return false;
        }
        let is_up = self.call.as_ref().is_some_and(|c| c.is_answered());
        if facts.method == Method::Bye && !is_up {
            return true;
        }
        let own = |t: &&Transaction| match &facts.method {
            Method::Ack => t.method == Method::Invite && t.cseq == facts.cseq,
            Method::Invite | Method::Register => t.method == facts.method && t.cseq < facts.cseq,
            _ => false,
        };
        let open = self.transactions.iter().rev().take(Self::LOOKED_THROUGH);
        let mut open = open.filter_map(|at| common.transactions.get(*at));
        match open.find(own) {
            Some(t) => t.request.is_some() && t.final_response.is_none(),
            None => facts.method == Method::Ack && !is_up,
        }
    }

    /// Transactions that are looked through for a cause: it is one of the latest.
    const LOOKED_THROUGH: usize = 16;

    pub(super) fn handle(
        &mut self,
        mut facts: Facts<'_>,
        arrival: &Arrival<'_>,
        found: Option<u32>,
        common: &mut Common,
    ) -> Placement {
        self.last = self.last.max(arrival.time);
        self.messages = self.messages.saturating_add(1);
        facts.is_listed = self.messages <= common.limits.messages_per_call_id;
        common.numbers.unlisted += u64::from(!facts.is_listed);
        let facts = &facts;
        let (transaction, matched) = self.place_transaction(facts, arrival, found, common);
        let mut placement = Placement {
            transaction: Some(transaction),
            retransmission_of: matched.retransmission_of,
            request: matched.request,
            ..Placement::default()
        };
        if registration::concerns(facts) {
            self.place_registration(facts, arrival, &matched, common, &mut placement);
            return placement;
        }
        self.place_call(facts, arrival, &matched, common, &mut placement);
        placement.dialog = self.place_dialog(facts, arrival.id, placement.call, common);
        placement
    }

    /// An ICMP error quoted a message that is of no call.
    fn note_icmp_outside(&self, seen: IcmpSeen, common: &mut Common) {
        let mut newest_first = self.transactions.iter().rev();
        let group = newest_first.find_map(|at| common.transactions.get(*at)?.group);
        if let Some(no) = group {
            common.requests.note_icmp(no, seen);
        }
    }

    /// A quality report about a call that is not open, in the request of that transaction.
    pub(super) fn note_report(
        &self,
        by: TransactionNo,
        report: QualityReport,
        common: &mut Common,
    ) {
        let mut newest_first = self.transactions.iter().rev();
        let open = &common.transactions;
        let it = newest_first.find_map(|at| open.get(*at).filter(|t| t.no == by));
        if let Some(no) = it.and_then(|t| t.group) {
            common.requests.note_report(no, report);
        }
    }

    fn owner(&self) -> Owner {
        Owner {
            call: self.call.as_ref().map(|c| c.no),
            registration: self.registration.as_ref().map(|r| r.no),
        }
    }

    /// About how many bytes it takes, and how many it took when last asked.
    pub(super) fn weigh(&mut self) -> (u32, u32) {
        /// A transaction with its keys; a dialog with its tags.
        const TRANSACTION: usize = size_of::<Transaction>() + 72;
        const DIALOG: usize = size_of::<Dialog>() + 96;
        /// A place in the table and its queue, and the Call-ID's block.
        const PLACE: usize = size_of::<OpenCallId>() + 64;
        // Of a transaction, a dialog and a call each.
        const LISTED: usize = 3 * size_of::<MessageId>();
        // Looking through all it has costs as much as many a message does.
        let every = match self.messages {
            0..=4 => 1,
            5..=64 => 4,
            _ => 16,
        };
        if !self.messages.is_multiple_of(every) {
            return (self.weight, self.weight);
        }
        let calls = self
            .call
            .as_deref()
            .into_iter()
            .chain(self.onward.as_slice());
        let call: usize = calls.map(|c| c.weight()).sum();
        let registration = self.registration.as_ref().map_or(0, |r| r.weight());
        let loose = self.loose.as_ref().map_or(0, |l| l.weight());
        let now = PLACE
            + self.call_id.as_bytes().len()
            + self.transactions.len() * TRANSACTION
            + self.dialogs.len() * DIALOG
            + self.messages as usize * LISTED
            + call
            + registration
            + loose;
        let now = u32::try_from(now).unwrap_or(u32::MAX);
        (now, std::mem::replace(&mut self.weight, now))
    }

    /// What [`OpenCallId::weigh`] last said.
    pub(super) fn weight(&self) -> u32 {
        self.weight
    }

    fn place_registration(
        &mut self,
        facts: &Facts<'_>,
        arrival: &Arrival<'_>,
        matched: &Matched,
        common: &mut Common,
        placement: &mut Placement,
    ) {
        if self.registration.as_ref().is_some_and(|r| r.is_full())
            && let Some(full) = self.registration.take()
        {
            common
                .closed
                .push_back(Closed::Registration(full.into_record(&self.call_id)));
        }
        let registration = self.registration.get_or_insert_with(|| {
            Box::new(Registration::new(
                take_number!(common.numbers.registrations, RegistrationNo),
                facts,
                arrival,
            ))
        });
        let answered = registration.handle(facts, arrival, matched);
        placement.moved = answered.map(Moved::Registration);
        placement.registration = Some(registration.no);
    }

    fn place_call(
        &mut self,
        facts: &Facts<'_>,
        arrival: &Arrival<'_>,
        matched: &Matched,
        common: &mut Common,
        placement: &mut Placement,
    ) {
        let fresh = facts.is_initial_invite()
            && matched.retransmission_of.is_none()
            && arrival.duplicate_of.is_none();
        if fresh
            && self.call.as_ref().is_some_and(|c| {
                c.is_settled() && (c.is_answered() || c.side_of(facts) == Party::Callee)
            })
            && let Some(over) = self.call.take()
        {
            for over in std::iter::once(*over).chain(self.onward.take()) {
                let record = over.into_record(&self.call_id, arrival.time, &common.holes);
                common.closed.push_back(Closed::Call(Box::new(record)));
            }
            for dialog in std::mem::take(&mut self.dialogs) {
                common
                    .closed
                    .push_back(Closed::Dialog(dialog.into_record(&self.call_id)));
            }
        }
        if self.call.is_none() && facts.starts_call() {
            self.call = Some(Box::new(Call::new(
                take_number!(common.numbers.calls, CallNo),
                facts,
                arrival,
            )));
        }
        let taken_up = |c: &Call| !c.is_settled() && c.is_taken_up_by(facts, arrival.flow);
        if fresh
            && self.onward.as_slice().len() < MAX_ONWARD
            && self.call.as_deref().is_some_and(taken_up)
            && !self.onward.as_slice().iter().any(|c| c.has_caller(facts))
        {
            self.onward.push(Call::new(
                take_number!(common.numbers.calls, CallNo),
                facts,
                arrival,
            ));
        }
        loose::note(&mut self.loose, self.call.as_deref_mut(), facts, arrival);
        let onward = self.onward.iter_mut().find(|c| c.has_caller(facts));
        if let Some(call) = onward.or(self.call.as_deref_mut()) {
            let was_over = call.is_settled();
            let answered = call.is_answered();
            call.handle(facts, arrival, matched, &mut common.lines);
            let side = call.side_of(facts);
            if arrival.duplicate_of.is_none() {
                call.note_leg(facts, arrival, answered, &common.leg_headers);
            }
            placement.call = Some(call.no);
            placement.side = Some(side);
            placement.call_over = !was_over && call.is_settled();
            placement.moved = call.take_move().map(Moved::Call);
            placement.unannounced_since = call.unannounced_since();
        }
    }

    pub(super) fn note_icmp(&mut self, seen: IcmpSeen, common: &mut Common) {
        if self.call.is_none() && self.registration.is_none() {
            self.note_icmp_outside(seen, common);
        }
        if let Some(call) = &mut self.call {
            call.note_icmp(seen);
        }
        if let Some(registration) = &mut self.registration {
            registration.note_icmp(seen);
        }
    }

    pub(super) fn close(mut self, now: CaptureTime, common: &mut Common) {
        let (owner, stray) = (self.owner(), self.stray_answer);
        // When it is looked at does not matter to the record.
        let over = self.due().min(now);
        let call_id = self.call_id;
        for &at in self.transactions.iter() {
            common.close_transaction(at, &call_id, owner, stray, now);
        }
        for d in self.dialogs {
            common
                .closed
                .push_back(Closed::Dialog(d.into_record(&call_id)));
        }
        for call in self.call.map(|c| *c).into_iter().chain(self.onward.take()) {
            let record = CallRecord {
                over,
                ..call.into_record(&call_id, now, &common.holes)
            };
            common.closed.push_back(Closed::Call(Box::new(record)));
        }
        if let Some(loose) = self.loose {
            common
                .closed
                .push_back(Closed::Beside(Beside::Loose(loose)));
        }
        let returned = self.returned.and_then(|r| r.into_loop(owner));
        if let Some(looping) = returned {
            let beside = Beside::Loop(Box::new(looping));
            common.closed.push_back(Closed::Beside(beside));
        }
        if let Some(registration) = self.registration {
            common
                .closed
                .push_back(Closed::Registration(registration.into_record(&call_id)));
        }
    }
}
