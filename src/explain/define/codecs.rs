//! Payload formats and payload types, of the registry of codecs.

use super::{Entry, Fact, fact};
use crate::media::bandwidth_calc::SPOKEN;
use crate::types::codec::{self, CODECS, Codec};
use crate::types::{PayloadType, TermGroup};

/// Encoding name, what it is, source.
#[rustfmt::skip]
const MORE: &[(&str, &str, &str)] = &[
    ("PCMU", "G.711 with µ-law, 64 kbit/s: the sound of telephone networks in North America and Japan.", "RFC 3551 §4.5.14"),
    ("PCMA", "G.711 with A-law, 64 kbit/s: the sound of telephone networks in most of the world.", "RFC 3551 §4.5.14"),
    ("telephone-event", "Key presses (DTMF) by name, in RTP beside the sound.", "RFC 4733"),
    ("G722", "Wideband sound, 64 kbit/s. It is sampled at 16 kHz, but its RTP clock is 8000 by an old error.", "RFC 3551 §4.5.2"),
    ("G729", "Speech at 8 kbit/s.", "RFC 3551 §4.5.6"),
    ("opus", "Sound of any width, from 6 to 510 kbit/s, that the encoder adapts.", "RFC 7587"),
    ("CN", "Comfort noise: how the background sounds while nobody talks.", "RFC 3389"),
    ("GSM", "GSM full rate: speech at 13 kbit/s.", "RFC 3551 §4.5.8"),
    ("iLBC", "Speech at 13.33 or 15.2 kbit/s that bears loss well.", "RFC 3952"),
    ("speex", "Speech, narrow or wide, at many rates; Opus has replaced it.", "RFC 5574"),
    ("AMR", "Speech of mobile phones, 4.75 to 12.2 kbit/s.", "RFC 4867"),
    ("AMR-WB", "Wideband speech of mobile phones (G.722.2), 6.6 to 23.85 kbit/s.", "RFC 4867"),
    ("EVS", "Speech and sound of newer mobile phones, 5.9 to 128 kbit/s.", "3GPP TS 26.445"),
    ("G723", "Speech at 5.3 or 6.3 kbit/s (G.723.1).", "RFC 3551 §4.5.3"),
    ("G726-32", "Speech at 32 kbit/s.", "RFC 3551 §4.5.4"),
    ("G726-40", "Speech at 40 kbit/s.", "RFC 3551 §4.5.4"),
    ("G726-24", "Speech at 24 kbit/s.", "RFC 3551 §4.5.4"),
    ("G726-16", "Speech at 16 kbit/s.", "RFC 3551 §4.5.4"),
    ("G728", "Speech at 16 kbit/s with little delay.", "RFC 3551 §4.5.5"),
    ("GSM-EFR", "GSM enhanced full rate: speech at 12.2 kbit/s.", "RFC 3551 §4.5.9"),
    ("GSM-HR-08", "GSM half rate: speech at 5.6 kbit/s.", "RFC 5993"),
    ("L16", "Samples of 16 bits as they are.", "RFC 3551 §4.5.11"),
    ("L8", "Samples of 8 bits as they are.", "RFC 3551 §4.5.10"),
    ("DVI4", "An old codec with 4 bits a sample.", "RFC 3551 §4.5.1"),
    ("LPC", "An old experimental codec for speech.", "RFC 3551 §4.5.12"),
    ("QCELP", "Speech of older mobile phones (PureVoice).", "RFC 2658"),
    ("MPA", "MPEG-1 or MPEG-2 audio.", "RFC 2250"),
    ("AMR-WB+", "AMR-WB with more width, for music too.", "RFC 4352"),
    ("BV16", "BroadVoice: speech at 16 kbit/s.", "RFC 4298"),
    ("BV32", "BroadVoice: wideband speech at 32 kbit/s.", "RFC 4298"),
    ("CLEARMODE", "A 64 kbit/s channel of a telephone network, bit by bit.", "RFC 4040"),
    ("EVRC", "Speech of older mobile phones.", "RFC 3558"),
    ("G719", "Sound of full width, 32 to 128 kbit/s.", "RFC 5404"),
    ("mpeg4-generic", "MPEG-4 sound (AAC) and other streams.", "RFC 3640"),
    ("MP4A-LATM", "MPEG-4 sound (AAC).", "RFC 6416"),
    ("H264", "Video, the one most devices have.", "RFC 6184"),
    ("H265", "Video, with about half the bit rate of H.264.", "RFC 7798"),
    ("H266", "Video, the successor of H.265.", "RFC 9328"),
    ("H263", "Video of older devices.", "RFC 2190"),
    ("H263-1998", "Video of older devices, H.263+.", "RFC 4629"),
    ("H263-2000", "Video of older devices, H.263++.", "RFC 4629"),
    ("H261", "Video of the first conference systems.", "RFC 4587"),
    ("H264-SVC", "H.264 in layers of quality.", "RFC 6190"),
    ("VP8", "Video of browsers.", "RFC 7741"),
    ("VP9", "Video of browsers, the successor of VP8.", "RFC 9628"),
    ("JPEG", "Pictures one by one.", "RFC 2435"),
    ("CelB", "An old video codec.", "RFC 2029"),
    ("nv", "An old video codec.", "RFC 3551 §5"),
    ("MPV", "MPEG-1 or MPEG-2 video.", "RFC 2250"),
    ("MP2T", "An MPEG-2 transport stream, sound and pictures together.", "RFC 2250"),
    ("MP4V-ES", "MPEG-4 video.", "RFC 6416"),
    ("t140", "Text, letter by letter as it is typed.", "RFC 4103"),
    ("tone", "Tones by frequency and level.", "RFC 4733 §4"),
    ("red", "Redundant data: each packet repeats what earlier ones held.", "RFC 2198"),
    ("rtx", "Packets sent again because the receiver missed them.", "RFC 4588"),
    ("ulpfec", "Parity from which lost packets are worked out.", "RFC 5109"),
    ("flexfec", "Parity from which lost packets are worked out.", "RFC 8627"),
    ("parityfec", "Parity from which lost packets are worked out.", "RFC 3009"),
];

pub(super) fn entries() -> impl Iterator<Item = Entry> {
    CODECS.iter().map(|codec| {
        let more = MORE.iter().find(|(name, ..)| *name == codec.name);
        let (meaning, source) = more.map_or(
            (
                "A payload format, known by name only.",
                "IANA, RTP payload format media types",
            ),
            |(_, meaning, source)| (*meaning, *source),
        );
        Entry {
            also: also(codec).map(Into::into).collect(),
            facts: facts(codec),
            example: Some(example(codec).into()),
            keys: spoken(codec),
            ..Entry::new(TermGroup::Codec, codec.name, meaning, source)
        }
    })
}

/// The same bits in the other order, which is a payload format of its own (RFC 3551 §4.5.4).
fn other_order(codec: &Codec) -> Option<&'static str> {
    let mut aliases = codec.aliases.iter();
    aliases.find(|a| a.starts_with("AAL2-")).copied()
}

/// Other names of the very same: neither a format with another order of bits, nor the name of a family.
fn also(codec: &Codec) -> impl Iterator<Item = &'static str> {
    let other = other_order(codec);
    let aliases = codec.aliases.iter().copied();
    aliases.filter(move |a| Some(*a) != other && *a != "G711")
}

/// What else people call it.
fn spoken(codec: &Codec) -> Vec<String> {
    let rates = codec.rates.iter();
    let rates = rates.flat_map(|rate| [rate.name].into_iter().chain(rate.aliases.iter().copied()));
    let names = SPOKEN.iter().filter(|(_, name)| *name == codec.name);
    rates
        .chain(other_order(codec))
        .chain(names.map(|(spoken, _)| *spoken))
        .map(str::to_owned)
        .collect()
}

fn facts(codec: &Codec) -> Vec<Fact> {
    let mut facts = vec![fact("media", codec.kind.as_str())];
    let fixed: Vec<String> = codec
        .fixed
        .iter()
        .map(|f| format!("{} ({} Hz)", f.payload_type, f.clock_hz))
        .collect();
    facts.push(match fixed.is_empty() {
        true => fact("payload type", "dynamic, 96 to 127: named by a=rtpmap"),
        false => fact("payload type", fixed.join(", ")),
    });
    facts.extend(other_order(codec).map(|name| {
        let text = format!(
            "{name} is the same codec with the bits of each octet filled from the other end: a payload format of its own. \
             Who reads one as the other hears noise."
        );
        fact("bit order", text)
    }));
    let rates: Vec<String> = codec
        .rates
        .iter()
        .map(|r| {
            format!(
                "{} kbit/s ({} octets every {} ms)",
                short(r.frame_octets * 8.0 / r.frame_ms),
                short(r.frame_octets),
                short(r.frame_ms)
            )
        })
        .collect();
    if !rates.is_empty() {
        facts.push(fact("rate", rates.join(", ")));
        facts.push(fact(
            "bandwidth",
            format!("sipflow bandwidth --codec {}", codec.name),
        ));
    }
    facts
}

/// At most two digits after the point.
fn short(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn example(codec: &Codec) -> String {
    match codec.fixed.first() {
        Some(f) => format!("m={} 49170 RTP/AVP {}", codec.kind, f.payload_type),
        None => format!("a=rtpmap:96 {}/(clock rate)", codec.name),
    }
}

/// Numbers that no codec has (RFC 3551 §6, RFC 5761 §4).
#[rustfmt::skip]
const RANGES: &[(u8, u8, &str, &str)] = &[
    (1, 2, "reserved", "Reserved; no codec has it any more."),
    (19, 19, "reserved", "Reserved; older comfort noise used it."),
    (20, 24, "unassigned", "No codec has it."),
    (27, 27, "unassigned", "No codec has it."),
    (29, 30, "unassigned", "No codec has it."),
    (35, 63, "unassigned", "No codec has it; it may be used as a dynamic one where 96 to 127 are used up."),
    (64, 95, "not for RTP", "Would look like RTCP, whose packet types have the same octet (192 to 223); not to be used where both share a port."),
    (96, 127, "dynamic", "Means what a=rtpmap of this session says, and nothing by itself."),
];

/// The static types one by one, and the others by ranges.
pub(super) fn payload_types() -> Vec<Entry> {
    let mut entries: Vec<(u8, Entry)> = Vec::new();
    for number in 0..=127u8 {
        let fixed = PayloadType::new(number).and_then(codec::fixed);
        let Some((codec, fixed)) = fixed else {
            continue;
        };
        let channels = fixed.channels.filter(|n| *n > 1);
        let channels = channels.map_or(String::new(), |n| format!(" and {n} channels"));
        let meaning = format!(
            "Static: {} with an RTP clock of {} Hz{channels}; needs no a=rtpmap.",
            codec.name, fixed.clock_hz
        );
        let entry = Entry {
            title: Some(codec.name.into()),
            facts: vec![fact("media", codec.kind.as_str())],
            example: Some(format!("m={} 49170 RTP/AVP {number}", codec.kind).into()),
            keys: keys(number),
            ..Entry::new(
                TermGroup::PayloadType,
                format!("PT {number}"),
                meaning,
                "RFC 3551 §6",
            )
        };
        entries.push((number, entry));
    }
    for (first, last, title, meaning) in RANGES {
        let name = match first == last {
            true => format!("PT {first}"),
            false => format!("PT {first}-{last}"),
        };
        let source = match title {
            &"not for RTP" => "RFC 5761 §4",
            _ if *first == 35 => "RFC 5761 §4",
            _ => "RFC 3551 §6",
        };
        let entry = Entry {
            title: Some((*title).into()),
            example: (*title == "dynamic").then(|| "a=rtpmap:101 telephone-event/8000".into()),
            keys: (*first..=*last).flat_map(keys).collect(),
            ..Entry::new(TermGroup::PayloadType, name, *meaning, source)
        };
        entries.push((*first, entry));
    }
    entries.sort_by_key(|(first, _)| *first);
    entries.into_iter().map(|(_, entry)| entry).collect()
}

fn keys(number: u8) -> Vec<String> {
    vec![
        number.to_string(),
        format!("pt {number}"),
        format!("payload type {number}"),
        format!("payload {number}"),
    ]
}
