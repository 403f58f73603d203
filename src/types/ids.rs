//! Numbers of the report's records. Each counts from 1 in order of first packet.

use std::fmt;

macro_rules! record_number {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(std::num::NonZeroU32);

        impl $name {
            /// The number after `count` earlier ones; saturates at `u32::MAX`.
            pub fn after(count: u32) -> Self {
                $name(std::num::NonZeroU32::MIN.saturating_add(count))
            }
            /// A number of the report; `None` for 0.
            pub fn new(number: u32) -> Option<Self> {
                std::num::NonZeroU32::new(number).map($name)
            }
            /// The number itself, from 1.
            pub const fn get(self) -> u32 {
                self.0.get()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )+};
}

record_number! {
    /// `messages[].id` of the report.
    MessageId,
    /// `transactions[].id`.
    TransactionNo,
    /// `dialogs[].id`.
    DialogNo,
    /// `calls[].id`.
    CallNo,
    /// `registrations[].id`.
    RegistrationNo,
    /// `requests[].id`.
    RequestsNo,
    /// `streams[].id`.
    StreamNo,
}
