//! How much memory an open call takes.

use super::super::compact::{block, owned, rows};
use super::super::timer::SessionTimer;
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
            + self.final_reason.as_ref().map_or(0, owned)
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
            + self
                .timer
                .as_ref()
                .map_or(0, |_| block(size_of::<SessionTimer>()))
            + self.texts
            + events
            + digits
    }
}

#[cfg(test)]
mod tests {
    use super::Call;
    use crate::call::CallRecord;

    #[test]
    fn a_call_fits_a_small_block_of_the_heap() {
        // glibc: a larger one costs a merge of all small free blocks each time.
        assert!(size_of::<Call>() <= 1000, "{}", size_of::<Call>());
        assert!(
            size_of::<CallRecord>() <= 1000,
            "{}",
            size_of::<CallRecord>()
        );
    }
}
