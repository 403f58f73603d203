//! Registrations (RFC 3261 §10): what each REGISTER asked for and what became of it.

mod attempt;

pub use attempt::{Attempt, Binding, Failure, TooBrief};

use super::authentication::Exchange;
use super::compact::{block, push_exact, rows};
use super::facts::{Arrival, Facts};
use super::record::IcmpSeen;
use super::transaction::Matched;
use crate::types::{
    CallId, CaptureTime, Delta, Endpoint, HostAddr, Method, RegistrationNo, StatusCode,
};

/// Attempts kept for one Call-ID; a client that goes on for weeks starts a new record after them.
pub(super) const MAX_ATTEMPTS: usize = 100;

/// A client answers a challenge by itself within this time; later it is a new try.
const AT_ONCE: Delta = Delta::from_secs(10);
/// The same where a person is asked for the password.
const TYPED: Delta = Delta::from_secs(64);

/// RFC 3261 §10.2.1.1: the lifetime where neither side says one.
const DEFAULT_EXPIRES: u32 = 3600;

crate::types::vocabulary! {
    /// What a REGISTER asks for.
    pub enum RegisterKind {
        /// Bind a contact.
        Register = "register",
        /// Bind it again before it ran out.
        Refresh = "refresh",
        /// Ask for the bindings (no Contact).
        Query = "query",
        /// Remove bindings.
        Unregister = "unregister",
    }
}

crate::types::vocabulary! {
    /// What became of it.
    pub enum RegisterOutcome {
        /// 2xx to a binding.
        Registered = "registered",
        /// 2xx to a removal.
        Unregistered = "unregistered",
        /// 2xx to a query.
        Listed = "listed",
        /// A final failure.
        Rejected = "rejected",
        /// Asked for credentials; none followed.
        Challenged = "challenged",
        /// No final response.
        NoResponse = "no_response",
    }
}

/// The REGISTER traffic of one Call-ID.
#[derive(Clone, Debug)]
pub struct RegistrationRecord {
    /// Its number.
    pub no: RegistrationNo,
    /// To URI without parameters.
    pub aor: String,
    /// Who registers.
    pub client: Endpoint,
    /// Where.
    pub registrar: Endpoint,
    /// Call-ID.
    pub call_id: CallId,
    /// In order.
    pub attempts: Vec<Attempt>,
    /// ICMP errors that quoted messages of it.
    pub icmp: Option<IcmpSeen>,
}

impl RegistrationRecord {
    /// About how many bytes it takes.
    pub fn weight(&self) -> usize {
        let attempts: usize = self.attempts.iter().map(Attempt::weight).sum();
        size_of::<Self>()
            + block(self.aor.len())
            + block(self.call_id.as_bytes().len())
            + rows(&self.attempts)
            + attempts
    }
}

/// An open registration.
#[derive(Clone, Debug)]
pub(super) struct Registration {
    pub(super) no: RegistrationNo,
    aor: String,
    client: Endpoint,
    registrar: Endpoint,
    attempts: Vec<Attempt>,
    bound_until: Option<CaptureTime>,
    exchange: Exchange,
    min_vias: u16,
    icmp: Option<Box<IcmpSeen>>,
}

impl Registration {
    pub(super) fn new(no: RegistrationNo, facts: &Facts<'_>, arrival: &Arrival<'_>) -> Self {
        let flow = if facts.is_request {
            arrival.flow
        } else {
            arrival.flow.reversed()
        };
        Registration {
            no,
            aor: arrival
                .message
                .to()
                .map(|to| crate::sip::Uri::parse(to.uri).aor())
                .unwrap_or_default(),
            client: flow.src,
            registrar: flow.dst,
            attempts: Vec::new(),
            bound_until: None,
            exchange: Exchange::default(),
            min_vias: facts.vias,
            icmp: None,
        }
    }

    /// About how many bytes it takes.
    pub(super) fn weight(&self) -> usize {
        let attempts: usize = self.attempts.iter().map(Attempt::weight).sum();
        block(size_of::<Self>())
            + block(self.aor.len())
            + rows(&self.attempts)
            + attempts
            + self.exchange.weight()
    }

    pub(super) fn is_full(&self) -> bool {
        self.attempts.len() >= MAX_ATTEMPTS
    }

    /// When the last binding runs out: until then a REGISTER may follow.
    pub(super) fn bound_until(&self) -> Option<CaptureTime> {
        self.bound_until
    }

    fn on_client_hop(&self, host: HostAddr, facts: &Facts<'_>) -> bool {
        self.client.addr == host && facts.vias <= self.min_vias
    }

    /// Takes a message; what became of the attempt where this is its answer.
    pub(super) fn handle(
        &mut self,
        facts: &Facts<'_>,
        arrival: &Arrival<'_>,
        matched: &Matched,
    ) -> Option<RegisterOutcome> {
        let client_host = if facts.is_request {
            arrival.flow.src.addr
        } else {
            arrival.flow.dst.addr
        };
        let ours = self.on_client_hop(client_host, facts);
        let repeated = matched.retransmission_of.is_some();
        let is_new = ours && !repeated && arrival.duplicate_of.is_none();
        let begins = facts.is_request && is_new && !self.continues(arrival);
        if begins {
            let is_bound = self.bound_until.is_some_and(|until| arrival.time <= until);
            push_exact(&mut self.attempts, Attempt::of(arrival, is_bound));
        }
        let attempt = self.attempts.last_mut()?;
        if facts.is_listed {
            attempt.messages.push(arrival.id);
        }
        if repeated && facts.is_request && arrival.duplicate_of.is_none() {
            attempt.retransmissions += 1;
            if let Some(unheard) = matched.unheard {
                attempt.unheard = Some(Box::new(unheard));
            }
        }
        if !is_new {
            return None;
        }
        match facts.status {
            None => {
                attempt.handle_request(arrival, facts.cseq, begins);
                self.exchange.handle_request(arrival);
                attempt.note_fit(self.exchange.fits());
                None
            }
            Some(status) if status.is_final() => {
                attempt.close(status, facts.cseq, &mut self.exchange, arrival);
                let outcome = attempt.outcome;
                if outcome == RegisterOutcome::Registered {
                    self.bound_until = attempt.bound_until();
                } else if outcome == RegisterOutcome::Unregistered {
                    self.bound_until = None;
                }
                Some(outcome)
            }
            Some(_) => None,
        }
    }

    /// True where this REGISTER is the same attempt again: with credentials after a challenge, with
    /// a longer lifetime after 423, or elsewhere after 3xx. What comes later is another try.
    fn continues(&self, arrival: &Arrival<'_>) -> bool {
        let Some(last) = self.attempts.last() else {
            return false;
        };
        let since = last
            .answered
            .map_or(Delta::ZERO, |(at, _)| arrival.time - at);
        let at_once = since < AT_ONCE;
        match last.status.map(StatusCode::get) {
            None => false,
            Some(401 | 407 | 494) if arrival.message.has_credentials() => {
                // Somebody may have typed the password first.
                let first = last.outcome == RegisterOutcome::Challenged;
                at_once || first && since < TYPED && self.exchange.answers(arrival.message)
            }
            Some(423 | 300..=399) => at_once,
            Some(_) => false,
        }
    }

    pub(super) fn into_record(self, call_id: &CallId) -> RegistrationRecord {
        RegistrationRecord {
            no: self.no,
            aor: self.aor,
            client: self.client,
            registrar: self.registrar,
            call_id: call_id.clone(),
            attempts: self.attempts,
            icmp: self.icmp.map(|seen| *seen),
        }
    }

    pub(super) fn note_icmp(&mut self, seen: IcmpSeen) {
        match &mut self.icmp {
            Some(first) => first.count += 1,
            none => *none = Some(Box::new(seen)),
        }
    }
}

/// True for the messages a registration takes.
pub(super) fn concerns(facts: &Facts<'_>) -> bool {
    facts.method == Method::Register
}
