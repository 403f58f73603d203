//! Interarrival jitter (RFC 3550 §6.4.1, A.8), in nanoseconds.

/// The running estimate and what it went through.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Jitter {
    current: f64,
    sum: f64,
    max: f64,
    updates: u32,
}

impl Jitter {
    /// Takes the difference of two transit times, D(i-1,i), in nanoseconds: J += (|D| - J) / 16.
    #[inline]
    pub(crate) fn handle_difference(&mut self, d_nanos: f64) {
        self.current += (d_nanos.abs() - self.current) / 16.0;
        self.sum += self.current;
        self.max = self.max.max(self.current);
        self.updates = self.updates.wrapping_add(1);
    }

    /// The estimate now, in nanoseconds.
    pub(crate) fn current_nanos(&self) -> f64 {
        self.current
    }
    /// Differences taken.
    pub(crate) fn updates(&self) -> u32 {
        self.updates
    }
    /// The estimate now, in milliseconds; `None` before two packets.
    pub(crate) fn last_ms(&self) -> Option<f64> {
        (self.updates > 0).then_some(self.current / 1e6)
    }
    /// The mean of the estimate over all packets after the first, in milliseconds.
    pub(crate) fn mean_ms(&self) -> Option<f64> {
        (self.updates > 0).then(|| self.sum / f64::from(self.updates) / 1e6)
    }
    /// The largest value of the estimate, in milliseconds.
    pub(crate) fn max_ms(&self) -> Option<f64> {
        (self.updates > 0).then_some(self.max / 1e6)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_differences_by_hand() {
        // |D| = 20, 40, 20 ms: 20/16 = 1.25; 1.25 + 38.75/16 = 3.671875; + 16.328125/16 = 4.692383.
        let mut j = Jitter::default();
        assert_eq!(j.mean_ms(), None);
        for d in [-20e6, 40e6, -20e6] {
            j.handle_difference(d);
        }
        assert!((j.last_ms().unwrap() - 4.692_383).abs() < 1e-6);
        assert!((j.mean_ms().unwrap() - (1.25 + 3.671_875 + 4.692_383) / 3.0).abs() < 1e-6);
    }
}
