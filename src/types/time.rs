//! Capture time: integer nanoseconds, because an `f64` of epoch seconds resolves only 238 ns.

use std::fmt;
use std::ops::{Add, AddAssign, Neg, Sub};

const NANOS_PER_SEC: i64 = 1_000_000_000;

/// A moment as the capture recorded it: nanoseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CaptureTime(i64);

/// A signed distance between two capture times, in nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Delta(i64);

impl CaptureTime {
    /// The earliest representable time.
    pub const MIN: CaptureTime = CaptureTime(i64::MIN);
    /// Later than any packet.
    pub const MAX: CaptureTime = CaptureTime(i64::MAX);

    /// The last whole multiple of `step` since the epoch that is not after this time.
    pub const fn floor_to(self, step: Delta) -> Self {
        CaptureTime(self.0 - self.0.rem_euclid(step.0))
    }

    /// From nanoseconds since the epoch.
    pub const fn from_nanos(nanos: i64) -> Self {
        CaptureTime(nanos)
    }

    /// From seconds and a nanosecond part, which may exceed one second (captures do that); saturates.
    pub const fn from_secs_nanos(secs: i64, nanos: i64) -> Self {
        CaptureTime(secs.saturating_mul(NANOS_PER_SEC).saturating_add(nanos))
    }

    /// Nanoseconds since the epoch.
    pub const fn as_nanos(self) -> i64 {
        self.0
    }

    /// Whole seconds since the epoch, rounded down, and the nanoseconds that remain.
    pub const fn secs_nanos(self) -> (i64, u32) {
        (
            self.0.div_euclid(NANOS_PER_SEC),
            self.0.rem_euclid(NANOS_PER_SEC) as u32,
        )
    }
}

impl Delta {
    /// No distance.
    pub const ZERO: Delta = Delta(0);

    /// From nanoseconds.
    pub const fn from_nanos(nanos: i64) -> Self {
        Delta(nanos)
    }
    /// From milliseconds; saturates.
    pub const fn from_millis(ms: i64) -> Self {
        Delta(ms.saturating_mul(1_000_000))
    }
    /// From seconds; saturates.
    pub const fn from_secs(s: i64) -> Self {
        Delta(s.saturating_mul(NANOS_PER_SEC))
    }
    /// Nanoseconds.
    pub const fn as_nanos(self) -> i64 {
        self.0
    }
    /// Milliseconds, fractional; for output only.
    pub fn as_millis_f64(self) -> f64 {
        self.0 as f64 / 1e6
    }
    /// Seconds, fractional; for output only.
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / 1e9
    }
    /// The distance without its sign.
    pub const fn abs(self) -> Delta {
        Delta(self.0.saturating_abs())
    }
    /// True before zero: time ran backwards.
    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }
}

impl Sub for CaptureTime {
    type Output = Delta;
    fn sub(self, earlier: CaptureTime) -> Delta {
        Delta(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Delta> for CaptureTime {
    type Output = CaptureTime;
    fn add(self, by: Delta) -> CaptureTime {
        CaptureTime(self.0.saturating_add(by.0))
    }
}

impl Sub<Delta> for CaptureTime {
    type Output = CaptureTime;
    fn sub(self, by: Delta) -> CaptureTime {
        CaptureTime(self.0.saturating_sub(by.0))
    }
}

impl Add for Delta {
    type Output = Delta;
    fn add(self, other: Delta) -> Delta {
        Delta(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Delta {
    fn add_assign(&mut self, other: Delta) {
        *self = *self + other;
    }
}

impl Sub for Delta {
    type Output = Delta;
    fn sub(self, other: Delta) -> Delta {
        Delta(self.0.saturating_sub(other.0))
    }
}

impl Neg for Delta {
    type Output = Delta;
    fn neg(self) -> Delta {
        Delta(self.0.saturating_neg())
    }
}

impl fmt::Display for Delta {
    /// Seconds with nanosecond digits, for diagnostics.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let abs = self.0.unsigned_abs();
        write!(
            f,
            "{sign}{}.{:09} s",
            abs / 1_000_000_000,
            abs % 1_000_000_000
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fraction_above_one_second_is_carried() {
        assert_eq!(
            CaptureTime::from_secs_nanos(10, 1_500_000_000).secs_nanos(),
            (11, 500_000_000)
        );
    }

    #[test]
    fn a_time_before_the_epoch_keeps_a_positive_fraction() {
        assert_eq!(CaptureTime::from_nanos(-1).secs_nanos(), (-1, 999_999_999));
    }

    #[test]
    fn distances_saturate_instead_of_wrapping() {
        let far = CaptureTime::from_nanos(i64::MAX) - CaptureTime::from_nanos(i64::MIN);
        assert_eq!(far.as_nanos(), i64::MAX);
    }
}
