//! What an ACK acknowledges.

use super::Around;
use crate::explain::message::Described;
use crate::report::model::{Message, MessageKind};

/// Of an ACK: the response it acknowledges, the INVITE, and the time since.
pub(crate) fn acknowledged(around: &Around<'_>) -> Vec<Described> {
    let ack = around.message;
    if ack.method.as_deref() != Some("ACK") || ack.kind != MessageKind::Request {
        return Vec::new();
    }
    let tag = |m: &Message| m.to.as_ref().and_then(|to| to.tag.clone());
    // On its own hop; of an ACK of a 2xx that goes another way, anywhere (RFC 3261 §13.2.2.4).
    let answers = around.same.iter().filter(|m| {
        m.kind == MessageKind::Response
            && m.method.as_deref() == Some("INVITE")
            && m.cseq == ack.cseq
            && m.status.is_some_and(|s| s >= 200)
            && m.id < ack.id
            && tag(m) == tag(ack)
    });
    let answers: Vec<&Message> = answers.copied().collect();
    let is_here = |m: &&&Message| m.src == ack.dst && m.dst == ack.src;
    let here = answers.iter().rev().find(is_here);
    let Some(answer) = here.or(answers.iter().rev().find(|m| m.dst == ack.src)) else {
        return Vec::new();
    };
    let status = answer.status.unwrap_or_default();
    let kind = match status {
        200..=299 => {
            "of a 2xx the ACK is a transaction of its own, from end to end (RFC 3261 §13.2.2.4)"
        }
        _ => {
            "of a refusal the ACK belongs to the INVITE's transaction and ends at the next hop (RFC 3261 §17.1.1.3)"
        }
    };
    let mut out = vec![Described::new(
        "acknowledges",
        &format!("the {status} in {}", around.name(answer)),
        Some(kind),
    )];
    let invite = around.same.iter().find(|m| {
        m.kind == MessageKind::Request
            && m.method.as_deref() == Some("INVITE")
            && m.cseq == ack.cseq
            && m.src == answer.dst
            && m.dst == answer.src
    });
    if let Some(invite) = invite {
        let name = around.name(invite);
        out.push(Described::new("of the INVITE", &format!("in {name}"), None));
    }
    let ms = (ack.time.0 - answer.time.0).as_nanos() as f64 / 1e6;
    out.push(Described::new(
        "time since",
        &format!("{ms} ms after the response"),
        None,
    ));
    out
}
