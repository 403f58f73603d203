//! Registrations that failed.

use super::{Case, finding};
use crate::call::{Attempt, RegisterOutcome, RegistrationRecord};
use crate::sip::{Uri, status};
use crate::types::{Finding, Severity};

pub(super) const CODES: &[&str] = &[
    "registration_rejected",
    "authentication_failed",
    "no_response",
];

pub(super) fn run(case: &Case<'_>, out: &mut Vec<Finding>) {
    for registration in case.registrations {
        // One finding a registration: its repetitions fail for the same reason.
        let bad = |o: RegisterOutcome| {
            matches!(
                o,
                RegisterOutcome::Rejected
                    | RegisterOutcome::NoResponse
                    | RegisterOutcome::Challenged
            )
        };
        let failed: Vec<&Attempt> = registration
            .attempts
            .iter()
            .filter(|a| bad(a.outcome))
            .collect();
        let Some(last) = failed.last() else { continue };
        let mut f = match last.outcome {
            RegisterOutcome::Rejected => rejected(case, registration, last),
            RegisterOutcome::Challenged => challenged(registration, last),
            _ => unanswered(registration, last),
        };
        let accepted = registration
            .attempts
            .iter()
            .any(|a| a.outcome == RegisterOutcome::Registered);
        if accepted
            && last.credentials_sent
            && last.status.is_some_and(|s| matches!(s.get(), 401 | 407))
        {
            // The same account was let in: its password cannot be wrong.
            f = old_nonce(case, registration, last);
        }
        if failed.len() > 1 {
            f.detail
                .push_str(&format!("; {} attempts failed", failed.len()));
        }
        f.registrations.push(registration.no);
        f.messages = last.messages.iter().copied().take(8).collect();
        out.push(f);
    }
}

fn user(r: &RegistrationRecord) -> String {
    let short = Uri::parse(r.aor.as_bytes()).short_text();
    if short.is_empty() {
        r.aor.clone()
    } else {
        short
    }
}

fn rejected(case: &Case<'_>, r: &RegistrationRecord, a: &Attempt) -> Finding {
    let status = a.status.map_or(0, |s| s.get());
    let who = user(r);
    let frames = case.frames(&a.messages);
    if a.credentials_sent && matches!(status, 401 | 403 | 407) {
        let mut f = finding(
            "registration_rejected",
            Severity::Error,
            format!(
                "{who}'s registration was rejected with {status} although credentials were sent: wrong password or user"
            ),
            format!(
                "{} refused the answer to its challenge ({frames})",
                r.registrar
            ),
        );
        f.advice =
            "Compare user name, realm and password in the phone with the account on the server."
                .into();
        f.source = Some("RFC 3261 §22.4");
        return f;
    }
    let meaning = a.status.and_then(status::meaning).map_or("", |s| s.meaning);
    let mut f = finding(
        "registration_rejected",
        Severity::Error,
        format!(
            "{who}'s registration was rejected: {status} {}",
            a.reason.as_deref().unwrap_or("").trim()
        ),
        format!("{meaning} ({frames})"),
    );
    f.source = a.status.and_then(status::meaning).map(|s| s.source);
    f
}

fn old_nonce(case: &Case<'_>, r: &RegistrationRecord, a: &Attempt) -> Finding {
    let status = a.status.map_or(401, |s| s.get());
    let mut f = finding(
        "registration_rejected",
        Severity::Info,
        format!(
            "{}'s registration was refused once with {status}, and accepted at another time",
            user(r)
        ),
        format!(
            "{} {} ({}): the challenge answered was too old, most likely",
            status,
            a.reason.as_deref().unwrap_or("").trim(),
            case.frames(&a.messages)
        ),
    );
    f.source = Some("RFC 3261 §22.4");
    f
}

fn challenged(r: &RegistrationRecord, a: &Attempt) -> Finding {
    let status = a.status.map_or(401, |s| s.get());
    let mut f = finding(
        "authentication_failed",
        Severity::Warning,
        format!(
            "{} was asked for a password ({status}) and did not send one",
            user(r)
        ),
        format!(
            "{} wants credentials; the phone did not try again with them",
            r.registrar
        ),
    );
    f.advice = "Enter the account's user name and password in the phone; or the capture stopped too early.".into();
    f.source = Some("RFC 3261 §22.1");
    f
}

fn unanswered(r: &RegistrationRecord, a: &Attempt) -> Finding {
    let mut f = finding(
        "no_response",
        Severity::Error,
        format!(
            "{}'s REGISTER to {} was never answered",
            user(r),
            r.registrar
        ),
        match a.retransmissions {
            0 => "sent once".to_owned(),
            n => format!("sent {} times", n + 1),
        },
    );
    f.advice =
        "Check the registrar's address and port, that it runs, and that it can read the request."
            .into();
    f.source = Some("RFC 3261 §17.1.2.2");
    f
}
