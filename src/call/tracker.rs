//! The tracker: a message goes in, its place comes out, and finished records queue up.

use super::call::Call;
use super::compact::push_exact;
use super::dialog::{Dialog, DialogRecord, DialogState, makes_dialog};
use super::facts::{Arrival, Facts};
use super::record::{CallRecord, IcmpSeen};
use super::registration::{self, Registration, RegistrationRecord};
use super::state::Moved;
use super::table::{Expires, Table};
use super::transaction::{Matched, TIMER_64_T1, Transaction, TransactionRecord};
use crate::sip::Message;
use crate::types::{
    CallId, CallNo, CaptureTime, Delta, DialogNo, Few, FrameRef, MessageId, Method, Party,
    RegistrationNo, Slab, TransactionNo,
};
use std::collections::VecDeque;

/// Bounds of the tracker.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Call-IDs open at once; beyond it the one due next is closed early, and counted.
    pub open_call_ids: usize,
    /// Transactions open at once under one Call-ID.
    pub transactions_per_call_id: usize,
    /// Dialogs open at once under one Call-ID.
    pub dialogs_per_call_id: usize,
    /// Messages of one Call-ID that its records list; later ones count, but are not listed.
    pub messages_per_call_id: u32,
    /// Silence after which an unanswered call is closed (Timer C is 3 minutes, RFC 3261 §16.6).
    pub ringing_idle: Delta,
    /// Silence after which an answered call or a subscription is closed.
    pub answered_idle: Delta,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            open_call_ids: 500_000,
            transactions_per_call_id: 256,
            dialogs_per_call_id: 64,
            messages_per_call_id: 100_000,
            ringing_idle: Delta::from_secs(600),
            answered_idle: Delta::from_secs(4 * 3600),
        }
    }
}

/// A record that is final.
#[derive(Clone, Debug)]
pub enum Closed {
    /// A transaction.
    Transaction(TransactionRecord),
    /// A dialog.
    Dialog(DialogRecord),
    /// A call.
    Call(Box<CallRecord>),
    /// A registration.
    Registration(RegistrationRecord),
}

/// Where a message belongs.
#[derive(Clone, Copy, Debug, Default)]
pub struct Placement {
    /// Its transaction.
    pub transaction: Option<TransactionNo>,
    /// Its dialog.
    pub dialog: Option<DialogNo>,
    /// Its call.
    pub call: Option<CallNo>,
    /// Its registration.
    pub registration: Option<RegistrationNo>,
    /// The first copy, when a SIP element sent it again.
    pub retransmission_of: Option<MessageId>,
    /// For a response: the request's packet and the time since.
    pub request: Option<(FrameRef, Delta)>,
    /// Which side of the call sent it.
    pub side: Option<Party>,
    /// The call is over with this message: no new media is expected.
    pub call_over: bool,
    /// What it moved on.
    pub moved: Option<Moved>,
}

#[derive(Debug, Default)]
struct Numbers {
    transactions: u32,
    dialogs: u32,
    calls: u32,
    registrations: u32,
    /// Records that had to make room for others of their Call-ID.
    closed_early: u64,
    /// Messages beyond `Limits::messages_per_call_id`.
    unlisted: u64,
}

macro_rules! take_number {
    ($counter:expr, $kind:ident) => {{
        let no = $kind::after($counter);
        $counter = $counter.saturating_add(1);
        no
    }};
}

/// What all sessions share.
#[derive(Default)]
struct Common {
    limits: Limits,
    numbers: Numbers,
    transactions: Slab<Transaction>,
    closed: VecDeque<Closed>,
}

/// Everything open under one Call-ID.
struct Session {
    call_id: CallId,
    /// Where they stand in [`Common::transactions`], oldest first.
    transactions: Few<u32, 3>,
    dialogs: Vec<Dialog>,
    call: Option<Box<Call>>,
    registration: Option<Box<Registration>>,
    messages: u32,
    last: CaptureTime,
    ringing_idle: Delta,
    answered_idle: Delta,
}

impl Expires for Session {
    fn call_id(&self) -> &CallId {
        &self.call_id
    }

    fn due(&self) -> CaptureTime {
        if self.is_bound_only() && !self.transactions.is_empty() {
            return self.last + TIMER_64_T1;
        }
        let linger = match &self.call {
            Some(call) if call.is_over() => TIMER_64_T1,
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

/// Follows transactions, dialogs, calls and registrations.
pub struct Tracker {
    sessions: Table<Session>,
    common: Common,
    now: CaptureTime,
    closed_early: u64,
    keys_too_long: u64,
}

impl Tracker {
    /// An empty tracker.
    pub fn new(limits: Limits) -> Self {
        Tracker {
            sessions: Table::new(),
            common: Common {
                limits,
                ..Common::default()
            },
            now: CaptureTime::MIN,
            closed_early: 0,
            keys_too_long: 0,
        }
    }

    /// Takes a message and says where it belongs. A message without a Call-ID belongs nowhere.
    pub fn handle_message(&mut self, arrival: &Arrival<'_>) -> Placement {
        self.now = self.now.max(arrival.time);
        let Some(facts) = Facts::of(arrival.message) else {
            return Placement::default();
        };
        if facts.is_oversized() {
            self.keys_too_long += 1;
            return Placement::default();
        }
        let at = match self.sessions.find(facts.call_id) {
            Some(at) => at,
            None => self.open_session(facts.call_id, arrival.time),
        };
        match self.sessions.get_mut(at) {
            Some(session) => session.handle(facts, arrival, &mut self.common),
            None => Placement::default(),
        }
    }

    fn open_session(&mut self, call_id: &[u8], time: CaptureTime) -> u32 {
        let limits = &self.common.limits;
        let session = Session::new(call_id, time, limits);
        if self.sessions.len() >= limits.open_call_ids
            && let Some(next) = self.sessions.pop_next()
        {
            self.closed_early += 1;
            next.close(self.now, &mut self.common);
        }
        self.sessions.insert(session)
    }

    /// An ICMP error quoted (the start of) this message. Says which call it hit.
    pub fn handle_icmp(&mut self, quoted: &Message<'_>, seen: IcmpSeen) -> Option<CallNo> {
        let at = self.sessions.find(quoted.call_id()?)?;
        let call = self.sessions.get_mut(at)?.call.as_mut()?;
        if seen.is_failure() {
            call.note_icmp(seen);
        }
        Some(call.no)
    }

    /// Closes what is due at `now`, one Call-ID at a time: true while there may be more. Taking the
    /// records in between keeps few of them waiting.
    pub fn handle_time(&mut self, now: CaptureTime) -> bool {
        self.now = self.now.max(now);
        let due = self.sessions.pop_due(now);
        let more = due.is_some();
        if let Some(mut session) = due {
            session.close_transactions(now, usize::MAX, &mut self.common);
            if session.due() > now {
                self.sessions.insert(session);
            } else {
                session.close(now, &mut self.common);
            }
        }
        more
    }

    /// The next record that is final.
    pub fn poll_closed(&mut self) -> Option<Closed> {
        self.common.closed.pop_front()
    }

    /// The capture is over: closes everything, one Call-ID at a time. True while there may be more.
    pub fn finish(&mut self) -> bool {
        let next = self.sessions.pop_next();
        let more = next.is_some();
        if let Some(session) = next {
            session.close(self.now, &mut self.common);
        }
        more
    }

    /// Call-IDs followed now.
    pub fn open_call_ids(&self) -> usize {
        self.sessions.len()
    }

    /// Call-IDs closed before their time because the table was full.
    pub fn closed_early(&self) -> u64 {
        self.closed_early
    }

    /// Transactions and dialogs closed before their time because their Call-ID had too many.
    pub fn transactions_closed_early(&self) -> u64 {
        self.common.numbers.closed_early
    }

    /// Messages that no record lists because their Call-ID had so many.
    pub fn messages_unlisted(&self) -> u64 {
        self.common.numbers.unlisted
    }

    /// Messages left out because their Call-ID, tags or branch are too long to be kept.
    pub fn keys_too_long(&self) -> u64 {
        self.keys_too_long
    }
}

impl Session {
    fn new(call_id: &[u8], time: CaptureTime, limits: &Limits) -> Self {
        Session {
            call_id: CallId::new(call_id),
            transactions: Few::default(),
            // Most have one; a vector left to itself begins with room for four.
            dialogs: Vec::with_capacity(1),
            call: None,
            registration: None,
            messages: 0,
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

    fn handle(
        &mut self,
        mut facts: Facts<'_>,
        arrival: &Arrival<'_>,
        common: &mut Common,
    ) -> Placement {
        self.last = self.last.max(arrival.time);
        self.messages = self.messages.saturating_add(1);
        facts.is_listed = self.messages <= common.limits.messages_per_call_id;
        common.numbers.unlisted += u64::from(!facts.is_listed);
        let facts = &facts;
        let (transaction, matched) = self.place_transaction(facts, arrival, common);
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
        placement.dialog = self.place_dialog(facts, arrival.id, common);
        placement
    }

    fn place_transaction(
        &mut self,
        facts: &Facts<'_>,
        arrival: &Arrival<'_>,
        common: &mut Common,
    ) -> (TransactionNo, Matched) {
        // Newest first: retransmissions and answers concern recent requests.
        for &at in self.transactions.iter().rev() {
            if let Some(t) = common.transactions.get_mut(at)
                && t.owns(facts, arrival.flow)
            {
                return (t.no, t.handle(facts, arrival));
            }
        }
        let keep = common.limits.transactions_per_call_id;
        let early = self.close_transactions(arrival.time, keep, common);
        common.numbers.closed_early += early;
        let no = take_number!(common.numbers.transactions, TransactionNo);
        let mut t = Transaction::new(no, facts, arrival);
        let matched = Matched {
            own_transaction: true,
            ..t.handle(facts, arrival)
        };
        self.transactions.push(common.transactions.insert(t));
        (no, matched)
    }

    /// Hands on transactions that are due, and the oldest where there are too many: how many those
    /// were.
    fn close_transactions(&mut self, now: CaptureTime, keep: usize, common: &mut Common) -> u64 {
        let mut early = 0;
        let mut i = 0;
        while let Some(&at) = self.transactions.get(i) {
            let open = common.transactions.get(at);
            let due = open.is_none_or(|t| t.due().is_some_and(|due| due <= now));
            if due || self.transactions.len() >= keep {
                early += u64::from(!due);
                self.transactions.remove(at);
                common.close_transaction(at, &self.call_id, now);
            } else {
                i += 1;
            }
        }
        early
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
                c.is_over() && (c.is_answered() || c.side_of(facts) == Party::Callee)
            })
            && let Some(over) = self.call.take()
        {
            common.closed.push_back(Closed::Call(Box::new(
                over.into_record(&self.call_id, arrival.time),
            )));
            for dialog in std::mem::take(&mut self.dialogs) {
                common
                    .closed
                    .push_back(Closed::Dialog(dialog.into_record(&self.call_id)));
            }
        }
        if self.call.is_none() && starts_call(facts) {
            self.call = Some(Box::new(Call::new(
                take_number!(common.numbers.calls, CallNo),
                facts,
                arrival,
            )));
        }
        if let Some(call) = &mut self.call {
            let was_over = call.is_over();
            call.handle(facts, arrival, matched);
            placement.call = Some(call.no);
            placement.side = Some(call.side_of(facts));
            placement.call_over = !was_over && call.is_over();
            placement.moved = call.take_move().map(Moved::Call);
        }
    }

    fn place_dialog(
        &mut self,
        facts: &Facts<'_>,
        id: MessageId,
        common: &mut Common,
    ) -> Option<DialogNo> {
        let at = match self.find_dialog(facts) {
            Some(at) => at,
            None => {
                let local = if facts.is_request {
                    facts.from_tag
                } else {
                    facts.from_tag.or(facts.to_tag)
                };
                let creates =
                    makes_dialog(&facts.method) || (facts.to_tag.is_some() && facts.is_request);
                if !creates || self.call.is_none() && !makes_dialog(&facts.method) {
                    return None;
                }
                if self.dialogs.len() >= common.limits.dialogs_per_call_id {
                    common.numbers.closed_early += 1;
                    let oldest = self.dialogs.remove(0);
                    common
                        .closed
                        .push_back(Closed::Dialog(oldest.into_record(&self.call_id)));
                }
                let call = self.call.as_ref().map(|c| c.no);
                let mut dialog = Dialog::new(
                    take_number!(common.numbers.dialogs, DialogNo),
                    call,
                    local,
                    facts.to_tag,
                );
                if facts.is_request && facts.to_tag.is_some() {
                    // A request inside a dialog whose start was not captured.
                    dialog.state = DialogState::Confirmed;
                }
                push_exact(&mut self.dialogs, dialog);
                self.dialogs.len() - 1
            }
        };
        let dialog = self.dialogs.get_mut(at)?;
        dialog.handle(facts, id);
        Some(dialog.no)
    }

    /// The dialog of a message: both tags; else, for the first answer to a dialog-making request, the
    /// dialog that waits for its far end's tag (RFC 3261 §12.1); else the early dialog it ends.
    fn find_dialog(&mut self, facts: &Facts<'_>) -> Option<usize> {
        if let Some(at) = self.dialogs.iter().position(|d| d.has_tags(facts)) {
            return Some(at);
        }
        let waiting = self
            .dialogs
            .iter()
            .position(|d| d.awaits_answer_to(facts.from_tag));
        let establishes = facts.status.is_some_and(|s| s.get() > 100 && s.get() < 300)
            && makes_dialog(&facts.method);
        if establishes && facts.to_tag.is_some() {
            let at = waiting?;
            self.dialogs[at].remote_tag = facts.to_tag.map(crate::types::Tag::new);
            return Some(at);
        }
        if waiting.is_some() {
            return waiting;
        }
        // A failure from a proxy with a tag of its own, a CANCEL, or a retry after a challenge.
        let ends = !facts.is_request || facts.to_tag.is_none();
        let from = facts.from_tag;
        ends.then(|| {
            self.dialogs
                .iter()
                .position(|d| d.local_tag.as_ref().map(|t| t.as_bytes()) == from)
        })
        .flatten()
    }

    fn close(self, now: CaptureTime, common: &mut Common) {
        let call_id = self.call_id;
        for &at in self.transactions.iter() {
            common.close_transaction(at, &call_id, now);
        }
        for d in self.dialogs {
            common
                .closed
                .push_back(Closed::Dialog(d.into_record(&call_id)));
        }
        if let Some(call) = self.call {
            common
                .closed
                .push_back(Closed::Call(Box::new(call.into_record(&call_id, now))));
        }
        if let Some(registration) = self.registration {
            common
                .closed
                .push_back(Closed::Registration(registration.into_record(&call_id)));
        }
    }
}

impl Common {
    fn close_transaction(&mut self, at: u32, call_id: &CallId, now: CaptureTime) {
        if let Some(t) = self.transactions.take(at) {
            let record = t.into_record(call_id, now);
            self.closed.push_back(Closed::Transaction(record));
        }
    }
}

/// True for a message that only a call has. INFO, NOTIFY or REFER alone may belong to anything.
fn starts_call(facts: &Facts<'_>) -> bool {
    matches!(
        facts.method,
        Method::Invite
            | Method::Ack
            | Method::Bye
            | Method::Cancel
            | Method::Prack
            | Method::Update
    )
}
