//! One message taken apart, for `sipflow show`: every header with its meaning, every SDP line, and
//! the facts that follow from the rest of the capture.

use super::model::{Message, Report};
use crate::sip::{self, Framing, HeaderName, StartLine, method, status};
use crate::types::StatusCode;

/// A name, a value, and what it means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Described {
    /// The header's name as sent, or the fact's.
    pub name: String,
    /// Its value, unfolded.
    pub value: String,
    /// In plain words.
    pub meaning: Option<String>,
}

/// A message taken apart.
#[derive(Clone, Debug, Default)]
pub struct Description {
    /// As sent.
    pub start_line: String,
    /// What it means.
    pub start_line_meaning: Option<String>,
    /// Header fields in order.
    pub headers: Vec<Described>,
    /// Lines of a textual body.
    pub body: Vec<Described>,
    /// What was worked out.
    pub facts: Vec<Described>,
}

/// The Info column of a message, as Wireshark words it; `-` where the bytes are no message.
pub fn info_line(text: &[u8]) -> String {
    sip::parse_message(text, Framing::Truncated).map_or_else(|| "-".to_owned(), |m| m.info_line())
}

/// Takes a message apart.
pub fn describe(message: &Message, text: &[u8], report: &Report) -> Description {
    let Some(parsed) = sip::parse_message(text, Framing::Truncated) else {
        return Description::default();
    };
    let (start_line, start_line_meaning) = start(&parsed);
    Description {
        start_line,
        start_line_meaning,
        headers: parsed
            .headers
            .iter()
            .map(|h| Described {
                name: lossy(h.raw_name),
                value: lossy(&h.text()),
                meaning: h.name.entry().map(|e| e.meaning.to_owned()),
            })
            .collect(),
        body: body(&parsed),
        facts: facts(message, &parsed, report),
    }
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn start(m: &sip::Message<'_>) -> (String, Option<String>) {
    let line = m.raw.split(|&b| b == b'\n').next().unwrap_or_default();
    let line = lossy(line).trim_end().to_owned();
    let meaning = match &m.start {
        StartLine::Request { method, .. } => method::meaning(method).map(|e| e.meaning.to_owned()),
        StartLine::Response { status, reason, .. } => status.map(|s| response_meaning(s, reason)),
    };
    (line, meaning)
}

/// The code decides; home-made reason phrases are named as such.
fn response_meaning(status: StatusCode, reason: &[u8]) -> String {
    let mut text = match status::meaning(status) {
        Some(entry) => entry.meaning.to_owned(),
        None => status::class_meaning(status.class()).to_owned(),
    };
    if let Some(phrase) = status::phrase(status)
        && !reason.is_empty()
        && !reason.eq_ignore_ascii_case(phrase.as_bytes())
    {
        text.push_str(&format!(
            " The standard phrase of {status} is \"{phrase}\"; only the number counts."
        ));
    }
    text
}

fn body(m: &sip::Message<'_>) -> Vec<Described> {
    let is_sdp = m.sdp().is_some_and(|s| s.as_ref() == m.body);
    let text = lossy(m.body);
    let plain = |line: &str| Described {
        name: String::new(),
        value: line.to_owned(),
        meaning: None,
    };
    text.lines()
        .map(|line| match line.split_once('=') {
            Some((kind, value)) if is_sdp => Described {
                name: format!("{kind}="),
                value: value.to_owned(),
                meaning: crate::sdp::line_meaning(kind, value),
            },
            _ => plain(line),
        })
        .collect()
}

fn facts(message: &Message, m: &sip::Message<'_>, report: &Report) -> Vec<Described> {
    let mut out = Vec::new();
    let mut fact = |name: &str, value: String, meaning: Option<&str>| {
        out.push(Described {
            name: name.to_owned(),
            value,
            meaning: meaning.map(str::to_owned),
        });
    };
    let said = m.header(HeaderName::ContentLength).map(|v| lossy(&v));
    let counted = m.body.len();
    match said {
        Some(said) if said.trim().parse() == Ok(counted) => {
            fact(
                "body length",
                format!(
                    "{counted} bytes counted, {} announced: they agree",
                    said.trim()
                ),
                None,
            );
        }
        Some(said) => fact(
            "body length",
            format!(
                "{counted} bytes counted, {} announced: they differ",
                said.trim()
            ),
            Some("the receiver takes the announced number (RFC 3261 §18.3)"),
        ),
        None => fact(
            "body length",
            format!("{counted} bytes counted, no Content-Length"),
            None,
        ),
    }
    if let (Some(frame), Some(ms)) = (message.request_frame, message.response_time_ms) {
        fact("answers", format!("the request in #{frame}"), None);
        fact(
            "response time",
            format!("{ms} ms after it"),
            Some("from the first copy of the request on this hop"),
        );
    }
    let frame_of = |id: u32| report_frame(report, id);
    if let Some(first) = message.retransmission_of {
        fact(
            "sent again",
            format!("repeats message {first}{}", frame_of(first)),
            Some("no answer (or no ACK) came in time"),
        );
    } else {
        fact(
            "sent again",
            "no, the first of its kind on this hop".to_owned(),
            None,
        );
    }
    if let Some(first) = message.capture_duplicate_of {
        fact(
            "capture copy",
            format!("the capture holds message {first} twice"),
            None,
        );
    }
    if let Some(t) = message.transaction.and_then(|id| {
        // In order of id.
        let at = report.transactions.binary_search_by_key(&id, |t| t.id);
        report.transactions.get(at.ok()?)
    }) {
        let status = match t.final_status {
            Some(s) => format!("final response {s}"),
            // RFC 3261 §13.2.2.4, §17.1.1.3.
            None if t.method == "ACK" => "an ACK is never answered".to_owned(),
            None => "no final response".to_owned(),
        };
        fact(
            "transaction",
            format!("{} {} ({}), {status}", t.id, t.method, t.state),
            Some("request and its responses on one hop"),
        );
    }
    if let Some(id) = message.dialog {
        fact(
            "dialog",
            id.to_string(),
            Some("Call-ID, From tag and To tag"),
        );
    }
    if let Some(id) = message.call {
        fact("call", id.to_string(), None);
    }
    if let Some(id) = message.registration {
        fact("registration", id.to_string(), None);
    }
    if message.frames.len() > 1 {
        let frames: Vec<String> = message.frames.iter().map(|f| format!("#{f}")).collect();
        fact(
            "packets",
            frames.join(" "),
            Some("the message came in several packets"),
        );
    }
    for w in &message.warnings {
        let source = w
            .source
            .as_deref()
            .map(|s| format!(" ({s})"))
            .unwrap_or_default();
        fact("warning", format!("{}{source}", w.text), None);
    }
    out
}

/// ` in #9` where the report holds the message.
fn report_frame(report: &Report, id: u32) -> String {
    report
        .messages
        .iter()
        .find(|m| m.id == id)
        .map(|m| format!(" in #{}", m.frame))
        .unwrap_or_default()
}
