//! Codecs whose every payload says in which mode it was coded (AMR and AMR-WB, RFC 4867).

use super::{Values, fmtp_parameter};

/// A mode of speech.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mode {
    /// Frame type, the number in `mode-set` too (RFC 4867 §8.1 and §8.2).
    pub frame_type: u8,
    /// Its rate in kbit/s, as it is written.
    pub kbps: &'static str,
    /// Bits of speech in a frame of 20 ms.
    pub bits: u16,
    /// Its impairment; `None` where none is published.
    pub values: Option<Values>,
}

/// How payloads are laid out (RFC 4867 §4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// Fields follow each other bit by bit.
    BandwidthEfficient,
    /// Every field begins at an octet.
    OctetAligned,
}

impl Framing {
    /// The framing that format parameters announce; `None` where the first octets are none of the frame types
    /// (interleaving).
    pub fn announced(fmtp: Option<&str>) -> Option<Framing> {
        let is_set = |key| fmtp_parameter(fmtp, key).is_some_and(|value| value != "0");
        if is_set("interleaving") {
            return None;
        }
        // CRCs and robust sorting need octet alignment (RFC 4867 §8.1).
        Some(match ["octet-align", "crc", "robust-sorting"].map(is_set) {
            [false, false, false] => Framing::BandwidthEfficient,
            _ => Framing::OctetAligned,
        })
    }

    /// Frame type of the first frame of a payload (RFC 4867 §4.3.2 and §4.4.2).
    pub fn frame_type(self, payload: &[u8]) -> Option<u8> {
        let [request, contents, ..] = *payload else {
            return None;
        };
        Some(match self {
            // Four bits of mode request, one that says whether more follow, four of frame type.
            Framing::BandwidthEfficient => (request & 0x07) << 1 | contents >> 7,
            Framing::OctetAligned => contents >> 3 & 0x0f,
        })
    }
}

impl Mode {
    /// Octets of a payload of one frame.
    pub fn octets(&self, framing: Framing) -> u32 {
        let bits = u32::from(self.bits);
        match framing {
            Framing::BandwidthEfficient => (4 + 6 + bits).div_ceil(8),
            Framing::OctetAligned => 2 + bits.div_ceil(8),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_frame_names_its_mode() {
        // RFC 4867 §4.3.5.1: CMR 15, one frame of type 4 (7.4 kbit/s) and good quality: 1111 0 0100 1.
        let (first, second) = (0b1111_0010, 0b0100_0000);
        assert_eq!(
            Framing::BandwidthEfficient.frame_type(&[first, second]),
            Some(4)
        );
        // The same aligned: 1111 0000, then 0 0100 1 00.
        assert_eq!(
            Framing::OctetAligned.frame_type(&[0xf0, 0b0010_0100]),
            Some(4)
        );
        assert_eq!(Framing::OctetAligned.frame_type(&[0xf0]), None);
    }

    #[test]
    fn parameters_tell_the_framing() {
        use Framing::{BandwidthEfficient, OctetAligned};
        for (fmtp, want) in [
            (None, Some(BandwidthEfficient)),
            (Some("octet-align=0;mode-set=7"), Some(BandwidthEfficient)),
            (Some("mode-set=0,2; Octet-Align=1"), Some(OctetAligned)),
            (Some("crc=1"), Some(OctetAligned)),
            (Some("octet-align=1; interleaving=4"), None),
        ] {
            assert_eq!(Framing::announced(fmtp), want, "{fmtp:?}");
        }
    }

    #[test]
    fn a_payload_of_one_frame_has_its_length() {
        let mode = Mode {
            frame_type: 7,
            kbps: "12.2",
            bits: 244,
            values: None,
        };
        // 10 + 244 bits are 31.75 octets; aligned: 1 + 1 + 30.5.
        assert_eq!(mode.octets(Framing::BandwidthEfficient), 32);
        assert_eq!(mode.octets(Framing::OctetAligned), 33);
    }
}
