//! Numbers, durations and lists in words, and text from packets made safe to show.

use super::text::FrameName;
use crate::types::Escaped;

/// Text from a packet with everything escaped that a terminal could obey or that cannot be seen.
pub(crate) fn clean(text: &str) -> String {
    Escaped::of(text).to_string()
}

/// A count in digits, without anything between them: what is printed is to be searched for and copied.
pub(crate) fn in_digits(n: u64) -> String {
    n.to_string()
}

/// `3 calls`, `1 call`.
pub(crate) fn counted(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", in_digits(n), if n == 1 { one } else { many })
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
    joined(items, "and")
}

/// ` (was a, b or c meant?)`; empty where nothing is near.
pub(crate) fn was_meant(near: &[String]) -> String {
    match near {
        [] => String::new(),
        near => format!(" (was {} meant?)", joined(near, "or")),
    }
}

fn joined(items: &[String], by: &str) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [init @ .., last] => format!("{} {by} {last}", init.join(", ")),
    }
}

/// Packets as `#1-#4 #7`, of several files `p1:#1-#4 p2:#7`, at most `limit` runs, then `+n`.
pub(crate) fn frames(names: &[FrameName], limit: usize) -> String {
    let mut sorted: Vec<&FrameName> = names.iter().collect();
    sorted.sort_unstable_by_key(|name| (name.source, name.frame));
    sorted.dedup_by_key(|name| (name.source, name.frame));
    let mut runs: Vec<(&FrameName, u64)> = Vec::new();
    for name in sorted {
        match runs.last_mut() {
            Some((first, end)) if first.source == name.source && *end + 1 == name.frame => {
                *end = name.frame;
            }
            _ => runs.push((name, name.frame)),
        }
    }
    if runs.is_empty() {
        return "-".into();
    }
    let mut out: Vec<String> = runs
        .iter()
        .take(limit)
        .map(|(first, last)| match last - first.frame {
            0 => first.to_string(),
            1 if first.file.is_none() => format!("{first} #{last}"),
            _ => format!("{first}-#{last}"),
        })
        .collect();
    let left: u64 = runs.iter().skip(limit).map(|(a, b)| b - a.frame + 1).sum();
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
        assert_eq!(in_digits(1_224), "1224");
        assert_eq!(in_digits(999), "999");
        assert_eq!(in_digits(1_000_000), "1000000");
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
        let of = |file: Option<&str>, source: u32, frames: &[u64]| {
            let name = |frame: &u64| FrameName {
                frame: *frame,
                source,
                file: file.map(Into::into),
            };
            frames.iter().map(name).collect::<Vec<_>>()
        };
        let one = |numbers: &[u64], limit| frames(&of(None, 1, numbers), limit);
        assert_eq!(one(&[4, 1, 2, 3, 7], 5), "#1-#4 #7");
        assert_eq!(one(&[1, 2], 5), "#1 #2");
        assert_eq!(one(&[1, 3, 5, 7, 9], 3), "#1 #3 #5 +2");
        assert_eq!(one(&[], 3), "-");
        let both = [of(Some("p2"), 2, &[3, 4]), of(Some("p1"), 1, &[2])].concat();
        assert_eq!(frames(&both, 3), "p1:#2 p2:#3-#4");
    }

    #[test]
    fn control_characters_become_visible() {
        assert_eq!(clean("a\u{1b}[31m"), "a\\x1b[31m");
    }
}
