//! One message taken apart: every header with its meaning, every SDP line, and the facts that follow
//! from the rest of the capture.

use super::Lookup;
use super::header;
use super::lesson::{Around, BodyLine, Lesson, acknowledged, lesson, lines};
use super::timers;
use super::words::clean;
use crate::report::model::Message;
use crate::sip::{self, Framing, HeaderName, StartLine, method, status};
use crate::types::StatusCode;

/// A name, a value, and what it means. All of it is safe to show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Described {
    /// The header's name as sent, or the fact's; empty where there is none.
    pub name: String,
    /// Its value, unfolded.
    pub value: String,
    /// In plain words; `None` where nothing needs saying.
    pub meaning: Option<String>,
}

impl Described {
    /// Of texts as they came.
    pub fn new(name: &str, value: &str, meaning: Option<&str>) -> Described {
        Described {
            name: clean(name),
            value: clean(value),
            meaning: meaning.map(clean),
        }
    }
}

/// A message taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Description {
    /// The first line as sent; without a name.
    pub start_line: Described,
    /// Header fields in order.
    pub headers: Vec<Described>,
    /// Lines of a textual body, with their octets.
    pub body: Vec<BodyLine>,
    /// What its way and the others of its Call-ID teach.
    pub lesson: Lesson,
    /// What was worked out.
    pub facts: Vec<Described>,
    /// The arithmetic of its credentials, where it was asked for ([`super::digest_work`]).
    pub work: Vec<Described>,
    /// What is wrong with the message, by header.
    pub flaws: Vec<Described>,
}

/// The Info column of a message, as Wireshark words it; `-` where the bytes are no message.
pub fn info_line(text: &[u8]) -> String {
    sip::parse_message(text, Framing::Truncated)
        .map_or_else(|| "-".to_owned(), |m| clean(&m.info_line()))
}

/// Takes a message apart. Of bytes that are no message only the flaws are told.
pub fn describe(lookup: &Lookup<'_>, message: &Message, text: &[u8]) -> Description {
    let flaws = message.warnings.iter().map(|w| {
        let name = w.header.as_deref().unwrap_or_default();
        Described::new(name, &flaw(w), None)
    });
    let mut description = Description {
        flaws: flaws.collect(),
        ..Description::default()
    };
    if let Some(parsed) = sip::parse_message(text, Framing::Truncated) {
        let headers = parsed.headers.iter().map(|h| {
            let meaning = header::meaning(&parsed, h.name, &h.text());
            let meaning = spelling(h.name, h.raw_name, meaning);
            Described::new(&lossy(h.raw_name), &lossy(&h.text()), meaning.as_deref())
        });
        description.start_line = start(&parsed, second_challenge(lookup, message, &parsed));
        description.headers = headers.collect();
        description.body = body(&parsed);
        description.facts = facts(lookup, message, &parsed);
        description.lesson = lesson(lookup, message);
    }
    description
}

/// The meaning of a header, with what its spelling is where that is not the usual one.
fn spelling(name: HeaderName, raw: &[u8], meaning: Option<&str>) -> Option<String> {
    let Some(entry) = name.entry() else {
        let words = "Not among the headers sipflow knows (IANA's registry and what is met in the wild): an own \
                     header of some device, or one misspelt. Who does not know a header passes it over \
                     (RFC 3261 §8.2.2).";
        return Some(words.to_owned());
    };
    match raw.len() == 1 && entry.compact.is_some() {
        true => Some(format!(
            "The compact form of {}. {}",
            entry.name,
            meaning.unwrap_or_default()
        )),
        false => meaning.map(str::to_owned),
    }
}

/// A flaw and the rule it breaks.
fn flaw(w: &crate::report::model::Warning) -> String {
    let source = w.source.as_deref();
    format!(
        "{}{}",
        w.text,
        source.map_or(String::new(), |s| format!(" ({s})"))
    )
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Of a 401 or 407 to a request that had credentials already.
fn second_challenge(
    lookup: &Lookup<'_>,
    message: &Message,
    m: &sip::Message<'_>,
) -> Option<&'static str> {
    if !matches!(message.status, Some(401 | 407)) {
        return None;
    }
    let transaction = lookup.transaction(message.transaction?)?;
    let mut of_it = lookup.messages(&transaction.messages).into_iter();
    let request = of_it.find(|r| r.kind == crate::report::model::MessageKind::Request)?;
    request.has_credentials.then(|| match m.challenges().any(|c| c.stale) {
        true => "The request had credentials, made with a nonce that is too old (stale); the password may be right. Ask again with the new nonce.",
        false => super::digest::refused(Some(request)),
    })
}

fn start(m: &sip::Message<'_>, decided: Option<&str>) -> Described {
    let line = m.raw.split(|&b| b == b'\n').next().unwrap_or_default();
    let line = lossy(line);
    let meaning = match &m.start {
        StartLine::Request { method, .. } => method::meaning(method).map(|e| e.meaning.to_owned()),
        StartLine::Response { status, reason, .. } => status.map(|s| response_meaning(s, reason)),
    };
    Described::new("", line.trim_end(), decided.or(meaning.as_deref()))
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

fn body(m: &sip::Message<'_>) -> Vec<BodyLine> {
    let is_sdp = m.sdp().is_some_and(|s| s.as_ref() == m.body);
    lines(m.body, |line| match line.split_once('=') {
        Some((kind, value)) if is_sdp => {
            let meaning = crate::sdp::line_meaning(kind, value);
            Described::new(&format!("{kind}="), value, meaning.as_deref())
        }
        _ => Described::new("", line, None),
    })
}

fn facts(lookup: &Lookup<'_>, message: &Message, m: &sip::Message<'_>) -> Vec<Described> {
    let mut out = Vec::new();
    let mut fact = |name: &str, value: String, meaning: Option<&str>| {
        out.push(Described::new(name, &value, meaning));
    };
    let said = m.header(HeaderName::ContentLength).map(|v| lossy(&v));
    let counted = m.body.len();
    match said {
        Some(said) if said.trim().parse() == Ok(counted) => {
            fact(
                "body length",
                format!(
                    "{counted} octets counted, {} announced: they agree",
                    said.trim()
                ),
                None,
            );
        }
        Some(said) => fact(
            "body length",
            format!(
                "{counted} octets counted, {} announced: they differ",
                said.trim()
            ),
            Some("the receiver takes the announced number (RFC 3261 §18.3)"),
        ),
        None => fact(
            "body length",
            format!("{counted} octets counted, no Content-Length"),
            None,
        ),
    }
    if let (Some(frame), Some(ms)) = (message.request_frame, message.response_time_ms) {
        fact(
            "answers",
            format!(
                "the request in {}",
                lookup.frame_name(message.source, frame)
            ),
            None,
        );
        fact(
            "response time",
            format!("{ms} ms after it"),
            Some("from the first copy of the request on this hop"),
        );
    }
    let transaction = message.transaction.and_then(|id| lookup.transaction(id));
    let row = transaction.and_then(|t| timers::row_of(t, message.id));
    out.extend(acknowledged(&Around::of(lookup, message)));
    let mut fact = |name: &str, value: String, meaning: Option<&str>| {
        out.push(Described::new(name, &value, meaning));
    };
    if let Some(first) = message.retransmission_of {
        let frame = lookup
            .message(first)
            .map(|m| format!(": it repeats {}", lookup.frame_name(m.source, m.frame)));
        fact(
            "sent again",
            format!("yes{}", frame.unwrap_or_default()),
            match row.is_some_and(|r| r.timer.is_none()) {
                true => None,
                false => Some("no answer (or no ACK) came in time"),
            },
        );
    } else {
        fact(
            "sent again",
            "no, the first of its kind on this hop".to_owned(),
            None,
        );
    }
    if let Some(row) = row {
        let words = timers::words(row);
        let told = match row.copy {
            Some(_) => format!("{}, {words}", timers::nth(row)),
            None => words,
        };
        fact("timer", told, Some(timers::clause(row)));
    }
    let ends = transaction.into_iter().flat_map(|t| &t.timers);
    for row in ends.filter(|row| row.message.is_none()) {
        fact("timer", timers::words(row), Some(timers::clause(row)));
    }
    if let Some(first) = message.capture_duplicate_of {
        fact(
            "capture copy",
            match lookup.message(first) {
                Some(m) => format!(
                    "the same packet as {}",
                    lookup.frame_name(m.source, m.frame)
                ),
                None => "the capture holds this packet twice".to_owned(),
            },
            None,
        );
    }
    if let Some(t) = message.transaction.and_then(|id| lookup.transaction(id)) {
        let status = match t.final_status {
            Some(s) => {
                let answers = lookup.messages(&t.messages);
                let answer = answers.iter().find(|m| m.status == Some(s));
                let frame = answer.map(|m| format!(" in {}", lookup.frame_name(m.source, m.frame)));
                format!("final response {s}{}", frame.unwrap_or_default())
            }
            // RFC 3261 §13.2.2.4, §17.1.1.3.
            None if t.method == "ACK" => "an ACK is never answered".to_owned(),
            None => "no final response".to_owned(),
        };
        let all = lookup.messages(&t.messages);
        let is_request = |m: &&Message| m.kind == crate::report::model::MessageKind::Request;
        let is_stray = all.len() == t.messages.len() && !all.iter().any(is_request);
        let stray = match is_stray && !all.is_empty() {
            true => "; its request did not pass here",
            false => "",
        };
        let branch = t.branch.as_deref().unwrap_or_default();
        let cookie = branch.get(..7).unwrap_or_default();
        let is_old = !cookie.eq_ignore_ascii_case("z9hG4bK");
        fact(
            "transaction",
            format!("{} ({}), {status}{stray}", t.method, t.state),
            Some(match is_old {
                true => {
                    "request and its responses on one hop; without a branch that begins with z9hG4bK they are matched by Call-ID, CSeq, From tag and Via (RFC 3261 §17.2.3)"
                }
                false => "request and its responses on one hop",
            }),
        );
    }
    if message.dialog.is_some() {
        let tag = |party: &Option<crate::report::model::PartyRef>| {
            let tag = party.as_ref().and_then(|p| p.tag.clone());
            tag.unwrap_or_else(|| "none yet".to_owned())
        };
        fact(
            "dialog",
            format!(
                "From tag {}, To tag {}",
                tag(&message.from),
                tag(&message.to)
            ),
            Some("with the Call-ID they name it"),
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
    out.extend(super::digest::facts(message));
    let mut fact = |name: &str, value: String, meaning: Option<&str>| {
        out.push(Described::new(name, &value, meaning));
    };
    for w in &message.warnings {
        fact("warning", flaw(w), None);
    }
    out
}
