//! What of an open transaction its timers will be told from: nothing before a message is sent again.

use super::super::facts::{Arrival, Facts};
use super::super::repeated::Waits;
use super::super::timers::{Event, GaveUp, Seen, Since, Timer, Watched};
use super::Transaction;
use crate::types::{CaptureTime, MessageId, Method, StatusCode, Transport};

/// Far ends of one INVITE whose ACKs are told apart.
const MOST_ACKS: usize = 8;

impl Transaction {
    /// What sends a copy again, and whether what it waits for has passed.
    pub(super) fn waits(
        &self,
        facts: &Facts<'_>,
        arrival: &Arrival<'_>,
        copy_of: Option<MessageId>,
    ) -> Waits {
        let is_invite = self.method == Method::Invite;
        let is_acked = || {
            let mut acks = self.acks.iter();
            self.ack.is_some() || acks.any(|(of, _)| of.is_none() || *of == copy_of)
        };
        let (timer, is_over) = match facts.status {
            None if facts.method == Method::Ack => (None, false),
            None if is_invite => (Some(Timer::A), self.first_response.is_some()),
            None => (Some(Timer::E), self.final_response.is_some()),
            Some(_) if !is_invite => (None, false),
            Some(s) if s.is_success() => (Some(Timer::Accepted), is_acked()),
            Some(s) if s.is_final() => (Some(Timer::G), is_acked()),
            Some(_) if arrival.message.rseq().is_some() => (Some(Timer::Reliable), false),
            Some(_) => (None, false),
        };
        Waits { timer, is_over }
    }

    /// Keeps what tells the timers, from the first copy on.
    pub(super) fn watch(
        &mut self,
        facts: &Facts<'_>,
        arrival: &Arrival<'_>,
        copy_of: Option<MessageId>,
    ) {
        let came_back = facts.is_request && arrival.flow.src.addr != self.flow.src.addr;
        if came_back && facts.method != Method::Ack {
            return;
        }
        let event = match facts.status {
            None if facts.method == Method::Ack => Event::Ack,
            None => Event::Request,
            // A 1xx that is repeated and was not asked for has a number (RFC 3262).
            Some(s) if s.is_provisional() && arrival.message.rseq().is_some() => Event::Reliable,
            Some(s) => event_of(s),
        };
        let fresh = self.watched.is_none();
        let mut watched = match self.watched.take() {
            Some(watched) => watched,
            None => Box::new(self.seen_before(arrival)),
        };
        // What is no copy is among them already.
        if copy_of.is_some() || !fresh {
            watched.push(Seen {
                time: arrival.time,
                event,
                message: Some(arrival.id),
                copy_of,
                answers: None,
            });
        }
        self.watched = Some(watched);
    }

    /// What passed before the first copy.
    fn seen_before(&self, arrival: &Arrival<'_>) -> Watched {
        let seen = |time, event, message| Seen {
            time,
            event,
            message: Some(message),
            copy_of: None,
            answers: None,
        };
        let request = match self.method {
            Method::Ack => Event::Ack,
            _ => Event::Request,
        };
        let mut events = Vec::with_capacity(4);
        events.extend(self.request.map(|(id, _, time)| seen(time, request, id)));
        let responses = self.responses.first_copies();
        events.extend(responses.map(|r| seen(self.began + r.at.delta(), event_of(r.status), r.id)));
        events.extend(
            self.ack
                .map(|(id, at)| seen(self.began + at.delta(), Event::Ack, id)),
        );
        events.extend(self.acks.iter().map(|(of, at)| Seen {
            time: self.began + at.delta(),
            event: Event::Ack,
            message: None,
            copy_of: None,
            answers: *of,
        }));
        events.sort_by_key(|e| e.time);
        Watched {
            events,
            reliable: arrival.transport != Transport::Udp,
            gave_up: None,
        }
    }

    /// An ACK to its final response passed: another transaction.
    pub(in crate::call) fn note_ack(&mut self, to_tag: &[u8], arrival: &Arrival<'_>) {
        let at = Since::between(self.began, arrival.time);
        let answers = self.responses.final_of(to_tag);
        if self.acks.len() < MOST_ACKS {
            self.acks.push((answers, at));
        }
        if let Some(watched) = &mut self.watched {
            watched.push(Seen {
                time: arrival.time,
                event: Event::Ack,
                message: None,
                copy_of: None,
                answers,
            });
        }
    }

    /// When its last final response was sent again.
    pub(in crate::call) fn last_repeated_answer(&self) -> Option<CaptureTime> {
        let events = self.watched.as_ref()?.events.iter().rev();
        let mut answers = events.filter(|e| e.event == Event::Success && e.copy_of.is_some());
        answers.next().map(|e| e.time)
    }

    /// Of an ACK: the 2xx it answers was sent again at that time.
    pub(in crate::call) fn note_repeated_answer(&mut self, time: CaptureTime) {
        let Some(watched) = &mut self.watched else {
            return;
        };
        let is_known = watched
            .events
            .iter()
            .any(|e| e.event == Event::Success && e.time == time);
        // Before the copy of the ACK that was just kept.
        if !is_known && let Some(ack) = watched.events.pop() {
            watched.push(Seen {
                time,
                event: Event::Success,
                message: None,
                copy_of: ack.copy_of,
                answers: None,
            });
            watched.push(ack);
        }
    }

    /// Its 408 came after an INVITE of the server had no final response.
    pub(in crate::call) fn note_gave_up(&mut self, gave_up: GaveUp, arrival: &Arrival<'_>) {
        let watched = match self.watched.take() {
            Some(watched) => watched,
            None => Box::new(self.seen_before(arrival)),
        };
        let watched = self.watched.insert(watched);
        watched.gave_up.get_or_insert(gave_up);
    }
}

fn event_of(status: StatusCode) -> Event {
    match status {
        s if s.is_provisional() => Event::Provisional,
        s if s.is_success() => Event::Success,
        _ => Event::Failure,
    }
}
