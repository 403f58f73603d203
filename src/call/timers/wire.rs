//! What of a transaction its timers are told from: kept from the first copy on, so an ordinary transaction has none.

use super::values::Timer;
use crate::types::{CaptureTime, Delta, MessageId};
use std::num::NonZeroU32;

/// Events kept of one transaction; those beyond are counted as retransmissions alone.
pub(super) const MOST_EVENTS: usize = 64;

/// What passed the capture point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::call) enum Event {
    /// The request, or a copy of it.
    Request,
    /// A provisional response.
    Provisional,
    /// One that a PRACK is to acknowledge (RFC 3262).
    Reliable,
    /// A 2xx.
    Success,
    /// A final response of 300 or more.
    Failure,
    /// The ACK.
    Ack,
}

/// One message of a transaction, or of its ACK.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::call) struct Seen {
    /// When.
    pub(in crate::call) time: CaptureTime,
    /// What.
    pub(in crate::call) event: Event,
    /// Which message; `None` where its number is not kept.
    pub(in crate::call) message: Option<MessageId>,
    /// The first copy, of a copy.
    pub(in crate::call) copy_of: Option<MessageId>,
    /// Of an ACK: the first copy of the response it acknowledges, where its To tag tells.
    pub(in crate::call) answers: Option<MessageId>,
}

/// A server answered 408 after an INVITE of its own had no final response.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::call) struct GaveUp {
    /// B where that INVITE had no response at all, C where it rang.
    pub(in crate::call) timer: Timer,
    /// The 408.
    pub(in crate::call) message: MessageId,
    /// Since that INVITE was first seen, or, where it rang, its last sign of life.
    pub(in crate::call) waited: Delta,
}

/// The messages of a transaction in which something was sent again.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::call) struct Watched {
    /// In time order.
    pub(in crate::call) events: Vec<Seen>,
    /// Carried by TCP, TLS, SCTP or WebSocket.
    pub(in crate::call) reliable: bool,
    /// Of a 408.
    pub(in crate::call) gave_up: Option<GaveUp>,
}

impl Watched {
    /// Keeps one more, where there is room.
    pub(in crate::call) fn push(&mut self, seen: Seen) {
        if self.events.len() < MOST_EVENTS {
            self.events.push(seen);
        }
    }

    /// Bytes it takes beside itself.
    pub(in crate::call) fn weight(&self) -> usize {
        self.events.capacity() * size_of::<Seen>()
    }
}

/// Time since a transaction began, in tenths of a millisecond: as fine as a timer is told, and four octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::call) struct Since(NonZeroU32);

impl Since {
    const UNIT: i64 = 100_000;

    /// From `start` to `time`; before it, 0.
    pub(in crate::call) fn between(start: CaptureTime, time: CaptureTime) -> Since {
        let units = (time - start).as_nanos().max(0) / Since::UNIT;
        let units = u32::try_from(units).unwrap_or(u32::MAX - 1);
        Since(NonZeroU32::MIN.saturating_add(units))
    }

    /// How long.
    pub(in crate::call) fn delta(self) -> Delta {
        Delta::from_nanos(i64::from(self.0.get() - 1) * Since::UNIT)
    }
}
