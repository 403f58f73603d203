//! The estimate of quality in the report's form, and by the classroom profile.

use super::model::{DelayParts, Quality, RatingTerms, Report, Stream, round_to};
use crate::media::{
    BPL_G711_PLAIN, ClassroomScore, CodecApart, DelaySource, EModelParts, NARROWBAND_ONLY,
    QualityFigures, QualityModel, Rating, UNKNOWN_DELAY, assumed, classroom, codecs_apart,
    conversation, effective_equipment_impairment,
};
use crate::types::{MosProfile, QualityScale};

fn to(decimals: u32, value: Option<f64>) -> Option<f64> {
    value.and_then(|v| round_to(v, decimals))
}

fn terms(rating: Rating) -> Option<RatingTerms> {
    Some(RatingTerms {
        ro: round_to(rating.ro, 3)?,
        is: round_to(rating.is, 3)?,
        id: round_to(rating.id, 3)?,
        ie_eff: round_to(rating.ie_eff, 3)?,
        a: round_to(rating.a, 3)?,
    })
}

/// The estimate and, where `round_trip_ms` of the whole path is known, that of conversation.
pub(super) fn quality(f: &QualityFigures, round_trip_ms: Option<f64>) -> Quality {
    let talk = conversation(f, round_trip_ms);
    Quality {
        mos: to(2, f.mos),
        r_factor: to(2, f.r_factor),
        mos_ceiling: to(2, f.mos_ceiling),
        model: f.model,
        reason: f.assumed(),
        beside_concealment: f
            .mos_without_concealment
            .map(|_| f.reason.as_deref().unwrap_or_default().into()),
        scale: f.scale,
        terms: f.terms.and_then(terms),
        ie: f.ie,
        bpl: f.bpl,
        effective_loss_percent: to(3, f.effective_loss_percent),
        burst_ratio: to(3, f.burst_ratio),
        mos_conversational: to(2, talk.rating.map(|r| r.mos())),
        r_conversational: to(2, talk.rating.map(|r| r.r.clamp(0.0, 100.0))),
        terms_conversational: talk.rating.and_then(terms),
        conversational_reason: talk.reason,
        delay_ms: talk.delay.map(|d| DelayParts {
            network: to(3, d.network),
            packetization: to(3, d.packetization),
            codec: to(3, d.codec),
            buffer: to(3, d.buffer),
            total: to(3, d.total),
            source: d.source,
        }),
    }
}

impl Report {
    /// Rates every stream by a profile.
    pub(crate) fn rate_by(&mut self, profile: MosProfile) {
        for stream in &mut self.streams {
            rate_by(stream, profile);
        }
    }
}

/// Rates a stream, which has the scores of the E-model, by a profile.
pub(super) fn rate_by(stream: &mut Stream, profile: MosProfile) {
    if profile == MosProfile::Classroom {
        by_classroom(stream);
    }
}

/// Its terms in the place of those of the model; what delay was measured does not enter.
fn by_classroom(stream: &mut Stream) {
    for p in &mut stream.payloads {
        let score = p.r_factor.zip(p.codec.as_deref()).and_then(|(r, codec)| {
            let unimpaired = EModelParts::at(0.0);
            let without = unimpaired.ro - unimpaired.is() - unimpaired.id();
            classroom(codec, (without - r).max(0.0))
        });
        let score = score.filter(|_| p.scale == Some(QualityScale::Narrowband));
        p.mos = to(2, score.map(|s| s.mos()));
        p.r_factor = to(2, score.map(|s| s.rating.r.clamp(0.0, 100.0)));
        p.scale = score.and(p.scale);
    }
    let codec = main_codec(stream).map(str::to_owned);
    let q = &stream.quality;
    let stated = q.terms.map(|t| t.ie_eff).zip(q.ie);
    let Some((ie_eff, ie)) = stated else {
        let each: Vec<CodecApart<'_>> = told_apart(stream).collect();
        let reason = match each.is_empty() {
            true => q.reason.clone(),
            false => Some(codecs_apart(&each)),
        };
        stream.quality = Quality {
            reason,
            ..Quality::default()
        };
        return;
    };
    if q.scale == Some(QualityScale::Wideband) {
        stream.quality = without(NARROWBAND_ONLY);
        return;
    }
    let score = |ie_eff: f64| classroom(codec.as_deref()?, ie_eff);
    let (Some(rated), Some(best)) = (score(ie_eff), score(ie)) else {
        stream.quality = without(UNKNOWN_DELAY);
        return;
    };
    let mut reason = format!(
        "classroom profile: {} ms of codec delay and 20 ms more are counted, no measured delay",
        rated.codec_ms
    );
    let assumed = match q.beside_concealment.as_deref() {
        None => q.reason.clone(),
        Some(more) => {
            let more = (!more.is_empty()).then_some(more);
            assumed(mos_without_concealment(q, score), more)
        }
    };
    if let Some(assumed) = assumed {
        reason = format!("{reason}; {assumed}");
    }
    stream.quality = Quality {
        mos: to(2, Some(rated.mos())),
        r_factor: to(2, Some(rated.rating.r.clamp(0.0, 100.0))),
        mos_ceiling: to(2, Some(best.mos())),
        model: Some(QualityModel::Classroom),
        reason: Some(reason),
        scale: q.scale,
        terms: terms(rated.rating),
        ie: q.ie,
        bpl: q.bpl,
        effective_loss_percent: q.effective_loss_percent,
        burst_ratio: q.burst_ratio,
        delay_ms: Some(DelayParts {
            network: None,
            packetization: None,
            codec: to(3, Some(rated.codec_ms)),
            buffer: None,
            total: to(3, Some(rated.delay_ms)),
            source: Some(DelaySource::Classroom),
        }),
        ..Quality::default()
    };
}

fn without(reason: &str) -> Quality {
    Quality {
        reason: Some(reason.to_owned()),
        ..Quality::default()
    }
}

/// The score with the same loss and no concealment.
fn mos_without_concealment(
    q: &Quality,
    score: impl Fn(f64) -> Option<ClassroomScore>,
) -> Option<f64> {
    let (ie, loss) = q.ie.zip(q.effective_loss_percent)?;
    let burst_ratio = q.burst_ratio.unwrap_or(1.0);
    let ie_eff = effective_equipment_impairment(ie, BPL_G711_PLAIN, loss, burst_ratio);
    Some(score(ie_eff)?.mos())
}

/// The codec by which it was rated.
fn main_codec(stream: &Stream) -> Option<&str> {
    let main = stream.payloads.iter().find(|p| p.is_main)?;
    main.codec.as_deref()
}

/// The codecs that are rated by themselves.
fn told_apart(stream: &Stream) -> impl Iterator<Item = CodecApart<'_>> {
    let apart = stream.payloads.iter().filter(|p| p.is_rated_apart);
    apart.map(|p| CodecApart {
        payload_type: p.payload_type,
        name: p.codec.as_deref(),
        packets: p.packets,
        mos: p.mos,
        scale: p.scale,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream() -> Stream {
        let mut stream = crate::report::fixtures::proxied().streams[0].clone();
        stream.payloads.truncate(1);
        stream.payloads[0].codec = Some("PCMU".into());
        stream.payloads[0].is_main = true;
        stream.quality = Quality {
            mos: Some(4.33),
            r_factor: Some(89.57),
            mos_ceiling: Some(4.41),
            model: Some(QualityModel::G107),
            reason: Some("assumes it; without it MOS 3.83; more".into()),
            beside_concealment: Some("more".into()),
            scale: Some(QualityScale::Narrowband),
            terms: Some(RatingTerms {
                ro: 94.769,
                is: 1.414,
                id: 0.149,
                ie_eff: 3.64,
                a: 0.0,
            }),
            ie: Some(0.0),
            bpl: Some(25.1),
            effective_loss_percent: Some(1.0),
            burst_ratio: Some(1.0),
            ..Quality::default()
        };
        stream
    }

    // By hand: 93.2 - 0.024 x 20.25 = 92.714, less 3.64 is 89.074, the cubic 4.316; without concealment Ie,eff is
    // 95 / 5.3 = 17.925, R 74.789, MOS 3.814.
    #[test]
    fn the_classroom_counts_codec_delay_and_loss() {
        let mut s = stream();
        rate_by(&mut s, MosProfile::Classroom);
        let q = &s.quality;
        assert_eq!((q.mos, q.mos_ceiling), (Some(4.32), Some(4.4)));
        assert_eq!(q.model, Some(QualityModel::Classroom));
        assert_eq!(q.delay_ms.unwrap().total, Some(20.25));
        let reason = q.reason.as_deref().unwrap();
        assert!(reason.ends_with("without it MOS 3.81; more"), "{reason}");
        let mut same = stream();
        rate_by(&mut same, MosProfile::G107);
        assert_eq!(same.quality, stream().quality);
    }

    #[test]
    fn the_classroom_has_no_wideband_scores() {
        let mut s = stream();
        s.quality.scale = Some(QualityScale::Wideband);
        rate_by(&mut s, MosProfile::Classroom);
        assert_eq!((s.quality.mos, s.quality.mos_ceiling), (None, None));
        assert_eq!(s.quality.reason.as_deref(), Some(NARROWBAND_ONLY));
    }

    // PCMU at R 93.21 and G.729 at 82.21: Ie,eff 0 and 11 again, so 4.40 and 4.07.
    #[test]
    fn each_codec_of_several_is_rated_by_the_profile() {
        let mut s = stream();
        s.quality = without("2 codecs in one stream");
        let mut second = s.payloads[0].clone();
        second.codec = Some("G729".into());
        for (p, r) in s
            .payloads
            .iter_mut()
            .chain([&mut second])
            .zip([93.21, 82.21])
        {
            (p.mos, p.r_factor, p.packets) = (Some(4.0), Some(r), 50);
            p.scale = Some(QualityScale::Narrowband);
            p.is_rated_apart = true;
        }
        s.payloads.push(second);
        rate_by(&mut s, MosProfile::Classroom);
        assert_eq!(
            s.quality.reason.as_deref(),
            Some(
                "2 codecs in one stream, each rated by itself: PCMU MOS 4.40 (50 packets), G729 MOS 4.07 (50 packets)"
            )
        );
    }
}
