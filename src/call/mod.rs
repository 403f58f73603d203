//! What a passive observer knows of the signalling: transactions, dialogs, calls, registrations.
//!
//! Everything hangs off its Call-ID: one look-up per message finds the open state, which is closed by
//! capture time and handed on. Memory is bounded by what is open.
//!
//! Invariant: no clock and no input here but messages and their times; the same messages give the
//! same records.

mod addresses;
mod agreement;
mod answers;
mod authentication;
#[allow(clippy::module_inception)]
mod call;
mod changes;
mod common;
mod compact;
mod contacts;
mod dialog;
pub(crate) mod digest;
mod ending;
mod exchanges;
mod facts;
mod holes;
mod index;
mod info_digit;
mod leg;
mod legs;
mod links;
mod looping;
mod loose;
mod open;
mod other_port;
mod outcome;
mod outside;
mod quality;
mod reasons;
mod recent;
mod record;
mod refusal;
mod registration;
mod repeated;
mod requests;
mod responses;
mod returned;
mod session;
mod spoken;
mod state;
mod table;
mod ties;
mod timer;
mod timers;
mod tracker;
mod transaction;
mod transfer;
mod unheard;
mod weight;

#[cfg(test)]
mod tests;

pub use agreement::{Agreement, Codec, Described, MediaLine};
pub use answers::OtherAnswer;
pub use authentication::{Challenged, CredentialsSeen};
pub use contacts::PrivateContact;
pub use dialog::{DialogRecord, DialogState};
pub use exchanges::{OfferAnswer, OfferResult};
pub use facts::Arrival;
pub use leg::{LegFacts, Mark, MarkKind};
pub use legs::{JoinedBy, Leg, PossibleLeg, StreamOfLeg, United, possible_legs, unite};
pub use links::{CallLink, LinkKind, LinkRole, link};
pub use looping::Looping;
pub use loose::{Loose, attach};
pub use other_port::{OtherPortSeen, Unheard};
pub use outcome::{EndedBy, Outcome};
pub use outside::RequestsRecord;
pub use quality::{QualityReport, ReportedMetrics};
pub use record::{
    CallRecord, Hop, IcmpSeen, Identity, InfoDigit, KeptMarks, KeyReport, Marks, MediaAddress,
};
pub use refusal::MediaRefusal;
pub use registration::{
    Attempt, Binding, Failure, RegisterKind, RegisterOutcome, RegistrationRecord, TooBrief,
};
pub use repeated::{Answered, Repeated};
pub use requests::InDialogRequest;
pub use returned::RequestLoop;
pub use session::{AnswerMissing, EventKind, SessionEvent};
pub use state::{CallState, Moved};
pub use ties::{Redirect, Ties};
pub use timer::SessionTimer;
pub use timers::{GIVE_UP, Length, T1, T2, T4, Timer, TimerRow, TimerVerdict, Value};
pub use tracker::{Beside, Closed, Limits, Placement, Tracker};
pub use transaction::{AckFlaw, TransactionRecord, TransactionState};
pub use transfer::{LinkResult, Told, Transfer, readable};
pub use unheard::UnheardAck;
