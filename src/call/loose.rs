//! What belongs to a call and has a Call-ID of its own: a REFER that names the call it moves in Target-Dialog (RFC 4538,
//! RFC 5589 §6.1), and a subscription to the state of a conference (RFC 4575).

use super::call::Call;
use super::compact::{block, rows};
use super::facts::{Arrival, Facts};
use super::record::CallRecord;
use super::session::{EventKind, SessionEvent};
use super::ties::is_same_user;
use super::transfer::{Transfer, Transfers, wish};
use crate::sip::{HeaderName, Replaces, Uri};
use crate::types::{CallId, CallNo, CaptureTime, HostAddr, MessageId, Method, Party, text_of};
use std::collections::HashMap;

/// Messages kept of one.
const MAX_MESSAGES: usize = 64;

/// The messages of such a Call-ID.
#[derive(Clone, Debug)]
pub struct Loose {
    transfers: Transfers,
    /// Who sent the REFER or SUBSCRIBE, and to whom.
    from: String,
    to: String,
    from_tag: Box<[u8]>,
    from_host: HostAddr,
    start: CaptureTime,
    /// The call it is about, by its Call-ID.
    target: Option<CallId>,
    /// The conference that is subscribed to, by its address.
    focus: Option<String>,
    messages: Vec<MessageId>,
}

/// Takes a message of a Call-ID, which has a call or none.
pub(super) fn note(
    loose: &mut Option<Box<Loose>>,
    call: Option<&mut Call>,
    facts: &Facts<'_>,
    arrival: &Arrival<'_>,
) {
    match call {
        Some(call) => {
            // What came first belongs to the call, which began before the capture.
            if let Some(loose) = loose.take() {
                call.absorb(*loose);
            }
        }
        None => {
            if loose.is_none() {
                *loose = Loose::of(facts, arrival);
            }
            if let Some(loose) = loose {
                loose.handle(facts, arrival);
            }
        }
    }
}

impl Loose {
    /// Begins with a message of a Call-ID without a call; `None` where it is about no transfer and no conference.
    pub(super) fn of(facts: &Facts<'_>, arrival: &Arrival<'_>) -> Option<Box<Loose>> {
        let message = arrival.message;
        if !facts.is_request {
            return None;
        }
        let package = || message.event().map(|e| e.package);
        let is_about =
            |name: &str| package().is_some_and(|p| p.eq_ignore_ascii_case(name.as_bytes()));
        let report = match &facts.method {
            Method::Refer => false,
            Method::Subscribe if is_about("conference") => false,
            Method::Notify if is_about("refer") => true,
            _ => return None,
        };
        let uri =
            |a: Option<crate::sip::NameAddr<'_>>| a.map(|a| text_of(a.uri)).unwrap_or_default();
        let (from, to) = (uri(message.from()), uri(message.to()));
        let target = message.header(HeaderName::TargetDialog);
        let focus = message
            .request_uri()
            .filter(|_| facts.method == Method::Subscribe);
        // A NOTIFY comes from the other side.
        let (from, to, tag, host) = match report {
            true => (to, from, facts.to_tag, arrival.flow.dst.addr),
            false => (from, to, facts.from_tag, arrival.flow.src.addr),
        };
        Some(Box::new(Loose {
            transfers: Transfers::default(),
            from,
            to,
            from_tag: tag.unwrap_or_default().into(),
            from_host: host,
            start: arrival.time,
            target: target.map(|t| CallId::new(Replaces::parse(&t).call_id)),
            focus: focus.map(|uri| Uri::parse(uri).aor()),
            messages: Vec::new(),
        }))
    }

    /// A message of its Call-ID.
    pub(super) fn handle(&mut self, facts: &Facts<'_>, arrival: &Arrival<'_>) {
        if self.messages.len() < MAX_MESSAGES {
            self.messages.push(arrival.id);
        }
        // Who asks first is the caller here.
        let asks = Party::Caller;
        match (&facts.method, facts.status) {
            _ if arrival.duplicate_of.is_some() => {}
            (Method::Refer, None) => {
                self.transfers.handle_refer(asks, facts, arrival);
            }
            (Method::Refer, Some(status)) => {
                self.transfers.handle_response(asks, status, facts, arrival);
            }
            (Method::Notify, None) => {
                self.transfers.handle_notify(asks, arrival);
            }
            _ => {}
        }
    }

    /// It was asked for by the sender of that tag.
    pub(super) fn is_from(&self, tag: &[u8]) -> bool {
        *self.from_tag == *tag
    }

    /// Its transfers, asked for by `by`, what happened in them, and its messages.
    pub(super) fn into_parts(
        self,
        by: Party,
    ) -> (Vec<Transfer>, Vec<SessionEvent>, Vec<MessageId>) {
        let mut transfers = self.transfers.0;
        transfers.iter_mut().for_each(|t| t.by = by);
        let events = transfers.iter().flat_map(events_of).collect();
        (transfers, events, self.messages)
    }

    /// About how many bytes it takes.
    pub fn weight(&self) -> usize {
        let texts = [self.from.len(), self.to.len(), self.from_tag.len()];
        let focus = self.focus.as_ref().map_or(0, |f| block(f.len()));
        size_of::<Self>()
            + texts.into_iter().map(block).sum::<usize>()
            + focus
            + rows(&self.messages)
            + self.transfers.weight()
    }

    /// The side of a call that asked; `None` where neither has its name or host.
    fn side_in(&self, call: &CallRecord) -> Option<Party> {
        let from = Uri::parse(self.from.as_bytes());
        let is = |uri: &str| is_same_user(&Uri::parse(uri.as_bytes()), &from);
        let host = call.hops.first().map(|hop| hop.flow.src.addr);
        match (is(&call.caller.uri), is(&call.callee.uri)) {
            (true, false) => Some(Party::Caller),
            (false, true) => Some(Party::Callee),
            _ if host == Some(self.from_host) => Some(Party::Caller),
            _ if call
                .hops
                .iter()
                .any(|hop| hop.flow.dst.addr == self.from_host) =>
            {
                Some(Party::Callee)
            }
            _ => None,
        }
    }
}

/// A transfer as the events of its call tell it.
fn events_of(t: &Transfer) -> Vec<SessionEvent> {
    let (who, other) = (t.by.as_str(), t.by.other().as_str());
    let asked = t.refer.map(|(message, time)| SessionEvent {
        time,
        kind: EventKind::Transfer,
        message,
        text: format!("the {who} asks the {other} to {}", wish(t)),
    });
    let refused = t.refused().filter(|r| !r.status.is_challenge());
    let told = t.outcome().or(refused).map(|told| SessionEvent {
        time: told.time,
        kind: EventKind::TransferResult,
        message: told.message,
        text: match t.outcome() {
            None => format!("it is refused ({})", told.status),
            Some(_) if told.status.is_success() => {
                format!("it is done: the {other} reports {}", told.text())
            }
            Some(_) => format!("it failed: the {other} reports {}", told.text()),
        },
    });
    asked.into_iter().chain(told).collect()
}

/// Gives each to its call, and says which message is of which call then. Calls are in order of their numbers.
pub fn attach(calls: &mut [CallRecord], loose: Vec<Loose>) -> HashMap<MessageId, CallNo> {
    let mut moved = HashMap::new();
    for call in calls.iter() {
        let absorbed = call.ties.iter().flat_map(|t| &t.absorbed);
        moved.extend(absorbed.map(|id| (*id, call.no)));
    }
    if loose.is_empty() {
        return moved;
    }
    let mut by_call_id: HashMap<CallId, usize> = HashMap::new();
    let mut by_focus: HashMap<String, Vec<usize>> = HashMap::new();
    for (at, call) in calls.iter().enumerate() {
        by_call_id.insert(call.call_id.clone(), at);
        let legs = call.legs.iter().map(|leg| (leg.call_id.clone(), at));
        by_call_id.extend(legs);
        for focus in call.ties.iter().flat_map(|t| t.focus.iter().flatten()) {
            by_focus.entry(focus.clone()).or_default().push(at);
        }
    }
    for one in loose {
        let named = one.target.as_ref().and_then(|id| by_call_id.get(id));
        let at = match &one.focus {
            Some(focus) => {
                let of_focus = by_focus.get(focus).map_or(&[][..], Vec::as_slice);
                member(calls, of_focus, &one)
            }
            None => named.copied(),
        };
        let Some(call) = at.and_then(|at| calls.get_mut(at)) else {
            continue;
        };
        let Some(side) = one.side_in(call) else {
            continue;
        };
        let (transfers, events, messages) = one.into_parts(side);
        moved.extend(messages.iter().map(|id| (*id, call.no)));
        call.messages.extend(messages);
        call.messages.sort_unstable();
        call.events.extend(events);
        call.events.sort_by_key(|e| (e.time, e.message));
        if !transfers.is_empty() {
            let ties = call.ties.get_or_insert_default();
            ties.transfers.0.extend(transfers);
        }
    }
    moved
}

/// Calls of one conference that are looked at for one subscription.
const MOST_LOOKS: usize = 64;

/// The call by which the subscriber is in the conference, among those of its focus.
fn member(calls: &[CallRecord], of_focus: &[usize], one: &Loose) -> Option<usize> {
    let is_in = |at: &usize| {
        calls.get(*at).is_some_and(|call| {
            let is_over = call.end.is_some_and(|end| end < one.start);
            !is_over && one.side_in(call).is_some()
        })
    };
    of_focus.iter().copied().take(MOST_LOOKS).find(is_in)
}
