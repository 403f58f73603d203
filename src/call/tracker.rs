//! The tracker: a message goes in, its place comes out, and finished records queue up.

use super::common::Common;
use super::dialog::DialogRecord;
use super::facts::{Arrival, Facts};
use super::loose::Loose;
use super::open::OpenCallId;
use super::other_port::OtherPortSeen;
use super::outside::RequestsRecord;
use super::quality::QualityReport;
use super::recent::Recent;
use super::record::{CallRecord, IcmpSeen};
use super::registration::RegistrationRecord;
use super::returned::RequestLoop;
use super::state::Moved;
use super::table::{Expires, Table};
use super::transaction::TransactionRecord;
use crate::sip::{Message, VqReport};
use crate::types::{
    CallNo, CaptureTime, Delta, DialogNo, FlowKey, FrameRef, MessageId, Method, Party,
    RegistrationNo, TransactionNo,
};

/// Bounds of the tracker.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Call-IDs open at once; beyond it the one due next is closed early, and counted.
    pub open_call_ids: usize,
    /// Bytes, about, that open Call-IDs may take together; beyond it the same.
    pub open_bytes: u64,
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
            open_bytes: 88 << 20,
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
    /// What stands beside them.
    Beside(Beside),
}

/// What is known of more than one Call-ID when the capture is over.
#[derive(Clone, Debug)]
pub enum Beside {
    /// A REFER or a subscription that belongs to a call of another Call-ID.
    Loose(Box<Loose>),
    /// Requests outside calls and registrations.
    Requests(RequestsRecord),
    /// Answers that go to another port than the requests come from.
    OtherPort(OtherPortSeen),
    /// A request outside calls that goes round in a loop.
    Loop(Box<RequestLoop>),
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
    /// Since when the call is up, where no message of it said where its media goes: it began before the capture, or
    /// the capture cut what says it.
    pub unannounced_since: Option<CaptureTime>,
}

/// Follows transactions, dialogs, calls and registrations.
pub struct Tracker {
    open: Table<OpenCallId>,
    common: Common,
    recent: Recent,
    now: CaptureTime,
    /// What the open Call-IDs weigh.
    weight: u64,
    closed_early: u64,
    keys_too_long: u64,
}

impl Tracker {
    /// An empty tracker.
    pub fn new(limits: Limits) -> Self {
        Tracker {
            open: Table::new(),
            common: Common {
                limits,
                ..Common::default()
            },
            recent: Recent::default(),
            now: CaptureTime::MIN,
            weight: 0,
            closed_early: 0,
            keys_too_long: 0,
        }
    }

    /// The same, with names of headers whose value is the Call-ID of another leg of the call.
    pub fn with_leg_headers(mut self, names: &[String]) -> Self {
        self.common.leg_headers = names.to_vec();
        self
    }

    /// Takes a message and says where it belongs. A message without a Call-ID belongs nowhere.
    pub fn handle_message(&mut self, arrival: &Arrival<'_>) -> Placement {
        self.take(arrival, false).unwrap_or_default()
    }

    /// The same, but `None`, and nothing taken, of a message whose cause has not been seen: a response without its
    /// request, an ACK without the response.
    pub fn handle_message_after_its_cause(&mut self, arrival: &Arrival<'_>) -> Option<Placement> {
        self.take(arrival, true)
    }

    fn take(&mut self, arrival: &Arrival<'_>, after_its_cause: bool) -> Option<Placement> {
        self.now = self.now.max(arrival.time);
        let Some(facts) = Facts::of(arrival.message) else {
            return Some(Placement::default());
        };
        if facts.is_oversized() {
            self.keys_too_long += 1;
            return Some(Placement::default());
        }
        let at = match self.open.find(facts.call_id) {
            Some(at) => at,
            None if after_its_cause && facts.needs_dialog() => return None,
            None => self.open_call_id(facts.call_id, arrival.time),
        };
        let Some(open) = self.open.get_mut(at) else {
            return Some(Placement::default());
        };
        let may_report = facts.is_request
            && matches!(facts.method, Method::Publish | Method::Notify)
            && arrival.duplicate_of.is_none();
        let found = open.find_transaction(&facts, arrival, &self.common);
        if after_its_cause && open.lacks_cause(&facts, found, &self.common) {
            return None;
        }
        let placement = open.handle(facts, arrival, found, &mut self.common);
        self.recent.note(arrival.flow, arrival.time, arrival.id, at);
        let (now, before) = open.weigh();
        self.weight = (self.weight + u64::from(now)).saturating_sub(before.into());
        if may_report && placement.retransmission_of.is_none() {
            self.handle_report(arrival, placement.transaction);
        }
        while self.weight > self.common.limits.open_bytes
            && self.open.len() > 1
            && let Some(next) = self.open.pop_next()
        {
            self.closed_early += 1;
            self.close(next);
        }
        Some(placement)
    }

    /// A quality report (RFC 6035) belongs to the call it is about, else to the requests that bring it.
    fn handle_report(&mut self, arrival: &Arrival<'_>, by: Option<TransactionNo>) {
        let Some(report) = VqReport::of(arrival.message) else {
            return;
        };
        let kept = QualityReport::of(&report, arrival);
        let about = [report.call_id, report.dialog].into_iter().flatten();
        for call_id in about {
            if let Some(at) = self.open.find(call_id)
                && let Some(open) = self.open.get_mut(at)
                && let Some(call) = open.call.as_mut()
            {
                call.note_report(kept);
                return;
            }
        }
        let own = arrival.message.call_id().and_then(|id| self.open.find(id));
        let own = own.and_then(|at| self.open.get_mut(at));
        if let (Some(open), Some(by)) = (own, by) {
            open.note_report(by, kept, &mut self.common);
        }
    }

    fn open_call_id(&mut self, call_id: &[u8], time: CaptureTime) -> u32 {
        let limits = &self.common.limits;
        let open = OpenCallId::new(call_id, time, limits);
        if self.open.len() >= limits.open_call_ids
            && let Some(next) = self.open.pop_next()
        {
            self.closed_early += 1;
            self.close(next);
        }
        self.open.insert(open)
    }

    fn close(&mut self, open: OpenCallId) {
        self.weight = self.weight.saturating_sub(open.weight().into());
        open.close(self.now, &mut self.common);
    }

    /// An ICMP error came at `time` that quotes (the start of) this message, or nothing that tells whose it is: then it is
    /// about the last message that went the quoted way. True where one of SIP did.
    pub fn handle_icmp(
        &mut self,
        quoted: Option<&Message<'_>>,
        time: CaptureTime,
        mut seen: IcmpSeen,
    ) -> bool {
        let recent = self.recent.on(seen.quoted, time);
        let named = quoted
            .and_then(Message::call_id)
            .map(|call_id| self.open.find(call_id));
        let at = match named {
            Some(named) => named,
            None => recent.map(|(_, at)| at),
        };
        seen.message = recent.filter(|(_, of)| Some(*of) == at).map(|(id, _)| id);
        let open = at.and_then(|at| self.open.get_mut(at));
        if let (Some(open), true) = (open, seen.is_failure()) {
            open.note_icmp(seen, &mut self.common);
        }
        named.is_some() || recent.is_some()
    }

    /// A part of a TCP connection that carries SIP is missing.
    pub fn handle_hole(&mut self, connection: FlowKey) {
        self.common.holes.note(connection, self.now);
    }

    /// Closes what is due at `now`, one Call-ID at a time: true while there may be more. Taking the
    /// records in between keeps few of them waiting.
    pub fn handle_time(&mut self, now: CaptureTime) -> bool {
        self.now = self.now.max(now);
        let due = self.open.pop_due(now);
        let more = due.is_some();
        if let Some(mut open) = due {
            open.close_transactions(now, usize::MAX, &mut self.common);
            let (now_weighs, before) = open.weigh();
            self.weight = (self.weight + u64::from(now_weighs)).saturating_sub(before.into());
            if open.due() > now {
                self.open.insert(open);
            } else {
                self.close(open);
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
        let next = self.open.pop_next();
        let more = next.is_some();
        if let Some(open) = next {
            self.close(open);
        }
        if !more {
            let requests = self.common.requests.take().into_iter();
            let ports = std::mem::take(&mut self.common.other_ports).into_iter();
            let beside = requests
                .map(Beside::Requests)
                .chain(ports.map(Beside::OtherPort));
            self.common.closed.extend(beside.map(Closed::Beside));
        }
        more
    }

    /// Call-IDs followed now.
    pub fn open_call_ids(&self) -> usize {
        self.open.len()
    }

    /// About how many bytes they take.
    pub fn open_bytes(&self) -> u64 {
        self.weight
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

    /// Requests outside calls beyond the kinds that are told apart.
    pub fn requests_refused(&self) -> u64 {
        self.common.requests.refused
    }

    /// Messages left out because their Call-ID, tags or branch are too long to be kept.
    pub fn keys_too_long(&self) -> u64 {
        self.keys_too_long
    }
}
