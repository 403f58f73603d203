//! The groups of terms that are explained offline, as one closed list of words.

super::vocabulary::vocabulary! {
    /// What kind of thing a term is.
    pub enum TermGroup {
        /// A request method.
        Method = "method",
        /// A status code, or a class of them.
        Status = "status",
        /// A header.
        Header = "header",
        /// A kind of line of a session description.
        SdpLine = "sdp_line",
        /// An attribute of a session description.
        SdpAttribute = "sdp_attribute",
        /// A payload format.
        Codec = "codec",
        /// An RTP payload type, or a range of them.
        PayloadType = "payload_type",
        /// A telephone-event: a key or a tone by its number.
        Event = "event",
        /// A timer of SIP.
        Timer = "timer",
        /// A cause of ITU-T Q.850.
        Cause = "cause",
        /// A code of the Warning header.
        Warning = "warning",
        /// A code of a finding or of advice of this program.
        Finding = "finding",
        /// A code of what is wrong with one message, as `messages[].warnings[]` has it.
        Flaw = "flaw",
        /// A part that a machine plays in SIP.
        Entity = "entity",
        /// A word that explanations use.
        Word = "word",
        /// A sheet to learn from: several facts side by side.
        Sheet = "sheet",
    }
}

impl TermGroup {
    /// The group as people say it: `sdp line`.
    pub fn words(self) -> String {
        self.as_str().replace('_', " ")
    }
}
