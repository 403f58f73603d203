//! The scores that courses teach: R = 93.2 - Ie,eff - 0.024 (codec delay + 20 ms), and the best that each codec can
//! reach, by this and by the full model.
//!
//! Codec delay is that of two frames and the look-ahead (ITU-T G.114): one frame to gather, one to code.

use super::emodel::{Rating, mos, mos_wideband, wideband};
use super::impairment::impairment;
use super::quality::{CodecFacts, LossFacts, estimate};
use crate::types::codec::{self, Codec, Rate};
use crate::types::{MosProfile, QualityScale};

/// R without any impairment, as taught.
const R_TAUGHT: f64 = 93.2;
/// What every connection is taken to add to the codec's delay, in milliseconds.
const BESIDE_CODEC_MS: f64 = 20.0;
/// R a millisecond takes below 177.3 ms (Cole and Rosenbluth's short form).
const R_PER_MS: f64 = 0.024;

/// A score by the classroom profile.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClassroomScore {
    /// The terms: `id` is 0.024 a millisecond.
    pub rating: Rating,
    /// Two frames and the look-ahead, in milliseconds.
    pub codec_ms: f64,
    /// That and 20 ms.
    pub delay_ms: f64,
}

impl ClassroomScore {
    /// Mean opinion score, 1 to 4.5.
    pub fn mos(&self) -> f64 {
        mos(self.rating.r)
    }
}

/// The score of a codec with this Ie,eff; `None` where its delay is not known.
pub fn classroom(codec: &str, ie_eff: f64) -> Option<ClassroomScore> {
    let delay = codec::find(codec)?.delay(None)?;
    let codec_ms = 2.0 * delay.frame_ms + delay.lookahead_ms;
    let delay_ms = codec_ms + BESIDE_CODEC_MS;
    let id = R_PER_MS * delay_ms;
    Some(ClassroomScore {
        rating: Rating {
            ro: R_TAUGHT,
            is: 0.0,
            id,
            ie_eff,
            a: 0.0,
            r: R_TAUGHT - id - ie_eff,
        },
        codec_ms,
        delay_ms,
    })
}

/// The best score a codec can reach, at one of its rates: without loss, and by the E-model without delay. The error
/// says why there is none.
pub fn mos_ceiling(
    codec: &Codec,
    rate: Option<&Rate>,
    profile: MosProfile,
) -> Result<(f64, QualityScale), String> {
    let facts = CodecFacts {
        name: Some(codec.name),
        mean_payload: rate.map_or(0.0, |r| r.payload_octets(1.0)),
        ptime_ms: rate.map(|r| r.frame_ms),
        ..CodecFacts::default()
    };
    let values = impairment(facts)?.values;
    match (profile, values.scale) {
        (MosProfile::G107, QualityScale::Wideband) => {
            Ok((mos_wideband(wideband(values.ie).r), values.scale))
        }
        (MosProfile::G107, QualityScale::Narrowband) => {
            let one = LossFacts {
                expected: 1,
                ..LossFacts::default()
            };
            let quality = estimate(facts, one);
            let score = quality.mos_ceiling.map(|mos| (mos, values.scale));
            score.ok_or_else(|| quality.reason.unwrap_or_default())
        }
        (MosProfile::Classroom, QualityScale::Narrowband) => {
            let score = classroom(codec.name, values.ie).ok_or(UNKNOWN_DELAY)?;
            Ok((score.mos(), values.scale))
        }
        (MosProfile::Classroom, QualityScale::Wideband) => Err(NARROWBAND_ONLY.to_owned()),
    }
}

/// Why the profile has no score for a codec.
pub const UNKNOWN_DELAY: &str = "the delay of the codec is not known";
/// Why the profile has no score for wideband.
pub const NARROWBAND_ONLY: &str = "the classroom profile knows telephone speech only";

#[cfg(test)]
mod tests {
    use super::*;

    fn ceiling(codec: &str, rate: &str, profile: MosProfile) -> Option<f64> {
        let codec = codec::find(codec).unwrap();
        let rate = codec.rates.iter().find(|r| r.name == rate);
        Some(mos_ceiling(codec, rate, profile).ok()?.0)
    }

    // Courses give 4.40, 4.07, 3.87 and 3.69. By hand for G.729A: 93.2 - 11 - 0.024 x 45 = 81.12, MOS 4.066.
    #[test]
    fn the_ceilings_are_those_that_courses_give() {
        for (codec, rate, want) in [
            ("PCMU", "G711", 4.40),
            ("PCMA", "G711", 4.40),
            ("G729", "G729", 4.07),
            ("G723", "G723-6.3", 3.87),
            ("G723", "G723-5.3", 3.69),
            // 93.2 - 20 - 0.024 x 60 = 71.76.
            ("GSM", "GSM", 3.68),
        ] {
            let got = ceiling(codec, rate, MosProfile::Classroom).unwrap();
            assert!((got - want).abs() < 0.005, "{rate}: {got}");
        }
        assert_eq!(ceiling("G722", "G722", MosProfile::Classroom), None);
        assert_eq!(ceiling("opus", "", MosProfile::Classroom), None);
    }

    // Plain Ie without delay: 4.409, 4.104, 3.954, 3.787; G.722 on its own scale 4.337.
    #[test]
    fn the_ceilings_of_the_model_count_no_delay() {
        for (codec, rate, want) in [
            ("PCMU", "G711", 4.409),
            ("G729", "G729", 4.104),
            ("G723", "G723-6.3", 3.954),
            ("G723", "G723-5.3", 3.787),
            ("G722", "G722", 4.337),
            ("AMR", "AMR-12.2", 4.293),
        ] {
            let got = ceiling(codec, rate, MosProfile::G107).unwrap();
            assert!((got - want).abs() < 0.001, "{rate}: {got}");
        }
    }
}
