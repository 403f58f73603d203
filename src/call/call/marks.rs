//! The messages of an open call that the rules of diagnosis will point at.

use super::super::compact::{block, push_exact, rows};
use super::super::contacts::PrivateContact;
use super::super::facts::{Arrival, Facts};
use super::super::looping::Looping;
use super::super::other_port::Unheard;
use super::super::record::{IcmpSeen, Marks};
use super::super::refusal::MediaRefusal;
use super::super::repeated::{Repeated, Waits};
use super::super::transaction::AckFlaw;
use crate::types::MessageId;

/// Messages sent again that are named.
const LISTED: usize = 32;

/// What of [`Marks`] is known while the call is open; what few calls have stands beside it.
#[derive(Clone, Debug, Default)]
pub(super) struct OpenMarks {
    pub(super) invite: Option<MessageId>,
    pub(super) final_response: Option<MessageId>,
    pub(super) cancel: Option<MessageId>,
    pub(super) acked: bool,
    pub(super) caller_shown: bool,
    pub(super) unheard: Option<Unheard>,
    pub(super) refusal: Option<Box<MediaRefusal>>,
    pub(super) looping: Option<Box<Looping>>,
    pub(super) ack_flaw: Option<Box<AckFlaw>>,
    pub(super) icmp: Option<Box<IcmpSeen>>,
    pub(super) private_contacts: Vec<PrivateContact>,
    again: Option<Box<SentAgain>>,
}

/// Messages sent again.
#[derive(Clone, Debug, Default)]
struct SentAgain {
    messages: Vec<MessageId>,
    what: Vec<Repeated>,
    count: u32,
}

impl OpenMarks {
    /// What a message that was sent again waits for may have passed.
    pub(super) fn note_answer(&mut self, facts: &Facts<'_>, arrival: &Arrival<'_>) {
        if let Some(again) = &mut self.again {
            for what in &mut again.what {
                what.note(facts, arrival);
            }
        }
    }

    pub(super) fn note_retransmission(
        &mut self,
        facts: &Facts<'_>,
        arrival: &Arrival<'_>,
        waits: Waits,
    ) {
        let again = self.again.get_or_insert_default();
        again.count += 1;
        if again.messages.len() < LISTED {
            again.messages.push(arrival.id);
            push_exact(&mut again.what, Repeated::of(facts, arrival, waits));
        }
    }

    /// About how many bytes they take beside themselves.
    pub(super) fn weight(&self) -> usize {
        let again = self.again.as_ref().map_or(0, |again| {
            block(size_of::<SentAgain>()) + rows(&again.messages) + rows(&again.what)
        });
        again
            + self.refusal.as_ref().map_or(0, |r| r.weight())
            + self.looping.as_ref().map_or(0, |l| l.weight())
            + self
                .ack_flaw
                .as_ref()
                .map_or(0, |_| block(size_of::<AckFlaw>()))
            + rows(&self.private_contacts)
    }

    /// The same in the record.
    pub(super) fn into_marks(self) -> Marks {
        let again = self.again.map(|again| *again).unwrap_or_default();
        Marks {
            final_response: self.final_response,
            cancel: self.cancel,
            acked: self.acked,
            unheard: self.unheard,
            refusal: self.refusal,
            looping: self.looping,
            ack_flaw: self.ack_flaw,
            icmp: self.icmp,
            private_contacts: self.private_contacts,
            retransmissions: again.messages,
            repeated: again.what,
            retransmission_count: again.count,
            ..Marks::default()
        }
    }
}
