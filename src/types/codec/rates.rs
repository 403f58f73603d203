//! What the codecs of the registry are sent at, where there is more than one rate or a payload header.

use super::Rate;
use super::rows::rate;

/// A rate of 20 ms frames with so many bits, packed behind a header of so many octets a packet.
const fn bits(name: &'static str, bits: u16, header_octets: f64) -> Rate {
    Rate {
        header_octets,
        ..rate(name, 20.0, bits as f64 / 8.0)
    }
}

/// The same of AMR (RFC 4867, bandwidth-efficient): four bits of mode request a packet, six of contents a frame.
const fn amr(name: &'static str, speech_bits: u16) -> Rate {
    bits(name, speech_bits + 6, 0.5)
}

/// RFC 4867 and 3GPP TS 26.101, the highest first.
pub(super) const AMR: &[Rate] = &[
    amr("AMR-12.2", 244),
    amr("AMR-10.2", 204),
    amr("AMR-7.95", 159),
    amr("AMR-7.4", 148),
    amr("AMR-6.7", 134),
    amr("AMR-5.9", 118),
    amr("AMR-5.15", 103),
    amr("AMR-4.75", 95),
];

/// RFC 4867 and 3GPP TS 26.201; 12.65 is what networks use.
pub(super) const AMR_WB: &[Rate] = &[
    amr("AMR-WB-12.65", 253),
    amr("AMR-WB-23.85", 477),
    amr("AMR-WB-23.05", 461),
    amr("AMR-WB-19.85", 397),
    amr("AMR-WB-18.25", 365),
    amr("AMR-WB-15.85", 317),
    amr("AMR-WB-14.25", 285),
    amr("AMR-WB-8.85", 177),
    amr("AMR-WB-6.6", 132),
];

/// 3GPP TS 26.445 table A.1 (its primary modes), one frame a packet in the compact format, which has no header.
pub(super) const EVS: &[Rate] = &[
    bits("EVS-13.2", 264, 0.0),
    bits("EVS-7.2", 144, 0.0),
    bits("EVS-8", 160, 0.0),
    bits("EVS-9.6", 192, 0.0),
    bits("EVS-16.4", 328, 0.0),
    bits("EVS-24.4", 488, 0.0),
    bits("EVS-32", 640, 0.0),
    bits("EVS-48", 960, 0.0),
    bits("EVS-64", 1280, 0.0),
    bits("EVS-96", 1920, 0.0),
    bits("EVS-128", 2560, 0.0),
];

/// Bits a frame of the narrowband modes, as libspeex has them; packets are filled up to octets (RFC 5574).
pub(super) const SPEEX: &[Rate] = &[
    bits("speex-15", 300, 0.0),
    bits("speex-24.6", 492, 0.0),
    bits("speex-18.2", 364, 0.0),
    bits("speex-11", 220, 0.0),
    bits("speex-8", 160, 0.0),
    bits("speex-5.95", 119, 0.0),
    bits("speex-3.95", 79, 0.0),
    bits("speex-2.15", 43, 0.0),
];

/// RFC 5577: frames of 20 ms, no header; 48 kbit/s is that of annex C alone.
pub(super) const G7221: &[Rate] = &[
    bits("G722.1-24", 480, 0.0),
    bits("G722.1-32", 640, 0.0),
    bits("G722.1-48", 960, 0.0),
];

/// RFC 4749 §5: one octet of header a packet (MBS and FT), then frames of 20 ms.
pub(super) const G7291: &[Rate] = &[
    bits("G729.1-32", 640, 1.0),
    bits("G729.1-24", 480, 1.0),
    bits("G729.1-14", 280, 1.0),
    bits("G729.1-12", 240, 1.0),
    bits("G729.1-8", 160, 1.0),
];

/// RFC 5391: one octet of header a packet (the mode), then frames of 5 ms: 40, 50 or 60 octets.
const fn g7111(name: &'static str, frame_octets: f64) -> Rate {
    Rate {
        header_octets: 1.0,
        ..rate(name, 5.0, frame_octets)
    }
}

/// G.711.1 at its three rates.
pub(super) const G7111: &[Rate] = &[
    g7111("G711.1-96", 60.0),
    g7111("G711.1-80", 50.0),
    g7111("G711.1-64", 40.0),
];

/// RFC 3551 §4.5.1: four bits a sample behind a header of four octets a packet.
pub(super) const DVI4: &[Rate] = &[
    Rate {
        header_octets: 4.0,
        ..rate("DVI4-8000", 1.0, 4.0)
    },
    Rate {
        header_octets: 4.0,
        ..rate("DVI4-16000", 1.0, 8.0)
    },
];

/// RFC 5993: an octet of contents before each frame of 112 bits.
pub(super) const GSM_HR: &[Rate] = &[rate("GSM-HR", 20.0, 15.0)];
/// RFC 2658 §3: an octet of header a packet; at full rate 266 bits behind the octet that names the rate.
pub(super) const QCELP: &[Rate] = &[Rate {
    header_octets: 1.0,
    ..rate("QCELP-13", 20.0, 35.0)
}];
/// RFC 4298: frames of 5 ms.
pub(super) const BV16: &[Rate] = &[rate("BV16", 5.0, 10.0)];
/// RFC 4298: frames of 5 ms.
pub(super) const BV32: &[Rate] = &[rate("BV32", 5.0, 20.0)];
/// RFC 4040: a channel of 64 kbit/s as it is.
pub(super) const CLEARMODE: &[Rate] = &[rate("CLEARMODE", 1.0, 8.0)];
/// RFC 3551: an octet a sample.
pub(super) const L8: &[Rate] = &[rate("L8-8000", 1.0, 8.0)];
