//! What happens in the dialogs a call's answers make: their ACKs, their BYEs, and a second phone's answer.

use super::super::ending::ByeAnswer;
use super::super::facts::{Arrival, Facts};
use super::super::session::EventKind;
use super::super::state::Step;
use super::super::timer::SessionTimer;
use super::super::transaction::Matched;
use super::Call;
use crate::types::{Method, Party, StatusCode};

impl Call {
    /// What concerns requests within the dialogs, and their session timer.
    pub(super) fn handle_requests(
        &mut self,
        side: Party,
        facts: &Facts<'_>,
        arrival: &Arrival<'_>,
        matched: &Matched,
    ) {
        let refused = self.requests.handle(facts, arrival, matched, side);
        let refused = refused.filter(|r| r.is_change() && !r.cancelled);
        let refused = refused.map(|r| (r.asks_hold, r.method == Method::Update, r.status));
        if let Some((hold, update, Some(status))) = refused {
            let who = side.as_str();
            let what = match (hold, update) {
                (true, _) => "a hold",
                (_, true) => "an UPDATE",
                _ => "a re-INVITE",
            };
            let text = match status.get() {
                491 => {
                    format!(
                        "the {who} refuses {what}: both sides ask to change the session at once (491)"
                    )
                }
                408 | 481 => {
                    format!("the {who} answers {what} with {status}: that ends the dialog")
                }
                482 | 483 => {
                    format!("{what} does not arrive ({status}): the session stays as it was")
                }
                _ => format!("the {who} refuses {what} ({status}): the session stays as it was"),
            };
            self.push_event(EventKind::ChangeRefused, arrival, text);
        }
        if SessionTimer::is_set_by(facts)
            && matched.retransmission_of.is_none()
            && self.on_caller_hop(arrival.flow)
        {
            self.timer = SessionTimer::of(side.other(), facts, arrival).map(Box::new);
        }
    }

    /// A final response of a phone after another has answered.
    pub(super) fn note_other_answer(
        &mut self,
        status: StatusCode,
        facts: &Facts<'_>,
        arrival: &Arrival<'_>,
    ) {
        if !status.is_success() || !self.answers.note_answer(status, facts, arrival) {
            return;
        }
        let text = "a second phone answers the same INVITE (another To tag)";
        self.push_event(EventKind::Forked, arrival, text.to_owned());
    }

    /// A message sent again that belongs to the dialog of an answer.
    pub(super) fn note_repeat_in_dialog(&mut self, facts: &Facts<'_>, arrival: &Arrival<'_>) {
        if facts.cseq != self.attempt_cseq {
            return;
        }
        let caller_hop = self.on_caller_hop(arrival.flow);
        match (&facts.method, facts.status) {
            (Method::Invite, Some(status)) if status.is_success() => {
                self.answers
                    .note_repeated_answer(caller_hop, facts, arrival);
            }
            (Method::Ack, None) => self.answers.note_ack(true, facts, arrival),
            _ => {}
        }
    }

    pub(super) fn handle_ack(
        &mut self,
        facts: &Facts<'_>,
        arrival: &Arrival<'_>,
        matched: &Matched,
    ) {
        // Who confirms an answer got it.
        self.marks.unheard = None;
        if facts.cseq != self.attempt_cseq {
            return;
        }
        self.marks.acked |= self.attempt_done.is_some();
        // The ACK of a failure shares the INVITE's transaction; one of its own follows a 2xx.
        if matched.own_transaction && facts.to_tag.is_some() {
            self.attempt.acked_answer = true;
            self.answers.note_ack(false, facts, arrival);
        }
    }

    pub(super) fn handle_bye(&mut self, facts: &Facts<'_>, arrival: &Arrival<'_>) {
        let side = self.side_of(facts);
        let caller_hop = self.on_caller_hop(arrival.flow);
        let far_end = self
            .hops
            .iter()
            .max_by_key(|h| h.vias)
            .map(|h| h.flow.dst.addr);
        let from_end_host = match side {
            Party::Caller => arrival.flow.src.addr == self.caller_end.addr,
            Party::Callee => far_end.is_none_or(|a| a == arrival.flow.src.addr),
        };
        self.answers.ending_mut(side, facts).note_bye(
            side,
            from_end_host,
            caller_hop,
            facts,
            arrival,
        );
        self.step_to_end(side);
    }

    pub(super) fn handle_bye_response(
        &mut self,
        status: StatusCode,
        facts: &Facts<'_>,
        arrival: &Arrival<'_>,
        matched: &Matched,
    ) {
        if !status.is_final() {
            return;
        }
        let by = self.side_of(facts).other();
        let waited = matched.request.map(|(_, waited)| waited);
        let caller_hop = self.on_caller_hop(arrival.flow);
        let ending = self.answers.ending_mut(by, facts);
        match ending.note_answer(by, status, caller_hop, waited, facts, arrival) {
            ByeAnswer::Proves => self.step_to_end(by),
            ByeAnswer::Challenges if !self.answers.is_over() => self.step(Step::ByeChallenged),
            ByeAnswer::Challenges | ByeAnswer::Confirms => {}
        }
    }

    /// The call is over with a BYE, unless another of its dialogs is in use.
    fn step_to_end(&mut self, by: Party) {
        if self.answers.is_over() {
            self.step(Step::Bye(by));
        }
    }
}
