//! Estimated conversational quality: the listening score with what the delay from mouth to ear takes.
//!
//! The network's part is half of the round trip that RTCP shows, an assumption that is said with the score.

use super::emodel::{Parameters, Rating, rating};
use super::quality::{QualityFigures, QualityModel};

/// The fixed play-out buffer against which packets are found late.
pub(crate) const BUFFER_MS: f64 = 60.0;

crate::types::vocabulary! {
    /// Where the delay of the network is known from.
    pub enum DelaySource {
        /// Half the round trip of RTCP, both halves seen.
        Rtcp = "rtcp",
        /// None is measured: what the classroom profile assumes.
        Classroom = "classroom",
    }
}

/// The delay from mouth to ear, one way, part by part, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct MouthToEar {
    /// Network: half the round trip.
    pub network: Option<f64>,
    /// Speech gathered for one packet.
    pub packetization: Option<f64>,
    /// What the codec looks ahead.
    pub codec: Option<f64>,
    /// The play-out buffer.
    pub buffer: Option<f64>,
    /// The sum; `None` where a part is.
    pub total: Option<f64>,
    /// Whence the network's part.
    pub source: Option<DelaySource>,
}

/// The conversational score.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Conversation {
    /// What R is the sum of.
    pub rating: Option<Rating>,
    /// The delay it counts.
    pub delay: Option<MouthToEar>,
    /// Why there is no score, or what was assumed; `None` where there is no listening score either.
    pub reason: Option<String>,
}

/// What conversation over a stream would be like; `round_trip_ms` is that of the whole path.
pub fn conversation(listening: &QualityFigures, round_trip_ms: Option<f64>) -> Conversation {
    let Some(heard) = listening.terms else {
        return Conversation::default();
    };
    let network = round_trip_ms.map(|ms| ms / 2.0);
    let (packetization, codec) = (listening.packet_ms, listening.lookahead_ms);
    let parts = [network, packetization, codec, Some(BUFFER_MS)];
    let total = parts.into_iter().sum::<Option<f64>>();
    let delay = Some(MouthToEar {
        network,
        packetization,
        codec,
        buffer: Some(BUFFER_MS),
        total,
        source: network.map(|_| DelaySource::Rtcp),
    });
    let unknown = |why: &str| Conversation {
        delay,
        reason: Some(why.to_owned()),
        ..Conversation::default()
    };
    if listening.model != Some(QualityModel::G107) {
        return unknown("what delay takes on the wideband scale (ITU-T G.107.1) is not confirmed");
    }
    match (network, packetization, codec, total) {
        (None, ..) => unknown(
            "the delay of the network is not known: no RTCP here shows both halves of the round trip",
        ),
        (_, None, ..) => unknown("the packet time is not known"),
        (.., None, _) => unknown("the look-ahead of the codec is not known"),
        (.., Some(total)) => Conversation {
            rating: Some(rating(&Parameters::default(), heard.ie_eff, total)),
            delay,
            reason: Some(format!(
                "assumes that the network takes half the round trip each way, and a fixed buffer of {BUFFER_MS} ms"
            )),
        },
        (.., None) => unknown("the delay is not known"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::measure::quality::{CodecFacts, LossFacts, estimate};

    fn listening(name: &str, ptime_ms: Option<f64>) -> QualityFigures {
        estimate(
            CodecFacts {
                name: Some(name),
                mean_payload: 160.0,
                ptime_ms,
                ..CodecFacts::default()
            },
            LossFacts {
                expected: 100,
                burst_ratio: 1.0,
                ..LossFacts::default()
            },
        )
    }

    // 140 / 2 + 20 + 0 + 60 = 150 ms, where the model gives R 89.539 and the cubic 4.328.
    #[test]
    fn delay_takes_what_the_full_model_says() {
        let c = conversation(&listening("PCMU", Some(20.0)), Some(140.0));
        assert_eq!(c.delay.unwrap().total, Some(150.0));
        let rated = c.rating.unwrap();
        assert!((rated.r - 89.539).abs() < 0.001);
        assert!((rated.mos() - 4.328).abs() < 0.001);
        assert!(c.reason.unwrap().starts_with("assumes"));
        // G.729 looks 5 ms ahead.
        let c = conversation(&listening("G729", Some(20.0)), Some(140.0));
        assert_eq!(c.delay.unwrap().total, Some(155.0));
    }

    #[test]
    fn an_unknown_part_leaves_no_score_and_a_reason() {
        for (listening, trip, why) in [
            (
                listening("PCMU", Some(20.0)),
                None,
                "the delay of the network",
            ),
            (listening("PCMU", None), Some(10.0), "the packet time"),
            (
                listening("GSM-HR-08", Some(20.0)),
                Some(10.0),
                "the look-ahead",
            ),
            (
                listening("G722", Some(20.0)),
                Some(10.0),
                "what delay takes",
            ),
        ] {
            let c = conversation(&listening, trip);
            assert_eq!((c.rating, c.delay.unwrap().buffer), (None, Some(60.0)));
            assert!(c.reason.as_deref().unwrap().starts_with(why), "{c:?}");
        }
        let c = conversation(&listening("opus", Some(20.0)), Some(10.0));
        assert_eq!(c, Conversation::default());
    }
}
