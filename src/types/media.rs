//! What media is and which way it goes (RFC 8866 §5.14, §6.7).

super::vocabulary! {
    /// The media field of an `m=` line (RFC 8866 §5.14).
    pub enum MediaKind {
        /// Sound.
        Audio = "audio",
        /// Moving pictures.
        Video = "video",
        /// A still picture or a fax page (T.38).
        Image = "image",
        /// Anything an application understands, data channels too.
        Application = "application",
        /// Text as it is typed (RFC 4103).
        Text = "text",
        /// Text in messages (MSRP, RFC 4975).
        Message = "message",
        /// Any other token.
        Other = "other",
    }
}

impl MediaKind {
    /// The kind of an `m=` line's first word, which has no case.
    pub fn parse(token: &str) -> MediaKind {
        let mut known = MediaKind::ALL.iter().copied();
        known
            .find(|kind| token.eq_ignore_ascii_case(kind.as_str()))
            .unwrap_or(MediaKind::Other)
    }
}

super::vocabulary! {
    /// The direction attribute (RFC 8866 §6.7), as the describing party means it.
    #[derive(Default)]
    pub enum Direction {
        /// Sends and receives.
        #[default]
        SendRecv = "sendrecv",
        /// Sends, and does not want to receive.
        SendOnly = "sendonly",
        /// Receives, and does not send.
        RecvOnly = "recvonly",
        /// Neither.
        Inactive = "inactive",
    }
}

impl Direction {
    /// The direction of who may send, receive, both or neither.
    pub const fn of(sends: bool, receives: bool) -> Direction {
        match (sends, receives) {
            (true, true) => Direction::SendRecv,
            (true, false) => Direction::SendOnly,
            (false, true) => Direction::RecvOnly,
            (false, false) => Direction::Inactive,
        }
    }

    /// True when the describing party may send.
    pub const fn sends(self) -> bool {
        matches!(self, Direction::SendRecv | Direction::SendOnly)
    }

    /// True when the describing party may receive.
    pub const fn receives(self) -> bool {
        matches!(self, Direction::SendRecv | Direction::RecvOnly)
    }
}
