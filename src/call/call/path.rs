//! The path of the INVITE: its hops, a loop in it, and the Contacts at its ends.

use super::super::compact::push_exact;
use super::super::contacts::PrivateContact;
use super::super::facts::{Arrival, Facts};
use super::super::looping::{Looping, target_of};
use super::super::record::Hop;
use super::{Call, MAX_HOPS};
use crate::types::{Party, StatusCode};

impl Call {
    pub(super) fn note_hop(&mut self, facts: &Facts<'_>, arrival: &Arrival<'_>) {
        let hop = Hop {
            flow: arrival.flow,
            vias: facts.vias,
        };
        if self.hops.contains(&hop) {
            return;
        }
        let target = target_of(arrival);
        let targets = self.targets.as_slice();
        if let Some(hosts) = Looping::of_hop(&self.hops, targets, target, facts, arrival) {
            let looping = self.marks.looping.get_or_insert_default();
            looping.note_pass(hosts, arrival);
        }
        if self.hops.len() < MAX_HOPS {
            push_exact(&mut self.hops, hop);
            self.targets.push(target);
        }
    }

    /// 482 and 483 on any hop: the first is that of who saw it.
    pub(super) fn note_loop_refusal(&mut self, status: StatusCode, arrival: &Arrival<'_>) {
        if Looping::is_refusal(status) && self.answers.is_empty() {
            let looping = self.marks.looping.get_or_insert_default();
            let seen = (status, arrival.id, arrival.flow.src);
            looping.refused.get_or_insert(seen);
            looping.max_forwards = self.max_forwards;
        }
    }

    /// Of the messages that make the dialog.
    pub(super) fn note_contact(&mut self, side: Party, arrival: &Arrival<'_>) {
        if let Some(contact) = PrivateContact::of(side, arrival) {
            push_exact(&mut self.marks.private_contacts, contact);
        }
    }
}
