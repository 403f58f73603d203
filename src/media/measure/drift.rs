//! Clock drift: the sender's clock against the capture's, in parts per million.
//!
//! Queues only ever add delay, so the line is fitted (least squares) through the smallest delay of
//! every second: the lower envelope.

const SECOND: f64 = 1e9;
/// Seconds of evidence needed before a drift is named.
const MIN_POINTS: u32 = 10;

/// The fit so far.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Drift {
    sum_x: f64,
    sum_y: f64,
    sum_xx: f64,
    sum_xy: f64,
    lowest: f64,
    lowest_at: f64,
    latest: f64,
    /// End of the second under way, after the anchor; 0 before the first packet.
    second_ends: f64,
    points: u32,
}

impl Drift {
    /// Takes a packet `elapsed_nanos` after the anchor that arrived `delay_nanos` later than nominal.
    /// The smallest delay of the second before when one is over.
    #[inline]
    pub(crate) fn handle_delay(&mut self, elapsed_nanos: f64, delay_nanos: f64) -> Option<f64> {
        if elapsed_nanos < self.second_ends {
            self.latest = elapsed_nanos;
            if delay_nanos < self.lowest {
                self.lowest = delay_nanos;
                self.lowest_at = elapsed_nanos;
            }
            return None;
        }
        self.begin_second(elapsed_nanos, delay_nanos)
    }

    fn begin_second(&mut self, elapsed_nanos: f64, delay_nanos: f64) -> Option<f64> {
        let over = self.is_open().then_some(self.lowest);
        if self.is_open() {
            self.close_second();
        }
        self.second_ends = ((elapsed_nanos / SECOND).floor() + 1.0) * SECOND;
        self.lowest = delay_nanos;
        self.lowest_at = elapsed_nanos;
        self.latest = elapsed_nanos;
        over
    }

    fn is_open(&self) -> bool {
        self.second_ends > 0.0
    }

    fn close_second(&mut self) {
        let x = self.lowest_at / SECOND;
        let y = self.lowest;
        self.points += 1;
        self.sum_x += x;
        self.sum_y += y;
        self.sum_xx += x * x;
        self.sum_xy += x * y;
    }

    /// Sender's rate minus nominal in parts per million: positive when the sender's clock is fast.
    /// `None` below ten seconds.
    pub(crate) fn ppm(&self) -> Option<f64> {
        let mut all = *self;
        // The last second counts when at least half of it was seen.
        if all.is_open() && all.latest >= all.second_ends - SECOND / 2.0 {
            all.close_second();
        }
        let n = f64::from(all.points);
        let spread = n * all.sum_xx - all.sum_x * all.sum_x;
        if all.points < MIN_POINTS || spread <= 0.0 {
            return None;
        }
        let slope = (n * all.sum_xy - all.sum_x * all.sum_y) / spread;
        // Nanoseconds of delay a second; a delay that shrinks means a fast sender. RTP time advances
        // (1 - slope) seconds a second of arrival.
        Some(-slope / 1e3)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hundred_ppm_show_through_jitter() {
        // Sender 100 ppm fast: the delay shrinks 100 us a second; every second packet queued 7 ms.
        let mut d = Drift::default();
        for i in 0..1000u32 {
            let t = f64::from(i) * 20e6;
            let queued = if i % 2 == 1 { 7e6 } else { 0.0 };
            d.handle_delay(t, -t * 100e-6 + queued);
        }
        assert!((d.ppm().unwrap() - 100.0).abs() < 0.01);
    }

    #[test]
    fn nine_seconds_are_not_enough() {
        let mut d = Drift::default();
        for i in 0..450u32 {
            d.handle_delay(f64::from(i) * 20e6, 0.0);
        }
        assert_eq!(d.ppm(), None);
    }
}
