//! The piece of a message that a NOTIFY about a REFER carries (RFC 3420, RFC 3515 §2.4.5).

use super::lex::{parse_number, trim};
use super::message::Message;
use super::start_line::skip_line_ends;
use crate::types::StatusCode;
use memchr::memchr;

/// The status line that a message/sipfrag body begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sipfrag<'a> {
    /// The status.
    pub status: StatusCode,
    /// The reason phrase as sent, often empty.
    pub reason: &'a [u8],
}

impl<'a> Sipfrag<'a> {
    /// Reads a body; `None` where it does not begin with a status line.
    pub fn parse(body: &'a [u8]) -> Option<Sipfrag<'a>> {
        let body = skip_line_ends(body);
        let line = trim(body.get(..memchr(b'\n', body).unwrap_or(body.len()))?);
        let (version, rest) = line.split_at(memchr(b' ', line)?);
        if !version.get(..4)?.eq_ignore_ascii_case(b"SIP/") {
            return None;
        }
        let rest = trim(rest);
        let (code, reason) = rest.split_at(memchr(b' ', rest).unwrap_or(rest.len()));
        Some(Sipfrag {
            status: StatusCode::new(parse_number(code)?.try_into().ok()?)?,
            reason: trim(reason),
        })
    }

    /// `486 Busy Here`.
    pub fn text(&self) -> String {
        let reason = crate::types::text_of(self.reason);
        format!("{} {reason}", self.status).trim_end().to_owned()
    }
}

impl<'a> Message<'a> {
    /// The status line in a message/sipfrag body.
    pub fn sipfrag(&self) -> Option<Sipfrag<'a>> {
        let is_it = self
            .content_type()
            .is_some_and(|kind| kind.is("message", "sipfrag"));
        Sipfrag::parse(self.body).filter(|_| is_it)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_line_is_read_and_what_is_none_gives_nothing() {
        for (body, text) in [
            ("SIP/2.0 603 Declined", Some("603 Declined")),
            ("SIP/2.0 100\r\n", Some("100")),
            (
                "\r\nsip/2.0 486  Busy Here\r\nTo: <sip:c@d>\r\n",
                Some("486 Busy Here"),
            ),
            ("SIP/2.0 99 x", None),
            ("INVITE sip:a@b SIP/2.0", None),
            ("SIP", None),
            ("", None),
        ] {
            let read = Sipfrag::parse(body.as_bytes()).map(|f| f.text());
            assert_eq!(read.as_deref(), text, "{body}");
        }
    }
}
