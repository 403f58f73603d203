//! Which codecs an answer agreed.

use super::Plot;
use crate::explain::media::is_side_codec;
use crate::report::model::{CallMedia, Message};

impl<'a> Plot<'a> {
    /// The codecs of one medium that answer and offer both list: either may be sent (RFC 3264 §6.1).
    pub(super) fn agreed_codecs(&self, media: &'a CallMedia) -> Vec<&'a str> {
        let Some(first) = media.codec.as_deref() else {
            return Vec::new();
        };
        let of_kind = |m: &'a Message| {
            let sections = m.sdp.iter().flat_map(|sdp| &sdp.media);
            sections.filter(|s| s.kind == media.kind && s.port != 0)
        };
        let answer = self.first(|m| Some(m.id) == media.agreed_in);
        // Who offers in a request is answered in a response, and the other way round.
        let offer = answer.and_then(|answer| {
            let before = |m: &&&Message| (m.time, m.id) < (answer.time, answer.id);
            let mut earlier = self.messages.iter().rev().filter(before);
            earlier.find(|m| m.kind != answer.kind && of_kind(m).next().is_some())
        });
        let (Some(answer), Some(offer)) = (answer, offer) else {
            return vec![first];
        };
        // Of several media of a kind, which is which cannot be told.
        if of_kind(answer).count() != 1 || of_kind(offer).count() != 1 {
            return vec![first];
        }
        let codecs = |m: &'a Message| {
            let formats = of_kind(m).flat_map(|s| &s.formats);
            formats.filter_map(|f| f.codec.as_deref())
        };
        let lists = |name: &str| codecs(offer).any(|c| c.eq_ignore_ascii_case(name));
        let others = codecs(answer).filter(|c| *c != first && !is_side_codec(c) && lists(c));
        std::iter::once(first).chain(others).collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::explain::{Lookup, story};
    use crate::report::fixtures;
    use crate::report::model::Report;

    fn told(report: &Report, sentence: usize) -> String {
        let story = story(&Lookup::new(report), &report.calls[0]);
        story[sentence].text.to_string()
    }

    #[test]
    fn every_codec_that_the_answer_took_from_the_offer_is_agreed() {
        let mut report = fixtures::proxied();
        report.calls[0].media[0].agreed_in = Some(18);
        let mut messages = report.messages.iter_mut();
        let answer = messages.find(|m| m.id == 18).unwrap();
        let formats = &mut answer.sdp.as_mut().unwrap().media[0].formats;
        // The offer lists PCMU, PCMA and telephone-event.
        for codec in ["PCMA", "G729"] {
            let mut one = formats[0].clone();
            one.codec = Some(codec.into());
            formats.push(one);
        }
        assert_eq!(
            told(&report, 3),
            "bob answers 2.0 s after the INVITE (200, #18); PCMU and PCMA are agreed."
        );
    }
}
