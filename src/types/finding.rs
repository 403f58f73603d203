//! How bad something is, and what it hides: the closed words of findings.

super::vocabulary! {
    /// How much a finding matters.
    pub enum Severity {
        /// Worth knowing.
        Info = "info",
        /// Look here.
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
