//! Numbers, durations and lists in words, and text from packets made safe to show.

use crate::types::Escaped;

/// Text from a packet with everything escaped that a terminal could obey or that cannot be seen.
pub(crate) fn clean(text: &str) -> String {
    Escaped::of(text).to_string()
}

/// A count in digits, without anything between them: what is printed is to be searched for and copied.
pub(crate) fn grouped(n: u64) -> String {
    n.to_string()
}

/// `3 calls`, `1 call`.
pub(crate) fn counted(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(n), if n == 1 { one } else { many })
}

/// A number with `decimals` digits, or `-`.
pub(crate) fn number(value: Option<f64>, decimals: usize) -> String {
    match value {
        Some(v) if v.is_finite() => format!("{v:.decimals$}"),
        _ => "-".into(),
    }
}

/// `0.4 ms`, `118 ms`, `1.9 s`, `2:05 min`, `1:02:05 h`.
pub(crate) fn duration(seconds: f64) -> String {
    let abs = seconds.abs();
    let sign = if seconds < 0.0 { "-" } else { "" };
    // `as` truncates a positive, rounded, finite value; larger than u64 saturates.
    let whole = abs.round() as u64;
    if abs < 0.00995 {
        format!("{sign}{:.1} ms", abs * 1e3)
    } else if abs < 0.9995 {
        format!("{sign}{:.0} ms", abs * 1e3)
    } else if abs < 59.95 {
        format!("{sign}{abs:.1} s")
    } else if whole < 3600 {
        format!("{sign}{}:{:02} min", whole / 60, whole % 60)
    } else {
        let (h, m, s) = (whole / 3600, whole % 3600 / 60, whole % 60);
        format!("{sign}{h}:{m:02}:{s:02} h")
    }
}

/// `a`, `a and b`, `a, b and c`.
pub(crate) fn listed(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [init @ .., last] => format!("{} and {last}", init.join(", ")),
    }
}

/// Frame numbers as `#1-#4 #7`, at most `limit` runs, then `+n`.
pub(crate) fn frames(numbers: &[u64], limit: usize) -> String {
    let mut sorted = numbers.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    let mut runs: Vec<(u64, u64)> = Vec::new();
    for n in sorted {
        match runs.last_mut() {
            Some((_, end)) if *end + 1 == n => *end = n,
            _ => runs.push((n, n)),
        }
    }
    if runs.is_empty() {
        return "-".into();
    }
    let mut out: Vec<String> = runs
        .iter()
        .take(limit)
        .map(|(a, b)| match b - a {
            0 => format!("#{a}"),
            1 => format!("#{a} #{b}"),
            _ => format!("#{a}-#{b}"),
        })
        .collect();
    let left: u64 = runs.iter().skip(limit).map(|(a, b)| b - a + 1).sum();
    if left > 0 {
        out.push(format!("+{left}"));
    }
    out.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_plain_digits_and_an_unknown_is_a_dash() {
        assert_eq!(grouped(1_224), "1224");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_000_000), "1000000");
        assert_eq!(number(None, 1), "-");
        assert_eq!(number(Some(f64::NAN), 1), "-");
        assert_eq!(number(Some(0.04), 1), "0.0");
    }

    #[test]
    fn durations_change_unit_without_showing_sixty_seconds() {
        for (s, text) in [
            (0.0018, "1.8 ms"),
            (0.118, "118 ms"),
            (0.9996, "1.0 s"),
            (1.94, "1.9 s"),
            (59.96, "1:00 min"),
            (3725.0, "1:02:05 h"),
        ] {
            assert_eq!(duration(s), text);
        }
    }

    #[test]
    fn neighbouring_frames_are_shown_as_a_run() {
        assert_eq!(frames(&[4, 1, 2, 3, 7], 5), "#1-#4 #7");
        assert_eq!(frames(&[1, 2], 5), "#1 #2");
        assert_eq!(frames(&[1, 3, 5, 7, 9], 3), "#1 #3 #5 +2");
        assert_eq!(frames(&[], 3), "-");
    }

    #[test]
    fn control_characters_become_visible() {
        assert_eq!(clean("a\u{1b}[31m"), "a\\x1b[31m");
    }
}
