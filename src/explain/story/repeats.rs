//! Messages that are sent again: which, and how often.

use super::{Plot, Sentence};
use crate::explain::text::{Piece, Text, text};
use crate::explain::words::{clean, counted};
use crate::report::model::Message;
use std::collections::BTreeMap;

/// Messages named at most; the rest is in the ladder.
const MOST: usize = 4;

impl Plot<'_> {
    /// `INVITE (#3) is sent 3 times, BYE (#2710) twice.`
    pub(super) fn repeats(&self) -> Option<Sentence> {
        let copy = |m: &&Message| m.retransmission_of.is_some();
        let first = self.first(|m| copy(&m))?;
        // Each hop has its own copies; the message that all of them repeat may be outside the selection.
        let mut copies: BTreeMap<u32, Vec<&Message>> = BTreeMap::new();
        for m in self.messages.iter().copied().filter(copy) {
            copies
                .entry(m.retransmission_of.unwrap_or(m.id))
                .or_default()
                .push(m);
        }
        let mut what = Text::default();
        for (n, (id, again)) in copies.iter().take(MOST).enumerate() {
            let Some(named) = self.lookup.message(*id).or(again.first().copied()) else {
                continue;
            };
            if n > 0 {
                what.push(", ");
            }
            let verb = if n == 0 { " is sent " } else { " " };
            let times = match again.len() + 1 {
                2 => "twice".to_owned(),
                times => format!("{times} times"),
            };
            what.push(text![
                name(named),
                " (",
                Piece::frame_of(named),
                ")",
                verb,
                times
            ]);
        }
        if copies.len() > MOST {
            let more = (copies.len() - MOST) as u64;
            let more = counted(more, "other message", "other messages");
            what.push(text![", and ", more, " more than once"]);
        }
        Some(Sentence {
            time: Some(first.time),
            text: text![what, "."].capitalised(),
            source: Some("RFC 3261 §17"),
        })
    }
}

/// `INVITE`, `the 200 to INVITE`.
fn name(m: &Message) -> String {
    let method = clean(m.method.as_deref().unwrap_or("a request"));
    match m.status {
        Some(status) => format!("the {status} to {method}"),
        None => method,
    }
}

#[cfg(test)]
mod tests {
    use crate::explain::{Lookup, story};
    use crate::report::fixtures;

    #[test]
    fn a_repeated_request_is_named_and_counted() {
        let report = fixtures::troubles();
        let lookup = Lookup::new(&report);
        let told = story(&lookup, &report.calls[0]);
        let told: Vec<String> = told.iter().map(|s| s.text.to_string()).collect();
        // #4 repeats the INVITE in #3, and #2711 the BYE in #2710.
        let expected = "INVITE (#3) is sent twice, BYE (#2710) twice.";
        assert!(told.iter().any(|s| s == expected), "{told:#?}");
    }
}
