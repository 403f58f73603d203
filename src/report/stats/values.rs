//! The spread of times in bounded memory.

use super::Distribution;
use crate::report::model::round_to;
use crate::types::Delta;

/// Values of which a figure of the whole capture knows each.
pub(super) const OF_ALL: usize = 10_000;
/// And a row of a table.
pub(super) const OF_ROW: usize = 1000;

/// Steps of each power of two: a value is in the middle of its step but for half of 1/64.
const STEPS: u64 = 64;
/// log2 of the same.
const STEP_BITS: u32 = 6;
/// Powers of two told apart above the first steps: 2^41 microseconds are 25 days.
const POWERS: usize = 35;
const BINS: usize = STEPS as usize * (POWERS + 1);

/// Times that are counted: each one while they are few, then a histogram of logarithmic steps.
#[derive(Clone, Debug)]
pub(super) struct Values {
    most: usize,
    each: Vec<u64>,
    bins: Option<Box<[u32]>>,
    count: u64,
    /// Nanoseconds.
    sum: u128,
    min: u64,
    max: u64,
}

impl Values {
    /// Knows each of `most` values.
    pub(super) fn new(most: usize) -> Self {
        Values {
            most,
            each: Vec::new(),
            bins: None,
            count: 0,
            sum: 0,
            min: u64::MAX,
            max: 0,
        }
    }

    /// Takes a time; what is before its beginning is none.
    pub(super) fn add(&mut self, time: Option<Delta>) {
        let Some(nanos) = time.and_then(|t| u64::try_from(t.as_nanos()).ok()) else {
            return;
        };
        self.count += 1;
        self.sum += u128::from(nanos);
        self.min = self.min.min(nanos);
        self.max = self.max.max(nanos);
        if let Some(bins) = &mut self.bins {
            note(bins, nanos);
        } else if self.each.len() < self.most {
            self.each.push(nanos);
        } else {
            let mut bins = vec![0; BINS].into_boxed_slice();
            for value in std::mem::take(&mut self.each).into_iter().chain([nanos]) {
                note(&mut bins, value);
            }
            self.bins = Some(bins);
        }
    }

    /// Adds what another one counted.
    pub(super) fn merge(&mut self, other: &Values) {
        for value in &other.each {
            self.add(i64::try_from(*value).ok().map(Delta::from_nanos));
        }
        let Some(theirs) = &other.bins else { return };
        let mut bins = self
            .bins
            .take()
            .unwrap_or_else(|| vec![0; BINS].into_boxed_slice());
        for value in std::mem::take(&mut self.each) {
            note(&mut bins, value);
        }
        for (bin, more) in bins.iter_mut().zip(theirs) {
            *bin = bin.saturating_add(*more);
        }
        self.bins = Some(bins);
        self.count += other.count;
        self.sum += other.sum;
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
    }

    /// In milliseconds.
    pub(super) fn in_ms(&self) -> Distribution {
        self.spread(1e6, 3)
    }

    /// In seconds.
    pub(super) fn in_s(&self) -> Distribution {
        self.spread(1e9, 6)
    }

    fn spread(&self, unit: f64, decimals: u32) -> Distribution {
        let mut sorted = self.each.clone();
        sorted.sort_unstable();
        // Below 2^53 ns, 104 days, nothing is lost.
        let shown = |nanos: u64| round_to(nanos as f64 / unit, decimals);
        let of = |percent: u64| self.quantile(&sorted, percent).and_then(shown);
        let some = |value: u64| (self.count > 0).then_some(value).and_then(shown);
        let mean = self.sum as f64 / self.count as f64 / unit;
        Distribution {
            count: self.count,
            min: some(self.min),
            mean: round_to(mean, decimals),
            p50: of(50),
            p90: of(90),
            p95: of(95),
            p99: of(99),
            max: some(self.max),
            approximate: self.bins.is_some(),
        }
    }

    /// The least value that `percent` of all do not exceed.
    fn quantile(&self, sorted: &[u64], percent: u64) -> Option<u64> {
        let rank = (self.count * percent).div_ceil(100).max(1);
        let Some(bins) = &self.bins else {
            return sorted.get(usize::try_from(rank - 1).ok()?).copied();
        };
        let mut before = 0;
        for (at, count) in bins.iter().enumerate() {
            before += u64::from(*count);
            if before >= rank {
                return Some(middle(at).clamp(self.min, self.max));
            }
        }
        None
    }
}

fn note(bins: &mut [u32], nanos: u64) {
    if let Some(bin) = bins.get_mut(bin(nanos)) {
        *bin = bin.saturating_add(1);
    }
}

/// Where a value is counted: microseconds one by one, then 64 steps for each power of two.
fn bin(nanos: u64) -> usize {
    let micros = nanos / 1000;
    let above = micros.max(1).ilog2().saturating_sub(STEP_BITS);
    let step = micros >> above;
    // `step` is from 64 to 127 from the second power on.
    let at = u64::from(above) * STEPS + step;
    usize::try_from(at).map_or(BINS - 1, |at| at.min(BINS - 1))
}

/// The middle of a step, in nanoseconds.
fn middle(at: usize) -> u64 {
    let at = at as u64;
    let above = (at / STEPS).saturating_sub(1);
    let step = at - above * STEPS;
    ((step << above) * 1000) + ((1000 << above) / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(nanos: impl Iterator<Item = i64>, most: usize) -> Values {
        let mut values = Values::new(most);
        nanos.for_each(|n| values.add(Some(Delta::from_nanos(n))));
        values
    }

    #[test]
    fn few_values_have_exact_quantiles_of_the_nearest_rank() {
        // 1 to 10 ms: the rank of p50 is 5, of p90 9, of p95 ceil(9.5) = 10; the mean 55 / 10.
        let d = of((1..=10).map(|ms| ms * 1_000_000), 10).in_ms();
        let expected = Distribution {
            count: 10,
            min: Some(1.0),
            mean: Some(5.5),
            p50: Some(5.0),
            p90: Some(9.0),
            p95: Some(10.0),
            p99: Some(10.0),
            max: Some(10.0),
            approximate: false,
        };
        assert_eq!(d, expected);
        assert_eq!(Values::new(10).in_ms(), Distribution::default());
    }

    #[test]
    fn many_values_are_at_most_a_step_off_in_constant_memory() {
        // 1 to 100 000 in steps of 17 us: p50 is 850 ms, p99 1683 ms.
        let values = of((1..=100_000).map(|n| n * 17_000), 100);
        assert!(values.each.is_empty() && values.each.capacity() == 0);
        let d = values.in_ms();
        assert!(d.approximate);
        for (shown, right) in [(d.p50, 850.0), (d.p90, 1530.0), (d.p99, 1683.0)] {
            let off = (shown.unwrap() / right - 1.0).abs();
            assert!(off < 0.0079, "{shown:?} is not {right}");
        }
        // (1 + 100 000) / 2 x 17 us.
        assert_eq!(
            (d.min, d.mean, d.max),
            (Some(0.017), Some(850.009), Some(1700.0))
        );
    }

    #[test]
    fn each_value_lies_in_the_step_that_counts_it() {
        for nanos in (0..45)
            .map(|p| 1000 << p)
            .chain([63_999, 64_000, 127_999, 128_000, 129_000])
        {
            let near = middle(bin(nanos));
            let off = near.abs_diff(nanos) as f64;
            let most = (nanos as f64 / 127.9).max(500.0);
            assert!(
                off <= most || bin(nanos) == BINS - 1,
                "{nanos} is shown as {near}"
            );
        }
    }

    #[test]
    fn two_sums_are_one() {
        let both = of((1..=300).map(|n| n * 1_000_000), 100);
        let mut sum = of((1..=50).map(|n| n * 1_000_000), 100);
        sum.merge(&of((51..=300).map(|n| n * 1_000_000), 100));
        assert_eq!(sum.in_s(), both.in_s());
        let mut few = of([1_000_000].into_iter(), 100);
        few.merge(&of([3_000_000].into_iter(), 100));
        assert_eq!(
            (few.in_ms().mean, few.in_ms().approximate),
            (Some(2.0), false)
        );
    }
}
