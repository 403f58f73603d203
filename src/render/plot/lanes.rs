//! What has no height of its own: the flags of what SIP said, and the strip of what packets carried.

use super::layout::STRIP;
use super::page::Across;
use super::svg::{Anchor, BOLD_CLASS, Svg, text_width};
use super::theme::SIZE;
use super::{Picture, Way};
use crate::media::trace::Carried;
use crate::types::codec::Role;
use crate::types::{CaptureTime, Escaped};

/// Rows of flags at most; what has no room there is a line without a name.
const MOST_ROWS: usize = 5;
const ROW: f64 = 14.0;
/// Between two texts.
const SPACE: f64 = 6.0;

/// A name on a line through all panels.
#[derive(Debug)]
pub(super) struct Flag<'a> {
    x: f64,
    /// Row from above; `None` where there was no room for the name.
    row: Option<usize>,
    left: bool,
    label: &'a str,
    title: &'a str,
}

/// The flags of the moments shown, each in the first row that has room.
pub(super) fn flags<'a>(picture: &'a Picture, across: &Across) -> Vec<Flag<'a>> {
    let mut ends: Vec<f64> = Vec::new();
    let mut flags = Vec::new();
    let span = picture.span;
    for moment in picture
        .moments
        .iter()
        .filter(|m| span.column(m.time).is_some())
    {
        let x = across.x(moment.time);
        let width = text_width(&moment.label, SIZE, false) + SPACE;
        let left = x + width > across.right();
        let (from, to) = if left { (x - width, x) } else { (x, x + width) };
        let free = ends.iter().position(|end| *end <= from);
        let row = match free {
            Some(row) => Some(row),
            None if ends.len() < MOST_ROWS => {
                ends.push(0.0);
                Some(ends.len() - 1)
            }
            None => None,
        };
        if let Some(end) = row.and_then(|row| ends.get_mut(row)) {
            *end = to;
        }
        flags.push(Flag {
            x,
            row,
            left,
            label: &moment.label,
            title: &moment.text,
        });
    }
    flags
}

pub(super) fn flags_height(flags: &[Flag<'_>]) -> f64 {
    let rows = flags.iter().filter_map(|f| f.row).max();
    rows.map_or(0.0, |row| (row + 1) as f64 * ROW + 6.0)
}

pub(super) fn draw_flags(svg: &mut Svg, flags: &[Flag<'_>], (top, bottom): (f64, f64)) {
    let rows = flags.iter().filter_map(|f| f.row).max().unwrap_or(0);
    for flag in flags {
        svg.open(flag.title);
        let row = flag.row.unwrap_or(rows);
        let y = top + row as f64 * ROW;
        svg.line("moment", (flag.x, y), (flag.x, bottom));
        if flag.row.is_some() {
            let (x, anchor) = match flag.left {
                true => (flag.x - 3.0, Anchor::End),
                false => (flag.x + 3.0, Anchor::Start),
            };
            svg.text("flag", (x, y + 10.0), anchor, flag.label);
        }
        svg.close();
    }
}

/// What the packets carried, with the codecs and keys named above.
pub(super) fn strip(svg: &mut Svg, way: &Way, across: &Across, top: f64) {
    names(svg, way, across, top + 10.0);
    let y = top + 14.0;
    svg.open("what the packets carried");
    for drawn in &way.drawn {
        let carried = &drawn.trace.carried;
        let width = across.width / carried.len().max(1) as f64;
        // A packet stands for its packet time: short gaps are no pauses.
        let ptime = drawn.stream.ptime_ms.unwrap_or(20.0).clamp(1.0, 200.0);
        // Half of one more: jitter is no pause either.
        let reach = (ptime * 1.5 / 1000.0 * across.width / across.seconds_shown()).max(0.0);
        for (from, to, what) in runs(carried, (reach / width).ceil() as usize) {
            let x = across.left + from as f64 * width;
            let size = ((to - from) as f64 * width, STRIP);
            let right = (x + size.0).min(across.right());
            let size = ((right - x).max(0.6), size.1);
            match what {
                Carried { event: true, .. } => svg.rect("event", (x, y), size),
                Carried { media: true, .. } => svg.rect("media", (x, y), size),
                Carried { noise: true, .. } => hatched(svg, (x, y), size),
                _ => svg.rect("noise", (x, y), (size.0, STRIP / 2.0)),
            }
        }
    }
    svg.line(
        "frame",
        (across.left, y + STRIP),
        (across.right(), y + STRIP),
    );
    svg.close();
}

fn hatched(svg: &mut Svg, (x, y): (f64, f64), (width, height): (f64, f64)) {
    use super::svg::num;
    let (x, y, w, h) = (num(x), num(y), num(width), num(height));
    svg.raw(&format!(
        "<rect fill=\"url(#hatch)\" x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\"/>"
    ));
}

/// Stretches that carried the same, each reaching over `reach` empty columns behind it.
fn runs(carried: &[Carried], reach: usize) -> Vec<(usize, usize, Carried)> {
    let mut runs: Vec<(usize, usize, Carried)> = Vec::new();
    for (what, at) in carried.iter().zip(0..) {
        if *what == Carried::default() {
            continue;
        }
        let end = at + reach.max(1);
        match runs.last_mut() {
            Some((_, last, same)) if same == what && at <= *last + 1 => *last = end,
            Some((_, last, _)) => {
                *last = (*last).min(at);
                runs.push((at, end, *what));
            }
            None => runs.push((at, end, *what)),
        }
    }
    runs
}

/// The codecs where they begin, and the keys.
fn names(svg: &mut Svg, way: &Way, across: &Across, y: f64) {
    let mut texts: Vec<(CaptureTime, String, bool)> = Vec::new();
    for payload in way
        .drawn
        .iter()
        .flat_map(|d| d.stream.payloads.iter().map(move |p| (d, p)))
    {
        let (drawn, p) = payload;
        let Some(first) = drawn
            .first_times
            .iter()
            .find(|(pt, _)| *pt == p.payload_type)
        else {
            continue;
        };
        let name = match &p.codec {
            Some(codec) => Escaped::of(codec).to_string(),
            None => format!("PT {}", p.payload_type),
        };
        let is_event = p.codec.as_deref().map(Role::of_codec) == Some(Role::Event);
        // Keys name themselves.
        if !is_event || way.keys.is_empty() {
            texts.push((first.1, name, false));
        }
    }
    texts.extend(
        way.keys
            .iter()
            .map(|(time, key)| (*time, key.clone(), true)),
    );
    texts.sort_by_key(|(time, _, is_key)| (*time, !*is_key));
    let mut end = 0.0;
    for (time, text, is_key) in texts {
        let x = across.x(time);
        if x > across.right() {
            continue;
        }
        let x = x.max(across.left);
        let width = text_width(&text, SIZE, is_key);
        let x = if x < end && x + 12.0 > end { end } else { x };
        if x < end || x + width > across.right() + 2.0 {
            continue;
        }
        let class = if is_key { BOLD_CLASS } else { "muted" };
        svg.label(class, (x, y), &text);
        end = x + width + SPACE / 2.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_ends_where_another_begins_and_reaches_over_a_packet_time() {
        let media = Carried {
            media: true,
            ..Carried::default()
        };
        let noise = Carried {
            noise: true,
            ..Carried::default()
        };
        let none = Carried::default();
        let carried = [media, none, media, noise, none, none, none];
        assert_eq!(runs(&carried, 2), [(0, 3, media), (3, 5, noise)]);
    }
}
