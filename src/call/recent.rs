//! The latest messages by the way they went: what an ICMP error is about that quotes nothing but addresses and ports.

use crate::types::{CaptureTime, Delta, Flow, MessageId};

/// How many are remembered; a power of two.
const REMEMBERED: usize = 1024;
/// A host or router complains at once.
const WITHIN: Delta = Delta::from_secs(5);

#[derive(Clone, Copy, Debug)]
struct Entry {
    flow: Flow,
    time: CaptureTime,
    message: MessageId,
    session: u32,
}

/// The latest messages, the oldest overwritten.
#[derive(Debug, Default)]
pub(super) struct Recent {
    entries: Vec<Entry>,
    next: usize,
}

impl Recent {
    /// A message of the session that stands at `session`.
    #[inline]
    pub(super) fn note(&mut self, flow: Flow, time: CaptureTime, message: MessageId, session: u32) {
        let entry = Entry {
            flow,
            time,
            message,
            session,
        };
        match self.entries.get_mut(self.next) {
            Some(oldest) => *oldest = entry,
            None => self.entries.push(entry),
        }
        self.next = (self.next + 1) & (REMEMBERED - 1);
    }

    /// The latest message that went this way shortly before `time`, and where its session stands.
    pub(super) fn on(&self, flow: Flow, time: CaptureTime) -> Option<(MessageId, u32)> {
        let (younger, older) = self.entries.split_at(self.next.min(self.entries.len()));
        let mut newest_first = younger.iter().rev().chain(older.iter().rev());
        let it = newest_first.find(|e| e.flow == flow)?;
        ((time - it.time).abs() <= WITHIN).then_some((it.message, it.session))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{Endpoint, Scope};

    fn flow(port: u16) -> Flow {
        let end = |port| Endpoint::new(std::net::IpAddr::from([192, 0, 2, 1]).into(), port);
        Flow {
            src: end(5060),
            dst: end(port),
            scope: Scope::NONE,
        }
    }

    #[test]
    fn the_latest_message_of_a_way_is_found_for_as_long_as_it_is_remembered() {
        let at = |s: i64| CaptureTime::from_secs_nanos(s, 0);
        let mut recent = Recent::default();
        recent.note(flow(1), at(0), MessageId::after(0), 7);
        recent.note(flow(2), at(1), MessageId::after(1), 8);
        recent.note(flow(1), at(2), MessageId::after(2), 9);
        assert_eq!(recent.on(flow(1), at(3)), Some((MessageId::after(2), 9)));
        assert_eq!(recent.on(flow(2), at(3)), Some((MessageId::after(1), 8)));
        assert_eq!(recent.on(flow(2), at(7)), None, "too long ago");
        assert_eq!(recent.on(flow(3), at(3)), None);
        for n in 0..REMEMBERED as u32 {
            recent.note(flow(4), at(3), MessageId::after(n), 1);
        }
        assert_eq!(recent.on(flow(1), at(3)), None, "overwritten");
    }
}
