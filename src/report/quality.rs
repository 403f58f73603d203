//! The estimate of quality in the report's form, and by the classroom profile.

use super::model::{DelayParts, Quality, RatingTerms, Report, Stream, round_to};
use crate::media::{
    BPL_G711_PLAIN, ClassroomScore, DelaySource, EModelParts, NARROWBAND_ONLY, QualityFigures,
    QualityModel, Rating, UNKNOWN_DELAY, WITHOUT_CONCEALMENT, classroom, conversation,
    effective_equipment_impairment,
};
use crate::types::codec::Role;
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
        reason: f.reason.clone(),
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
        let apart = q.mos.is_none() && stream.payloads.iter().any(|p| p.mos.is_some());
        let reason = match apart {
            true => Some(codecs_apart(stream)),
            false => q.reason.clone(),
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
    if let Some(assumed) = &q.reason {
        reason = format!("{reason}; {}", reworded(assumed, q, score));
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

/// The score without concealment, where the model's assumptions name it, is the profile's too.
fn reworded(assumed: &str, q: &Quality, score: impl Fn(f64) -> Option<ClassroomScore>) -> String {
    let plain = || {
        let (before, after) = assumed.split_once(WITHOUT_CONCEALMENT)?;
        // `3.83`, and what follows.
        let rest = after.get(4..)?;
        let (ie, loss) = q.ie.zip(q.effective_loss_percent)?;
        let ie_eff =
            effective_equipment_impairment(ie, BPL_G711_PLAIN, loss, q.burst_ratio.unwrap_or(1.0));
        let mos = score(ie_eff)?.mos();
        Some(format!("{before}{WITHOUT_CONCEALMENT}{mos:.2}{rest}"))
    };
    plain().unwrap_or_else(|| assumed.to_owned())
}

/// The codec of most packets.
fn main_codec(stream: &Stream) -> Option<&str> {
    let codecs = stream.payloads.iter().filter_map(|p| {
        let codec = p.codec.as_deref()?;
        (!Role::of_codec(codec).is_auxiliary()).then_some((p.packets, codec))
    });
    // The first of equals, as the meter chooses.
    let most = codecs.reduce(|a, b| if b.0 > a.0 { b } else { a })?;
    Some(most.1)
}

fn codecs_apart(stream: &Stream) -> String {
    let codecs = stream.payloads.iter().filter_map(|p| {
        let codec = p.codec.as_deref()?;
        let is_media = !Role::of_codec(codec).is_auxiliary() && p.packets > 1 && !p.keepalive;
        is_media.then_some((codec, p))
    });
    let each: Vec<String> = codecs
        .map(|(codec, p)| {
            let mos = p.mos.map_or("no MOS".to_owned(), |m| format!("MOS {m:.2}"));
            format!("{codec} {mos} ({} packets)", p.packets)
        })
        .collect();
    format!(
        "{} codecs in one stream, each rated by itself: {}",
        each.len(),
        each.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream() -> Stream {
        let mut stream = crate::report::fixtures::proxied().streams[0].clone();
        stream.payloads.truncate(1);
        stream.payloads[0].codec = Some("PCMU".into());
        stream.quality = Quality {
            mos: Some(4.33),
            r_factor: Some(89.57),
            mos_ceiling: Some(4.41),
            model: Some(QualityModel::G107),
            reason: Some("assumes it; without it MOS 3.83; more".into()),
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
