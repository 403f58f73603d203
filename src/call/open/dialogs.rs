//! The dialogs open under one Call-ID.

use super::super::common::{Common, take_number};
use super::super::compact::push_exact;
use super::super::dialog::{Dialog, DialogState, makes_dialog};
use super::super::facts::Facts;
use super::super::tracker::Closed;
use super::OpenCallId;
use crate::types::{CallNo, DialogNo, MessageId};

impl OpenCallId {
    pub(super) fn place_dialog(
        &mut self,
        facts: &Facts<'_>,
        id: MessageId,
        call: Option<CallNo>,
        common: &mut Common,
    ) -> Option<DialogNo> {
        let at = match self.find_dialog(facts) {
            Some(at) => at,
            None => {
                let local = if facts.is_request {
                    facts.from_tag
                } else {
                    facts.from_tag.or(facts.to_tag)
                };
                let creates =
                    makes_dialog(&facts.method) || (facts.to_tag.is_some() && facts.is_request);
                if !creates || self.call.is_none() && !makes_dialog(&facts.method) {
                    return None;
                }
                if self.dialogs.len() >= common.limits.dialogs_per_call_id {
                    common.numbers.closed_early += 1;
                    let oldest = self.dialogs.remove(0);
                    common
                        .closed
                        .push_back(Closed::Dialog(oldest.into_record(&self.call_id)));
                }
                let mut dialog = Dialog::new(
                    take_number!(common.numbers.dialogs, DialogNo),
                    call,
                    local,
                    facts.to_tag,
                );
                if facts.is_request && facts.to_tag.is_some() {
                    // A request inside a dialog whose start was not captured.
                    dialog.state = DialogState::Confirmed;
                }
                push_exact(&mut self.dialogs, dialog);
                self.dialogs.len() - 1
            }
        };
        let dialog = self.dialogs.get_mut(at)?;
        dialog.handle(facts, id);
        Some(dialog.no)
    }

    /// The dialog of a message: both tags; else, for the first answer to a dialog-making request, the
    /// dialog that waits for its far end's tag (RFC 3261 §12.1); else the early dialog it ends.
    fn find_dialog(&mut self, facts: &Facts<'_>) -> Option<usize> {
        if let Some(at) = self.dialogs.iter().position(|d| d.has_tags(facts)) {
            return Some(at);
        }
        let waiting = self
            .dialogs
            .iter()
            .position(|d| d.awaits_answer_to(facts.from_tag));
        let establishes = facts.status.is_some_and(|s| s.get() > 100 && s.get() < 300)
            && makes_dialog(&facts.method);
        if establishes && facts.to_tag.is_some() {
            let at = waiting?;
            self.dialogs[at].remote_tag = facts.to_tag.map(crate::types::Tag::new);
            return Some(at);
        }
        if waiting.is_some() {
            return waiting;
        }
        // A failure from a proxy with a tag of its own, a CANCEL, or a retry after a challenge.
        let ends = !facts.is_request || facts.to_tag.is_none();
        let from = facts.from_tag;
        ends.then(|| {
            self.dialogs
                .iter()
                .position(|d| d.local_tag.as_ref().map(|t| t.as_bytes()) == from)
        })
        .flatten()
    }
}
