//! Payload formats: the static table of RFC 3551 and the rtpmap of RFC 8866.

use crate::types::{ClockRate, PayloadType};

/// Where the meaning of a payload type was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodecSource {
    /// An `a=rtpmap` of the media description.
    Rtpmap,
    /// The static assignment of RFC 3551 §6.
    Static,
}

/// What a payload type stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Codec<'a> {
    /// Encoding name as sent, or the registered spelling for a static type.
    pub encoding: &'a str,
    /// RTP clock rate; `None` when the rtpmap does not give a readable one.
    pub clock: Option<ClockRate>,
    /// Audio channels.
    pub channels: u8,
    /// Where this was found.
    pub source: CodecSource,
}

impl Codec<'_> {
    /// Compares encoding names, which have no case (RFC 8866 §6.6).
    pub fn is(&self, encoding: &str) -> bool {
        self.encoding.eq_ignore_ascii_case(encoding)
    }
}

/// The static types, ordered by number (RFC 3551 §6). G722 runs on an 8000 Hz clock by an old mistake.
const STATIC: &[(u8, &str, u32, u8)] = &[
    (0, "PCMU", 8000, 1),
    (3, "GSM", 8000, 1),
    (4, "G723", 8000, 1),
    (5, "DVI4", 8000, 1),
    (6, "DVI4", 16000, 1),
    (7, "LPC", 8000, 1),
    (8, "PCMA", 8000, 1),
    (9, "G722", 8000, 1),
    (10, "L16", 44100, 2),
    (11, "L16", 44100, 1),
    (12, "QCELP", 8000, 1),
    (13, "CN", 8000, 1),
    (14, "MPA", 90000, 1),
    (15, "G728", 8000, 1),
    (16, "DVI4", 11025, 1),
    (17, "DVI4", 22050, 1),
    (18, "G729", 8000, 1),
    (25, "CelB", 90000, 1),
    (26, "JPEG", 90000, 1),
    (28, "nv", 90000, 1),
    (31, "H261", 90000, 1),
    (32, "MPV", 90000, 1),
    (33, "MP2T", 90000, 1),
    (34, "H263", 90000, 1),
];

/// What RFC 3551 assigns to a payload type; `None` for reserved, unassigned and dynamic ones.
pub fn static_codec(payload_type: PayloadType) -> Option<Codec<'static>> {
    STATIC
        .iter()
        .find(|(pt, ..)| *pt == payload_type.get())
        .map(|(_, encoding, clock, channels)| Codec {
            encoding,
            clock: ClockRate::new(*clock),
            channels: *channels,
            source: CodecSource::Static,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pt: u8) -> Option<Codec<'static>> {
        static_codec(PayloadType::new(pt)?)
    }

    #[test]
    fn g722_has_the_clock_the_rfc_gives_it() {
        let c = of(9).unwrap();
        assert_eq!((c.encoding, c.clock), ("G722", ClockRate::new(8000)));
    }

    #[test]
    fn reserved_and_dynamic_types_mean_nothing_by_themselves() {
        for pt in [1, 2, 19, 20, 35, 72, 76, 96, 127] {
            assert_eq!(of(pt), None, "{pt}");
        }
    }
}
