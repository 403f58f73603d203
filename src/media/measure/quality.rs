//! Estimated listening quality of one stream: codec and packet loss through the E-model.
//!
//! Only codecs with a published ITU-T impairment value are rated; for the rest the score is unknown
//! and the reason says so. Late packets count as lost, as the listener hears no difference.

use super::emodel::{Parameters, effective_equipment_impairment, rating};
use crate::types::MediaKind;
use crate::types::codec::{self, Impairment, RateValues, Values};

/// Bpl of G.711 without loss concealment (ITU-T G.113 table I.4).
const BPL_G711_PLAIN: f64 = 4.3;
/// Bpl of G.711 with the concealment of its appendix I (ITU-T G.113 table I.4).
const BPL_G711_CONCEALED: f64 = 25.1;

/// What a score of enciphered media rests on.
const ENCRYPTED: &str = "encrypted (SRTP): the score rests on the announced codec and the RTP headers, the sound itself \
                         cannot be looked at";

/// What is known of a stream's codec.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct CodecFacts<'a> {
    /// Encoding name; `None` where nobody announced the payload type.
    pub name: Option<&'a str>,
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
pub(crate) struct LossFacts {
    /// Packets expected.
    pub expected: u64,
    /// Packets lost.
    pub lost: u64,
    /// Packets that came too late for the play-out buffer.
    pub late: u64,
    /// BurstR, at least 1.
    pub burst_ratio: f64,
}

crate::types::vocabulary! {
    /// The model behind a score.
    pub enum QualityModel {
        /// The E-model of ITU-T G.107.
        G107 = "g107",
    }
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
    /// The model, where a score is given.
    pub model: Option<QualityModel>,
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
pub(crate) fn estimate(codec: CodecFacts<'_>, loss: LossFacts) -> QualityFigures {
    let impairment = match impairment(codec) {
        Ok(values) if loss.expected > 0 => values,
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
    let bpl = impairment.bpl.unwrap_or(BPL_G711_PLAIN);
    let rated = score(bpl);
    let ceiling = rating(&Parameters::default(), impairment.ie, 0.0);

    let mut notes: Vec<String> = Vec::new();
    if !impairment.assumption.is_empty() {
        notes.push(impairment.assumption.into());
    }
    if missed > 0 && bpl == BPL_G711_CONCEALED {
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
        notes.push(ENCRYPTED.into());
    }
    QualityFigures {
        mos: Some(rated.mos()),
        r_factor: Some(rated.r.clamp(0.0, 100.0)),
        mos_ceiling: Some(ceiling.mos()),
        model: Some(QualityModel::G107),
        reason: (!notes.is_empty()).then(|| notes.join("; ")),
        ie: Some(impairment.ie),
        bpl: Some(bpl),
        effective_loss_percent: Some(percent),
        burst_ratio: Some(loss.burst_ratio.max(1.0)),
    }
}

fn unrated(reason: String) -> QualityFigures {
    QualityFigures::unrated(reason)
}

impl QualityFigures {
    /// No score, and why.
    pub(crate) fn unrated(reason: String) -> QualityFigures {
        QualityFigures {
            reason: Some(reason),
            ..QualityFigures::default()
        }
    }
}

/// The published impairment of a codec, or why there is none.
fn impairment(facts: CodecFacts<'_>) -> Result<Values, String> {
    let Some(name) = facts.name else {
        return Err("codec unknown: no session description names this payload type".into());
    };
    let known = codec::find(name);
    if known.is_some_and(|c| c.kind == MediaKind::Video) {
        return Err(format!("{name} is video: the model rates speech"));
    }
    match known.map_or(Impairment::Unpublished, |c| c.impairment) {
        Impairment::Published(values) => Ok(values),
        Impairment::ByRate(rates) => by_rate(facts, rates)
            .ok_or_else(|| format!("{name} at this rate has no ITU-T impairment value")),
        Impairment::Wideband => Err(format!(
            "{name} is a wideband codec: the narrowband model does not apply, and its wideband values are not \
             confirmed"
        )),
        Impairment::Unpublished => {
            Err(format!("no ITU-T impairment value is published for {name}"))
        }
    }
}

/// The rate that a format parameter or the size of a frame shows.
fn by_rate(facts: CodecFacts<'_>, rates: &[RateValues]) -> Option<Values> {
    let says = |(key, value): (&str, &str)| {
        let parameters = facts.fmtp.unwrap_or_default().split(';');
        parameters
            .filter_map(|p| p.trim().split_once('='))
            .any(|(k, v)| k.eq_ignore_ascii_case(key) && v.trim() == value)
    };
    let frame_octets = |frame_ms: f64| {
        let frames = (facts.ptime_ms.unwrap_or(frame_ms) / frame_ms).round();
        facts.mean_payload / frames.max(1.0)
    };
    let fits = |r: &&RateValues| {
        r.parameter.is_some_and(says)
            || (facts.mean_payload > 0.0 && frame_octets(r.frame_ms) >= r.least_octets)
    };
    rates.iter().find(fits).map(|r| r.values)
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
}
