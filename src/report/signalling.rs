//! Transactions, dialogs, calls and registrations of the report.

use super::digits;
use super::model::{self, Timestamp, round_to};
use super::negotiations;
use super::requests;
use super::sound;
use crate::call::{
    Agreement, Attempt, Binding, CallLink, CallRecord, DialogRecord, EventKind, Hop, Identity,
    JoinedBy, Leg, PossibleLeg, RegisterOutcome, RegistrationRecord, TimerRow, TransactionRecord,
};
use crate::diagnosis::Heard;
use crate::media::StreamRecord;
use crate::types::{Delta, Endpoint, MessageId};
use std::borrow::Cow;
use std::fmt::Write;

pub(super) fn ids(messages: impl IntoIterator<Item = MessageId>) -> Vec<u32> {
    messages.into_iter().map(MessageId::get).collect()
}

fn millis(d: Option<Delta>) -> Option<f64> {
    d.and_then(|d| round_to(d.as_millis_f64(), 3))
}

fn seconds(d: Option<Delta>) -> Option<f64> {
    d.and_then(|d| round_to(d.as_secs_f64(), 6))
}

pub(super) fn transaction(r: TransactionRecord) -> model::Transaction {
    let timers = r.timers().into_iter().map(timer).collect();
    model::Transaction {
        id: r.no.get(),
        method: r.method.as_str().into(),
        branch: r.branch().map(crate::types::text_of),
        call_id: Some(r.call_id.to_text()),
        client: r.flow.src.into(),
        server: r.flow.dst.into(),
        messages: ids(r.messages.iter().copied()),
        provisional_statuses: r.provisional().iter().map(|s| s.get()).collect(),
        final_status: r.final_status.map(|s| s.get()),
        state: r.state,
        retransmissions: r.retransmissions,
        first_response_ms: millis(r.first_response),
        final_response_ms: millis(r.final_response),
        timers,
    }
}

fn timer(row: TimerRow) -> model::TransactionTimer {
    model::TransactionTimer {
        timer: row.timer,
        message: row.message.map(MessageId::get),
        copy: row.copy,
        expected_ms: millis(row.expected),
        seen_ms: millis(row.seen),
        missing: row.missing,
        t1_ms: millis(row.t1),
        verdict: row.verdict,
    }
}

pub(super) fn dialog(r: DialogRecord) -> model::Dialog {
    model::Dialog {
        id: r.no.get(),
        call_id: r.call_id.to_text(),
        local_tag: r.local_tag.as_ref().map(|t| t.to_text()),
        remote_tag: r.remote_tag.as_ref().map(|t| t.to_text()),
        call: r.call.map(|c| c.get()),
        state: r.state,
        messages: ids(r.messages),
    }
}

pub(super) fn call(r: CallRecord, streams: &[&StreamRecord]) -> model::Call {
    let dtmf = digits::told(&r.digits, streams);
    let dialled = digits::by_side(&dtmf);
    let sound = Heard::of(&r, streams).map(|heard| sound::of_call(&heard));
    let legs = legs(&r);
    let mut call_ids: Vec<String> = Vec::with_capacity(legs.len());
    for leg in &legs {
        if !call_ids.contains(&leg.call_id) {
            call_ids.push(leg.call_id.clone());
        }
    }
    let gap = r.hole.map(|time| model::CallEvent {
        time: Timestamp(time),
        kind: EventKind::CaptureGap,
        message: None,
        text: "a part of the TCP stream of the signalling is missing in the capture; what it held is not known"
            .into(),
    });
    let links = r.ties.map(|t| t.links).unwrap_or_default();
    model::Call {
        id: r.no.get(),
        call_ids,
        legs,
        possible_legs: r.possible_legs.into_iter().map(possible_leg).collect(),
        caller: party(r.caller),
        callee: party(r.callee),
        caller_known: r.invite_seen || r.evidence.caller_shown,
        outcome: r.outcome,
        outcome_reason: r.outcome_reason,
        final_status: r.final_status.map(|s| s.get()),
        final_reason: r.final_reason.map(Cow::into_owned),
        ended_by: r.ended_by,
        start_time: Timestamp(r.start),
        ringing_time: r.ringing.map(Timestamp),
        answer_time: r.answer.map(Timestamp),
        end_time: r.end.map(Timestamp),
        post_dial_delay_s: seconds(r.post_dial_delay),
        ring_time_s: seconds(r.ring_time),
        setup_time_s: seconds(r.setup_time),
        talk_time_s: seconds(r.talk_time),
        release_time_ms: millis(r.release_time),
        challenged: r.challenged,
        media: r.media.iter().map(|m| medium(m, streams)).collect(),
        negotiations: negotiations::rows(r.exchanges),
        events: r
            .events
            .into_iter()
            .map(|e| model::CallEvent {
                time: Timestamp(e.time),
                kind: e.kind,
                message: Some(e.message.get()),
                text: e.text,
            })
            .chain(gap)
            .collect(),
        links: links.into_iter().map(link).collect(),
        other_media: Vec::new(),
        dtmf,
        digits: dialled,
        sound,
        quality_reports: r.reports.into_iter().map(requests::report).collect(),
        messages: ids(r.messages),
        findings: Vec::new(),
    }
}

fn legs(r: &CallRecord) -> Vec<model::Leg> {
    if r.legs.is_empty() {
        return vec![model::Leg {
            call_id: r.call_id.to_text(),
            hops: hosts(&r.hops),
            outcome: Some(r.outcome),
            answer_time: r.answer.map(Timestamp),
            joined_by: JoinedBy::CallId,
            confidence: Some(1.0),
            evidence: "the only leg known".to_owned(),
            evidence_messages: Vec::new(),
        }];
    }
    let leg = |leg: &Leg| model::Leg {
        call_id: leg.call_id.to_text(),
        hops: hosts(&leg.hops),
        outcome: Some(leg.outcome),
        answer_time: leg.answer.map(Timestamp),
        joined_by: leg.joined_by,
        confidence: round_to(leg.confidence, 2),
        evidence: leg.evidence.clone(),
        evidence_messages: ids(leg.evidence_messages.iter().copied()),
    };
    r.legs.iter().map(leg).collect()
}

fn possible_leg(p: PossibleLeg) -> model::PossibleLeg {
    model::PossibleLeg {
        call: p.call.get(),
        call_id: p.call_id.to_text(),
        hops: hosts(&p.hops),
        joined_by: p.joined_by,
        confidence: round_to(p.confidence, 2).unwrap_or_default(),
        evidence: p.evidence,
        evidence_messages: ids(p.evidence_messages),
    }
}

fn link(l: CallLink) -> model::CallLink {
    model::CallLink {
        kind: l.kind,
        role: l.role,
        call: l.call.map(|c| c.get()),
        messages: ids(l.messages),
        result: l.result,
        status: l.status.map(|s| s.get()),
        target: l.target.map(Into::into),
    }
}

/// What was agreed, and the streams that ran while it held.
fn medium(m: &Agreement, streams: &[&StreamRecord]) -> model::CallMedia {
    let codec = m.codec();
    let is_of_kind = |s: &&&StreamRecord| match s.kind {
        Some(kind) => kind.as_str() == m.kind(),
        // Bound to the call by time alone: most likely its sound.
        None => m.kind() == "audio",
    };
    let ran = |s: &&&StreamRecord| m.until.is_none_or(|until| s.first_time < until);
    let goes_on = |s: &&&StreamRecord| s.last_time >= m.since;
    let streams = streams.iter().filter(is_of_kind);
    model::CallMedia {
        kind: m.kind().clone(),
        codec: codec.map(|c| c.name.clone()),
        clock_rate: codec.and_then(|c| c.clock_rate),
        ptime_ms: m.ptime_ms(),
        direction: m.direction(),
        agreed_in: Some(m.agreed_in.get()),
        until: m.until.map(Timestamp),
        streams: streams
            .filter(|s| ran(s) && goes_on(s))
            .map(|s| s.no.get())
            .collect(),
    }
}

fn party(i: Identity) -> model::CallParty {
    model::CallParty {
        uri: i.uri,
        display_name: i.display_name,
    }
}

/// The hosts of the path in order, each once. A host is known by its address, unless one machine
/// plays several roles: then by address and port.
fn hosts(hops: &[Hop]) -> Vec<String> {
    let one_machine = hops.iter().any(|h| h.flow.src.addr == h.flow.dst.addr);
    let same = |a: &Endpoint, b: &Endpoint| {
        if one_machine {
            a == b
        } else {
            a.addr == b.addr
        }
    };
    let mut path: Vec<Endpoint> = Vec::new();
    for end in hops.iter().flat_map(|h| [h.flow.src, h.flow.dst]) {
        if !path.iter().any(|known| same(known, &end)) {
            path.push(end);
        }
    }
    path.iter().map(shown).collect()
}

/// Each call has several: the room is taken at once.
fn shown(end: &Endpoint) -> String {
    let mut text = String::with_capacity("255.255.255.255:65535".len());
    // A string takes everything.
    let _ = write!(text, "{end}");
    text
}

pub(super) fn registration(r: RegistrationRecord) -> model::Registration {
    model::Registration {
        id: r.no.get(),
        aor: r.aor,
        registrar: r.registrar.into(),
        client: r.client.into(),
        call_id: r.call_id.to_text(),
        attempts: r.attempts.into_iter().map(attempt).collect(),
        findings: Vec::new(),
    }
}

fn binding(b: Binding) -> model::Binding {
    model::Binding {
        contact: b.contact.to_string(),
        expires_s: b.expires,
        own: b.own,
    }
}

fn attempt(a: Attempt) -> model::RegistrationAttempt {
    model::RegistrationAttempt {
        kind: a.kind,
        outcome: a.outcome,
        outcome_reason: a.why(),
        status: a.status.map(|s| s.get()),
        challenged: a.challenged,
        credentials_sent: a.credentials_sent,
        expires_s: a.expires.filter(|_| {
            matches!(
                a.outcome,
                RegisterOutcome::Registered | RegisterOutcome::Unregistered
            )
        }),
        wildcard: a.wildcard,
        contacts: match &a.bindings {
            Some(bound) => bound.iter().map(|b| b.contact.to_string()).collect(),
            None => a.asked.iter().map(|uri| uri.to_string()).collect(),
        },
        bindings: a.bindings.into_iter().flatten().map(binding).collect(),
        time: Timestamp(a.time),
        delay_ms: millis(a.delay),
        messages: ids(a.messages),
    }
}
