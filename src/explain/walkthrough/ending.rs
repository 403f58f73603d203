//! The figures of the media, and what a capture does not tell.

use super::{Lesson, Material};
use crate::call::EventKind;
use crate::explain::media::codec_of;
use crate::explain::text::{Piece, Text, text};
use crate::explain::words::{counted, duration, listed, number};
use crate::explain::{FrameName, cut};
use crate::report::model::{Call, Message, MessageKind, Stream, Timestamp};
use crate::types::MediaKind;

/// Seconds without packets that are worth a word.
const LEAST_SILENCE_S: f64 = 0.4;
/// Seconds between the last packet and the end of the call that are.
const LEAST_REST_S: f64 = 1.0;
/// Streams whose figures are told one by one.
const MOST: usize = 8;

/// The figures of the streams of a call, in a sentence each. `None` where there is none.
pub(super) fn figures(material: &Material<'_>, call: &Call) -> Option<Text> {
    let streams = material.lookup.streams_of_call(call.id);
    let mut told = Text::default();
    for s in streams.iter().take(MOST) {
        told.push(of_stream(s, streams, call));
    }
    let left = streams.len().saturating_sub(MOST) as u64;
    if left > 0 {
        let more = counted(left, "more stream is", "more streams are");
        told.push(format!(" {more} in the capture: sipflow streams FILE."));
    }
    told.name_files(&material.lookup.files);
    (!told.is_empty()).then_some(told)
}

fn of_stream(s: &Stream, all: &[&Stream], call: &Call) -> Text {
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
    text![
        ends,
        first,
        lasts,
        unsent(s, call),
        before_the_end(s, all, call)
    ]
}

/// Why there are fewer packets than the time has room for: so a reader does not take them for lost.
fn unsent(s: &Stream, call: &Call) -> Option<String> {
    let of_each = s.ptime_ms? / 1e3;
    let own = s.packets.saturating_sub(s.duplicates) as f64;
    let silent = s.duration_s - own * of_each;
    let is_whole = s.lost == 0 && s.sequence_restarts == 0;
    if !is_whole || s.kind != Some(MediaKind::Audio) || silent < LEAST_SILENCE_S {
        return None;
    }
    let mut told = format!(
        " For about {silent:.1} s of this time it has no packets, and none of its numbers is missing: nothing was sent then."
    );
    let held = held(s, call);
    if !held.is_empty() {
        told.push_str(&format!(" The call was on hold {}.", listed(&held)));
    }
    let noise = s.pauses.comfort_noise_packets;
    if noise > 0 {
        let noise = counted(noise, "packet describes", "packets describe");
        told.push_str(&format!(
            " In the pauses {noise} the noise (CN) to be played."
        ));
    }
    Some(told)
}

/// `from 5.0 s to 8.1 s`: when the call was on hold while the stream ran, from the begin of the call.
fn held(s: &Stream, call: &Call) -> Vec<String> {
    let since = |t: Timestamp| (t.0 - call.start_time.0).as_secs_f64();
    let mut held = Vec::new();
    let mut begin = None;
    // Each side ends its own hold.
    let mut sides = 0u32;
    for event in &call.events {
        match event.kind {
            EventKind::Hold => {
                begin = begin.or(Some(event.time));
                sides = sides.saturating_add(1);
            }
            EventKind::Resume => {
                sides = sides.saturating_sub(1);
                if sides == 0
                    && let Some(from) = begin.take()
                    && from < s.last_time
                    && event.time > s.first_time
                {
                    let (from, to) = (since(from), since(event.time));
                    held.push(format!("from {from:.1} s to {to:.1} s"));
                }
            }
            _ => {}
        }
    }
    held.truncate(MOST);
    held
}

/// Said where it ends well before the call does.
fn before_the_end(s: &Stream, all: &[&Stream], call: &Call) -> Option<String> {
    let goes_on = |o: &&&Stream| (o.from, o.kind) == (s.from, s.kind) && o.last_time > s.last_time;
    if s.from.is_none() || all.iter().any(|o| goes_on(&o)) {
        return None;
    }
    let end = call.end_time.filter(|end| *end > s.last_time)?;
    let left = (end.0 - s.last_time.0).as_secs_f64();
    (left >= LEAST_REST_S).then(|| {
        format!(" Its last packet in the capture comes {left:.1} s before the end of the call.")
    })
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
    let mut refused = messages
        .iter()
        .filter(|m| m.method.as_deref() == Some("INVITE") && m.status.is_some_and(|s| s >= 300));
    let is_confirmed = |r: &Message| {
        messages.iter().any(|m| {
            m.kind == MessageKind::Request
                && m.method.as_deref() == Some("ACK")
                && (&m.call_id, m.cseq) == (&r.call_id, r.cseq)
        })
    };
    if let Some(r) = refused.rfind(|m| !is_confirmed(m)) {
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
