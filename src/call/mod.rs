//! What a passive observer knows of the signalling: transactions, dialogs, calls, registrations.
//!
//! Everything hangs off its Call-ID: one look-up per message finds the open state, which is closed by
//! capture time and handed on. Memory is bounded by what is open.
//!
//! Invariant: no clock and no input here but messages and their times; the same messages give the
//! same records.

mod addresses;
mod authentication;
#[allow(clippy::module_inception)]
mod call;
mod compact;
mod dialog;
mod ending;
mod facts;
mod index;
mod info_digit;
mod open;
mod other_port;
mod outcome;
mod outside;
mod quality;
mod record;
mod registration;
mod requests;
mod session;
mod state;
mod table;
mod tracker;
mod transaction;
mod weight;

#[cfg(test)]
mod tests;

pub use authentication::{Challenged, CredentialsSeen};
pub use dialog::{DialogRecord, DialogState};
pub use facts::Arrival;
pub use other_port::{OtherPortSeen, Unheard};
pub use outcome::{EndedBy, Outcome};
pub use outside::RequestsRecord;
pub use quality::{QualityReport, ReportedMetrics};
pub use record::{CallRecord, Hop, IcmpSeen, Identity, InfoDigit, Marks, MediaAddress};
pub use registration::{
    Attempt, Binding, Failure, RegisterKind, RegisterOutcome, RegistrationRecord, TooBrief,
};
pub use requests::InDialogRequest;
pub use session::{AgreedMedia, Codec, EventKind, SessionEvent};
pub use state::{CallState, Moved};
pub use tracker::{Beside, Closed, Limits, Placement, Tracker};
pub use transaction::{TransactionRecord, TransactionState};
