//! Typed header values, one family a file. Each reads a raw value as it stands in the message,
//! line folds included, and borrows from it.

pub(crate) mod auth;
pub(crate) mod contact;
pub(crate) mod event;
pub(crate) mod name_addr;
pub(crate) mod numbers;
pub(crate) mod reason;
pub(crate) mod session;
pub(crate) mod via;

pub use auth::{Challenge, Credentials};
pub use contact::Contact;
pub use event::{Event, SubscriptionState};
pub use name_addr::NameAddr;
pub use numbers::{CSeq, RAck};
pub use reason::{Reason, Warning};
pub use session::{Replaces, SessionExpires};
pub use via::{Rport, Via};
