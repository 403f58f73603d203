//! What a stream's measures come to when it is over.

use super::apart::codec_facts;
use super::{CodecName, StreamMeter, Timing};
use crate::media::figures::StreamFigures;
use crate::media::measure::clock::StreamClock;
use crate::media::measure::quality::{self, LossFacts};

/// Beyond this a drift against a measured clock says that the measure was coarse, not that the sender's
/// crystal is that bad.
const MAX_ESTIMATED_DRIFT_PPM: f64 = 1000.0;

impl StreamMeter {
    /// All figures, after [`finish`](Self::finish).
    pub(crate) fn figures(&self, codec: CodecName<'_>) -> StreamFigures {
        let clock = match &self.timing {
            Timing::Known(clock) => Some(clock),
            Timing::Guessing(guess) => guess.clock(),
            Timing::Idle => None,
        };
        let estimated = self.clock_estimated || matches!(self.timing, Timing::Guessing(_));
        let seq = self.sequence.figures();
        let delta = self.deltas.figures();
        let duration = (self.last_time() - self.first_time).as_secs_f64().max(0.0);
        let ptime_ms = self.ptime_ms(clock);
        let active_s = ptime_ms.or(delta.mean_ms).map(|ms| duration + ms / 1000.0);
        let late = clock.map(StreamClock::late);
        let quality = quality::estimate(
            codec_facts(codec, self.main(), ptime_ms),
            LossFacts {
                expected: seq.expected,
                lost: seq.lost,
                late: late.unwrap_or(0),
                burst_ratio: seq.bursts.burst_ratio(),
            },
        );
        let jumps = clock.map(StreamClock::jumps).unwrap_or_default();
        // A timestamp that stands still says nothing of when its packet was sent.
        let timed = clock.filter(|_| !jumps.stands_still());
        let jitter_max_ms = timed.and_then(|c| c.jitter().max_ms());
        StreamFigures {
            packets: self.packets,
            expected: seq.expected,
            unique: seq.unique,
            lost: seq.lost,
            lost_percent: (seq.expected > 0).then(|| seq.lost as f64 / seq.expected as f64 * 100.0),
            max_lost_burst: seq.max_lost_burst,
            out_of_order: seq.reordered,
            duplicates: seq.duplicates,
            late,
            playout: clock.into_iter().flat_map(StreamClock::playout).collect(),
            pauses: clock.map(|c| c.pauses(ptime_ms)).unwrap_or_default(),
            sequence_restarts: seq.restarts,
            strays: seq.strays,
            // Counts of one capture are far below 2^63.
            rtcp_style_lost: seq.expected as i64 - self.packets as i64,
            bursts: seq.bursts,
            jitter_mean_ms: timed.and_then(|c| c.jitter().mean_ms()),
            jitter_max_ms,
            jitter_last_ms: timed.and_then(|c| c.jitter().last_ms()),
            jitter_reason: jitter_max_ms
                .is_none()
                .then(|| self.no_jitter_reason(clock)),
            timestamp_discontinuities: clock.map_or(0, StreamClock::discontinuities),
            timestamp_jumps: jumps,
            delta_mean_ms: delta.mean_ms,
            delta_min_ms: delta.min_ms,
            delta_max_ms: delta.max_ms,
            delta_max_frame: delta.max_frame,
            negative_deltas: delta.negative,
            skew_max_ms: timed.and_then(StreamClock::skew_max_ms),
            clock_drift_ppm: timed
                .and_then(StreamClock::drift_ppm)
                .filter(|ppm| !estimated || ppm.abs() <= MAX_ESTIMATED_DRIFT_PPM),
            ptime_ms,
            packet_times: self.packet_times(clock),
            duration_s: duration,
            active_s,
            bandwidth: self.bandwidth.figures(active_s),
            quality,
        }
    }

    pub(super) fn ptime_ms(&self, clock: Option<&StreamClock>) -> Option<f64> {
        let hz = clock?.rate().hz();
        // Video packets of one frame share a timestamp: there is no packet time.
        let ticks = self.ptime.median_ticks().filter(|_| hz != 90_000)?;
        Some(f64::from(ticks) * 1000.0 / f64::from(hz))
    }

    fn packet_times(&self, clock: Option<&StreamClock>) -> Vec<(f64, u32)> {
        let hz = clock.map(|c| c.rate().hz()).filter(|hz| *hz != 90_000);
        let Some(hz) = hz.filter(|_| self.ptime.steps().count() > 1) else {
            return Vec::new();
        };
        let steps = self.ptime.steps();
        steps
            .map(|(ticks, n)| (f64::from(ticks) * 1000.0 / f64::from(hz), n))
            .collect()
    }

    fn no_jitter_reason(&self, clock: Option<&StreamClock>) -> String {
        match (clock, self.main()) {
            (None, Some(main)) if main.facts.clock.is_none() => format!(
                "the clock rate of payload type {} is not announced and could not be measured",
                main.payload_type
            ),
            (Some(clock), _) if clock.jumps().stands_still() => {
                "the RTP timestamp stands still from packet to packet".into()
            }
            (Some(_), _) => "fewer than two packets to compare".into(),
            (None, _) => "no media packets with a clock".into(),
        }
    }
}
