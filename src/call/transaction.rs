//! Transactions per hop, as a passive observer sees them (RFC 3261 §17).
//!
//! Invariant: a request and its copy forwarded by a proxy are two transactions, because the proxy
//! adds a Via; only the same message on the same hop is a retransmission.

mod watching;

use super::compact::block;
use super::facts::{Arrival, Facts};
use super::other_port::{OtherPort, Unheard};
use super::repeated::Waits;
use super::responses::Responses;
use super::timers::{Ended, Since, TimerRow, Watched, explain};
use crate::types::{
    CallId, CaptureTime, Delta, Few, Flow, FrameRef, HostAddr, MessageId, Method, PackedFrame,
    RequestsNo, StatusCode, TransactionNo,
};

/// 64·T1: how long an unanswered request is repeated, and a final response may be (RFC 3261 §17.1.1.2).
pub(super) const TIMER_64_T1: Delta = Delta::from_secs(32);

crate::types::vocabulary! {
    /// How far a transaction got.
    pub enum TransactionState {
        /// No response seen.
        Calling = "calling",
        /// Only provisional responses seen.
        Proceeding = "proceeding",
        /// A final response was seen.
        Completed = "completed",
        /// Ended with nothing more to come (the ACK of a 2xx, which has no response).
        Terminated = "terminated",
        /// No final response within 64·T1 of the last sign of life.
        TimedOut = "timed_out",
    }
}

/// A finished (or, at the end of the capture, unfinished) transaction.
#[derive(Clone, Debug)]
pub struct TransactionRecord {
    /// Its number.
    pub no: TransactionNo,
    /// Request method.
    pub method: Method,
    keys: Keys,
    /// Call-ID.
    pub call_id: CallId,
    /// Client to server.
    pub flow: Flow,
    /// All its messages.
    pub messages: Few<MessageId, 7>,
    responses: Responses,
    /// First final status.
    pub final_status: Option<StatusCode>,
    /// How far it got.
    pub state: TransactionState,
    /// Copies sent again, either way.
    pub retransmissions: u32,
    /// Request to first response.
    pub first_response: Option<Delta>,
    /// Request to final response.
    pub final_response: Option<Delta>,
    /// Where something was sent again.
    watched: Option<Box<Watched>>,
    /// How long after the request it was still open; `None` where the request was not captured.
    seen_for: Option<Since>,
    /// An ACK passed after its final response.
    acked: bool,
}

impl TransactionRecord {
    /// About how many bytes it takes.
    pub fn weight(&self) -> usize {
        let messages = self.messages.len().saturating_sub(7) * size_of::<MessageId>();
        let watched = self.watched.as_ref();
        let watched = watched.map_or(0, |w| block(size_of::<Watched>()) + w.weight());
        size_of::<Self>()
            + block(self.keys.bytes.len())
            + messages
            + self.responses.weight()
            + watched
    }

    /// Each message that was sent again with its timer, and the timer that waits at the end.
    pub fn timers(&self) -> Vec<TimerRow> {
        let answered = self.final_status.is_some() || self.first_response.is_some();
        let ended = Ended {
            answered: answered || !self.provisional().is_empty(),
            final_status: self.final_status,
            final_after: self.final_response,
            acked: self.acked,
            seen_for: self.seen_for.map(Since::delta),
        };
        explain(&self.method, self.watched.as_deref(), &ended)
    }

    /// Branch of the topmost Via.
    pub fn branch(&self) -> Option<&[u8]> {
        Some(self.keys.branch()).filter(|b| !b.is_empty())
    }

    /// Distinct 1xx in order.
    pub fn provisional(&self) -> Few<StatusCode, 3> {
        self.responses.provisional()
    }
}

/// What identifies a transaction, in one block.
#[derive(Clone, Debug)]
struct Keys {
    bytes: Box<[u8]>,
    branch: u16,
    sent_by: u16,
}

impl Keys {
    /// Nothing longer than `facts::MAX_KEY` comes here. The From tag counts only where the branch
    /// does not tell (RFC 2543).
    fn of(facts: &Facts<'_>) -> Self {
        let from_tag = if facts.has_rfc3261_branch() {
            &[]
        } else {
            facts.from_tag.unwrap_or_default()
        };
        let len = |key: &[u8]| u16::try_from(key.len()).unwrap_or(u16::MAX);
        Keys {
            bytes: [facts.branch, facts.sent_by, from_tag].concat().into(),
            branch: len(facts.branch),
            sent_by: len(facts.sent_by),
        }
    }

    fn split(&self) -> (&[u8], &[u8], &[u8]) {
        let cut = |bytes, at: u16| <[u8]>::split_at_checked(bytes, at.into()).unwrap_or_default();
        let (branch, rest) = cut(&self.bytes, self.branch);
        let (sent_by, from_tag) = cut(rest, self.sent_by);
        (branch, sent_by, from_tag)
    }

    fn branch(&self) -> &[u8] {
        self.split().0
    }
}

/// What tells one transaction of a Call-ID from the others.
#[derive(Clone, Debug)]
pub(super) struct TransactionKey<'a> {
    pub(super) method: &'a Method,
    /// Both hosts, the lower first.
    pub(super) hop: (HostAddr, HostAddr),
    pub(super) branch: &'a [u8],
    pub(super) sent_by: &'a [u8],
    /// CSeq and From tag, which tell where there is no branch of RFC 3261.
    pub(super) old: Option<(u32, &'a [u8])>,
}

impl<'a> TransactionKey<'a> {
    /// The key of the transaction that a message of `method` belongs to.
    pub(super) fn of(facts: &'a Facts<'_>, method: &'a Method, flow: Flow) -> Self {
        let from_tag = facts.from_tag.unwrap_or_default();
        let old = (!facts.has_rfc3261_branch()).then_some((facts.cseq, from_tag));
        TransactionKey {
            method,
            hop: hop_of(flow),
            branch: facts.branch,
            sent_by: facts.sent_by,
            old,
        }
    }
}

fn hop_of(flow: Flow) -> (HostAddr, HostAddr) {
    let (a, b) = (flow.src.addr, flow.dst.addr);
    (a.min(b), a.max(b))
}

/// An open transaction.
#[derive(Clone, Debug)]
pub(super) struct Transaction {
    pub(super) no: TransactionNo,
    pub(super) method: Method,
    keys: Keys,
    rfc3261: bool,
    pub(super) cseq: u32,
    /// Client to server.
    pub(super) flow: Flow,
    /// First copy of the request, when it was captured.
    pub(super) request: Option<(MessageId, PackedFrame, CaptureTime)>,
    /// Copies of the request, the first included.
    pub(super) sends: u32,
    /// The first ACK to a refusal, and when.
    ack: Option<(MessageId, Since)>,
    /// ACKs that are transactions of their own: which response they acknowledge, where the To tag tells, and when.
    acks: Few<(Option<MessageId>, Since), 1>,
    /// From the first copy of any message on.
    watched: Option<Box<Watched>>,
    began: CaptureTime,
    responses: Responses,
    first_response: Option<CaptureTime>,
    pub(super) final_response: Option<(StatusCode, CaptureTime, MessageId)>,
    retransmissions: u32,
    messages: Few<MessageId, 7>,
    last: CaptureTime,
    /// Of requests outside calls and registrations.
    pub(super) group: Option<RequestsNo>,
    /// The last answer went to another port than the request came from.
    pub(super) other_port: Option<Box<OtherPort>>,
}

/// What a transaction says of a message it took.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Matched {
    /// The message opened a transaction.
    pub(super) own_transaction: bool,
    pub(super) retransmission_of: Option<MessageId>,
    pub(super) request: Option<(FrameRef, Delta)>,
    /// A request sent again after an answer that went to another port.
    pub(super) unheard: Option<Unheard>,
    /// Of a copy: what sends it again.
    pub(super) waits: Waits,
    /// An ACK whose branch is not the one it should have.
    pub(super) ack_flaw: Option<AckFlaw>,
}

/// An ACK with the wrong branch: another than the INVITE's for a refusal, the INVITE's for a 2xx.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AckFlaw {
    /// What it acknowledges.
    pub status: StatusCode,
    /// The message of that.
    pub answer: MessageId,
    /// The ACK.
    pub ack: MessageId,
    /// The response came again after it.
    pub came_again: bool,
}

impl Transaction {
    pub(super) fn new(no: TransactionNo, facts: &Facts<'_>, arrival: &Arrival<'_>) -> Self {
        let flow = if facts.is_request {
            arrival.flow
        } else {
            arrival.flow.reversed()
        };
        Transaction {
            no,
            method: facts.method.clone(),
            keys: Keys::of(facts),
            rfc3261: facts.has_rfc3261_branch(),
            cseq: facts.cseq,
            flow,
            request: None,
            sends: 0,
            ack: None,
            acks: Few::default(),
            watched: None,
            began: arrival.time,
            responses: Responses::default(),
            first_response: None,
            final_response: None,
            retransmissions: 0,
            messages: Few::default(),
            last: arrival.time,
            group: None,
            other_port: None,
        }
    }

    /// True between the same two hosts, either way.
    fn is_on_hop(&self, flow: Flow) -> bool {
        let (src, dst) = (self.flow.src.addr, self.flow.dst.addr);
        let (a, b) = (flow.src.addr, flow.dst.addr);
        (a == src && b == dst) || (a == dst && b == src)
    }

    /// True when `facts`, seen on `flow`, belongs here (RFC 3261 §17.1.3, §17.2.3). The hop is
    /// compared by hosts alone: replies do come from another port, or through another tunnel or VLAN
    /// than the request, and the branch is unique anyway.
    pub(super) fn owns(&self, facts: &Facts<'_>, flow: Flow) -> bool {
        if !self.is_on_hop(flow) {
            return false;
        }
        let is_ack = facts.method == Method::Ack;
        if is_ack && self.method == Method::Invite {
            // The ACK of a failure shares the INVITE's transaction; the ACK of a 2xx is its own.
            let failed = self.final_response.is_some_and(|(s, ..)| !s.is_success());
            if !failed || self.cseq != facts.cseq {
                return false;
            }
        } else if self.method != facts.method {
            return false;
        }
        if self.rfc3261 != facts.has_rfc3261_branch() {
            return false;
        }
        let (branch, sent_by, from_tag) = self.keys.split();
        if self.rfc3261 {
            sent_by == facts.sent_by
                && (branch == facts.branch || branch.eq_ignore_ascii_case(facts.branch))
        } else {
            // RFC 2543: no usable branch, so the rest of the message has to tell.
            self.cseq == facts.cseq
                && from_tag == facts.from_tag.unwrap_or_default()
                && sent_by == facts.sent_by
                && branch == facts.branch
        }
    }

    /// Takes a message that `owns` accepted.
    pub(super) fn handle(&mut self, facts: &Facts<'_>, arrival: &Arrival<'_>) -> Matched {
        if facts.is_listed {
            self.messages.push(arrival.id);
        }
        if arrival.duplicate_of.is_some() {
            return Matched {
                request: self.answer_to(facts, arrival.time),
                ..Matched::default()
            };
        }
        self.last = self.last.max(arrival.time);
        let mut matched = Matched::default();
        match facts.status {
            None if facts.method == Method::Ack && self.method == Method::Invite => {
                self.other_port = None;
                match self.ack {
                    Some((first, _)) => matched.retransmission_of = Some(first),
                    None => {
                        let at = Since::between(self.began, arrival.time);
                        self.ack = Some((arrival.id, at));
                    }
                }
            }
            None => match self.request {
                // The same request coming back through a loop is no retransmission.
                Some((first, ..)) if arrival.flow.src.addr == self.flow.src.addr => {
                    self.sends += 1;
                    matched.retransmission_of = Some(first);
                    let astray = self.other_port.as_mut();
                    matched.unheard = astray.map(|port| port.repeated(arrival.time));
                }
                Some(_) => {}
                None => {
                    self.sends = 1;
                    self.request = Some((arrival.id, arrival.frame.into(), arrival.time));
                }
            },
            Some(status) => {
                matched.request = self.answer_to(facts, arrival.time);
                matched.retransmission_of = self.note_response(status, facts, arrival);
                self.note_port(arrival);
            }
        }
        if matched.retransmission_of.is_some() {
            self.retransmissions += 1;
            matched.waits = self.waits(facts, arrival, matched.retransmission_of);
        }
        if matched.retransmission_of.is_some() || self.watched.is_some() {
            self.watch(facts, arrival, matched.retransmission_of);
        }
        matched
    }

    /// When something of it was last seen.
    pub(super) fn last(&self) -> CaptureTime {
        self.last
    }

    /// That far end sent its final response, a refusal or not.
    pub(super) fn has_final_of(&self, to_tag: &[u8]) -> bool {
        let status = self.final_response.map(|(status, ..)| status);
        status.is_some_and(|status| self.responses.has_final(status, to_tag))
    }

    /// Branch of its topmost Via, where it has the form of RFC 3261.
    pub(super) fn branch(&self) -> Option<&[u8]> {
        self.rfc3261.then(|| self.keys.branch())
    }

    /// A later copy of its request carries its Via: who received it has sent it on.
    pub(super) fn is_sent_on_in(&self, arrival: &Arrival<'_>) -> bool {
        let own = self.keys.branch();
        let mut below = arrival.message.vias().skip(1);
        self.rfc3261 && below.any(|via| via.branch == Some(own))
    }

    fn answer_to(&self, facts: &Facts<'_>, time: CaptureTime) -> Option<(FrameRef, Delta)> {
        if facts.is_request {
            return None;
        }
        self.request
            .map(|(_, frame, sent)| (frame.into(), time - sent))
    }

    /// Only where the request was captured is its port known.
    fn note_port(&mut self, arrival: &Arrival<'_>) {
        let same = arrival.flow.dst.port == self.flow.src.port;
        if same || self.request.is_none() {
            self.other_port = None;
        } else if self.other_port.is_none() {
            self.other_port = OtherPort::of(self.flow, arrival);
        }
    }

    /// All its messages.
    pub(super) fn messages(&self) -> &[MessageId] {
        &self.messages
    }

    /// Somebody works on it: provisional responses alone.
    pub(super) fn is_proceeding(&self) -> bool {
        self.first_response.is_some() && self.final_response.is_none()
    }

    fn note_response(
        &mut self,
        status: StatusCode,
        facts: &Facts<'_>,
        arrival: &Arrival<'_>,
    ) -> Option<MessageId> {
        // No copy of the request comes later than that, so none is answered later.
        let is_asked = |(_, _, sent)| arrival.time - sent < TIMER_64_T1;
        let sends = if self.request.is_some_and(is_asked) {
            self.sends
        } else {
            0
        };
        let repeated = self
            .responses
            .note(status, (sends, self.began), facts, arrival);
        if repeated.is_some() {
            return repeated;
        }
        self.first_response.get_or_insert(arrival.time);
        if status.is_final() && self.final_response.is_none() {
            self.final_response = Some((status, arrival.time, arrival.id));
        }
        None
    }

    /// True where nothing more can come at `now`.
    pub(super) fn is_due(&self, now: CaptureTime) -> bool {
        self.due().is_some_and(|due| due <= now)
    }

    /// What [`Transaction::owns`] compares, but for what an ACK needs beyond it.
    pub(super) fn key(&self) -> TransactionKey<'_> {
        let (branch, sent_by, from_tag) = self.keys.split();
        let old = (!self.rfc3261).then_some((self.cseq, from_tag));
        TransactionKey {
            method: &self.method,
            hop: hop_of(self.flow),
            branch,
            sent_by,
            old,
        }
    }

    /// When nothing more can come: 64·T1 after the last message. An INVITE that rings stays open.
    pub(super) fn due(&self) -> Option<CaptureTime> {
        let ringing = self.method == Method::Invite
            && self.final_response.is_none()
            && self.first_response.is_some();
        (!ringing).then(|| self.last + TIMER_64_T1)
    }

    fn state(&self, now: CaptureTime) -> TransactionState {
        if self.final_response.is_some() {
            TransactionState::Completed
        } else if self.method == Method::Ack {
            TransactionState::Terminated
        } else if now - self.last >= TIMER_64_T1
            && (self.method != Method::Invite || self.first_response.is_none())
        {
            TransactionState::TimedOut
        } else if self.first_response.is_some() {
            TransactionState::Proceeding
        } else {
            TransactionState::Calling
        }
    }

    pub(super) fn into_record(self, call_id: &CallId, now: CaptureTime) -> TransactionRecord {
        let state = self.state(now);
        let since_request = |t: CaptureTime| self.request.map(|(_, _, sent)| t - sent);
        TransactionRecord {
            no: self.no,
            keys: self.keys,
            call_id: call_id.clone(),
            flow: self.flow,
            responses: self.responses,
            final_status: self.final_response.map(|(s, ..)| s),
            state,
            retransmissions: self.retransmissions,
            first_response: self.first_response.and_then(since_request),
            final_response: self.final_response.and_then(|(_, t, _)| since_request(t)),
            method: self.method,
            messages: self.messages,
            watched: self.watched,
            seen_for: self.request.map(|(_, _, sent)| Since::between(sent, now)),
            acked: self.ack.is_some() || !self.acks.is_empty(),
        }
    }
}
