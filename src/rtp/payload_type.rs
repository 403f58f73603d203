//! Payload types with a meaning of their own (RFC 3551 §6, tables 4 and 5).

use crate::types::{ClockRate, PayloadType};

/// A static assignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StaticPayload {
    /// Payload type number.
    pub number: u8,
    /// Encoding name.
    pub name: &'static str,
    /// RTP clock rate in Hz. G722 says 8000 although it samples at 16 kHz (RFC 3551 §4.5.2).
    pub clock_hz: u32,
    /// Audio channels; 0 for video.
    pub channels: u8,
}

impl StaticPayload {
    /// The RTP clock.
    pub fn clock(&self) -> Option<ClockRate> {
        ClockRate::new(self.clock_hz)
    }
}

const fn row(number: u8, name: &'static str, clock_hz: u32, channels: u8) -> StaticPayload {
    StaticPayload {
        number,
        name,
        clock_hz,
        channels,
    }
}

/// Every static assignment, in order of number.
pub const STATIC_PAYLOADS: &[StaticPayload] = &[
    row(0, "PCMU", 8000, 1),
    row(3, "GSM", 8000, 1),
    row(4, "G723", 8000, 1),
    row(5, "DVI4", 8000, 1),
    row(6, "DVI4", 16000, 1),
    row(7, "LPC", 8000, 1),
    row(8, "PCMA", 8000, 1),
    row(9, "G722", 8000, 1),
    row(10, "L16", 44100, 2),
    row(11, "L16", 44100, 1),
    row(12, "QCELP", 8000, 1),
    row(13, "CN", 8000, 1),
    row(14, "MPA", 90000, 0),
    row(15, "G728", 8000, 1),
    row(16, "DVI4", 11025, 1),
    row(17, "DVI4", 22050, 1),
    row(18, "G729", 8000, 1),
    row(25, "CelB", 90000, 0),
    row(26, "JPEG", 90000, 0),
    row(28, "nv", 90000, 0),
    row(31, "H261", 90000, 0),
    row(32, "MPV", 90000, 0),
    row(33, "MP2T", 90000, 0),
    row(34, "H263", 90000, 0),
];

/// The static assignment of a payload type; `None` for dynamic, reserved and unassigned numbers.
pub fn static_payload(pt: PayloadType) -> Option<&'static StaticPayload> {
    STATIC_PAYLOADS.iter().find(|p| p.number == pt.get())
}

/// Encoding names of dynamic payload types as registered (IANA, RTP payload format media types). SDP
/// compares them without case (RFC 8866 §6.6), so devices write them as they like.
const REGISTERED_NAMES: &[&str] = &[
    "AMR",
    "AMR-WB",
    "AMR-WB+",
    "AV1",
    "BV16",
    "BV32",
    "CLEARMODE",
    "EVRC",
    "EVS",
    "flexfec",
    "G719",
    "G7221",
    "G726-16",
    "G726-24",
    "G726-32",
    "G726-40",
    "G7291",
    "GSM-EFR",
    "GSM-HR-08",
    "H263-1998",
    "H263-2000",
    "H264",
    "H264-SVC",
    "H265",
    "iLBC",
    "iSAC",
    "L8",
    "mpeg4-generic",
    "MP4A-LATM",
    "MP4V-ES",
    "opus",
    "parityfec",
    "red",
    "rtx",
    "SILK",
    "speex",
    "t140",
    "telephone-event",
    "tone",
    "ulpfec",
    "VP8",
    "VP9",
];

/// The registered spelling of an encoding name written in any case; `None` where it is not known.
pub fn registered_name(written: &str) -> Option<&'static str> {
    let fixed = STATIC_PAYLOADS.iter().map(|p| p.name);
    REGISTERED_NAMES
        .iter()
        .copied()
        .chain(fixed)
        .find(|name| name.eq_ignore_ascii_case(written))
}

/// True where a payload type may stand in a packet nobody announced: static or dynamic. 64 to 95
/// would read as RTCP with the marker set (RFC 5761 §4); 1, 2 and 19 are reserved.
pub fn is_plausible(pt: PayloadType) -> bool {
    !matches!(pt.get(), 1 | 2 | 19 | 64..=95)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn static_numbers_have_the_clock_of_rfc_3551() {
        let clock = |n| {
            PayloadType::new(n)
                .and_then(static_payload)
                .map(|p| p.clock_hz)
        };
        assert_eq!(clock(0), Some(8000));
        assert_eq!(clock(9), Some(8000));
        assert_eq!(clock(11), Some(44100));
        assert_eq!(clock(34), Some(90000));
        assert_eq!(clock(96), None);
        assert_eq!(clock(2), None);
    }

    #[test]
    fn an_encoding_name_in_any_case_has_its_registered_spelling() {
        let spelt = |n| registered_name(n);
        assert_eq!(spelt("pcma"), Some("PCMA"));
        assert_eq!(spelt("ILBC"), Some("iLBC"));
        assert_eq!(spelt("OPUS"), Some("opus"));
        assert_eq!(spelt("h263-1998"), Some("H263-1998"));
        assert_eq!(spelt("Telephone-Event"), Some("telephone-event"));
        assert_eq!(spelt("x-own"), None);
    }

    #[test]
    fn numbers_that_mean_rtcp_are_implausible() {
        let ok = |n| is_plausible(PayloadType::new(n).unwrap());
        assert!(ok(0) && ok(127) && ok(35));
        assert!(!ok(72) && !ok(64) && !ok(95) && !ok(19));
    }
}
