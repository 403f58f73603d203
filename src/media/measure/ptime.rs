//! Packet time as sent: timestamp steps between consecutive packets of one talkspurt.

/// Different steps remembered; audio has one, seldom two.
const SLOTS: usize = 3;

/// Steps and how often each was seen.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct PacketTime {
    steps: [(u32, u32); SLOTS],
}

impl PacketTime {
    /// Takes the step in ticks from one packet to the next number.
    #[inline]
    pub(crate) fn handle_step(&mut self, ticks: u32) {
        let [(first, count), ..] = &mut self.steps;
        if *first == ticks && *count > 0 {
            *count = count.saturating_add(1);
        } else {
            self.handle_other(ticks);
        }
    }

    fn handle_other(&mut self, ticks: u32) {
        if let Some(slot) = self.steps.iter_mut().find(|s| s.1 > 0 && s.0 == ticks) {
            slot.1 = slot.1.saturating_add(1);
            return;
        }
        // The least seen gives way, so what is common stays.
        if let Some(slot) = self.steps.iter_mut().min_by_key(|s| s.1) {
            *slot = (ticks, 1);
        }
    }

    /// The steps remembered, in ticks, and how often each was seen.
    pub(crate) fn steps(&self) -> impl Iterator<Item = (u32, u32)> {
        self.steps.into_iter().filter(|(_, count)| *count > 0)
    }

    /// The median step in ticks; `None` where none was seen.
    pub(crate) fn median_ticks(&self) -> Option<u32> {
        let mut seen = self.steps;
        seen.sort_unstable();
        let total: u64 = seen.iter().map(|s| u64::from(s.1)).sum();
        let mut below = 0u64;
        seen.iter()
            .find(|(_, count)| {
                below += u64::from(*count);
                *count > 0 && below * 2 >= total
            })
            .map(|(ticks, _)| *ticks)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_ignores_a_few_odd_steps() {
        let mut p = PacketTime::default();
        assert_eq!(p.median_ticks(), None);
        for step in [160, 160, 80, 160, 3200, 160, 1, 2, 3, 160] {
            p.handle_step(step);
        }
        assert_eq!(p.median_ticks(), Some(160));
    }
}
