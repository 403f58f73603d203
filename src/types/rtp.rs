//! Numbers of RTP (RFC 3550). What wraps has no order: `SeqNo` and `RtpTicks` compare only for
//! equality; order exists after extension to `ExtendedSeq`.

use std::fmt;
use std::num::NonZeroU32;

/// A 16-bit sequence number as sent (RFC 3550 §5.1). Wraps, so it has no order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SeqNo(pub u16);

impl SeqNo {
    /// Signed distance from `earlier` in -32768..=32767.
    pub const fn distance_from(self, earlier: SeqNo) -> i16 {
        self.0.wrapping_sub(earlier.0) as i16
    }
}

/// A sequence number with its wrap cycles counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExtendedSeq(pub u64);

/// A 32-bit RTP timestamp as sent (RFC 3550 §5.1). Wraps, so it has no order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RtpTicks(pub u32);

impl RtpTicks {
    /// Signed distance from `earlier` in ticks.
    pub const fn distance_from(self, earlier: RtpTicks) -> i32 {
        self.0.wrapping_sub(earlier.0) as i32
    }
}

/// Synchronization source identifier (RFC 3550 §3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ssrc(pub u32);

impl fmt::Display for Ssrc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{:08x}", self.0)
    }
}

/// A 7-bit payload type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PayloadType(u8);

impl PayloadType {
    /// `None` above 127.
    pub const fn new(value: u8) -> Option<Self> {
        if value < 128 {
            Some(PayloadType(value))
        } else {
            None
        }
    }
    /// From the second octet of an RTP header, dropping the marker bit.
    pub const fn from_header_octet(octet: u8) -> Self {
        PayloadType(octet & 0x7f)
    }
    /// The number, 0 to 127.
    pub const fn get(self) -> u8 {
        self.0
    }
}

impl fmt::Display for PayloadType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// RTP clock rate in Hz, never zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClockRate(NonZeroU32);

impl ClockRate {
    /// `None` for zero.
    pub const fn new(hz: u32) -> Option<Self> {
        match NonZeroU32::new(hz) {
            Some(hz) => Some(ClockRate(hz)),
            None => None,
        }
    }
    /// Ticks a second.
    pub const fn hz(self) -> u32 {
        self.0.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_crosses_the_wrap() {
        assert_eq!(SeqNo(1).distance_from(SeqNo(65535)), 2);
        assert_eq!(SeqNo(65535).distance_from(SeqNo(1)), -2);
        assert_eq!(RtpTicks(80).distance_from(RtpTicks(u32::MAX - 79)), 160);
    }
}
