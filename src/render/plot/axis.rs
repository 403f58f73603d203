//! Round numbers for axes.

/// The next of 1, 2, 5, 10, 20, … at or above `value`, times a power of ten.
pub(super) fn round_up(value: f64) -> f64 {
    if !(value.is_finite() && value > 0.0) {
        return 1.0;
    }
    let power = 10f64.powi(value.log10().floor() as i32);
    let steps = [1.0, 2.0, 5.0, 10.0];
    // A value that was scaled is a little off.
    let fits = |s: &&f64| *s * power >= value * (1.0 - 1e-9);
    steps.iter().find(fits).copied().unwrap_or(10.0) * power
}

/// An axis from 0: its end and the distance of its ticks, about `most` of them and no closer than `least_step`.
pub(super) fn from_zero(highest: f64, most: u32, least_step: f64) -> (f64, f64) {
    let step = round_up(highest / f64::from(most.max(1))).max(least_step);
    let ticks = (highest / step - 1e-9).ceil().max(1.0);
    (ticks * step, step)
}

/// Seconds between ticks of the time axis.
pub(super) fn time_step(seconds: f64, most: u32) -> f64 {
    let least = seconds / f64::from(most.max(1));
    let round = [
        10.0, 15.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0,
    ];
    if least <= 5.0 {
        return round_up(least);
    }
    let fits = |s: &&f64| **s >= least;
    round
        .iter()
        .find(fits)
        .copied()
        .unwrap_or_else(|| round_up(least))
}

/// A number with as many decimals as its step needs.
pub(super) fn tick(value: f64, step: f64) -> String {
    let decimals = match step {
        s if s >= 1.0 => 0,
        s if s >= 0.1 => 1,
        s if s >= 0.01 => 2,
        _ => 3,
    };
    format!("{value:.decimals$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_end_at_round_numbers() {
        assert_eq!(from_zero(0.37, 3, 0.0), (0.4, 0.2));
        assert_eq!(from_zero(80.0, 3, 0.0), (100.0, 50.0));
        assert_eq!(from_zero(20.1, 3, 0.0), (30.0, 10.0));
        assert_eq!(from_zero(0.0, 3, 0.0), (1.0, 1.0));
        assert_eq!(from_zero(2.0, 4, 1.0), (2.0, 1.0));
        assert_eq!((time_step(24.0, 10), time_step(3600.0, 10)), (5.0, 600.0));
        assert_eq!(
            (tick(0.4, 0.2), tick(100.0, 50.0)),
            ("0.4".into(), "100".into())
        );
    }
}
