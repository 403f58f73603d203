//! What an expression can be about.

use super::RecordKind;
use super::vocabulary::vocabulary;

vocabulary! {
    /// The records an expression can ask about, by their names in the JSON report.
    pub enum QueryKind {
        /// Calls.
        Calls = "calls",
        /// Registrations.
        Registrations = "registrations",
        /// Attempts of registrations, each with what its registration has.
        Attempts = "attempts",
        /// Requests outside calls and registrations.
        Requests = "requests",
        /// SIP messages.
        Messages = "messages",
        /// SIP transactions.
        Transactions = "transactions",
        /// SIP dialogs.
        Dialogs = "dialogs",
        /// RTP streams.
        Streams = "streams",
        /// Findings.
        Findings = "findings",
    }
}

impl QueryKind {
    /// The array of the report that holds them: attempts are held by registrations.
    pub const fn record(self) -> RecordKind {
        match self {
            QueryKind::Calls => RecordKind::Call,
            QueryKind::Registrations | QueryKind::Attempts => RecordKind::Registration,
            QueryKind::Requests => RecordKind::Requests,
            QueryKind::Messages => RecordKind::Message,
            QueryKind::Transactions => RecordKind::Transaction,
            QueryKind::Dialogs => RecordKind::Dialog,
            QueryKind::Streams => RecordKind::Stream,
            QueryKind::Findings => RecordKind::Finding,
        }
    }

    /// One of them: `call`.
    pub const fn one(self) -> &'static str {
        match self {
            QueryKind::Calls => "call",
            QueryKind::Registrations => "registration",
            QueryKind::Attempts => "attempt",
            QueryKind::Requests => "row of requests",
            QueryKind::Messages => "message",
            QueryKind::Transactions => "transaction",
            QueryKind::Dialogs => "dialog",
            QueryKind::Streams => "stream",
            QueryKind::Findings => "finding",
        }
    }
}
