//! The rows of the registry. A new codec is a row here.

use super::rates;
use super::{Codec, FixedType, Impairment, Rate, RateValues, Role, Sound, Values};
use crate::types::media::MediaKind;

/// Every codec known, the ones that calls use most first.
pub const CODECS: &[Codec] = &[
    Codec {
        fixed: &[audio_type(0, 8000, 1)],
        aliases: &["G711U", "G711MU", "G711"],
        rates: &[rate("G711", 1.0, 8.0)],
        impairment: published(0.0, 25.1),
        sound: Some(Sound::MuLaw),
        ..audio("PCMU")
    },
    Codec {
        fixed: &[audio_type(8, 8000, 1)],
        aliases: &["G711A"],
        rates: &[rate("G711", 1.0, 8.0)],
        impairment: published(0.0, 25.1),
        sound: Some(Sound::ALaw),
        ..audio("PCMA")
    },
    side("telephone-event", Role::Event),
    Codec {
        fixed: &[audio_type(9, 8000, 1)],
        aliases: &["G722-64"],
        rates: &[rate("G722", 1.0, 8.0)],
        impairment: Impairment::Wideband,
        sound: Some(Sound::G722),
        ..audio("G722")
    },
    Codec {
        fixed: &[audio_type(18, 8000, 1)],
        aliases: &["G729A", "G729B", "G729AB"],
        rates: &[rate("G729", 10.0, 10.0)],
        impairment: Impairment::Published(Values {
            ie: 11.0,
            bpl: Some(19.0),
            assumption: "rated as G.729A; RTP does not tell G.729 from G.729A",
        }),
        sound: Some(Sound::G729),
        ..audio("G729")
    },
    Codec {
        sound: Some(Sound::Opus),
        ..audio("opus")
    },
    Codec {
        fixed: &[audio_type(13, 8000, 1)],
        ..side("CN", Role::ComfortNoise)
    },
    Codec {
        fixed: &[audio_type(3, 8000, 1)],
        aliases: &["GSM-FR"],
        rates: &[rate("GSM", 20.0, 33.0)],
        impairment: without_bpl(20.0),
        sound: Some(Sound::Gsm),
        ..audio("GSM")
    },
    Codec {
        rates: &[
            Rate {
                aliases: &["iLBC-15.2"],
                ..rate("iLBC-20", 20.0, 38.0)
            },
            Rate {
                aliases: &["iLBC-13.3"],
                packet_ms: 30.0,
                ..rate("iLBC-30", 30.0, 50.0)
            },
        ],
        ..audio("iLBC")
    },
    Codec {
        rates: rates::SPEEX,
        ..audio("speex")
    },
    Codec {
        rates: rates::AMR,
        impairment: Impairment::ByRate(&[RateValues {
            least_octets: 31.0,
            frame_ms: 20.0,
            // Mode 7 is 12.2 kbit/s (RFC 4867 §8.1), which is GSM-EFR.
            parameter: Some(("mode-set", "7")),
            values: Values {
                ie: 5.0,
                bpl: Some(10.0),
                assumption: "rated as AMR 12.2 kbit/s, the mode the payload size shows",
            },
        }]),
        ..audio("AMR")
    },
    Codec {
        aliases: &["G7222"],
        rates: rates::AMR_WB,
        impairment: Impairment::Wideband,
        ..audio("AMR-WB")
    },
    Codec {
        rates: rates::EVS,
        ..audio("EVS")
    },
    Codec {
        fixed: &[audio_type(4, 8000, 1)],
        aliases: &["G723.1", "G7231"],
        packet_ms: 30.0,
        rates: &[
            Rate {
                aliases: &["G723.1-6.3"],
                packet_ms: 30.0,
                ..rate("G723-6.3", 30.0, 24.0)
            },
            Rate {
                aliases: &["G723.1-5.3"],
                packet_ms: 30.0,
                ..rate("G723-5.3", 30.0, 20.0)
            },
        ],
        // 24 octets a 30 ms frame at 6.3 kbit/s, 20 at 5.3 (RFC 3551 §4.5.3).
        impairment: Impairment::ByRate(&[
            RateValues {
                least_octets: 22.0,
                frame_ms: 30.0,
                parameter: None,
                values: Values {
                    ie: 15.0,
                    bpl: Some(16.1),
                    assumption: "",
                },
            },
            RateValues {
                least_octets: 0.0,
                frame_ms: 30.0,
                parameter: None,
                values: Values {
                    ie: 19.0,
                    bpl: Some(16.1),
                    assumption: "5.3 kbit/s by payload size; its Bpl is not published, that of 6.3 is used",
                },
            },
        ]),
        sound: Some(Sound::G7231),
        ..audio("G723")
    },
    Codec {
        aliases: &["AAL2-G726-32", "G721"],
        rates: &[Rate {
            aliases: &["G726"],
            ..rate("G726-32", 1.0, 4.0)
        }],
        impairment: without_bpl(7.0),
        sound: Some(Sound::G726(4)),
        ..audio("G726-32")
    },
    Codec {
        aliases: &["AAL2-G726-40"],
        rates: &[rate("G726-40", 1.0, 5.0)],
        impairment: without_bpl(2.0),
        sound: Some(Sound::G726(5)),
        ..audio("G726-40")
    },
    Codec {
        aliases: &["AAL2-G726-24"],
        rates: &[rate("G726-24", 1.0, 3.0)],
        impairment: without_bpl(25.0),
        sound: Some(Sound::G726(3)),
        ..audio("G726-24")
    },
    Codec {
        aliases: &["AAL2-G726-16"],
        rates: &[rate("G726-16", 1.0, 2.0)],
        impairment: without_bpl(50.0),
        sound: Some(Sound::G726(2)),
        ..audio("G726-16")
    },
    Codec {
        fixed: &[audio_type(15, 8000, 1)],
        rates: &[rate("G728", 2.5, 5.0)],
        impairment: without_bpl(7.0),
        ..audio("G728")
    },
    Codec {
        rates: &[rate("GSM-EFR", 20.0, 31.0)],
        impairment: published(5.0, 10.0),
        ..audio("GSM-EFR")
    },
    Codec {
        aliases: &["GSM-HR"],
        rates: rates::GSM_HR,
        impairment: without_bpl(23.0),
        ..audio("GSM-HR-08")
    },
    Codec {
        fixed: &[audio_type(10, 44100, 2), audio_type(11, 44100, 1)],
        rates: &[
            rate("L16-16000", 1.0, 32.0),
            rate("L16-8000", 1.0, 16.0),
            rate("L16-44100", 10.0, 882.0),
        ],
        sound: Some(Sound::Linear16),
        ..audio("L16")
    },
    Codec {
        rates: rates::G7221,
        ..wideband("G7221")
    },
    Codec {
        rates: rates::G7291,
        ..wideband("G7291")
    },
    Codec {
        aliases: &["G711.1"],
        rates: rates::G7111,
        ..wideband("PCMU-WB")
    },
    Codec {
        rates: rates::G7111,
        ..wideband("PCMA-WB")
    },
    Codec {
        fixed: &[
            audio_type(5, 8000, 1),
            audio_type(6, 16000, 1),
            audio_type(16, 11025, 1),
            audio_type(17, 22050, 1),
        ],
        rates: rates::DVI4,
        ..audio("DVI4")
    },
    Codec {
        fixed: &[audio_type(7, 8000, 1)],
        // RFC 3551: 14 octets a frame of 20 ms.
        rates: &[rate("LPC", 20.0, 14.0)],
        ..audio("LPC")
    },
    Codec {
        fixed: &[audio_type(12, 8000, 1)],
        rates: rates::QCELP,
        ..audio("QCELP")
    },
    Codec {
        fixed: &[FixedType {
            payload_type: 14,
            clock_hz: 90000,
            channels: None,
        }],
        ..audio("MPA")
    },
    audio("AMR-WB+"),
    Codec {
        rates: rates::BV16,
        ..audio("BV16")
    },
    Codec {
        rates: rates::BV32,
        ..audio("BV32")
    },
    Codec {
        rates: rates::CLEARMODE,
        ..audio("CLEARMODE")
    },
    audio("EVRC"),
    audio("G719"),
    audio("iSAC"),
    Codec {
        rates: rates::L8,
        ..audio("L8")
    },
    audio("mpeg4-generic"),
    audio("MP4A-LATM"),
    audio("SILK"),
    video("H264"),
    video("H265"),
    Codec {
        fixed: &[video_type(34)],
        ..video("H263")
    },
    video("H263-1998"),
    video("H263-2000"),
    video("VP8"),
    video("VP9"),
    video("AV1"),
    video("H264-SVC"),
    video("H266"),
    Codec {
        fixed: &[video_type(31)],
        ..video("H261")
    },
    Codec {
        fixed: &[video_type(26)],
        ..video("JPEG")
    },
    Codec {
        fixed: &[video_type(25)],
        ..video("CelB")
    },
    Codec {
        fixed: &[video_type(28)],
        ..video("nv")
    },
    Codec {
        fixed: &[video_type(32)],
        ..video("MPV")
    },
    Codec {
        fixed: &[video_type(33)],
        ..video("MP2T")
    },
    video("MP4V-ES"),
    video("theora"),
    Codec {
        kind: MediaKind::Text,
        ..audio("t140")
    },
    side("tone", Role::Event),
    side("red", Role::Redundant),
    side("rtx", Role::Repair),
    side("ulpfec", Role::Repair),
    Codec {
        aliases: &["flexfec-03"],
        ..side("flexfec", Role::Repair)
    },
    side("parityfec", Role::Repair),
];

const fn audio(name: &'static str) -> Codec {
    Codec {
        name,
        aliases: &[],
        kind: MediaKind::Audio,
        role: Role::Media,
        fixed: &[],
        packet_ms: 20.0,
        rates: &[],
        impairment: Impairment::Unpublished,
        sound: None,
    }
}

const fn wideband(name: &'static str) -> Codec {
    Codec {
        impairment: Impairment::Wideband,
        ..audio(name)
    }
}

const fn video(name: &'static str) -> Codec {
    Codec {
        kind: MediaKind::Video,
        ..audio(name)
    }
}

const fn side(name: &'static str, role: Role) -> Codec {
    Codec {
        role,
        ..audio(name)
    }
}

const fn audio_type(payload_type: u8, clock_hz: u32, channels: u8) -> FixedType {
    FixedType {
        payload_type,
        clock_hz,
        channels: Some(channels),
    }
}

/// Video is timed at 90 kHz (RFC 3551 §5).
const fn video_type(payload_type: u8) -> FixedType {
    FixedType {
        payload_type,
        clock_hz: 90000,
        channels: None,
    }
}

/// Codecs of single samples are given as frames of 1 ms (G.711: 8 octets).
pub(super) const fn rate(name: &'static str, frame_ms: f64, frame_octets: f64) -> Rate {
    Rate {
        name,
        aliases: &[],
        frame_ms,
        frame_octets,
        header_octets: 0.0,
        packet_ms: 20.0,
    }
}

const fn published(ie: f64, bpl: f64) -> Impairment {
    Impairment::Published(Values {
        ie,
        bpl: Some(bpl),
        assumption: "",
    })
}

const fn without_bpl(ie: f64) -> Impairment {
    Impairment::Published(Values {
        ie,
        bpl: None,
        assumption: "no Bpl is published for this codec: that of G.711 without concealment is used",
    })
}
