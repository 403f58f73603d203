//! Telephone-events: keys and the tones of fax machines, by their numbers in RTP.

use super::{Entry, fact};
use crate::media::tones_of;
use crate::rtp::telephone_event::event_name;
use crate::types::TermGroup;

/// The keys.
const KEYS: std::ops::RangeInclusive<u8> = 0..=15;

/// Number, short name, meaning, source.
#[rustfmt::skip]
const OTHERS: &[(u8, &str, &str, &str)] = &[
    (16, "flash", "The hook was pressed for a moment (hook flash). RFC 4733 keeps the number free; devices still use it.", "RFC 2833 §3.10"),
    (32, "ANS", "A fax machine or modem answers: 2100 Hz.", "RFC 4734"),
    (33, "/ANS", "The same with a change of phase, which switches echo cancellers off.", "RFC 4734"),
    (34, "ANSam", "A faster modem answers: 2100 Hz, going up and down 15 times a second.", "RFC 4734"),
    (35, "/ANSam", "The same with a change of phase.", "RFC 4734"),
    (36, "CNG", "A fax machine calls: 1100 Hz for half a second, every 3.5 s.", "RFC 4734"),
];

pub(super) fn entries() -> impl Iterator<Item = Entry> {
    let keys = KEYS.map(|event| {
        let key = event_name(event);
        let tones = key.bytes().next().and_then(tones_of);
        let tones = tones.map(|(row, column)| fact("tones", format!("{row} Hz and {column} Hz")));
        Entry {
            title: Some(format!("key {key}").into()),
            facts: tones.into_iter().collect(),
            example: Some(payload(event).into()),
            keys: vec![
                event.to_string(),
                key.clone(),
                format!("dtmf {key}"),
                format!("digit {key}"),
                format!("telephone-event {event}"),
            ],
            ..Entry::new(
                TermGroup::Event,
                format!("event {event}"),
                format!("The key {key} of the phone was pressed (DTMF)."),
                "RFC 4733 §3.2",
            )
        }
    });
    let others = OTHERS.iter().map(|(event, name, meaning, source)| Entry {
        title: Some((*name).into()),
        example: Some(payload(*event).into()),
        keys: vec![event.to_string(), format!("telephone-event {event}")],
        ..Entry::new(
            TermGroup::Event,
            format!("event {event}"),
            *meaning,
            *source,
        )
    });
    keys.chain(others)
}

/// The last packet of a press of 100 ms: number, end and level, duration in 1/8000 s (RFC 4733 §2.3).
fn payload(event: u8) -> String {
    format!(
        "payload {event:02x} 8a 03 20: event {event}, its end (80), level -10 dBm0, 800/8000 s = 100 ms"
    )
}
