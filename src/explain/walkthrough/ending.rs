//! The figures of the media, and what a capture does not tell.

use super::{Lesson, Material};
use crate::explain::media::codec_of;
use crate::explain::text::{Piece, Text, text};
use crate::explain::words::{counted, duration, listed, number};
use crate::explain::{FrameName, cut};
use crate::report::model::{Call, Message, MessageKind, Stream};
use crate::types::MediaKind;

/// Streams whose figures are told one by one.
const MOST: usize = 8;

/// The figures of the streams of a call, in a sentence each. `None` where there is none.
pub(super) fn figures(material: &Material<'_>, call: &Call) -> Option<Text> {
    let streams = material.lookup.streams_of_call(call.id);
    let mut told = Text::default();
    for s in streams.iter().take(MOST) {
        told.push(of_stream(s));
    }
    let left = streams.len().saturating_sub(MOST) as u64;
    if left > 0 {
        let more = counted(left, "more stream is", "more streams are");
        told.push(format!(" {more} in the capture: sipflow streams FILE."));
    }
    told.name_files(&material.lookup.files);
    (!told.is_empty()).then_some(told)
}

fn of_stream(s: &Stream) -> Text {
    let first = Piece::Frame(FrameName::new(s.first_frame, s.source));
    let mut parts = Vec::new();
    let ptime = s.ptime_ms.filter(|_| s.kind == Some(MediaKind::Audio));
    if let Some(ptime) = ptime.filter(|ptime| fits(s, *ptime)) {
        parts.push(format!("{} ms of sound in each packet", trimmed(ptime)));
    }
    if let Some(jitter) = s.jitter_mean_ms {
        let jitter = number(Some(jitter), 1);
        parts.push(format!("a jitter of {jitter} ms on average"));
    }
    if let Some(mos) = s.quality.mos.filter(|_| ptime.is_none_or(|p| fits(s, p))) {
        let mos = number(Some(mos), 1);
        parts.push(format!("an estimated quality of {mos} (MOS)"));
    }
    let has = match parts.is_empty() {
        true => String::new(),
        false => format!(" It has {}.", listed(&parts)),
    };
    let ends = format!(
        " The {} stream from {} to {} begins in ",
        codec_of(s),
        s.src,
        s.dst
    );
    let lasts = match s.packets {
        1 => ", its only packet here.".to_owned(),
        _ => format!(
            "; its last packet comes {} later.{has}",
            duration(s.duration_s)
        ),
    };
    text![ends, first, lasts]
}

/// True unless the octets of the packets hold another time of sound than `ptime_ms`, of a codec with a fixed rate.
fn fits(s: &Stream, ptime_ms: f64) -> bool {
    // Octets in a millisecond (RFC 3551 §4.5); the step of the timestamp alone shows no sound.
    let rate = match codec_of(s).to_ascii_uppercase().as_str() {
        "PCMU" | "PCMA" | "G722" => 8.0,
        "G729" => 1.0,
        _ => return true,
    };
    if s.packets == 0 || s.encrypted {
        return true;
    }
    // The header has 12 octets (RFC 3550 §5.1). Events and noise beside the codec are short.
    let each = (s.bytes as f64 / s.packets as f64 - 12.0) / rate;
    (each / ptime_ms - 1.0).abs() < 0.25
}

fn trimmed(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").unwrap_or(&text).to_owned()
}

/// What the capture does not show of a call.
pub(super) fn unknown_of_call(material: &Material<'_>, call: &Call, lesson: &mut Lesson) {
    let lookup = material.lookup;
    let streams = lookup.streams_of_call(call.id);
    let mut say = |text: &str| lesson.unknown.push(text.to_owned());
    if !call.caller_known {
        say("The INVITE that began the call is not in the capture, so who called is not known.");
    }
    let messages = lookup.messages(&call.messages);
    if messages.iter().any(|m| cut::is_cut(m)) {
        say("Some messages are cut in the capture. What stood in the missing parts is not known.");
    }
    let refused = messages
        .iter()
        .filter(|m| m.method.as_deref() == Some("INVITE") && m.status.is_some_and(|s| s >= 300));
    let is_confirmed = |r: &Message| {
        messages.iter().any(|m| {
            m.kind == MessageKind::Request
                && m.method.as_deref() == Some("ACK")
                && (&m.call_id, m.cseq) == (&r.call_id, r.cseq)
        })
    };
    if let Some(r) = refused.filter(|m| !is_confirmed(m)).next_back() {
        say(&format!(
            "No ACK of the {} ({}) is in the capture. Whether one was sent cannot be said.",
            r.status.unwrap_or_default(),
            lookup.frame_name(r.source, r.frame)
        ));
    }
    let agreed = call.media.iter().any(|m| m.streams.is_empty());
    if call.answer_time.is_some() && streams.is_empty() && agreed {
        say(
            "No RTP of the call is in the capture. Sound may have gone another way, or the capture may have left it out.",
        );
    }
    if streams.iter().any(|s| s.encrypted) {
        say(
            "The media is encrypted. Its packets can be counted, but what was said cannot be heard here.",
        );
    }
    if call.answer_time.is_some() && call.end_time.is_none() {
        say("No BYE is in the capture. The call may have gone on after its end.");
    }
}
