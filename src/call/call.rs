//! One call: every message of one Call-ID that an INVITE started, over all hops.
//!
//! Figures are taken on the caller's hop (the one nearest to who called among those captured), so
//! that a call seen at several points of its path has one set of times.

mod cancelling;
mod dialogs;
mod keys;
mod marks;
mod negotiation;
mod path;
mod tied;
mod unseen;
mod weight;

use super::agreement::Lines;
use super::answers::{Answer, Answers};
use super::authentication::{CredentialsSeen, Exchange};
use super::compact::{push_exact, reason_of};
use super::facts::{Arrival, Facts};
use super::holes::Holes;
use super::leg::LegFacts;
use super::outcome::{EndedBy, Evidence, judge};
use super::quality::QualityReport;
use super::reasons;
use super::record::{
    CallRecord, Hop, IcmpSeen, Identity, InfoDigit, KeptMarks, Marks, MediaAddress,
};
use super::refusal::MediaRefusal;
use super::repeated::Waits;
use super::requests::Requests;
use super::session::{EventKind, Negotiation, SessionEvent};
use super::state::{CallState, Step};
use super::ties::Ties;
use super::timer::SessionTimer;
use super::transaction::Matched;
use crate::sip::{Message, NameAddr};
use crate::types::{
    CallId, CallNo, CaptureTime, Delta, Endpoint, Few, Flow, MessageId, Method, Party, StatusClass,
    StatusCode, Tag,
};
use marks::OpenMarks;
use std::borrow::Cow;

/// Longest lists kept for one call; beyond them the call goes on, the list does not.
const MAX_HOPS: usize = 64;
const MAX_EVENTS: usize = 1000;

/// An open call.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) no: CallNo,
    caller: Identity,
    callee: Identity,
    caller_tag: Tag,
    /// Sender of the INVITE on the hop nearest to the caller.
    caller_end: Endpoint,
    /// All hosts share one address, so ports have to tell them apart.
    one_address: bool,
    min_vias: u16,
    /// Of the first INVITE.
    max_forwards: Option<u8>,
    start: CaptureTime,
    last: CaptureTime,
    attempt: Evidence,
    attempt_cseq: u32,
    attempt_done: Option<(StatusCode, CaptureTime, MessageId)>,
    final_reason: Option<Cow<'static, str>>,
    first_180: Option<CaptureTime>,
    first_183: Option<CaptureTime>,
    first_18x: Option<CaptureTime>,
    cancel: Option<CaptureTime>,
    answers: Answers,
    ties: Option<Box<Ties>>,
    challenged: bool,
    /// Once a challenge or credentials were seen.
    login: Option<Box<Login>>,
    hops: Vec<Hop>,
    /// What the INVITE asked for on each of them.
    targets: Few<u32, 3>,
    negotiation: Negotiation,
    to_tags: Vec<Box<[u8]>>,
    events: Vec<SessionEvent>,
    requests: Requests,
    timer: Option<Box<SessionTimer>>,
    digits: Vec<InfoDigit>,
    addresses: Vec<MediaAddress>,
    reports: Vec<QualityReport>,
    messages: Vec<MessageId>,
    marks: OpenMarks,
    leg: LegFacts,
    /// Bytes of To tags and of addresses for media.
    texts: usize,
    state: CallState,
    /// The message at hand changed it.
    moved: bool,
}

/// Challenges and credentials of the INVITE.
#[derive(Clone, Debug, Default)]
struct Login {
    exchange: Exchange,
    seen: CredentialsSeen,
}

impl Call {
    pub(super) fn new(no: CallNo, facts: &Facts<'_>, arrival: &Arrival<'_>) -> Self {
        // A capture that starts inside a call may show the callee's request first; who called is
        // then unknown and the sender of the first request stands in.
        let (caller, callee) = parties(arrival.message);
        let flow = if facts.is_request {
            arrival.flow
        } else {
            arrival.flow.reversed()
        };
        Call {
            no,
            caller,
            callee,
            caller_tag: Tag::new(facts.from_tag.unwrap_or_default()),
            caller_end: flow.src,
            one_address: flow.src.addr == flow.dst.addr,
            min_vias: facts.vias,
            max_forwards: None,
            start: arrival.time,
            last: arrival.time,
            attempt: Evidence::default(),
            attempt_cseq: 0,
            attempt_done: None,
            final_reason: None,
            first_180: None,
            first_183: None,
            first_18x: None,
            cancel: None,
            answers: Answers::default(),
            ties: None,
            challenged: false,
            login: None,
            // Half of all calls are seen on one hop; a vector left to itself begins with room for four.
            hops: Vec::with_capacity(1),
            targets: Few::default(),
            negotiation: Negotiation::default(),
            to_tags: Vec::new(),
            events: Vec::new(),
            requests: Requests::default(),
            timer: None,
            digits: Vec::new(),
            addresses: Vec::new(),
            reports: Vec::new(),
            messages: Vec::new(),
            marks: OpenMarks::default(),
            leg: LegFacts::default(),
            texts: 0,
            state: CallState::default(),
            // A call that began before the capture is told from its first change on.
            moved: facts.is_initial_invite(),
        }
    }

    /// True once nothing but repetitions can follow in any of its dialogs; [`CallState::is_over`] is what the
    /// caller sees.
    pub(super) fn is_settled(&self) -> bool {
        self.answers.is_over()
            || (self.answers.is_empty()
                && self.attempt_done.is_some_and(|(s, ..)| !s.is_challenge()))
    }

    /// True for the INVITE of a server that took this call's INVITE and calls on under the same Call-ID, but with
    /// a From tag of its own: another leg. A phone that tries again sends from where it sent before.
    pub(super) fn is_taken_up_by(&self, facts: &Facts<'_>, flow: Flow) -> bool {
        let same = |a: Endpoint, b: Endpoint| a.addr == b.addr && (!self.one_address || a == b);
        let reached = |h: &Hop| same(h.flow.dst, flow.src);
        facts.from_tag.unwrap_or_default() != self.caller_tag.as_bytes()
            && !same(self.caller_end, flow.src)
            && !same(self.caller_end, flow.dst)
            && self.hops.iter().any(reached)
    }

    /// True where one side of the message is this call's caller.
    pub(super) fn has_caller(&self, facts: &Facts<'_>) -> bool {
        let tag = Some(self.caller_tag.as_bytes());
        facts.from_tag == tag || facts.to_tag == tag
    }

    pub(super) fn is_answered(&self) -> bool {
        !self.answers.is_empty()
    }

    /// Which side sent a message, told by its tags and never by its source address (a proxy or
    /// B2BUA sends for others).
    pub(super) fn side_of(&self, facts: &Facts<'_>) -> Party {
        let from_is_caller = facts.from_tag.unwrap_or_default() == self.caller_tag.as_bytes();
        if from_is_caller == facts.is_request {
            Party::Caller
        } else {
            Party::Callee
        }
    }

    /// True on the hop next to the caller, either way.
    fn on_caller_hop(&self, flow: Flow) -> bool {
        if self.one_address {
            flow.src == self.caller_end || flow.dst == self.caller_end
        } else {
            flow.src.addr == self.caller_end.addr || flow.dst.addr == self.caller_end.addr
        }
    }

    /// Where the call stands now, if the message handled last changed it.
    pub(super) fn take_move(&mut self) -> Option<CallState> {
        std::mem::take(&mut self.moved).then_some(self.state)
    }

    fn step(&mut self, step: Step) {
        let next = self.state.next(step);
        self.moved |= next != self.state;
        self.state = next;
    }

    pub(super) fn handle(
        &mut self,
        facts: &Facts<'_>,
        arrival: &Arrival<'_>,
        matched: &Matched,
        lines: &mut Lines,
    ) {
        if facts.is_listed {
            self.messages.push(arrival.id);
        }
        if arrival.duplicate_of.is_some() {
            return;
        }
        self.last = self.last.max(arrival.time);
        let side = self.side_of(facts);
        self.handle_requests(side, facts, arrival, matched);
        self.marks.note_answer(facts, arrival);
        if let Some(flaw) = matched.ack_flaw {
            self.marks.ack_flaw.get_or_insert(Box::new(flaw));
        }
        if let Some(flaw) = &mut self.marks.ack_flaw {
            flaw.came_again |= matched.retransmission_of == Some(flaw.answer);
        }
        if matched.retransmission_of.is_some() {
            self.note_retransmission(facts, arrival, matched.waits);
            self.marks.unheard = matched.unheard.or(self.marks.unheard);
            return;
        }
        match (&facts.method, facts.status) {
            (Method::Invite, None) if facts.to_tag.is_none() => self.handle_invite(facts, arrival),
            (Method::Invite, Some(status)) => self.handle_invite_response(status, facts, arrival),
            (Method::Ack, None) => self.handle_ack(facts, arrival, matched),
            (Method::Cancel, None) => self.handle_cancel(arrival),
            (Method::Bye, None) => self.handle_bye(facts, arrival),
            (Method::Bye, Some(status)) => {
                self.handle_bye_response(status, facts, arrival, matched)
            }
            (Method::Refer | Method::Notify, _) => {
                self.handle_transfer(facts, arrival);
                self.handle_key_report(facts, arrival);
            }
            (Method::Info, None) => self.handle_info(facts, arrival),
            (Method::Info, Some(status)) => self.handle_info_response(status, facts),
            _ => {}
        }
        self.note_focus(facts, arrival);
        self.handle_session(facts, arrival, lines);
    }

    fn note_retransmission(&mut self, facts: &Facts<'_>, arrival: &Arrival<'_>, waits: Waits) {
        self.marks.note_retransmission(facts, arrival, waits);
        self.note_repeat_in_dialog(facts, arrival);
        if facts.method == Method::Invite
            && facts.is_request
            && facts.to_tag.is_none()
            && self.on_caller_hop(arrival.flow)
        {
            self.attempt.sends += 1;
        }
    }

    fn handle_invite(&mut self, facts: &Facts<'_>, arrival: &Arrival<'_>) {
        self.note_target(arrival);
        self.note_hop(facts, arrival);
        let first = !self.attempt.invite_seen;
        let nearer = facts.vias < self.min_vias;
        if first || nearer {
            self.caller_end = arrival.flow.src;
            self.one_address = arrival.flow.src.addr == arrival.flow.dst.addr;
            self.min_vias = facts.vias;
        }
        let ours = facts.vias == self.min_vias && self.on_caller_hop(arrival.flow);
        if !ours || (!first && !nearer && facts.cseq < self.attempt_cseq) {
            return;
        }
        if first {
            // Where the call was made of this message, it names both already.
            if *self.messages != [arrival.id] {
                self.caller_tag = Tag::new(facts.from_tag.unwrap_or_default());
                (self.caller, self.callee) = parties(arrival.message);
            }
            self.start = arrival.time;
            self.note_contact(Party::Caller, arrival);
            self.max_forwards = arrival.message.max_forwards();
            self.ties = self
                .ties
                .take()
                .or_else(|| Ties::of_invite(arrival.message));
        }
        self.marks.invite.get_or_insert(arrival.id);
        // Another branch of the same CSeq is the caller's own fork, not a new attempt.
        if first || facts.cseq > self.attempt_cseq {
            self.attempt_cseq = facts.cseq;
            self.to_tags.clear();
            let credentials = arrival.message.has_credentials();
            if credentials || self.login.is_some() {
                let login = self.login.get_or_insert_default();
                login.exchange.handle_request(arrival);
                login.seen.fits = login.exchange.fits();
            }
            // Who goes on got the answer.
            self.marks.unheard = None;
            self.attempt_done = None;
            self.final_reason = None;
            self.step(Step::Invite);
            self.marks.acked = false;
            self.attempt = Evidence {
                invite_seen: true,
                sends: 1,
                sent: Some(arrival.time),
                credentials,
                rang: self.attempt.rang,
                ..Evidence::default()
            };
        }
    }

    fn handle_invite_response(
        &mut self,
        status: StatusCode,
        facts: &Facts<'_>,
        arrival: &Arrival<'_>,
    ) {
        let caller_hop = self.on_caller_hop(arrival.flow);
        self.note_loop_refusal(status, arrival);
        if status.is_success() && self.side_of(facts) == Party::Callee {
            self.attempt.answered_elsewhere = true;
            if let Some(ties) = &mut self.ties {
                ties.note_answer(arrival.flow.src.addr);
            }
        }
        if status.class() == StatusClass::Redirection && self.side_of(facts) == Party::Callee {
            self.note_redirect(status, arrival);
        }
        if status.is_challenge() && facts.cseq >= self.attempt_cseq {
            // Not of a re-INVITE.
            let own = self.side_of(facts) == Party::Callee
                && !self.requests.has_invite_of_caller(facts.cseq);
            self.challenged |= caller_hop && own;
            if caller_hop && facts.cseq == self.attempt_cseq {
                let login = self.login.get_or_insert_default();
                let said = login.exchange.handle_challenge(arrival.message);
                login.seen.note(said, arrival.id);
                self.attempt.challenge = Some(said);
            }
        }
        // Only the initial INVITE of the caller decides the outcome; re-INVITEs never do.
        if !caller_hop || facts.cseq != self.attempt_cseq && self.attempt.invite_seen {
            return;
        }
        if self.side_of(facts) != Party::Callee {
            return;
        }
        // Where the capture starts within the call, this answers no more than a change of the session.
        if !self.attempt.invite_seen && self.requests.has_invite_of_caller(facts.cseq) {
            return;
        }
        self.marks.caller_shown = true;
        if !self.answers.is_empty() {
            self.note_other_answer(status, facts, arrival);
            return;
        }
        self.attempt.any_response = true;
        self.note_fork(status, facts, arrival);
        match status.get() {
            180..=183 => {
                let with_media = status.get() == 183 && arrival.sdp.is_some();
                self.step(Step::Progress { with_media });
                self.attempt.rang = true;
                self.first_18x.get_or_insert(arrival.time);
                let slot = if status.get() == 180 {
                    Some(&mut self.first_180)
                } else {
                    None
                };
                match slot {
                    Some(slot) => drop(slot.get_or_insert(arrival.time)),
                    None if status.get() == 183 => drop(self.first_183.get_or_insert(arrival.time)),
                    None => {}
                }
            }
            200..=299 => {
                self.step(Step::Answer);
                self.answers.note_answer(status, facts, arrival);
                self.note_contact(Party::Callee, arrival);
            }
            300.. => self.step(Step::Refuse(status)),
            _ => {}
        }
        if status.is_final() {
            // A proxy's best response may follow a challenge of another branch; a 2xx always wins.
            self.attempt_done = Some((status, arrival.time, arrival.id));
            self.attempt.final_status = Some(status);
            self.attempt.q850 = q850_cause(arrival.message).or(self.attempt.q850);
            self.marks.refusal = MediaRefusal::is_one(status).then(|| {
                let offered = self.negotiation.offered_lines();
                Box::new(MediaRefusal::new(offered, arrival))
            });
            if !status.is_success() {
                let stated = reasons::stated(arrival.message);
                self.attempt.stated = stated.or_else(|| self.attempt.stated.take());
            }
            self.final_reason = match &arrival.message.start {
                crate::sip::StartLine::Response { reason, .. } if !reason.is_empty() => {
                    Some(reason_of(status, reason))
                }
                _ => None,
            };
            self.marks.final_response = Some(arrival.id);
        }
    }

    pub(super) fn note_report(&mut self, report: QualityReport) {
        const MAX_REPORTS: usize = 64;
        if self.reports.len() < MAX_REPORTS {
            push_exact(&mut self.reports, report);
        }
    }

    pub(super) fn note_icmp(&mut self, seen: IcmpSeen) {
        self.attempt.unreachable |= seen.is_unreachable();
        match &mut self.marks.icmp {
            Some(first) => first.count += 1,
            none => *none = Some(Box::new(seen)),
        }
    }

    fn push_event(&mut self, kind: EventKind, arrival: &Arrival<'_>, text: String) {
        if self.events.len() < MAX_EVENTS {
            self.events.push(SessionEvent {
                time: arrival.time,
                kind,
                message: arrival.id,
                text,
            });
        }
    }

    /// Hops in path order: by number of Vias, then by time.
    fn take_path(&mut self) -> Vec<Hop> {
        let mut hops = std::mem::take(&mut self.hops);
        hops.sort_by_key(|h| h.vias);
        hops
    }

    pub(super) fn into_record(
        mut self,
        call_id: &CallId,
        end: CaptureTime,
        holes: &Holes,
    ) -> CallRecord {
        let mut evidence = self.attempt.clone();
        let chosen = std::mem::take(&mut self.answers).choose(self.last);
        let hole = self.hole(holes, &chosen);
        evidence.hole = hole.is_some();
        let (main, ending) = (chosen.main, chosen.ending);
        evidence.bye = ending.is_seen();
        if let Some(main) = &main {
            evidence.final_status = Some(main.status);
            evidence.stated = None;
        }
        if let Some(stated) = ending.stated() {
            evidence.stated = Some(stated.into());
        }
        evidence.unheard = self.marks.unheard.is_some();
        evidence.was_up = self.requests.show_call_up();
        let caller_shown = self.marks.caller_shown;
        let (outcome, outcome_reason) = judge(&evidence, self.last, end);
        let bye = ending.time();
        let answer = main.as_ref().map(|a| a.time);
        let ringing = self.first_180.or(self.first_183);
        let done = self.attempt_done.map(|(_, t, _)| t);
        // Nobody gave up where a box in between cancels, as another phone has the call.
        let gave_up = match self.attempt.taken_elsewhere {
            true => EndedBy::Network,
            false => EndedBy::Caller,
        };
        let cancelled = self.attempt.cancelled && answer.is_none();
        let ended_by = ending.ended_by().or(cancelled.then_some(gave_up));
        if let Some(main) = main.as_ref().filter(|_| !chosen.others.is_empty()) {
            self.negotiation.choose(main.tag());
        }
        let agreed = self.negotiation.take_agreed();
        let cancelled = if answer.is_none() { self.cancel } else { None };
        let invite = self.marks.invite;
        let positive = |d: Delta| if d.is_negative() { None } else { Some(d) };
        // Without the INVITE there is nothing to count from.
        let (seen, start) = (self.attempt.invite_seen, self.start);
        let since_invite =
            |t: Option<CaptureTime>| t.filter(|_| seen).and_then(|t| positive(t - start));
        CallRecord {
            ended_by,
            hops: self.take_path(),
            outcome,
            outcome_reason,
            final_status: evidence.final_status,
            final_reason: self.final_reason,
            start: self.start,
            ringing,
            rang: self.first_180,
            answer,
            end: if answer.is_some() {
                bye
            } else {
                cancelled.or(bye).or(done)
            },
            over: end,
            post_dial_delay: since_invite(self.first_18x),
            ring_time: self
                .first_180
                .and_then(|r| answer.or(cancelled).or(done).and_then(|t| positive(t - r))),
            setup_time: since_invite(answer),
            talk_time: answer
                .filter(|_| ending.is_timed())
                .and_then(|a| bye.and_then(|b| positive(b - a))),
            release_time: ending.release(),
            challenged: self.challenged,
            invite_seen: self.attempt.invite_seen,
            media: agreed.own,
            media_elsewhere: agreed.elsewhere,
            exchanges: agreed.exchanges,
            answer_missing: agreed.missing,
            offered: self.negotiation.offered().map(str::to_owned).collect(),
            events: self.events,
            requests: self.requests.take(),
            timer: self.timer,
            digits: self.digits,
            addresses: self.addresses,
            reports: self.reports,
            messages: self.messages,
            hole,
            evidence: KeptMarks::new(
                invite,
                Some(self.last),
                Marks {
                    invite_sends: self.attempt.sends,
                    q850: self.attempt.q850,
                    credentials_sent: self.attempt.credentials,
                    challenge: self.attempt.challenge,
                    said: evidence.stated.filter(|_| answer.is_none()),
                    credentials: self.login.map(|login| Box::new(login.seen)),
                    final_response: main.as_ref().map(|a| a.id).or(self.marks.final_response),
                    acked: main.as_ref().map_or(self.marks.acked, Answer::is_acked),
                    answer_repeats: main.as_ref().map_or(0, |a| a.repeats),
                    bye: ending.message(),
                    bye_refused: ending.refused(),
                    repeated_in_dialog: main.as_ref().map_or(0, |a| a.repeated_count),
                    in_dialog_repeats: main.map_or(Vec::new(), |a| a.repeated),
                    unheard_ack: chosen.unheard,
                    other_answers: chosen.others,
                    ..self.marks.into_marks()
                },
            )
            .with(caller_shown, ending.answer()),
            leg: self.leg,
            legs: Vec::new(),
            possible_legs: Vec::new(),
            ties: self.ties,
            no: self.no,
            call_id: call_id.clone(),
            caller: self.caller,
            callee: self.callee,
        }
    }
}

/// From and To.
fn parties(message: &Message<'_>) -> (Identity, Identity) {
    let named = |a: Option<NameAddr<'_>>| a.map(|a| Identity::of(&a)).unwrap_or_default();
    (named(message.from()), named(message.to()))
}

/// The Q.850 cause of a Reason header (RFC 3326 §2).
fn q850_cause(message: &Message<'_>) -> Option<u32> {
    message.reason_header().find_map(|r| r.q850())
}
