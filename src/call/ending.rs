//! How a dialog that was up ends: its BYEs, on every hop, and their answers.

use super::compact::block;
use super::facts::{Arrival, Facts};
use super::outcome::EndedBy;
use super::reasons;
use crate::types::{CaptureTime, Delta, MessageId, Party, StatusCode};

/// The first BYE of one party that was not challenged.
#[derive(Clone, Debug)]
struct Bye {
    time: CaptureTime,
    /// When it passed the caller's hop.
    here: Option<CaptureTime>,
    cseq: u32,
    from_end_host: bool,
    id: MessageId,
    /// Its answer alone was captured.
    unseen: bool,
    answer: Option<StatusCode>,
    release: Option<Delta>,
    /// Why, as its sender says.
    stated: Option<Box<str>>,
}

/// What was seen of the end.
#[derive(Clone, Debug, Default)]
pub(super) struct Ending {
    byes: [Option<Box<Bye>>; 2],
    /// The last BYE that was answered by a challenge: whose, its CSeq, and the challenge.
    challenged: Option<(Party, u32, MessageId)>,
}

/// What the answer to a BYE says of the dialog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ByeAnswer {
    /// A BYE was sent that was not captured.
    Proves,
    /// The BYE counts for nothing without credentials (RFC 3261 §22).
    Challenges,
    /// Nothing new.
    Confirms,
}

impl Ending {
    /// A BYE that `by` sent. `from_end_host`: not a box in between.
    pub(super) fn note_bye(
        &mut self,
        by: Party,
        from_end_host: bool,
        on_caller_hop: bool,
        facts: &Facts<'_>,
        arrival: &Arrival<'_>,
    ) {
        let refused =
            |&(party, cseq, _): &(Party, u32, MessageId)| party == by && cseq == facts.cseq;
        if self.challenged.as_ref().is_some_and(refused) {
            return;
        }
        let here = on_caller_hop.then_some(arrival.time);
        match &mut self.byes[by as usize] {
            Some(seen) => {
                seen.from_end_host |= from_end_host;
                seen.here = seen.here.or(here);
                if seen.stated.is_none() && seen.cseq == facts.cseq {
                    seen.stated = reasons::stated(arrival.message);
                }
            }
            slot => {
                *slot = Some(Box::new(Bye {
                    time: arrival.time,
                    here,
                    cseq: facts.cseq,
                    from_end_host,
                    id: arrival.id,
                    unseen: false,
                    answer: None,
                    release: None,
                    stated: reasons::stated(arrival.message),
                }))
            }
        }
    }

    /// The final answer to a BYE of `by`, after `waited`.
    pub(super) fn note_answer(
        &mut self,
        by: Party,
        status: StatusCode,
        on_caller_hop: bool,
        waited: Option<Delta>,
        facts: &Facts<'_>,
        arrival: &Arrival<'_>,
    ) -> ByeAnswer {
        let was_seen = self.is_seen();
        let slot = &mut self.byes[by as usize];
        if status.is_challenge() {
            self.challenged = Some((by, facts.cseq, arrival.id));
            if slot.as_ref().is_some_and(|b| b.cseq == facts.cseq) {
                *slot = None;
                return ByeAnswer::Challenges;
            }
            return ByeAnswer::Confirms;
        }
        if !was_seen {
            // It proves the BYE, though not when that was sent.
            *slot = Some(Box::new(Bye {
                time: arrival.time,
                here: None,
                cseq: facts.cseq,
                from_end_host: true,
                id: arrival.id,
                unseen: true,
                answer: Some(status),
                release: waited,
                stated: None,
            }));
            return ByeAnswer::Proves;
        }
        if let Some(bye) = slot
            && bye.cseq == facts.cseq
            && bye.answer.is_none()
            && (bye.here.is_none() || on_caller_hop)
        {
            bye.answer = Some(status);
            bye.release = waited;
        }
        ByeAnswer::Confirms
    }

    /// About how many bytes its BYEs take.
    pub(super) fn weight(&self) -> usize {
        let seen = self.byes.iter().flatten();
        seen.count() * block(size_of::<Bye>())
    }

    /// A BYE was sent, and not merely to be asked for credentials.
    pub(super) fn is_seen(&self) -> bool {
        self.byes.iter().any(Option::is_some)
    }

    /// The BYE that was first on the caller's hop, else the first of all.
    fn first(&self) -> Option<&Bye> {
        let seen = || self.byes.iter().flatten().map(|b| &**b);
        let here = seen().filter(|b| b.here.is_some());
        here.min_by_key(|b| (b.here, b.id))
            .or_else(|| seen().min_by_key(|b| (b.time, b.id)))
    }

    /// When the caller sent or got it, else when it was first seen.
    pub(super) fn time(&self) -> Option<CaptureTime> {
        self.first().map(|b| b.here.unwrap_or(b.time))
    }

    /// The BYE itself, or where it was not captured its answer.
    pub(super) fn message(&self) -> Option<MessageId> {
        self.first().map(|b| b.id)
    }

    /// What its final answer says.
    pub(super) fn answer(&self) -> Option<StatusCode> {
        self.first().and_then(|b| b.answer)
    }

    /// Why it was sent, as its sender says.
    pub(super) fn stated(&self) -> Option<&str> {
        self.first().and_then(|b| b.stated.as_deref())
    }

    /// The challenge to a BYE that no other BYE followed.
    pub(super) fn refused(&self) -> Option<MessageId> {
        let (_, _, challenge) = self.challenged?;
        (!self.is_seen()).then_some(challenge)
    }

    /// BYE to its final answer, on the caller's hop.
    pub(super) fn release(&self) -> Option<Delta> {
        self.first().and_then(|b| b.release)
    }

    /// The time says when the BYE was sent, not when it was answered.
    pub(super) fn is_timed(&self) -> bool {
        self.first().is_none_or(|b| !b.unseen)
    }

    /// Who ended the dialog; `None` without a BYE.
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
