//! A CANCEL of a call that was answered all the same.

use super::{Plot, Sentence, is_request};
use crate::explain::text::{Piece, text};
use crate::report::model::Message;

impl Plot<'_> {
    /// The caller's own CANCEL, which ends nothing once there is a final response (RFC 3261 §9.1).
    pub(super) fn late_cancel(&self) -> Option<Sentence> {
        self.call.answer_time?;
        let invite = self.invite()?;
        let tag = |m: &Message| m.from.as_ref().and_then(|p| p.tag.clone());
        let cancel = self.first(|m| {
            is_request(m, "CANCEL")
                && m.src.address == invite.src.address
                && tag(m) == tag(invite)
                && self.legs.name_of(m).is_none()
        })?;
        // On the same way: a caller that asks several phones cancels the others.
        let answer = self.answer_to_invite(|s| (200..300).contains(&s))?;
        let answer = self
            .first(|m| {
                m.method.as_deref() == Some("INVITE")
                    && m.status == answer.status
                    && m.cseq == cancel.cseq
                    && m.src.address == cancel.dst.address
                    && m.dst.address == cancel.src.address
            })
            .filter(|m| {
                m.branch.is_none() || cancel.branch.is_none() || m.branch == cancel.branch
            })?;
        let (caller, who) = (self.caller.clone(), self.callee.clone());
        let cancelled = Piece::frame_of(cancel);
        let then = match (cancel.time, cancel.id) < (answer.time, answer.id) {
            true => text!["), but ", who, " answers all the same."],
            false => text![") when ", who, " has answered."],
        };
        Some(Sentence {
            time: Some(cancel.time),
            text: text![caller, " gives up (CANCEL ", cancelled, then],
            source: Some("RFC 3261 §9.1"),
        })
    }
}
