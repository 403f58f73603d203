//! Why a BYE or CANCEL was sent, or a request refused, as its sender says: Reason (RFC 3326) and Warning
//! (RFC 3261 §20.43), in words.

use crate::sip::{Message, Reason, Warning, q850};
use crate::types::text_of;

/// Values told of one message.
const MAX_VALUES: usize = 4;
/// Octets kept of a text.
const MAX_TEXT: usize = 160;

/// `Q.850 cause 44, requested circuit or channel not available: "RTP timeout"`; several with a semicolon between.
pub(super) fn stated(message: &Message<'_>) -> Option<Box<str>> {
    let mut said: Vec<String> = Vec::new();
    let reasons = message.reason_header().map(|r| reason_words(&r));
    let warnings = message.warning_header().filter_map(|w| warning_words(&w));
    for words in reasons.chain(warnings).take(MAX_VALUES) {
        if !said.contains(&words) {
            said.push(words);
        }
    }
    (!said.is_empty()).then(|| said.join("; ").into())
}

/// A CANCEL that says another phone has the call: `SIP;cause=200` (RFC 3326 §3.1), or the Q.850 cause a gateway has
/// for it.
pub(super) fn is_answered_elsewhere(message: &Message<'_>) -> bool {
    message
        .reason_header()
        .any(|r| r.sip_status() == Some(200) || r.q850() == Some(26))
}

fn reason_words(r: &Reason<'_>) -> String {
    let text = r.text.as_deref().map(short);
    match (r.q850(), r.sip_status(), r.cause) {
        (Some(cause), ..) => {
            let name = q850::cause_name(cause);
            with_text(with_name(&format!("Q.850 cause {cause}"), name), name, text)
        }
        (_, Some(status), _) => with_text(format!("SIP cause {status}"), None, text),
        (.., Some(cause)) => with_text(format!("{} cause {cause}", short(r.protocol)), None, text),
        _ => with_text(short(r.protocol), None, text),
    }
}

fn warning_words(w: &Warning<'_>) -> Option<String> {
    let code = w.code?;
    let name = q850::warning_name(code);
    let text = Some(short(&w.text));
    Some(with_text(
        with_name(&format!("Warning {code}"), name),
        name,
        text,
    ))
}

fn with_name(what: &str, name: Option<&str>) -> String {
    match name {
        Some(name) => format!("{what}, {name}"),
        None => what.to_owned(),
    }
}

/// A text that says no more than the name is left out.
fn with_text(what: String, name: Option<&str>, text: Option<String>) -> String {
    let text = text.filter(|t| !t.is_empty() && !name.is_some_and(|n| n.eq_ignore_ascii_case(t)));
    match text {
        Some(text) => format!("{what}: \"{text}\""),
        None => what,
    }
}

fn short(text: &[u8]) -> String {
    text_of(text.get(..MAX_TEXT).unwrap_or(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sip::{Framing, parse_message};

    #[test]
    fn cause_and_text_are_told_in_words() {
        for (headers, words) in [
            (
                "Reason: Q.850;cause=44;text=\"RTP timeout\"",
                "Q.850 cause 44, requested circuit or channel not available: \"RTP timeout\"",
            ),
            (
                "Reason: Q.850 ;cause=16 ;text=\"Normal call clearing\"",
                "Q.850 cause 16, normal call clearing",
            ),
            (
                "Reason: SIP ;cause=200 ;text=\"Call completed elsewhere\", Q.850;cause=26",
                "SIP cause 200: \"Call completed elsewhere\"; Q.850 cause 26, non-selected user clearing",
            ),
            ("Reason: preemption;cause=1", "preemption cause 1"),
            (
                "Warning: 302 192.0.2.20 \"Incompatible transport protocol\"",
                "Warning 302, incompatible transport protocol",
            ),
            (
                "Warning: 399 pbx \"no codec\"",
                "Warning 399, miscellaneous warning: \"no codec\"",
            ),
        ] {
            let text = format!("SIP/2.0 488 x\r\nCSeq: 1 INVITE\r\n{headers}\r\n\r\n");
            let message = parse_message(text.as_bytes(), Framing::Datagram).unwrap();
            assert_eq!(stated(&message).as_deref(), Some(words));
        }
    }
}
