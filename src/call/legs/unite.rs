//! One record of the legs of one call: outcome and times are those of the caller's leg, and who ended it is told
//! over all of them.

use super::groups::{groups, reason};
use super::view::View;
use super::{Found, JoinedBy, Link, StreamOfLeg, find};
use crate::call::agreement::Agreement;
use crate::call::compact::{block, rows};
use crate::call::exchanges;
use crate::call::outcome::{EndedBy, Outcome};
use crate::call::record::{CallRecord, Hop, Marks};
use crate::call::session::{EventKind, SessionEvent};
use crate::types::{CallId, CallNo, CaptureTime, Delta, MessageId};
use std::collections::HashMap;

/// One leg of a call that has several.
#[derive(Clone, Debug)]
pub struct Leg {
    /// The number it had as a call of its own.
    pub no: CallNo,
    /// Call-ID.
    pub call_id: CallId,
    /// Hops of its INVITE in path order.
    pub hops: Vec<Hop>,
    /// How it was joined; for the caller's leg, that it is the call's own.
    pub joined_by: JoinedBy,
    /// How sure that is: 0 to 1.
    pub confidence: f64,
    /// Why, in a sentence without its full stop.
    pub evidence: String,
    /// The messages that show it.
    pub evidence_messages: Vec<MessageId>,
    /// How it ended.
    pub outcome: Outcome,
    /// When it was answered.
    pub answer: Option<CaptureTime>,
    /// What was agreed on it.
    pub media: Vec<Agreement>,
}

/// A call that may be another leg of this one.
#[derive(Clone, Debug)]
pub struct PossibleLeg {
    /// The call.
    pub call: CallNo,
    /// Its leg's Call-ID.
    pub call_id: CallId,
    /// Hops of that leg's INVITE.
    pub hops: Vec<Hop>,
    /// What speaks for it.
    pub joined_by: JoinedBy,
    /// How much: 0 to 1.
    pub confidence: f64,
    /// Why, in a sentence without its full stop.
    pub evidence: String,
    /// The messages that show it.
    pub evidence_messages: Vec<MessageId>,
}

impl Leg {
    /// About how many bytes it takes beside its own row.
    pub(in crate::call) fn weight(&self) -> usize {
        block(self.call_id.as_bytes().len())
            + rows(&self.hops)
            + block(self.evidence.len())
            + rows(&self.evidence_messages)
            + rows(&self.media)
    }
}

/// Calls, and where their legs went.
#[derive(Debug, Default)]
pub struct United {
    /// In order of number: a call has the least number of its legs.
    pub calls: Vec<CallRecord>,
    /// The call of each leg that lost its number.
    pub call_of: HashMap<CallNo, CallNo>,
}

/// Legs named that may be other legs of one call.
const MOST_POSSIBLE: usize = 8;

/// Joins the legs among `calls`, which are in order of number.
pub fn unite(calls: Vec<CallRecord>, streams: &[StreamOfLeg]) -> United {
    if calls.len() < 2 {
        return United {
            calls,
            call_of: HashMap::new(),
        };
    }
    let Found { links, possible } = find(&calls, streams);
    if links.is_empty() && possible.is_empty() {
        return United {
            calls,
            call_of: HashMap::new(),
        };
    }
    let members = {
        let views: Vec<View<'_>> = calls.iter().map(View::of).collect();
        groups(&views, &links)
    };
    let mut links_of: HashMap<usize, Vec<&Link>> = HashMap::new();
    for link in &links {
        for at in [link.up, link.down] {
            links_of.entry(at).or_default().push(link);
        }
    }
    let numbers: Vec<CallNo> = calls.iter().map(|c| c.no).collect();
    let mut slots: Vec<Option<CallRecord>> = calls.into_iter().map(Some).collect();
    let mut call_of = HashMap::new();
    let mut at_of: HashMap<usize, usize> = HashMap::new();
    for legs in &members {
        let Some(first) = legs.iter().copied().min() else {
            continue;
        };
        let taken: Vec<(usize, CallRecord)> = legs
            .iter()
            .filter_map(|at| Some((*at, slots.get_mut(*at)?.take()?)))
            .collect();
        let reasons: Vec<Option<&Link>> = taken
            .iter()
            .map(|(at, _)| reason(links_of.get(at).map_or(&[][..], Vec::as_slice), *at))
            .collect();
        let Some(&no) = numbers.get(first) else {
            continue;
        };
        for (at, record) in &taken {
            at_of.insert(*at, first);
            if record.no != no {
                call_of.insert(record.no, no);
            }
        }
        let records: Vec<CallRecord> = taken.into_iter().map(|(_, r)| r).collect();
        if let Some(slot) = slots.get_mut(first) {
            *slot = union(records, &reasons, no);
        }
    }
    note_possible(&mut slots, &at_of, &possible);
    United {
        calls: slots.into_iter().flatten().collect(),
        call_of,
    }
}

/// Notes with each of the calls, which are in order of number and stay calls of their own, which others are legs of the
/// same call, or may be.
pub fn possible_legs(calls: Vec<CallRecord>, streams: &[StreamOfLeg]) -> Vec<CallRecord> {
    let Found { links, possible } = find(&calls, streams);
    let mut slots: Vec<Option<CallRecord>> = calls.into_iter().map(Some).collect();
    for found in [links, possible] {
        note_possible(&mut slots, &HashMap::new(), &found);
    }
    slots.into_iter().flatten().collect()
}

fn note_possible(
    slots: &mut [Option<CallRecord>],
    at_of: &HashMap<usize, usize>,
    possible: &[Link],
) {
    let place = |at: usize| at_of.get(&at).copied().unwrap_or(at);
    for link in possible {
        let (a, b) = (place(link.up), place(link.down));
        if a == b {
            continue;
        }
        for (here, there) in [(a, b), (b, a)] {
            let other = slots
                .get(there)
                .and_then(Option::as_ref)
                .map(|other| PossibleLeg {
                    call: other.no,
                    call_id: other.call_id.clone(),
                    hops: other.hops.clone(),
                    joined_by: link.by,
                    confidence: link.confidence,
                    evidence: link.evidence.clone(),
                    evidence_messages: link.messages.clone(),
                });
            if let (Some(other), Some(Some(call))) = (other, slots.get_mut(here))
                && call.possible_legs.len() < MOST_POSSIBLE
                && !call.possible_legs.iter().any(|p| p.call == other.call)
            {
                call.possible_legs.push(other);
            }
        }
    }
}

/// The hops of its INVITE; where that is not in the capture, the way its first message tells.
fn path_of(leg: &CallRecord) -> Vec<Hop> {
    match leg.leg.way.as_deref() {
        Some(&flow) if leg.hops.is_empty() => vec![Hop { flow, vias: 1 }],
        _ => leg.hops.clone(),
    }
}

/// The legs as one call, the caller's first.
fn union(legs: Vec<CallRecord>, reasons: &[Option<&Link>], no: CallNo) -> Option<CallRecord> {
    let listed: Vec<Leg> = legs
        .iter()
        .enumerate()
        .map(|(i, leg)| {
            // The caller's leg is the call's own.
            let why = reasons.get(i).copied().flatten().filter(|_| i > 0);
            Leg {
                no: leg.no,
                call_id: leg.call_id.clone(),
                hops: path_of(leg),
                joined_by: why.map_or(JoinedBy::CallId, |l| l.by),
                confidence: why.map_or(1.0, |l| l.confidence),
                evidence: why.map_or_else(
                    || "the leg of who called".to_owned(),
                    |l| l.evidence.clone(),
                ),
                evidence_messages: why.map(|l| l.messages.clone()).unwrap_or_default(),
                outcome: leg.outcome,
                answer: leg.answer,
                media: leg.media.clone(),
            }
        })
        .collect();
    let mut rest = legs.into_iter();
    let mut call = rest.next()?;
    let others: Vec<CallRecord> = rest.collect();
    end(&mut call, &others);
    ring(&mut call, &others);
    call.no = no;
    call.legs = listed;
    call.start = others
        .iter()
        .map(|o| o.start)
        .fold(call.start, CaptureTime::min);
    let mut own_events = std::mem::take(&mut call.events);
    for (leg, mut other) in (1..).zip(others) {
        let theirs = std::mem::take(&mut other.exchanges);
        exchanges::add(&mut call.exchanges, theirs, leg);
        add(&mut call, &mut own_events, other);
    }
    own_events.sort_by_key(|e| (e.time, e.message));
    call.events = own_events;
    call.messages.sort_unstable();
    Some(call)
}

/// Adds to the caller's leg what another leg shows.
fn add(call: &mut CallRecord, events: &mut Vec<SessionEvent>, other: CallRecord) {
    let answered = other.answer.is_some();
    call.challenged |= other.challenged;
    call.messages.extend(other.messages);
    call.requests.extend(other.requests);
    call.reports.extend(other.reports);
    call.media_elsewhere.extend(other.media);
    call.media_elsewhere.extend(other.media_elsewhere);
    if let Some(ties) = other.ties {
        call.ties.get_or_insert_default().take_in(*ties);
    }
    if call.answer_missing.is_none() {
        call.answer_missing = other.answer_missing;
    }
    if call.digits.is_empty() {
        call.digits = other.digits;
    }
    // What the server does for the caller on this leg the caller did on the own leg, or nobody did.
    let told = |e: &SessionEvent| {
        let again =
            |k: &SessionEvent| k.kind == e.kind && (k.time - e.time).abs() <= Delta::from_secs(2);
        // The CANCEL of each leg is one of its own.
        let own = e.kind == EventKind::AnsweredElsewhere;
        !own && (e.text.starts_with("the caller") || events.iter().any(again))
    };
    let new = other
        .events
        .iter()
        .filter(|e| e.kind != EventKind::Forked && !told(e));
    let new: Vec<SessionEvent> = new.cloned().collect();
    events.extend(new);
    for address in other.addresses {
        let same = |a: &crate::call::MediaAddress| {
            a.side == address.side && a.text == address.text && a.port == address.port
        };
        if !call.addresses.iter().any(same) {
            call.addresses.push(address);
        }
    }
    let shown = other.invite_seen || other.evidence.caller_shown;
    let last = other.evidence.last_seen;
    call.evidence.caller_shown |= shown;
    call.evidence.last_seen = call.evidence.last_seen.max(last);
    let theirs = other.evidence.into_rest();
    let marks: &mut Marks = &mut call.evidence;
    marks.retransmission_count += theirs.retransmission_count;
    marks.retransmissions.extend(theirs.retransmissions);
    marks.retransmissions.sort_unstable();
    marks.in_dialog_repeats.extend(theirs.in_dialog_repeats);
    marks.in_dialog_repeats.sort_unstable();
    marks.repeated_in_dialog += theirs.repeated_in_dialog;
    if marks.unheard_ack.is_none() {
        marks.unheard_ack = theirs.unheard_ack;
    }
    marks.icmp = marks.icmp.take().or(theirs.icmp);
    // An answer without its ACK is as bad on any leg.
    if answered && marks.acked && !theirs.acked {
        marks.acked = false;
        marks.answer_repeats = theirs.answer_repeats;
        marks.final_response = theirs.final_response;
    }
    call.leg.refer = match (call.leg.refer, other.leg.refer) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    };
}

/// A server that rings before any phone does rings no bell: the time is counted from the first phone.
fn ring(call: &mut CallRecord, others: &[CallRecord]) {
    let phone = others.iter().filter_map(|o| o.rang).min();
    let (Some(own), Some(phone), Some(time)) = (call.rang, phone, call.ring_time) else {
        return;
    };
    if own < phone && phone - own <= time {
        call.ring_time = Some(time - (phone - own));
    }
}

/// What a party does on its leg the server does on the next within this time.
const PASSED_ON: Delta = Delta::from_secs(2);

/// Who ended the call and when, as all legs tell.
fn end(call: &mut CallRecord, others: &[CallRecord]) {
    let was_up = call.answer.is_some();
    if !was_up {
        return;
    }
    let transferred = call.leg.refer.is_some() || others.iter().any(|o| o.leg.refer.is_some());
    // The callee's own BYE stands on a leg that reached the callee.
    let by_callee = others
        .iter()
        .filter(|o| {
            o.answer.is_some() && o.ended_by == Some(EndedBy::Callee) && o.leg.refer.is_none()
        })
        .filter_map(|o| Some((o.end?, o.release_time)))
        .min_by_key(|(end, _)| *end);
    match (call.end, call.ended_by) {
        (Some(end), by) => {
            let callee_first = by_callee.filter(|(t, _)| {
                *t <= end && (end - *t) <= PASSED_ON
                    || by != Some(EndedBy::Caller) && (*t - end).abs() <= PASSED_ON
            });
            call.ended_by = match (callee_first, by) {
                (Some(_), _) => Some(EndedBy::Callee),
                (None, Some(EndedBy::Caller)) => by,
                // On the caller's leg the callee's side is the server.
                (None, by) => by.map(|_| EndedBy::Network),
            };
        }
        (None, _) => {
            let last = others
                .iter()
                .filter(|o| o.answer.is_some() && o.end.is_some());
            let Some(leg) = last.max_by_key(|o| o.end).filter(|_| !transferred) else {
                return;
            };
            call.end = leg.end;
            call.ended_by = leg.ended_by.map(|by| match by {
                EndedBy::Callee => EndedBy::Callee,
                _ => EndedBy::Network,
            });
            if call.outcome == Outcome::Answered {
                call.outcome = Outcome::Completed;
                call.outcome_reason = Some("its BYE was seen on another leg".to_owned());
            }
            call.talk_time = match (call.answer, call.end) {
                (Some(a), Some(b)) if b > a => Some(b - a),
                _ => None,
            };
        }
    }
}
