//! How much memory an open call takes.

use super::super::compact::{block, rows};
use super::{Call, Login};

impl Call {
    /// About how many bytes, its message numbers left out.
    pub(in crate::call) fn weight(&self) -> usize {
        let addresses = self.addresses.iter().map(|a| block(a.text.len()));
        let events = self.events.iter().map(|e| block(e.text.len()));
        let digits = self.digits.iter().map(|d| block(d.digit.len()));
        let tags = self.to_tags.iter().map(|t| block(t.len()));
        let texts: usize = addresses.chain(events).chain(digits).chain(tags).sum();
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
            + texts
    }
}
