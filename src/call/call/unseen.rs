//! What of a call the capture does not have, so that nothing is concluded from its absence.

use super::super::answers::Chosen;
use super::super::holes::Holes;
use super::Call;
use crate::types::CaptureTime;

impl Call {
    /// Since when it is up, where no message said where its media goes; a call that began before the capture always was.
    pub(in crate::call) fn unannounced_since(&self) -> Option<CaptureTime> {
        let since = match self.answers.first_time() {
            Some(time) => Some(time),
            None => (!self.attempt.invite_seen).then_some(CaptureTime::MIN),
        };
        since.filter(|_| self.addresses.is_empty())
    }

    /// The last hole in its connections, where it lacks something that may have stood there.
    pub(super) fn hole(&self, holes: &Holes, chosen: &Chosen) -> Option<CaptureTime> {
        let lacks = match &chosen.main {
            Some(answer) => {
                !chosen.ending.is_timed() || !self.attempt.invite_seen || !answer.is_acked()
            }
            None => self.attempt_done.is_none() || !self.attempt.invite_seen,
        };
        let connections = self.hops.iter().map(|h| h.flow.key());
        let connections = connections.chain(self.leg.way.as_ref().map(|way| way.key()));
        // What is missing before its first message may be its beginning.
        let from = match self.attempt.invite_seen {
            true => self.start,
            false => CaptureTime::MIN,
        };
        lacks.then(|| holes.since(from, connections)).flatten()
    }
}
