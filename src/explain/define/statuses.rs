//! Status codes and their classes, of the registry of `sip`.

use super::{Entry, fact};
use crate::sip::status::{STATUSES, class_meaning};
use crate::types::{StatusClass, StatusCode, TermGroup};

/// The classes with what a client does next (RFC 3261 §7.2, §8.1.3).
#[rustfmt::skip]
const CLASSES: [(StatusClass, &str, &str, &str); 6] = [
    (StatusClass::Provisional, "1xx", "Provisional", "Not final: the client waits on. It stops repeating an INVITE."),
    (StatusClass::Success, "2xx", "Success", "Final. A 2xx to INVITE is confirmed by an ACK that is a transaction of its own."),
    (StatusClass::Redirection, "3xx", "Redirection", "Final. The client may try the addresses of Contact."),
    (StatusClass::ClientError, "4xx", "Client error", "Final. The client should not send the same request again without a change."),
    (StatusClass::ServerError, "5xx", "Server error", "Final. The request was right; another server may serve it."),
    (StatusClass::GlobalFailure, "6xx", "Global failure", "Final. No other place is to be tried."),
];

pub(super) fn entries() -> impl Iterator<Item = Entry> {
    let classes = CLASSES.iter().map(|(class, name, title, next)| Entry {
        title: Some((*title).into()),
        facts: vec![fact("then", *next)],
        example: STATUSES
            .iter()
            .find(|s| StatusCode::new(s.code).is_some_and(|code| code.class() == *class))
            .map(|s| format!("SIP/2.0 {} {}", s.code, s.phrase).into()),
        ..Entry::new(
            TermGroup::Status,
            *name,
            class_meaning(*class),
            "RFC 3261 §7.2",
        )
    });
    let codes = STATUSES.iter().map(|status| {
        let class = StatusCode::new(status.code).map(StatusCode::class);
        let class = CLASSES.iter().find(|(c, ..)| Some(*c) == class);
        let class =
            class.map(|(_, name, title, next)| fact("class", format!("{name} {title}. {next}")));
        Entry {
            title: Some(status.phrase.into()),
            facts: class.into_iter().collect(),
            example: Some(format!("SIP/2.0 {} {}", status.code, status.phrase).into()),
            ..Entry::new(
                TermGroup::Status,
                status.code.to_string(),
                status.meaning,
                status.source,
            )
        }
    });
    classes.chain(codes)
}
