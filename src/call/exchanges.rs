//! Each offer of a call and what came of it (RFC 3264), as its caller's own hop shows it.
//!
//! [`Agreement`](super::Agreement) says what held when; here stands how it came about, refusals too.

use super::agreement::Described;
use super::compact::{block, push_exact, rows};
use super::facts::Arrival;
use crate::types::{CaptureTime, MessageId, Party, StatusCode};
use std::sync::Arc;

/// Offers kept of one call; a session that is refreshed for days makes no more.
const MAX_EXCHANGES: usize = 64;
/// Warning codes kept of one refusal.
const MAX_WARNINGS: usize = 8;

crate::types::vocabulary! {
    /// What came of an offer.
    pub enum OfferResult {
        /// An answer came.
        Answered = "answered",
        /// Its request was refused.
        Refused = "refused",
        /// Credentials were asked for: the offer comes again with them.
        Challenged = "challenged",
        /// The capture shows neither.
        Open = "open",
    }
}

/// An offer, and what came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct OfferAnswer {
    /// Which leg of the call it is of, the caller's own 0.
    pub leg: u16,
    /// The message with the offer.
    pub offer: MessageId,
    /// When it was seen.
    pub time: CaptureTime,
    /// Who offers.
    pub by: Party,
    /// What came of it.
    pub result: OfferResult,
    /// The message that answers or refuses it, and when that was seen.
    pub end: Option<(MessageId, CaptureTime)>,
    /// Of a refusal: its status.
    pub status: Option<StatusCode>,
    /// Of a refusal: the codes of its Warning headers (RFC 3261 §20.43).
    pub warnings: Vec<u16>,
    /// What is offered, `m=` line by `m=` line.
    pub offered: Arc<[Described]>,
    /// What is answered, in the same order.
    pub answered: Option<Arc<[Described]>>,
    /// The tag of who was called, as a number; 0 in the first request.
    pub(super) dialog: u64,
}

/// Those of one call, in order of the offers.
#[derive(Clone, Debug, Default)]
pub(super) struct Exchanges(Vec<OfferAnswer>);

impl Exchanges {
    pub(super) fn note_offer(&mut self, offer: OfferAnswer) {
        if self.0.len() < MAX_EXCHANGES {
            push_exact(&mut self.0, offer);
        }
    }

    /// An answer to the offer of that message, from the dialog. Another phone of a fork, and a 2xx that says something
    /// else than the 18x before it, make a row of their own.
    pub(super) fn note_answer(
        &mut self,
        offer: MessageId,
        dialog: u64,
        end: (MessageId, CaptureTime),
        answered: &Arc<[Described]>,
    ) {
        let mut of_offer = self.0.iter().filter(|e| e.offer == offer);
        let says = |e: &OfferAnswer| {
            let same = |a: &Arc<[Described]>| {
                a.len() == answered.len() && a.iter().zip(&**answered).all(|(a, b)| a.is_same(b))
            };
            e.dialog == dialog && e.answered.as_ref().is_some_and(same)
        };
        if of_offer.clone().any(says) {
            return;
        }
        let is_open = |e: &&OfferAnswer| e.answered.is_none() && e.result != OfferResult::Refused;
        let Some(known) = of_offer.next().cloned() else {
            return;
        };
        let now = OfferAnswer {
            result: OfferResult::Answered,
            end: Some(end),
            status: None,
            warnings: Vec::new(),
            answered: Some(Arc::clone(answered)),
            dialog,
            ..known
        };
        let open = self
            .0
            .iter_mut()
            .find(|e| e.offer == offer && is_open(&&**e));
        match open {
            Some(open) => *open = now,
            None => self.note_offer(now),
        }
    }

    /// The request with that offer was refused.
    pub(super) fn note_refusal(&mut self, offer: MessageId, arrival: &Arrival<'_>) {
        let Some(status) = arrival.message.status() else {
            return;
        };
        let mut open = self.0.iter_mut();
        let open = open.find(|e| e.offer == offer && e.result == OfferResult::Open);
        if let Some(open) = open {
            open.result = match status.is_challenge() {
                true => OfferResult::Challenged,
                false => OfferResult::Refused,
            };
            let codes = arrival.message.warning_header().filter_map(|w| w.code);
            open.warnings = codes.take(MAX_WARNINGS).collect();
            (open.status, open.end) = (Some(status), Some((arrival.id, arrival.time)));
        }
    }

    /// The rows, in order of the offers, then of the answers.
    pub(super) fn take(&mut self) -> Vec<OfferAnswer> {
        let mut all = std::mem::take(&mut self.0);
        sort(&mut all);
        all.shrink_to_fit();
        all
    }

    pub(super) fn weight(&self) -> usize {
        weight_of(&self.0)
    }
}

fn sort(rows: &mut [OfferAnswer]) {
    rows.sort_by_key(|e| (e.time, e.offer, e.end.map(|(id, time)| (time, id))));
}

/// About how many bytes the rows take.
pub(super) fn weight_of(list: &[OfferAnswer]) -> usize {
    let media = |m: &Arc<[Described]>| block(size_of_val::<[Described]>(m) + 16);
    let of = |e: &OfferAnswer| {
        rows(&e.warnings) + media(&e.offered) + e.answered.as_ref().map_or(0, media)
    };
    rows(list) + list.iter().map(of).sum::<usize>()
}

/// Adds those of another leg of the same call, the legs counted from 0.
pub(super) fn add(own: &mut Vec<OfferAnswer>, other: Vec<OfferAnswer>, leg: usize) {
    let leg = u16::try_from(leg).unwrap_or(u16::MAX);
    own.extend(other.into_iter().map(|e| OfferAnswer { leg, ..e }));
    sort(own);
    own.truncate(MAX_EXCHANGES);
}
