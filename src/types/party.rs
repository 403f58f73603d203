//! The two who talk.

super::vocabulary! {
    /// One of the two who talk.
    pub enum Party {
        /// Who sent the first INVITE.
        Caller = "caller",
        /// Who it was sent to.
        Callee = "callee",
    }
}

impl Party {
    /// The other one.
    pub const fn other(self) -> Party {
        match self {
            Party::Caller => Party::Callee,
            Party::Callee => Party::Caller,
        }
    }
}
