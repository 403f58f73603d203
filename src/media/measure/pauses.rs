//! Pauses of a sender that sends nothing while nobody speaks (discontinuous transmission).
//!
//! The timestamp goes on as time does, and no sequence number is missing: that is no loss.

/// Pauses of 200 ms and more so far.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Pauses {
    count: u32,
    /// From the packet before to the one after, by the sender's clock.
    millis: u32,
}

/// Pauses of one stream.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PauseFigures {
    /// How many.
    pub count: u64,
    /// How long together, in seconds.
    pub total_s: f64,
}

impl Pauses {
    /// The sender's clock went on by `nanos` from one packet to the next that came; `next`: none is missing between.
    #[cold]
    pub(crate) fn handle_gap(&mut self, nanos: f64, next: bool) {
        if next {
            self.count = self.count.saturating_add(1);
            // Within u32: a cast of a float saturates.
            self.millis = self.millis.saturating_add((nanos / 1e6).round() as u32);
        }
    }

    /// All of them; the sound of the packet before each takes `ptime_ms`.
    pub(crate) fn figures(self, ptime_ms: Option<f64>) -> PauseFigures {
        let carried = ptime_ms.unwrap_or(0.0) * f64::from(self.count);
        PauseFigures {
            count: u64::from(self.count),
            total_s: (f64::from(self.millis) - carried).max(0.0) / 1000.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_what_lies_between_the_sound_of_two_packets_with_none_missing() {
        let mut p = Pauses::default();
        p.handle_gap(420e6, true);
        p.handle_gap(620e6, true);
        p.handle_gap(5000e6, false);
        let figures = p.figures(Some(20.0));
        assert_eq!((figures.count, figures.total_s), (2, 1.0));
    }
}
