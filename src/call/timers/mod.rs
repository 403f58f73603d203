//! The timers of transactions, expected against seen (RFC 3261 §17; RFC 3262; RFC 6026).
//!
//! Pure, and worked out when a record is told: `client` and `server` say why a message was sent again, `series`
//! whether at the time its timer asks. Invariant: what is told is what passed the capture point.

mod client;
mod end;
mod series;
mod server;
mod values;
mod wire;

#[cfg(test)]
mod tests;

pub(super) use end::Ended;
pub use values::{GIVE_UP, Length, T1, T2, T4, Timer, Value};
pub(super) use wire::{Event, GaveUp, Seen, Since, Watched};

use crate::types::{CaptureTime, Delta, MessageId, Method, vocabulary};
use client::{AckClient, InviteClient, OtherClient, Step};
use series::{Copy, timed};
use server::{InviteServer, OtherServer};

vocabulary! {
    /// What is to be said of a message that was sent again, or of a timer that ends.
    pub enum TimerVerdict {
        /// After the pause its timer asks for.
        OnTime = "on_time",
        /// Sooner.
        Early = "early",
        /// Later.
        Late = "late",
        /// At the pauses of a T1 that is not 500 ms.
        OtherT1 = "other_t1",
        /// All pauses are equal, where they should double.
        FixedPause = "fixed_pause",
        /// An INVITE whose pause is held at T2 (4 s), as that of other requests is; it should double.
        HeldAtT2 = "held_at_t2",
        /// As if copies before it are missing in the capture: the pause is the sum of several.
        CopyMissing = "copy_missing",
        /// Though a provisional response passed before, which ends the repetition of an INVITE.
        AfterProvisional = "after_provisional",
        /// Though a final response passed before.
        AfterFinal = "after_final",
        /// A final response, though its ACK passed before.
        AfterAck = "after_ack",
        /// Because what it answers came again.
        AnswersCopy = "answers_copy",
        /// Nothing that asks for it passed.
        Unasked = "unasked",
        /// TCP, TLS, SCTP and WebSocket deliver by themselves: no timer sends this again there.
        ReliableTransport = "reliable_transport",
        /// The timer has ended, and what it waits for did not pass.
        RanOut = "ran_out",
        /// What it waits for did not pass yet when the capture, or what is kept of it, ends.
        Running = "running",
        /// This 408 came after the server's own INVITE had no final response.
        GaveUp = "gave_up",
    }
}

impl TimerVerdict {
    /// The pause is one of the timer, T1 being 500 ms.
    fn fits(self) -> bool {
        matches!(
            self,
            TimerVerdict::OnTime | TimerVerdict::HeldAtT2 | TimerVerdict::CopyMissing
        )
    }
}

/// One message that was sent again, or one timer that ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TimerRow {
    /// The timer; `None` where none runs: an answer to a copy.
    pub timer: Option<Timer>,
    /// The message; `None` of a timer that ends.
    pub message: Option<MessageId>,
    /// Which copy it is as far as this capture shows, the first message being 1.
    pub copy: Option<u32>,
    /// The pause the timer asks for, or how long it lasts.
    pub expected: Option<Delta>,
    /// The pause that was seen, or how long it was waited.
    pub seen: Option<Delta>,
    /// Copies that seem to be missing before it.
    pub missing: u32,
    /// T1, where it is not 500 ms.
    pub t1: Option<Delta>,
    /// What is to be said.
    pub verdict: TimerVerdict,
}

/// All of one transaction, in time order; timers that end come last.
pub(super) fn explain(method: &Method, watched: Option<&Watched>, ended: &Ended) -> Vec<TimerRow> {
    let mut rows = watched.map_or_else(Vec::new, |w| copies(method, w));
    // Who asks has one T1 for all its timers.
    let asks = |r: &&TimerRow| matches!(r.timer, Some(Timer::A | Timer::E));
    let t1 = rows.iter().find(asks).and_then(|r| r.t1).unwrap_or(T1);
    let repeated = |timer| rows.iter().any(|r| r.timer == Some(timer));
    let end = ended.row(method, t1, repeated(Timer::Accepted));
    rows.extend(end);
    if let Some(gave_up) = watched.and_then(|w| w.gave_up) {
        rows.push(end::gave_up(gave_up));
    }
    rows
}

/// Which series of copies a message belongs to: the request's, the ACK's, or that of one response.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Request,
    Ack,
    Response(Option<MessageId>),
}

fn kind_of(seen: &Seen) -> Kind {
    match seen.event {
        Event::Request => Kind::Request,
        Event::Ack => Kind::Ack,
        _ => Kind::Response(seen.copy_of.or(seen.message)),
    }
}

/// Both sides of a transaction.
enum Sides {
    Invite(InviteClient, InviteServer),
    Ack(AckClient),
    Other(OtherClient, OtherServer),
}

impl Sides {
    fn of(method: &Method) -> Sides {
        match method {
            Method::Invite => Sides::Invite(InviteClient::default(), InviteServer::default()),
            Method::Ack => Sides::Ack(AckClient::default()),
            _ => Sides::Other(OtherClient::default(), OtherServer::default()),
        }
    }

    /// What the message is to the side that sends it.
    fn next(&mut self, event: Event, again: bool) -> Step {
        let (at_client, at_server) = match self {
            Sides::Invite(client, server) => {
                let (c, s) = (client.next(event, again), server.next(event, again));
                (*client, *server) = (c.0, s.0);
                (c.1, s.1)
            }
            Sides::Ack(client) => {
                let next = client.next(event, again);
                *client = next.0;
                (next.1, next.1)
            }
            Sides::Other(client, server) => {
                let (c, s) = (client.next(event, again), server.next(event, again));
                (*client, *server) = (c.0, s.0);
                (c.1, s.1)
            }
        };
        match event {
            Event::Request | Event::Ack => at_client,
            _ => at_server,
        }
    }
}

/// A row for each message that was sent again.
fn copies(method: &Method, watched: &Watched) -> Vec<TimerRow> {
    let mut sides = Sides::of(method);
    let mut acked: Vec<Option<MessageId>> = Vec::new();
    let steps = watched.events.iter().map(|seen| {
        let step = sides.next(seen.event, seen.copy_of.is_some());
        if seen.event == Event::Ack {
            acked.push(seen.answers);
        }
        // Each far end waits for an ACK of its own.
        let is_acked = || acked.iter().any(|a| a.is_none() || *a == seen.copy_of);
        let step = match step {
            Step::AfterAck(timer) if !is_acked() => Step::Again(timer),
            step => step,
        };
        (seen, step)
    });
    let steps: Vec<(&Seen, Step)> = steps.collect();
    let mut rows: Vec<(CaptureTime, TimerRow)> = Vec::new();
    let mut told: Vec<Kind> = Vec::new();
    for (seen, _) in &steps {
        let kind = kind_of(seen);
        // The 2xx in the transaction of its ACK is told in its own.
        let foreign = *method == Method::Ack && matches!(kind, Kind::Response(_));
        if foreign || told.contains(&kind) {
            continue;
        }
        told.push(kind);
        rows.extend(series_of(kind, &steps, watched.reliable));
    }
    rows.sort_by_key(|(time, _)| *time);
    rows.into_iter().map(|(_, row)| row).collect()
}

/// The copies of one message.
fn series_of(kind: Kind, steps: &[(&Seen, Step)], reliable: bool) -> Vec<(CaptureTime, TimerRow)> {
    let of_kind = steps.iter().filter(|(seen, _)| kind_of(seen) == kind);
    let is_first = |seen: &Seen| seen.copy_of.is_none();
    let first = of_kind.clone().find(|(seen, _)| is_first(seen));
    let copies: Vec<&(&Seen, Step)> = of_kind.filter(|(seen, _)| !is_first(seen)).collect();
    let mut copy = 1;
    let mut before = first.map(|(seen, _)| seen.time);
    // What was sent again because it was asked for starts no pause of a timer, and ends none.
    let runs: Vec<(Timer, Copy)> = copies
        .iter()
        .filter_map(|(seen, step)| {
            let timer = timer_of(*step)?;
            let slow = matches!(step, Step::Slow(_));
            let time = seen.time;
            Some((timer, Copy { time, slow }))
        })
        .collect();
    let timed = match (runs.first(), before) {
        (Some((timer, _)), Some(first)) => {
            let copies: Vec<Copy> = runs.iter().map(|(_, copy)| *copy).collect();
            timed(*timer, first, &copies)
        }
        _ => (Vec::new(), T1),
    };
    let (timed, t1) = timed;
    let mut timed = timed.into_iter();
    let mut rows = Vec::with_capacity(copies.len());
    for (seen, step) in copies {
        copy += 1;
        let timer = timer_of(*step);
        let pause = timer.and_then(|_| timed.next());
        let verdict = match step {
            Step::Again(_) | Step::Slow(_) if !reliable || is_end_to_end(timer) => {
                pause.map_or(TimerVerdict::Unasked, |p| p.verdict)
            }
            Step::Again(_) | Step::Slow(_) => TimerVerdict::ReliableTransport,
            Step::AfterProvisional(_) => TimerVerdict::AfterProvisional,
            Step::AfterFinal(_) => TimerVerdict::AfterFinal,
            Step::AfterAck(_) => TimerVerdict::AfterAck,
            Step::Answers => TimerVerdict::AnswersCopy,
            Step::First | Step::Heard | Step::Unasked => TimerVerdict::Unasked,
        };
        rows.push((
            seen.time,
            TimerRow {
                timer,
                message: seen.message,
                copy: Some(copy),
                expected: pause.map(|p| p.expected),
                seen: before.map(|before| seen.time - before),
                missing: pause.map_or(0, |p| p.missing),
                t1: Some(t1).filter(|t1| *t1 != T1 && timer.is_some()),
                verdict,
            },
        ));
        before = Some(seen.time);
    }
    rows
}

fn timer_of(step: Step) -> Option<Timer> {
    match step {
        Step::Again(timer)
        | Step::Slow(timer)
        | Step::AfterProvisional(timer)
        | Step::AfterFinal(timer)
        | Step::AfterAck(timer) => Some(timer),
        Step::First | Step::Heard | Step::Answers | Step::Unasked => None,
    }
}

/// Sent again over TCP too: the far end makes it, and a hop behind may be UDP.
fn is_end_to_end(timer: Option<Timer>) -> bool {
    matches!(timer, Some(Timer::Accepted | Timer::Reliable))
}
