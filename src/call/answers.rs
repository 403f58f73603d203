//! The answers to one INVITE: each 2xx with a To tag of its own makes a dialog, with an ACK and a BYE of its own
//! (RFC 3261 §13.2.2.4). The call is the dialog that was acknowledged and used.

use super::compact::{block, push_exact, rows};
use super::ending::Ending;
use super::facts::{Arrival, Facts};
use super::outcome::EndedBy;
use super::unheard::{Repeat, UnheardAck};
use crate::types::{CaptureTime, Delta, Endpoint, MessageId, Party, StatusCode};

/// Answers kept of one INVITE; a fork has as many as there are phones.
const MAX_ANSWERS: usize = 16;
/// Repeated 2xx and ACK that are named; the others are counted.
const MAX_REPEATS: usize = 32;

/// An answer besides the one the call is.
#[derive(Clone, Debug, PartialEq)]
pub struct OtherAnswer {
    /// The 2xx.
    pub message: MessageId,
    /// When.
    pub time: CaptureTime,
    /// An ACK for it was seen.
    pub acked: bool,
    /// Copies of the 2xx sent again on the caller's hop.
    pub repeats: u32,
    /// 2xx and ACK of its dialog that were sent again, on any hop, first ones listed.
    pub repeated: Vec<MessageId>,
    /// How many were.
    pub repeated_count: u32,
    /// Its BYE, who sent that, and what it was answered with.
    pub bye: Option<(MessageId, EndedBy, Option<StatusCode>)>,
    /// When that was sent.
    pub end: Option<CaptureTime>,
}

/// The dialog of one 2xx.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    tag: Box<[u8]>,
    pub(super) time: CaptureTime,
    pub(super) status: StatusCode,
    pub(super) id: MessageId,
    /// Copies of the 2xx on the caller's hop.
    pub(super) repeats: u32,
    /// 2xx and ACK sent again, on any hop.
    pub(super) repeated: Vec<MessageId>,
    /// How many were.
    pub(super) repeated_count: u32,
    ack: Option<Ack>,
    unheard: Option<Box<UnheardAck>>,
    pub(super) ending: Ending,
}

/// The first ACK, where the copy nearest to the caller goes, and where the one furthest from it.
#[derive(Clone, Copy, Debug)]
struct Ack {
    time: CaptureTime,
    id: MessageId,
    near: Endpoint,
    to: Endpoint,
    /// Vias of the copy that was first, of the nearest and the furthest.
    first: u16,
    least: u16,
    vias: u16,
    count: u32,
}

impl Answer {
    pub(super) fn is_acked(&self) -> bool {
        self.ack.is_some()
    }

    /// The To tag of its 2xx.
    pub(super) fn tag(&self) -> &[u8] {
        &self.tag
    }

    /// A caller that got several answers ends those it does not want at once.
    fn is_surplus(&self) -> bool {
        const AT_ONCE: Delta = Delta::from_secs(1);
        let since = self.ack.map_or(self.time, |a| a.time.max(self.time));
        self.ending.ended_by() == Some(EndedBy::Caller)
            && self.ending.time().is_some_and(|end| end - since <= AT_ONCE)
    }

    fn note_repeat(&mut self, id: MessageId) {
        self.repeated_count += 1;
        if self.repeated.len() < MAX_REPEATS {
            self.repeated.push(id);
        }
    }

    fn into_other(self) -> OtherAnswer {
        let by = self.ending.ended_by();
        let bye = self.ending.message().zip(by);
        OtherAnswer {
            message: self.id,
            time: self.time,
            acked: self.is_acked(),
            repeats: self.repeats,
            repeated: self.repeated,
            repeated_count: self.repeated_count,
            bye: bye.map(|(id, by)| (id, by, self.ending.answer())),
            end: self.ending.time(),
        }
    }
}

/// All of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Answers {
    list: Vec<Answer>,
    /// BYEs where no 2xx was captured.
    loose: Ending,
    /// An ACK that stands before its 2xx.
    early_ack: Option<Box<(Vec<u8>, Ack)>>,
}

/// What the record says of them.
#[derive(Default)]
pub(super) struct Chosen {
    /// The dialog the call is.
    pub(super) main: Option<Answer>,
    /// How the call ended.
    pub(super) ending: Ending,
    /// The ACK of the main dialog that did not get through.
    pub(super) unheard: Option<Box<UnheardAck>>,
    /// The other dialogs.
    pub(super) others: Vec<OtherAnswer>,
}

impl Answers {
    /// When the first came.
    pub(super) fn first_time(&self) -> Option<CaptureTime> {
        self.list.first().map(|answer| answer.time)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The dialogs there are are over, as far as anybody uses them.
    pub(super) fn is_over(&self) -> bool {
        if self.list.is_empty() {
            return self.loose.is_seen();
        }
        let any_acked = self.list.iter().any(Answer::is_acked);
        let mut used = self.list.iter().filter(|a| a.is_acked() || !any_acked);
        used.all(|a| a.ending.is_seen())
    }

    /// A 2xx on the caller's hop: true where it makes another dialog.
    pub(super) fn note_answer(
        &mut self,
        status: StatusCode,
        facts: &Facts<'_>,
        arrival: &Arrival<'_>,
    ) -> bool {
        let tag = facts.to_tag.unwrap_or_default();
        if self.list.iter().any(|a| *a.tag == *tag) || self.list.len() >= MAX_ANSWERS {
            return false;
        }
        let early = self.early_ack.take();
        let early = early.filter(|e| e.0 == tag && e.1.time == arrival.time);
        push_exact(
            &mut self.list,
            Answer {
                tag: tag.into(),
                time: arrival.time,
                status,
                id: arrival.id,
                repeats: 0,
                repeated: Vec::new(),
                repeated_count: 0,
                ack: early.map(|e| e.1),
                unheard: None,
                // A BYE that was captured before the 2xx is of this dialog.
                ending: std::mem::take(&mut self.loose),
            },
        );
        true
    }

    /// A 2xx sent again.
    pub(super) fn note_repeated_answer(
        &mut self,
        on_caller_hop: bool,
        facts: &Facts<'_>,
        arrival: &Arrival<'_>,
    ) {
        let tag = facts.to_tag.unwrap_or_default();
        let Some(answer) = self.list.iter_mut().find(|a| *a.tag == *tag) else {
            return;
        };
        answer.note_repeat(arrival.id);
        answer.repeats += u32::from(on_caller_hop);
        let Some(ack) = answer.ack.filter(|ack| ack.time < arrival.time) else {
            return;
        };
        let repeat = Repeat {
            on_caller_hop,
            vias: facts.vias,
        };
        match &mut answer.unheard {
            Some(unheard) => unheard.note_repeat(repeat, arrival),
            none => *none = Some(Box::new(UnheardAck::new(ack.time, repeat, arrival))),
        }
    }

    /// An ACK with a transaction of its own, or a copy of it, from `side`.
    pub(super) fn note_ack(&mut self, again: bool, facts: &Facts<'_>, arrival: &Arrival<'_>) {
        let tag = facts.to_tag.unwrap_or_default();
        let ack = Ack {
            time: arrival.time,
            id: arrival.id,
            near: arrival.flow.dst,
            to: arrival.flow.dst,
            first: facts.vias,
            least: facts.vias,
            vias: facts.vias,
            count: 1,
        };
        let only = self.list.len() == 1;
        let Some(answer) = self.list.iter_mut().find(|a| *a.tag == *tag || only) else {
            if self.list.is_empty() {
                self.early_ack = Some(Box::new((tag.to_vec(), ack)));
            }
            return;
        };
        match &mut answer.ack {
            None => answer.ack = Some(ack),
            Some(first) => {
                // Each repeated 2xx is acknowledged again, by the same ACK or a new one.
                first.count += u32::from(first.first == facts.vias);
                if facts.vias > first.vias {
                    (first.to, first.vias) = (ack.to, ack.vias);
                }
                if facts.vias < first.least {
                    (first.near, first.least) = (ack.to, ack.vias);
                }
                if again {
                    answer.note_repeat(arrival.id);
                }
            }
        }
    }

    /// How the dialog ends that a BYE of `asked`, or the answer to one, belongs to.
    pub(super) fn ending_mut(&mut self, asked: Party, facts: &Facts<'_>) -> &mut Ending {
        let far = match asked {
            Party::Caller => facts.to_tag,
            Party::Callee => facts.from_tag,
        };
        let far = far.unwrap_or_default();
        let by_tag = self.list.iter().position(|a| *a.tag == *far);
        // Tags that no answer named: a box in between may change them on its far side.
        let in_use = |a: &Answer| a.is_acked() && !a.ending.is_seen();
        let at = by_tag
            .or_else(|| self.list.iter().position(in_use))
            .or_else(|| self.list.len().checked_sub(1));
        match at.and_then(|at| self.list.get_mut(at)) {
            Some(answer) => &mut answer.ending,
            None => &mut self.loose,
        }
    }

    /// The dialog that is the call: acknowledged, not ended at once by a caller that prefers another, used longest.
    pub(super) fn choose(self, last: CaptureTime) -> Chosen {
        let rank = |a: &Answer| {
            let end = a.ending.time().unwrap_or(last);
            (a.is_acked(), !a.is_surplus(), end - a.time)
        };
        // Of equals the first answer counts.
        let (mut at, mut best) = (0, None);
        for (i, answer) in self.list.iter().enumerate() {
            let its = rank(answer);
            if best.is_none_or(|b| its > b) {
                (at, best) = (i, Some(its));
            }
        }
        let mut chosen = Chosen {
            ending: self.loose,
            ..Chosen::default()
        };
        for (i, mut answer) in self.list.into_iter().enumerate() {
            if i != at {
                chosen.others.push(answer.into_other());
                continue;
            }
            chosen.ending = std::mem::take(&mut answer.ending);
            chosen.unheard = answer.unheard.take().zip(answer.ack).map(|(mut u, ack)| {
                (u.ack, u.ack_to, u.acks) = (ack.id, ack.near, ack.count);
                u.ack_on_to = (ack.vias > ack.least).then_some(ack.to);
                u.stops_at_proxy = u.is_from_behind(ack.vias);
                u
            });
            chosen.main = Some(answer);
        }
        chosen
    }

    pub(super) fn weight(&self) -> usize {
        let own = |a: &Answer| {
            block(a.tag.len())
                + rows(&a.repeated)
                + a.ending.weight()
                + a.unheard.as_ref().map_or(0, |u| u.weight())
        };
        rows(&self.list) + self.list.iter().map(own).sum::<usize>() + self.loose.weight()
    }
}
