//! How much memory an open call takes.

use super::super::compact::{block, rows};
use super::{Call, Login};

impl Call {
    /// About how many bytes, its message numbers left out.
    pub(in crate::call) fn weight(&self) -> usize {
        let events: usize = self.events.iter().map(|e| block(e.text.len())).sum();
        let digits: usize = self.digits.iter().map(|d| block(d.digit.len())).sum();
        block(size_of::<Self>())
            + self.caller.weight()
            + self.callee.weight()
            + block(self.caller_tag.as_bytes().len())
            + self.final_reason.as_ref().map_or(0, |r| block(r.len()))
            + rows(&self.hops)
            + self.negotiation.weight()
            + rows(&self.to_tags)
            + rows(&self.events)
            + rows(&self.digits)
            + self.requests.weight()
            + rows(&self.addresses)
            + self.answers.weight()
            + self.ties.as_ref().map_or(0, |t| t.weight())
            + self.marks.weight()
            + self.login.as_ref().map_or(0, |login| {
                block(size_of::<Login>()) + login.exchange.weight() + login.seen.weight()
            })
            + self.leg.weight()
            + self.texts
            + events
            + digits
    }
}
