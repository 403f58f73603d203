//! Time between arrivals, over all packets received.

use crate::types::{CaptureTime, FrameRef, PackedFrame};

/// Interarrival state.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deltas {
    previous: CaptureTime,
    min: i64,
    max: i64,
    sum: i64,
    max_at: PackedFrame,
    count: u32,
    negative: u32,
}

/// Interarrival figures.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct DeltaFigures {
    /// Mean in milliseconds.
    pub mean_ms: Option<f64>,
    /// Shortest.
    pub min_ms: Option<f64>,
    /// Longest.
    pub max_ms: Option<f64>,
    /// The packet that ended the longest.
    pub max_frame: Option<FrameRef>,
    /// Intervals left out because the capture's clock ran backwards.
    pub negative: u32,
}

impl Deltas {
    /// State after the first packet.
    pub(crate) fn new(first: CaptureTime) -> Self {
        Deltas {
            previous: first,
            min: i64::MAX,
            max: i64::MIN,
            sum: 0,
            count: 0,
            negative: 0,
            max_at: PackedFrame::default(),
        }
    }

    /// Takes the arrival of the next packet.
    #[inline]
    pub(crate) fn handle_arrival(&mut self, time: CaptureTime, frame: FrameRef) {
        // Wrapping: 292 years apart is no interval, and must not panic either.
        let d = time.as_nanos().wrapping_sub(self.previous.as_nanos());
        self.previous = time;
        if d < 0 {
            self.negative += 1;
            return;
        }
        self.min = self.min.min(d);
        if d > self.max {
            self.max = d;
            self.max_at = frame.into();
        }
        self.sum = self.sum.wrapping_add(d);
        self.count = self.count.wrapping_add(1);
    }

    /// Arrival of the last packet.
    pub(crate) fn last(&self) -> CaptureTime {
        self.previous
    }

    /// The figures as of now.
    pub(crate) fn figures(&self) -> DeltaFigures {
        let some = |v: f64| (self.count > 0).then_some(v);
        DeltaFigures {
            mean_ms: some(self.sum as f64 / f64::from(self.count.max(1)) / 1e6),
            min_ms: some(self.min as f64 / 1e6),
            max_ms: some(self.max as f64 / 1e6),
            max_frame: (self.count > 0).then(|| self.max_at.into()),
            negative: self.negative,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{FrameNo, SourceId};

    fn frame(n: u64) -> FrameRef {
        FrameRef {
            source: SourceId(0),
            frame: FrameNo(n),
        }
    }

    #[test]
    fn a_clock_that_runs_backwards_is_counted_not_averaged() {
        let at = |ms: i64| CaptureTime::from_nanos(ms * 1_000_000);
        let mut d = Deltas::new(at(0));
        for (n, ms) in [(2, 20), (3, 80), (4, 70), (5, 90)] {
            d.handle_arrival(at(ms), frame(n));
        }
        let f = d.figures();
        // 20, 60, (-10), 20
        assert_eq!(
            (f.min_ms, f.max_ms, f.negative),
            (Some(20.0), Some(60.0), 1)
        );
        assert_eq!(f.max_frame, Some(frame(3)));
        assert!((f.mean_ms.unwrap() - 100.0 / 3.0).abs() < 1e-9);
        assert_eq!(Deltas::new(at(0)).figures().mean_ms, None);
    }
}
