//! What an answer makes of its offer.

use super::hops::tag;
use super::media::is_active;
use super::{Sentence, Teller, described, mention};
use crate::explain::cut;
use crate::explain::media::is_side_codec;
use crate::explain::text::{Text, text};
use crate::explain::words::{clean, listed};
use crate::report::model::{
    Message, MessageKind, NegotiatedMedia, Negotiation, Sdp, SdpMedia, Word,
};

impl<'a> Teller<'a> {
    pub(super) fn answer(
        &self,
        offer: &'a Message,
        answer: &'a Message,
        row: &Negotiation,
        before: &[&Negotiation],
    ) -> Sentence {
        let answerer = row.by.other();
        let who = self.who(answer, answerer);
        let offerer = self.who(offer, row.by);
        let earlier = before.iter().filter(|b| b.offer == row.offer);
        let earlier: Vec<&Message> = earlier.filter_map(|b| self.message(b.answer?)).collect();
        let is_same = earlier.iter().any(|m| tag(&m.to) == tag(&answer.to));
        let otherwise = is_same.then_some(" otherwise");
        let other_dialog = !is_same && !earlier.is_empty();
        let other_dialog = other_dialog.then_some("in another dialog (To tag) ");
        let early = answer.status.is_some_and(|s| s < 200);
        let early = early.then_some(" before the call is answered");
        let last = self.last_of(answerer, before, answer);
        let media = described(answer.sdp.as_ref(), last);
        let agreed_last = before
            .iter()
            .rev()
            .find(|b| b.answer.is_some() && b.offer != row.offer);
        let agreed = conclusions(
            agreed_last.copied(),
            row,
            [&offer.sdp, &answer.sdp],
            [&offerer, &who],
        );
        let agreed = match agreed.is_empty() {
            true => Text::default(),
            false => text![" So ", agreed.join("; "), "."],
        };
        Sentence {
            time: Some(answer.time),
            text: text![
                other_dialog,
                who.clone(),
                " answers",
                otherwise,
                " in ",
                mention(answer),
                early,
                ": ",
                media,
                ".",
                agreed
            ],
            source: Some("RFC 3264 §6"),
        }
    }

    /// What the 2xx says of an answer that a provisional response without RSeq brought.
    pub(super) fn said_again(&self, answer: &'a Message, row: &Negotiation) -> Option<Sentence> {
        if answer.kind != MessageKind::Response
            || answer.status.is_none_or(|s| s >= 200)
            || answer.rseq.is_some()
        {
            return None;
        }
        let last = self.first(|m| {
            m.kind == MessageKind::Response
                && m.status.is_some_and(|s| s / 100 == 2)
                && (&m.call_id, m.cseq, &m.method) == (&answer.call_id, answer.cseq, &answer.method)
                && tag(&m.to) == tag(&answer.to)
        });
        let last = self.origin(last?);
        let is_row = |other: &Negotiation| {
            other.offer == row.offer
                && other
                    .answer
                    .and_then(|id| self.message(id))
                    .is_some_and(|m| m.id == last.id)
        };
        if self.call.negotiations.iter().any(is_row) || cut::hides_body(last) {
            return None;
        }
        let says = match &last.sdp {
            Some(_) => " says it again.",
            None => {
                " does not say it again, although only a reliable response counts as the answer."
            }
        };
        Some(Sentence {
            time: Some(last.time),
            text: text![
                mention(answer),
                " with the answer is not reliable (it has no RSeq); ",
                mention(last),
                says
            ],
            source: Some("RFC 3261 §13.2.1"),
        })
    }
}

/// What of each medium is in use, what is refused, and what that means for its packets.
fn conclusions(
    last: Option<&Negotiation>,
    row: &Negotiation,
    sdps: [&Option<Sdp>; 2],
    names: [&str; 2],
) -> Vec<String> {
    let mut told = Vec::new();
    let several = row.media.len() > 1;
    for (i, line) in row.media.iter().enumerate() {
        let [offered, answered] = sdps.map(|sdp| sdp.as_ref().and_then(|s| s.media.get(i)));
        let pair = offered
            .zip(answered)
            .filter(|(a, b)| is_active(a) && is_active(b));
        let before = last.and_then(|l| l.media.get(i));
        if before.is_some_and(|b| is_unchanged(b, line)) {
            continue;
        }
        told.extend(codecs(line, several, names));
        if let Some((offered, answered)) = pair {
            told.extend(transport(offered, answered, several, names));
        }
    }
    told
}

/// The same is in use as was agreed before.
fn is_unchanged(before: &NegotiatedMedia, now: &NegotiatedMedia) -> bool {
    let said = |m: &NegotiatedMedia| {
        (
            m.chosen.clone(),
            m.protocol.clone(),
            m.refused,
            m.reason.clone(),
        )
    };
    before.kind == now.kind && said(before) == said(now) && !now.refused
}

/// Agreed, left out, refused.
fn codecs(line: &NegotiatedMedia, several: bool, [_, who]: [&str; 2]) -> Vec<String> {
    let kind = clean(&line.kind);
    let of = if several {
        format!(" for {kind}")
    } else {
        String::new()
    };
    if line.refused {
        let why = line
            .reason
            .as_deref()
            .map_or("; why is not told".to_owned(), |r| {
                format!(", as {}", clean(r))
            });
        return vec![format!("{who} refuses {kind} (port 0){why}")];
    }
    if line.answered_direction.is_none() {
        // Left out by the offer itself.
        let missing = line.offered_at.is_some() && line.reason.is_some();
        let missing = missing.then(|| {
            format!(
                "{kind} is not agreed: {}",
                clean(line.reason.as_deref().unwrap_or_default())
            )
        });
        return missing.into_iter().collect();
    }
    let own: Vec<String> = once(line.chosen.iter().filter(|c| !is_side_codec(c)));
    let left = line.offered.iter().filter(|c| !line.chosen.contains(c));
    let left = once(left);
    let mut told = match (own.is_empty(), &line.reason) {
        (false, _) => {
            let are = if own.len() == 1 { "is" } else { "are" };
            vec![format!("{} {are} agreed{of}", listed(&own))]
        }
        (true, Some(reason)) => vec![format!("no codec is agreed{of}: {}", clean(reason))],
        (true, None) => Vec::new(),
    };
    if !left.is_empty() && !own.is_empty() {
        told.push(format!("{who} leaves out {}", listed(&left)));
    }
    told
}

fn once<'w>(words: impl Iterator<Item = &'w Word>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for word in words {
        let name = clean(word);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// RTCP's port, keys, and the profile where both differ.
fn transport(
    offered: &SdpMedia,
    answered: &SdpMedia,
    several: bool,
    [offerer, answerer]: [&str; 2],
) -> Vec<String> {
    let mut told = Vec::new();
    let of = if several {
        format!(" of {}", clean(&offered.kind))
    } else {
        String::new()
    };
    if !offered.protocol.eq_ignore_ascii_case(&answered.protocol) {
        let (a, b) = (clean(&answered.protocol), clean(&offered.protocol));
        told.push(format!(
            "the profile{of} is {a} in the answer and {b} in the offer"
        ));
    }
    match (offered.rtcp_mux, answered.rtcp_mux) {
        (true, true) => told.push(format!("RTP and RTCP{of} share one port")),
        (true, false) => told.push(format!(
            "RTCP{of} does not share the port of RTP: the answer does not take that"
        )),
        _ => {}
    }
    if !offered.candidates.is_empty() && answered.candidates.is_empty() && !answered.ice {
        told.push(format!(
            "the answer has no ICE{of}: the addresses in the descriptions count"
        ));
    }
    if offered.fingerprint.is_some() && answered.fingerprint.is_some() {
        let opens = match answered.setup.as_deref() {
            Some("active") => Some(answerer),
            Some("passive") => Some(offerer),
            _ => None,
        };
        told.extend(opens.map(|who| format!("{who} is to open DTLS{of}")));
    }
    if let (false, Some(suite)) = (offered.crypto.is_empty(), answered.crypto.first()) {
        told.push(format!("SRTP{of} uses {}", clean(suite)));
    }
    told
}
