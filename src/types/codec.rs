//! The registry of codecs: one row an encoding name, and everything the program knows of it.
//!
//! Sources: the static payload types are those of RFC 3551 §6, tables 4 and 5; spellings are IANA's (RTP payload
//! format media types); frames are those of RFC 3551 §4.5, RFC 3952 (iLBC), RFC 4867 (AMR); Ie, Bpl and Ie,wb those
//! of ITU-T G.113 (09/2024) appendices I and IV; `docs/quality.md` has them with their sources.

mod fmtp;
mod modes;
mod rates;
mod rows;

pub use fmtp::fmtp_parameter;
pub use modes::{Framing, Mode};
pub use rows::CODECS;

use super::media::MediaKind;
use super::quality::QualityScale;
use super::rtp::{ClockRate, PayloadType};

/// One payload format.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Codec {
    /// Encoding name in its registered spelling.
    pub name: &'static str,
    /// Other spellings that devices write for the same format.
    pub aliases: &'static [&'static str],
    /// What kind of media it carries.
    pub kind: MediaKind,
    /// Whether it is "the" codec of a call, or accompanies one (events, comfort noise, repair).
    pub role: Role,
    /// Payload types it has without an rtpmap.
    pub fixed: &'static [FixedType],
    /// Milliseconds a packet holds where nobody says (RFC 3551 §4.2).
    pub packet_ms: f64,
    /// Fixed rates it can be sent at, the usual one first; empty where the rate varies.
    pub rates: &'static [Rate],
    /// How it enters the E-model.
    pub impairment: Impairment,
    /// What coding itself takes, the usual frame first; empty where it is not known here.
    pub delays: &'static [FrameDelay],
    /// What makes sound of it; `None` where nothing here does.
    pub sound: Option<Sound>,
}

/// What makes sound of a payload: a file of `media::sound` each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sound {
    /// G.711 µ-law.
    MuLaw,
    /// G.711 A-law.
    ALaw,
    /// Samples of 16 bits as they are.
    Linear16,
    /// G.722.
    G722,
    /// G.726 with codes of 2, 3, 4 or 5 bits.
    G726(u8),
    /// GSM full rate.
    Gsm,
    /// G.729 with its annexes A and B.
    G729,
    /// G.723.1.
    G7231,
    /// Opus.
    Opus,
}

/// What a payload type carries, as far as measures care.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Role {
    /// Sound, pictures or text.
    #[default]
    Media,
    /// Key presses and tones by name (RFC 4733).
    Event,
    /// Comfort noise (RFC 3389).
    ComfortNoise,
    /// Redundant audio (RFC 2198) around media.
    Redundant,
    /// Retransmission or forward error correction: timestamps are not those of sampling now.
    Repair,
}

impl Role {
    /// The role of an encoding name.
    pub fn of_codec(name: &str) -> Role {
        find(name).map_or(Role::Media, |codec| codec.role)
    }

    /// True for formats that accompany a codec and are never "the" codec of a call.
    pub const fn is_auxiliary(self) -> bool {
        !matches!(self, Role::Media)
    }
}

/// A static payload type (RFC 3551 §6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FixedType {
    /// Payload type, 0 to 34: the numbers that RFC 3551 assigns.
    pub payload_type: u8,
    /// RTP clock rate in Hz. G722 says 8000 although it samples at 16 kHz (RFC 3551 §4.5.2).
    pub clock_hz: u32,
    /// Audio channels; `None` for video, and for MPA, whose stream says it.
    pub channels: Option<u8>,
}

impl FixedType {
    /// `clock_hz` as the type of clock rates.
    pub fn clock(&self) -> Option<ClockRate> {
        ClockRate::new(self.clock_hz)
    }
}

/// A rate a codec can be sent at: frames of one length.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    /// Name as courses give it.
    pub name: &'static str,
    /// What else `sipflow bandwidth --codec` takes for it.
    pub aliases: &'static [&'static str],
    /// Milliseconds of sound in a frame; packets hold whole frames.
    pub frame_ms: f64,
    /// Octets of payload a frame takes.
    pub frame_octets: f64,
    /// Octets of payload header a packet has before its frames; may end within an octet.
    pub header_octets: f64,
    /// Milliseconds of a packet in use where none is asked for.
    pub packet_ms: f64,
}

/// What the encoder waits for before it can write a frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FrameDelay {
    /// Milliseconds of sound in a frame; of single samples one sample.
    pub frame_ms: f64,
    /// Milliseconds of sound after the frame that it needs as well.
    pub lookahead_ms: f64,
}

/// How a codec enters the E-model (ITU-T G.107 and G.107.1, values of G.113).
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Impairment {
    /// Published.
    Published(Values),
    /// Published for some rates only, told by the payload.
    ByRate(&'static [RateValues]),
    /// Published for some modes, which every payload names.
    ByMode(&'static [Mode]),
    /// A wideband codec without a confirmed value: the narrowband scale does not hold it.
    Wideband,
    /// No value fits, and why.
    Unusable(&'static str),
    /// No value is published.
    Unpublished,
}

/// Ie and Bpl of a codec.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Values {
    /// Equipment impairment without loss, Ie; on the wideband scale Ie,wb.
    pub ie: f64,
    /// Packet-loss robustness, Bpl; `None` where none is published.
    pub bpl: Option<f64>,
    /// The scale both are of.
    pub scale: QualityScale,
    /// What was assumed, for the reader; empty where nothing was.
    pub assumption: &'static str,
}

/// The values of one rate, and how the rate is told.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RateValues {
    /// Octets of a frame from which on it is this rate.
    pub least_octets: f64,
    /// Milliseconds of such a frame.
    pub frame_ms: f64,
    /// A format parameter that says it.
    pub parameter: Option<(&'static str, &'static str)>,
    /// Ie and Bpl at this rate.
    pub values: Values,
}

impl Rate {
    /// Octets of payload of a packet of so many frames, filled up to whole ones.
    pub fn payload_octets(&self, frames: f64) -> f64 {
        let octets = self.header_octets + frames * self.frame_octets;
        // What floating point adds is no octet more.
        (octets - 1e-9).ceil()
    }
}

impl Codec {
    /// What coding takes at this packet time: the delays of the frame that fills it, else of the usual one.
    pub fn delay(&self, ptime_ms: Option<f64>) -> Option<FrameDelay> {
        let fills = |d: &&FrameDelay| {
            ptime_ms.is_some_and(|ms| {
                let frames = ms / d.frame_ms;
                frames >= 1.0 && (frames - frames.round()).abs() < 1e-6
            })
        };
        let filled = self.delays.iter().find(fills);
        filled.or(self.delays.first()).copied()
    }

    /// How payloads with these format parameters name their mode; `None` where the codec has none.
    pub fn framing(&self, fmtp: Option<&str>) -> Option<Framing> {
        match self.impairment {
            Impairment::ByMode(_) => Framing::announced(fmtp),
            _ => None,
        }
    }

    fn is_called(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
            || self.aliases.iter().any(|a| a.eq_ignore_ascii_case(name))
    }
}

/// The row of an encoding name, in any case (RFC 8866 §6.6), aliases included.
pub fn find(name: &str) -> Option<&'static Codec> {
    CODECS.iter().find(|codec| codec.is_called(name))
}

/// The registered spelling of an encoding name; `None` where it is not known or another name's alias.
pub fn registered_name(written: &str) -> Option<&'static str> {
    let mut names = CODECS.iter().map(|codec| codec.name);
    names.find(|name| name.eq_ignore_ascii_case(written))
}

/// The registered name where it is written just so: what nearly every session names need not be copied.
pub fn same_spelling(written: &str) -> Option<&'static str> {
    let mut names = CODECS.iter().map(|codec| codec.name);
    names.find(|name| *name == written)
}

/// What RFC 3551 assigns to a payload type; `None` for dynamic, reserved and unassigned numbers.
pub fn fixed(payload_type: PayloadType) -> Option<(&'static Codec, FixedType)> {
    CODECS.iter().find_map(|codec| {
        let mut types = codec.fixed.iter();
        let own = types.find(|f| f.payload_type == payload_type.get())?;
        Some((codec, *own))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(number: u8) -> Option<(&'static str, u32, Option<u8>)> {
        let (codec, own) = fixed(PayloadType::new(number)?)?;
        Some((codec.name, own.clock_hz, own.channels))
    }

    #[test]
    fn static_numbers_are_those_of_rfc_3551() {
        // Tables 4 and 5 of RFC 3551 §6, row by row; video has no channels, MPA says "see text".
        for (number, name, clock, channels) in [
            (0, "PCMU", 8000, Some(1)),
            (3, "GSM", 8000, Some(1)),
            (4, "G723", 8000, Some(1)),
            (5, "DVI4", 8000, Some(1)),
            (6, "DVI4", 16000, Some(1)),
            (7, "LPC", 8000, Some(1)),
            (8, "PCMA", 8000, Some(1)),
            (9, "G722", 8000, Some(1)),
            (10, "L16", 44100, Some(2)),
            (11, "L16", 44100, Some(1)),
            (12, "QCELP", 8000, Some(1)),
            (13, "CN", 8000, Some(1)),
            (14, "MPA", 90000, None),
            (15, "G728", 8000, Some(1)),
            (16, "DVI4", 11025, Some(1)),
            (17, "DVI4", 22050, Some(1)),
            (18, "G729", 8000, Some(1)),
            (25, "CelB", 90000, None),
            (26, "JPEG", 90000, None),
            (28, "nv", 90000, None),
            (31, "H261", 90000, None),
            (32, "MPV", 90000, None),
            (33, "MP2T", 90000, None),
            (34, "H263", 90000, None),
        ] {
            assert_eq!(of(number), Some((name, clock, channels)), "{number}");
        }
        for number in [1, 2, 19, 20, 24, 27, 30, 35, 72, 76, 96, 127] {
            assert_eq!(of(number), None, "{number}");
        }
    }

    #[test]
    fn no_name_and_no_number_stands_in_two_rows() {
        let mut names: Vec<String> = CODECS
            .iter()
            .flat_map(|c| c.aliases.iter().chain([&c.name]))
            .map(|n| n.to_ascii_uppercase())
            .collect();
        let mut numbers: Vec<u8> = CODECS
            .iter()
            .flat_map(|c| c.fixed.iter().map(|f| f.payload_type))
            .collect();
        let (n, m) = (names.len(), numbers.len());
        names.sort_unstable();
        names.dedup();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!((names.len(), numbers.len()), (n, m));
    }

    #[test]
    fn an_encoding_name_in_any_case_has_its_registered_spelling() {
        for (written, name) in [
            ("pcma", Some("PCMA")),
            ("ILBC", Some("iLBC")),
            ("OPUS", Some("opus")),
            ("h263-1998", Some("H263-1998")),
            ("Telephone-Event", Some("telephone-event")),
            // Another name's alias keeps its own spelling: RTP does not tell the annexes apart.
            ("G729A", None),
            ("x-own", None),
        ] {
            assert_eq!(registered_name(written), name, "{written}");
        }
        assert_eq!(same_spelling("PCMU"), Some("PCMU"));
        assert_eq!(same_spelling("pcmu"), None);
    }

    #[test]
    fn what_accompanies_a_codec_is_not_the_codec() {
        let side = |name| Role::of_codec(name).is_auxiliary();
        for name in ["telephone-event", "cn", "RED", "rtx", "ulpfec", "flexfec"] {
            assert!(side(name), "{name}");
        }
        for name in ["PCMU", "opus", "H264", "x-own"] {
            assert!(!side(name), "{name}");
        }
    }
}
