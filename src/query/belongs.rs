//! Which records belong to which: by the numbers a record holds, and by what names it.

use crate::types::QueryKind;

/// Records that belong to a record without being named by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Link {
    /// The streams of a call.
    CallStreams,
    /// The dialogs of a call.
    CallDialogs,
    /// The transactions of a call.
    CallTransactions,
    /// The messages of all attempts of a registration.
    RegistrationMessages,
    /// The registration an attempt is of.
    AttemptRegistration,
    /// The findings read from a message.
    MessageFindings,
}

/// Fields that hold numbers of other records.
pub(super) const IDS: &[(QueryKind, &str, QueryKind)] = &[
    (
        QueryKind::Calls,
        "legs.evidence_messages",
        QueryKind::Messages,
    ),
    (QueryKind::Calls, "possible_legs.call", QueryKind::Calls),
    (
        QueryKind::Calls,
        "possible_legs.evidence_messages",
        QueryKind::Messages,
    ),
    (QueryKind::Calls, "media.agreed_in", QueryKind::Messages),
    (QueryKind::Calls, "media.streams", QueryKind::Streams),
    (QueryKind::Calls, "events.message", QueryKind::Messages),
    (QueryKind::Calls, "links.call", QueryKind::Calls),
    (QueryKind::Calls, "links.messages", QueryKind::Messages),
    (QueryKind::Calls, "negotiations.offer", QueryKind::Messages),
    (QueryKind::Calls, "negotiations.answer", QueryKind::Messages),
    (
        QueryKind::Calls,
        "negotiations.refusal",
        QueryKind::Messages,
    ),
    (QueryKind::Calls, "dtmf.stream", QueryKind::Streams),
    (QueryKind::Calls, "dtmf.message", QueryKind::Messages),
    (
        QueryKind::Calls,
        "quality_reports.message",
        QueryKind::Messages,
    ),
    (QueryKind::Calls, "messages", QueryKind::Messages),
    (QueryKind::Calls, "findings", QueryKind::Findings),
    (
        QueryKind::Registrations,
        "attempts.messages",
        QueryKind::Messages,
    ),
    (QueryKind::Registrations, "findings", QueryKind::Findings),
    (QueryKind::Attempts, "messages", QueryKind::Messages),
    (QueryKind::Attempts, "findings", QueryKind::Findings),
    (
        QueryKind::Requests,
        "quality_reports.message",
        QueryKind::Messages,
    ),
    (QueryKind::Requests, "messages", QueryKind::Messages),
    (QueryKind::Requests, "findings", QueryKind::Findings),
    (QueryKind::Messages, "transaction", QueryKind::Transactions),
    (QueryKind::Messages, "dialog", QueryKind::Dialogs),
    (QueryKind::Messages, "call", QueryKind::Calls),
    (
        QueryKind::Messages,
        "registration",
        QueryKind::Registrations,
    ),
    (
        QueryKind::Messages,
        "retransmission_of",
        QueryKind::Messages,
    ),
    (
        QueryKind::Messages,
        "capture_duplicate_of",
        QueryKind::Messages,
    ),
    (
        QueryKind::Transactions,
        "timers.message",
        QueryKind::Messages,
    ),
    (QueryKind::Transactions, "messages", QueryKind::Messages),
    (QueryKind::Dialogs, "call", QueryKind::Calls),
    (QueryKind::Dialogs, "messages", QueryKind::Messages),
    (QueryKind::Streams, "call", QueryKind::Calls),
    (QueryKind::Streams, "findings", QueryKind::Findings),
    (QueryKind::Findings, "messages", QueryKind::Messages),
    (QueryKind::Findings, "calls", QueryKind::Calls),
    (
        QueryKind::Findings,
        "registrations",
        QueryKind::Registrations,
    ),
    (QueryKind::Findings, "streams", QueryKind::Streams),
    (QueryKind::Findings, "requests", QueryKind::Requests),
];

/// Records that belong to a record, by what they name.
pub(super) const LINKS: &[(QueryKind, &str, QueryKind, Link, &str)] = &[
    (
        QueryKind::Calls,
        "streams",
        QueryKind::Streams,
        Link::CallStreams,
        "RTP streams of the call.",
    ),
    (
        QueryKind::Calls,
        "dialogs",
        QueryKind::Dialogs,
        Link::CallDialogs,
        "Dialogs of the call.",
    ),
    (
        QueryKind::Calls,
        "transactions",
        QueryKind::Transactions,
        Link::CallTransactions,
        "Transactions of the call.",
    ),
    (
        QueryKind::Registrations,
        "messages",
        QueryKind::Messages,
        Link::RegistrationMessages,
        "Messages of all attempts.",
    ),
    (
        QueryKind::Attempts,
        "registration",
        QueryKind::Registrations,
        Link::AttemptRegistration,
        "The registration it is an attempt of.",
    ),
    (
        QueryKind::Messages,
        "findings",
        QueryKind::Findings,
        Link::MessageFindings,
        "Findings read from the message.",
    ),
];
