//! The timers of SIP: how long each lasts, and where it is written down (RFC 3261 table 4, RFC 3262, RFC 6026).

use crate::types::{Delta, vocabulary};

/// The estimate of a round trip that most timers are multiples of (RFC 3261 §17.1.1.1).
pub const T1: Delta = Delta::from_millis(500);
/// The longest pause between copies of a request other than INVITE, and of a final response to INVITE.
pub const T2: Delta = Delta::from_secs(4);
/// The longest time a message is expected to be under way.
pub const T4: Delta = Delta::from_secs(5);
/// How many T1 a request waits for its answer.
pub const GIVE_UP: i64 = 64;

vocabulary! {
    /// A timer of a transaction; those without a letter are run by who made the response.
    pub enum Timer {
        /// INVITE is sent again.
        A = "A",
        /// INVITE is given up.
        B = "B",
        /// A proxy gives up an INVITE that rings.
        C = "C",
        /// A client still acknowledges copies of a refusal.
        D = "D",
        /// Another request is sent again.
        E = "E",
        /// Another request is given up.
        F = "F",
        /// A refusal of an INVITE is sent again.
        G = "G",
        /// The ACK of a refusal is waited for.
        H = "H",
        /// Copies of that ACK are taken in silence.
        I = "I",
        /// Copies of another request are still answered.
        J = "J",
        /// Copies of its response are taken in silence.
        K = "K",
        /// Copies of an accepted INVITE are known as such.
        L = "L",
        /// Further 2xx are passed on.
        M = "M",
        /// A 2xx to an INVITE is sent again.
        Accepted = "2xx",
        /// Its ACK is waited for.
        AcceptedEnd = "2xx_end",
        /// A reliable 1xx is sent again.
        Reliable = "1xx",
    }
}

/// How a timer's length follows from T1, T2 and T4.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// T1, doubled each time, up to T2 where it is capped.
    Doubled {
        /// T2 is the longest pause.
        capped: bool,
        /// It does not run over TCP, TLS, SCTP and WebSocket.
        udp_only: bool,
    },
    /// 64·T1.
    GiveUp {
        /// 0 over TCP.
        udp_only: bool,
    },
    /// 32 s or more, whatever T1 is; 0 over TCP.
    AtLeast32,
    /// T4; 0 over TCP.
    T4,
    /// More than that.
    MoreThan(Delta),
}

/// A timer with its length.
#[derive(Clone, Copy, Debug)]
pub struct Value {
    /// Which.
    pub timer: Timer,
    /// How long.
    pub length: Length,
    /// Where it is written down.
    pub clause: &'static str,
}

const fn value(timer: Timer, length: Length, clause: &'static str) -> Value {
    Value {
        timer,
        length,
        clause,
    }
}

const fn doubled(capped: bool, udp_only: bool) -> Length {
    Length::Doubled { capped, udp_only }
}

const fn give_up(udp_only: bool) -> Length {
    Length::GiveUp { udp_only }
}

/// Every timer, in the order of [`Timer::ALL`].
pub(super) const VALUES: &[Value] = &[
    value(Timer::A, doubled(false, true), "RFC 3261 §17.1.1.2"),
    value(Timer::B, give_up(false), "RFC 3261 §17.1.1.2"),
    value(
        Timer::C,
        Length::MoreThan(Delta::from_secs(180)),
        "RFC 3261 §16.6 (item 11), §16.8",
    ),
    value(Timer::D, Length::AtLeast32, "RFC 3261 §17.1.1.2"),
    value(Timer::E, doubled(true, true), "RFC 3261 §17.1.2.2"),
    value(Timer::F, give_up(false), "RFC 3261 §17.1.2.2"),
    value(Timer::G, doubled(true, true), "RFC 3261 §17.2.1"),
    value(Timer::H, give_up(false), "RFC 3261 §17.2.1"),
    value(Timer::I, Length::T4, "RFC 3261 §17.2.1"),
    value(Timer::J, give_up(true), "RFC 3261 §17.2.2"),
    value(Timer::K, Length::T4, "RFC 3261 §17.1.2.2"),
    value(Timer::L, give_up(false), "RFC 6026"),
    value(Timer::M, give_up(false), "RFC 6026"),
    value(Timer::Accepted, doubled(true, false), "RFC 3261 §13.3.1.4"),
    value(Timer::AcceptedEnd, give_up(false), "RFC 3261 §13.3.1.4"),
    value(Timer::Reliable, doubled(false, false), "RFC 3262 §3"),
];

impl Timer {
    /// Its length and clause.
    pub fn value(self) -> Value {
        let at = VALUES.iter().find(|v| v.timer == self);
        // Each has its row, as the test says.
        at.copied()
            .unwrap_or(value(self, Length::AtLeast32, "RFC 3261 §17"))
    }

    /// `Timer A`; what the response is, for those without a letter.
    pub fn name(self) -> &'static str {
        match self {
            Timer::A => "Timer A",
            Timer::B => "Timer B",
            Timer::C => "Timer C",
            Timer::D => "Timer D",
            Timer::E => "Timer E",
            Timer::F => "Timer F",
            Timer::G => "Timer G",
            Timer::H => "Timer H",
            Timer::I => "Timer I",
            Timer::J => "Timer J",
            Timer::K => "Timer K",
            Timer::L => "Timer L",
            Timer::M => "Timer M",
            Timer::Accepted => "2xx timer",
            Timer::AcceptedEnd => "wait for the ACK",
            Timer::Reliable => "1xx timer",
        }
    }

    /// The pause before copy `nth + 2`, of a timer that sends again; `None` for the others.
    pub fn pause(self, t1: Delta, nth: u32) -> Option<Delta> {
        let Length::Doubled { capped, .. } = self.value().length else {
            return None;
        };
        let doubled = t1.as_nanos().saturating_mul(1 << nth.min(20));
        let longest = T2.as_nanos().max(t1.as_nanos());
        Some(Delta::from_nanos(match capped {
            true => doubled.min(longest),
            false => doubled,
        }))
    }

    /// How long it lasts, of a timer that runs out once.
    pub fn lasts(self, t1: Delta) -> Option<Delta> {
        match self.value().length {
            Length::GiveUp { .. } => Some(Delta::from_nanos(t1.as_nanos().saturating_mul(GIVE_UP))),
            Length::AtLeast32 => Some(Delta::from_secs(32)),
            Length::T4 => Some(T4),
            Length::MoreThan(least) => Some(least),
            Length::Doubled { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_timer_has_one_row() {
        let rows: Vec<Timer> = VALUES.iter().map(|v| v.timer).collect();
        assert_eq!(rows, Timer::ALL);
    }

    #[test]
    fn pauses_double_and_those_of_requests_other_than_invite_end_at_t2() {
        let pauses = |timer: Timer| -> Vec<f64> {
            let pauses = (0..6).filter_map(|n| timer.pause(T1, n));
            pauses.map(|p| p.as_secs_f64()).collect()
        };
        assert_eq!(pauses(Timer::A), [0.5, 1.0, 2.0, 4.0, 8.0, 16.0]);
        assert_eq!(pauses(Timer::E), [0.5, 1.0, 2.0, 4.0, 4.0, 4.0]);
        assert_eq!(pauses(Timer::Accepted), [0.5, 1.0, 2.0, 4.0, 4.0, 4.0]);
        assert_eq!(pauses(Timer::Reliable), [0.5, 1.0, 2.0, 4.0, 8.0, 16.0]);
        assert!(pauses(Timer::B).is_empty());
        assert_eq!(Timer::B.lasts(T1), Some(Delta::from_secs(32)));
    }
}
