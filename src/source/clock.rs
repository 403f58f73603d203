//! Time stamps of a capture file as nanoseconds.

use crate::types::{CaptureTime, Delta};

/// How an interface of a pcapng file counts time (`if_tsresol`, `if_tsoffset`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct InterfaceClock {
    unit: Unit,
    /// Whole seconds to add, as nanoseconds.
    offset: Delta,
}

/// One unit of a time stamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    /// This many nanoseconds.
    Nanos(u64),
    /// One nanosecond divided by this; 0 where the divisor leaves 64 bits.
    NanoParts(u64),
    /// 2 to the minus this of a second.
    BinaryPart(u32),
}

impl Default for InterfaceClock {
    /// Microseconds since the epoch.
    fn default() -> Self {
        InterfaceClock::new(6, 0)
    }
}

impl InterfaceClock {
    /// From the option values: the resolution's most significant bit selects powers of two; the
    /// offset is in seconds.
    pub(super) fn new(tsresol: u8, tsoffset: i64) -> Self {
        let power = u32::from(tsresol & 0x7f);
        let unit = if tsresol & 0x80 != 0 {
            Unit::BinaryPart(power)
        } else if power <= 9 {
            Unit::Nanos(10u64.pow(9 - power))
        } else {
            Unit::NanoParts(10u64.checked_pow(power - 9).unwrap_or(0))
        };
        InterfaceClock {
            unit,
            offset: Delta::from_secs(tsoffset),
        }
    }

    /// The moment of a 64-bit time stamp, rounded down to a nanosecond; saturates.
    #[inline]
    pub(super) fn time(self, stamp: u64) -> CaptureTime {
        let nanos = match self.unit {
            Unit::Nanos(n) => stamp.saturating_mul(n),
            Unit::NanoParts(n) => stamp.checked_div(n).unwrap_or(0),
            Unit::BinaryPart(power) => binary_nanos(stamp, power),
        };
        CaptureTime::from_nanos(i64::try_from(nanos).unwrap_or(i64::MAX)) + self.offset
    }
}

fn binary_nanos(stamp: u64, power: u32) -> u64 {
    // 64 + 30 bits: the product fits into 128, and a shift of up to 127 is defined.
    let nanos = (u128::from(stamp) * 1_000_000_000) >> power;
    u64::try_from(nanos).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nanos(tsresol: u8, tsoffset: i64, stamp: u64) -> i64 {
        InterfaceClock::new(tsresol, tsoffset)
            .time(stamp)
            .as_nanos()
    }

    #[test]
    fn decimal_resolutions_scale_both_ways() {
        assert_eq!(nanos(6, 0, 1_500_000), 1_500_000_000);
        assert_eq!(nanos(9, 0, 1_500_000), 1_500_000);
        assert_eq!(nanos(0, 0, 3), 3_000_000_000);
        assert_eq!(nanos(12, 0, 1_999), 1); // 1999 ps, rounded down
    }

    #[test]
    fn binary_resolutions_divide_the_second() {
        // 2^-10: 1536 units are 1.5 s; one unit is 976562.5 ns, rounded down.
        assert_eq!(nanos(0x8a, 0, 1536), 1_500_000_000);
        assert_eq!(nanos(0x8a, 0, 1), 976_562);
        assert_eq!(nanos(0x80, 0, 7), 7_000_000_000);
    }

    #[test]
    fn an_offset_is_added_in_seconds() {
        assert_eq!(nanos(6, -2, 3_000_001), 1_000_001_000);
    }

    #[test]
    fn absurd_values_saturate() {
        assert_eq!(nanos(0, i64::MAX, u64::MAX), i64::MAX);
        assert_eq!(nanos(0x7f, 0, u64::MAX), 0);
        assert_eq!(nanos(0xff, 0, u64::MAX), 0);
        assert_eq!(nanos(6, i64::MIN, 0), i64::MIN);
    }
}
