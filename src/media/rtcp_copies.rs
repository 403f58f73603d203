//! RTCP that several files hold: each datagram is counted once, and measured at each point.

use super::packet::MediaPacket;
use crate::types::{CaptureTime, Delta, Flow, SourceId};
use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Datagrams remembered; one a call and second is much.
const REMEMBERED: usize = 256;
/// Clocks of capture points seldom differ by more, once they are aligned.
const APART: Delta = Delta::from_secs(2);

#[derive(Clone, Copy, Debug)]
struct Seen {
    print: u64,
    flow: Flow,
    source: SourceId,
    time: CaptureTime,
}

/// The last datagrams.
#[derive(Debug, Default)]
pub(super) struct RtcpCopies {
    seen: VecDeque<Seen>,
}

impl RtcpCopies {
    /// True where another file held the same datagram just now.
    pub(super) fn is_copy(&mut self, p: &MediaPacket<'_>) -> bool {
        let mut hasher = DefaultHasher::new();
        p.payload.hash(&mut hasher);
        let now = Seen {
            print: hasher.finish(),
            flow: p.flow,
            source: p.frame.source,
            time: p.time,
        };
        let is_copy = self.seen.iter().any(|s| {
            s.print == now.print
                && s.flow == now.flow
                && s.source != now.source
                && (now.time - s.time).abs() <= APART
        });
        if !is_copy {
            if self.seen.len() >= REMEMBERED {
                self.seen.pop_front();
            }
            self.seen.push_back(now);
        }
        is_copy
    }
}
