//! The side that answers, as seen from the wire (RFC 3261 §17.2, §13.3.1.4; RFC 3262 §3; RFC 6026).

use super::client::Step;
use super::values::Timer;
use super::wire::Event;

/// How far an INVITE got at its server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Stage {
    /// No final response passed.
    #[default]
    Proceeding,
    /// It was refused.
    Completed,
    /// Its refusal was acknowledged.
    Confirmed,
    /// It was accepted.
    Accepted,
    /// Its 2xx was acknowledged.
    AcceptedConfirmed,
}

/// Server of an INVITE.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct InviteServer {
    stage: Stage,
    /// A copy of the request came since the last response.
    asked: bool,
}

impl InviteServer {
    /// `again`: it is a copy of an earlier message.
    pub(super) fn next(self, event: Event, again: bool) -> (InviteServer, Step) {
        use Stage::{Accepted, AcceptedConfirmed, Completed, Confirmed, Proceeding};
        let asked = self.asked;
        let (stage, asked, step) = match (self.stage, event) {
            (stage, Event::Request) => (stage, again, Step::Heard),
            (Completed | Confirmed, Event::Ack) => (Confirmed, asked, Step::Heard),
            (Accepted | AcceptedConfirmed, Event::Ack) => (AcceptedConfirmed, asked, Step::Heard),
            (Proceeding, Event::Ack) => (Proceeding, asked, Step::Heard),
            (Confirmed, Event::Failure) if !again => (Confirmed, false, Step::First),
            (AcceptedConfirmed, Event::Success) if !again => {
                (AcceptedConfirmed, false, Step::First)
            }
            (_, Event::Success) if !again => (Accepted, false, Step::First),
            (stage @ (Accepted | AcceptedConfirmed), Event::Failure) if !again => {
                (stage, false, Step::First)
            }
            (_, Event::Failure) if !again => (Completed, false, Step::First),
            (stage, Event::Provisional | Event::Reliable) if !again => (stage, false, Step::First),
            // What was answered last is sent again for a copy of the request.
            (stage, Event::Provisional | Event::Reliable | Event::Success | Event::Failure)
                if asked =>
            {
                (stage, false, Step::Answers)
            }
            (stage, Event::Provisional) => (stage, false, Step::Unasked),
            (Proceeding, Event::Reliable) => (Proceeding, false, Step::Again(Timer::Reliable)),
            (stage, Event::Reliable) => (stage, false, Step::AfterFinal(Timer::Reliable)),
            (AcceptedConfirmed, Event::Success) => {
                (AcceptedConfirmed, false, Step::AfterAck(Timer::Accepted))
            }
            (_, Event::Success) => (Accepted, false, Step::Again(Timer::Accepted)),
            (Confirmed, Event::Failure) => (Confirmed, false, Step::AfterAck(Timer::G)),
            (stage, Event::Failure) => (stage, false, Step::Again(Timer::G)),
        };
        (InviteServer { stage, asked }, step)
    }
}

/// Server of another request: it sends nothing again but what was asked for again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum OtherServer {
    /// Each copy of the request that passed has its answer.
    #[default]
    Quiet,
    /// One has not.
    Asked,
}

impl OtherServer {
    /// `again`: it is a copy of an earlier message.
    pub(super) fn next(self, event: Event, again: bool) -> (OtherServer, Step) {
        use OtherServer::{Asked, Quiet};
        match (self, event) {
            (_, Event::Request) if again => (Asked, Step::Heard),
            (state, Event::Request | Event::Ack) => (state, Step::Heard),
            (_, _) if !again => (Quiet, Step::First),
            (Asked, _) => (Quiet, Step::Answers),
            (Quiet, _) => (Quiet, Step::Unasked),
        }
    }
}
