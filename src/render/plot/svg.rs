//! SVG text: numbers, escapes and the few shapes a plot needs.

use super::theme::SIZE;
use std::fmt::Write;

/// Width of the characters 0x20 to 0x7e in thousandths of the type size (DejaVu Sans).
const WIDTHS: [u16; 95] = [
    318, 401, 460, 838, 636, 950, 780, 275, 390, 390, 500, 838, 318, 361, 318, 337, 636, 636, 636,
    636, 636, 636, 636, 636, 636, 636, 337, 337, 838, 838, 838, 531, 1000, 684, 686, 698, 770, 632,
    575, 775, 752, 295, 295, 656, 557, 863, 748, 787, 603, 787, 695, 635, 611, 732, 684, 989, 685,
    611, 685, 390, 337, 390, 838, 500, 500, 613, 635, 550, 635, 615, 352, 635, 634, 278, 278, 579,
    278, 974, 634, 612, 635, 635, 411, 521, 392, 634, 592, 818, 592, 592, 525, 636, 337, 636, 838,
];
/// Other characters.
const OTHER_WIDTH: u16 = 700;
/// The class of bold text.
pub(super) const BOLD_CLASS: &str = "bold";
/// Bold type is wider.
const BOLD: f64 = 1.13;

/// About how wide a text is, in pixels.
pub(super) fn text_width(text: &str, size: f64, bold: bool) -> f64 {
    let of = |c: char| {
        let at = (c as usize).checked_sub(0x20);
        at.and_then(|at| WIDTHS.get(at).copied())
            .unwrap_or(OTHER_WIDTH)
    };
    let sum: u32 = text.chars().map(|c| u32::from(of(c))).sum();
    f64::from(sum) / 1000.0 * size * if bold { BOLD } else { 1.0 }
}

/// The text, or as much of its beginning as has room.
pub(super) fn fitted(text: &str, size: f64, room: f64) -> String {
    let dots = text_width("…", size, false);
    let (mut width, mut fits) = (0.0, 0);
    for (at, c) in text.char_indices() {
        if width + dots <= room {
            fits = at;
        }
        width += text_width(c.encode_utf8(&mut [0; 4]), size, false);
        if width > room {
            let short = text.get(..fits).unwrap_or_default().trim_end();
            return match short {
                "" => String::new(),
                short => format!("{short}…"),
            };
        }
    }
    text.to_owned()
}

/// With the marks of XML escaped, and without characters that XML does not allow.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// A coordinate: one decimal, no more than is needed.
pub(super) fn num(value: f64) -> String {
    let tenths = (value * 10.0).round();
    // Also what is not a number.
    if !tenths.is_finite() || tenths == 0.0 {
        return "0".to_owned();
    }
    let text = format!("{:.1}", tenths / 10.0);
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

/// Where a text stands against its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// A document while it is written.
#[derive(Debug, Default)]
pub(super) struct Svg {
    out: String,
}

impl Svg {
    /// Adds mark-up as it is.
    pub(super) fn raw(&mut self, markup: &str) {
        self.out.push_str(markup);
        self.out.push('\n');
    }

    pub(super) fn line(&mut self, class: &str, from: (f64, f64), to: (f64, f64)) {
        let (x1, y1, x2, y2) = (num(from.0), num(from.1), num(to.0), num(to.1));
        self.raw(&format!(
            "<path class=\"{class}\" d=\"M{x1} {y1}L{x2} {y2}\"/>"
        ));
    }

    pub(super) fn rect(&mut self, class: &str, (x, y): (f64, f64), (width, height): (f64, f64)) {
        let (x, y, w, h) = (num(x), num(y), num(width), num(height));
        self.raw(&format!(
            "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\"/>"
        ));
    }

    pub(super) fn text(&mut self, class: &str, (x, y): (f64, f64), anchor: Anchor, text: &str) {
        let anchor = match anchor {
            Anchor::Start => "",
            Anchor::Middle => " text-anchor=\"middle\"",
            Anchor::End => " text-anchor=\"end\"",
        };
        let (x, y, text) = (num(x), num(y), escaped(text));
        self.raw(&format!(
            "<text class=\"{class}\" x=\"{x}\" y=\"{y}\"{anchor}>{text}</text>"
        ));
    }

    /// A text on paper of its own, so that no line behind it reads as a mark of it.
    pub(super) fn label(&mut self, class: &str, (x, y): (f64, f64), text: &str) {
        if text.is_empty() {
            return;
        }
        let width = text_width(text, SIZE, class == BOLD_CLASS);
        self.rect("paper", (x, y - SIZE + 1.0), (width, SIZE + 2.0));
        self.text(class, (x, y), Anchor::Start, text);
    }

    /// One path through all lists of points.
    pub(super) fn path(&mut self, class: &str, lines: &[Vec<(f64, f64)>]) {
        let mut d = String::new();
        for line in lines {
            let mut last: Option<(String, String)> = None;
            let alone = line.len() == 1;
            for (n, (x, y)) in line.iter().enumerate() {
                let place = (num(*x), num(*y));
                if last.as_ref() == Some(&place) {
                    continue;
                }
                let mark = if n == 0 { 'M' } else { 'L' };
                // Writing to a String does not fail.
                let _ = write!(d, "{mark}{} {}", place.0, place.1);
                last = Some(place);
            }
            if alone {
                // A dot, with the round ends of the line.
                d.push_str("h0.1");
            }
        }
        if !d.is_empty() {
            self.raw(&format!("<path class=\"{class}\" d=\"{d}\"/>"));
        }
    }

    /// Opens a group that says what it is.
    pub(super) fn open(&mut self, title: &str) {
        let title = escaped(title);
        self.raw(&format!("<g><title>{title}</title>"));
    }

    pub(super) fn close(&mut self) {
        self.raw("</g>");
    }

    pub(super) fn finish(self) -> String {
        self.out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_packet_says_cannot_become_markup() {
        let text = escaped("<script a=\"b\">&\u{0}\u{1b}]");
        assert_eq!(text, "&lt;script a=&quot;b&quot;&gt;&amp;\u{fffd}\u{fffd}]");
    }

    #[test]
    fn coordinates_have_one_decimal_at_most() {
        assert_eq!(
            [num(1.0), num(1.26), num(-0.04), num(f64::NAN)],
            ["1", "1.3", "0", "0"]
        );
    }

    #[test]
    fn a_long_text_ends_in_dots() {
        assert_eq!(fitted("abc", 10.0, 100.0), "abc");
        let short = fitted("abcdefghij", 10.0, 40.0);
        assert!(short.ends_with('…') && text_width(&short, 10.0, false) <= 40.0);
        assert_eq!(fitted("abc", 10.0, 1.0), "");
    }
}
