//! Text that fits: widths in terminal columns, cutting and wrapping by grapheme.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// Which side of a column a text stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Align {
    Left,
    Right,
}

/// Terminal columns `text` takes.
pub(crate) fn width(text: &str) -> usize {
    if is_plain(text) {
        return text.len();
    }
    text.width()
}

/// True where each byte is a character one column wide.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|b| matches!(b, b' '..=b'~'))
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
    if width_within(text, max).is_some() {
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

/// Adds so many blanks.
pub(crate) fn fill(line: &mut String, mut blanks: usize) {
    const BLANKS: &str = "                                ";
    while blanks > 0 {
        let some = BLANKS.get(..blanks).unwrap_or(BLANKS);
        line.push_str(some);
        blanks -= some.len();
    }
}

/// `text` filled with blanks to `to` columns; longer text stays as it is.
pub(crate) fn pad(text: &str, to: usize, align: Align) -> String {
    let blanks = to.saturating_sub(width(text));
    let mut out = String::with_capacity(text.len() + blanks);
    if align == Align::Right {
        fill(&mut out, blanks);
    }
    out.push_str(text);
    if align == Align::Left {
        fill(&mut out, blanks);
    }
    out
}

/// `text` broken at blanks into lines of at most `max` columns; a longer word is broken anywhere.
pub(crate) fn wrap(text: &str, max: usize) -> Vec<String> {
    let max = max.max(1);
    let mut lines = Vec::new();
    let text = match is_plain(text) && !text.contains("  ") {
        true => wrap_plain(text.trim(), max, &mut lines),
        false => text,
    };
    let mut line = String::with_capacity(text.len().min(max));
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

/// Breaks a text of bytes one column wide, single blanks between its words, as long as the words fit; what is left
/// begins with one that does not.
fn wrap_plain<'a>(text: &'a str, max: usize, lines: &mut Vec<String>) -> &'a str {
    let mut rest = text;
    while rest.len() > max {
        let within = rest.get(..=max).unwrap_or(rest);
        let Some((line, _)) = within.rsplit_once(' ') else {
            return rest;
        };
        lines.push(line.to_owned());
        rest = rest.get(line.len() + 1..).unwrap_or_default();
    }
    if !rest.is_empty() {
        lines.push(rest.to_owned());
    }
    ""
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
        assert_eq!(wrap("a abcdef g h", 3), ["a", "abc", "def", "g h"]);
        assert_eq!(wrap(" aaa  b cé ", 3), ["aaa", "b", "cé"]);
        assert_eq!(wrap(" aaa b cc d", 4), ["aaa", "b cc", "d"]);
        assert_eq!(wrap("山田", 1), ["山", "田"]);
        assert!(wrap("  ", 5).is_empty());
    }

    #[test]
    fn a_narrow_column_has_durations_of_five_characters() {
        for (s, text) in [(0.0, "<1ms"), (0.001, "1ms"), (62.0, "1m02s")] {
            assert_eq!(short_duration(s), text);
        }
    }
}
