//! One REGISTER with the repetitions a challenge asks for, and what became of it.

use super::{DEFAULT_EXPIRES, RegisterKind, RegisterOutcome};
use crate::call::authentication::{Challenged, CredentialsSeen, Exchange};
use crate::call::compact::{block, owned, push_exact, reason_of, rows};
use crate::call::facts::Arrival;
use crate::call::other_port::Unheard;
use crate::call::reasons;
use crate::sip::{Contact, Message};
use crate::types::{CaptureTime, Delta, MessageId, StatusCode, text_of};
use std::borrow::Cow;
use std::sync::Arc;

/// Longest list of contacts kept of one attempt.
const MAX_BINDINGS: usize = 100;

/// A contact that is bound to the address-of-record, as the registrar lists it.
#[derive(Clone, Debug, PartialEq)]
pub struct Binding {
    /// Its URI.
    pub contact: Arc<str>,
    /// How long it lasts yet, in seconds.
    pub expires: Option<u32>,
    /// It is one that this attempt asked for.
    pub own: bool,
}

/// A registrar wants a longer lifetime (423, RFC 3261 §10.2.8).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TooBrief {
    /// What was asked for, in seconds; `None` where the request names none.
    pub asked: Option<u32>,
    /// Its Min-Expires, in seconds.
    pub min: Option<u32>,
    /// The request carried credentials: they passed, or there would be a 401.
    pub with_credentials: bool,
    /// The 423.
    pub message: MessageId,
}

/// Why an attempt failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Its answers go to another port, and it is sent again.
    Unheard,
    /// Nothing answers.
    Silence,
    /// The lifetime asked for is too short (423).
    TooBrief,
    /// The nonce was too old each time (`stale=true`).
    Stale,
    /// The answer to the server's own challenge was refused.
    Refused,
    /// Credentials that answer no challenge of the capture were not accepted.
    Unproven,
    /// A password was asked for, and no credentials follow.
    NoCredentials,
    /// Any other final response.
    Status,
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
    pub reason: Option<Cow<'static, str>>,
    /// What a Reason or Warning header of it says.
    pub said: Option<Box<str>>,
    /// Asked for credentials.
    pub challenged: bool,
    /// Credentials were sent.
    pub credentials_sent: bool,
    /// What became of them, where they were not accepted at once.
    pub credentials: Option<Box<CredentialsSeen>>,
    /// The first 423.
    pub too_brief: Option<Box<TooBrief>>,
    /// Answers that went to another port than the last request came from, which was sent again.
    pub unheard: Option<Box<Unheard>>,
    /// `Contact: *`: all bindings are meant.
    pub wildcard: bool,
    /// The URIs it asks to bind.
    pub asked: Vec<Arc<str>>,
    /// The bindings after it, as the registrar lists them; `None` before an answer.
    pub bindings: Option<Vec<Binding>>,
    /// Lifetime granted (before an answer: asked for) in seconds.
    pub expires: Option<u32>,
    /// First REGISTER.
    pub time: CaptureTime,
    /// First REGISTER to final 2xx.
    pub delay: Option<Delta>,
    /// Its last final response.
    pub answered: Option<(CaptureTime, MessageId)>,
    /// Copies of requests sent again.
    pub retransmissions: u32,
    /// All messages.
    pub messages: Vec<MessageId>,
    /// Lifetime the last request names.
    asked_last: Option<u32>,
    instances: Vec<Box<[u8]>>,
    cseq: u32,
}

impl Attempt {
    /// Begins with this request.
    pub(super) fn of(arrival: &Arrival<'_>, is_bound: bool) -> Attempt {
        let message = arrival.message;
        let default = message.expires();
        let mut attempt = Attempt {
            time: arrival.time,
            ..Attempt::blank()
        };
        let mut removes = true;
        for (n, c) in message.contacts().enumerate() {
            attempt.asked_last = attempt.asked_last.max(c.expires);
            if n >= MAX_BINDINGS {
                continue;
            }
            let lifetime = c.expires.or(default).unwrap_or(DEFAULT_EXPIRES);
            removes &= match c.star {
                true => default == Some(0),
                false => lifetime == 0,
            };
            attempt.wildcard |= c.star;
            attempt.expires = attempt.expires.max(Some(lifetime));
            push_exact(&mut attempt.asked, uri_text(&c).into());
            if let Some(instance) = c.instance {
                push_exact(&mut attempt.instances, instance.into());
            }
        }
        attempt.asked_last = attempt.asked_last.or(default);
        attempt.kind = match () {
            () if attempt.asked.is_empty() => RegisterKind::Query,
            () if removes => RegisterKind::Unregister,
            () if is_bound => RegisterKind::Refresh,
            () => RegisterKind::Register,
        };
        attempt
    }

    fn blank() -> Attempt {
        Attempt {
            kind: RegisterKind::Register,
            outcome: RegisterOutcome::NoResponse,
            status: None,
            reason: None,
            said: None,
            challenged: false,
            credentials_sent: false,
            credentials: None,
            too_brief: None,
            unheard: None,
            wildcard: false,
            asked: Vec::new(),
            bindings: None,
            expires: None,
            time: CaptureTime::MIN,
            delay: None,
            answered: None,
            retransmissions: 0,
            messages: Vec::new(),
            asked_last: None,
            instances: Vec::new(),
            cseq: 0,
        }
    }

    /// One REGISTER, for tests.
    #[cfg(test)]
    pub(crate) fn sample(outcome: RegisterOutcome, status: Option<StatusCode>) -> Attempt {
        Attempt {
            outcome,
            status,
            ..Attempt::blank()
        }
    }

    /// Takes a request of it that is no repetition; `begins`: it was made of this one.
    pub(super) fn handle_request(&mut self, arrival: &Arrival<'_>, cseq: u32, begins: bool) {
        let message = arrival.message;
        self.cseq = cseq;
        self.credentials_sent |= message.has_credentials();
        if !begins {
            let of_contact = message.contacts().filter_map(|c| c.expires).max();
            self.asked_last = of_contact.or_else(|| message.expires());
        }
        // Who goes on got the answer.
        self.unheard = None;
    }

    /// Its last credentials fit the passwords that are known, or do not.
    pub(super) fn note_fit(&mut self, fits: Option<bool>) {
        if fits.is_some() || self.credentials.is_some() {
            self.credentials.get_or_insert_default().fits = fits;
        }
    }

    /// Takes a final response that is no repetition.
    pub(super) fn close(
        &mut self,
        status: StatusCode,
        cseq: u32,
        exchange: &mut Exchange,
        arrival: &Arrival<'_>,
    ) {
        // A late answer to an older request must not undo the newer one.
        if cseq < self.cseq {
            return;
        }
        let message = arrival.message;
        self.status = Some(status);
        self.answered = Some((arrival.time, arrival.id));
        self.reason = match &message.start {
            crate::sip::StartLine::Response { reason, .. } => Some(reason_of(status, reason)),
            crate::sip::StartLine::Request { .. } => None,
        };
        self.said = match status.get() {
            ..=399 | 401 | 407 => None,
            _ => reasons::stated(message),
        };
        self.challenged |= status.is_challenge();
        let challenge = match status.is_challenge() {
            true => {
                let said = exchange.handle_challenge(message);
                if said != Challenged::Asked || self.credentials.is_some() {
                    let seen = self.credentials.get_or_insert_default();
                    seen.note(said, arrival.id);
                }
                Some(said)
            }
            false => {
                exchange.handle_answer();
                None
            }
        };
        if status.get() == 423 && self.too_brief.is_none() {
            self.too_brief = Some(Box::new(TooBrief {
                asked: self.asked_last,
                min: message.min_expires(),
                with_credentials: self.credentials_sent,
                message: arrival.id,
            }));
        }
        self.outcome = match (status, self.kind) {
            (s, RegisterKind::Query) if s.is_success() => RegisterOutcome::Listed,
            (s, RegisterKind::Unregister) if s.is_success() => RegisterOutcome::Unregistered,
            (s, _) if s.is_success() => RegisterOutcome::Registered,
            _ if challenge == Some(Challenged::Asked) => RegisterOutcome::Challenged,
            _ => RegisterOutcome::Rejected,
        };
        if status.is_success() {
            self.delay = Some(arrival.time - self.time);
            self.note_bindings(message);
        }
    }

    /// RFC 3261 §10.3 step 8: the 2xx lists every binding; ours is the one we asked for.
    fn note_bindings(&mut self, message: &Message<'_>) {
        let default = message.expires();
        let mut bindings = Vec::new();
        for c in message.contacts().filter(|c| !c.star).take(MAX_BINDINGS) {
            let contact = self.uri_of(&c);
            // A registrar may rewrite the URI; the instance stays (RFC 5626 §4.1).
            let is_ours = |i: &[u8]| self.instances.iter().any(|ours| **ours == *i);
            let own = self.asked.contains(&contact) || c.instance.is_some_and(is_ours);
            let expires = c.expires.or(default);
            push_exact(
                &mut bindings,
                Binding {
                    contact,
                    expires,
                    own,
                },
            );
        }
        let longest = |own: bool| {
            let fitting = bindings.iter().filter(|b| b.own || !own);
            fitting.filter_map(|b| b.expires).max()
        };
        self.expires = match self.kind {
            RegisterKind::Unregister => Some(0),
            _ => longest(true)
                .or_else(|| longest(false))
                .or(default)
                .or(self.expires),
        };
        self.bindings = Some(bindings);
    }

    /// A contact of the answer, which mostly is one that was asked for.
    fn uri_of(&self, contact: &Contact<'_>) -> Arc<str> {
        let sent = contact.addr.uri;
        match self.asked.iter().find(|asked| asked.as_bytes() == sent) {
            Some(asked) => Arc::clone(asked),
            None => uri_text(contact).into(),
        }
    }

    /// When what it bound runs out.
    pub fn bound_until(&self) -> Option<CaptureTime> {
        let (answered, _) = self.answered?;
        let life = Delta::from_secs(i64::from(self.expires.unwrap_or(DEFAULT_EXPIRES)));
        (self.outcome == RegisterOutcome::Registered).then_some(answered + life)
    }

    /// What became of the credentials.
    pub fn seen(&self) -> &CredentialsSeen {
        static NONE: CredentialsSeen = CredentialsSeen::none();
        self.credentials.as_deref().unwrap_or(&NONE)
    }

    /// Why it failed; `None` where it did not.
    pub fn failure(&self) -> Option<Failure> {
        let status = self.status.map_or(0, |s| s.get());
        Some(match self.outcome {
            RegisterOutcome::Registered
            | RegisterOutcome::Unregistered
            | RegisterOutcome::Listed => return None,
            _ if self.unheard.is_some() => Failure::Unheard,
            RegisterOutcome::NoResponse => Failure::Silence,
            _ if status == 423 => Failure::TooBrief,
            RegisterOutcome::Challenged if self.too_brief.is_some() => Failure::TooBrief,
            RegisterOutcome::Challenged => Failure::NoCredentials,
            _ if matches!(status, 401 | 407) => match self.seen().last {
                Some(Challenged::Stale) => Failure::Stale,
                Some(Challenged::Refused) => Failure::Refused,
                Some(Challenged::Unproven) => Failure::Unproven,
                Some(Challenged::Asked) | None => Failure::NoCredentials,
            },
            _ => Failure::Status,
        })
    }

    /// The same in a few words; `None` where the status says it all.
    pub fn why(&self) -> Option<String> {
        Some(match self.failure()? {
            Failure::Unheard => {
                let ports = self.unheard.as_deref()?;
                format!("the answers go to port {}, not to {}", ports.to, ports.from)
            }
            Failure::Silence => return None,
            Failure::TooBrief => {
                let brief = self.too_brief.as_deref()?;
                let asked = brief.asked.map(|s| format!("{s} s asked for, "));
                let min = match brief.min {
                    Some(min) => format!("at least {min} s wanted (423)"),
                    None => "a longer time wanted (423)".to_owned(),
                };
                format!("{}{min}", asked.unwrap_or_default())
            }
            Failure::Stale => "the nonce was too old (stale=true)".to_owned(),
            Failure::Refused => "credentials were sent and refused".to_owned(),
            Failure::Unproven => "credentials were sent, and asked for again".to_owned(),
            Failure::NoCredentials => "no credentials follow in the capture".to_owned(),
            Failure::Status => return self.said.as_deref().map(str::to_owned),
        })
    }

    /// About how many bytes it takes beside itself.
    pub(super) fn weight(&self) -> usize {
        let bound = self.bindings.iter().flatten().map(|b| &b.contact);
        let shared = |uri: &Arc<str>| self.asked.iter().any(|asked| Arc::ptr_eq(asked, uri));
        let texts = self.asked.iter().chain(bound.filter(|uri| !shared(uri)));
        let texts: usize = texts.map(|text| block(16 + text.len())).sum();
        let said = self.said.as_ref().map_or(0, |said| block(said.len()));
        let instances: usize = self.instances.iter().map(|i| block(i.len())).sum();
        rows(&self.asked)
            + self.bindings.as_ref().map_or(0, |b| rows(b))
            + rows(&self.messages)
            + rows(&self.instances)
            + self.credentials.as_ref().map_or(0, |c| c.weight())
            + self
                .too_brief
                .as_ref()
                .map_or(0, |b| block(size_of_val(&**b)))
            + self
                .unheard
                .as_ref()
                .map_or(0, |u| block(size_of_val(&**u)))
            + instances
            + texts
            + said
            + self.reason.as_ref().map_or(0, owned)
    }
}

fn uri_text(contact: &Contact<'_>) -> String {
    text_of(contact.addr.uri)
}
