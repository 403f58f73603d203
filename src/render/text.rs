//! Text that fits: widths in terminal columns, cutting by grapheme, numbers and durations in words.

use crate::types::Escaped;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// Which side of a column a text stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Align {
    Left,
    Right,
}

/// Text from a packet with everything a terminal could obey escaped.
pub(crate) fn clean(text: &str) -> String {
    Escaped::of(text).to_string()
}

/// Terminal columns `text` takes.
pub(crate) fn width(text: &str) -> usize {
    if text.bytes().all(|b| matches!(b, b' '..=b'~')) {
        return text.len();
    }
    text.width()
}

/// The width of a text of at most `max` columns, without a look at the whole of one far longer.
fn width_within(text: &str, max: usize) -> Option<usize> {
    // More bytes a column than any text has that is not made for mischief.
    const BYTES: usize = 16;
    if text.len() > max.saturating_mul(BYTES) && head(text, max).len() < text.len() {
        return None;
    }
    Some(width(text)).filter(|w| *w <= max)
}

/// `text` shortened to `max` columns, ending in `mark` where something was left out.
pub(crate) fn cut(text: &str, max: usize, mark: &str) -> String {
    if width(text) <= max {
        return text.to_owned();
    }
    let room = max.saturating_sub(width(mark));
    let mut out = head(text, room).to_owned();
    out.push_str(if width(mark) <= max { mark } else { "" });
    out
}

/// `text` shortened to `max` columns in its middle, so that a port or a host at the end stays.
pub(crate) fn cut_middle(text: String, max: usize, mark: &str) -> String {
    if width(&text) <= max {
        return text;
    }
    let room = max.saturating_sub(width(mark));
    let tail_room = room / 2;
    let mut tail_start = text.len();
    let mut tail_width = 0;
    for (at, g) in text.grapheme_indices(true).rev() {
        let w = width(g);
        if tail_width + w > tail_room {
            break;
        }
        tail_width += w;
        tail_start = at;
    }
    let tail = text.get(tail_start..).unwrap_or("");
    format!("{}{mark}{tail}", head(&text, room - tail_width))
}

/// The longest beginning of `text` that takes at most `max` columns.
fn head(text: &str, max: usize) -> &str {
    let mut used = 0;
    for (at, g) in text.grapheme_indices(true) {
        used += width(g);
        if used > max {
            return text.get(..at).unwrap_or(text);
        }
    }
    text
}

/// `text` filled with blanks to `to` columns; longer text stays as it is.
pub(crate) fn pad(text: &str, to: usize, align: Align) -> String {
    let fill = " ".repeat(to.saturating_sub(width(text)));
    match align {
        Align::Left => format!("{text}{fill}"),
        Align::Right => format!("{fill}{text}"),
    }
}

/// `text` broken at blanks into lines of at most `max` columns; a longer word is broken anywhere.
pub(crate) fn wrap(text: &str, max: usize) -> Vec<String> {
    let max = max.max(1);
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0;
    for word in text.split_whitespace() {
        let mut word = word;
        loop {
            let gap = usize::from(!line.is_empty());
            let wide = width_within(word, max);
            if let Some(wide) = wide.filter(|wide| used + gap + wide <= max) {
                if gap == 1 {
                    line.push(' ');
                }
                line.push_str(word);
                used += gap + wide;
                break;
            }
            if !line.is_empty() {
                lines.push(std::mem::take(&mut line));
                used = 0;
                continue;
            }
            // A single word wider than the line: at least one grapheme goes out, so this ends.
            let mut part = head(word, max).len();
            if part == 0 {
                part = word.graphemes(true).next().map_or(word.len(), str::len);
            }
            let (first, rest) = word.split_at(part);
            lines.push(first.to_owned());
            word = rest;
            if word.is_empty() {
                break;
            }
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

/// `1 224 000`: digits in groups of three.
pub(crate) fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(' ');
        }
        out.push(c);
    }
    out
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

/// A duration of at most five columns, for a narrow column: `<1ms`, `118ms`, `1.9s`, `2m05s`, `3h07m`.
pub(crate) fn short_duration(seconds: f64) -> String {
    let abs = seconds.abs();
    // `as` truncates a positive, rounded, finite value; larger than u64 saturates.
    let whole = abs.round() as u64;
    if abs < 0.0005 {
        "<1ms".into()
    } else if abs < 0.9995 {
        format!("{:.0}ms", abs * 1e3)
    } else if abs < 59.95 {
        format!("{abs:.1}s")
    } else if whole < 3600 {
        format!("{}m{:02}s", whole / 60, whole % 60)
    } else if whole < 86_400 {
        format!("{}h{:02}m", whole / 3600, whole % 3600 / 60)
    } else {
        format!("{}d{:02}h", whole / 86_400, whole % 86_400 / 3600)
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
    fn wide_characters_are_cut_by_columns_and_never_in_half() {
        // Each of these characters takes two columns: four fit in eight, three and a mark in seven.
        assert_eq!(width("山田太郎"), 8);
        assert_eq!(cut("山田太郎", 7, "…"), "山田太…");
        assert_eq!(cut("山田太郎", 6, "…"), "山田…");
        assert_eq!(pad("山田", 6, Align::Right), "  山田");
    }

    #[test]
    fn a_combining_accent_stays_with_its_letter() {
        assert_eq!(cut("Z\u{30c}ofie", 3, "…"), "Z\u{30c}o…");
    }

    #[test]
    fn the_port_survives_a_cut_in_the_middle() {
        let cut = cut_middle("[2001:db8:1:2:3:4:5:6]:10014".into(), 20, "…");
        assert!(width(&cut) <= 20 && cut.ends_with("]:10014"), "{cut}");
    }

    #[test]
    fn wrapping_keeps_every_word_and_breaks_only_what_cannot_fit() {
        assert_eq!(wrap("aa bb cc", 5), ["aa bb", "cc"]);
        assert_eq!(wrap("abcdefg h", 3), ["abc", "def", "g h"]);
        assert_eq!(wrap("山田", 1), ["山", "田"]);
        assert!(wrap("  ", 5).is_empty());
    }

    #[test]
    fn numbers_are_grouped_and_an_unknown_is_a_dash() {
        assert_eq!(grouped(1_224), "1 224");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_000_000), "1 000 000");
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
        for (s, text) in [(0.0, "<1ms"), (0.001, "1ms"), (62.0, "1m02s")] {
            assert_eq!(short_duration(s), text);
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
