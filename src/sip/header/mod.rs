//! Typed header values, one family a file. Each reads a raw value as it stands in the message,
//! line folds included, and borrows from it.

pub mod auth;
pub mod contact;
pub mod event;
pub mod name_addr;
pub mod numbers;
pub mod reason;
pub mod session;
pub mod via;

pub use auth::{Challenge, Credentials};
pub use contact::Contact;
pub use event::{Event, SubscriptionState};
pub use name_addr::NameAddr;
pub use numbers::{CSeq, RAck};
pub use reason::{Reason, Warning};
pub use session::{Replaces, SessionExpires};
pub use via::{Rport, Via};
