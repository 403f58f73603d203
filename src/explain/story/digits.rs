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
                let of_side = |d: &&Dtmf| d.from.unwrap_or(Party::Caller) == side;
                let how = how_sent(self.call.dtmf.iter().filter(of_side));
                let source = match first.map(|d| d.method) {
                    Some(DtmfMethod::Rfc4733) => Some("RFC 4733 §2"),
                    Some(DtmfMethod::Inband) => Some("ITU-T Q.23"),
                    Some(DtmfMethod::Kpml) => Some("RFC 4730"),
                    _ => None,
                };
                told.push(Sentence {
                    time: first.map(|d| d.time),
                    text: text![name.clone(), " dials ", digits, more, how, "."],
                    source,
                });
            }
        }
        told
    }
}

/// In which ways, where it is not one of the usual ones alone.
fn how_sent<'d>(digits: impl Iterator<Item = &'d Dtmf> + Clone) -> Option<String> {
    let all = digits.clone().count();
    let twice = digits.clone().filter_map(|d| Some((d.method, d.also?)));
    if let Some(ways) = twice.clone().next() {
        let (one, other) = (name_of(ways.0), name_of(ways.1));
        let count = twice.clone().count();
        let of_them = match count {
            n if n == all => "sent both".to_owned(),
            1 => "1 of them sent both".to_owned(),
            n => format!("{n} of them sent both"),
        };
        return Some(match twice.clone().all(|w| w == ways) {
            true => format!(", {of_them} as {one} and as {other}"),
            false => format!(", {} in two ways", of_them.trim_end_matches(" both")),
        });
    }
    let tones = digits.filter(|d| d.method == DtmfMethod::Inband).count();
    match tones {
        0 => None,
        n if n == all => Some(", as tones in the sound".to_owned()),
        n => Some(format!(", {n} of them as tones in the sound")),
    }
}

fn name_of(method: DtmfMethod) -> &'static str {
    match method {
        DtmfMethod::Rfc4733 => "telephone-event",
        DtmfMethod::SipInfo => "INFO",
        DtmfMethod::Kpml => "KPML",
        DtmfMethod::Inband => "tones in the sound",
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
