//! Requests within the dialogs of a call, and what became of each as its sender saw it.
//!
//! A request passes every hop. What counts is the hop nearest to its sender among those captured: there its copies
//! are counted and its answer is taken.

use super::compact::{block, push_exact, rows};
use super::facts::{Arrival, Facts};
use super::transaction::Matched;
use crate::sdp::{Media, MediaPort, SessionDescription};
use crate::types::{
    CaptureTime, Delta, Endpoint, Flow, MessageId, Method, Party, StatusCode, Transport,
};
use foldhash::quality::FixedState;
use std::hash::BuildHasher;

/// Requests kept for one call; beyond them the oldest that went well makes room.
const MAX_REQUESTS: usize = 128;
/// Copies named for one request; the others are counted.
const MAX_REPEATS: usize = 12;

/// A request that names both ends of a dialog (RFC 3261 §12.2), ACK and CANCEL left out.
#[derive(Clone, Debug, PartialEq)]
pub struct InDialogRequest {
    /// Its method.
    pub method: Method,
    /// Its CSeq number, which each side counts for itself.
    pub cseq: u32,
    /// Who sent it.
    pub side: Party,
    /// Stands for the two tags: the same number, the same dialog of this call.
    pub dialog: u32,
    /// Its first copy on the sender's hop.
    pub message: MessageId,
    /// Time of that.
    pub time: CaptureTime,
    /// Copies on that hop, the first included.
    pub sends: u32,
    /// A 1xx came back on that hop.
    pub proceeding: bool,
    /// The final status that came back on that hop.
    pub status: Option<StatusCode>,
    /// The message with it.
    pub answer: Option<MessageId>,
    /// Time of that.
    pub answered: Option<CaptureTime>,
    /// A final status seen on another hop, and the message with it.
    pub elsewhere: Option<(StatusCode, MessageId)>,
    /// For an INVITE: its final response was acknowledged on some hop.
    pub acked: bool,
    /// For an INVITE: its 2xx was sent again on that hop before any ACK: how often, and when last.
    pub repeated_answer: Option<(u32, CaptureTime)>,
    /// For an INVITE: a CANCEL followed.
    pub cancelled: bool,
    /// It carried a session description.
    pub has_sdp: bool,
    /// That asks for a hold: its sender wants to receive no medium.
    pub asks_hold: bool,
    /// It carried credentials.
    pub credentials: bool,
    /// It went over UDP, where its sender repeats it (RFC 3261 §17.1).
    pub repeats_expected: bool,
    /// The first messages of this transaction that were sent again, on any hop, either way.
    pub repeats: Vec<MessageId>,
    /// How many were.
    pub repeat_count: u32,
    /// Who receives it on that hop.
    pub to: Endpoint,
    hop: u32,
    vias: u16,
}

impl InDialogRequest {
    /// It was refused, and not to ask for credentials.
    pub fn is_refused(&self) -> bool {
        self.status
            .is_some_and(|s| s.get() >= 300 && !s.is_challenge())
    }

    /// It changes or refreshes the session.
    pub fn is_change(&self) -> bool {
        matches!(self.method, Method::Invite | Method::Update)
    }

    /// `re-INVITE` for an INVITE within a dialog, else the method.
    pub fn name(&self) -> String {
        match &self.method {
            Method::Invite => "re-INVITE".to_owned(),
            other => other.as_str().to_owned(),
        }
    }

    /// It got a 2xx.
    pub fn is_successful(&self) -> bool {
        self.status.is_some_and(StatusCode::is_success)
    }

    /// No response is in the capture, on any hop, although its sender waited for one until `until`, 64·T1 or
    /// more: then it gives up (RFC 3261 §17.1). One that a sender over UDP did not repeat got an answer unseen.
    pub fn is_unanswered(&self, until: CaptureTime) -> bool {
        const TIMER_64_T1: Delta = Delta::from_millis(31_500);
        let none = self.status.is_none() && self.elsewhere.is_none() && !self.proceeding;
        let repeated = !self.repeats_expected || self.sends > 1;
        none && repeated && until - self.time >= TIMER_64_T1
    }

    /// The same, where its sender ended the dialog at `until`: that took as long as several copies do.
    pub fn is_given_up(&self, until: CaptureTime) -> bool {
        /// At 0, 0.5, 1.5 and 3.5 s.
        const SEVERAL: u32 = 4;
        let none = self.status.is_none() && self.elsewhere.is_none() && !self.proceeding;
        let waited = until > self.time && self.sends >= SEVERAL;
        none && waited || self.is_unanswered(until)
    }
}

/// The requests of one call, in the order of their first copies.
#[derive(Clone, Debug, Default)]
pub(super) struct Requests {
    list: Vec<InDialogRequest>,
}

fn asks_hold(sdp: &SessionDescription<'_>) -> bool {
    let mut active = sdp.media.iter().filter(|m| m.port != MediaPort::Disabled);
    let mut rest = active.clone();
    // An ICE offer may start with c=0.0.0.0 and name its addresses as candidates (RFC 8840).
    let nowhere = |m: &Media<'_>| {
        let address = m.connection().and_then(|c| c.ip());
        m.candidates.is_empty() && address.is_some_and(|a| a.is_unspecified())
    };
    active.next().is_some() && rest.all(|m| !m.direction.receives() || nowhere(m))
}

/// The same for both directions of a dialog.
pub(super) fn dialog_of(facts: &Facts<'_>) -> u32 {
    let [a, b] = [facts.from_tag, facts.to_tag].map(Option::unwrap_or_default);
    let hash = FixedState::default().hash_one((a.min(b), a.max(b)));
    // Half of it: two dialogs of one call are told apart, nothing else.
    (hash >> 32) as u32
}

/// The same for both directions between two hosts: replies do come from another port.
fn hop_of(flow: Flow) -> u32 {
    let (a, b) = (flow.src.addr, flow.dst.addr);
    (FixedState::default().hash_one((a.min(b), a.max(b))) >> 32) as u32
}

impl Requests {
    /// Takes a message that is no second copy of the capture; `sender` is the side that sent it. Gives the request
    /// that the message refuses, where it does.
    pub(super) fn handle(
        &mut self,
        facts: &Facts<'_>,
        arrival: &Arrival<'_>,
        matched: &Matched,
        sender: Party,
    ) -> Option<&InDialogRequest> {
        if facts.is_request && facts.to_tag.is_none() {
            return None;
        }
        match (&facts.method, facts.status) {
            (Method::Ack, _) => {
                if let Some(invite) = self.find(&Method::Invite, facts, sender) {
                    invite.acked = true;
                    if matched.retransmission_of.is_some() {
                        invite.note_repeat(arrival);
                    }
                }
            }
            (Method::Cancel, _) => {
                let asked = if facts.is_request {
                    sender
                } else {
                    sender.other()
                };
                if let Some(invite) = self.find(&Method::Invite, facts, asked) {
                    invite.cancelled = true;
                }
            }
            (_, None) => self.handle_request(facts, arrival, matched, sender),
            (_, Some(status)) => {
                let asked = sender.other();
                let request = self.find(&facts.method, facts, asked)?;
                let before = request.status;
                request.handle_response(status, arrival, matched);
                return (before.is_none() && request.is_refused()).then_some(&*request);
            }
        }
        None
    }

    fn find(
        &mut self,
        method: &Method,
        facts: &Facts<'_>,
        side: Party,
    ) -> Option<&mut InDialogRequest> {
        if self.list.is_empty() {
            return None;
        }
        let dialog = dialog_of(facts);
        let mut newest_first = self.list.iter_mut().rev();
        newest_first.find(|r| {
            r.cseq == facts.cseq && r.side == side && r.method == *method && r.dialog == dialog
        })
    }

    fn handle_request(
        &mut self,
        facts: &Facts<'_>,
        arrival: &Arrival<'_>,
        matched: &Matched,
        side: Party,
    ) {
        if let Some(known) = self.find(&facts.method, facts, side) {
            known.handle_copy(facts, arrival, matched);
            return;
        }
        if self.list.len() >= MAX_REQUESTS {
            match self.list.iter().position(InDialogRequest::is_successful) {
                Some(old) => drop(self.list.remove(old)),
                None => return,
            }
        }
        let request = InDialogRequest {
            method: facts.method.clone(),
            cseq: facts.cseq,
            side,
            dialog: dialog_of(facts),
            message: arrival.id,
            time: arrival.time,
            sends: 1,
            proceeding: false,
            status: None,
            answer: None,
            answered: None,
            elsewhere: None,
            acked: false,
            repeated_answer: None,
            cancelled: false,
            has_sdp: arrival.sdp.is_some(),
            asks_hold: arrival.sdp.is_some_and(asks_hold),
            credentials: arrival.message.has_credentials(),
            repeats_expected: arrival.transport == Transport::Udp,
            repeats: Vec::new(),
            repeat_count: 0,
            to: arrival.flow.dst,
            hop: hop_of(arrival.flow),
            vias: facts.vias,
        };
        push_exact(&mut self.list, request);
    }

    /// An INVITE of the caller with that number is one within the dialog.
    pub(super) fn has_invite_of_caller(&self, cseq: u32) -> bool {
        let mut all = self.list.iter();
        all.any(|r| r.method == Method::Invite && r.side == Party::Caller && r.cseq == cseq)
    }

    /// A re-INVITE was answered within the dialog: only one that is up takes it (RFC 3261 §14).
    pub(super) fn show_call_up(&self) -> bool {
        let known = |s: StatusCode| !matches!(s.get(), 408 | 481);
        let is_it = |r: &InDialogRequest| r.method == Method::Invite && r.status.is_some_and(known);
        self.list.iter().any(is_it)
    }

    /// The list itself, for the record.
    pub(super) fn take(&mut self) -> Vec<InDialogRequest> {
        std::mem::take(&mut self.list)
    }

    pub(super) fn weight(&self) -> usize {
        weight_of(&self.list)
    }
}

/// About how many bytes such a list takes.
pub(super) fn weight_of(list: &[InDialogRequest]) -> usize {
    let own = |r: &InDialogRequest| {
        let method = match &r.method {
            Method::Other(token) => block(token.len()),
            _ => 0,
        };
        method + rows(&r.repeats)
    };
    rows(list) + list.iter().map(own).sum::<usize>()
}

#[cfg(test)]
impl InDialogRequest {
    /// One over UDP that got that status a tenth of a second later, for tests of rules; status 0 is none.
    pub(crate) fn sample(
        method: Method,
        side: Party,
        message: MessageId,
        time: CaptureTime,
        status: u16,
    ) -> InDialogRequest {
        let host = crate::types::HostAddr::v4([192, 0, 2, 12]);
        let status = StatusCode::new(status);
        InDialogRequest {
            method,
            cseq: 1,
            side,
            dialog: 0,
            message,
            time,
            sends: 1,
            proceeding: false,
            status,
            answer: status.map(|_| MessageId::after(message.get())),
            answered: status.map(|_| time + Delta::from_millis(100)),
            elsewhere: None,
            acked: true,
            repeated_answer: None,
            cancelled: false,
            has_sdp: true,
            asks_hold: false,
            credentials: false,
            repeats_expected: true,
            repeats: Vec::new(),
            repeat_count: 0,
            to: Endpoint::new(host, 5060),
            hop: 0,
            vias: 1,
        }
    }
}

impl InDialogRequest {
    fn note_repeat(&mut self, arrival: &Arrival<'_>) {
        self.repeat_count += 1;
        if self.repeats.len() < MAX_REPEATS {
            self.repeats.push(arrival.id);
        }
    }

    fn handle_copy(&mut self, facts: &Facts<'_>, arrival: &Arrival<'_>, matched: &Matched) {
        if matched.retransmission_of.is_some() {
            self.note_repeat(arrival);
            if self.vias == facts.vias && self.hop == hop_of(arrival.flow) {
                self.sends += 1;
            }
        } else if facts.vias < self.vias {
            // Nearer to its sender, though later in the file.
            self.vias = facts.vias;
            self.to = arrival.flow.dst;
            self.hop = hop_of(arrival.flow);
            self.message = arrival.id;
            self.time = arrival.time;
            self.elsewhere = self.status.zip(self.answer).or(self.elsewhere);
            (self.status, self.answer, self.answered) = (None, None, None);
        }
    }

    fn handle_response(&mut self, status: StatusCode, arrival: &Arrival<'_>, matched: &Matched) {
        if matched.retransmission_of.is_some() {
            self.note_repeat(arrival);
            let is_own = self.status == Some(status) && self.hop == hop_of(arrival.flow);
            if self.method == Method::Invite && status.is_success() && is_own && !self.acked {
                let before = self.repeated_answer.map_or(0, |(count, _)| count);
                self.repeated_answer = Some((before + 1, arrival.time));
            }
            return;
        }
        let here = self.hop == hop_of(arrival.flow);
        if !status.is_final() {
            self.proceeding |= here;
        } else if !here {
            self.elsewhere.get_or_insert((status, arrival.id));
        } else if self.status.is_none() {
            self.status = Some(status);
            self.answer = Some(arrival.id);
            self.answered = Some(arrival.time);
        }
    }
}
