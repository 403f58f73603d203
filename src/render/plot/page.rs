//! The page: title, moments, the blocks of both ways, the time axis.

use super::layout::{self, GAP, LEFT, LINE, Part, RIGHT};
use super::svg::{Anchor, BOLD_CLASS, Svg, escaped, fitted, num, text_width};
use super::theme::{SIZE, TITLE_SIZE, style};
use super::{Look, Picture, Way, axis, lanes, panels, words};
use crate::types::CaptureTime;

/// Above the title.
const TOP: f64 = 8.0;
/// The time axis.
const AXIS: f64 = 34.0;
/// Between two ways.
const BETWEEN: f64 = 10.0;

/// Where times stand on the page.
#[derive(Clone, Copy, Debug)]
pub(super) struct Across {
    begin: CaptureTime,
    seconds: f64,
    pub(super) left: f64,
    pub(super) width: f64,
}

impl Across {
    /// The place of a time; outside of the picture for one that is not shown.
    pub(super) fn x(&self, time: CaptureTime) -> f64 {
        self.left + (time - self.begin).as_secs_f64() / self.seconds * self.width
    }

    /// Where the curves end.
    pub(super) fn right(&self) -> f64 {
        self.left + self.width
    }

    /// How long what is shown is.
    pub(super) fn seconds_shown(&self) -> f64 {
        self.seconds
    }

    fn shows(&self, x: f64) -> bool {
        (self.left - 0.01..=self.right() + 0.01).contains(&x)
    }
}

pub(super) fn render(picture: &Picture, look: Look) -> String {
    let width = f64::from(look.width);
    let across = Across {
        begin: picture.span.begin,
        seconds: picture.span.length().as_secs_f64(),
        left: LEFT,
        width: (width - LEFT - RIGHT).max(1.0),
    };
    let flags = lanes::flags(picture, &across);
    let parts = layout::parts(picture);
    let title = TOP + 18.0 + LINE + 4.0;
    let notes: Vec<String> = picture
        .notes
        .iter()
        .flat_map(|n| wrapped(n, width))
        .collect();
    let between = BETWEEN * picture.ways.len().saturating_sub(1) as f64;
    let fixed =
        title + lanes::flags_height(&flags) + between + AXIS + LINE * notes.len() as f64 + GAP;
    let stretch = layout::stretch(&parts, fixed, look.height);
    let blocks: f64 = parts
        .iter()
        .flatten()
        .map(|p| layout::height(p, stretch))
        .sum();
    let height = (fixed + blocks).ceil();

    let mut svg = Svg::default();
    head(&mut svg, picture, look, height);
    title_lines(&mut svg, picture, width);
    let top = title + lanes::flags_height(&flags);
    let bottom = height - AXIS - LINE * notes.len() as f64 - GAP;
    time_axis(&mut svg, picture, &across, (top, bottom));
    lanes::draw_flags(&mut svg, &flags, (title, bottom));
    let mut y = top;
    for (way, parts) in picture.ways.iter().zip(&parts) {
        block(&mut svg, (picture, way), &across, parts, &mut y, stretch);
        y += BETWEEN;
    }
    let below = bottom + AXIS;
    for (note, n) in notes.iter().zip(0u32..) {
        let y = below + LINE * f64::from(n) + SIZE;
        svg.text("muted", (LEFT, y), Anchor::Start, note);
    }
    svg.raw("</svg>");
    svg.finish()
}

fn head(svg: &mut Svg, picture: &Picture, look: Look, height: f64) {
    let (w, h) = (look.width, num(height));
    svg.raw(&format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{w}\" height=\"{h}\" viewBox=\"0 0 {w} {h}\" \
         role=\"img\" aria-labelledby=\"plot-title plot-desc\">"
    ));
    let title = escaped(&picture.title);
    svg.raw(&format!("<title id=\"plot-title\">{title}</title>"));
    let moments = picture.moments.iter().map(|m| {
        let at = (m.time - picture.zero).as_secs_f64();
        format!("{} at {at:.3} s", m.label)
    });
    let mut said = vec![format!("{}.", picture.subtitle)];
    let moments: Vec<String> = moments.collect();
    if !moments.is_empty() {
        said.push(format!("{}.", moments.join(", ")));
    }
    said.extend(picture.ways.iter().map(words::described));
    said.extend(picture.notes.iter().map(|n| format!("{n}.")));
    let desc = escaped(&said.join(" "));
    svg.raw(&format!("<desc id=\"plot-desc\">{desc}</desc>"));
    svg.raw(&style(look.theme));
    svg.raw(
        "<defs><pattern id=\"hatch\" width=\"4\" height=\"4\" patternUnits=\"userSpaceOnUse\" \
         patternTransform=\"rotate(45)\"><rect class=\"noise\" width=\"1.6\" height=\"4\"/></pattern></defs>",
    );
    svg.raw(&format!(
        "<rect class=\"paper\" width=\"{w}\" height=\"{h}\"/>"
    ));
}

fn title_lines(svg: &mut Svg, picture: &Picture, width: f64) {
    let room = width - 2.0 * RIGHT;
    let title = fitted(&picture.title, TITLE_SIZE * 1.13, room);
    svg.text("title", (RIGHT, TOP + TITLE_SIZE), Anchor::Start, &title);
    let subtitle = fitted(&picture.subtitle, SIZE, room);
    let place = (RIGHT, TOP + 18.0 + LINE - 2.0);
    svg.text("muted", place, Anchor::Start, &subtitle);
}

fn time_axis(svg: &mut Svg, picture: &Picture, across: &Across, (top, bottom): (f64, f64)) {
    let most = (across.width / 80.0).max(2.0) as u32;
    let step = axis::time_step(across.seconds, most);
    let begin = (picture.span.begin - picture.zero).as_secs_f64();
    let first = (begin / step).ceil() as i64;
    for n in first..=first + i64::from(most) + 1 {
        let seconds = n as f64 * step;
        let x = across.left + (seconds - begin) / across.seconds * across.width;
        if !across.shows(x) {
            continue;
        }
        svg.line("grid", (x, top), (x, bottom));
        svg.line("frame", (x, bottom), (x, bottom + 4.0));
        let text = axis::tick(seconds, step);
        svg.text("muted", (x, bottom + 15.0), Anchor::Middle, &text);
    }
    svg.line("frame", (across.left, bottom), (across.right(), bottom));
    let middle = across.left + across.width / 2.0;
    let text = "seconds since the first packet of the capture";
    svg.text("muted", (middle, bottom + 29.0), Anchor::Middle, text);
}

fn block(
    svg: &mut Svg,
    (picture, way): (&Picture, &Way),
    across: &Across,
    parts: &[Part],
    y: &mut f64,
    stretch: f64,
) {
    for part in parts {
        let top = *y;
        *y += layout::height(part, stretch);
        match part {
            Part::Heading => heading(svg, way, across, top),
            Part::Strip => lanes::strip(svg, way, across, top),
            Part::Line(text) => {
                let text = fitted(text, SIZE, across.width);
                svg.label("muted", (across.left, top + SIZE), &text);
            }
            Part::Panel(shows) => {
                let span = (top + layout::CAPTION, *y - GAP);
                panels::draw(svg, (picture, way), *shows, across, span);
            }
        }
    }
}

fn heading(svg: &mut Svg, way: &Way, across: &Across, top: f64) {
    let y = top + SIZE + 4.0;
    let name = fitted(&way.name, SIZE, across.width / 2.0);
    svg.label(BOLD_CLASS, (RIGHT, y), &name);
    let x = RIGHT + text_width(&name, SIZE, true) + 10.0;
    let text = fitted(&words::heading(way), SIZE, across.right() - x);
    svg.label("muted", (x, y), &text);
}

/// The lines of a note.
fn wrapped(note: &str, width: f64) -> Vec<String> {
    let room = width - LEFT - RIGHT;
    let mut lines: Vec<String> = Vec::new();
    for word in note.split(' ') {
        match lines.last_mut() {
            Some(line)
                if text_width(line, SIZE, false) + text_width(word, SIZE, false) + 4.0 <= room =>
            {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(fitted(word, SIZE, room)),
        }
    }
    lines
}
