//! What came as each payload type, for a stream that carries several codecs.

use super::{CodecName, PayloadCount, Seldom, StreamMeter, Timing};
use crate::media::measure::quality::{self, CodecFacts, LossFacts, QualityFigures};
use crate::types::PayloadType;

/// What the numbers promised while packets of one type came.
#[derive(Clone, Copy, Debug, Default)]
struct Share {
    expected: u64,
    lost: u64,
    late: u64,
}

/// What came as each payload type, once there are several.
#[derive(Clone, Debug, Default)]
pub(super) struct Apart {
    /// What is counted with some type already.
    counted: Share,
    /// As the payload types.
    heard: Vec<Share>,
}

impl StreamMeter {
    /// Counts what came since the last change of type with the type in use. `ahead`: packets counted already
    /// that are of the next.
    pub(super) fn close_share(&mut self, ahead: u64) {
        if self.payloads.is_empty() {
            return;
        }
        let (expected, unique) = self.sequence.expected_and_unique();
        let expected = expected.saturating_sub(ahead);
        let lost = expected.saturating_sub(unique.saturating_sub(ahead));
        let late = match &self.timing {
            Timing::Known(clock) => clock.late(),
            _ => 0,
        };
        let now = Share {
            expected,
            lost,
            late,
        };
        let apart = &mut self.seldom.get_or_insert_default().apart;
        let before = std::mem::replace(&mut apart.counted, now);
        apart.heard.resize(self.payloads.len(), Share::default());
        if let Some(heard) = apart.heard.get_mut(usize::from(self.current)) {
            heard.expected += expected.saturating_sub(before.expected);
            heard.lost += lost.saturating_sub(before.lost);
            heard.late += late.saturating_sub(before.late);
        }
    }

    /// No more packets come.
    pub(super) fn close_last_share(&mut self) {
        let several = |s: &Seldom| !s.apart.heard.is_empty();
        if self.seldom.as_deref().is_some_and(several) {
            self.close_share(0);
        }
    }

    /// The quality of what came as one payload type, by its own loss.
    pub(crate) fn quality_of(&self, pt: PayloadType, codec: CodecName<'_>) -> QualityFigures {
        let clock = match &self.timing {
            Timing::Known(clock) => Some(clock),
            _ => None,
        };
        let at = self.payloads.iter().position(|c| c.payload_type == pt);
        let count = at.and_then(|at| self.payloads.get(at));
        let apart = self.seldom.as_ref().map(|s| &s.apart);
        let heard = apart.and_then(|a| a.heard.get(at?).copied());
        let heard = heard.unwrap_or_default();
        let ratio = self.sequence.figures().bursts.burst_ratio();
        quality::estimate(
            CodecFacts {
                frame_types: self.modes(pt),
                ..codec_facts(codec, count, self.ptime_ms(clock))
            },
            LossFacts {
                expected: heard.expected,
                lost: heard.lost,
                late: heard.late,
                burst_ratio: ratio,
            },
        )
    }
}

pub(super) fn codec_facts<'a>(
    codec: CodecName<'a>,
    count: Option<&PayloadCount>,
    ptime_ms: Option<f64>,
) -> CodecFacts<'a> {
    let mean = |c: &PayloadCount| c.payload_bytes as f64 / c.packets.max(1) as f64;
    CodecFacts {
        name: codec.name,
        fmtp: codec.fmtp,
        mean_payload: count.map_or(0.0, mean),
        ptime_ms,
        encrypted: codec.encrypted,
        frame_types: None,
    }
}
