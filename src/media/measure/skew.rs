//! Skew: how far arrivals stray from the sender's clock since its anchor.

/// The largest distance so far, in nanoseconds.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Skew {
    largest: f32,
    seen: bool,
}

impl Skew {
    /// Takes how much later than nominal a packet arrived (negative: earlier), in nanoseconds.
    #[inline]
    pub(crate) fn handle_delay(&mut self, delay_nanos: f64) {
        self.seen = true;
        // f32 keeps seven digits: a skew of a second to 60 ns.
        self.largest = self.largest.max(delay_nanos.abs() as f32);
    }

    /// Largest distance, either way, in milliseconds.
    pub(crate) fn max_ms(&self) -> Option<f64> {
        self.seen.then_some(f64::from(self.largest) / 1e6)
    }
}
