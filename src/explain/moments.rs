//! What SIP said in a call, as marks on a time axis: few, short, each once.

use super::words::clean;
use crate::call::EventKind;
use crate::report::model::{Call, Message, MessageKind};
use crate::types::{CaptureTime, Delta};
use std::collections::HashSet;

/// The same said again so soon is the next hop's copy.
const SAME: Delta = Delta::from_secs(1);
/// Moments of a call at most.
const MOST: usize = 100;

/// Something that was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// When.
    pub time: CaptureTime,
    /// `INVITE`, `180`, `hold`.
    pub label: String,
    /// In a sentence, with the frame.
    pub text: String,
}

/// The moments of a call. `messages` are its own.
pub fn moments(call: &Call, messages: &[Message]) -> Vec<Moment> {
    let mut found: Vec<Moment> = Vec::new();
    let sent = messages
        .iter()
        .filter(|m| m.retransmission_of.is_none() && m.capture_duplicate_of.is_none());
    let events = call.events.iter().filter_map(|e| {
        Some(Moment {
            time: e.time.0,
            label: event(e.kind)?.to_owned(),
            text: clean(&e.text),
        })
    });
    let mut changes: HashSet<(Option<&str>, Option<u32>)> = HashSet::new();
    for message in sent {
        found.extend(of_message(message, &mut changes));
    }
    found.extend(events);
    found.sort_by_key(|m| m.time);
    let mut told: Vec<Moment> = Vec::new();
    for moment in found {
        let same = |m: &&Moment| m.label == moment.label && moment.time - m.time <= SAME;
        if told.len() < MOST && !told.iter().rev().any(|m| same(&m)) {
            told.push(moment);
        }
    }
    told
}

/// `changes`: Call-ID and CSeq of the re-INVITEs so far.
fn of_message<'a>(
    m: &'a Message,
    changes: &mut HashSet<(Option<&'a str>, Option<u32>)>,
) -> Option<Moment> {
    let in_dialog = m.to.as_ref().is_some_and(|to| to.tag.is_some());
    let exchange = (m.call_id.as_deref(), m.cseq);
    if m.kind == MessageKind::Request && m.method.as_deref() == Some("INVITE") && in_dialog {
        changes.insert(exchange);
    }
    let of_change = changes.contains(&exchange);
    let label = match (m.kind, m.method.as_deref()?, m.status) {
        (MessageKind::Request, "INVITE", _) if in_dialog => "re-INVITE".to_owned(),
        (MessageKind::Request, method @ ("INVITE" | "BYE" | "CANCEL" | "REFER"), _) => {
            method.to_owned()
        }
        (MessageKind::Response, "INVITE", Some(..300)) if of_change => return None,
        (MessageKind::Response, "INVITE", Some(status)) if status > 100 => status.to_string(),
        _ => return None,
    };
    let what = match m.status {
        Some(_) => {
            let reason = m.reason.as_deref().map_or(String::new(), clean);
            format!("{label} {reason}")
        }
        None => label.clone(),
    };
    Some(Moment {
        time: m.time.0,
        label,
        text: format!("#{}: {}, {} to {}", m.frame, what.trim_end(), m.src, m.dst),
    })
}

/// What a message alone does not say.
fn event(kind: EventKind) -> Option<&'static str> {
    Some(match kind {
        EventKind::Hold => "hold",
        EventKind::Resume => "resume",
        EventKind::MediaAdded => "media added",
        EventKind::MediaRemoved => "media removed",
        EventKind::CodecChanged => "codec changed",
        EventKind::AddressChanged => "address changed",
        EventKind::CaptureGap => "capture gap",
        EventKind::Forked
        | EventKind::NotResumed
        | EventKind::MediaRefused
        | EventKind::ChangeRefused
        | EventKind::AnsweredElsewhere
        | EventKind::Transfer
        | EventKind::TransferResult
        | EventKind::Redirected
        | EventKind::SessionRefreshed
        | EventKind::EarlyMedia
        | EventKind::Prack
        | EventKind::Update => return None,
    })
}
