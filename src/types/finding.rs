//! How bad something is, and what it hides: the closed words of findings.

super::vocabulary! {
    /// How much a finding matters.
    pub enum Severity {
        /// Worth knowing; a call may be healthy with it.
        Info = "info",
        /// Look here: it may be a fault, or become one.
        Warning = "warning",
        /// A fault a user would notice.
        Error = "error",
    }
}

super::vocabulary! {
    /// What something hides.
    pub enum Hides {
        /// Signalling.
        Sip = "sip",
        /// Media.
        Rtp = "rtp",
        /// Signalling and media.
        Both = "both",
    }
}
