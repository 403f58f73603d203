//! Requests within the dialogs of a call, and what became of each as its sender saw it.
//!
//! A request passes every hop. What counts is the hop nearest to its sender among those captured: there its copies
//! are counted and its answer is taken.

use super::compact::{block, push_exact, rows};
use super::facts::{Arrival, Facts};
use super::transaction::Matched;
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
    /// For an INVITE: a CANCEL followed.
    pub cancelled: bool,
    /// It carried a session description.
    pub has_sdp: bool,
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

    /// It got a 2xx.
    pub fn is_successful(&self) -> bool {
        self.status.is_some_and(StatusCode::is_success)
    }

    /// No final response is in the capture, on any hop, although there was time for it: `until` is 64·T1 after the
    /// request, when its sender gives up (RFC 3261 §17.1), or the sender gave up before that and said so at `until`.
    /// Over UDP a sender without an answer repeats the request: one that was not repeated got one unseen.
    pub fn is_unanswered(&self, until: CaptureTime) -> bool {
        const TIMER_64_T1: Delta = Delta::from_millis(31_500);
        let repeated = !self.repeats_expected || self.sends > 1;
        let none = self.status.is_none() && self.elsewhere.is_none();
        none && repeated && !self.proceeding && until - self.time >= TIMER_64_T1
    }
}

/// The requests of one call, in the order of their first copies.
#[derive(Clone, Debug, Default)]
pub(super) struct Requests {
    list: Vec<InDialogRequest>,
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
    /// Takes a message that is no second copy of the capture; `sender` is the side that sent it.
    pub(super) fn handle(
        &mut self,
        facts: &Facts<'_>,
        arrival: &Arrival<'_>,
        matched: &Matched,
        sender: Party,
    ) {
        if facts.is_request && facts.to_tag.is_none() {
            return;
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
                if let Some(request) = self.find(&facts.method, facts, asked) {
                    request.handle_response(status, arrival, matched);
                }
            }
        }
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
            cancelled: false,
            has_sdp: arrival.sdp.is_some(),
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
