//! Offers and answers of a call for the report.

use super::model::{NegotiatedMedia, Negotiation, Timestamp, Word};
use crate::call::{Described, OfferAnswer, OfferResult};
use crate::sip::q850::warning_name;
use crate::types::{Endpoint, StatusCode};

/// In order of the offers.
pub(super) fn rows(exchanges: Vec<OfferAnswer>) -> Vec<Negotiation> {
    let rows = (1..).zip(exchanges);
    rows.map(|(number, e)| negotiation(number, e)).collect()
}

fn negotiation(number: u32, e: OfferAnswer) -> Negotiation {
    let refused = matches!(e.result, OfferResult::Refused | OfferResult::Challenged);
    let end = e.end.map(|(id, _)| id.get());
    let answers = e.answered.as_deref();
    let lines = e.offered.iter().enumerate();
    Negotiation {
        number,
        leg: u32::from(e.leg) + 1,
        by: e.by,
        offer: e.offer.get(),
        time: Timestamp(e.time),
        result: e.result,
        answer: end.filter(|_| e.result == OfferResult::Answered),
        refusal: end.filter(|_| refused),
        end_time: e.end.map(|(_, time)| Timestamp(time)),
        status: e.status.map(StatusCode::get),
        reason: reason(&e.warnings),
        media: lines
            .map(|(i, offered)| line(offered, answers.map(|lines| lines.get(i))))
            .collect(),
    }
}

/// What Warning headers say.
fn reason(codes: &[u16]) -> Option<String> {
    let told = codes.iter().filter_map(|code| {
        let name = warning_name(*code)?;
        Some(format!("Warning {code}: {name}"))
    });
    let told: Vec<String> = told.collect();
    (!told.is_empty()).then(|| told.join("; "))
}

/// `answer`: the answer's line, where there is an answer and where that has one.
fn line(offered: &Described, answer: Option<Option<&Described>>) -> NegotiatedMedia {
    let answered = answer.flatten();
    let chosen = answered.filter(|a| a.is_active && offered.is_active);
    let is_offered = |name: &str| {
        let mut all = offered.line.codecs.iter();
        all.any(|c| c.name.eq_ignore_ascii_case(name))
    };
    let taken = chosen.iter().flat_map(|a| &a.line.codecs);
    let taken: Vec<Word> = taken
        .filter(|c| is_offered(&c.name))
        .map(|c| c.name.clone())
        .collect();
    NegotiatedMedia {
        kind: offered.line.kind.clone(),
        protocol: offered.line.protocol.clone(),
        offered: offered.line.codecs.iter().map(|c| c.name.clone()).collect(),
        offered_at: place(offered),
        offered_direction: offered.attribute,
        reason: why(offered, answer, chosen, &taken),
        chosen: taken,
        answered_at: chosen.and_then(place),
        answered_direction: chosen.map(|a| a.attribute),
        refused: offered.is_active && answered.is_some_and(|a| !a.is_active),
    }
}

fn place(d: &Described) -> Option<String> {
    let address = d.address.filter(|_| d.port != 0)?;
    Some(Endpoint::new(address, d.port).to_string())
}

/// Why nothing of the medium is in use, as far as both descriptions show it.
fn why(
    offered: &Described,
    answer: Option<Option<&Described>>,
    chosen: Option<&Described>,
    taken: &[Word],
) -> Option<String> {
    if !offered.is_active {
        return Some("the offer leaves it out (port 0)".to_owned());
    }
    let answered = match answer? {
        Some(answered) => answered,
        None if offered.is_cut => return None,
        None => return Some("the answer has no m= line for it".to_owned()),
    };
    let (theirs, own) = (&answered.line.protocol, &offered.line.protocol);
    if chosen.is_none() {
        let other = !theirs.is_empty() && !theirs.eq_ignore_ascii_case(own);
        return other.then(|| format!("the answer names {theirs} instead of {own}"));
    }
    let is_cut = offered.is_cut || answered.is_cut;
    (taken.is_empty() && !is_cut && !answered.line.codecs.is_empty())
        .then(|| "none of the answer's formats was offered".to_owned())
}
