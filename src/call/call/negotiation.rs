//! What a message of a call says of its media.

use super::super::addresses;
use super::super::agreement::Lines;
use super::super::compact::block;
use super::super::facts::{Arrival, Facts};
use super::super::session::{Negotiation, Told};
use super::{Call, MAX_EVENTS};
use crate::types::{Flow, Party};
use foldhash::fast::FixedState;
use std::hash::BuildHasher;

impl Call {
    pub(super) fn handle_session(
        &mut self,
        facts: &Facts<'_>,
        arrival: &Arrival<'_>,
        lines: &mut Lines,
    ) {
        let side = self.side_of(facts);
        if let Some(sdp) = arrival.sdp {
            let known = self.addresses.len();
            addresses::note(&mut self.addresses, side, sdp, arrival);
            let new = self.addresses.iter().skip(known);
            self.texts += new.map(|a| block(a.text.len())).sum::<usize>();
        }
        if !Negotiation::concerns(facts) {
            return;
        }
        let from_is_caller = (side == Party::Caller) == facts.is_request;
        let called = if from_is_caller {
            facts.to_tag
        } else {
            facts.from_tag
        };
        let told = Told {
            side,
            hop: self.hop_of(arrival.flow),
            on_caller_hop: self.on_caller_hop(arrival.flow),
            dialog: called.map_or(0, |tag| FixedState::default().hash_one(tag)),
            facts,
            arrival,
        };
        self.negotiation.handle(told, lines, &mut self.events);
        self.events.truncate(MAX_EVENTS);
    }

    /// A number for the hop: equality is all that is asked of it.
    fn hop_of(&self, flow: Flow) -> u32 {
        let key = flow.key();
        let hash = FixedState::default();
        let hop = if self.one_address {
            hash.hash_one(key.ends())
        } else {
            hash.hash_one(key.hosts())
        };
        hop as u32
    }
}
