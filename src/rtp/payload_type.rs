//! Which payload types may stand in a packet (RFC 3551 §6, RFC 5761 §4).

use crate::types::PayloadType;

/// True where a payload type may stand in a packet nobody announced: static or dynamic. 64 to 95
/// would read as RTCP with the marker set (RFC 5761 §4); 1, 2 and 19 are reserved.
pub(crate) fn is_plausible(pt: PayloadType) -> bool {
    !matches!(pt.get(), 1 | 2 | 19 | 64..=95)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_mean_rtcp_are_implausible() {
        let ok = |n| is_plausible(PayloadType::new(n).unwrap());
        assert!(ok(0) && ok(127) && ok(35));
        assert!(!ok(72) && !ok(64) && !ok(95) && !ok(19));
    }
}
