//! What happened in a registration: a sentence an attempt, as a call is told.

use super::Sentence;
use crate::call::{RegisterKind, RegisterOutcome};
use crate::explain::Lookup;
use crate::explain::names::{address_of, user_of};
use crate::explain::registration::bindings;
use crate::explain::text::{Piece, Text, text};
use crate::explain::words::{clean, counted, duration};
use crate::report::model::{Message, MessageKind, Registration, RegistrationAttempt};

/// Attempts told at most; the table has the others.
const MOST_ATTEMPTS: usize = 8;

/// The registration from its first REGISTER on.
pub fn registration_story(lookup: &Lookup<'_>, registration: &Registration) -> Vec<Sentence> {
    let attempts = &registration.attempts;
    let before = std::iter::once(None).chain(attempts.iter().map(Some));
    let mut told: Vec<Sentence> = attempts
        .iter()
        .zip(before)
        .take(MOST_ATTEMPTS)
        .map(|(attempt, before)| {
            let tale = Tale::of(lookup, registration, attempt);
            Sentence {
                time: Some(attempt.time),
                text: text![tale.asks(before), tale.challenge(), tale.outcome(), "."],
                source: Some(tale.source()),
            }
        })
        .collect();
    if let Some(next) = attempts.get(MOST_ATTEMPTS) {
        let left = (attempts.len() - MOST_ATTEMPTS) as u64;
        let more = counted(left, "attempt follows", "attempts follow");
        told.push(Sentence {
            time: Some(next.time),
            text: text![more, "."],
            source: None,
        });
    }
    for sentence in &mut told {
        sentence.text.name_files(&lookup.files);
    }
    told
}

/// One attempt and its messages.
struct Tale<'a> {
    user: String,
    registrar: String,
    attempt: &'a RegistrationAttempt,
    messages: Vec<&'a Message>,
}

impl<'a> Tale<'a> {
    fn of(
        lookup: &Lookup<'a>,
        registration: &'a Registration,
        attempt: &'a RegistrationAttempt,
    ) -> Tale<'a> {
        let mut messages = lookup.messages(&attempt.messages);
        messages.retain(|m| m.capture_duplicate_of.is_none() && m.retransmission_of.is_none());
        messages.sort_by_key(|m| (m.time, m.id));
        Tale {
            user: user_of(&registration.aor),
            registrar: registration.registrar.to_string(),
            attempt,
            messages,
        }
    }

    fn asks(&self, before: Option<&RegistrationAttempt>) -> Text {
        let a = self.attempt;
        let first = self
            .messages
            .iter()
            .find(|m| m.kind == MessageKind::Request);
        let frame = first.map(|m| text![" (", Piece::frame_of(m), ")"]);
        let sent: Vec<String> = first.map_or(Vec::new(), |m| m.contacts.clone());
        let contact = sent.first().map(|c| address_of(c)).unwrap_or_default();
        let later = before.map(|b| {
            let since = (a.time.0 - b.time.0).as_secs_f64();
            format!("{} later ", duration(since))
        });
        let (user, at) = (self.user.clone(), self.registrar.clone());
        let with = match first.is_some_and(|m| m.has_credentials) {
            true => ", with credentials",
            false => "",
        };
        let asks = match a.kind {
            RegisterKind::Register => format!("{user} asks {at} to be reached at {contact}"),
            RegisterKind::Refresh => format!("{user} asks {at} to renew the binding of {contact}"),
            RegisterKind::Query => format!("{user} asks {at} which contacts are bound"),
            RegisterKind::Unregister if a.wildcard => {
                format!("{user} asks {at} to remove all bindings (Contact: *)")
            }
            RegisterKind::Unregister => {
                format!("{user} asks {at} to remove the binding of {contact}")
            }
        };
        text![later, asks, with, frame]
    }

    fn challenge(&self) -> Option<Text> {
        let asked = self.messages.iter().find(|m| is_challenge(m))?;
        let status = asked.status?;
        let next = self
            .messages
            .iter()
            .find(|m| m.kind == MessageKind::Request && m.has_credentials && m.time >= asked.time);
        let again = next.map(|m| text![", credentials follow (", Piece::frame_of(m), ")"]);
        let what = match asked.stale {
            true => "; the nonce was too old (",
            false => "; a password is asked for (",
        };
        let status = format!("{status}, ");
        Some(text![what, status, Piece::frame_of(asked), ")", again])
    }

    fn outcome(&self) -> Text {
        let a = self.attempt;
        let last = self
            .messages
            .iter()
            .rev()
            .find(|m| m.status.is_some_and(|s| s >= 200));
        let answer = last.map(|m| {
            let status = m.status.unwrap_or_default();
            let reason = m.reason.as_deref().map(clean).unwrap_or_default();
            let status = format!(" ({status} {reason}, ");
            text![status, Piece::frame_of(m), ")"]
        });
        let why = a
            .outcome_reason
            .as_deref()
            .map(|why| format!(": {}", clean(why)));
        match a.outcome {
            RegisterOutcome::Registered => {
                let life = a.expires_s.map(|s| format!(" for {s} s"));
                let others = (a.bindings.len() > 1).then(|| format!("; {}", bindings(&a.bindings)));
                text!["; accepted", life, answer, others]
            }
            RegisterOutcome::Unregistered => {
                let left = match a.bindings.is_empty() {
                    true => String::new(),
                    false => format!("; left: {}", bindings(&a.bindings)),
                };
                text!["; accepted", answer, left]
            }
            RegisterOutcome::Listed => text!["; the answer lists ", bindings(&a.bindings), answer],
            RegisterOutcome::Rejected => text!["; refused", answer, why],
            RegisterOutcome::Challenged => text![self.last_challenge(), why],
            RegisterOutcome::NoResponse => text!["; no answer is in the capture"],
        }
    }

    /// Where a password was asked for once more: what came before that, and the challenge.
    fn last_challenge(&self) -> Option<Text> {
        let first = self.messages.iter().position(|m| is_challenge(m))?;
        let last = self.messages.iter().rposition(|m| is_challenge(m))?;
        let between = self.messages.get(first + 1..last)?;
        let challenge = self.messages.get(last)?;
        let refused = between
            .iter()
            .rev()
            .find(|m| m.status.is_some_and(|s| s >= 300));
        let refused = refused.map(|m| {
            let status = m.status.unwrap_or_default();
            text![format!("; refused ({status}, "), Piece::frame_of(m), ")"]
        });
        let again = between
            .iter()
            .rev()
            .find(|m| m.kind == MessageKind::Request);
        let again = again.map(|m| {
            let with = match m.has_credentials {
                true => "; asked again with credentials (",
                false => "; asked again without credentials (",
            };
            text![with, Piece::frame_of(m), ")"]
        });
        let status = challenge.status.unwrap_or_default();
        let asked = format!("; a password is asked for again ({status}, ");
        Some(text![
            refused,
            again,
            asked,
            Piece::frame_of(challenge),
            ")"
        ])
        .filter(|_| last > first)
    }

    fn source(&self) -> &'static str {
        match (self.attempt.kind, self.attempt.outcome) {
            (_, RegisterOutcome::Rejected | RegisterOutcome::Challenged) => "RFC 3261 §22.2",
            (RegisterKind::Query, _) => "RFC 3261 §10.2.3",
            (RegisterKind::Unregister, _) => "RFC 3261 §10.2.2",
            (RegisterKind::Refresh, _) => "RFC 3261 §10.2.4",
            (RegisterKind::Register, _) => "RFC 3261 §10.2.1",
        }
    }
}

fn is_challenge(m: &Message) -> bool {
    matches!(m.status, Some(401 | 407))
}
