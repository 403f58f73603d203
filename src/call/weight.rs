//! How much memory records take, about: what is kept is bounded by it, so it errs on the high side.

use super::compact::{block, owned, rows};
use super::dialog::DialogRecord;
use super::exchanges;
use super::quality::QualityReport;
use super::record::{CallRecord, Identity, KeptMarks, Marks};
use super::requests;
use crate::types::Tag;

impl Identity {
    pub(super) fn weight(&self) -> usize {
        block(self.uri.len()) + self.display_name.as_ref().map_or(0, |n| block(n.len()))
    }
}

impl Marks {
    pub(super) fn weight(&self) -> usize {
        let others = self.other_answers.iter().map(|a| rows(&a.repeated));
        rows(&self.retransmissions)
            + rows(&self.repeated)
            + self.credentials.as_ref().map_or(0, |c| c.weight())
            + self.said.as_ref().map_or(0, |said| block(said.len()))
            + rows(&self.in_dialog_repeats)
            + rows(&self.other_answers)
            + others.sum::<usize>()
            + self.unheard_ack.as_ref().map_or(0, |u| u.weight())
            + self.refusal.as_ref().map_or(0, |r| r.weight())
            + self.looping.as_ref().map_or(0, |l| l.weight())
            + rows(&self.private_contacts)
    }
}

impl KeptMarks {
    fn weight_of_rest(&self) -> usize {
        self.rest()
            .map_or(0, |m| block(size_of::<Marks>()) + m.weight())
    }
}

impl CallRecord {
    /// About how many bytes it takes.
    pub fn weight(&self) -> usize {
        let words = self.outcome_reason.iter().map(|w| block(w.len()));
        let words = words.chain(self.final_reason.iter().map(owned));
        let addresses = self.addresses.iter().map(|a| block(a.text.len()));
        let events = self.events.iter().map(|e| block(e.text.len()));
        let digits = self.digits.iter().map(|d| block(d.digit.len()));
        let texts: usize = words.chain(addresses).chain(events).chain(digits).sum();
        size_of::<Self>()
            + block(self.call_id.as_bytes().len())
            + self.caller.weight()
            + self.callee.weight()
            + rows(&self.hops)
            + rows(&self.media)
            + rows(&self.media_elsewhere)
            + exchanges::weight_of(&self.exchanges)
            + rows(&self.offered)
            + rows(&self.events)
            + rows(&self.digits)
            + requests::weight_of(&self.requests)
            + rows(&self.addresses)
            + rows(&self.messages)
            + self.evidence.weight_of_rest()
            + rows(&self.reports)
            + self
                .reports
                .iter()
                .map(QualityReport::weight)
                .sum::<usize>()
            + self.leg.weight()
            + rows(&self.legs)
            + self.legs.iter().map(|l| l.weight()).sum::<usize>()
            + self.ties.as_ref().map_or(0, |t| t.weight())
            + texts
    }

    /// Lets go of what joining legs does not look at.
    pub fn keep_for_joining(&mut self) {
        self.forget_evidence();
        self.messages = Vec::new();
        self.events = Vec::new();
        self.digits = Vec::new();
        self.media = Vec::new();
        self.exchanges = Vec::new();
    }

    /// Lets go of what only the rules of diagnosis look at.
    pub fn forget_evidence(&mut self) {
        self.addresses = Vec::new();
        self.requests = Vec::new();
        self.offered = Vec::new();
        self.media_elsewhere = Vec::new();
        self.evidence.forget();
    }
}

impl DialogRecord {
    /// About how many bytes it takes.
    pub fn weight(&self) -> usize {
        let tag = |t: &Option<Tag>| t.as_ref().map_or(0, |t| block(t.as_bytes().len()));
        size_of::<Self>()
            + block(self.call_id.as_bytes().len())
            + tag(&self.local_tag)
            + tag(&self.remote_tag)
            + rows(&self.messages)
    }
}
