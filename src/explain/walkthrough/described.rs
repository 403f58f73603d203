//! Offer and answer in sentences.

use crate::explain::media::is_side_codec;
use crate::explain::names::user_of;
use crate::explain::steps::format_name;
use crate::explain::words::{clean, counted, listed};
use crate::report::model::{Message, Sdp, SdpFormat, SdpMedia};
use crate::types::Direction;

/// Whether a session description offers or answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    Offer,
    Answer,
    /// The request it goes with is not known.
    Unknown,
}

/// Codecs named in one sentence.
const MOST: usize = 12;
/// Media described of one message.
const MOST_MEDIA: usize = 6;

/// `sound`, `video`, `fax`.
pub(super) fn kind_in_words(m: &SdpMedia) -> String {
    match m.kind.as_str() {
        "audio" => "sound".to_owned(),
        "video" => "video".to_owned(),
        "image" => "fax".to_owned(),
        "message" => "text".to_owned(),
        kind => format!("media of the kind {}", clean(kind)),
    }
}

/// What a session description of `who` says, medium by medium; `who` is empty where a server passes on what another
/// wrote. `offer`: what it answers; of an offer, what `who` described before.
pub(super) fn described(sdp: &Sdp, turn: Turn, offer: Option<&Sdp>, who: &str) -> Vec<String> {
    let mut told = Vec::new();
    let what = match turn {
        Turn::Offer => "The message carries an offer in SDP.",
        Turn::Answer => "The message carries the answer in SDP.",
        Turn::Unknown => "The message carries a session description (SDP).",
    };
    told.push(what.to_owned());
    for (n, m) in sdp.media.iter().take(MOST_MEDIA).enumerate() {
        let of = offer.and_then(|o| o.media.get(n));
        told.extend(medium(m, turn, of, who));
    }
    let left = sdp.media.len().saturating_sub(MOST_MEDIA) as u64;
    if left > 0 {
        told.push(format!(
            "It lists {} more.",
            counted(left, "medium", "media")
        ));
    }
    told
}

fn medium(m: &SdpMedia, turn: Turn, offer: Option<&SdpMedia>, who: &str) -> Vec<String> {
    let kind = kind_in_words(m);
    if m.port == 0 {
        return vec![match turn {
            Turn::Offer if offer.is_some_and(|o| o.port != 0) => {
                format!("It takes the {kind} out: the port is 0.")
            }
            Turn::Offer => format!("It leaves out the {kind}: the port is 0."),
            Turn::Answer if offer.is_some_and(|o| o.port == 0) => {
                format!("The {kind} is left out, as in the offer: the port is 0.")
            }
            Turn::Answer => format!("The {kind} is refused: the port is 0."),
            Turn::Unknown => format!("It has no {kind}: the port is 0."),
        }];
    }
    let mut told = Vec::new();
    let side = |f: &&SdpFormat| f.codec.as_deref().is_some_and(is_side_codec);
    let name = |f: &SdpFormat| format_name(m, f);
    let mut own: Vec<String> = Vec::new();
    for f in m.formats.iter().filter(|f| !side(f)) {
        let codec = name(f);
        if !own.contains(&codec) {
            own.push(codec);
        }
    }
    let left = own.len().saturating_sub(MOST);
    let several = own.len() > 1;
    own.truncate(MOST);
    if left > 0 {
        own.push(format!("{left} more"));
    }
    let is_codec = matches!(m.kind.as_str(), "audio" | "video");
    let names = listed(&own);
    let sentence = match (turn, is_codec, several) {
        (_, false, _) => format!("It describes {kind}: {names}."),
        (Turn::Answer, _, false) => format!("The codec chosen for the {kind} is {names}."),
        (Turn::Answer, _, true) => format!("The codecs accepted for the {kind} are {names}."),
        (_, _, true) => {
            format!("For the {kind} it lists the codecs {names}; the first one is preferred.")
        }
        (_, _, false) => format!("For the {kind} it lists the codec {names}."),
    };
    if !own.is_empty() {
        told.push(sentence);
    }
    let mut beside: Vec<String> = Vec::new();
    for f in m.formats.iter().filter(side) {
        let codec = name(f);
        let what = match codec.to_ascii_lowercase().as_str() {
            "telephone-event" => "telephone-event, for the keys that are pressed".to_owned(),
            "cn" => "CN, for the noise in pauses".to_owned(),
            _ => codec,
        };
        if !beside.contains(&what) {
            beside.push(what);
        }
    }
    if !beside.is_empty() {
        told.push(format!("It also lists {}.", listed(&beside)));
    }
    let for_whom = match who.is_empty() {
        true => String::new(),
        false => format!(" for {who}"),
    };
    if let Some(address) = &m.connection {
        told.push(format!(
            "The {kind}{for_whom} is to go to {} port {}.",
            clean(address),
            m.port
        ));
    }
    told.extend(direction(m, turn, offer, who));
    if m.encrypted {
        told.push(format!("The {kind} is to be encrypted (SRTP)."));
    }
    let candidates = m.candidates.len() as u64;
    if candidates > 0 {
        let n = counted(candidates, "candidate of ICE", "candidates of ICE");
        told.push(format!("It lists {n}: addresses that are to be tried."));
    }
    told
}

fn direction(m: &SdpMedia, turn: Turn, offer: Option<&SdpMedia>, who: &str) -> Option<String> {
    let who = match who.is_empty() {
        true => "The side that describes this".to_owned(),
        false => super::teller::capital(who),
    };
    Some(match m.direction {
        Direction::SendRecv => {
            let was_limited = offer.is_some_and(|o| o.direction != Direction::SendRecv);
            return (was_limited && turn == Turn::Answer)
                .then(|| format!("{who} agrees to send and to receive."));
        }
        Direction::SendOnly => {
            format!("{who} is to send only, and not to receive (a=sendonly).")
        }
        Direction::RecvOnly => {
            format!("{who} is to receive only, and not to send (a=recvonly).")
        }
        Direction::Inactive => "Nothing is to be sent either way for now (a=inactive).".to_owned(),
    })
}

/// The user that a message is for.
pub(super) fn whom(m: &Message) -> Option<String> {
    m.to.as_ref().map(|to| user_of(&to.uri))
}
