//! The side that asks, as seen from the wire (RFC 3261 §17.1; RFC 6026).

use super::values::Timer;
use super::wire::Event;

/// What a message is to the machine that sends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The first of its kind.
    First,
    /// Sent by the other side.
    Heard,
    /// Sent again by this timer.
    Again(Timer),
    /// Sent again by this timer, which pauses for T2 since a provisional response came.
    Slow(Timer),
    /// Sent again though a provisional response passed that stops this timer.
    AfterProvisional(Timer),
    /// Sent again though the final response passed that stops this timer.
    AfterFinal(Timer),
    /// Sent again though the ACK passed that stops this timer.
    AfterAck(Timer),
    /// Sent again because what it answers came again.
    Answers,
    /// Sent again, and nothing asked for it here.
    Unasked,
}

/// Client of an INVITE.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum InviteClient {
    /// No response passed.
    #[default]
    Calling,
    /// A provisional one did.
    Proceeding,
    /// Refused.
    Completed,
    /// Refused again since its last ACK.
    Reminded,
    /// Accepted.
    Accepted,
}

impl InviteClient {
    /// `again`: it is a copy of an earlier message.
    pub(super) fn next(self, event: Event, again: bool) -> (InviteClient, Step) {
        use InviteClient::{Accepted, Calling, Completed, Proceeding, Reminded};
        match (self, event) {
            (state, Event::Request) if !again => (state, Step::First),
            (Calling, Event::Request) => (Calling, Step::Again(Timer::A)),
            (Proceeding, Event::Request) => (Proceeding, Step::AfterProvisional(Timer::A)),
            (state @ (Completed | Reminded | Accepted), Event::Request) => {
                (state, Step::AfterFinal(Timer::A))
            }
            (Calling | Proceeding, Event::Provisional | Event::Reliable) => {
                (Proceeding, Step::Heard)
            }
            (state, Event::Provisional | Event::Reliable) => (state, Step::Heard),
            (_, Event::Success) => (Accepted, Step::Heard),
            (_, Event::Failure) if again => (Reminded, Step::Heard),
            (_, Event::Failure) => (Completed, Step::Heard),
            (state, Event::Ack) if !again => (state, Step::First),
            // Each copy of a refusal is acknowledged (RFC 3261 §17.1.1.2).
            (Reminded, Event::Ack) => (Completed, Step::Answers),
            (state, Event::Ack) => (state, Step::Unasked),
        }
    }
}

/// Client of another request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum OtherClient {
    /// No response passed.
    #[default]
    Trying,
    /// A provisional one did.
    Proceeding,
    /// A final one did.
    Completed,
}

impl OtherClient {
    /// `again`: it is a copy of an earlier message.
    pub(super) fn next(self, event: Event, again: bool) -> (OtherClient, Step) {
        use OtherClient::{Completed, Proceeding, Trying};
        match (self, event) {
            (state, Event::Request | Event::Ack) if !again => (state, Step::First),
            (Trying, Event::Request) => (Trying, Step::Again(Timer::E)),
            (Proceeding, Event::Request) => (Proceeding, Step::Slow(Timer::E)),
            (Completed, Event::Request) => (Completed, Step::AfterFinal(Timer::E)),
            (Trying | Proceeding, Event::Provisional | Event::Reliable) => {
                (Proceeding, Step::Heard)
            }
            (Completed, Event::Provisional | Event::Reliable) => (Completed, Step::Heard),
            (_, Event::Success | Event::Failure) => (Completed, Step::Heard),
            (state, Event::Ack) => (state, Step::Unasked),
        }
    }
}

/// Who acknowledges a 2xx: an ACK for each copy of it (RFC 3261 §13.2.2.4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum AckClient {
    /// Each copy of the 2xx that passed has its ACK.
    #[default]
    Quiet,
    /// One has not.
    Asked,
}

impl AckClient {
    /// `again`: it is a copy of an earlier message.
    pub(super) fn next(self, event: Event, again: bool) -> (AckClient, Step) {
        use AckClient::{Asked, Quiet};
        match (self, event) {
            (_, Event::Success) => (Asked, Step::Heard),
            (_, Event::Ack | Event::Request) if !again => (Quiet, Step::First),
            (Asked, Event::Ack | Event::Request) => (Quiet, Step::Answers),
            (Quiet, Event::Ack | Event::Request) => (Quiet, Step::Unasked),
            (state, Event::Provisional | Event::Reliable | Event::Failure) => (state, Step::Heard),
        }
    }
}
