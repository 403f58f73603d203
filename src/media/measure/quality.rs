//! Estimated listening quality of one stream: codec and packet loss through the E-model.
//!
//! Only codecs with a published ITU-T impairment value are rated; for the rest the score is unknown
//! and the reason says so. Late packets count as lost, as the listener hears no difference.

use super::emodel::{Parameters, effective_equipment_impairment, mos, rating};

/// Bpl of G.711 without loss concealment (ITU-T G.113 table I.4).
pub const BPL_G711_PLAIN: f64 = 4.3;
/// Bpl of G.711 with the concealment of its appendix I (ITU-T G.113 table I.4).
pub const BPL_G711_CONCEALED: f64 = 25.1;

/// How a codec enters the E-model.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Impairment {
    /// Equipment impairment without loss, Ie.
    pub ie: f64,
    /// Packet-loss robustness, Bpl.
    pub bpl: f64,
    /// What was assumed, for the reader; empty where the recommendation leaves nothing open.
    pub assumption: &'static str,
}

/// What is known of a stream's codec.
#[derive(Clone, Copy, Debug, Default)]
pub struct CodecFacts<'a> {
    /// Encoding name; `None` where nobody announced the payload type.
    pub name: Option<&'a str>,
    /// RTP clock rate in Hz.
    pub clock_hz: Option<u32>,
    /// Format parameters.
    pub fmtp: Option<&'a str>,
    /// Mean payload octets a packet.
    pub mean_payload: f64,
    /// Milliseconds of speech a packet.
    pub ptime_ms: Option<f64>,
    /// Media is enciphered: the name is the announcement's word alone.
    pub encrypted: bool,
}

/// Loss as the listener gets it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LossFacts {
    /// Packets expected.
    pub expected: u64,
    /// Packets lost.
    pub lost: u64,
    /// Packets that came too late to be played.
    pub late: u64,
    /// BurstR, at least 1.
    pub burst_ratio: f64,
}

/// The estimate.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct QualityFigures {
    /// Mean opinion score for listening, 1 to 4.5.
    pub mos: Option<f64>,
    /// Transmission rating R.
    pub r_factor: Option<f64>,
    /// The score of the same codec without loss.
    pub mos_ceiling: Option<f64>,
    /// `g107` where a score is given.
    pub model: Option<&'static str>,
    /// Why there is no score, or what was assumed for it.
    pub reason: Option<String>,
    /// Ie of the codec.
    pub ie: Option<f64>,
    /// Bpl of the codec.
    pub bpl: Option<f64>,
    /// Loss that entered the model, late packets included, in percent.
    pub effective_loss_percent: Option<f64>,
    /// BurstR that entered the model.
    pub burst_ratio: Option<f64>,
}

/// Rates a stream.
pub fn estimate(codec: CodecFacts<'_>, loss: LossFacts) -> QualityFigures {
    let impairment = match impairment(codec) {
        Ok(i) if loss.expected > 0 => i,
        Ok(_) => return unrated("no packets to rate".into()),
        Err(reason) => return unrated(reason),
    };
    let missed = (loss.lost + loss.late).min(loss.expected);
    let percent = missed as f64 / loss.expected as f64 * 100.0;
    let score = |bpl: f64| {
        let ie_eff =
            effective_equipment_impairment(impairment.ie, bpl, percent, loss.burst_ratio.max(1.0));
        rating(&Parameters::default(), ie_eff, 0.0)
    };
    let rated = score(impairment.bpl);
    let ceiling = rating(&Parameters::default(), impairment.ie, 0.0);

    let mut notes: Vec<String> = Vec::new();
    if !impairment.assumption.is_empty() {
        notes.push(impairment.assumption.into());
    }
    if missed > 0 && impairment.bpl == BPL_G711_CONCEALED {
        notes.push(format!(
            "assumes a receiver that conceals loss (G.711 appendix I, Bpl 25.1); without it MOS {:.2}",
            score(BPL_G711_PLAIN).mos()
        ));
    }
    if loss.late > 0 {
        notes.push(format!(
            "{} late packet{} counted as lost (60 ms buffer)",
            loss.late,
            if loss.late == 1 { "" } else { "s" }
        ));
    }
    if codec.encrypted {
        notes.push("media is encrypted: codec as announced, payload not looked at".into());
    }
    QualityFigures {
        mos: Some(rated.mos()),
        r_factor: Some(rated.r.clamp(0.0, 100.0)),
        mos_ceiling: Some(ceiling.mos()),
        model: Some("g107"),
        reason: (!notes.is_empty()).then(|| notes.join("; ")),
        ie: Some(impairment.ie),
        bpl: Some(impairment.bpl),
        effective_loss_percent: Some(percent),
        burst_ratio: Some(loss.burst_ratio.max(1.0)),
    }
}

fn unrated(reason: String) -> QualityFigures {
    QualityFigures {
        reason: Some(reason),
        ..QualityFigures::default()
    }
}

const NO_BPL: &str =
    "no Bpl is published for this codec: that of G.711 without concealment is used";

/// The published impairment of a codec (ITU-T G.113 appendix I), or why there is none.
pub fn impairment(codec: CodecFacts<'_>) -> Result<Impairment, String> {
    let Some(name) = codec.name else {
        return Err("codec unknown: no session description names this payload type".into());
    };
    let value = |ie, bpl, assumption| {
        Ok(Impairment {
            ie,
            bpl,
            assumption,
        })
    };
    match name.to_ascii_uppercase().as_str() {
        "PCMU" | "PCMA" => value(0.0, BPL_G711_CONCEALED, ""),
        "G729" | "G729A" | "G729B" | "G729AB" => value(
            11.0,
            19.0,
            "rated as G.729A; RTP does not tell G.729 from G.729A",
        ),
        "G723" => g723(codec),
        "GSM-EFR" => value(5.0, 10.0, ""),
        "AMR" => amr(codec),
        "GSM" => value(20.0, BPL_G711_PLAIN, NO_BPL),
        "GSM-HR" | "GSM-HR-08" => value(23.0, BPL_G711_PLAIN, NO_BPL),
        "G726-40" | "AAL2-G726-40" => value(2.0, BPL_G711_PLAIN, NO_BPL),
        "G726-32" | "AAL2-G726-32" | "G721" => value(7.0, BPL_G711_PLAIN, NO_BPL),
        "G726-24" | "AAL2-G726-24" => value(25.0, BPL_G711_PLAIN, NO_BPL),
        "G726-16" | "AAL2-G726-16" => value(50.0, BPL_G711_PLAIN, NO_BPL),
        "G728" => value(7.0, BPL_G711_PLAIN, NO_BPL),
        "G722" | "AMR-WB" | "G7221" | "G7222" | "G7291" | "G711.1" | "PCMU-WB" | "PCMA-WB" => {
            Err(format!(
                "{name} is a wideband codec: the narrowband model does not apply, and its wideband \
                 values are not confirmed"
            ))
        }
        "OPUS" => Err("no ITU-T impairment value exists for opus".into()),
        "H261" | "H263" | "H263-1998" | "H263-2000" | "H264" | "H265" | "H266" | "VP8" | "VP9"
        | "AV1" | "JPEG" | "MPV" | "MP2T" | "MP4V-ES" | "THEORA" | "NV" | "CELB" => {
            Err(format!("{name} is video: the model rates speech"))
        }
        _ => Err(format!("no ITU-T impairment value is published for {name}")),
    }
}

/// 24 octets a 30 ms frame at 6.3 kbit/s, 20 at 5.3 (RFC 3551 §4.5.3).
fn g723(codec: CodecFacts<'_>) -> Result<Impairment, String> {
    let frames = (codec.ptime_ms.unwrap_or(30.0) / 30.0).round().max(1.0);
    let low_rate = codec.mean_payload > 0.0 && codec.mean_payload / frames < 22.0;
    Ok(if low_rate {
        Impairment {
            ie: 19.0,
            bpl: 16.1,
            assumption: "5.3 kbit/s by payload size; its Bpl is not published, that of 6.3 is used",
        }
    } else {
        Impairment {
            ie: 15.0,
            bpl: 16.1,
            assumption: "",
        }
    })
}

/// Only the 12.2 kbit/s mode (= GSM-EFR) has a published value.
fn amr(codec: CodecFacts<'_>) -> Result<Impairment, String> {
    let frames = (codec.ptime_ms.unwrap_or(20.0) / 20.0).round().max(1.0);
    let only_mode_7 = codec.fmtp.is_some_and(|f| {
        f.split(';').any(|p| {
            p.trim()
                .split_once('=')
                .is_some_and(|(k, v)| k.eq_ignore_ascii_case("mode-set") && v.trim() == "7")
        })
    });
    if only_mode_7 || codec.mean_payload / frames >= 31.0 {
        return Ok(Impairment {
            ie: 5.0,
            bpl: 10.0,
            assumption: "rated as AMR 12.2 kbit/s, the mode the payload size shows",
        });
    }
    Err("AMR below 12.2 kbit/s has no ITU-T impairment value".into())
}

/// The score a textbook gives a codec without loss: 4.40, 4.07, 3.87 and 3.69 for G.711, G.729 and
/// G.723.1 at 6.3 and 5.3 kbit/s. R = 93.2 - Ie - 0.024 (codec delay + 20 ms).
pub fn classroom_mos(codec: CodecFacts<'_>) -> Option<f64> {
    let codec_delay_ms = match codec.name?.to_ascii_uppercase().as_str() {
        "PCMU" | "PCMA" => 0.5,
        "G729" | "G729A" => 25.0,
        "G723" => 67.5,
        _ => return None,
    };
    let ie = impairment(codec).ok()?.ie;
    Some(mos(93.2 - ie - 0.024 * (codec_delay_ms + 20.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> CodecFacts<'_> {
        CodecFacts {
            name: Some(name),
            ..CodecFacts::default()
        }
    }

    fn mos_at(ie: f64, bpl: f64, percent: f64) -> f64 {
        let ie_eff = effective_equipment_impairment(ie, bpl, percent, 1.0);
        rating(&Parameters::default(), ie_eff, 0.0).mos()
    }

    // MOS at 0, 1, 2, 5 and 10 % random loss, computed independently of this code to two places; G.729A
    // at 10 % by hand: Ie,eff = 11 + 840/29, R = 53.24, MOS = 2.7456.
    #[test]
    fn loss_costs_what_the_table_says() {
        for (ie, bpl, want) in [
            (0.0, BPL_G711_PLAIN, [4.41, 3.83, 3.26, 2.17, 1.48]),
            (0.0, BPL_G711_CONCEALED, [4.41, 4.33, 4.24, 3.92, 3.41]),
            (11.0, 19.0, [4.10, 3.95, 3.79, 3.34, 2.74]),
            (15.0, 16.1, [3.95, 3.76, 3.57, 3.06, 2.45]),
        ] {
            for (percent, want) in [0.0, 1.0, 2.0, 5.0, 10.0].into_iter().zip(want) {
                let got = mos_at(ie, bpl, percent);
                assert!(
                    (got - want).abs() < 0.006,
                    "Ie {ie} Bpl {bpl} {percent} %: {got}"
                );
            }
        }
    }

    #[test]
    fn a_score_names_what_it_assumes() {
        let loss = LossFacts {
            expected: 100,
            lost: 1,
            late: 0,
            burst_ratio: 1.0,
        };
        let q = estimate(named("pcmu"), loss);
        assert!((q.mos.unwrap() - 4.33).abs() < 0.005);
        assert!((q.mos_ceiling.unwrap() - 4.41).abs() < 0.005);
        assert!(q.reason.unwrap().ends_with("without it MOS 3.83"));
        let clean = estimate(named("PCMA"), LossFacts { lost: 0, ..loss });
        assert_eq!((clean.mos, clean.reason), (clean.mos_ceiling, None));
    }

    #[test]
    fn a_codec_without_a_published_value_has_no_score_and_a_reason() {
        let loss = LossFacts {
            expected: 100,
            burst_ratio: 1.0,
            ..LossFacts::default()
        };
        for name in ["opus", "H264", "G722", "iLBC", "speex", "AMR"] {
            let q = estimate(named(name), loss);
            assert_eq!((q.mos, q.model), (None, None), "{name}");
            assert!(q.reason.is_some(), "{name}");
        }
        let unknown = estimate(CodecFacts::default(), loss);
        assert!(unknown.reason.unwrap().starts_with("codec unknown"));
    }

    #[test]
    fn late_packets_are_lost_to_the_listener() {
        let q = estimate(
            named("G729"),
            LossFacts {
                expected: 100,
                lost: 1,
                late: 1,
                burst_ratio: 1.0,
            },
        );
        assert_eq!(q.effective_loss_percent, Some(2.0));
        assert!((q.mos.unwrap() - 3.79).abs() < 0.005);
    }

    #[test]
    fn payload_size_tells_the_rate_of_g723() {
        let at = |octets| {
            impairment(CodecFacts {
                mean_payload: octets,
                ptime_ms: Some(30.0),
                ..named("G723")
            })
            .unwrap()
            .ie
        };
        assert_eq!((at(24.0), at(20.0)), (15.0, 19.0));
    }

    #[test]
    fn the_classroom_maxima_come_out() {
        let g723 = |octets| CodecFacts {
            mean_payload: octets,
            ..named("G723")
        };
        for (facts, want) in [
            (named("PCMU"), 4.40),
            (named("G729"), 4.07),
            (g723(24.0), 3.87),
            (g723(20.0), 3.69),
        ] {
            assert!((classroom_mos(facts).unwrap() - want).abs() < 0.005);
        }
    }
}
