//! Where TCP connections that carry SIP have holes in the capture: what is missing of a call there was not captured,
//! which says nothing about whether it was sent.

use crate::types::{CaptureTime, FlowKey};
use foldhash::fast::RandomState;
use hashbrown::HashMap;

/// Connections remembered; of more the holes are not told.
const MAX: usize = 4096;

/// The last hole of each connection that has one.
#[derive(Debug, Default)]
pub(super) struct Holes {
    last: HashMap<FlowKey, CaptureTime, RandomState>,
}

impl Holes {
    /// A hole was found at `time`.
    pub(super) fn note(&mut self, connection: FlowKey, time: CaptureTime) {
        if self.last.len() < MAX || self.last.contains_key(&connection) {
            self.last.insert(connection, time);
        }
    }

    /// The last hole in one of the connections, if it is not from before `start`.
    pub(super) fn since(
        &self,
        start: CaptureTime,
        connections: impl Iterator<Item = FlowKey>,
    ) -> Option<CaptureTime> {
        if self.last.is_empty() {
            return None;
        }
        let holes = connections.filter_map(|c| self.last.get(&c).copied());
        holes.filter(|time| *time >= start).max()
    }
}
