//! Rounding at the edge: figures are rounded only when they enter the report.

/// `value` rounded to `decimals` places; `None` for NaN and infinities, which JSON cannot hold.
pub fn round_to(value: f64, decimals: u32) -> Option<f64> {
    if !value.is_finite() {
        return None;
    }
    let scale = 10f64.powi(decimals as i32);
    let rounded = (value * scale).round() / scale;
    Some(if rounded == 0.0 { 0.0 } else { rounded })
}

#[cfg(test)]
mod tests {
    use super::round_to;

    #[test]
    fn minus_zero_and_nan_do_not_reach_the_report() {
        assert_eq!(round_to(-0.0001, 3).map(f64::to_bits), Some(0f64.to_bits()));
        assert_eq!(round_to(f64::NAN, 3), None);
        assert_eq!(round_to(1.38149, 3), Some(1.381));
    }
}
