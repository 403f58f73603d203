//! Phones that ring for one INVITE, and the CANCEL that ends its setting up.

use super::super::compact::{block, push_exact};
use super::super::facts::{Arrival, Facts};
use super::super::reasons;
use super::super::session::EventKind;
use super::super::state::Step;
use super::Call;
use crate::types::StatusCode;

impl Call {
    pub(super) fn note_fork(
        &mut self,
        status: StatusCode,
        facts: &Facts<'_>,
        arrival: &Arrival<'_>,
    ) {
        const MAX_FORKS: usize = 64;
        let Some(tag) = facts.to_tag else { return };
        if status.get() < 101
            || status.get() >= 300
            || self.to_tags.iter().any(|t| **t == *tag)
            || self.to_tags.len() >= MAX_FORKS
        {
            return;
        }
        push_exact(&mut self.to_tags, tag.into());
        self.texts += block(tag.len());
        if self.to_tags.len() == 2 {
            self.push_event(
                EventKind::Forked,
                arrival,
                match status.get() {
                    200.. => "a second phone answers the same INVITE (another To tag)".to_owned(),
                    180 => "a second phone rings for the same INVITE (another To tag)".to_owned(),
                    other => format!(
                        "a second phone reports progress for the same INVITE ({other}, another To tag)"
                    ),
                },
            );
        }
    }

    pub(super) fn handle_cancel(&mut self, arrival: &Arrival<'_>) {
        // A proxy cancels the losing branches of a fork; only the caller's own CANCEL counts.
        if self.on_caller_hop(arrival.flow) {
            if self.attempt_done.is_none() {
                self.attempt.cancelled = true;
                self.attempt.stated = reasons::stated(arrival.message);
                self.attempt.taken_elsewhere = reasons::is_answered_elsewhere(arrival.message);
                self.step(Step::Cancel);
                if self.attempt.taken_elsewhere {
                    let text = "another phone answered the call".to_owned();
                    self.push_event(EventKind::AnsweredElsewhere, arrival, text);
                }
            }
            self.cancel.get_or_insert(arrival.time);
            self.marks.cancel.get_or_insert(arrival.id);
        } else if reasons::is_answered_elsewhere(arrival.message) {
            let text = "another phone answered the call".to_owned();
            self.push_event(EventKind::AnsweredElsewhere, arrival, text);
        }
    }
}
