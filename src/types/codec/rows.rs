//! The rows of the registry. A new codec is a row here.

use super::{
    Codec, FixedType, FrameDelay, Impairment, Mode, Rate, RateValues, Role, Sound, Values, rates,
};
use crate::types::media::MediaKind;
use crate::types::quality::QualityScale;

/// Every codec known, the ones that calls use most first.
pub const CODECS: &[Codec] = &[
    Codec {
        fixed: &[audio_type(0, 8000, 1)],
        aliases: &["G711U", "G711MU", "G711"],
        rates: &[rate("G711", 1.0, 8.0)],
        impairment: published(0.0, 25.1),
        delays: SAMPLES,
        sound: Some(Sound::MuLaw),
        ..audio("PCMU")
    },
    Codec {
        fixed: &[audio_type(8, 8000, 1)],
        aliases: &["G711A"],
        rates: &[rate("G711", 1.0, 8.0)],
        impairment: published(0.0, 25.1),
        delays: SAMPLES,
        sound: Some(Sound::ALaw),
        ..audio("PCMA")
    },
    side("telephone-event", Role::Event),
    Codec {
        fixed: &[audio_type(9, 8000, 1)],
        aliases: &["G722-64"],
        rates: &[rate("G722", 1.0, 8.0)],
        // RTP carries eight bits a pair of samples whatever the mode; fewer only where a device packs them.
        impairment: Impairment::ByRate(&[
            g722_rate(7.5, 13.0),
            g722_rate(6.5, 20.0),
            g722_rate(5.5, 31.0),
        ]),
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
            scale: QualityScale::Narrowband,
            assumption: "rated as G.729A; RTP does not tell G.729 from G.729A",
        }),
        delays: &[frame(10.0, 5.0)],
        sound: Some(Sound::G729),
        ..audio("G729")
    },
    Codec {
        impairment: Impairment::Unusable(
            "the ITU-T publishes none for opus, and what others fitted depends on a rate and a bandwidth that the \
             packets do not tell",
        ),
        delays: &[frame(20.0, 6.5)],
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
        delays: &[frame(20.0, 0.0)],
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
        impairment: Impairment::Unusable(
            "the ITU-T publishes none for iLBC, only the literature has estimates",
        ),
        delays: &[frame(20.0, 5.0), frame(30.0, 10.0)],
        ..audio("iLBC")
    },
    Codec {
        rates: rates::SPEEX,
        ..audio("speex")
    },
    Codec {
        rates: rates::AMR,
        impairment: Impairment::ByMode(AMR),
        delays: &[frame(20.0, 5.0)],
        ..audio("AMR")
    },
    Codec {
        aliases: &["G7222"],
        rates: rates::AMR_WB,
        impairment: Impairment::ByMode(AMR_WB),
        delays: &[frame(20.0, 5.0)],
        ..audio("AMR-WB")
    },
    Codec {
        rates: rates::EVS,
        impairment: Impairment::Unusable(
            "for EVS the ITU-T publishes values of the fullband scale alone",
        ),
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
                    scale: QualityScale::Narrowband,
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
                    scale: QualityScale::Narrowband,
                    assumption: "5.3 kbit/s by payload size; its Bpl is not published, that of 6.3 is used",
                },
            },
        ]),
        delays: &[frame(30.0, 7.5)],
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
        delays: SAMPLES,
        sound: Some(Sound::G726(4)),
        ..audio("G726-32")
    },
    Codec {
        aliases: &["AAL2-G726-40"],
        rates: &[rate("G726-40", 1.0, 5.0)],
        impairment: without_bpl(2.0),
        delays: SAMPLES,
        sound: Some(Sound::G726(5)),
        ..audio("G726-40")
    },
    Codec {
        aliases: &["AAL2-G726-24"],
        rates: &[rate("G726-24", 1.0, 3.0)],
        impairment: without_bpl(25.0),
        delays: SAMPLES,
        sound: Some(Sound::G726(3)),
        ..audio("G726-24")
    },
    Codec {
        aliases: &["AAL2-G726-16"],
        rates: &[rate("G726-16", 1.0, 2.0)],
        impairment: without_bpl(50.0),
        delays: SAMPLES,
        sound: Some(Sound::G726(2)),
        ..audio("G726-16")
    },
    Codec {
        fixed: &[audio_type(15, 8000, 1)],
        rates: &[rate("G728", 2.5, 5.0)],
        impairment: without_bpl(7.0),
        delays: &[frame(0.625, 0.0)],
        ..audio("G728")
    },
    Codec {
        rates: &[rate("GSM-EFR", 20.0, 31.0)],
        impairment: published(5.0, 10.0),
        delays: &[frame(20.0, 0.0)],
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
        delays: SAMPLES,
        sound: Some(Sound::Linear16),
        ..audio("L16")
    },
    Codec {
        rates: rates::G7221,
        delays: &[frame(20.0, 20.0)],
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
        delays: &[],
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

const fn frame(frame_ms: f64, lookahead_ms: f64) -> FrameDelay {
    FrameDelay {
        frame_ms,
        lookahead_ms,
    }
}

/// Codecs of single samples at 8 kHz.
const SAMPLES: &[FrameDelay] = &[frame(0.125, 0.0)];

/// AMR (3GPP TS 26.101). GSM-EFR is its 12.2 kbit/s; for the others the ITU-T publishes nothing.
const AMR: &[Mode] = &[
    mode(0, "4.75", 95, None),
    mode(1, "5.15", 103, None),
    mode(2, "5.9", 118, None),
    mode(3, "6.7", 134, None),
    mode(4, "7.4", 148, None),
    mode(5, "7.95", 159, None),
    mode(6, "10.2", 204, None),
    mode(
        7,
        "12.2",
        244,
        Some(Values {
            ie: 5.0,
            bpl: Some(10.0),
            scale: QualityScale::Narrowband,
            assumption: "",
        }),
    ),
];

/// AMR-WB (3GPP TS 26.201). Ie,wb for one ear, as with a handset (G.113 table IV.1); the Bpl that are published are
/// for two ears. That 23.85 is worse than 23.05 is meant.
const AMR_WB: &[Mode] = &[
    mode(0, "6.6", 132, one_ear(41.0)),
    mode(1, "8.85", 177, one_ear(26.0)),
    mode(2, "12.65", 253, one_ear(13.0)),
    mode(3, "14.25", 285, one_ear(10.0)),
    mode(4, "15.85", 317, one_ear(7.0)),
    mode(5, "18.25", 365, one_ear(5.0)),
    mode(6, "19.85", 397, one_ear(3.0)),
    mode(7, "23.05", 461, one_ear(1.0)),
    mode(8, "23.85", 477, one_ear(8.0)),
];

const fn mode(frame_type: u8, kbps: &'static str, bits: u16, values: Option<Values>) -> Mode {
    Mode {
        frame_type,
        kbps,
        bits,
        values,
    }
}

const fn one_ear(ie: f64) -> Option<Values> {
    Some(Values {
        ie,
        bpl: None,
        scale: QualityScale::Wideband,
        assumption: "for one ear (handset)",
    })
}

const fn g722_rate(least_octets: f64, ie: f64) -> RateValues {
    RateValues {
        least_octets,
        frame_ms: 1.0,
        parameter: None,
        values: Values {
            ie,
            bpl: None,
            scale: QualityScale::Wideband,
            assumption: "",
        },
    }
}

const fn published(ie: f64, bpl: f64) -> Impairment {
    Impairment::Published(Values {
        ie,
        bpl: Some(bpl),
        scale: QualityScale::Narrowband,
        assumption: "",
    })
}

const fn without_bpl(ie: f64) -> Impairment {
    Impairment::Published(Values {
        ie,
        bpl: None,
        scale: QualityScale::Narrowband,
        assumption: "no Bpl is published for this codec: that of G.711 without concealment is used",
    })
}
