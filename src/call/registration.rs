//! Registrations (RFC 3261 §10): what each REGISTER asked for and what became of it.

use super::compact::{block, push_exact, rows};
use super::facts::{Arrival, Facts};
use super::record::IcmpSeen;
use super::transaction::Matched;
use crate::sip::{Contact, Message};
use crate::types::{
    CallId, CaptureTime, Delta, Endpoint, HostAddr, MessageId, Method, RegistrationNo, StatusCode,
    text_of,
};

/// Attempts kept for one Call-ID; a client that goes on for weeks starts a new record after them.
pub(super) const MAX_ATTEMPTS: usize = 100;

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

/// One REGISTER with the repetitions a challenge asks for.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// What was asked.
    pub kind: RegisterKind,
    /// What became of it.
    pub outcome: RegisterOutcome,
    /// Last final status.
    pub status: Option<StatusCode>,
    /// Its reason phrase.
    pub reason: Option<String>,
    /// Asked for credentials.
    pub challenged: bool,
    /// Credentials were sent.
    pub credentials_sent: bool,
    /// A challenge said `stale=true`: the password was right, the nonce old.
    pub stale: bool,
    /// The URI of the bindings after it.
    pub contacts: Vec<String>,
    /// Lifetime granted (before an answer: asked for) in seconds.
    pub expires: Option<u32>,
    /// First REGISTER.
    pub time: CaptureTime,
    /// First REGISTER to final 2xx.
    pub delay: Option<Delta>,
    /// Copies of requests sent again.
    pub retransmissions: u32,
    /// All messages.
    pub messages: Vec<MessageId>,
    asked: Vec<String>,
    done: bool,
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

impl Attempt {
    fn weight(&self) -> usize {
        let uris = self.contacts.iter().chain(&self.asked).chain(&self.reason);
        let texts: usize = uris.map(|uri| block(uri.len())).sum();
        rows(&self.contacts) + rows(&self.asked) + rows(&self.messages) + texts
    }
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
    min_vias: u16,
    icmp: Option<IcmpSeen>,
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
            min_vias: facts.vias,
            icmp: None,
        }
    }

    /// About how many bytes it takes.
    pub(super) fn weight(&self) -> usize {
        let attempts: usize = self.attempts.iter().map(Attempt::weight).sum();
        block(size_of::<Self>()) + block(self.aor.len()) + rows(&self.attempts) + attempts
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
        if facts.is_request
            && ours
            && !repeated
            && arrival.duplicate_of.is_none()
            && !self.continues(arrival.message)
        {
            let attempt = self.open_attempt(arrival);
            push_exact(&mut self.attempts, attempt);
        }
        let attempt = self.attempts.last_mut()?;
        if facts.is_listed {
            attempt.messages.push(arrival.id);
        }
        if repeated && facts.is_request {
            attempt.retransmissions += 1;
        }
        if repeated || !ours || arrival.duplicate_of.is_some() {
            return None;
        }
        match facts.status {
            None => {
                attempt.credentials_sent |= arrival.message.has_credentials();
                attempt.done = false;
                None
            }
            Some(status) if status.is_final() => {
                attempt.close(status, arrival);
                let outcome = attempt.outcome;
                if outcome == RegisterOutcome::Registered {
                    let life =
                        Delta::from_secs(i64::from(attempt.expires.unwrap_or(DEFAULT_EXPIRES)));
                    self.bound_until = Some(arrival.time + life);
                } else if outcome == RegisterOutcome::Unregistered {
                    self.bound_until = None;
                }
                Some(outcome)
            }
            Some(_) => None,
        }
    }

    /// True where this REGISTER is the same attempt again: with credentials after a challenge, with
    /// a longer lifetime after 423, or elsewhere after 3xx.
    fn continues(&self, message: &Message<'_>) -> bool {
        let Some(last) = self.attempts.last() else {
            return false;
        };
        match last.status.map(StatusCode::get) {
            None => false,
            Some(401 | 407 | 494) => message.has_credentials(),
            Some(423 | 300..=399) => true,
            Some(_) => false,
        }
    }

    fn open_attempt(&self, arrival: &Arrival<'_>) -> Attempt {
        let message = arrival.message;
        let contacts: Vec<Contact<'_>> = message.contacts().collect();
        let default = message.expires();
        let lifetime = |c: &Contact<'_>| c.expires.or(default).unwrap_or(DEFAULT_EXPIRES);
        let removes = !contacts.is_empty()
            && contacts.iter().all(|c| {
                if c.star {
                    default == Some(0)
                } else {
                    lifetime(c) == 0
                }
            });
        let bound = self.bound_until.is_some_and(|until| arrival.time <= until);
        let kind = match () {
            () if contacts.is_empty() => RegisterKind::Query,
            () if removes => RegisterKind::Unregister,
            () if bound => RegisterKind::Refresh,
            () => RegisterKind::Register,
        };
        let asked: Vec<String> = contacts.iter().map(uri_text).collect();
        Attempt {
            kind,
            outcome: RegisterOutcome::NoResponse,
            status: None,
            reason: None,
            challenged: false,
            credentials_sent: message.has_credentials(),
            stale: false,
            contacts: asked.clone(),
            expires: contacts.iter().map(lifetime).max(),
            time: arrival.time,
            delay: None,
            retransmissions: 0,
            messages: Vec::new(),
            asked,
            done: false,
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
            icmp: self.icmp,
        }
    }

    pub(super) fn note_icmp(&mut self, seen: IcmpSeen) {
        match &mut self.icmp {
            Some(first) => first.count += 1,
            none => *none = Some(seen),
        }
    }
}

impl Attempt {
    /// One REGISTER, for tests.
    #[cfg(test)]
    pub(crate) fn sample(outcome: RegisterOutcome, status: Option<StatusCode>) -> Attempt {
        Attempt {
            kind: RegisterKind::Register,
            outcome,
            status,
            reason: None,
            challenged: false,
            credentials_sent: false,
            stale: false,
            contacts: Vec::new(),
            expires: None,
            time: CaptureTime::MIN,
            delay: None,
            retransmissions: 0,
            messages: Vec::new(),
            asked: Vec::new(),
            done: true,
        }
    }

    fn close(&mut self, status: StatusCode, arrival: &Arrival<'_>) {
        // A late copy of an older answer must not undo the newer one.
        if self.done && status.is_challenge() {
            return;
        }
        self.done = true;
        self.status = Some(status);
        self.reason = match &arrival.message.start {
            crate::sip::StartLine::Response { reason, .. } => Some(text_of(reason)),
            crate::sip::StartLine::Request { .. } => None,
        };
        self.challenged |= status.is_challenge();
        if status.is_challenge() {
            self.stale |= arrival.message.challenges().any(|c| c.stale);
        }
        self.outcome = match (status, self.kind) {
            (s, RegisterKind::Query) if s.is_success() => RegisterOutcome::Listed,
            (s, RegisterKind::Unregister) if s.is_success() => RegisterOutcome::Unregistered,
            (s, _) if s.is_success() => RegisterOutcome::Registered,
            (s, _) if s.is_challenge() && !self.credentials_sent => RegisterOutcome::Challenged,
            _ => RegisterOutcome::Rejected,
        };
        if status.is_success() {
            self.delay = Some(arrival.time - self.time);
            self.note_bindings(arrival.message);
        }
    }

    /// RFC 3261 §10.3 step 8: the 2xx lists every binding; ours is the one we asked for.
    fn note_bindings(&mut self, message: &Message<'_>) {
        let default = message.expires();
        let mut ours = None;
        let mut any = None;
        self.contacts.clear();
        for c in message.contacts() {
            let uri = uri_text(&c);
            let life = c.expires.or(default);
            if self.asked.contains(&uri) {
                ours = ours.max(life);
            }
            any = any.max(life);
            self.contacts.push(uri);
        }
        self.expires = match self.kind {
            RegisterKind::Unregister => Some(0),
            _ => ours.or(any).or(default).or(self.expires),
        };
    }
}

fn uri_text(contact: &Contact<'_>) -> String {
    text_of(contact.addr.uri)
}

/// True for the messages a registration takes.
pub(super) fn concerns(facts: &Facts<'_>) -> bool {
    facts.method == Method::Register
}
