//! Sound for packets that did not come, where the codec has no way of its own.

/// Over how many milliseconds what is repeated fades.
const FADE_MS: u32 = 60;

/// Repeats the last sound and lets it fade: the idea of ITU-T G.711 appendix I without its search for the pitch.
#[derive(Clone, Debug)]
pub struct Repeat {
    /// Up to 20 ms of what was last heard.
    last: Vec<i16>,
    keep: usize,
    /// Samples repeated since then.
    repeated: usize,
    fade: usize,
}

impl Repeat {
    /// For sound of `rate` samples a second.
    pub fn new(rate: u32) -> Self {
        let of_ms = |ms: u32| (u64::from(rate) * u64::from(ms) / 1000) as usize;
        Repeat {
            last: Vec::new(),
            keep: of_ms(20),
            repeated: 0,
            fade: of_ms(FADE_MS).max(1),
        }
    }

    /// Remembers the end of what was heard.
    pub fn heard(&mut self, samples: &[i16]) {
        if samples.is_empty() {
            return;
        }
        let from = samples.len().saturating_sub(self.keep);
        self.last.clear();
        self.last
            .extend_from_slice(samples.get(from..).unwrap_or_default());
        self.repeated = 0;
    }

    /// Appends `samples` samples.
    pub fn conceal(&mut self, samples: usize, out: &mut Vec<i16>) {
        for _ in 0..samples {
            let left = self.fade.saturating_sub(self.repeated);
            let at = self.repeated.checked_rem(self.last.len());
            let sample = at.and_then(|at| self.last.get(at)).copied().unwrap_or(0);
            // No more than the sample itself: it fits.
            out.push((i64::from(sample) * left as i64 / self.fade as i64) as i16);
            self.repeated = self.repeated.saturating_add(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_repeated_fades_to_silence_within_60_ms() {
        let mut repeat = Repeat::new(8000);
        repeat.heard(&[1000; 160]);
        let mut out = Vec::new();
        repeat.conceal(640, &mut out);
        // 480 samples are 60 ms: at 0 all of it, at 240 a half, from 480 on nothing.
        assert_eq!((out[0], out[240], out[480], out[639]), (1000, 500, 0, 0));
    }

    #[test]
    fn before_the_first_sound_there_is_silence() {
        let mut out = Vec::new();
        Repeat::new(8000).conceal(5, &mut out);
        assert_eq!(out, [0; 5]);
    }
}
