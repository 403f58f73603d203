//! Passwords that are asked for, and what follows.

use super::{Plot, Sentence, is_request};
use crate::call::Outcome;
use crate::explain::text::{Piece, text};
use crate::explain::words::clean;
use crate::report::model::Message;

impl<'a> Plot<'a> {
    pub(super) fn challenge(&self) -> Option<Sentence> {
        // What the server is asked for on a leg of its own is no matter of the caller's.
        let own = |m: &Message| self.legs.name_of(m).is_none();
        let asks = |m: &Message| {
            m.method.as_deref() == Some("INVITE") && matches!(m.status, Some(401 | 407))
        };
        let asked = self.first(|m| asks(m) && own(m) && self.reinvite_of(m).is_none())?;
        let status = asked.status?;
        let again = self.first(|m| {
            is_request(m, "INVITE")
                && (m.time, m.id) > (asked.time, asked.id)
                && m.retransmission_of.is_none()
                && own(m)
                && !in_dialog(m)
        });
        // The INVITE it answers carried credentials already.
        let before = self.messages.iter().rev().find(|m| {
            is_request(m, "INVITE") && m.time <= asked.time && m.retransmission_of.is_none()
        });
        let carried = before.is_some_and(|m| m.has_credentials);
        let then = match again {
            None if carried && asked.stale => {
                "no INVITE with the new nonce follows in the capture.".into()
            }
            None if carried => "no other INVITE follows in the capture.".into(),
            None => {
                let why = self.call.outcome_reason.as_deref().map(clean);
                let why = why.filter(|_| self.call.outcome == Outcome::AuthFailed);
                text![
                    why.unwrap_or_else(|| "no credentials follow in the capture".to_owned()),
                    "."
                ]
            }
            Some(m) => {
                let with = if m.has_credentials { "with" } else { "without" };
                let caller = self.caller.clone();
                let frame = Piece::frame_of(m);
                text![
                    caller,
                    " calls again, ",
                    with,
                    " credentials (",
                    frame,
                    ")."
                ]
            }
        };
        let asks = match (carried, asked.stale) {
            (true, true) => format!("The credentials answer an old nonce ({status} stale=true, "),
            (true, false) => format!("Credentials are sent, and asked for again ({status}, "),
            _ => format!("A password is asked for ({status}, "),
        };
        Some(Sentence {
            time: Some(asked.time),
            text: text![asks, Piece::frame_of(asked), "); ", then],
            source: Some(match status {
                401 => "RFC 3261 §22.2",
                _ => "RFC 3261 §22.3",
            }),
        })
    }

    /// The re-INVITE that a response answers.
    fn reinvite_of(&self, response: &Message) -> Option<&'a Message> {
        self.first(|m| {
            is_request(m, "INVITE")
                && in_dialog(m)
                && m.cseq == response.cseq
                && from_tag(m) == from_tag(response)
        })
    }

    /// A password asked for within the call.
    pub(super) fn challenged_change(&self) -> Option<Sentence> {
        let asks = |m: &Message| {
            m.method.as_deref() == Some("INVITE") && matches!(m.status, Some(401 | 407))
        };
        let asked = self.first(|m| asks(m) && self.reinvite_of(m).is_some())?;
        let status = asked.status?;
        let asker = asked.from.as_ref().map(|p| p.uri.as_str());
        let who = match asker == Some(self.call.caller.uri.as_str()) {
            true => self.caller.clone(),
            false => self.callee.clone(),
        };
        let again = self.first(|m| {
            is_request(m, "INVITE")
                && (m.time, m.id) > (asked.time, asked.id)
                && m.cseq > asked.cseq
                && from_tag(m) == from_tag(asked)
                && m.has_credentials
        });
        let then = match again {
            Some(m) => {
                let frame = Piece::frame_of(m);
                text![who, " sends it again, with credentials (", frame, ")."]
            }
            None => "none with credentials follows in the capture.".into(),
        };
        let asks = format!("A password is asked for the re-INVITE ({status}, ");
        Some(Sentence {
            time: Some(asked.time),
            text: text![asks, Piece::frame_of(asked), "); ", then],
            source: Some(match status {
                401 => "RFC 3261 §22.2",
                _ => "RFC 3261 §22.3",
            }),
        })
    }
}

fn in_dialog(m: &Message) -> bool {
    m.to.as_ref().is_some_and(|to| to.tag.is_some())
}

fn from_tag(m: &Message) -> Option<&str> {
    m.from.as_ref().and_then(|p| p.tag.as_deref())
}
