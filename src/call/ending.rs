//! How a call that was up ends: its BYEs, on every hop, and their answers.

use super::facts::{Arrival, Facts};
use super::outcome::EndedBy;
use crate::types::{CaptureTime, Delta, MessageId, Party};

#[derive(Clone, Debug)]
struct Bye {
    time: CaptureTime,
    from_end_host: bool,
    id: MessageId,
}

/// What was seen of the end.
#[derive(Clone, Debug, Default)]
pub(super) struct Ending {
    /// The first BYE of each party.
    byes: [Option<Bye>; 2],
    /// Time and CSeq of the first BYE on the caller's hop.
    on_caller_hop: Option<(CaptureTime, u32)>,
    /// Time and CSeq of the first BYE on any.
    first: Option<(CaptureTime, u32)>,
    release: Option<Delta>,
    /// Its answer alone was captured.
    unseen: bool,
}

impl Ending {
    /// A BYE that `by` sent. `from_end_host`: not a box in between. True for the first one.
    pub(super) fn note_bye(
        &mut self,
        by: Party,
        from_end_host: bool,
        on_caller_hop: bool,
        facts: &Facts<'_>,
        arrival: &Arrival<'_>,
    ) -> bool {
        match &mut self.byes[by as usize] {
            Some(seen) => seen.from_end_host |= from_end_host,
            slot => {
                *slot = Some(Bye {
                    time: arrival.time,
                    from_end_host,
                    id: arrival.id,
                })
            }
        }
        let now = (arrival.time, facts.cseq);
        if on_caller_hop {
            self.on_caller_hop.get_or_insert(now);
        }
        let first = self.first.is_none();
        self.first.get_or_insert(now);
        first
    }

    /// The final answer to a BYE of `by`, after `waited`. True where it proves a BYE that was not captured.
    pub(super) fn note_answer(
        &mut self,
        by: Party,
        on_caller_hop: bool,
        waited: Option<Delta>,
        facts: &Facts<'_>,
        arrival: &Arrival<'_>,
    ) -> bool {
        let proves = self.first.is_none();
        if proves {
            // It proves the BYE, though not when that was sent.
            self.unseen = true;
            self.first = Some((arrival.time, facts.cseq));
            self.byes[by as usize] = Some(Bye {
                time: arrival.time,
                from_end_host: true,
                id: arrival.id,
            });
        }
        let asked = self.on_caller_hop.or(self.first);
        let same = asked.is_some_and(|(_, cseq)| cseq == facts.cseq);
        let same_hop = self.on_caller_hop.is_none() || on_caller_hop;
        if same && same_hop && self.release.is_none() {
            self.release = waited;
        }
        proves
    }

    /// A BYE was sent.
    pub(super) fn is_seen(&self) -> bool {
        self.first.is_some()
    }

    /// When the caller sent or got it, else when it was first seen.
    pub(super) fn time(&self) -> Option<CaptureTime> {
        self.on_caller_hop.or(self.first).map(|(time, _)| time)
    }

    /// BYE to its final answer, on the caller's hop.
    pub(super) fn release(&self) -> Option<Delta> {
        self.release
    }

    /// The time says when the BYE was sent, not when it was answered.
    pub(super) fn is_timed(&self) -> bool {
        !self.unseen
    }

    /// Who ended the call; `None` without a BYE.
    pub(super) fn ended_by(&self) -> Option<EndedBy> {
        match &self.byes {
            // A middle box that ends a call sends one BYE each way, and neither comes from its end.
            [Some(a), Some(b)]
                if (a.time - b.time).abs() <= Delta::from_secs(1)
                    && !a.from_end_host
                    && !b.from_end_host =>
            {
                Some(EndedBy::Network)
            }
            [Some(a), Some(b)] if a.id < b.id => Some(EndedBy::Caller),
            [Some(_), None] => Some(EndedBy::Caller),
            [_, Some(_)] => Some(EndedBy::Callee),
            [None, None] => None,
        }
    }
}
