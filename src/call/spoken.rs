//! What a message of offer and answer is, whatever it changes: early media, PRACK, UPDATE, a refresh.

use super::session::{EventKind, SessionEvent, Told, is_without_body};
use crate::types::{CaptureTime, MessageId, Method};

/// A PRACK or an UPDATE.
pub(super) fn request(told: &Told<'_>, has_offer: bool) -> Option<SessionEvent> {
    if !told.facts.is_request {
        return None;
    }
    let who = told.side.as_str();
    let message = told.arrival.message;
    let (kind, text) = match told.facts.method {
        Method::Prack => {
            let which = match message.rack() {
                Some(rack) => format!("the provisional response with RSeq {}", rack.rseq),
                None => "a provisional response".to_owned(),
            };
            (
                EventKind::Prack,
                format!("the {who} confirms {which} (PRACK)"),
            )
        }
        Method::Update => {
            let text = match has_offer {
                true => format!("the {who} makes an offer in an UPDATE"),
                false if is_without_body(message) => {
                    format!("an UPDATE of the {who} holds no offer")
                }
                false => format!("an UPDATE of the {who}"),
            };
            (EventKind::Update, text)
        }
        _ => return None,
    };
    Some(event(told, kind, text))
}

/// A provisional response with the answer.
pub(super) fn early(told: &Told<'_>) -> SessionEvent {
    let status = told.facts.status.map_or(0, |s| s.get());
    let who = told.side.as_str();
    let text = format!("the {who} says where it wants media before it answers ({status})");
    event(told, EventKind::EarlyMedia, text)
}

/// An answer that changes nothing, with the offer it answers.
pub(super) fn refreshed(method: &Method, message: MessageId, time: CaptureTime) -> SessionEvent {
    let what = match method {
        Method::Update => "an UPDATE",
        _ => "a re-INVITE",
    };
    SessionEvent {
        time,
        kind: EventKind::SessionRefreshed,
        message,
        text: format!("{what} changes nothing of the media"),
    }
}

fn event(told: &Told<'_>, kind: EventKind, text: String) -> SessionEvent {
    SessionEvent {
        time: told.arrival.time,
        kind,
        message: told.arrival.id,
        text,
    }
}
