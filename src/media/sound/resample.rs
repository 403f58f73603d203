//! Sound of one rate brought to a higher one: a sinc of 32 samples under a Hann window.
//!
//! Only upwards: a file has the highest rate of its sounds. What comes out is delayed by nothing: sample 0 of the
//! input stands at sample 0 of the output.

/// Samples of the input on each side of the point that is computed.
const HALF: usize = 16;
/// Points of the window between two samples; between those it is interpolated.
const PHASES: usize = 256;

/// Turns a run of sound into samples of another rate.
#[derive(Clone, Debug)]
pub struct Resampler {
    from: u64,
    to: u64,
    /// Weights of the `2 * HALF` samples around a point, by the point's phase.
    table: Vec<[f32; 2 * HALF]>,
    /// The last samples of the input.
    window: Vec<f32>,
    /// The input sample that the window begins with, counted from the begin of the run.
    first: i64,
    /// The output sample that is due.
    due: u64,
}

impl Resampler {
    /// From `from` samples a second to `to`, neither of them 0.
    pub fn new(from: u32, to: u32) -> Self {
        let table = (0..=PHASES)
            .map(|phase| weights(phase as f64 / PHASES as f64))
            .collect();
        let mut this = Resampler {
            from: u64::from(from.max(1)),
            to: u64::from(to.max(1)),
            table,
            window: Vec::new(),
            first: 0,
            due: 0,
        };
        this.begin();
        this
    }

    /// A new run: what was before is forgotten.
    pub fn begin(&mut self) {
        self.window.clear();
        self.window.resize(HALF - 1, 0.0);
        self.first = 1 - HALF as i64;
        self.due = 0;
    }

    /// Appends what can be computed now.
    pub fn push(&mut self, samples: &[i16], out: &mut Vec<i16>) {
        self.window.extend(samples.iter().map(|s| f32::from(*s)));
        self.compute(out);
    }

    /// The run is over: appends the rest.
    pub fn finish(&mut self, out: &mut Vec<i16>) {
        let end = self.first + self.window.len() as i64;
        self.window.extend([0.0; HALF]);
        let whole = u64::try_from(end).unwrap_or(0) * self.to / self.from;
        self.compute(out);
        // The zeros behind the end allow no more than the run has.
        let more = self.due.saturating_sub(whole);
        out.truncate(out.len().saturating_sub(usize::try_from(more).unwrap_or(0)));
        self.begin();
    }

    fn compute(&mut self, out: &mut Vec<i16>) {
        loop {
            let at = self.due * self.from;
            let (whole, part) = (at / self.to, at % self.to);
            let begin = whole as i64 - (HALF as i64 - 1) - self.first;
            let around = usize::try_from(begin)
                .ok()
                .and_then(|b| self.window.get(b..b + 2 * HALF));
            let Some(around) = around else {
                break;
            };
            let phase = part as f64 * PHASES as f64 / self.to as f64;
            let below = phase as usize;
            let share = (phase - below as f64) as f32;
            let row = |n: usize| self.table.get(n);
            let (Some(a), Some(b)) = (row(below), row(below + 1)) else {
                break;
            };
            let sum: f32 = around
                .iter()
                .zip(a.iter().zip(b))
                .map(|(s, (a, b))| s * (a + (b - a) * share))
                .sum();
            out.push(sum.round().clamp(-32768.0, 32767.0) as i16);
            self.due += 1;
        }
        // What lies before the next point is done with.
        let next = (self.due * self.from / self.to) as i64 - (HALF as i64 - 1);
        let done = usize::try_from(next - self.first).unwrap_or(0);
        let done = done.min(self.window.len());
        self.window.drain(..done);
        self.first += done as i64;
    }
}

/// The weights of the samples around a point that lies `phase` (0 to 1) behind one of them.
fn weights(phase: f64) -> [f32; 2 * HALF] {
    let mut row = [0f32; 2 * HALF];
    let mut sum = 0.0;
    let of = |n: usize| {
        let x = n as f64 - (HALF as f64 - 1.0) - phase;
        let sinc = match x.abs() < 1e-9 {
            true => 1.0,
            false => (std::f64::consts::PI * x).sin() / (std::f64::consts::PI * x),
        };
        let window = 0.5 + 0.5 * (std::f64::consts::PI * x / HALF as f64).cos();
        sinc * if x.abs() < HALF as f64 { window } else { 0.0 }
    };
    for n in 0..2 * HALF {
        sum += of(n);
    }
    for (n, weight) in row.iter_mut().enumerate() {
        *weight = (of(n) / sum) as f32;
    }
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(rate: f64, hz: f64, samples: usize) -> Vec<i16> {
        (0..samples)
            .map(|n| ((std::f64::consts::TAU * hz * n as f64 / rate).sin() * 10000.0) as i16)
            .collect()
    }

    fn resampled(input: &[i16], from: u32, to: u32, piece: usize) -> Vec<i16> {
        let mut resampler = Resampler::new(from, to);
        let mut out = Vec::new();
        for part in input.chunks(piece) {
            resampler.push(part, &mut out);
        }
        resampler.finish(&mut out);
        out
    }

    #[test]
    fn a_tone_keeps_its_place_and_its_level_at_every_rate() {
        for (from, to) in [
            (8000, 16000),
            (8000, 48000),
            (16000, 48000),
            (11025, 44100),
            (44100, 48000),
        ] {
            let out = resampled(&tone(f64::from(from), 1000.0, 4000), from, to, 160);
            assert_eq!(out.len() as u64, 4000 * u64::from(to) / u64::from(from));
            let expected = tone(f64::from(to), 1000.0, out.len());
            let worst = out[200..out.len() - 200]
                .iter()
                .zip(&expected[200..])
                .map(|(a, b)| (i32::from(*a) - i32::from(*b)).abs())
                .max();
            assert!(worst < Some(40), "{from} to {to}: {worst:?}");
        }
    }

    #[test]
    fn pieces_of_any_length_give_the_same() {
        let input = tone(8000.0, 440.0, 1000);
        let whole = resampled(&input, 8000, 44100, 1000);
        for piece in [1, 7, 160] {
            assert_eq!(resampled(&input, 8000, 44100, piece), whole);
        }
    }
}
