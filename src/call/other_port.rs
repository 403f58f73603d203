//! Answers that go to another port than the request came from, and do not reach who asked: it asks again.

use super::compact::push_exact;
use super::facts::{Arrival, Facts};
use crate::sip::Rport;
use crate::types::{
    CallNo, CaptureTime, Endpoint, Flow, MessageId, Method, RegistrationNo, Transport,
};

/// Repetitions after such an answer that prove it does not arrive: one is a packet lost, or an answer that was slow.
const PROOF: u32 = 2;
/// As many prove it although the client goes on in the end: it gave up and began anew.
const WHOLE: u32 = 5;
const MOST_PAIRS: usize = 256;
const MOST_MESSAGES: usize = 16;
const MOST_RECORDS: usize = 64;

/// A request was sent again after answers that went to another port.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Unheard {
    /// The port the request came from.
    pub from: u16,
    /// The port the answer went to.
    pub to: u16,
    /// How often the request was sent again after it.
    pub repeats: u32,
}

/// The same of one transaction, while it is open.
#[derive(Clone, Debug)]
pub(super) struct OtherPort {
    unheard: Unheard,
    via_port: u16,
    asks_rport: bool,
    answer: MessageId,
    last: CaptureTime,
}

impl OtherPort {
    /// Where a response goes to another port than its request came from (`flow`). Over connections it cannot.
    pub(super) fn of(flow: Flow, arrival: &Arrival<'_>) -> Option<Box<OtherPort>> {
        let (from, to) = (flow.src.port, arrival.flow.dst.port);
        if from == to || arrival.transport != Transport::Udp {
            return None;
        }
        let via = arrival.message.top_via()?;
        Some(Box::new(OtherPort {
            unheard: Unheard {
                from,
                to,
                repeats: 0,
            },
            via_port: via.sent_by_port.unwrap_or(5060),
            asks_rport: matches!(via.rport, Some(Rport::Asked | Rport::Port(_))),
            answer: arrival.id,
            last: arrival.time,
        }))
    }

    /// The request was sent again after it.
    pub(super) fn repeated(&mut self, time: CaptureTime) -> Unheard {
        self.unheard.repeats += 1;
        self.last = time;
        self.unheard
    }

    /// The client's next request under the same Call-ID: did the answer reach it after all?
    pub(super) fn is_heard(
        &self,
        method: &Method,
        next: &Facts<'_>,
        arrival: &Arrival<'_>,
    ) -> bool {
        let confirms = *method == Method::Invite && next.method == Method::Ack;
        confirms || arrival.message.has_credentials() || self.unheard.repeats < WHOLE
    }
}

/// Requests of one host to another whose answers go to another port, told once.
#[derive(Clone, Debug)]
pub struct OtherPortSeen {
    /// Who asks, and from which port.
    pub client: Endpoint,
    /// Who answers.
    pub server: Endpoint,
    /// The port it answers to.
    pub answered_to: u16,
    /// The port of the request's topmost Via.
    pub via_port: u16,
    /// That Via asks for `rport` (RFC 3581).
    pub asks_rport: bool,
    /// How many requests.
    pub requests: u32,
    /// How often they were sent again after an answer.
    pub repeats: u32,
    /// The first of them.
    pub first: CaptureTime,
    /// The last repetition.
    pub last: CaptureTime,
    /// The method of the first.
    pub method: Method,
    /// The first requests and answers.
    pub messages: Vec<MessageId>,
    /// Calls they belong to.
    pub calls: Vec<CallNo>,
    /// Registrations they belong to.
    pub registrations: Vec<RegistrationNo>,
}

/// What a transaction belongs to.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Owner {
    pub(super) call: Option<CallNo>,
    pub(super) registration: Option<RegistrationNo>,
}

/// One request and its answer that went astray.
pub(super) struct Astray<'a> {
    pub(super) flow: Flow,
    pub(super) method: &'a Method,
    pub(super) request: (MessageId, CaptureTime),
    pub(super) port: &'a OtherPort,
    pub(super) owner: Owner,
}

/// Adds what one transaction saw to that of its hosts.
pub(super) fn note(all: &mut Vec<OtherPortSeen>, astray: &Astray<'_>) {
    let Astray {
        flow,
        method,
        request,
        port,
        owner,
    } = astray;
    if port.unheard.repeats < PROOF {
        return;
    }
    let same = |s: &OtherPortSeen| s.client.addr == flow.src.addr && s.server.addr == flow.dst.addr;
    let at = match all.iter().position(same) {
        Some(at) => at,
        None if all.len() >= MOST_PAIRS => return,
        None => {
            all.push(OtherPortSeen {
                client: flow.src,
                server: flow.dst,
                answered_to: port.unheard.to,
                via_port: port.via_port,
                asks_rport: port.asks_rport,
                requests: 0,
                repeats: 0,
                first: request.1,
                last: port.last,
                method: (*method).clone(),
                messages: Vec::new(),
                calls: Vec::new(),
                registrations: Vec::new(),
            });
            all.len() - 1
        }
    };
    let Some(seen) = all.get_mut(at) else { return };
    seen.requests += 1;
    seen.repeats += port.unheard.repeats;
    seen.first = seen.first.min(request.1);
    seen.last = seen.last.max(port.last);
    for id in [request.0, port.answer] {
        if seen.messages.len() < MOST_MESSAGES && !seen.messages.contains(&id) {
            push_exact(&mut seen.messages, id);
        }
    }
    if let Some(call) = owner.call
        && seen.calls.len() < MOST_RECORDS
        && !seen.calls.contains(&call)
    {
        seen.calls.push(call);
    }
    if let Some(no) = owner.registration
        && seen.registrations.len() < MOST_RECORDS
        && !seen.registrations.contains(&no)
    {
        seen.registrations.push(no);
    }
}
