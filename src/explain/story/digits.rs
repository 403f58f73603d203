//! The keys each side pressed, in whichever way they were sent.

use super::{Plot, Sentence};
use crate::explain::text::text;
use crate::explain::words::{clean, counted};
use crate::report::model::{Dtmf, DtmfMethod};
use crate::types::Party;

/// Digits of one side told at most.
const MOST_DIGITS: usize = 200;

impl Plot<'_> {
    pub(super) fn digits(&self) -> Vec<Sentence> {
        let mut told = Vec::new();
        for (side, name) in [(Party::Caller, &self.caller), (Party::Callee, &self.callee)] {
            let dialled = self.call.dtmf.iter();
            let dialled = dialled.filter(|d| d.from.unwrap_or(Party::Caller) == side);
            let first = dialled.clone().next();
            let left = dialled.clone().skip(MOST_DIGITS).count();
            let digits: String = dialled.take(MOST_DIGITS).map(|d| clean(&d.digit)).collect();
            let more = (left > 0).then(|| {
                let left = counted(left as u64, "digit more", "digits more");
                format!(" and {left}")
            });
            if !digits.is_empty() {
                let in_rtp = first.is_some_and(|d| d.method == DtmfMethod::Rfc4733);
                let of_side = |d: &&Dtmf| d.from.unwrap_or(Party::Caller) == side;
                let pressed = || self.call.dtmf.iter().filter(of_side);
                let both = match pressed().filter(|d| d.also.is_some()).count() {
                    0 => None,
                    n if n == pressed().count() => {
                        Some(", sent both as telephone-event and as INFO".to_owned())
                    }
                    n => Some(format!(
                        ", {n} of them sent both as telephone-event and as INFO"
                    )),
                };
                told.push(Sentence {
                    time: first.map(|d| d.time),
                    text: text![name.clone(), " dials ", digits, more, both, "."],
                    source: in_rtp.then_some("RFC 4733 §2"),
                });
            }
        }
        told
    }
}

#[cfg(test)]
mod tests {
    use crate::explain::{Lookup, story};
    use crate::report::fixtures;
    use crate::report::model::{DtmfMethod, Report};

    fn told(report: &Report, sentence: usize) -> String {
        let story = story(&Lookup::new(report), &report.calls[0]);
        story[sentence].text.to_string()
    }

    #[test]
    fn a_digit_that_was_sent_in_two_ways_is_one_digit() {
        let mut report = fixtures::proxied();
        for d in &mut report.calls[0].dtmf {
            d.also = Some(DtmfMethod::SipInfo);
        }
        let both = ", sent both as telephone-event and as INFO.";
        assert_eq!(told(&report, 5), format!("alice dials 42#{both}"));
        report.calls[0].dtmf[0].also = None;
        let two = ", 2 of them sent both as telephone-event and as INFO.";
        assert_eq!(told(&report, 5), format!("alice dials 42#{two}"));
    }
}
