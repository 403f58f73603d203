//! How a call that was up ended: the BYE, the reason it gives, and how it was answered.

use super::legs::{SERVER, capital};
use super::{Plot, Sentence, is_request};
use crate::call::{EndedBy, LinkKind, LinkRole};
use crate::explain::text::{Piece, Text, text};
use crate::explain::words::{clean, duration};
use crate::report::model::{CallLink, Message, MessageKind};
use crate::types::Delta;

/// A transfer that names the call to be replaced is carried out within this time.
const DONE: Delta = Delta::from_secs(2);

impl<'a> Plot<'a> {
    pub(super) fn ending(&self) -> Sentence {
        let Some(bye) = self.bye() else {
            let answers =
                |m: &Message| m.kind == MessageKind::Response && m.method.as_deref() == Some("BYE");
            let (none, answer) = match self.first(|m| is_request(m, "BYE")) {
                Some(_) => ("No BYE that ends this dialog is in the capture", None),
                None => ("No BYE is in the capture", self.first(answers)),
            };
            let but = answer.map(|m| text![", but its answer is (", Piece::frame_of(m), ")"]);
            return self.challenged_bye().unwrap_or_else(|| Sentence {
                text: text![none, but, self.gap(), "."],
                ..Sentence::default()
            });
        };
        let who = match self.call.ended_by {
            Some(EndedBy::Caller) => self.caller.clone(),
            Some(EndedBy::Callee) => self.callee.clone(),
            Some(EndedBy::Network) if self.legs.is_several() => capital(SERVER),
            Some(EndedBy::Network) | None => "the network".into(),
        };
        let (who, does) = match self.replaced_in(bye) {
            Some(_) => (who, format!(" ends the leg of {}", self.caller)),
            None => (who, " hangs up".to_owned()),
        };
        let replaced = self.replaced_in(bye);
        let replaced = replaced.map(|call| format!(" for the transfer in call {call}"));
        let after = self.call.talk_time_s;
        let after = after.map(|s| format!(" after {}", duration(s)));
        // Of an answer that is not in the capture the reason is how it is known.
        let is_stated = self.call.answer_time.is_some() || self.invite().is_none();
        let reason = self.call.outcome_reason.as_deref().filter(|_| is_stated);
        let reason = reason.map(|r| format!(", giving as reason {}", clean(r)));
        let frame = Piece::frame_of(bye);
        Sentence {
            time: Some(bye.time),
            text: text![
                who,
                does,
                after,
                replaced,
                " (BYE ",
                frame,
                ")",
                reason,
                "; ",
                self.confirmed(bye),
                "."
            ],
            source: Some("RFC 3261 §15"),
        }
    }

    /// The call whose transfer names this one as the one to be replaced, where the server ends it then.
    fn replaced_in(&self, bye: &Message) -> Option<u32> {
        if self.call.ended_by != Some(EndedBy::Network) || !self.legs.is_several() {
            return None;
        }
        let named = |l: &&CallLink| l.kind == LinkKind::Transfer && l.role == LinkRole::NamedBy;
        let link = self.call.links.iter().find(named)?;
        let mut refers = link
            .messages
            .iter()
            .filter_map(|id| self.lookup.message(*id));
        let asked = refers.find(|m| is_request(m, "REFER"))?;
        let soon = asked.time <= bye.time && bye.time.0 - asked.time.0 <= DONE;
        link.call.filter(|_| soon)
    }

    /// The BYE that ended the call: the one at its end on the caller's hop, as its sender sent it.
    fn bye(&self) -> Option<&'a Message> {
        let end = self.call.end_time?;
        let is = |m: &Message| is_request(m, "BYE");
        // The callee's own BYE is on its own leg; the server's to the caller follows.
        if self.legs.is_several() && self.call.ended_by == Some(EndedBy::Callee) {
            let just_before = |m: &Message| {
                m.time <= end && (end.0 - m.time.0) <= crate::types::Delta::from_secs(2)
            };
            return self.first(|m| is(m) && just_before(m));
        }
        let at_end = self.first(|m| is(m) && m.time == end);
        let at_end = at_end.or_else(|| self.first(is))?;
        self.first(|m| is(m) && m.cseq == at_end.cseq && from_tag(m) == from_tag(at_end))
    }

    /// What a BYE was answered with; a challenge is one of another kind.
    fn response_to(&self, bye: &Message, wanted: impl Fn(u16) -> bool) -> Option<&'a Message> {
        let same = |m: &Message| {
            m.kind == MessageKind::Response
                && m.method.as_deref() == Some("BYE")
                && m.cseq == bye.cseq
                && from_tag(m) == from_tag(bye)
                && m.status.is_some_and(|s| s >= 200 && wanted(s))
        };
        let here = |m: &Message| m.dst.address == bye.src.address;
        self.first(|m| same(m) && here(m))
            .or_else(|| self.first(same))
    }

    fn confirmed(&self, bye: &Message) -> Text {
        let response = self.response_to(bye, |s| s != 401 && s != 407);
        // Two that cross find no call any more at the other side.
        let other = self.first(|m| {
            let ends_same = from_tag(m) == bye.to.as_ref().and_then(|p| p.tag.as_deref());
            is_request(m, "BYE") && ends_same && from_tag(m).is_some()
        });
        if let (Some(other), Some(481)) = (other, response.and_then(|m| m.status)) {
            let frame = Piece::frame_of(other);
            return text!["the BYE of the other side crosses it (", frame, ")"];
        }
        let is_repeat = |m: &Message| m.retransmission_of == Some(bye.id);
        let repeat = self.messages.iter().rev().find(|m| is_repeat(m));
        if let (Some(m), Some(repeat)) = (response.filter(|m| m.status == Some(481)), repeat) {
            let (repeat, frame) = (Piece::frame_of(repeat), Piece::frame_of(m));
            let none = "): the other side has no such call any more";
            return text![
                "it is sent again (",
                repeat,
                ") and gets 481 (",
                frame,
                none
            ];
        }
        match (response, response.and_then(|m| m.status)) {
            (Some(m), Some(status @ 300..)) => {
                let frame = Piece::frame_of(m);
                let says = match status {
                    481 => "the other side knows no such call (481, ".to_owned(),
                    _ => {
                        let reason = m.reason.as_deref().unwrap_or_default();
                        format!("it is refused with {status} {} (", clean(reason))
                    }
                };
                text![says, frame, ")"]
            }
            (Some(_), _) => match self.call.release_time_ms {
                Some(ms) => format!("confirmed in {}", duration(ms / 1e3)).into(),
                None => "confirmed".into(),
            },
            _ => "no response to it is in the capture".into(),
        }
    }

    /// A BYE without the credentials that were asked for ends nothing (RFC 3261 §22.2).
    fn challenged_bye(&self) -> Option<Sentence> {
        let bye = self.first(|m| is_request(m, "BYE"))?;
        let challenge = self.response_to(bye, |s| s == 401 || s == 407)?;
        let status = challenge.status?.to_string();
        Some(Sentence {
            time: Some(bye.time),
            text: text![
                "A BYE (",
                Piece::frame_of(bye),
                ") is answered by asking for a password (",
                status,
                ", ",
                Piece::frame_of(challenge),
                "); no BYE with credentials follows in the capture."
            ],
            source: Some("RFC 3261 §22.2"),
        })
    }
}

fn from_tag(m: &Message) -> Option<&str> {
    m.from.as_ref().and_then(|p| p.tag.as_deref())
}
