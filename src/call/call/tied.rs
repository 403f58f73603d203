//! What a call's messages say of other calls.

use super::super::facts::{Arrival, Facts};
use super::super::loose::Loose;
use super::super::session::EventKind;
use super::super::ties::{Ties, focus_of, told_targets};
use super::super::transfer::wish;
use super::Call;
use crate::types::{Method, Party, StatusCode};

impl Call {
    /// A REFER, its response, or a NOTIFY that may be about one.
    pub(super) fn handle_transfer(&mut self, facts: &Facts<'_>, arrival: &Arrival<'_>) {
        let side = self.side_of(facts);
        let asks = match (&facts.method, facts.status) {
            (Method::Notify, Some(_)) => return,
            (Method::Notify, None) if arrival.message.event().is_none() => return,
            (Method::Refer, None) => side,
            _ => side.other(),
        };
        let mut ties = self.ties.take().unwrap_or_default();
        let (who, other) = (asks.as_str(), asks.other().as_str());
        let event = match (&facts.method, facts.status) {
            (Method::Refer, None) => {
                let new = ties.transfers.handle_refer(asks, facts, arrival);
                let asked = ties.transfers().last().filter(|_| new);
                asked.map(|t| {
                    let text = format!("the {who} asks the {other} to {}", wish(t));
                    (EventKind::Transfer, text)
                })
            }
            (Method::Refer, Some(status)) => {
                let transfers = &mut ties.transfers;
                let refused = transfers.handle_response(asks, status, facts, arrival);
                refused.then(|| {
                    let text = format!("it is refused ({status})");
                    (EventKind::TransferResult, text)
                })
            }
            _ => {
                let told = ties.transfers.handle_notify(asks, arrival);
                told.and_then(|t| t.outcome()).map(|told| {
                    let came = match told.status.is_success() {
                        true => "it is done",
                        false => "it failed",
                    };
                    let text = format!("{came}: the {other} reports {}", told.text());
                    (EventKind::TransferResult, text)
                })
            }
        };
        self.ties = Some(ties).filter(|t| !t.is_empty());
        if let Some((kind, text)) = event {
            self.push_event(kind, arrival, text);
        }
    }

    /// What another leg of the call may say too; `answered`: it was before this message.
    pub(in crate::call) fn note_leg(
        &mut self,
        facts: &Facts<'_>,
        arrival: &Arrival<'_>,
        answered: bool,
        headers: &[String],
    ) {
        let side = self.side_of(facts);
        self.leg.note_way(side, arrival.flow, &self.hops);
        self.leg.note(facts, arrival, side, answered, headers);
    }

    /// What was seen of it before it could be told for a call.
    pub(in crate::call) fn absorb(&mut self, loose: Loose) {
        let by = match loose.is_from(self.caller_tag.as_bytes()) {
            true => Party::Caller,
            false => Party::Callee,
        };
        let (transfers, events, messages) = loose.into_parts(by);
        self.messages.splice(0..0, messages.iter().copied());
        self.events.splice(0..0, events);
        let ties: &mut Ties = self.ties.get_or_insert_default();
        ties.transfers.0.extend(transfers);
        ties.absorbed = messages;
    }

    /// A 3xx to the INVITE, on whatever hop.
    pub(super) fn note_redirect(&mut self, status: StatusCode, arrival: &Arrival<'_>) {
        let ties: &mut Ties = self.ties.get_or_insert_default();
        let new = ties.handle_redirect(status, arrival);
        let told = ties.redirects.last().filter(|_| new).map(|r| {
            let targets = told_targets(r);
            format!("the call is redirected ({status}) to {targets}")
        });
        if let Some(text) = told {
            self.push_event(EventKind::Redirected, arrival, text);
        }
    }

    /// An INVITE: after a 3xx it may go to one of the new addresses.
    pub(super) fn note_target(&mut self, arrival: &Arrival<'_>) {
        if let (Some(ties), Some(uri)) = (&mut self.ties, arrival.message.request_uri()) {
            ties.note_target(uri, arrival.id, arrival.flow.dst.addr);
        }
    }

    /// The focus of a conference says so in its Contact (RFC 4579 §5.1).
    pub(super) fn note_focus(&mut self, facts: &Facts<'_>, arrival: &Arrival<'_>) {
        let may = facts.method == Method::Invite && facts.status.is_none_or(|s| s.is_success());
        let Some(focus) = Some(arrival.message).filter(|_| may).and_then(focus_of) else {
            return;
        };
        let side = self.side_of(facts);
        let ties: &mut Ties = self.ties.get_or_insert_default();
        if let Some(slot) = ties.focus.get_mut(side as usize) {
            slot.get_or_insert(focus);
        }
    }
}
