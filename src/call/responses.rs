//! The responses of one transaction, and which of them are copies of an earlier one.
//!
//! A server sends a provisional response again where its request came again (RFC 3261 §17.2.1, §17.2.2), or, with
//! 100rel, until its PRACK comes (RFC 3262 §3). Without either the same status is one more response: a phone that
//! still rings says so each minute (RFC 3261 §13.3.1.1), and a proxy's own 100 may be followed by that of the next hop.

use super::facts::{Arrival, Facts};
use super::timers::Since;
use crate::types::{CaptureTime, Few, MessageId, StatusCode};
use foldhash::quality::FixedState;
use std::hash::BuildHasher;

/// Longest list of distinct responses kept for one transaction; more are counted, not kept.
const MAX_RESPONSES: usize = 64;

/// The distinct responses in order. Most transactions see one, or a 1xx and a final one.
#[derive(Clone, Debug, Default)]
pub(super) struct Responses(Few<Seen, 2>);

#[derive(Clone, Copy, Debug, PartialEq)]
struct Seen {
    status: StatusCode,
    /// Copies of the request that are answered by now: each is answered once.
    sends: u16,
    id: MessageId,
    /// When, since the transaction began.
    at: Since,
    /// What copies of it have in common.
    print: u32,
}

/// A response that is no copy.
#[derive(Clone, Copy, Debug)]
pub(super) struct FirstCopy {
    pub(super) status: StatusCode,
    pub(super) id: MessageId,
    pub(super) at: Since,
}

impl Responses {
    /// Takes a response: the message it repeats, if it does. `sends`: copies of the request that may still be answered
    /// at that moment, and when the transaction began.
    pub(super) fn note(
        &mut self,
        status: StatusCode,
        (sends, began): (u32, CaptureTime),
        facts: &Facts<'_>,
        arrival: &Arrival<'_>,
    ) -> Option<MessageId> {
        let sends = u16::try_from(sends).unwrap_or(u16::MAX);
        let at = Since::between(began, arrival.time);
        let print = print_of(status, facts, arrival);
        let mut known = self.0.as_mut_slice().iter_mut();
        if let Some(seen) = known.find(|r| r.status == status && r.print == print) {
            let numbered = || arrival.message.rseq().is_some();
            if status.is_final() || numbered() {
                return Some(seen.id);
            }
            if sends > seen.sends {
                seen.sends += 1;
                return Some(seen.id);
            }
            (seen.id, seen.at) = (arrival.id, at);
            return None;
        }
        if self.0.len() < MAX_RESPONSES {
            // The first response answers the first copy; what is said later, all those before it.
            let answers = if self.0.is_empty() {
                sends.min(1)
            } else {
                sends
            };
            self.0.push(Seen {
                status,
                sends: answers,
                id: arrival.id,
                at,
                print,
            });
        }
        None
    }

    /// Those that are no copies, in order.
    pub(super) fn first_copies(&self) -> impl Iterator<Item = FirstCopy> {
        self.0.iter().map(|seen| FirstCopy {
            status: seen.status,
            id: seen.id,
            at: seen.at,
        })
    }

    /// True where the far end of that To tag sent that final response.
    pub(super) fn has_final(&self, status: StatusCode, to_tag: &[u8]) -> bool {
        let print = print_of_tag(to_tag);
        let mut all = self.0.iter();
        all.any(|seen| seen.status == status && seen.print == print)
    }

    /// The final response of the far end of that To tag.
    pub(super) fn final_of(&self, to_tag: &[u8]) -> Option<MessageId> {
        let print = print_of_tag(to_tag);
        let mut all = self.0.iter();
        let of_it = all.find(|seen| seen.status.is_final() && seen.print == print);
        of_it.map(|seen| seen.id)
    }

    /// Distinct 1xx in order.
    pub(super) fn provisional(&self) -> Few<StatusCode, 3> {
        let mut distinct = Few::default();
        for r in self.0.iter().filter(|r| r.status.is_provisional()) {
            if !distinct.contains(&r.status) {
                distinct.push(r.status);
            }
        }
        distinct
    }

    /// Bytes beyond those of the value itself, about.
    pub(super) fn weight(&self) -> usize {
        self.0.len().saturating_sub(2) * size_of::<Seen>()
    }
}

/// Of final responses the To tag tells: there is one for each far end. Of provisional ones one far end may send
/// several, which differ in their words, their body or their RSeq.
fn print_of(status: StatusCode, facts: &Facts<'_>, arrival: &Arrival<'_>) -> u32 {
    let tag = facts.to_tag.unwrap_or_default();
    if status.is_final() {
        return print_of_tag(tag);
    }
    let message = arrival.message;
    let all = (tag, message.reason(), message.body, message.rseq());
    folded(FixedState::default().hash_one(all))
}

/// What tells a far end.
pub(super) fn print_of_tag(tag: &[u8]) -> u32 {
    folded(FixedState::default().hash_one(tag))
}

/// 64 rows at most are told apart by it.
fn folded(hash: u64) -> u32 {
    (hash ^ (hash >> 32)) as u32
}
