//! Estimated listening quality of one stream: codec and packet loss through the E-model.
//!
//! Only codecs with a published ITU-T impairment value are rated; for the rest the score is unknown
//! and the reason says so. Late packets count as lost, as the listener hears no difference.

use super::emodel::{
    Parameters, R_WIDEBAND, Rating, effective_equipment_impairment, mos_wideband, rating, wideband,
};
use super::impairment::{Chosen, impairment};
use crate::types::QualityScale;
use crate::types::codec;

/// Bpl of G.711 without loss concealment (ITU-T G.113 table I.4).
pub const BPL_G711_PLAIN: f64 = 4.3;
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
    /// Payloads by frame type, for codecs that name it in each.
    pub frame_types: Option<&'a [u32; 16]>,
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
        /// The wideband E-model of ITU-T G.107.1.
        G1071 = "g107_1",
        /// The short form of courses (`--mos-profile classroom`).
        Classroom = "classroom",
    }
}

/// The estimate.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct QualityFigures {
    /// Mean opinion score for listening, 1 to 4.5.
    pub mos: Option<f64>,
    /// Transmission rating R; 0 to 100, on the wideband scale 0 to 129.
    pub r_factor: Option<f64>,
    /// The score of the same codec without loss.
    pub mos_ceiling: Option<f64>,
    /// The model, where a score is given.
    pub model: Option<QualityModel>,
    /// The scale of the scores, the ceiling too.
    pub scale: Option<QualityScale>,
    /// What R is the sum of, before it is held to its range.
    pub terms: Option<Rating>,
    /// The score of G.711 with the same loss and a receiver that does not conceal it, where the score assumes that it does.
    pub mos_without_concealment: Option<f64>,
    /// Why there is no score, or what else was assumed for it.
    pub reason: Option<String>,
    /// Ie of the codec; Ie,wb on the wideband scale.
    pub ie: Option<f64>,
    /// Bpl of the codec.
    pub bpl: Option<f64>,
    /// Loss that entered the model, late packets included, in percent.
    pub effective_loss_percent: Option<f64>,
    /// BurstR that entered the model.
    pub burst_ratio: Option<f64>,
    /// Milliseconds of speech a packet, where the codec is rated.
    pub packet_ms: Option<f64>,
    /// Milliseconds the codec looks ahead, where it is rated.
    pub lookahead_ms: Option<f64>,
}

/// Rates a stream.
pub(crate) fn estimate(codec: CodecFacts<'_>, loss: LossFacts) -> QualityFigures {
    let chosen = match impairment(codec) {
        Ok(chosen) if loss.expected > 0 => chosen,
        Ok(_) => return unrated("no packets to rate".into()),
        Err(reason) => return unrated(reason),
    };
    let missed = (loss.lost + loss.late).min(loss.expected);
    let burst_ratio = loss.burst_ratio.max(1.0);
    let loss_percent = missed as f64 / loss.expected as f64 * 100.0;
    let known = QualityFigures {
        scale: Some(chosen.values.scale),
        ie: Some(chosen.values.ie),
        bpl: chosen.values.bpl,
        effective_loss_percent: Some(loss_percent),
        burst_ratio: Some(burst_ratio),
        packet_ms: codec.ptime_ms,
        lookahead_ms: codec
            .name
            .and_then(codec::find)
            .and_then(|c| c.delay(codec.ptime_ms))
            .map(|d| d.lookahead_ms),
        ..QualityFigures::default()
    };
    let mut notes: Vec<String> = chosen.notes();
    if loss.late > 0 {
        let s = if loss.late == 1 { "" } else { "s" };
        let late = loss.late;
        notes.push(format!(
            "{late} late packet{s} counted as lost (60 ms buffer)"
        ));
    }
    if missed > 1 && burst_ratio > 1.005 {
        notes.push(format!("lost in bursts (BurstR {burst_ratio:.2})"));
    }
    if codec.encrypted {
        notes.push(ENCRYPTED.into());
    }
    match chosen.values.scale {
        QualityScale::Narrowband => on_narrowband(&chosen, known, missed, notes),
        QualityScale::Wideband => on_wideband(&chosen, known, missed, notes),
    }
}

fn on_narrowband(
    chosen: &Chosen,
    known: QualityFigures,
    missed: u64,
    notes: Vec<String>,
) -> QualityFigures {
    let ie = chosen.values.ie;
    let loss = known.effective_loss_percent.unwrap_or_default();
    let burst_ratio = known.burst_ratio.unwrap_or(1.0);
    let score = |bpl: f64| {
        let ie_eff = effective_equipment_impairment(ie, bpl, loss, burst_ratio);
        rating(&Parameters::default(), ie_eff, 0.0)
    };
    let bpl = chosen.values.bpl.unwrap_or(BPL_G711_PLAIN);
    let rated = score(bpl);
    let assumes_concealment = missed > 0 && bpl == BPL_G711_CONCEALED;
    QualityFigures {
        mos: Some(rated.mos()),
        r_factor: Some(rated.r.clamp(0.0, 100.0)),
        mos_ceiling: Some(rating(&Parameters::default(), ie, 0.0).mos()),
        model: Some(QualityModel::G107),
        terms: Some(rated),
        mos_without_concealment: assumes_concealment.then(|| score(BPL_G711_PLAIN).mos()),
        reason: (!notes.is_empty()).then(|| notes.join("; ")),
        bpl: Some(bpl),
        ..known
    }
}

/// A Bpl that is not published is not borrowed on this scale: with loss there is no score.
fn on_wideband(
    chosen: &Chosen,
    known: QualityFigures,
    missed: u64,
    mut notes: Vec<String>,
) -> QualityFigures {
    let ie = chosen.values.ie;
    let ceiling = Some(mos_wideband(wideband(ie).r));
    notes.insert(
        0,
        "on the wideband scale of ITU-T G.107.1, not comparable with scores of telephone speech"
            .into(),
    );
    let loss = known.effective_loss_percent.unwrap_or_default();
    let burst_ratio = known.burst_ratio.unwrap_or(1.0);
    let ie_eff = match chosen.values.bpl {
        Some(bpl) => effective_equipment_impairment(ie, bpl, loss, burst_ratio),
        None if missed == 0 => ie,
        None => {
            let why = format!(
                "{loss:.1} % lost or late, and how well {} stands loss on the wideband scale (Bpl) is not published: \
                 only the score without loss is known",
                chosen.name
            );
            return QualityFigures {
                mos_ceiling: ceiling,
                reason: Some(why),
                ..known
            };
        }
    };
    let rated = wideband(ie_eff);
    QualityFigures {
        mos: Some(mos_wideband(rated.r)),
        r_factor: Some(rated.r.clamp(0.0, R_WIDEBAND)),
        mos_ceiling: ceiling,
        model: Some(QualityModel::G1071),
        terms: Some(rated),
        reason: Some(notes.join("; ")),
        ..known
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

    /// Why there is no score, or all that was assumed for it.
    pub fn assumed(&self) -> Option<String> {
        assumed(self.mos_without_concealment, self.reason.as_deref())
    }
}

/// What a score assumes: a receiver that conceals loss, where the score without it is known, and what else.
pub fn assumed(mos_without_concealment: Option<f64>, else_assumed: Option<&str>) -> Option<String> {
    let Some(mos) = mos_without_concealment else {
        return else_assumed.map(str::to_owned);
    };
    let more = else_assumed.map_or(String::new(), |more| format!("; {more}"));
    Some(format!(
        "assumes a receiver that conceals loss (G.711 appendix I, Bpl 25.1); without it MOS {mos:.2}{more}"
    ))
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
        assert!(q.assumed().unwrap().ends_with("without it MOS 3.83"));
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
        for name in ["opus", "H264", "G7221", "iLBC", "speex", "AMR", "EVS"] {
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

    // G.722 at 64 kbit/s: Ie,wb 13, R = 129 - 13, MOS of 116 / 1.29 = 4.337 by hand.
    #[test]
    fn wideband_is_rated_on_its_own_scale_and_only_without_loss() {
        let facts = CodecFacts {
            mean_payload: 160.0,
            ptime_ms: Some(20.0),
            ..named("G722")
        };
        let clean = LossFacts {
            expected: 100,
            burst_ratio: 1.0,
            ..LossFacts::default()
        };
        let q = estimate(facts, clean);
        assert!((q.mos.unwrap() - 4.337).abs() < 0.001);
        assert_eq!(
            (q.r_factor, q.scale),
            (Some(116.0), Some(QualityScale::Wideband))
        );
        assert_eq!(q.model, Some(QualityModel::G1071));
        let lossy = estimate(facts, LossFacts { lost: 1, ..clean });
        assert_eq!((lossy.mos, lossy.terms), (None, None));
        assert_eq!(lossy.mos_ceiling, q.mos);
        assert!(lossy.reason.unwrap().starts_with("1.0 % lost or late"));
    }

    // Ie,eff of bursts by hand: 95 x 10 / (10 / 2 + 25.1) = 31.56; random: 950 / 35.1 = 27.07.
    #[test]
    fn bursts_cost_more_than_random_loss_and_are_said() {
        let q = estimate(
            named("PCMU"),
            LossFacts {
                expected: 100,
                lost: 10,
                late: 0,
                burst_ratio: 2.0,
            },
        );
        assert!((q.terms.unwrap().ie_eff - 31.5615).abs() < 0.0001);
        assert!(q.reason.unwrap().ends_with("lost in bursts (BurstR 2.00)"));
    }
}
