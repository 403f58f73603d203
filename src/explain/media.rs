//! What is said of a stream wherever it is named: its codecs, its loss, how well it sounded.

use super::Ink;
use super::words::{clean, number};
use crate::media::QualityModel;
use crate::report::model::Stream;
use crate::types::QualityScale;
use crate::types::codec::Role;

/// The codecs a stream carried, without digits and comfort noise: `PCMU`, `PCMU+PCMA`, `PT 96`.
pub(crate) fn codec_of(stream: &Stream) -> String {
    let mut names: Vec<String> = Vec::new();
    for p in &stream.payloads {
        let name = match &p.codec {
            Some(codec) if is_side_codec(codec) && stream.payloads.len() > 1 => continue,
            None if p.keepalive && stream.payloads.len() > 1 => continue,
            Some(codec) => clean(codec),
            None => format!("PT {}", p.payload_type),
        };
        if !names.contains(&name) {
            names.push(name);
        }
    }
    if names.is_empty() {
        "-".into()
    } else {
        names.join("+")
    }
}

/// The same, and that it is encrypted: its codec is then what the description says, and its MOS rests on that.
pub(crate) fn codec_and_srtp(stream: &Stream) -> String {
    let codec = codec_of(stream);
    match stream.encrypted {
        true => format!("{codec} (SRTP)"),
        false => codec,
    }
}

/// What empty packets that keep a NAT open are called.
pub(crate) const KEEPALIVES: &str = "empty keepalives";

/// What a stream carried beside its codecs, with how many packets: digits, comfort noise, empty keepalives.
pub(crate) fn beside(stream: &Stream) -> Vec<(String, u64)> {
    let of_its_own = stream.payloads.len() > 1;
    let payloads = stream.payloads.iter().filter(|_| of_its_own);
    payloads
        .filter_map(|p| match &p.codec {
            Some(codec) if is_side_codec(codec) => Some((clean(codec), p.packets)),
            None if p.keepalive => Some((KEEPALIVES.to_owned(), p.packets)),
            _ => None,
        })
        .collect()
}

/// True for formats that accompany a codec: digits, comfort noise, redundancy.
pub(crate) fn is_side_codec(codec: &str) -> bool {
    Role::of_codec(codec).is_auxiliary()
}

/// A loss in one run of some length: an interruption, not a bad line.
pub(crate) fn in_one_gap(s: &Stream) -> bool {
    const LONG: u64 = 50;
    s.lost > LONG && s.max_lost_burst == s.lost
}

/// Behind every score of the wideband scale.
pub(crate) const WIDEBAND_MARK: &str = "wb";

/// The score, and which scale it is of where that is not telephone speech: `4.4`, `4.3wb`, `-`.
pub(crate) fn mos_text(s: &Stream) -> String {
    let decimals = match s.quality.model {
        // What courses give has two.
        Some(QualityModel::Classroom) => 2,
        _ => 1,
    };
    let mos = number(s.quality.mos, decimals);
    match (s.quality.mos, s.quality.scale) {
        (Some(_), Some(QualityScale::Wideband)) => format!("{mos}{WIDEBAND_MARK}"),
        _ => mos,
    }
}

/// What the scores of these streams have to be read with; empty where there is nothing to say.
pub(crate) fn mos_notes<'a>(streams: impl Iterator<Item = &'a Stream> + Clone) -> Vec<String> {
    let mut rated = streams.filter(|s| s.quality.mos.is_some());
    let mut notes = Vec::new();
    let wideband = |s: &Stream| s.quality.scale == Some(QualityScale::Wideband);
    if rated.clone().any(wideband) {
        notes.push(
            "(wb: on the wideband scale of ITU-T G.107.1, not comparable with narrowband MOS)"
                .to_owned(),
        );
    }
    if rated.any(|s| s.quality.model == Some(QualityModel::Classroom)) {
        notes.push("(MOS by the classroom profile)".to_owned());
    }
    notes
}

/// A warning where many users would be dissatisfied, a fault where nearly all (ITU-T G.107 Annex B).
pub(crate) fn mos_ink(s: &Stream) -> Ink {
    match s.quality.mos {
        Some(mos) if mos < 2.58 => Ink::Error,
        Some(mos) if mos < 3.6 => Ink::Warning,
        _ => Ink::Plain,
    }
}
